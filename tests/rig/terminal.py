"""A program at a real terminal: what it shows is read as lines, and keys are pressed."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from fcntl import ioctl
from types import TracebackType
from typing import Self

PATIENCE = 30.0
ENTER, DOWN, CTRL_C = "\r", "\x1b[B", "\x03"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()=>78][A-Z0-9]?|\x1b\][^\x07]*\x07|[\x00-\x08\x0e-\x1f]")


class Terminal:
    """One program on a terminal of 80 columns and 60 lines."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.shown = ""
        self._pid, self._there = pty.fork()
        if self._pid == 0:
            # prompt_toolkit would ask the terminal where its cursor is, and nobody would answer.
            os.execvpe(command[0], list(command), {**environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"})
        ioctl(self._there, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 80, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._there)
        try:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass

    def until(self, words: str) -> str:
        """Wait until these words are shown, and return all that was shown since the last time. Fails in the end."""
        end = time.monotonic() + PATIENCE
        while words not in " ".join(self.shown.split()):
            if time.monotonic() > end or (not self._read(0.5) and self._over()):
                raise AssertionError(f"“{words}” was not shown, but: {self.shown}")
        found, self.shown = self.shown, ""
        return found

    def press(self, keys: str) -> None:
        """Press these keys."""
        os.write(self._there, keys.encode())

    def hang_up(self) -> None:
        """The window is closed."""
        os.kill(self._pid, signal.SIGHUP)

    def terminate(self) -> None:
        """The program is told to end."""
        os.kill(self._pid, signal.SIGTERM)

    @property
    def echoes(self) -> bool:
        """Does the terminal show what is typed, by itself?"""
        return bool(termios.tcgetattr(self._there)[3] & termios.ECHO)

    def end(self) -> int:
        """Wait until the program ends; its exit code, or the negative of the signal that ended it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self._read(0.05)
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"it did not end: {self.shown}")

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._there], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._there, 65536)
        except OSError:  # Linux says so when the last program has closed it
            return False
        self.shown += _ESCAPES.sub("", data.decode("utf-8", "replace"))
        return True

    def _over(self) -> bool:
        """Has the program ended? It stays to be waited for."""
        return os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
