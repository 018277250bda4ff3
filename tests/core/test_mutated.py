"""Mails spoilt by chance go the whole way like any other. The long form is `./run.sh mutate`: a million of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import MONDAY
from tests.mutate import mail, short
from tests.mutated import Passage, overheard, seldom
from triage.core.detect import Detector
from triage.core.message import parse
from triage.core.values import Cursor, Message, RawMessage, Verdict
from triage.pipeline import Pipeline

PARTS = 40
EACH = 500


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_spoilt_mail_raises_takes_long_or_spoils_a_letter(part: int) -> None:
    run = short(7, part * EACH, EACH)
    assert run.failures == []
    assert run.slow == 0, run.slowest
    assert run.mails == EACH
    assert run.logged > EACH // 10
    assert run.letters > 0


def test_a_spoilt_mail_can_be_made_again() -> None:
    assert [mail(7, number) for number in range(30)] == [mail(7, number) for number in range(30)]
    assert len({mail(7, number) for number in range(30)}) > 25


class Faulty(Detector):
    """Fails at some mails."""

    def at_once(self, message: Message, reader: frozenset[str]) -> Verdict | None:
        if message.key < "4":
            raise ZeroDivisionError
        return super().at_once(message, reader)

    def judge(self, message: Message, reader: frozenset[str]) -> Verdict:
        return self.at_once(message, reader) or super().judge(message, reader)


def test_what_goes_wrong_with_a_mail_is_found(pipeline: Pipeline) -> None:
    detector = seldom().detector
    faulty = replace(seldom(), detector=Faulty(detector._languages, detector._senders))
    with overheard() as heard:
        passage = Passage(replace(pipeline, judge=faulty), heard, 0)
        passage.take(1, [(number, mail(7, number)) for number in range(40)])
    where = {failure.what for failure in passage.result.failures}
    assert any(one.startswith("ZeroDivisionError in test_mutated.py, line") for one in where)
    assert any(one.startswith("logged by triage.pipeline: A message could not be judged") for one in where)
    numbers = {failure.number for failure in passage.result.failures}
    assert numbers == {number for number in range(40) if _key(mail(7, number)) < "4"}


def _key(data: bytes) -> str:
    return parse(RawMessage(Cursor("mine", "INBOX", 1, 1), MONDAY, data)).key
