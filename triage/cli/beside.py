"""Something that takes long, done in a second process as well while it is asked for again and again.

Python lets one thread run at a time, and one that multiplies matrices has to wait for the others a hundred times a
mail, up to five milliseconds each. So in a first look over a mailbox the network reads in a process of its own, on the
second core. It is a copy of this one that does nothing else, and ends when `rest` is called, or this one ends.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
import warnings
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from threading import Lock, Semaphore
from typing import Generic, NoReturn, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

OFTEN, WITHIN = 16, 60.0
"""So many times in so many seconds is worth a process: not the mail or two of an ordinary day."""
LINE = 6
"""How many may stand in line for it. Who comes then is helped here, at the price of the other threads' time."""
PATIENCE = 120.0
"""Seconds after which a process that does not answer has come to nothing."""
_STANDARD, _MOST = 3, 1 << 20
"""Input, output and errors come first; and no more files are ever open."""


class Beside(Generic[P, R]):
    """Does `work`, beside where there is a process, and here. For threads.

    `work` starts no threads and holds no locks: those that are held when a process is copied stay locked in the copy.
    """

    def __init__(self, work: Callable[P, R], *, possible: bool = sys.platform == "linux") -> None:
        """Where it is not `possible`, all is done here: elsewhere libraries break when a process is copied."""
        self._work = work
        self._possible = possible
        self._here, self._there = Lock(), Lock()
        self._line = Semaphore(LINE)
        self._asked: deque[float] = deque(maxlen=OFTEN)
        self._copy: _Copy[R] | None = None

    def __call__(self, *asked: P.args, **named: P.kwargs) -> R:
        """What `work` returns, or raises."""
        if self._possible and self._line.acquire(blocking=False):
            try:
                with self._there:
                    copy = self._begun()
                    if copy is not None:
                        return copy.ask((asked, named))
            except (OSError, EOFError):  # it is gone, maybe by this very question
                self._possible = False
            finally:
                self._line.release()
        with self._here:
            return self._work(*asked, **named)

    def rest(self) -> None:
        """Let go of the process. It is made again when it is needed."""
        with self._there:
            self._end()

    def _begun(self) -> _Copy[R] | None:
        """The process, if there is one, now that this is asked for once more."""
        self._asked.append(time.monotonic())
        if self._copy is None and len(self._asked) == OFTEN and self._asked[-1] - self._asked[0] < WITHIN:
            with self._here:
                self._copy = _Copy(self._work)
        return self._copy

    def _end(self) -> None:
        self._asked.clear()
        if self._copy is not None:
            self._copy.end()
            self._copy = None


class _Copy(Generic[R]):
    """A process that answers questions. Raises OSError where there cannot be one more."""

    def __init__(self, work: Callable[..., R]) -> None:
        self._pipe, far = Pipe()
        pid = _fork()
        if pid == 0:
            _answer(work, far)
        far.close()
        self.end = weakref.finalize(self, _end, self._pipe, pid)

    def ask(self, question: object) -> R:
        """Raises OSError or EOFError where it is gone."""
        self._pipe.send(question)
        if not self._pipe.poll(PATIENCE):
            raise TimeoutError
        answer: R = self._pipe.recv()
        return answer


def _fork() -> int:
    """The new process, or 0 in it.

    From 3.12 on Python warns of locks that other threads hold at that moment. The copy needs none of them (`Beside`),
    has all it works with loaded, and is left behind where it does not answer; nobody who reads the log could do more.
    """
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    return os.fork()


def _end(pipe: Connection, pid: int) -> None:
    pipe.close()
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _answer(work: Callable[..., object], pipe: Connection) -> NoReturn:
    """In the new process: answer until nobody asks any more. What fails here fails where it was asked, once more."""
    try:
        # What other threads had is to stay as it is: a database would be closed a second time, maybe while locked.
        gc.disable()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # at a terminal it comes here as well
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Above all, locks on files and connections to servers are not to outlive the process that has them.
        os.closerange(_STANDARD, pipe.fileno())
        os.closerange(pipe.fileno() + 1, _MOST)
        while True:
            asked, named = pipe.recv()
            pipe.send(work(*asked, **named))
    finally:
        os._exit(0)
