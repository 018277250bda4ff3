"""The text parts of a mail, by mail-parser, with a guard before it and a plain reader behind it.

mail-parser raises on hostile mail, and Python's parser beneath it takes minutes over some. So the message is bounded
first, every part's header is cut to the fields that describe it, attachments and forwarded mails are taken out before
the library sees them, and whatever it raises leads to `mime_fallback`.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import InvalidBase64LengthDefect
from email.message import Message
from email.policy import Compat32

import mailparser
import re2

from triage.core.flowed import unflow
from triage.core.headers import UNFIT_CHARSETS, Fields, base64_bytes, decode, decodes, split_header
from triage.core.mime_fallback import CALENDAR_KINDS, MAX_CALENDAR, MAX_CALENDARS, Content, read_plainly
from triage.core.mime_quick import read_common

MAX_DEPTH = 20
"""multipart and message parts that a part may stand in, through attached mails too. Real mail has up to eight."""
MAX_PARTS = 200
"""Parts of a mail, those of attached mails too. Real mail has up to a few dozen."""
_MAX_CONTAINERS, _MAX_MARKS = 2 * MAX_DEPTH, 2 * MAX_PARTS
"""What looks like a container, and like a boundary, in a mail that Python's parser is given to build a tree of."""
_MAX_VALUE = 2_000
_MAX_OPTIONS = 50
_MAX_FORWARDED, _MAX_MAILS = 5, 2
"""Mails that are read of those attached to one mail, and how many one may stand in."""

_DESCRIBES = frozenset(("content-type", "content-transfer-encoding", "content-disposition"))
_NAMED = re.compile(rb";\s*name[*\d]*\s*=\s*(\"[^\"]*\"|[^;]*)", re.I)
_ENCODING = re.compile(r"(?<=\?)[bq](?=\?)", re.I)
"""What makes an encoded word one (RFC 2047, 2). To take it out can make no other one of what is left."""
_COMMENT = re.compile(r"(\"[^\"]*\")|\([^()\"]*\)")
_KIND = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}", re.A)
_TOKEN = re.compile(r"[\w-]{1,40}", re.A)
_SPLIT_CHARSET = re.compile(r"charset\*[^;]*", re.I)
# mail-parser normalises what it decodes, which takes quadratic time in a run of accents.
_MARKS = re2.compile(r"\pM{32}")
_ASCII_LIKE = re.compile(r"(us-)?ascii|utf-?8|iso-8859-\d+|windows-125\d|latin-?1", re.I)


_LIE = ("text is not in the charset it names",)


class _Bounded(Compat32):
    """Keeps of each part's header what says how to read the part, within bounds."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower() not in _DESCRIBES:
            return "X-Left-Out", ""
        value = UNFIT_CHARSETS.sub("utf-8", _SPLIT_CHARSET.sub("", value[:_MAX_VALUE]))
        if name.lower() == "content-type":
            # Python's parser takes quadratic time in semicolons, and is asked four times for every part.
            value = ";".join(_sound_type(value).split(";", _MAX_OPTIONS)[:_MAX_OPTIONS])
        elif name.lower() == "content-transfer-encoding":
            value = "".join(_TOKEN.findall(value)[:1])
        # The library writes an encoded word that it cannot read into the log, and with it what the mail says.
        return name, _ENCODING.sub("", value)


def _sound_type(value: str) -> str:
    """A Content-Type without comments; one that names no type means plain text (RFC 2045, 5.1 and 5.2)."""
    kind, mark, options = _COMMENT.sub(r"\1", value).partition(";")
    kind = kind.strip().strip("\"'")
    return (kind if _KIND.fullmatch(kind) else "text/plain") + mark + options


class _UnfitError(Exception):
    """The library must not see this mail; the text says why."""


@dataclass(slots=True)
class _Room:
    """What is left of the bounds that a mail and those attached to it share."""

    parts: int = MAX_PARTS

    def take(self, level: int) -> None:
        """One part more, at this level."""
        self.parts -= 1
        if self.parts < 0:
            raise _UnfitError("too many parts")
        if level > MAX_DEPTH:
            raise _UnfitError("too many nested parts")


@dataclass(slots=True)
class _Found:
    """What pruning a message took out of it, or noticed."""

    room: _Room
    level: int
    """How many containers are around the part looked at."""
    forwarded: list[tuple[Message, int]] = field(default_factory=list)
    """With the level of each."""
    calendar: bool = False
    calendars: list[str] = field(default_factory=list)
    flowed: bool = False
    joined: bool = False
    misdeclared: bool = False
    texts: int = 0


def read(fields: Fields, body: bytes) -> Content:
    """The text of a message, given its header and what follows. Total: what cannot be read is a defect."""
    try:
        return read_common(*described(fields), body) or read_by_library(fields, body)
    except _UnfitError as reason:
        return read_plainly(fields, body, str(reason))
    except Exception:  # noqa: BLE001 - the library raises anything at all on hostile mail, and no mail may stop us
        return read_plainly(fields, body, "the mail library failed")


def read_by_library(fields: Fields, body: bytes) -> Content:
    """The same without the shortcut for common mails; raises anything at all."""
    _check(fields, body)
    return _read(_message(fields, body), _Found(_Room(), 0))


def _check(fields: Fields, body: bytes) -> None:
    lower = body.lower() + fields.first("content-type").lower()
    if lower.count(b"multipart/") + lower.count(b"message/rfc822") > _MAX_CONTAINERS:
        raise _UnfitError("too many nested parts")
    if b"multipart/" in lower and lower.count(b"\n--") > _MAX_MARKS:
        raise _UnfitError("too many parts")


def described(fields: Fields) -> tuple[bytes, bytes]:
    """Type and encoding of a message. One of one part is no attachment, even where it has a file name or says so."""
    kind = _NAMED.sub(b"", fields.first("content-type")).strip() or b"text/plain"
    return kind, fields.first("content-transfer-encoding").strip() or b"8bit"


def _message(fields: Fields, body: bytes) -> Message:
    head = b"Content-Type: %s\nContent-Transfer-Encoding: %s\n\n" % described(fields)
    return message_from_bytes(head + body, policy=_Bounded())


def _read(message: Message, found: _Found, mails: int = 0) -> Content:
    """The texts of a message that stands in so many others; `found` says at what level, and what room is left."""
    _prune(message, found)
    mail = mailparser.MailParser(message) if found.texts else mailparser.MailParser()
    plain = "\n\n".join(mail.text_plain)
    return Content(
        plain=unflow(plain, joined=found.joined) if found.flowed else plain,
        html="\n".join(mail.text_html),
        forwarded=tuple(
            _read(inner, _Found(found.room, level), mails + 1)
            for inner, level in found.forwarded[:_MAX_FORWARDED]
            if mails < _MAX_MAILS
        ),
        calendar=found.calendar,
        calendars=tuple(dict.fromkeys(found.calendars)),
        defects=tuple(sorted(_in_words(name) for name in mail.defects_categories)) + _LIE * found.misdeclared,
    )


def _prune(message: Message, found: _Found) -> None:
    """Take out of the tree all that is no text of this mail's own."""
    if not _keep(message, found):
        message.set_payload("")
        return
    containers = [(message, found.level)] if message.is_multipart() else []
    while containers:
        container, level = containers.pop()
        found.level = level + 1
        kept: list[Message | str] = [part for part in _children(container) if _keep(part, found)]
        container.set_payload(kept)
        containers.extend((part, found.level) for part in _children(container) if part.is_multipart())


def _children(container: Message) -> list[Message]:
    payload = container.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _keep(part: Message, found: _Found) -> bool:
    found.room.take(found.level)
    kind = part.get_content_type()
    if kind == "message/rfc822":
        found.forwarded.extend((inner, found.level + 1) for inner in _enclosed(part))
    elif kind in CALENDAR_KINDS or (kind == "application/octet-stream" and _ends_in_ics(part)):
        _note_calendar(part, found)
    elif part.get_content_disposition() == "attachment":
        return False
    elif kind in ("text/plain", "text/html"):
        _note(part, found)
        return True
    elif kind.startswith("multipart/") and not part.is_multipart():
        raise _UnfitError("a multipart without its parts")
    return kind.startswith("multipart/")


def _enclosed(part: Message) -> list[Message]:
    """The mail in a message/rfc822 part. Some programs encode it, which RFC 2046 (5.2.1) forbids."""
    inner = _children(part)
    if part.get("content-transfer-encoding", "").strip().lower() != "base64" or not inner:
        return inner
    fields, body = split_header(base64_bytes(str(inner[0].get_payload()).encode("ascii", "replace")))
    _check(fields, body)
    return [_message(fields, body)]


def _note(part: Message, found: _Found) -> None:
    found.texts += 1
    if part.get_content_type() == "text/plain" and part.get_param("format") == "flowed":
        found.flowed = True
        found.joined |= part.get_param("delsp") == "yes"
    if part.get("content-transfer-encoding", "").lower() == "base64" and _has_spaces(str(part.get_payload())):
        del part["content-transfer-encoding"]
    payload = _payload(part)
    charset = part.get_content_charset("utf-8")
    if not (payload.isascii() and _ASCII_LIKE.fullmatch(charset)):
        _settle(part, payload, charset, found)


def _has_spaces(text: str) -> bool:
    """Is this no base64, whatever it is called? In that, no word ends."""
    return text.count(" ") > len(text) // 20


def _ends_in_ics(part: Message) -> bool:
    return str(part.get_filename("")).lower().endswith(".ics")


def _note_calendar(part: Message, found: _Found) -> None:
    found.calendar = True
    if len(found.calendars) < MAX_CALENDARS:
        found.calendars.append(decode(_payload(part)[:MAX_CALENDAR], part.get_content_charset("utf-8")))


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    if any(isinstance(defect, InvalidBase64LengthDefect) for defect in part.defects):
        # Base64 that was cut short, by us too, comes back undecoded.
        payload = base64_bytes(str(part.get_payload()).encode("ascii", "replace"))
        part.set_payload(base64.b64encode(payload).decode("ascii"))
    return payload if isinstance(payload, bytes) else b""


def _settle(part: Message, payload: bytes, charset: str, found: _Found) -> None:
    """See to it that the library can decode a part as declared: where the charset is a lie, ours is set."""
    text = decode(payload, charset)
    if _MARKS.search(text.encode("utf-8", "replace")):
        raise _UnfitError("endless accents")
    unread = not decodes(payload, charset)
    found.misdeclared |= unread
    # The library takes what is ASCII as it stands, also where the charset makes other letters of it (RFC 1468, 2152).
    if unread or (payload.isascii() and text != payload.decode("ascii")):
        del part["content-transfer-encoding"]
        part.set_payload(text.encode("utf-8", "replace").decode(), "utf-8")


def _in_words(defect: str) -> str:
    """CharsetDecodeDefect: charset decode."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", defect.removesuffix("Defect")).lower()
