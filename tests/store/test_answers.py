"""Answers in a real store: one row, replaced as a whole, gone when there is nothing to keep."""

from __future__ import annotations

import pytest

from triage.core.answers import Answers
from triage.errors import StoreError
from triage.store import Memory, Store

SAID = Answers(("walk by the canal", "thé à la menthe"), ("Ana",), "one talk", "soup")


def test_answers_come_back_as_they_were_given(memory: Memory) -> None:
    with memory.writing() as work:
        assert work.notes.answers() == Answers()
        work.notes.answer(SAID)
    with memory.reading() as work:
        assert work.notes.answers() == SAID


def test_new_answers_replace_all_of_the_old_ones(memory: Memory) -> None:
    with memory.writing() as work:
        work.notes.answer(SAID)
        work.notes.answer(Answers(win="two talks"))
        assert work.notes.answers() == Answers(win="two talks")


def test_no_answers_leave_nothing_behind(store: Store) -> None:
    with store.writing() as work:
        work.notes.answer(SAID)
        work.notes.answer(Answers())
        assert (work.notes.answers(), work.notes.setting("answers")) == (Answers(), "")
    store.shrink()
    assert not any(b"canal" in path.read_bytes() for path in store.path.parent.iterdir())


def test_answers_that_cannot_be_read_say_what_to_do(memory: Memory) -> None:
    with memory.writing() as work:
        work.notes.set("answers", '{"good": 3}')
    with memory.reading() as work, pytest.raises(StoreError, match="triage questions --clear"):
        work.notes.answers()
