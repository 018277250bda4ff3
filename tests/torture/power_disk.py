"""A disk that forgets: what may be found of some files after the power went.

What a program writes is in memory first. On the disk is what was synced; of everything else any part may be, page by
page, and in the middle of a page sector by sector. Names are kept apart from what they name, by one of two rules:

`ORDERED`, as ext4, XFS and Btrfs do it: names change on the disk in the order they were changed, and whatever is synced
takes all changes of names before it along.
`STRICT`, all that POSIX promises: a name is on the disk once its folder was synced, and not before; of those that were
not, any may be and any other not. A renaming is one change even so: the file has the old name, the new one, or both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from random import Random

from tests.torture.power_file import File, any_of
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

_SURVIVAL = (0.0, 0.1, 0.5, 0.9, 1.0)
"""How likely the newest of what was not synced is on the disk: for each loss of power, one of these."""


class Names(Enum):
    """When a change of names is on the disk."""

    ORDERED = "ordered"
    STRICT = "strict"


@dataclass(eq=False, slots=True)
class _Folder:
    """Names and what they name: on the disk, and as the program sees it."""

    durable: dict[str, _Node] = field(default_factory=dict)
    now: dict[str, _Node] = field(default_factory=dict)


_Node = File | _Folder
_Entry = tuple[_Folder, str, _Node]


@dataclass(slots=True)
class _Change:
    """One change of names that is not on the disk yet. What it takes away goes only once what it puts is there."""

    puts: list[_Entry]
    takes: list[_Entry]

    def apply(self, names: Callable[[_Folder], dict[str, _Node]]) -> None:
        for folder, name, node in self.puts:
            names(folder)[name] = node
        for folder, name, node in self.takes:
            if names(folder).get(name) is node:
                del names(folder)[name]


class Disk:
    """Files below one folder, `root` in the operations. Begins with what lies in `start`, all of it on the disk."""

    def __init__(self, start: Path, root: str, rule: Names) -> None:
        self._rule = rule
        self._above = root
        self._changes: list[_Change] = []
        self._root = _loaded(start)

    def do(self, operation: Operation) -> None:
        """The program has done this."""
        match operation:
            case Opened(path, create, empty):
                self._open(path, create=create, empty=empty)
            case Written(path, offset, data):
                file = self._file(path)
                file.write(len(file.now) if offset is None else offset, data)
            case Copied(source, start, path, offset, size):
                self._file(path).write(offset, bytes(self._file(source).now[start : start + size]))
            case Resized(path, size):
                self._file(path).resize(size)
            case Synced(path):
                self._sync(self._node(path))
            case SyncFailed(path):
                node = self._node(path)
                if isinstance(node, File):
                    node.fail()
            case Marked():
                pass
            case _:
                self._change(self._names_changed(operation))

    def _names_changed(self, operation: Operation) -> _Change:
        match operation:
            case FolderMade(path):
                return _Change([self._entry(path, _Folder())], [])
            case Linked(old, new):
                return _Change([self._entry(new, self._node(old))], [])
            case Renamed(old, new):
                node = self._node(old)
                return _Change([self._entry(new, node)], [self._entry(old, node)])
            case Removed(path):
                return _Change([], [self._entry(path, self._node(path))])
            case _:
                raise TypeError(operation)

    def _open(self, path: str, *, create: bool, empty: bool) -> None:
        folder, name, _ = self._entry(path, self._root)
        node = folder.now.get(name)
        if node is None and create:
            self._change(_Change([(folder, name, File())], []))
        elif isinstance(node, File) and empty and node.now:
            node.resize(0)

    def _change(self, change: _Change) -> None:
        self._changes.append(change)
        change.apply(lambda folder: folder.now)

    def _sync(self, node: _Node) -> None:
        if isinstance(node, File):
            node.sync()
        if self._rule is Names.ORDERED:
            self._keep(self._changes)
            self._changes = []
        elif isinstance(node, _Folder):
            self._keep_names_in(node)

    def _keep_names_in(self, folder: _Folder) -> None:
        left = []
        for change in self._changes:
            there = _Change([one for one in change.puts if one[0] is folder], [])
            change.puts = [one for one in change.puts if one[0] is not folder]
            if not change.puts:
                there.takes = [one for one in change.takes if one[0] is folder]
                change.takes = [one for one in change.takes if one[0] is not folder]
            self._keep([there])
            left += [change] if change.puts or change.takes else []
        self._changes = left

    @staticmethod
    def _keep(changes: list[_Change]) -> None:
        for change in changes:
            change.apply(lambda folder: folder.durable)

    def _entry(self, path: str, node: _Node) -> _Entry:
        folder, _, name = path.rpartition("/")
        parent = self._node(folder)
        assert isinstance(parent, _Folder), path
        return parent, name, node

    def _node(self, path: str) -> _Node:
        node: _Node = self._root
        for part in filter(None, path.removeprefix(self._above).split("/")):
            assert isinstance(node, _Folder), path
            node = node.now[part]
        return node

    def _file(self, path: str) -> File:
        node = self._node(path)
        assert isinstance(node, File), path
        return node

    def found(self, target: Path, random: Random) -> None:
        """Put into `target` what may be found if the power goes now."""
        survival = random.choice(_SURVIVAL)
        names: dict[_Folder, dict[str, _Node]] = {}

        def after(folder: _Folder) -> dict[str, _Node]:
            return names.setdefault(folder, dict(folder.durable))

        for change in self._survivors(survival, random):
            change.apply(after)
        _Unloading(after, survival, random).folder(self._root, target)

    def _survivors(self, survival: float, random: Random) -> Sequence[_Change]:
        if self._rule is Names.ORDERED:
            return self._changes[: any_of(list(range(len(self._changes) + 1)), survival, random)]
        chosen = [one for one in self._changes if random.random() < survival]
        return [
            one if random.random() < survival else _Change(one.puts, [] if one.puts else one.takes) for one in chosen
        ]

    def now(self, target: Path) -> None:
        """Put into `target` what is there if the program dies and the power stays."""
        _Unloading(lambda folder: folder.now, None, Random()).folder(self._root, target)


@dataclass(slots=True)
class _Unloading:
    """From the model to real files. Without a `survival`, as the program sees them."""

    names: Callable[[_Folder], dict[str, _Node]]
    survival: float | None
    random: Random
    _written: dict[File, Path] = field(default_factory=dict)

    def folder(self, folder: _Folder, target: Path) -> None:
        target.mkdir(mode=0o700)
        for name, node in self.names(folder).items():
            if isinstance(node, _Folder):
                self.folder(node, target / name)
            elif node in self._written:
                (target / name).hardlink_to(self._written[node])
            else:
                (target / name).write_bytes(self._content(node))
                (target / name).chmod(0o600)
                self._written[node] = target / name

    def _content(self, file: File) -> bytes:
        return bytes(file.now) if self.survival is None else file.found(self.survival, self.random)


def _loaded(folder: Path) -> _Folder:
    there: dict[str, _Node] = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            there[path.name] = _loaded(path)
        elif not path.name.endswith("-shm"):
            content = path.read_bytes()
            there[path.name] = File(content, bytearray(content))
    return _Folder(there, dict(there))
