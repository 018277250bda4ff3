"""A mailbox that lets us in no more: said once, at the foot of the next letter, and never a reason for one."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from tests.at_work import AWAY, DAY, TEN, service, watched
from tests.fakes import MONDAY, FakeMailbox, mail
from tests.rig.installed import text_of
from triage.errors import CredentialError
from triage.pipeline import Pipeline

SENTENCE = "A mailbox does not let the program in any more"
NO = CredentialError("Google does not accept the sign-in any more: run `triage login work`.")


def look(pipeline: Pipeline, mailbox: FakeMailbox, error: Exception | None = None) -> None:
    """Look at a mailbox, which may refuse that."""
    if error is None:
        mailbox.recover()
        service(pipeline).poll(watched(mailbox))
        return
    mailbox.fail(error)
    with pytest.raises(type(error)):
        service(pipeline).poll(watched(mailbox))


def letters(pipeline: Pipeline, later: timedelta = timedelta(0)) -> list[str]:
    """What is due now, as it is written."""
    parsed = [message_from_bytes(one.data, policy=policy.default) for one in pipeline.write(TEN + later)]
    return [text_of(one) for one in parsed if isinstance(one, EmailMessage)]


@pytest.fixture
def mine(pipeline: Pipeline) -> FakeMailbox:
    """A mailbox that is watched for a while already."""
    mailbox = FakeMailbox("mine")
    look(pipeline, mailbox)
    return mailbox


def test_it_is_said_once_in_a_letter_that_comes_anyway(pipeline: Pipeline, mine: FakeMailbox) -> None:
    work = FakeMailbox("work")
    for _ in range(3):
        look(pipeline, work, NO)
    assert letters(pipeline) == [], "no letter is written for it"
    mine.receive(mail("rejection", "Fjord"))
    look(pipeline, mine)
    (first,) = letters(pipeline)
    assert SENTENCE in first
    look(pipeline, work, NO)
    mine.receive(mail("rejection", "Skarv"), MONDAY + DAY)
    look(pipeline, mine)
    (second,) = letters(pipeline, DAY)
    assert SENTENCE not in second


def test_it_is_not_said_when_it_is_over_and_said_again_when_it_comes_back(
    pipeline: Pipeline, mine: FakeMailbox
) -> None:
    work = FakeMailbox("work")
    look(pipeline, work, NO)
    look(pipeline, work)
    mine.receive(mail("rejection", "Fjord"))
    look(pipeline, mine)
    (first,) = letters(pipeline)
    assert SENTENCE not in first
    look(pipeline, work, NO)
    mine.receive(mail("rejection", "Skarv"), MONDAY + DAY)
    look(pipeline, mine)
    (second,) = letters(pipeline, DAY)
    assert SENTENCE in second


def test_a_server_that_is_away_is_nobodys_to_mend(pipeline: Pipeline, mine: FakeMailbox) -> None:
    look(pipeline, FakeMailbox("work"), AWAY)
    mine.receive(mail("rejection", "Fjord"))
    look(pipeline, mine)
    (letter,) = letters(pipeline)
    assert SENTENCE not in letter


def test_what_is_previewed_is_not_told(pipeline: Pipeline) -> None:
    with pipeline.store.writing() as work:
        work.notes.lock_out("work")
        work.notes.lock_out("work")
        assert work.notes.locked_out() == ("work",)
        work.notes.tell_locked_out(("work",))
        assert work.notes.locked_out() == ()
        work.notes.lock_out("work")
        assert work.notes.locked_out() == (), "it is the same trouble still"
        work.notes.let_in("work")
        work.notes.let_in("work")
        work.notes.lock_out("work")
        assert work.notes.locked_out() == ("work",)
