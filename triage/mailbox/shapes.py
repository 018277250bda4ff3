"""What mails are made of, as few shapes of which most mails are: pure.

To read a BODYSTRUCTURE takes longer than to fetch what it tells of. But those of most mails differ in nothing but
numbers and boundaries, so a shape is read once, and remembered with the places where sizes and boundaries stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from triage.wire import answers, structure
from triage.wire.structure import Part

RANKS = {"text/plain": 1, "text/calendar": 2, "application/ics": 2, "text/html": 3}
"""What matters most comes first."""
CALENDAR = RANKS["text/calendar"]
UNENCODED = ("", "7bit", "8bit", "binary")

_MOST = 40
_DEEPEST = 8
_MAILS_WITHIN = 2
_LEFT_OUT = ("application/", "image/", "audio/", "video/", "font/", "text/", "message/delivery-status")
_SIMPLE = re.compile(r"[!-~]{1,70}")
"""A boundary that is the same for everybody."""
_PLAIN_NAME = re.compile(r"[^=%*]+")
"""The name of a file that was written as it is, so that the server has read it."""
_LONGEST = 4 * 1024
"""Bytes of a BODYSTRUCTURE that is remembered."""
_ENDLESS = 64 * 1024
"""Bytes of one that is of a mail like no other."""
_VARIES = re.compile(rb' ((?:[1-9]\d{0,9}|0)(?=[ )])|(?<=(?i:"boundary") )"[!#-~]{1,70}"(?=[ )]))')
"""What is different in each mail. Where the words around it are the same, so is what it stands for."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A message by its parts that are no multiparts. The numbers are places among these parts.

    One that is remembered has gaps, by their number, in the place of sizes and boundaries.
    """

    whole: Part
    parts: tuple[Part, ...]
    several: tuple[Part, ...]
    """Its multiparts."""
    plain: tuple[int, ...]
    pages: tuple[int, ...]
    """HTML that can be left out where there is plain text enough."""
    files: tuple[int, ...]
    """What is left out in any case."""
    texts: tuple[str, ...]
    """Sections of all that is read."""
    without: tuple[str, ...]
    """The same without the pages."""
    perhaps: tuple[str, ...]
    """Those of the pages."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The shape of one mail, and what is its own, in bytes."""

    shape: Shape
    sizes: Sequence[int]
    """Of its parts."""
    frame: int
    """Of the lines between them: see `frame`."""
    boundary: bytes
    """Of the outermost multipart, in any case of letters; empty where there is none."""


def read(told: object) -> Measured | None:
    """What a BODYSTRUCTURE tells; None where it is nothing that every reader sees alike."""
    if isinstance(told, answers.Unread) and len(told) <= _LONGEST and told.find(b"\\") < 0:
        words = _VARIES.split(told)
        shape = _remembered(*words[::2])
        if shape is None:
            return None
        if shape.parts:
            return _measured(shape, words[1::2])
    return _read(told)


def frame(whole: Part) -> int:
    """Bytes that the multiparts of a message have around their parts at the least; not those of messages within it."""
    return _frame((one, len(one.boundary)) for one in multiparts(whole))


def _frame(several: Iterable[tuple[Part, int]]) -> int:
    """Of multiparts with boundaries of so many bytes.

    It is "CRLF--boundary CRLF" before each part and "CRLF--boundary--" behind the last (RFC 2046, 5.1.1); the first
    CRLF is the empty line that ends the header.
    """
    return sum((len(one.parts) + 1) * (length + len("\r\n--\r\n")) - len("\r\n") for one, length in several)


def multiparts(whole: Part) -> tuple[Part, ...]:
    """Those of a message; not those of messages within it."""
    return tuple(part for part in tree(whole) if part.kind.startswith("multipart/"))


def rank(part: Part) -> int:
    """0 for what is no text; that a calendar is attached says nothing."""
    if part.kind == "application/octet-stream" and part.file.endswith(".ics"):
        return CALENDAR
    found = RANKS.get(part.kind, 0)
    return 0 if part.attached and part.kind in ("text/plain", "text/html") else found


def own(part: Part) -> Iterator[Part]:
    """The parts of a message that are no multiparts, in their order; not those of messages within it."""
    if not part.kind.startswith("multipart/"):
        yield part
    else:
        for one in part.parts:
            yield from own(one)


@lru_cache(64)
def _remembered(*words: bytes) -> Shape | None:
    """The shape between these words, with the numbers of the gaps, from 1, in place of sizes and boundaries.

    It has no parts where it has to be read each time, because the numbers decide more than sizes.
    """
    gaps = [b'"%d"' % at if word.lower().endswith(b'"boundary"') else b"%d" % at for at, word in enumerate(words, 1)]
    told = answers.Unread(b"".join(b"%b %b" % pair for pair in zip(words, gaps[:-1], strict=False)) + words[-1])
    found = _read(told)
    if found is None:
        return None
    shape = found.shape
    named = {*(b"%d" % size for size in found.sizes), *(b'"%b"' % one.boundary.encode() for one in shape.several)}
    mails = any(part.kind == "message/rfc822" for part in shape.parts)
    return replace(shape, parts=()) if mails or not named.issubset(gaps) else shape


def _measured(shape: Shape, gaps: Sequence[bytes]) -> Measured | None:
    """A shape that was remembered, with what stands in its gaps."""
    boundaries = [gaps[int(one.boundary) - 1][1:-1] for one in shape.several]
    if len({*boundaries}) < len(boundaries):
        return None
    sizes = [int(gaps[part.size - 1]) for part in shape.parts]
    around = _frame(zip(shape.several, map(len, boundaries), strict=True))
    return Measured(shape, sizes, around, boundaries[0] if boundaries else b"")


def _read(told: object) -> Measured | None:
    if isinstance(told, answers.Unread):
        try:
            told = told.read() if len(told) <= _ENDLESS else None
        except answers.UNREADABLE:
            return None
    whole = structure.read(told)
    if whole is None or whole.kind.startswith(("text/", "message/")) or rank(whole) or not _is_common(whole):
        return None
    shape = _shape(whole)
    return Measured(shape, [part.size for part in shape.parts], frame(whole), whole.boundary.encode())


def _shape(whole: Part) -> Shape:
    parts = tuple(own(whole))
    mails = any(part.kind == "message/rfc822" for part in parts)
    pages = [part for part in parts if rank(part) == RANKS["text/html"] and not mails]
    return Shape(
        whole,
        parts,
        multiparts(whole),
        plain=tuple(at for at, part in enumerate(parts) if rank(part) == RANKS["text/plain"]),
        pages=tuple(at for at, part in enumerate(parts) if part in pages),
        files=tuple(at for at, part in enumerate(parts) if not rank(part) and part.kind != "message/rfc822"),
        texts=("HEADER", *_sections(whole)),
        without=("HEADER", *_sections(whole, pages)),
        perhaps=tuple(page.section for page in pages),
    )


def _sections(whole: Part, but: Sequence[Part] = ()) -> Iterator[str]:
    """Every header, because it tells whether the server reads it as we do; and the texts but these."""
    for part in tree(whole):
        # What is a message's only part is described by the message's header, and so is what its parts are together.
        if part is not whole:
            yield f"{part.section}.MIME"
        if rank(part) and part not in but:
            yield part.section
        elif part.kind == "message/rfc822":
            yield f"{part.section}.HEADER"
            yield from _sections(part.parts[0])


def tree(part: Part) -> Iterator[Part]:
    """A message or part, and all that is in it; not what is in messages within it."""
    yield part
    if part.kind.startswith("multipart/"):
        for one in part.parts:
            yield from tree(one)


def _is_common(whole: Part, depth: int = 0) -> bool:
    """Is it of a shape that every reader sees in the same way?"""
    parts = list(own(whole))
    boundaries = [one.boundary for one in multiparts(whole)]
    if not all(map(_SIMPLE.fullmatch, boundaries)) or len({*boundaries}) < len(boundaries):
        return False
    mails = [part for part in parts if part.kind == "message/rfc822"]
    calendars = [part for part in parts if rank(part) == CALENDAR]
    # Of several, their order would have to be that of the tree.
    if len(parts) > _MOST or len(mails) > 1 or len(calendars) > 1 or depth > _MAILS_WITHIN:
        return False
    return all(_is_known(part) for part in parts if part not in mails) and all(
        mail.parts and mail is not whole and mail.encoding in UNENCODED and _is_common(mail.parts[0], depth + 1)
        for mail in mails
    )


def _is_known(part: Part) -> bool:
    if part.section.count(".") > _DEEPEST or not part.kind.startswith(_LEFT_OUT):
        return False
    # It may be a calendar.
    return part.kind != "application/octet-stream" or _PLAIN_NAME.fullmatch(part.file) is not None
