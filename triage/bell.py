"""Waking a sleeping thread from another one, or from a signal: one byte through a pipe (the self-pipe trick).

Unlike `threading.Event`, whose lock a signal handler could find held by the very thread it interrupted, and unlike
a timer, it can be waited for together with a network connection.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ALL = 1 << 20
"""As much as a pipe can hold (pipe(7)), so that one reading empties it."""


class Bell:
    """Any number of rings before a wait are one ring."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        os.set_blocking(self._out, False)
        os.set_blocking(self._in, False)

    def fileno(self) -> int:
        """Readable while a ring has not been heard."""
        return self._out

    def ring(self) -> None:
        """Wake the waiter, now or when it next waits. Safe in a signal handler."""
        # A full pipe is full of rings that nobody has heard yet: one more would say nothing new.
        with suppress(BlockingIOError):
            os.write(self._in, b"!")

    def wait(self, seconds: float | None) -> bool:
        """Sleep for so long at most, None being for ever; True where it was rung. The ring is used up."""
        return self.listen(seconds) and self._hear()

    def listen(self, seconds: float | None) -> bool:
        """As `wait`, but the ring stays for all who listen."""
        waiting = select.poll()
        waiting.register(self._out, select.POLLIN)
        return bool(waiting.poll(None if seconds is None else max(0.0, seconds) * 1000))

    def _hear(self) -> bool:
        try:
            os.read(self._out, _ALL)
        except BlockingIOError:
            return False
        return True

    @contextmanager
    def rung_by_signals(self) -> Iterator[None]:
        """Meanwhile every signal that has a handler rings, whichever thread it reaches. For the main thread.

        The handler itself runs in the main thread alone, and only once that is awake.
        """
        before = signal.set_wakeup_fd(self._in, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)

    def close(self) -> None:
        os.close(self._out)
        os.close(self._in)
