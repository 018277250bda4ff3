"""What holds for every letter, whatever the mails say that it tells of: looked for in its bytes alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import turbohtml

from tests.fakes import READER
from triage.core.compose import HEADERS

_LONGEST = 998
"""Characters of a line, without its end (RFC 5322, 2.1.1)."""
_LARGEST = 200_000
_LINK = re.compile(r"(?i)://|\bwww\.|mailto:\S|@|[^\s.\[]\.(?!js\b)[a-z]{2}")
_OURS = "findahelpline.com"
_HIDING = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_LOADS = frozenset({"href", "src", "srcset", "background", "action", "data", "poster", "onerror", "onload", "onclick"})


def faults(data: bytes) -> Iterator[str]:
    """What is wrong with a letter, in a few words each; nothing where it is sound."""
    yield from _outside(data)
    letter = message_from_bytes(data, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    if letter.defects:
        yield "it does not parse"
    if sorted(letter.keys()) != sorted(HEADERS):
        yield "other headers than a letter has"
    if [one.addr_spec for one in letter["To"].addresses] != [READER]:
        yield "to somebody else"
    parts = list(letter.walk())
    if [part.get_content_type() for part in parts] != ["multipart/alternative", "text/plain", "text/html"]:
        yield "other parts than a letter has"
        return
    text, html = (str(part.get_content()).replace("\r\n", "\n") for part in parts[1:])
    yield from _inside(text)
    yield from _page(html)


def _outside(data: bytes) -> Iterator[str]:
    """The bytes as they travel."""
    if len(data) > _LARGEST:
        yield "larger than any letter"
    if not data.isascii() or b"\0" in data:
        yield "not ASCII"
    if b"\r" in data.replace(b"\r\n", b"") or b"\n" in data.replace(b"\r\n", b""):
        yield "a bare CR or LF"
    if max(map(len, data.split(b"\r\n"))) > _LONGEST:
        yield "a line longer than is allowed"


def _inside(text: str) -> Iterator[str]:
    """The words a reader sees."""
    hidden = {name for name in map(unicodedata.category, set(text) - {"\n"}) if name in _HIDING}
    if hidden:
        yield f"characters nobody sees ({', '.join(sorted(hidden))})"
    if _LINK.search(text.replace(_OURS, "")):
        yield "a link"
    if "{{" in text.replace(" ", "") and "49" in text:
        yield "a template that was carried out"


def _page(html: str) -> Iterator[str]:
    page = turbohtml.parse(html)
    words = " ".join(one.text for one in page.select("body"))
    yield from (f"the page: {fault}" for fault in _inside(words))
    for one in page.select("*"):
        if one.tag in ("a", "img", "script", "form", "iframe", "link", "object", "svg", "base"):
            yield f"the page: a <{one.tag}>"
        yield from (f"the page: {name}" for name in one.attrs if name in _LOADS)
        if "url(" in (one.attr("style") or ""):
            yield "the page: a style that loads"
