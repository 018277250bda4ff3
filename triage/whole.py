"""Writes a file whole or not at all: whoever looks finds what was there, or what is to be there, and never a part.

So it is on a full or failing disk, after a kill, after a loss of power, and where two write the same file at once.
"""

from __future__ import annotations

import errno
import fcntl
import glob
import os
from contextlib import suppress
from pathlib import Path

PRIVATE, PUBLIC = 0o600, 0o644
"""The modes of files for their owner's eyes alone, and for everybody's."""
_RANDOM = 8
"""Bytes in the name of a draft."""


def write(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Put `data` in the place of what is called `path`, on the disk when this returns.

    The file has this mode from its birth, whatever the umask and the old file's were. Folders that are missing are
    made, for those to enter who may read the file. A link is replaced; what it leads to stays as it is.

    Raises OSError. The old file is there then; where nothing failed but the last sync of the folder, the new one.
    """
    _make(path.parent, mode)
    _remove_left(path)
    draft, descriptor = _begun(path, mode)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123  # a descriptor has no Path
            os.fchmod(descriptor, mode)  # the umask may have taken something from it
            file.write(data)
            file.flush()
            os.fsync(descriptor)
            draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    sync(path.parent)


def remove(path: Path) -> None:
    """Remove it, and what a kill may have left of it beside it. A missing one is fine. Raises OSError."""
    path.unlink(missing_ok=True)
    _remove_left(path)


def sync(path: Path) -> None:
    """Return when a file, or the names in a folder, are on the disk; names as far as their file system can do that.

    Raises OSError.
    """
    folder = path.is_dir()
    if folder and not os.access(path, os.R_OK):
        return  # it can be written into, and not opened
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if not folder or error.errno != errno.EINVAL:  # what file systems say that sync no folders
            raise
    finally:
        os.close(descriptor)


def rooted(folder: Path) -> None:
    """Return when the folder's own name, and those above it that we may have made, are on the disk. Raises OSError."""
    for above in folder.absolute().parents:
        if os.access(above, os.W_OK):  # where we may not write, we have made nothing
            sync(above)


def _make(folder: Path, mode: int) -> None:
    if folder.is_dir():
        return
    _make(folder.parent, mode)
    folder.mkdir(mode | (mode & 0o444) >> 2, exist_ok=True)
    sync(folder.parent)


def _begun(path: Path, mode: int) -> tuple[Path, int]:
    """A draft of our own, empty and open. It is locked as long as it is open: so nobody takes it for left behind."""
    while True:
        draft = path.with_name(f".{path.name}.{os.urandom(_RANDOM).hex()}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with suppress(OSError):  # a file system without locks; nothing is removed there
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return draft, descriptor
        os.close(descriptor)  # removed by somebody else, before it was locked


def _remove_left(path: Path) -> None:
    """Remove the drafts of those who were killed at it."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 2 * _RANDOM}.new"):
        with suppress(OSError):  # somebody is writing it, has just removed it, or it is not ours to remove
            descriptor = os.open(left, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
            finally:
                os.close(descriptor)
