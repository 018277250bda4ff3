"""The outbox: what waits, what is told, what was refused, and what happens when a letter is withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.store.making import NOW, event, letter, queued, recorded, untold, waiting
from triage.core.letter import LetterKind, Sent
from triage.core.values import Kind
from triage.errors import StoreError
from triage.store import Memory

HOUR = timedelta(hours=1)


def test_a_letter_waits_with_its_very_bytes_until_it_is_sent(memory: Memory) -> None:
    data = bytes(range(256)) * 300
    with memory.writing() as work:
        number = work.outbox.enqueue(letter("<a@x>", data=data), NOW)
        (one,) = work.outbox.waiting(NOW)
        assert (one.id, one.message_id, one.data, one.attempts) == (number, "<a@x>", data, 0)
        assert work.outbox.unsent() == 1
        work.outbox.mark_sent(number, NOW + HOUR)
        assert (work.outbox.waiting(NOW + HOUR), work.outbox.unsent()) == ((), 0)
        (written,) = work.outbox.letters()
        assert (written.composed, written.sent) == (NOW, NOW + HOUR)
        assert work.outbox.wrote("<a@x>")
        assert not work.outbox.wrote("<b@x>")


def test_the_letter_of_a_sent_row_is_gone_from_the_store(memory: Memory) -> None:
    number = queued(memory, "<a@x>")
    with memory.writing() as work:
        work.outbox.mark_sent(number, NOW)
        assert work.log.connection.exec_driver_sql("SELECT data FROM letter").scalar() is None


def test_an_attempt_is_counted_and_puts_the_next_one_off(memory: Memory) -> None:
    number = queued(memory, "<a@x>")
    with memory.writing() as work:
        assert work.outbox.begin_attempt(number, NOW + HOUR)
    assert waiting(memory) == []
    with memory.reading() as work:
        assert [one.attempts for one in work.outbox.waiting(NOW + HOUR)] == [1]


def test_a_refused_letter_is_kept_and_shown_until_someone_asks_for_another_try(memory: Memory) -> None:
    number = queued(memory, "<a@x>")
    with memory.writing() as work:
        work.outbox.refuse(number, "It is too large.")
        assert work.outbox.troubles() == ("It is too large.",)
        assert work.outbox.unsent() == 1
    assert waiting(memory, NOW + 1000 * HOUR) == []
    with memory.writing() as work:
        assert work.outbox.retry_refused(NOW + HOUR) == 1
        assert work.outbox.retry_refused(NOW + HOUR) == 0
    assert waiting(memory, NOW) == []
    assert waiting(memory, NOW + HOUR) == [number]


def test_what_went_wrong_once_is_no_trouble_any_more_when_the_letter_is_sent(memory: Memory) -> None:
    number = queued(memory, "<a@x>")
    with memory.writing() as work:
        work.outbox.postpone(number, "The server is away.", NOW + HOUR)
        assert work.outbox.troubles() == ("The server is away.",)
        work.outbox.mark_sent(number, NOW + HOUR)
        assert work.outbox.troubles() == ()


def test_no_event_can_be_told_twice_even_by_mistake(memory: Memory) -> None:
    (one,) = recorded(memory, "one")
    queued(memory, "<a@x>", one)
    with pytest.raises(StoreError), memory.writing() as work:
        work.outbox.enqueue(letter("<b@x>", one), NOW)
    with memory.reading() as work:
        assert len(work.outbox.letters()) == 1


def test_a_letter_and_its_marks_are_kept_together_or_not_at_all(memory: Memory) -> None:
    (one,) = recorded(memory, "one")
    with pytest.raises(StoreError):
        queued(memory, "<a@x>", one, 999)
    assert (waiting(memory), untold(memory)) == ([], [one])


def test_only_the_kinds_asked_for_are_untold(memory: Memory) -> None:
    with memory.writing() as work:
        for kind in Kind:
            work.log.record(event(kind.value, kind=kind))
        found = [one.kind for one in work.log.untold((Kind.OFFER, Kind.REJECTION))]
    assert sorted(found) == [Kind.OFFER, Kind.REJECTION]


def test_letters_on_their_way_count_as_written(memory: Memory) -> None:
    with memory.writing() as work:
        work.outbox.enqueue(letter("<a@x>"), NOW - 2 * HOUR)
        sent = work.outbox.enqueue(letter("<b@x>"), NOW - HOUR)
        work.outbox.mark_sent(sent, NOW)
        work.outbox.enqueue(letter("<c@x>"), NOW)
        assert work.outbox.sent(NOW - HOUR) == (Sent(LetterKind.DAILY, NOW - HOUR), Sent(LetterKind.DAILY, NOW))


def test_wordings_are_remembered_newest_first(memory: Memory) -> None:
    with memory.writing() as work:
        for number, variant in enumerate((3, 1, 2)):
            one = letter(f"<{number}@x>")
            one = type(one)(one.kind, one.message_id, one.data, (), (("close", variant),))
            work.outbox.enqueue(one, NOW)
        assert work.outbox.used() == {"close": [2, 1, 3]}


def test_a_withdrawn_letter_leaves_what_else_it_told_untold(memory: Memory) -> None:
    one, other = recorded(memory, "one", "other")
    number = queued(memory, "<a@x>", one, other)
    with memory.writing() as work:
        work.outbox.withdraw([one])
        work.log.forget([one])
        assert not work.outbox.begin_attempt(number, NOW)
        assert work.outbox.used() == {}
    assert (waiting(memory), untold(memory)) == ([], [other])


def test_a_delivered_letter_cannot_be_withdrawn(memory: Memory) -> None:
    one, other = recorded(memory, "one", "other")
    number = queued(memory, "<a@x>", one, other)
    with memory.writing() as work:
        work.outbox.mark_sent(number, NOW)
        work.outbox.withdraw([one])
        work.log.forget([one])
        assert len(work.outbox.letters()) == 1
    assert untold(memory) == []
