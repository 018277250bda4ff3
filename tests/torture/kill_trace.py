"""The moments of a run at which a kill can leave something different behind: read from a trace of its system calls.

Between two such moments nothing changes outside the process, so a kill anywhere there is the same kill. What counts:

- every call that changes a file, a folder or a connection, and succeeds;
- the first wait after something was sent: the request is out, its answer unread, and the server at work.

Left out are words to the log (they change no state), and SQLite's index of its write-ahead log (`-shm`), which is made
anew by whoever opens the store next.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SENDING = frozenset({"sendto", "sendmsg", "connect"})
_WRITING = frozenset({"write", "pwrite64", "writev", "pwritev", "sendfile", "copy_file_range"})
_NAMING = frozenset(
    {"rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "link", "linkat"}
    | {"symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "utimensat"}
)
_CHANGING = _SENDING | _WRITING | _NAMING | {"fsync", "fdatasync", "ftruncate", "truncate"}
_WAITING = frozenset({"poll", "read", "recvfrom"})
_OPENING = frozenset({"openat"})
CALLS = ",".join(sorted(_CHANGING | _WAITING | _OPENING))
"""What a trace has to show."""

_LINE = re.compile(r"(\d+) +(\w+)\((.*)")
_OPENED = re.compile(r"\d+<([^<>]*)>")
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Point:
    """Just before this call: the `number`th moment of the run, and the `nth` call of this name."""

    number: int
    call: str
    nth: int
    what: str
    """What the call works on: the name of a file, or "socket"."""

    @property
    def options(self) -> tuple[str, ...]:
        """What tells strace to kill here. It counts the calls of each name for themselves."""
        return ("-e", f"trace={self.call}", "-e", f"inject={self.call}:signal=KILL:when={self.nth}")

    def __str__(self) -> str:
        return f"killed at {self.number}, before {self.call} number {self.nth} ({self.what})"


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    nth: int
    rest: str

    @property
    def what(self) -> str:
        """The file, by the last name it is given: a renaming is about where to."""
        opened, named = _OPENED.match(self.rest), _QUOTED.findall(self.rest.partition(") =")[0])
        names = [opened[1]] if opened else named
        return Path(names[-1]).name if names and not self.on_socket else "socket"

    @property
    def on_socket(self) -> bool:
        return bool(re.match(r"\d+<(socket:|TCP)", self.rest)) or self.rest.startswith("[{fd=")

    @property
    def failed(self) -> bool:
        return bool(re.search(r"\) += -1 E(?!INPROGRESS)", self.rest))


def points(trace: Path, log: Path) -> tuple[Point, ...]:
    """The moments of the run whose trace this is (`strace -y`), in order. Raises ValueError where it had threads.

    The counting of the tracer would be another one for each thread.
    """
    moments = (call for call in _moments(_calls(trace)) if not _is_idle(call, log))
    return tuple(Point(number, call.name, call.nth, call.what) for number, call in enumerate(moments, 1))


def _calls(trace: Path) -> Iterator[_Call]:
    counts: Counter[str] = Counter()
    threads = set()
    for line in trace.read_text(errors="replace").splitlines():
        if found := _LINE.match(line):
            counts[found[2]] += 1
            threads.add(found[1])
            yield _Call(found[2], counts[found[2]], found[3])
    if len(threads) != 1:
        raise ValueError(f"{len(threads)} threads in {trace}: a run has one")


def _moments(calls: Iterator[_Call]) -> Iterator[_Call]:
    asked = False
    for call in calls:
        if call.name in _WAITING:
            if asked and call.on_socket:
                yield call
                asked = False
        elif call.name not in _OPENING:
            asked = call.on_socket and call.name in _SENDING | _WRITING
            yield call
        elif "O_CREAT" in call.rest or "O_TRUNC" in call.rest:
            yield call


def _is_idle(call: _Call, log: Path) -> bool:
    return call.failed or call.what.endswith("-shm") or call.what == log.name
