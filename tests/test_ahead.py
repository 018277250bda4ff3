"""What is done ahead changes neither the order nor where an error shows."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from threading import Barrier, Event, Thread, current_thread
from threading import enumerate as threads
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.ahead import HANDS, ROOM, WAITING, Hands, Longer

T = TypeVar("T")
R = TypeVar("R")


def longer(work: Callable[[T], R]) -> Callable[[T], Longer[R]]:
    """The same, if it takes long."""
    return lambda item: Longer(partial(work, item))


Walk = Generator[tuple[T, Callable[[], R]], None, None]


def ahead(items: Iterable[T], work: Callable[[T], R], weight: int = 1, hands: Hands | None = None) -> Walk[T, R]:
    return (hands or Hands()).ahead(items, longer(work), lambda _: weight)


def double(number: int) -> int:
    if number < 0:
        raise ValueError(number)
    return 2 * number


@given(st.lists(st.integers(), max_size=3 * WAITING))
def test_every_item_comes_in_order_with_what_became_of_it(numbers: list[int]) -> None:
    came = []

    def begun(number: int) -> int | Longer[int]:
        return Longer(partial(double, number)) if number % 3 else double(number)

    for number, doubled in Hands().ahead(numbers, begun):
        if number < 0:
            with pytest.raises(ValueError, match=str(number)):
                doubled()
        else:
            assert doubled() == 2 * number
        came.append(number)
    assert came == numbers


@pytest.mark.parametrize("good", [0, 1, WAITING, WAITING + 1, 3 * WAITING])
def test_an_error_among_the_items_comes_behind_those_before_it(good: int) -> None:
    def broken() -> Iterator[int]:
        yield from range(good)
        raise ConnectionError

    walk = ahead(broken(), double)
    assert [next(walk)[1]() for _ in range(good)] == [2 * number for number in range(good)]
    with pytest.raises(ConnectionError):
        next(walk)


def test_as_many_are_worked_on_at_a_time_as_there_are_hands() -> None:
    meeting = Barrier(HANDS, timeout=10)
    results = [done() for _, done in ahead(range(3 * HANDS), lambda _: meeting.wait() >= 0)]
    assert results == [True] * 3 * HANDS


def test_what_is_done_quickly_needs_no_thread() -> None:
    def here(_: int) -> Thread | Longer[Thread]:
        return current_thread()

    done = [call() for _, call in Hands().ahead(range(3), here)]
    assert done == 3 * [current_thread()]


@pytest.mark.parametrize(
    ("weight", "most"),
    [(0, WAITING + 1), (ROOM // 10, 11), (ROOM // 2 + 1, 2), (2 * ROOM, 2)],
    ids=["light", "heavy", "half", "more than there is room for"],
)
def test_only_so_many_are_taken_before_they_are_needed(weight: int, most: int) -> None:
    taken: list[int] = []

    def counted() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    going = Event()
    walk = ahead(counted(), lambda _: going.wait(10), weight)
    _, first = next(walk)
    assert len(taken) == most
    going.set()
    assert first()
    walk.close()


def test_what_is_done_is_handed_over_before_all_that_may_wait_has_come() -> None:
    done: list[int] = []
    taken: list[int] = []
    came: list[int] = []
    waiting: list[int] = []

    def one_by_one() -> Iterator[int]:
        for number in range(20):
            assert soon(lambda: len(done) == len(taken))
            taken.append(number)
            waiting.append(number - len(came))
            yield number

    for number, finished in ahead(one_by_one(), done.append):
        finished()
        came.append(number)
    assert came == list(range(20))
    assert min(waiting[2:]) <= 2


def soon(true: Callable[[], bool]) -> bool:
    patience = time.monotonic() + 10
    while not true() and time.monotonic() < patience:
        time.sleep(0.01)
    return true()


def test_all_who_ask_share_the_same_threads_and_none_is_left_behind_them() -> None:
    before = set(threads())
    hands = Hands()
    walks = [ahead(range(100), double, hands=hands) for _ in range(5)]
    assert [next(walk)[1]() for walk in walks] == [0] * 5
    theirs = set(threads()) - before
    assert len(theirs) == HANDS
    for walk in walks:
        walk.close()
    del hands, walks, walk
    gc.collect()
    assert soon(lambda: not any(thread.is_alive() for thread in theirs))


def test_what_nobody_waits_for_any_more_is_not_done() -> None:
    done: list[int] = []
    begun, ended = (Barrier(HANDS + 1, timeout=10) for _ in range(2))

    def slowly(number: int) -> None:
        if number < HANDS:
            begun.wait()
            ended.wait()
        done.append(number)

    hands = Hands()
    walk = ahead(range(100), slowly, hands=hands)
    next(walk)
    begun.wait()
    walk.close()
    ended.wait()
    assert [call() for _, call in ahead([HANDS], slowly, hands=hands)] == [None]
    assert soon(lambda: len(done) == HANDS + 1)
    assert sorted(done) == [*range(HANDS), HANDS]
