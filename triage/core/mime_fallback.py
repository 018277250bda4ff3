"""A plain reader for mails that the mail library cannot be given: flat, bounded, and never failing.

It does not build a tree. Lines that any part declares as a boundary cut the body into pieces, and each piece is read by
its own header. A mail that is broken or built to harm still shows its words, perhaps with some that are not its own.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from triage.core.headers import Fields, base64_bytes, decode, split_header

_MAX_BOUNDARIES = 2_000
_MAX_TEXTS = 20
MAX_CALENDARS = 3
MAX_CALENDAR = 64_000
"""Bytes read of one calendar part, decoded. Invitations have two to ten thousand."""
CALENDAR_KINDS = ("text/calendar", "application/ics")

_BOUNDARY = re.compile(rb"boundary\s{0,9}=\s{0,9}\"?([^\"\s;]{1,70})", re.I)
_ICS = re.compile(rb"name\s{0,9}=\s{0,9}(?:\"[^\"\n]{0,200}|[^\"\s;]{0,200})\.ics\b", re.I)
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}\"?([^\"\s;]{1,40})", re.I)


@dataclass(frozen=True, slots=True)
class Content:
    """The texts of a mail, decoded: its own as plain text and as HTML, and those of mails attached to it."""

    plain: str = ""
    html: str = ""
    forwarded: tuple[Content, ...] = ()
    calendar: bool = False
    calendars: tuple[str, ...] = ()
    """The text of calendar parts (RFC 5545), each once: many programs send the same one twice, inline and attached."""
    defects: tuple[str, ...] = ()


def read_plainly(fields: Fields, body: bytes, reason: str) -> Content:
    """The texts in `body`; `reason` becomes a defect. Total."""
    parts = _parts(fields, body)
    texts = [part for part in parts if len(parts) == 1 or _is_text(*part)][:_MAX_TEXTS]
    calendars = [part for part in parts if _is_calendar(part[0])]
    return Content(
        plain="\n\n".join(_decoded(*part) for part in texts if _kind(part[0]) != b"text/html"),
        html="\n".join(_decoded(*part) for part in texts if _kind(part[0]) == b"text/html"),
        calendar=bool(calendars),
        calendars=tuple(dict.fromkeys(_decoded(*part)[:MAX_CALENDAR] for part in calendars[:MAX_CALENDARS])),
        defects=(reason,),
    )


def _parts(fields: Fields, body: bytes) -> list[tuple[Fields, bytes]]:
    declared = fields.first("content-type") + b"\n" + body
    found = (match[1] for _, match in zip(range(_MAX_BOUNDARIES), _BOUNDARY.finditer(declared), strict=False))
    marks = {mark for boundary in found for mark in (b"--" + boundary, b"--" + boundary + b"--")}
    pieces = _pieces(body, marks)
    if len(pieces) == 1:
        return [(fields, body)]
    return [split_header(piece) for piece in pieces]


def _pieces(body: bytes, marks: set[bytes]) -> list[bytes]:
    pieces: list[list[bytes]] = [[]]
    for line in body.split(b"\n"):
        if line.rstrip() in marks:
            pieces.append([])
        else:
            pieces[-1].append(line)
    return [b"\n".join(piece) for piece in pieces]


def _kind(fields: Fields) -> bytes:
    return fields.first("content-type").partition(b";")[0].strip().lower()


def _is_text(fields: Fields, body: bytes) -> bool:
    """A multipart's own body is text too: what is left in it stood at no boundary."""
    attached = fields.first("content-disposition").strip().lower().startswith(b"attachment")
    kind = _kind(fields)
    readable = kind in (b"", b"text", b"text/plain", b"text/html") or kind.startswith(b"multipart/")
    return readable and not attached and bool(body.strip())


def _is_calendar(fields: Fields) -> bool:
    declared = fields.first("content-type") + b";" + fields.first("content-disposition")
    return _kind(fields).decode("ascii", "replace") in CALENDAR_KINDS or _ICS.search(declared) is not None


def _decoded(fields: Fields, body: bytes) -> str:
    encoding = fields.first("content-transfer-encoding").strip().lower()
    if encoding == b"base64":
        body = base64_bytes(body)
    elif encoding == b"quoted-printable":
        body = binascii.a2b_qp(body)
    charset = _CHARSET.search(fields.first("content-type"))
    return decode(body, charset[1].decode("ascii", "replace") if charset else "")
