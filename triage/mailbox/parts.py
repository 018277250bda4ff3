"""Which parts of a message are worth fetching, and a message made of those that came: pure.

Nothing that is looked for is in an attachment, and the HTML of a mail is of no use beside a text that says it all.
What comes of the parts is a message again, with the same header and the same texts, and is read like any other. So it
is made only where nobody could read the whole in another way: in doubt, all of it is fetched.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from triage.core.message import ENOUGH, plain_suffices
from triage.mailbox import shapes
from triage.mailbox.shapes import UNENCODED, frame, multiparts, own, tree
from triage.wire.structure import Part

WORTH = 4 * 1024
"""Bytes to be saved, for which it is worth to ask for parts."""
FRONT, BACK = "TEXT", ""
"""The sections that show what stands in front of the first part, and behind the last."""
FRONT_BYTES, BACK_BYTES = 512, 256
"""As far as they are asked for. In front there may be a word to old programs, behind some empty lines."""
_LINE_END = 2
_NO_FIELD = re.compile(rb"\n(?![!-9;-~]++:|[ \t])")
_NEXT_FIELD = re.compile(rb"\n(?![ \t])")
_DESCRIBING = (b"\ncontent-type:", b"\ncontent-transfer-encoding:", b"\ncontent-disposition:")
_ASCII_LIKE = re.compile(r"|us-ascii|utf-8|iso-8859-\d{1,2}|windows-125\d")
_NO_LETTERS = bytes(byte for byte in range(256) if not (byte < 128 and chr(byte).isalnum()))
_GLANCE = 16 * 1024
"""Bytes in which letters are counted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fetch of a message: sections that are needed, and those only where the plain text does not suffice."""

    whole: Part
    size: int
    rest: int
    """Bytes of the message that are in none of its parts, nor in the lines between them."""
    needed: tuple[str, ...]
    boundary: bytes
    """Of the message, in any case of letters; empty where it has no parts."""
    perhaps: tuple[str, ...] = ()
    plain: Part | None = None
    """The plain text, if there is one only."""


def plan(told: object, size: int, worth: int = WORTH) -> Plan | None:
    """What to fetch of a message of so many bytes, by its BODYSTRUCTURE; None: all of it.

    Parts are fetched where that saves `worth` bytes.
    """
    if size < worth or told is None or (seen := shapes.read(told)) is None:
        return None
    shape, sizes = seen.shape, seen.sizes
    if 0 in sizes:
        return None  # Where a part is empty, something may stand where the server has not looked for it.
    files = sum(sizes[at] for at in shape.files)
    rest = size - sum(sizes) - seen.frame
    if shape.pages and sum(sizes[at] for at in shape.plain) >= ENOUGH:
        if files + sum(sizes[at] for at in shape.pages) < worth:
            return None
        plain = shape.parts[shape.plain[0]] if len(shape.plain) == 1 else None
        return Plan(shape.whole, size, rest, shape.without, seen.boundary, shape.perhaps, plain)
    return Plan(shape.whole, size, rest, shape.texts, seen.boundary) if files >= worth else None


def is_enough(plan: Plan, told: Mapping[str, bytes], made: bytes) -> bool:
    """Does this message say all without the parts that are fetched perhaps?"""
    if not plan.perhaps:
        return True
    return (plan.plain is not None and _says_much(plan.plain, told[plan.plain.section])) or plain_suffices(made)


def _says_much(part: Part, data: bytes) -> bool:
    """Has it so many letters that it must be enough, however it is read? True only if that is sure."""
    data = data[:_GLANCE].lstrip()
    # What begins with a tag is read as HTML, of which little may be left.
    if data[:1] in (b"<", b"=") or not _ASCII_LIKE.fullmatch(part.charset):
        return False
    if part.encoding not in (*UNENCODED, "quoted-printable"):
        return False
    escaped = 2 * data.count(b"=") if part.encoding == "quoted-printable" else 0
    return len(data.translate(None, _NO_LETTERS)) - escaped >= ENOUGH


def is_doubtful(plan: Plan, told: Mapping[str, bytes]) -> bool:
    """May it be that more than usual stands in front of the first part or behind the last?

    Then `FRONT` is to be asked for, and of `BACK` what begins `BACK_BYTES` before the end of the message.
    """
    if not plan.boundary or not _is_told(plan, told):
        return False
    left = _left(plan.whole, plan.rest, told["HEADER"], told)
    return 0 < left < FRONT_BYTES + BACK_BYTES and not _is_accounted_for(plan.whole, left)


def assembled(plan: Plan, told: Mapping[str, bytes]) -> bytes | None:
    """The message with the sections that were told; None where it might have been read in another way."""
    if not _is_told(plan, told):
        return None
    header = told["HEADER"]
    left = _left(plan.whole, plan.rest, header, told)
    if FRONT in told and BACK in told:
        left = _usual(plan, left, told)
    return message(plan.whole, header, told) if _is_sound(plan.whole, left, header, told) else None


def _usual(plan: Plan, left: int, told: Mapping[str, bytes]) -> int:
    """What would be left if nothing stood in front of the parts, and one line end behind them; -1: it is not known."""
    mark, back = plan.boundary.lower(), told[BACK].lower()
    front = (b"\n" + told[FRONT].lower()).find(b"\n--" + mark + b"\r\n")
    last = (back + b"\r\n").find(b"\r\n--" + mark + b"--\r\n")
    usual = left - front - (len(back) - last - len(b"\r\n--" + mark + b"--")) + _LINE_END
    return usual if front >= 0 and last >= 0 and usual > 0 else -1


def _is_told(plan: Plan, told: Mapping[str, bytes]) -> bool:
    return all(name in told for name in plan.needed)


def _left(whole: Part, rest: int, header: bytes, told: Mapping[str, bytes]) -> int:
    """Of the bytes that are in no part and in no line between them: those that are in no header either."""
    return rest - len(header) - sum(len(told[f"{part.section}.MIME"]) for part in tree(whole) if part is not whole)


def _is_accounted_for(whole: Part, left: int) -> bool:
    """Is nothing left, or the last line end, or one behind each multipart?

    Anything else may stand in a line that one reader takes for a boundary, and another one does not. What counting
    cannot tell is garbage that is just as long as a line end, or a last line, that is missing elsewhere.
    """
    several = len(multiparts(whole))
    return left in ((0, _LINE_END, several * _LINE_END) if several else (0,))


def _is_sound(whole: Part, left: int, header: bytes, told: Mapping[str, bytes]) -> bool:
    """Is all of it accounted for, and every header such that it ends at the same place for every reader?"""
    for part in tree(whole):
        mime = b"" if part is whole else told[f"{part.section}.MIME"]
        if not _are_fields(mime) or (part.kind == "message/rfc822" and not _is_sound_mail(part, told)):
            return False
    return _is_accounted_for(whole, left) and _are_fields(header) and b"\nfrom:" in b"\n" + header.lower()


def _is_sound_mail(part: Part, told: Mapping[str, bytes]) -> bool:
    inner, header = part.parts[0], told[f"{part.section}.HEADER"]
    rest = part.size - sum(one.size for one in own(inner)) - frame(inner)
    return _is_sound(inner, _left(inner, rest, header, told), header, told)


def _are_fields(header: bytes) -> bool:
    """Fields and nothing else, and of those that describe the content each once."""
    lines = b"\n" + header.rstrip(b"\r\n").lower()
    if lines == b"\n":
        return True
    if lines.count(b"\r") != lines.count(b"\n") - 1 or lines.count(b"\r\n") != lines.count(b"\r"):
        return False
    return _NO_FIELD.search(lines) is None and all(lines.count(name) <= 1 for name in _DESCRIBING)


def message(whole: Part, header: bytes, told: Mapping[str, bytes]) -> bytes:
    """A message with this header and those parts of `whole` that were told, all side by side."""
    fields = _lines(header)
    if not whole.kind.startswith("multipart/"):
        return fields + b"\r\n" + told.get(whole.section, b"")
    parts = list(_parts(whole, told))
    # Nobody can have written into the parts what is made of them.
    mark = b"triage-" + hashlib.sha256(b"".join(parts)).hexdigest()[:32].encode()
    # In front: what follows a line that is no field is no header any more.
    kind = b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n" if parts else b""
    pieces = [kind + _undescribed(fields), *(b"--" + mark + b"\r\n" + part for part in parts)]
    return b"\r\n".join([*pieces, b"--" + mark + b"--\r\n" if parts else b""])


def _parts(whole: Part, told: Mapping[str, bytes]) -> Iterator[bytes]:
    for part in own(whole):
        if part.section in told:
            yield _lines(told[f"{part.section}.MIME"]) + b"\r\n" + told[part.section]
        elif (header := told.get(f"{part.section}.HEADER")) is not None:
            yield b"Content-Type: message/rfc822\r\n\r\n" + message(part.parts[0], header, told)


def _undescribed(fields: bytes) -> bytes:
    """Without the fields that describe the content."""
    names = b"\n" + fields.lower()
    kept = []
    start = 0
    while (found := names.find(b"\ncontent-", start)) >= 0:
        kept.append(fields[start:found])
        end = _NEXT_FIELD.search(fields, found)
        start = end.end() if end else len(fields)
    return b"".join([*kept, fields[start:]])


def _lines(header: bytes) -> bytes:
    """Whole lines, each with an end, and no empty one behind them; the last is left out where it was cut short."""
    fields = header[: header.rfind(b"\n") + 1].rstrip(b"\r\n")
    return fields + b"\r\n" if fields else b""
