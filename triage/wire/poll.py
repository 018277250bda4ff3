"""Waiting for bytes on file descriptors."""

from __future__ import annotations

import select
import time


def readable(seconds: float, *descriptors: int) -> frozenset[int]:
    """Which of them can be read, or are closed, after at most `seconds`."""
    waiting = select.poll()  # `select.select` fails on descriptors from 1024 on.
    for descriptor in descriptors:
        waiting.register(descriptor, select.POLLIN)
    return frozenset(descriptor for descriptor, _ in waiting.poll(max(0.0, seconds) * 1000))


class Deadline:
    """A point on the monotonic clock, which nobody can set."""

    __slots__ = ("_end",)

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, never negative."""
        return max(0.0, self._end - time.monotonic())
