"""One file on a disk that forgets: what was synced, what the program sees, and what is left after the power went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

_T = TypeVar("_T")
PAGE, SECTOR = 4096, 512
_TORN = 0.2

_Changed = tuple[int, bytes] | int
"""A write (offset and data), or a new size."""


@dataclass(eq=False, slots=True)
class File:
    """The content on the disk, the content as the program sees it, and what happened in between."""

    durable: bytes = b""
    now: bytearray = field(default_factory=bytearray)
    changes: list[_Changed] = field(default_factory=list)

    def write(self, offset: int, data: bytes) -> None:
        self.changes.append((offset, data))
        _apply(self.now, (offset, data))

    def resize(self, size: int) -> None:
        self.changes.append(size)
        _apply(self.now, size)

    def sync(self) -> None:
        if self.changes:
            written = bytearray(self.durable)
            for change in self.changes:
                _apply(written, change)
            self.durable = bytes(written)
            self.changes.clear()

    def fail(self) -> None:
        """What could not be written is not tried again, as on Linux: the program reads it, and the disk has it not."""
        self.changes.clear()

    def found(self, survival: float, random: Random) -> bytes:
        """What may be read after the power went."""
        if not self.changes:
            return self.durable
        past = _past(self.durable, self.changes)
        done = any_of(list(range(len(past.cuts) + 1)), survival, random)
        began, ended = [-1, *past.cuts][done], [*past.cuts, len(self.changes)][done]
        found = bytearray(any_of(past.sizes[began + 1 : ended + 1], survival, random))
        for number in range((len(found) + PAGE - 1) // PAGE):
            start = number * PAGE
            versions = past.versions(number, began, ended) or [_cut(self.durable, start)]
            found[start : start + PAGE] = _page(versions, survival, random)[: len(found) - start]
        return bytes(found)


@dataclass(slots=True)
class _Past:
    """All that a file was since it was synced. The changes are counted from 0; before them comes what was synced."""

    sizes: list[int]
    """Before the first change, and after each."""
    cuts: list[int] = field(default_factory=list)
    """The changes that made it shorter. What is cut off goes at once, and not page by page."""
    pages: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)
    """Of each page that was changed: each content, and after which change."""
    gone: dict[int, list[int]] = field(default_factory=dict)
    """Of each page: the changes that cut it off, or a part of it."""

    def versions(self, number: int, began: int, ended: int) -> list[bytes]:
        """What a page may hold where the cut `began` has reached the disk, and the cut `ended` has not."""
        gone = self.gone.get(number, [])
        first = max((cut for cut in gone if cut <= began), default=-1)
        last = min((cut for cut in gone if cut >= ended), default=len(self.sizes))
        return [content for change, content in self.pages.get(number, []) if first <= change < last]


def _past(durable: bytes, changes: Sequence[_Changed]) -> _Past:
    content, past = bytearray(durable), _Past([len(durable)])
    for index, change in enumerate(changes):
        shorter = isinstance(change, int) and change < len(content)
        touched = _touched(change, len(content))
        for number in touched:
            past.pages.setdefault(number, [(-1, _cut(content, number * PAGE))])
        _apply(content, change)
        past.sizes.append(len(content))
        past.cuts += [index] if shorter else []
        for number in touched:
            past.pages[number].append((index, _cut(content, number * PAGE)))
            past.gone.setdefault(number, []).extend([index] if shorter else [])
    return past


def _apply(content: bytearray, change: _Changed) -> None:
    if isinstance(change, int):
        del content[change:]
        content.extend(bytes(change - len(content)))
    else:
        offset, data = change
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data


def _touched(change: _Changed, size: int) -> range:
    start, end = (change, max(change, size)) if isinstance(change, int) else (change[0], change[0] + len(change[1]))
    return range(start // PAGE, (max(end, start + 1) - 1) // PAGE + 1)


def _cut(content: bytes | bytearray, start: int) -> bytes:
    return bytes(content[start : start + PAGE]).ljust(PAGE, b"\0")


def any_of(versions: list[_T], survival: float, random: Random) -> _T:
    if survival == 0:
        return versions[0]
    return versions[-1] if random.random() < survival else random.choice(versions[:-1] or versions)


def _page(versions: list[bytes], survival: float, random: Random) -> bytes:
    one = any_of(versions, survival, random)
    if survival in (0, 1) or random.random() > _TORN:
        return one
    other = random.choice(versions)
    sectors = (random.choice((one, other))[at : at + SECTOR] for at in range(0, PAGE, SECTOR))
    return b"".join(sectors)
