"""Whoever does not answer has some of the hands, and never all, however many they are."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.hosting.shares import SILENT, Shares

HANDS, ONE, HALF = 8, 6, 4


@dataclass
class Worker:
    """One whose visits begin and end when a test says so, at a clock of its own."""

    now: float = 0.0
    under_way: list[tuple[str, ExitStack]] = field(default_factory=list)
    shares: Shares = field(init=False)

    def __post_init__(self) -> None:
        self.shares = Shares(ONE, HALF, lambda: self.now)

    def calls(self, host: str) -> bool:
        """Is a visit begun there? It is under way until it ends."""
        visit = ExitStack()
        if len(self.under_way) == HANDS or visit.enter_context(self.shares.hand(host)) is not None:
            return False
        self.under_way.append((host, visit))
        return True

    def ends(self, number: int, *, well: bool) -> None:
        host, visit = self.under_way.pop(number)
        (self.shares.answered if well else self.shares.failed)(host)
        visit.close()

    def knows(self, *hosts: str) -> None:
        """They have answered just now."""
        for host in hosts:
            with self.shares.hand(host):
                self.shares.answered(host)

    def at(self, host: str) -> int:
        return sum(one == host for one, _ in self.under_way)


def test_a_host_that_answers_has_its_own_share_of_the_hands() -> None:
    worker = Worker()
    worker.knows("well")
    assert [worker.calls("well") for _ in range(HANDS)] == [True] * ONE + [False] * (HANDS - ONE)


@pytest.mark.parametrize(("dead", "hands"), [(1, HALF), (2, HALF + 1), (3, HALF + 2), (50, ONE)])
def test_however_many_are_dead_there_are_hands_for_one_that_answers(dead: int, hands: int) -> None:
    worker = Worker()
    worker.knows("well")
    for _ in range(HANDS):
        for number in range(dead):
            while worker.calls(f"dead {number}"):
                pass
    assert len(worker.under_way) == hands
    assert worker.calls("well")


def test_one_that_was_not_tried_yet_can_show_that_it_answers_while_others_do_not() -> None:
    worker = Worker()
    while worker.calls("dead") or worker.calls("dead too"):
        pass
    assert worker.calls("well")
    assert not worker.calls("well")
    worker.ends(len(worker.under_way) - 1, well=True)
    assert worker.calls("well")
    assert worker.calls("well")


def test_one_that_fell_silent_gets_no_more() -> None:
    """It answered until now, so it has what a host has that answers; but no more from when that shows."""
    worker = Worker()
    worker.knows("well", "fallen", "another")
    assert all(worker.calls("fallen") for _ in range(3))
    worker.now += SILENT + 1
    worker.knows("well")
    assert worker.calls("another")
    assert worker.calls("fallen")
    assert not worker.calls("fallen")
    assert worker.calls("well")


def test_one_that_failed_is_tried_again_within_the_share() -> None:
    worker = Worker()
    worker.knows("back")
    worker.calls("back")
    worker.ends(0, well=False)
    assert [worker.calls("back") for _ in range(ONE)] == [True] * HALF + [False] * (ONE - HALF)
    worker.ends(0, well=True)
    assert worker.calls("back")
    assert worker.at("back") == HALF


def test_a_long_look_is_no_silence_where_others_are_answered() -> None:
    worker = Worker()
    worker.calls("well")
    for _ in range(10):
        worker.calls("well")
        worker.now += SILENT - 1
        worker.ends(1, well=True)
    assert [worker.calls("well") for _ in range(ONE)] == [True] * (ONE - 1) + [False]


def test_a_quiet_hour_is_no_silence() -> None:
    worker = Worker()
    worker.knows("well")
    worker.now += 3600
    assert [worker.calls("well") for _ in range(HALF + 1)] == [True] * (HALF + 1)


def test_who_has_to_wait_for_the_silent_ones_comes_back_later() -> None:
    worker = Worker()
    worker.knows("well")
    while worker.calls("dead") or worker.calls("well"):
        pass
    with worker.shares.hand("dead") as doubted, worker.shares.hand("well") as one_more:
        assert (doubted, one_more) == (timedelta(seconds=10), None)
    shares = Shares(1, 1)
    with shares.hand("well"), shares.hand("well") as crowded:
        assert crowded == timedelta(seconds=2)


Step = tuple[str, int, bool, float]
STEPS = st.tuples(
    st.sampled_from(["a", "b", "c", "d"]), st.integers(0, HANDS), st.booleans(), st.sampled_from([0.0, 1.0, 4.0, 6.0])
)


@given(st.lists(STEPS, max_size=60))
def test_whatever_came_before_one_that_answers_finds_a_hand(steps: list[Step]) -> None:
    """Visits begin and end, well and badly, and time passes; then all hosts but one have failed."""
    worker = Worker()
    for host, number, well, passes in steps:
        worker.now += passes
        if number < len(worker.under_way):
            worker.ends(number, well=well)
        else:
            worker.calls(host)
    while worker.under_way:
        worker.ends(0, well=worker.under_way[0][0] == "a")
    worker.knows("a")
    for host in "bcd":
        with worker.shares.hand(host):
            worker.shares.failed(host)
    for host in "bcdefghi" * HANDS:
        worker.calls(host)
    assert worker.calls("a")
    assert len(worker.under_way) - worker.at("a") <= ONE
