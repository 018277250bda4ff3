"""Waiting on descriptors."""

from __future__ import annotations

import os
import resource
import time

from triage.wire.poll import Deadline, readable


def test_readable_tells_which() -> None:
    (one, ring_one), (two, ring_two) = os.pipe(), os.pipe()
    assert readable(0, one, two) == frozenset()
    os.write(ring_two, b"x")
    assert readable(5, one, two) == {two}
    os.close(ring_one)
    assert readable(5, one, two) == {one, two}, "a closed one counts: reading it tells"
    for end in (one, two, ring_two):
        os.close(end)


def test_readable_takes_descriptors_beyond_1024() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 1200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1200, hard))
    reading, ringing = os.pipe()
    high = os.dup2(reading, 1100)
    os.write(ringing, b"x")
    assert readable(5, high) == {high}
    for end in (reading, ringing, high):
        os.close(end)


def test_readable_never_waits_longer_than_told() -> None:
    reading, ringing = os.pipe()
    start = time.monotonic()
    assert readable(0.1, reading) == frozenset()
    assert readable(-5, reading) == frozenset()
    assert 0.09 < time.monotonic() - start < 1
    os.close(reading)
    os.close(ringing)


def test_a_deadline_ends() -> None:
    assert 0 < Deadline(5).left() <= 5
    assert Deadline(-5).left() == 0
