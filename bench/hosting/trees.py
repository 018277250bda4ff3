"""What processes with all their children have taken, and what they hold in memory, as the kernel tells it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.process import usage

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one process, in bytes. `shared_out`: what it shares with others divided among them (PSS)."""

    resident: int
    shared_out: int


def cpu(*roots: int) -> float:
    """Seconds of processor time of these processes and all below them, those that have ended included."""
    return sum(_seconds(pid) for root in roots for pid in below(root))


def below(root: int) -> Iterator[int]:
    """This process and all that it has started, directly or not."""
    yield root
    for task in _tasks(root):
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text().split():
                yield from below(int(child))


def memory(pids: Iterable[int]) -> list[Memory]:
    """Of each of these that is still there."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            told = usage(pid)
            found.append(Memory(told.resident, told.shared_out))
    return found


def _tasks(pid: int) -> list[Path]:
    with contextlib.suppress(OSError):
        return list(Path(f"/proc/{pid}/task").iterdir())
    return []


def _seconds(pid: int) -> float:
    """Its own, and that of its children that have ended: whoever ends goes over to the parent's account."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(one) for one in fields[11:15]) / _TICKS
    return 0.0
