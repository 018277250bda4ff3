"""As little is kept of a mail as was promised. That what is forgotten is gone: tests/cli/test_restoring.py."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from tests.at_work import TEN, events, judge, open_pipeline, read, settled, tick
from tests.fakes import MONDAY, FakeCourier
from tests.security import mails
from tests.security.canaries import files, leaks, spoken
from triage.core.message import parse
from triage.core.values import Cursor, RawMessage
from triage.store.schema import metadata

COMPANY = "Quincewood Atelier"
FEEDBACK = {"feedback": mails.FEEDBACK_CANARY}
MAIL = mails.mail("rejection", COMPANY, feedback=mails.FEEDBACK).as_bytes()


@pytest.mark.parametrize("keep", [True, False])
def test_an_employers_sentence_is_in_the_store_or_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, keep: bool
) -> None:
    """As the reader says; and never in the log, or in the letter about it."""
    caplog.set_level(logging.DEBUG, "triage")
    opened, courier = open_pipeline(tmp_path), FakeCourier()
    pipeline = replace(opened, judge=replace(judge(), keep_feedback=keep))
    mailbox = settled(pipeline)
    mailbox.receive(MAIL, MONDAY)
    read(pipeline, mailbox)
    tick(pipeline, courier, TEN)
    assert events(pipeline)[0].details.feedback == ((mails.FEEDBACK,) if keep else ())
    stored, (letter,) = list(files(tmp_path)), courier.letters
    outside = [("log", caplog.text.encode()), ("letter", letter)]
    pipeline.store.close()
    assert bool(leaks(stored, FEEDBACK)) is keep
    assert leaks(outside, FEEDBACK) == []
    assert leaks([*stored, *outside], mails.SECRETS) == []
    assert leaks(stored, {"employer": COMPANY}), "what is kept is found"


def test_there_is_no_room_for_more_than_was_promised() -> None:
    """The columns of the store, by name: a new one that holds words of a mail is to be thought about here."""
    words = {
        "event": {"company", "role", "feedback", "reference", "deadline", "interview_at", "answer_by", "message_id"}
        | {"thread", "sender_domain", "folder", "mailbox"},
        "application": {"company", "role", "reference"},
    }
    for table, columns in words.items():
        assert columns <= {column.name for column in metadata.tables[table].columns}
    names = {column.name for table in metadata.tables.values() for column in table.columns}
    assert not names & {"body", "subject", "text_body", "html", "sender", "address", "recipient", "password", "quote"}
    found = parse(RawMessage(Cursor("home", "INBOX", 1, 1), MONDAY, MAIL))
    assert spoken(repr(found).encode(), mails.SECRETS) == set(mails.SECRETS), "the mail that is read has them all"
