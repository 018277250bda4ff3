"""The text of mails of the common shapes, cut out at their boundaries without building a tree.

Nine mails of ten are one text, or a few parts between clean boundaries, in one of a few charsets. They are read here,
to the same Content as by mail-parser (`mime`), in a tenth of the time. What is in the least unusual is left to it.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import re2

from triage.core.flowed import unflow
from triage.core.headers import UNFIT_CHARSETS
from triage.core.mime_fallback import Content

_MAX_VALUE = 400
"""Bytes of a Content-Type that are looked at here; mail programs write up to 200."""

_MAX_PARTS = 40
"""Parts of a mail, nested ones too; mails of the common shapes have up to a dozen."""
_MAX_DEPTH = 8

_HEAD = re.compile(rb"((?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*+)*+)\n")
_DESCRIBES = re.compile(
    rb"^content-(type|transfer-encoding|disposition):[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.I | re.M
)
_OPTION = rb';[ \t\n]*([a-z][a-z0-9-]*)=("[!#-;=>@-\[\]-~ ]*"|[\w./:=+-]+)'
_TYPE = re.compile(rb"(text/plain|text/html|multipart/(?!digest)[a-z-]+)((?:%s)*);?" % _OPTION, re.I)
_OPTIONS = re.compile(_OPTION, re.I)
_FILE = re.compile(rb"(?:application|image|audio|video)/([\w.+-]+)(?:[ \t\n]*;|\Z)", re.I)
_CALENDAR = re.compile(rb"\.ics|\*", re.I)
_CHARSETS = ("utf-8", "us-ascii", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1252")
# The library normalises what it decodes, which takes quadratic time in a run of accents.
_MARKS = re2.compile(r"\pM{32}")
_UNFIT = re.compile(UNFIT_CHARSETS.pattern.encode(), re.I)


class _UncommonError(Exception):
    """The library has to read this mail."""


@dataclass(slots=True)
class _Texts:
    """The texts found so far."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    parts: int = 0
    level: int = 0
    """How many parts are around the one that is being read."""
    flowed: bool = False
    joined: bool = False

    def content(self) -> Content:
        plain = "\n\n".join(self.plain)
        return Content(unflow(plain, joined=self.joined) if self.flowed else plain, "\n".join(self.html))


def read_common(kind: bytes, encoding: bytes, body: bytes) -> Content | None:
    """The text of a message, given its Content-Type and Content-Transfer-Encoding; None where it is no common one."""
    found = _Texts()
    try:
        _take({b"type": kind, b"transfer-encoding": encoding}, body, found)
    except (_UncommonError, UnicodeDecodeError, binascii.Error):
        return None
    return found.content()


def _take(fields: Mapping[bytes, bytes], body: bytes, found: _Texts) -> None:
    """Add the texts of one part."""
    found.parts += 1
    if found.parts > _MAX_PARTS or found.level > _MAX_DEPTH:
        raise _UncommonError
    value = fields.get(b"type", b"text/plain")
    if _is_file(value, fields):
        return
    kind, options = _type(value)
    disposition = fields.get(b"disposition", b"inline").lower()
    if kind.startswith("text/") and disposition.partition(b";")[0].strip() == b"attachment":
        return
    if disposition != b"inline" or "name" in options:
        raise _UncommonError
    encoding = fields.get(b"transfer-encoding", b"8bit").lower()
    if kind.startswith("multipart/"):
        found.level += 1
        _take_parts(options.get("boundary", ""), encoding, body, found)
        found.level -= 1
    else:
        _take_text(kind, options, _decoded(body, encoding), found)


def _is_file(value: bytes, fields: Mapping[bytes, bytes]) -> bool:
    match = _FILE.match(value)
    if match is None:
        return False
    # An invitation that is sent as a file is known by its name, however that is written.
    calendar = match[1].lower() == b"octet-stream" and any(map(_CALENDAR.search, fields.values()))
    if calendar or match[1].lower() == b"ics":
        raise _UncommonError
    return True


def _type(value: bytes) -> tuple[str, dict[str, str]]:
    """Kind and options of a Content-Type, where it is one that every reader reads alike."""
    match = _TYPE.fullmatch(value) if len(value) <= _MAX_VALUE and not _UNFIT.search(value) else None
    options = _OPTIONS.findall(match[2]) if match else ()
    read = {name.decode().lower(): told.decode().strip('"') for name, told in options}
    if match is None or len(read) < len(options):
        raise _UncommonError
    return match[1].decode().lower(), read


def _take_parts(boundary: str, encoding: bytes, body: bytes, found: _Texts) -> None:
    if not boundary or boundary.endswith(" ") or encoding not in (b"7bit", b"8bit", b"binary"):
        raise _UncommonError
    for part in _parts(b"\n" + body, b"\n--" + boundary.encode()):
        head = _HEAD.match(part)
        if head is None:
            raise _UncommonError
        fields = [(name.lower(), value) for name, value in _DESCRIBES.findall(head[1])]
        if len(dict(fields)) < len(fields):
            raise _UncommonError
        _take(dict(fields), part[head.end() :], found)


def _parts(body: bytes, mark: bytes) -> Iterator[bytes]:
    """What stands between the lines that are this mark, up to the last one, which ends in "--"."""
    start = -1
    at = body.find(mark)
    while at >= 0:
        end = body.find(b"\n", at + 1)
        rest = body[at + len(mark) : end if end >= 0 else len(body)].rstrip(b" \t")
        if rest in (b"", b"--"):
            if start >= 0:
                yield body[start:at]
            elif rest:
                break
            start = end + 1
        if rest == b"--":
            return
        at = body.find(mark, end) if end >= 0 else -1
    raise _UncommonError


def _take_text(kind: str, options: Mapping[str, str], data: bytes, found: _Texts) -> None:
    charset = options.get("charset", "utf-8").lower()
    if charset not in _CHARSETS:
        raise _UncommonError
    text = data.decode(charset)
    if not (data.isascii() or _western(text)):
        # Normalising takes quadratic time in a run of accents.
        if _MARKS.search(text.encode()):
            raise _UncommonError
        text = unicodedata.normalize("NFC", text)
    if kind == "text/plain" and options.get("format") == "flowed":
        found.flowed = True
        found.joined |= options.get("delsp") == "yes"
    if text:
        (found.plain if kind == "text/plain" else found.html).append(text)


def _western(text: str) -> bool:
    """Are these letters of Latin-1 alone? They are normal as they stand, and no accents by themselves."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _decoded(body: bytes, encoding: bytes) -> bytes:
    if encoding in (b"7bit", b"8bit"):
        return body
    if encoding == b"quoted-printable":
        return binascii.a2b_qp(body)
    if encoding == b"base64":
        body = body.translate(None, b"\n")
        if len(body) % 4 == 0:
            return binascii.a2b_base64(body, strict_mode=True)
    raise _UncommonError
