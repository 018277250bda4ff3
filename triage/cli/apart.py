"""Doing something in a process of its own, which takes along what it needed for that when it ends.

A library that is used once would otherwise stay in the memory of a service for as long as that runs.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import NoReturn, TypeVar

T = TypeVar("T")


def apart(read: Callable[[], T]) -> T:
    """What `read` returns. Where it fails there, it is called here as well, and raises.

    Only while there is no other thread: a lock that one holds would stay locked in the new process for ever.
    """
    out, into = os.pipe()
    child = _fork()
    if child == 0:
        _answer(read, into)
    os.close(into)
    with open(out, "rb") as file:  # noqa: PTH123  # a pipe has no path
        told = file.read()
    os.waitpid(child, 0)
    if not told:
        return read()
    import pickle

    found: T = pickle.loads(told)  # noqa: S301  # from ourselves
    return found


def _fork() -> int:
    """The new process, or 0 in it. Signals wait meanwhile.

    Python calls hooks around a fork, such as those that take and release the lock of `logging`, and swallows what
    is raised in them: a SIGTERM would be lost there, and the lock never released.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITING)
    try:
        return os.fork()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_WAITING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def _answer(read: Callable[[], object], into: int) -> NoReturn:
    """In the new process: tell what there is to tell, all or nothing, and leave nothing else behind."""
    import pickle

    try:
        told = pickle.dumps(read())
        with open(into, "wb") as file:  # a pipe has no path
            file.write(told)
    finally:
        os._exit(0)
