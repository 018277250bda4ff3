"""This machine: room on the disk, who may read what, and whether somebody sets its clock. Looks only."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PATIENCE = 3.0
"""Seconds for a program of the system to answer."""


@dataclass(frozen=True, slots=True)
class Disk:
    """What is left where a file would be written: bytes, and whether anything can be written at all."""

    free: int | None
    """None where there is no such limit."""
    read_only: bool
    full_of_files: bool
    """No further file can be made, however small (inodes)."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What other people on this machine may do with a file or folder, all the folders on the way counted in."""

    path: Path
    read: bool
    write: bool
    ours: bool
    """It belongs to us, or to root."""


def disk(folder: Path) -> Disk:
    """The file system that `folder` is on, or would be made on. Raises OSError."""
    seen = os.statvfs(nearest(folder))
    # Some file systems have no such limits, and tell 0.
    free = seen.f_bavail * seen.f_frsize if seen.f_blocks else None
    return Disk(free, bool(seen.f_flag & os.ST_RDONLY), seen.f_files > 0 and seen.f_favail == 0)


def writable(folder: Path) -> bool:
    """Can a file be made here? Asked of the file system itself: rights alone do not tell. Nothing is left behind."""
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600))
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR):  # it knows no files without a name
            return False
    else:
        return True
    try:
        with TemporaryDirectory(prefix=".triage-", dir=folder):
            return True
    except OSError:
        return False


def nearest(path: Path) -> Path:
    """The path itself, or the closest folder above it that exists."""
    return next(one for one in (path, *path.absolute().parents) if one.exists())


def rights(path: Path) -> Rights | None:
    """What others may do with it; None where it is not there. Raises OSError."""
    if not path.exists():
        return None
    seen = path.stat()
    way = _open_way(path)
    mode = stat.S_IMODE(seen.st_mode)
    return Rights(path, way and bool(mode & 0o044), way and bool(mode & 0o022), seen.st_uid in (0, os.geteuid()))


def _open_way(path: Path) -> bool:
    """May others enter every folder on the way to it?"""
    return all(above.stat().st_mode & 0o011 for above in path.absolute().parents)


def clock_is_set() -> bool | None:
    """Does the network set this machine's clock? None where nobody can tell."""
    told = output("timedatectl", "show", "--property=NTPSynchronized", "--value")
    return {"yes": True, "no": False}.get(told.strip()) if told else None


def output(*command: str) -> str:
    """What a program of the system says; empty where it is not there, fails, or takes too long."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
