"""The lock by which one running service holds the store."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from triage.errors import BusyError
from triage.store.faults import usable
from triage.store.folder import FILE


class Lock:
    """The lock while it is held."""

    def __init__(self) -> None:
        self.is_for_good = False
        """Only the end of the process lets go of it: somebody in it is still at work on the store."""


@contextmanager
def held(folder: Path) -> Iterator[Lock]:
    """Hold the store for one running service. Raises BusyError where another one holds it.

    The kernel lets go of the lock when the process dies, however it dies, so none is ever left behind.
    """
    lock = Lock()
    with usable(folder / FILE):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _lock(descriptor, folder)
        yield lock
    finally:
        if not lock.is_for_good:
            os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BusyError(
            f"Another triage service already works on the store in {folder}. Stop that one first "
            "(systemctl --user stop triage), or give this one a store of its own."
        ) from error
