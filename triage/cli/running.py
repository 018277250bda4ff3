"""Is a service at work on a store, and since when? Nothing is asked of it, and its lock is not touched."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from triage.errors import BusyError
from triage.store.lock import held

_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Running:
    """A service at work. `pid` 0 and `since` None where this machine does not tell."""

    pid: int = 0
    since: datetime | None = None


def running(folder: Path, now: datetime) -> Running | None:
    """The service on the store in `folder`; None where there is none."""
    lock = folder / _LOCK
    if not lock.exists():
        return None
    pid = _holder(lock)
    return Running(pid, _began(pid, now)) if pid else _by_trying(folder)


def _holder(lock: Path) -> int:
    """The process that holds this lock, as the kernel lists it (proc_locks(5)); 0 where it does not list it."""
    try:
        seen, listed = lock.stat(), Path("/proc/locks").read_text(encoding="ascii")
    except (OSError, ValueError):
        return 0
    # "2: FLOCK ADVISORY WRITE 1234 08:01:131 0 EOF". The device is not always the one that `stat` tells (btrfs).
    rows = [words for line in listed.splitlines() if len(words := line.split()) > 5 and words[1] == "FLOCK"]
    found = [words[4] for words in rows if words[5].rpartition(":")[2] == str(seen.st_ino) and words[4].isdecimal()]
    return next((int(pid) for pid in found if _has_open(pid, seen)), 0)


def _has_open(pid: str, file: os.stat_result) -> bool:
    try:
        return any(os.path.samestat(one.stat(), file) for one in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


def _by_trying(folder: Path) -> Running | None:
    try:
        with held(folder):
            return None
    except BusyError:
        return Running()


def _began(pid: int, now: datetime) -> datetime | None:
    """When a process began (proc_pid_stat(5)); None where that is not told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        up = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
        age = up - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
    return now - timedelta(seconds=max(0.0, age))
