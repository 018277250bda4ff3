"""What is done ahead changes neither the order nor where an error shows."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from threading import Barrier
from threading import enumerate as threads
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.ahead import HANDS, WAITING, Hands

T = TypeVar("T")
R = TypeVar("R")


def ahead(items: Iterable[T], work: Callable[[T], R]) -> Generator[tuple[T, Callable[[], R]], None, None]:
    return Hands().ahead(items, work)


def double(number: int) -> int:
    if number < 0:
        raise ValueError(number)
    return 2 * number


@given(st.lists(st.integers(), max_size=3 * WAITING))
def test_every_item_comes_in_order_with_what_became_of_it(numbers: list[int]) -> None:
    came = []
    for number, doubled in ahead(numbers, double):
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


def test_only_so_many_are_taken_before_they_are_needed() -> None:
    taken: list[int] = []

    def counted() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    walk = ahead(counted(), double)
    next(walk)
    assert len(taken) == WAITING + 1
    walk.close()


def soon(true: Callable[[], bool]) -> bool:
    patience = time.monotonic() + 10
    while not true() and time.monotonic() < patience:
        time.sleep(0.01)
    return true()


def test_all_who_ask_share_the_same_threads_and_none_is_left_behind_them() -> None:
    before = set(threads())
    hands = Hands()
    walks = [hands.ahead(range(100), double) for _ in range(5)]
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
    walk = hands.ahead(range(100), slowly)
    next(walk)
    begun.wait()
    walk.close()
    ended.wait()
    assert [call() for _, call in hands.ahead([HANDS], slowly)] == [None]
    assert soon(lambda: len(done) == HANDS + 1)
    assert sorted(done) == [*range(HANDS), HANDS]
