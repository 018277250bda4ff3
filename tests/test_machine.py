"""Whatever happens in whatever order: every answer has one line, is told once, and by one copy of one letter.

The short form of `tests.machine.full`, in parts that can run beside each other.
"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.at_work import remembering_judge
from tests.fakes import MONDAY
from tests.machine import SETTINGS
from tests.machine.machine import PLACES, Machine
from tests.machine.repertoire import ANSWERS, Answer
from triage.core import message
from triage.core.values import Cursor, RawMessage

PARTS, EXAMPLES, STEPS = 4, 50, 40


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_and_nothing_is_doubled(part: int) -> None:
    short = settings(SETTINGS, max_examples=EXAMPLES, stateful_step_count=STEPS)
    run_state_machine_as_test(Machine, settings=short)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.name)
@pytest.mark.parametrize("day", [PLACES[0][1], PLACES[-1][1]])
def test_the_mails_are_what_the_machine_takes_them_for(answer: Answer, day: date) -> None:
    read = message.parse(RawMessage(Cursor("mine", "INBOX", 1, 1), MONDAY, answer.data(day)))
    found, details = remembering_judge().verdict(read)
    assert found.kind is answer.kind
    assert read.message_id == answer.own_id
    assert not answer.logged or (details.company, details.role) == (answer.company, answer.role)
