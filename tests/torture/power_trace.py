"""What strace saw of a program, as operations on files. Pure: a trace goes in, operations come out.

Strict on purpose: a call that could change a file in a way unknown here is an error, and never passed over, for then
the disk of the model would not be the disk of the program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tests.torture.power_operations import (
    Copied,
    FolderMade,
    Linked,
    Marked,
    Opened,
    Operation,
    Removed,
    Renamed,
    Resized,
    Synced,
    SyncFailed,
    Written,
)

CALLS = (
    "openat,open,creat,close,dup,dup2,dup3,read,lseek,write,writev,pwrite64,pwritev,pwritev2,sendfile,splice,"
    "copy_file_range,fsync,fdatasync,sync,syncfs,sync_file_range,msync,mmap,truncate,ftruncate,fallocate,"
    "rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,ioctl"
)
OPTIONS = ("-y", "-xx", "-s", "4194304", "-e", f"trace={CALLS}", "-e", "signal=none")
"""How strace has to be called: with -f, all strings whole and in hexadecimal, and with each descriptor its path."""


class UnknownCallError(Exception):
    """The trace holds something that the model of the disk knows nothing of."""


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    arguments: tuple[str, ...]
    result: int

    def path(self, number: int) -> str:
        """The path of a descriptor; empty for one that has none, or whose file has no name any more."""
        found = _DESCRIPTOR.fullmatch(self.arguments[number])
        return _text(found[2]) if found and not found[3] else ""

    def descriptor(self, number: int = 0) -> int:
        return int(self.arguments[number].partition("<")[0])

    def string(self, number: int) -> bytes:
        return _bytes(self.arguments[number].strip('"'))


_LINE = re.compile(r"(?:\[pid +)?(\d+)\]? +(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(.*)", re.DOTALL)
_BROKEN = re.compile(r"(?:\[pid +)?(\d+)\]? +(\w+\(.*?) ?<unfinished \.\.\.>")
_GOES_ON = re.compile(r"(?:\[pid +)?(\d+)\]? +<\.\.\. \w+ resumed>(.*)", re.DOTALL)
_DESCRIPTOR = re.compile(r"(-?\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?")
_PIECE = re.compile(r'iov_base="((?:\\x[0-9a-f]{2})*)"')
_SYNCING = frozenset({"fsync", "fdatasync"})
_NAMELESS = frozenset({"sync", "syncfs", "sync_file_range", "msync", "splice"})


def operations(lines: Iterable[str], root: str, marks: str = "") -> list[Operation]:
    """Everything done to files below `root`, in order, and what was written to the file `marks`.

    SQLite's index in shared memory (-shm) is left out: it is changed through `mmap`, which no trace shows, and made
    anew after a loss of power. Raises UnknownCallError.
    """
    reading = _Reading(root, marks)
    return [one for call in _calls(lines) for one in reading.meant(call)]


def _calls(lines: Iterable[str]) -> Iterator[_Call]:
    begun: dict[str, str] = {}
    for line in lines:
        text = line.rstrip("\n")
        if broken := _BROKEN.fullmatch(text):
            begun[broken[1]] = broken[2]
            continue
        if goes_on := _GOES_ON.fullmatch(text):
            text = f"{goes_on[1]} {begun.pop(goes_on[1])}{goes_on[2]}"
        found = _LINE.fullmatch(text)
        if found and (not found[4].startswith(("-", "?")) or found[2] in _SYNCING):
            yield _Call(found[2], _arguments(found[3]), int(found[4], 0))


def _arguments(text: str) -> tuple[str, ...]:
    """Split at commas, but for those in a list of pieces; no string holds one, they are all hexadecimal."""
    pieces = re.findall(r"\[.*?\]|[^,\[]+(?:\[[^\]]*\])?", text)
    return tuple(piece.strip() for piece in pieces if piece.strip())


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _text(text: str) -> str:
    return _bytes(text).decode("utf-8", "surrogateescape")


@dataclass(slots=True)
class _Place:
    """Where in its file an open descriptor stands; None: always at the end."""

    at: int | None = 0


@dataclass(slots=True)
class _Reading:
    root: str
    marks: str
    _places: dict[int, _Place] = field(default_factory=dict)

    def meant(self, call: _Call) -> Iterator[Operation]:
        """The operation that a call was, if it was one on a file of ours."""
        meaning = _MEANINGS.get(call.name)
        if meaning is not None:
            yield from meaning(self, call)
        elif call.name in _NAMELESS or any(self._ours(self._any_path(one)) for one in call.arguments):
            raise UnknownCallError(f"{call.name}{call.arguments}")

    def _ours(self, path: str) -> bool:
        return path.startswith(f"{self.root}/") and not path.endswith("-shm")

    @staticmethod
    def _any_path(argument: str) -> str:
        found = _DESCRIPTOR.fullmatch(argument)
        return _text(found[2]) if found else _text(argument.strip('"')) if argument.startswith('"') else ""

    def _named(self, call: _Call, number: int) -> str:
        """The path given as an argument, where a folder may stand before it."""
        name = call.string(number).decode("utf-8", "surrogateescape")
        before = call.path(number - 1) if number else ""
        if not (name.startswith("/") or before):
            raise UnknownCallError(f"a path below nothing: {call.name} {name}")
        return str(PurePosixPath(before, name))

    def opened(self, call: _Call) -> Iterator[Operation]:
        number = 1 if call.name == "openat" else 0
        path, flags = self._named(call, number), call.arguments[number + 1]
        self._places[call.result & 0xFFFFFFFF] = _Place(None if "O_APPEND" in flags else 0)
        if self._ours(path) and ("O_CREAT" in flags or "O_TRUNC" in flags):
            yield Opened(path, "O_CREAT" in flags, "O_TRUNC" in flags)

    def read(self, call: _Call) -> Iterator[Operation]:
        place = self._places.get(call.descriptor())
        if place is not None and place.at is not None:
            place.at += call.result
        yield from ()

    def sought(self, call: _Call) -> Iterator[Operation]:
        place = self._places.get(call.descriptor())
        if place is not None and place.at is not None:
            place.at = call.result
        yield from ()

    def written(self, call: _Call) -> Iterator[Operation]:
        path = call.path(0)
        data = b"".join(map(_bytes, _PIECE.findall(call.arguments[1]))) or call.string(1)
        if path == self.marks and path:
            yield from (Marked(line) for line in data.decode().splitlines())
        elif self._ours(path):
            place = self._places[call.descriptor()]
            yield Written(path, place.at, data[: call.result])
            if place.at is not None:
                place.at += call.result

    def written_at(self, call: _Call) -> Iterator[Operation]:
        if self._ours(call.path(0)):
            yield Written(call.path(0), int(call.arguments[3]), call.string(1)[: call.result])

    def sent(self, call: _Call) -> Iterator[Operation]:
        """`sendfile(out, in, [offset], count)`, with which Python copies files."""
        if self._ours(call.path(0)):
            offset = int(re.sub(r"\[(\d+)\].*", r"\1", call.arguments[2]))
            place = self._places[call.descriptor()]
            yield Copied(call.path(1), offset, call.path(0), place.at or 0, call.result)
            place.at = (place.at or 0) + call.result

    def resized(self, call: _Call) -> Iterator[Operation]:
        if self._ours(call.path(0)):
            yield Resized(call.path(0), int(call.arguments[1]))

    def synced(self, call: _Call) -> Iterator[Operation]:
        if self._ours(call.path(0)) or call.path(0) == self.root:
            yield Synced(call.path(0)) if call.result == 0 else SyncFailed(call.path(0))

    def folder_made(self, call: _Call) -> Iterator[Operation]:
        path = self._named(call, 1 if call.name == "mkdirat" else 0)
        if self._ours(path):
            yield FolderMade(path)

    def removed(self, call: _Call) -> Iterator[Operation]:
        path = self._named(call, 1 if call.name == "unlinkat" else 0)
        if self._ours(path):
            yield Removed(path)

    def linked(self, call: _Call) -> Iterator[Operation]:
        old, new = self._two_names(call)
        if self._ours(new):
            yield Linked(old, new)

    def renamed(self, call: _Call) -> Iterator[Operation]:
        old, new = self._two_names(call)
        if self._ours(new) != self._ours(old):
            raise UnknownCallError(f"a rename over the border: {old} to {new}")
        if self._ours(new):
            yield Renamed(old, new)

    def _two_names(self, call: _Call) -> tuple[str, str]:
        first, second = (1, 3) if "at" in call.name else (0, 1)
        return self._named(call, first), self._named(call, second)

    def mapped(self, call: _Call) -> Iterator[Operation]:
        shared = "MAP_SHARED" in call.arguments[3] and "PROT_WRITE" in call.arguments[2]
        if shared and self._ours(call.path(4)):
            raise UnknownCallError(f"writes through memory: {call.path(4)}")
        yield from ()

    def ignored(self, call: _Call) -> Iterator[Operation]:
        yield from ()


_Meaning = Callable[[_Reading, _Call], Iterator[Operation]]
_MEANINGS: dict[str, _Meaning] = {
    "openat": _Reading.opened,
    "open": _Reading.opened,
    "read": _Reading.read,
    "lseek": _Reading.sought,
    "write": _Reading.written,
    "writev": _Reading.written,
    "pwrite64": _Reading.written_at,
    "sendfile": _Reading.sent,
    "ftruncate": _Reading.resized,
    "fsync": _Reading.synced,
    "fdatasync": _Reading.synced,
    "mkdir": _Reading.folder_made,
    "mkdirat": _Reading.folder_made,
    "rmdir": _Reading.removed,
    "unlink": _Reading.removed,
    "unlinkat": _Reading.removed,
    "link": _Reading.linked,
    "linkat": _Reading.linked,
    "rename": _Reading.renamed,
    "renameat": _Reading.renamed,
    "renameat2": _Reading.renamed,
    "mmap": _Reading.mapped,
    "close": _Reading.ignored,
    "ioctl": _Reading.ignored,
}
