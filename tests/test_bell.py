"""The bell: heard by whoever waits, whenever it was rung, and safe in a signal handler."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from triage.bell import Bell

LONG = 20.0
"""Seconds that no test may take: what waits so long was not woken."""


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


def test_a_ring_before_the_wait_is_heard_and_used_up(bell: Bell) -> None:
    bell.ring()
    assert bell.wait(LONG)
    assert not bell.wait(0)


def test_silence_is_told_from_a_ring(bell: Bell) -> None:
    start = time.monotonic()
    assert not bell.wait(0.05)
    assert 0.04 < time.monotonic() - start < LONG


def test_time_that_is_over_is_no_time(bell: Bell) -> None:
    assert not bell.wait(-5)
    bell.ring()
    assert bell.wait(-5)


@pytest.mark.parametrize("rings", [1, 5000, 200_000])
def test_any_number_of_rings_is_one_ring_and_none_blocks(bell: Bell, rings: int) -> None:
    """More than the pipe can hold, and more than one reading used to take out of it."""
    for _ in range(rings):
        bell.ring()
    assert bell.wait(LONG)
    assert not bell.wait(0)
    bell.ring()
    assert bell.wait(0)


def test_a_sleeper_is_woken_by_another_thread(bell: Bell) -> None:
    start = time.monotonic()
    ringer = threading.Thread(target=bell.ring)
    ringer.start()
    assert bell.wait(LONG)
    ringer.join()
    assert time.monotonic() - start < LONG / 2


def test_all_who_listen_hear_a_ring(bell: Bell) -> None:
    heard: list[bool] = []
    listeners = [threading.Thread(target=lambda: heard.append(bell.listen(LONG))) for _ in range(4)]
    for listener in listeners:
        listener.start()
    bell.ring()
    for listener in listeners:
        listener.join()
    assert heard == [True] * 4
    assert bell.listen(0)


def test_of_several_who_wait_one_hears_it(bell: Bell) -> None:
    bell.ring()
    assert [bell.wait(0) for _ in range(3)] == [True, False, False]


def test_it_can_be_waited_for_together_with_other_things(bell: Bell) -> None:
    reading, writing = os.pipe()
    waiting = select.poll()
    for descriptor in (reading, bell.fileno()):
        waiting.register(descriptor, select.POLLIN)
    bell.ring()
    assert waiting.poll(LONG * 1000) == [(bell.fileno(), select.POLLIN)]
    os.close(reading)
    os.close(writing)


def test_a_signal_handler_can_ring_for_the_very_thread_it_interrupts(bell: Bell) -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: bell.ring())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        start = time.monotonic()
        assert bell.wait(LONG)
        assert time.monotonic() - start < LONG / 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_who_sleeps_for_ever_is_woken_by_a_ring(bell: Bell) -> None:
    ringer = threading.Timer(0.1, bell.ring)
    ringer.start()
    assert bell.wait(None)
    ringer.join()
