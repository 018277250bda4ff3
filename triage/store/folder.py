"""What lies in the store's folder: the names, and how files appear, change places and vanish there.

Whatever is to last is written through to the disk, file and folder alike, before anything relies on it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "triage.sqlite3"
BACKUPS = "backups"
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, by the ends of the names."""
_UNFINISHED = f"{FILE}-new-"
_REPLACED = f"{FILE}.replaced-"
_ZEROS = bytes(64 * 1024)


def draft_name(path: Path) -> str:
    """How the names of unfinished files begin that are to become `path`: no store and no backup is called so."""
    return _UNFINISHED if path.name == FILE else f".{path.name}-new-"


def drafts(folder: Path) -> tuple[Path, ...]:
    """What a process that was killed has left unfinished. To be asked only where nobody else is at work (`alone`)."""
    return (*folder.glob(f"{_UNFINISHED}*"), *(folder / BACKUPS).glob(".*-new-*"))


def put_aside(folder: Path) -> tuple[Path, ...]:
    """The stores that a restore has replaced, and what lay beside them, oldest first."""
    return tuple(sorted(folder.glob(f"{_REPLACED}*")))


def name_aside(folder: Path, when: str) -> Path:
    """A name that is free, for a store that is replaced now."""
    plain = folder / f"{_REPLACED}{when}"
    taken = {path.name for path in put_aside(folder)}
    names = [plain.name, *(f"{plain.name}-{number}" for number in range(2, len(taken) + 2))]
    return plain.with_name(next(name for name in names if not any(one.startswith(name) for one in taken)))


def beside(path: Path) -> tuple[Path, ...]:
    """The names of the files that SQLite keeps beside this database."""
    return tuple(path.with_name(path.name + end) for end in BESIDE)


def changes(path: Path) -> tuple[Path, ...]:
    """Those of them that hold what the database itself does not hold yet: not SQLite's index, and no empty log."""
    return tuple(one for one in beside(path) if not one.name.endswith("-shm") and one.exists() and one.stat().st_size)


def erase(path: Path) -> None:
    """Remove a file, and overwrite what it held, unless it goes by another name too. A missing one is fine.

    The name goes first: a file that is found is never half overwritten.
    """
    if path.is_symlink() or not path.exists():
        path.unlink(missing_ok=True)
        return
    with path.open("r+b", buffering=0) as file:
        path.unlink()
        left = os.fstat(file.fileno())
        if left.st_nlink == 0:
            for at in range(0, left.st_size, len(_ZEROS)):
                file.write(_ZEROS[: left.st_size - at])  # not a byte more: the disk may be full
            os.fsync(file.fileno())


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Meanwhile nobody else makes, replaces or backs up the store in this folder. Waits until it can begin.

    Not to be taken twice. The kernel lets go of it when the process dies.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
