"""Where a stream is cut: at every byte of what is said, and here and there in what is only carried."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.torture.network import Fault, Kind, Way

_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n")
_DATA = re.compile(rb"\r\nDATA\r\n", re.IGNORECASE)
_EDGE = 6
"""Bytes on each side of where carried text begins and ends that are cut one by one."""


@dataclass(frozen=True, slots=True)
class Point:
    """One fault in one scene; as text it is what `python -m tests.torture.cuts` takes to see it again."""

    scene: str
    fault: Fault

    def __str__(self) -> str:
        fault = self.fault
        return f"{self.scene}/{fault.connection}/{fault.way}/{fault.kind}/{fault.at}"

    @staticmethod
    def of(text: str) -> Point:
        scene, connection, way, kind, at = text.split("/")
        return Point(scene, Fault(int(connection), Way(way), int(at), Kind(kind)))


@dataclass(frozen=True, slots=True)
class Steps:
    """How many bytes lie between two points of a kind, in what is said and in what is carried."""

    said: int
    carried: int


STEPS = {Kind.FIN: Steps(1, 24), Kind.RST: Steps(4, 64), Kind.HOLE: Steps(8, 128), Kind.TRICKLE: Steps(32, 512)}
EVERY_BYTE = 1
LOOKS = 3
"""Connections of a scene that are cut: the look, the letter, and the look that meets the letter; all later is alike."""


def points(scene: str, streams: Sequence[dict[Way, bytes]], thin: int = EVERY_BYTE) -> Iterator[Point]:
    """The points of a scene whose connections carried these streams when nothing went wrong; one of `thin`."""
    for number, both in enumerate(streams[:LOOKS]):
        step = thin * 8 if number == LOOKS - 1 else thin
        for way, stream in both.items():
            for kind in Kind:
                for at in list(_offsets(stream, STEPS[kind]))[::step]:
                    yield Point(scene, Fault(number, way, at, kind))


def fair(found: Sequence[Point], size: int) -> list[Point]:
    """So many of these points, as many as can be of each sort."""
    turns: Counter[str] = Counter()
    ranked = []
    for point in found:
        sort = str(point).rpartition("/")[0]
        turns[sort] += 1
        ranked.append((turns[sort], point))
    return [point for _, point in sorted(ranked, key=lambda one: one[0])][:size]


def _offsets(stream: bytes, step: Steps) -> Iterator[int]:
    """Before each of these bytes."""
    carried = _carried(stream)
    for at in range(len(stream)):
        inside = any(start + _EDGE < at < end - _EDGE for start, end in carried)
        if at % (step.carried if inside else step.said) == 0:
            yield at


def _carried(stream: bytes) -> list[tuple[int, int]]:
    """Where whole mails are: IMAP's literals, and what follows SMTP's DATA up to its final dot."""
    found = [(one.end(), one.end() + int(one[1])) for one in _LITERAL.finditer(stream)]
    if data := _DATA.search(stream):
        found.append((data.end(), stream.index(b"\r\n.\r\n", data.end())))
    return found
