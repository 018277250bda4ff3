"""A large message without its attachments: what it is made of is asked first, and only its texts are fetched.

What comes of it is a message again, with the same header and the same texts, so it is read like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from triage.mailbox.limits import PART
from triage.mailbox.parts import message
from triage.mailbox.shapes import CALENDAR, UNENCODED, own, rank
from triage.wire import structure
from triage.wire.faults import RefusedError
from triage.wire.imap import Session
from triage.wire.structure import Part

_HEADER = 100 * 1024
_HEADER_WITHIN = 8 * 1024
_HEADER_OF_PART = 2 * 1024
_CALENDAR = 64 * 1024
_LEAST = 4 * 1024
"""Bytes asked of a text, whatever its size is said to be."""
_MOST = 40
_MOST_MESSAGES = 5
_DEEPEST = 2
"""Messages within messages."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """Sections that are of use together, each with the bytes it may have; of the last there may be less."""

    depth: int
    """Messages around it."""
    rank: int
    sections: tuple[tuple[str, int], ...]


def fetch(session: Session, uid: int) -> bytes | None:
    """Header and texts of a message, `PART` bytes of it at the most.

    None where the message is gone, is a single text, or is told in a way that cannot be relied on: whatever it is,
    it can be read from its beginning on. Raises ServerError.
    """
    try:
        outline = session.outline(uid, _HEADER)
        whole = structure.read(outline.structure) if outline else None
        if outline is None or whole is None or rank(whole) or whole.kind.startswith(("text/", "message/")):
            return None
        wanted = _afforded(_wishes(whole), PART - len(outline.header))
        told = session.sections(uid, wanted) if wanted else {}
    except RefusedError as refused:
        if refused.temporary:
            raise
        return None
    return message(whole, outline.header, told) if len(told) == len(wanted) else None


def _wishes(whole: Part, depth: int = 0) -> Iterator[_Wish]:
    """What the message `whole` has to offer, and the messages within it."""
    for part in own(whole):
        if place := rank(part):
            most = _CALENDAR if place == CALENDAR else PART
            text = (part.section, min(max(part.size, _LEAST), most))
            # What is a message's only part is described by the message's header.
            yield _Wish(depth, place, (text,) if part is whole else ((f"{part.section}.MIME", _HEADER_OF_PART), text))
    if depth < _DEEPEST:
        for part in _enclosed(whole):
            yield _Wish(depth + 1, 0, ((f"{part.section}.HEADER", _HEADER_WITHIN),))
            yield from _wishes(part.parts[0], depth + 1)


def _enclosed(whole: Part) -> list[Part]:
    # An encoded one is forbidden (RFC 2046, 5.2.1), and servers are at variance about what is in it.
    inner = (part for part in own(whole) if part is not whole and part.parts and part.encoding in UNENCODED)
    return list(inner)[:_MOST_MESSAGES]


def _afforded(wishes: Iterator[_Wish], budget: int) -> list[tuple[str, int]]:
    """Sections to fetch, by importance, as far as the bytes last."""
    found: list[tuple[str, int]] = []
    for wish in sorted(wishes, key=attrgetter("depth", "rank"))[:_MOST]:
        *before, (name, limit) = wish.sections
        left = budget - sum(size for _, size in before)
        if left > 0:
            found += [*before, (name, min(limit, left))]
            budget = left - min(limit, left)
    return found
