"""What the kernel says of a process that is running."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """Since its start, or at this moment: seconds of processor time, times it slept and was woken, bytes in memory."""

    cpu: float
    wakeups: Mapping[int, int]
    """By thread: the first one has the number of the process."""
    resident: int
    shared_out: int
    """What it shares with others divided among them (PSS)."""
    peak: int


def usage(pid: int) -> Usage:
    """Of a process with all its threads. Raises OSError when it is gone."""
    here = Path(f"/proc/{pid}")
    fields = (here / "stat").read_text().rpartition(")")[2].split()
    status = (here / "status").read_text()
    return Usage(
        cpu=(int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
        wakeups=_wakeups(here),
        resident=_kilobytes(status, "VmRSS"),
        shared_out=_kilobytes((here / "smaps_rollup").read_text(), "Pss"),
        peak=_kilobytes(status, "VmHWM"),
    )


def _wakeups(here: Path) -> dict[int, int]:
    """Each time a thread goes to sleep of its own accord, something wakes it."""
    counts = {}
    for task in (here / "task").iterdir():
        with contextlib.suppress(OSError):
            found = re.search(r"^voluntary_ctxt_switches:\s*(\d+)", (task / "status").read_text(), re.MULTILINE)
            counts[int(task.name)] = int(found[1]) if found else 0
    return counts


def _kilobytes(text: str, name: str) -> int:
    found = re.search(rf"^{name}:\s*(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
