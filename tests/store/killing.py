"""A process that dies at a step of its own: at the n-th thing it asks of the system that Python's audit hooks see."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

_CHANGES = (
    "os.rename", "os.link", "os.remove", "os.mkdir", "os.chmod", "tempfile.mkstemp", "fcntl.flock", "sqlite3.connect",
    "sqlite3.connect/handle", "shutil.copyfile",
)  # fmt: skip
_KILLED = 137


def dies_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a process of its own that is gone at this step (from 1), like one that is killed.

    False where it was over before: it has no such step.
    """
    child = os.fork()
    if child == 0:
        _die_at(step)
        try:
            work()
        except BaseException:  # noqa: BLE001  # told by the exit code; pytest must not go on in two processes
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, _KILLED), "the work itself failed"
    return code == _KILLED


def _die_at(step: int) -> None:
    left = [step]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CHANGES or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            left[0] -= 1
            if not left[0]:
                os._exit(_KILLED)

    sys.addaudithook(hook)
