"""What a server tells of messages, as values: which there are, and sections of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter

from triage.wire import answers
from triage.wire.ahead import Told


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as listed: size in bytes; `received` is INTERNALDATE in UTC."""

    uid: int
    size: int
    received: datetime
    structure: object = None
    """Its BODYSTRUCTURE, where that was asked for: nested tuples, or an `answers.Unread` that can be read as such."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The header of a message, as far as asked for, and its BODYSTRUCTURE as in `Entry`."""

    header: bytes
    structure: object


def listed(told: Told) -> list[Entry]:
    """Ascending by UID, without those whose size is not told."""
    return [
        # A message without a readable date came just now, as far as anybody knows: better twice than never.
        Entry(uid, size, answers.moment(items.get(b"INTERNALDATE")) or datetime.now(UTC), items.get(b"BODYSTRUCTURE"))
        for uid, items in sorted(told.items(), key=itemgetter(0))
        if (size := answers.number(items.get(b"RFC822.SIZE"))) is not None
    ]


def sections(items: answers.Items, wanted: Sequence[tuple[str, int]], start: int = 0) -> dict[str, bytes]:
    """Those of the sections that are told, by name, each from the byte `start` on, as far as so many bytes."""
    found = ((name, section(items, name, limit, start)) for name, limit in wanted)
    return {name: piece for name, piece in found if piece is not None}


def section(items: answers.Items, name: str, limit: int, start: int = 0) -> bytes | None:
    """The answer to BODY.PEEK[name]<start.limit>; from 0 on also of one that leaves that out, or sends all there is."""
    key = f"BODY[{name}]".encode()
    told = items.get(b"%b<%d>" % (key, start), None if start else items.get(key))
    return told[:limit] if isinstance(told, bytes) else None
