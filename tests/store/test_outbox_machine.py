"""The outbox as a machine: in whatever order things happen, an event is told once at most, and never untold again."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.rig.hosted import Host
from tests.store.making import NOW, queued, recorded, untold
from triage.core.values import Kind
from triage.errors import StoreError
from triage.store import Memory, Store


@dataclass(slots=True)
class Expected:
    """What must be true of one letter."""

    events: set[int]
    sent: bool = False
    refused: bool = False
    attempts: int = 0

    @property
    def withdrawable(self) -> bool:
        """It cannot be in the reader's mailbox."""
        return not self.sent and (self.refused or not self.attempts)


@dataclass(slots=True)
class Model:
    """What must be true of the store."""

    events: set[int] = field(default_factory=set)
    keys: dict[int, str] = field(default_factory=dict)
    letters: dict[int, Expected] = field(default_factory=dict)
    delivered: set[int] = field(default_factory=set)
    """Events that a delivered letter has told: never to be told again."""

    @property
    def told(self) -> set[int]:
        return {one for expected in self.letters.values() for one in expected.events}


class OutboxMachine(RuleBasedStateMachine):
    """Anything in any order, each in a transaction of its own, with restarts in between."""

    letters = Bundle("letters")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = self.opened()
        self.model = Model()
        self.numbers = count()

    def opened(self) -> Memory:
        return Store(Path(self.folder.name))

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.opened()

    @rule(how_many=st.integers(1, 3))
    def record(self, how_many: int) -> None:
        for number in range(how_many):
            key = f"{next(self.numbers)}-{number}"
            (one,) = recorded(self.store, key)
            self.model.events.add(one)
            self.model.keys[one] = key

    @rule(target=letters, share=st.integers(0, 3))
    def enqueue(self, share: int) -> object:
        events = untold(self.store)[share:]
        if not events:
            return multiple()
        number = queued(self.store, f"<{next(self.numbers)}@x>", *events)
        assert number not in self.model.letters or not self.model.letters[number].events
        self.model.letters[number] = Expected(set(events))
        return number

    @rule(data=st.data())
    def tell_again(self, data: st.DataObject) -> None:
        if self.model.told:
            again = data.draw(st.sampled_from(sorted(self.model.told)))
            with pytest.raises(StoreError):
                queued(self.store, f"<{next(self.numbers)}@x>", again)

    @rule(number=letters)
    def begin(self, number: int) -> None:
        with self.store.writing() as work:
            begun = work.outbox.begin_attempt(number, NOW)
        assert begun == (number in self.model.letters)
        if begun:
            self.model.letters[number].attempts += 1

    @rule(number=letters)
    def postpone(self, number: int) -> None:
        with self.store.writing() as work:
            work.outbox.postpone(number, "Later.", NOW)

    @rule(number=letters)
    def refuse(self, number: int) -> None:
        with self.store.writing() as work:
            work.outbox.refuse(number, "No.")
        if number in self.model.letters:
            self.model.letters[number].refused = True

    @rule()
    def retry(self) -> None:
        with self.store.writing() as work:
            work.outbox.retry_refused(NOW)
        for expected in self.model.letters.values():
            expected.refused = False

    @rule(number=consumes(letters))
    def deliver(self, number: int) -> None:
        with self.store.writing() as work:
            work.outbox.mark_sent(number, NOW)
        if number in self.model.letters:
            self.model.letters[number].sent = True
            self.model.delivered |= self.model.letters[number].events

    @rule(data=st.data(), forget=st.booleans())
    def withdraw(self, data: st.DataObject, forget: bool) -> None:
        if not self.model.events:
            return
        chosen = data.draw(st.sets(st.sampled_from(sorted(self.model.events)), min_size=1, max_size=3))
        with self.store.writing() as work:
            work.outbox.withdraw(sorted(chosen))
            if forget:
                assert work.log.forget(chosen) == len(chosen)
        model = self.model
        withdrawn = [n for n, one in model.letters.items() if one.withdrawable and one.events & chosen]
        for number in withdrawn:
            del model.letters[number]
        if forget:
            for expected in model.letters.values():
                expected.events -= chosen
            model.events -= chosen
            model.delivered -= chosen

    @invariant()
    def the_store_is_as_expected(self) -> None:
        model = self.model
        with self.store.reading() as work:
            rows = work.log.connection.exec_driver_sql("SELECT event, letter FROM telling").all()
            waits = {one.id: one.attempts for one in work.outbox.waiting(NOW)}
            open_again = {one.id for one in work.log.untold(Kind)}
            assert work.outbox.unsent() == sum(not one.sent for one in model.letters.values())
            forgotten = set(model.keys) - model.events
            assert all(work.log.knows(key) for key in model.keys.values())
            assert {one.id for one in work.log.events()} == model.events
            assert not forgotten & open_again
            if isinstance(self.store, Store):  # PostgreSQL looks at each statement
                assert work.log.connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        expected = {(one, number) for number, letter in model.letters.items() for one in letter.events}
        assert sorted(tuple(row) for row in rows) == sorted(expected)
        assert open_again == model.events - model.told
        assert not open_again & model.delivered
        assert waits == {n: one.attempts for n, one in model.letters.items() if not (one.sent or one.refused)}


OutboxMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
TestOutbox = OutboxMachine.TestCase


@pytest.mark.server
def test_the_outbox_of_a_member_is_the_same_machine(shared: Host) -> None:
    """Where a restart is another worker that takes over."""

    class Hosted(OutboxMachine):
        def __init__(self) -> None:
            super().__init__()
            self.member = shared.enrol()

        def opened(self) -> Memory:
            return shared.store(self.member)

    run_state_machine_as_test(Hosted, settings=settings(max_examples=6, stateful_step_count=25, deadline=None))
