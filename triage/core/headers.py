"""The header of a mail: its fields as bytes, bounded, and each kind of value made readable. All of it is total."""

from __future__ import annotations

import binascii
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

MAX_HEADER = 100_000
"""Bytes of a header that are looked at; Postfix refuses more (`header_size_limit`)."""
MAX_FIELD = 16_000
MAX_ID = 500

_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:([^\n]*)")
_ODD = re.compile(rb"[^\s:]{1,80}[ \t]*:")
_FIELDS = re.compile(rb"^" + _FIELD.pattern + rb"(?:\n|\Z)", re.M)
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bq])\?([^?]*)\?=", re.I)
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")
_ID = re.compile(rf"<[^<>\s]{{1,{MAX_ID - 2}}}>")
_CHARSET = re.compile(r"[A-Za-z0-9._:-]{1,40}")

_ENVELOPE = (b"From ", b">From ")
"""Not fields, but lines that mailbox files leave above a message."""
_FOLD = (b" ", b"\t")
_STRAY = (*_ENVELOPE, *_FOLD)
"""As the first line, the end of a field that is lost too."""
_KNOWN = re.compile(rb"(?:from|to|subject|date|message-id|received|return-path|delivered-to|mime-version):", re.I)
"""What a header begins with that something else stands before."""
_NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))

UNFIT_CHARSETS = re.compile(r"punycode|idna|unicode.?escape|undefined", re.I)
"""Codecs that take quadratic time or make other text out of plain text; no mail program writes them."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a header by name, in lower case; the values unfolded and not yet decoded, in their order."""

    values: Mapping[str, Sequence[bytes]] = field(default_factory=dict)

    def all(self, name: str) -> tuple[bytes, ...]:
        """The values of every field called `name` (in lower case)."""
        return tuple(self.values.get(name, ()))

    def first(self, name: str) -> bytes:
        """The first of them, or nothing: where a field stands twice, mail programs show the first."""
        values = self.values.get(name)
        return values[0] if values else b""


def split_header(data: bytes) -> tuple[Fields, bytes]:
    """Header and body of a message whose lines end in LF.

    The header ends at an empty line, or before the first line that is no field, which then begins the body.
    """
    head, body = _halves(data)
    pairs = _sound(head)
    if pairs is not None:
        return _fields(pairs), body
    pairs = []
    at = 0
    for text in head[:MAX_HEADER].split(b"\n"):
        if not _take(pairs, text) and not text.startswith(_ENVELOPE if pairs or at else _STRAY):
            break
        at += len(text) + 1
    else:
        at = len(data) - len(body)
    # What stands before a text without a header is text too.
    return _fields(pairs), data if not pairs and head.startswith(_FOLD) else data[at:]


def beginning(data: bytes) -> bytes:
    """A message whose lines end in LF from where its header begins: a byte order mark and empty lines before it go."""
    start = data.removeprefix(BOM_UTF8).lstrip(b"\n")
    return start if len(start) < len(data) and _KNOWN.match(start) else data


def _sound(head: bytes) -> list[tuple[str, bytes]] | None:
    """The fields of a header that has nothing else in it, and nothing too long; None for any other."""
    if len(head) > MAX_HEADER:
        return None
    # Names and values, and before, between and behind them what is neither.
    found = _FIELDS.split(head.replace(b"\n ", b" ").replace(b"\n\t", b"\t"))
    if any(found[::3]) or max(map(len, found)) > MAX_FIELD:
        return None
    names = b"\n".join(found[1::3]).decode("ascii").lower().split("\n")
    return list(zip(names, found[2::3], strict=False))


def _fields(pairs: Sequence[tuple[str, bytes]]) -> Fields:
    values: dict[str, list[bytes]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return Fields(values)


def _halves(data: bytes) -> tuple[bytes, bytes]:
    if data.startswith(b"\n"):
        return b"", data[1:]
    head, _, body = data.partition(b"\n\n")
    return head, body


def _take(pairs: list[tuple[str, bytes]], text: bytes) -> bool:
    """Add a line of the header to the fields; False where it is none. The end of an endless field is left out."""
    match = _FIELD.fullmatch(text)
    if text[:1] in (b" ", b"\t") and pairs:
        name, value = pairs[-1]
        pairs[-1] = name, value + text if len(value) < MAX_FIELD else value
    elif match:
        pairs.append((match[1].decode("ascii").lower(), match[2][:MAX_FIELD]))
    return match is not None or not text.strip() or (bool(pairs) and _goes_on(text))


def _goes_on(text: bytes) -> bool:
    """Does a header go on after this line: the rest of a field, or one whose name is not ASCII (RFC 5322, 2.2)?"""
    return text.startswith(_FOLD) or _ODD.match(text) is not None


def decode(data: bytes, charset: str = "") -> str:
    """Bytes as text: in the charset named if that works, else UTF-8, else Windows-1252, with marks for the rest."""
    if not charset and data.isascii():
        return data.decode("ascii")
    for name in (charset, "utf-8"):
        if decodes(data, name):
            return data.decode(_codec(name))
    text = data.decode("utf-8", "replace")
    # UTF-8 with a character cut in two is still UTF-8: most of what is not ASCII in it could be read.
    read = len(text) - len(text.encode("ascii", "ignore")) - text.count("\ufffd")
    holes = sum(map(bool, text.split("\ufffd"))) - 1  # a character that is lost leaves one to four marks in a row
    if read > 2 * max(1, holes):
        return text
    return data.decode("cp1252", "replace")


def decodes(data: bytes, charset: str) -> bool:
    """Is `data` text in `charset`, and that a charset that mail programs write?"""
    name = _codec(charset)
    if not _CHARSET.fullmatch(name) or UNFIT_CHARSETS.search(name):
        return False
    try:
        data.decode(name)
    except (LookupError, UnicodeError):
        return False
    return True


def _codec(charset: str) -> str:
    """The name without a language tag (RFC 2231, 5)."""
    return charset.partition("*")[0].strip()


def words(value: bytes) -> str:
    """A field's value with its encoded words read (RFC 2047); what cannot be read stays as it stands.

    The result may hold any character, line breaks too: an encoded word can carry them. See `characters.line`.
    """
    text = decode(value)
    return "".join(_runs(_BETWEEN_WORDS.sub("", text))) if "=?" in text else text


def _runs(text: str) -> Iterator[str]:
    """Pieces of text; adjacent words of one charset are decoded together, as a character may be cut between them."""
    at, pending, charset = 0, b"", ""
    for match in _WORD.finditer(text):
        if pending and (match.start() > at or match[1] != charset):
            yield decode(pending, charset)
            pending = b""
        yield text[at : match.start()]
        pending, charset, at = pending + _word_bytes(match), match[1], match.end()
    yield decode(pending, charset)
    yield text[at:]


def _word_bytes(match: re.Match[str]) -> bytes:
    payload = match[3].encode("ascii", "replace")
    if match[2] in "qQ":
        return binascii.a2b_qp(payload, header=True)
    return base64_bytes(payload) or match[0].encode()


def base64_bytes(data: bytes) -> bytes:
    """What can be read of base64; a part that was cut short loses its last, incomplete characters only."""
    data = data.translate(None, delete=_NO_BASE64)
    try:
        return binascii.a2b_base64(data[: len(data) - len(data) % 4] if len(data) % 4 == 1 else data + b"==")
    except binascii.Error:
        return b""


def ids(value: bytes) -> tuple[str, ...]:
    """The message ids of a field, each with its angle brackets."""
    return tuple(_ID.findall(decode(value)))
