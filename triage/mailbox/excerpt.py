"""A large message without its attachments: what it is made of is asked first, and only its texts are fetched.

What comes of it is a message again, with the same header and the same texts, so it is read like any other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from triage.mailbox.limits import PART
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

_RANKS = {"text/plain": 1, "text/calendar": 2, "application/ics": 2, "text/html": 3}
"""What matters most comes first."""
_PLAIN = ("", "7bit", "8bit", "binary")
_CONTENT_FIELD = re.compile(rb"^content-[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)


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
        if outline is None or whole is None or _rank(whole) or whole.kind.startswith(("text/", "message/")):
            return None
        wanted = _afforded(_wishes(whole), PART - len(outline.header))
        told = session.sections(uid, wanted) if wanted else {}
    except RefusedError as refused:
        if refused.temporary:
            raise
        return None
    return _message(whole, outline.header, told) if len(told) == len(wanted) else None


def _rank(part: Part) -> int:
    """0 for what is no text; that a calendar is attached says nothing."""
    if part.kind == "application/octet-stream" and part.file.endswith(".ics"):
        return _RANKS["text/calendar"]
    rank = _RANKS.get(part.kind, 0)
    return 0 if part.attached and part.kind in ("text/plain", "text/html") else rank


def _wishes(whole: Part, depth: int = 0) -> Iterator[_Wish]:
    """What the message `whole` has to offer, and the messages within it."""
    for part in _own(whole):
        if rank := _rank(part):
            most = _CALENDAR if rank == _RANKS["text/calendar"] else PART
            text = (part.section, min(max(part.size, _LEAST), most))
            # What is a message's only part is described by the message's header.
            yield _Wish(depth, rank, (text,) if part is whole else ((f"{part.section}.MIME", _HEADER_OF_PART), text))
    if depth < _DEEPEST:
        for part in _enclosed(whole):
            yield _Wish(depth + 1, 0, ((f"{part.section}.HEADER", _HEADER_WITHIN),))
            yield from _wishes(part.parts[0], depth + 1)


def _own(part: Part) -> Iterator[Part]:
    """The parts of a message that are no multiparts, in their order; not those of messages within it."""
    if not part.kind.startswith("multipart/"):
        yield part
    else:
        for one in part.parts:
            yield from _own(one)


def _enclosed(whole: Part) -> list[Part]:
    # An encoded one is forbidden (RFC 2046, 5.2.1), and servers are at variance about what is in it.
    inner = (part for part in _own(whole) if part is not whole and part.parts and part.encoding in _PLAIN)
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


def _message(whole: Part, header: bytes, told: Mapping[str, bytes]) -> bytes:
    """A message with this header and those parts of `whole` that were told, all side by side."""
    fields = _lines(header)
    if not whole.kind.startswith("multipart/"):
        return fields + b"\r\n" + told.get(whole.section, b"")
    parts = list(_parts(whole, told))
    # Nobody can have written into the parts what is made of them.
    mark = b"triage-" + hashlib.sha256(b"".join(parts)).hexdigest()[:32].encode()
    # In front: what follows a line that is no field is no header any more.
    kind = b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n" if parts else b""
    pieces = [kind + _CONTENT_FIELD.sub(b"", fields), *(b"--" + mark + b"\r\n" + part for part in parts)]
    return b"\r\n".join([*pieces, b"--" + mark + b"--\r\n" if parts else b""])


def _parts(whole: Part, told: Mapping[str, bytes]) -> Iterator[bytes]:
    for part in _own(whole):
        if part.section in told:
            yield _lines(told[f"{part.section}.MIME"]) + b"\r\n" + told[part.section]
        elif (header := told.get(f"{part.section}.HEADER")) is not None:
            yield b"Content-Type: message/rfc822\r\n\r\n" + _message(part.parts[0], header, told)


def _lines(header: bytes) -> bytes:
    """Whole lines, each with an end, and no empty one behind them; the last is left out where it was cut short."""
    return header[: header.rfind(b"\n") + 1].rstrip(b"\r\n") + b"\r\n"
