"""Reads a finished letter back: its parts, its elements, and whether both parts say all of it in its order."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import turbohtml

from triage.core.letter import Composed
from triage.core.page import Letter, Section

_SAYING = {"h1", "h2", "p", "li", "td"}
"""The elements that hold words."""


def parsed(mailed: Composed) -> EmailMessage:
    message = message_from_bytes(mailed.data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(mailed: Composed, kind: str) -> str:
    """The text of one part: "plain" or "html"."""
    body = parsed(mailed).get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def elements(html: str) -> list[turbohtml.Element]:
    return list(turbohtml.parse(html).select("*"))


def skeleton(html: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every element with its attributes, without the texts."""
    return [(one.tag, sorted((name, str(one.attr(name))) for name in one.attrs)) for one in elements(html)]


def squeezed(text: str) -> str:
    return "".join(text.split())


def said(letter: Letter) -> list[str]:
    """Every text of a letter, in its order, without spaces."""
    sections = [text for section in letter.sections for text in _texts(section)]
    return [text for one in (letter.greeting, *sections, *letter.footer) if (text := squeezed(one))]


def _texts(section: Section) -> list[str]:
    bars = [text for bar in section.bars for text in (bar.label, bar.words)]
    return [section.heading, *section.paragraphs, *bars, *section.items, *section.copy.splitlines()]


def say_the_same(letter: Letter, mailed: Composed) -> None:
    """Both parts say all of the letter and nothing else, but for lines, stars and list marks in the text part."""
    expected = said(letter)
    html = [squeezed(one.text) for one in elements(part(mailed, "html")) if one.tag in _SAYING]
    assert "".join(html) == "".join(expected)
    left = squeezed(part(mailed, "plain"))
    for text in expected:
        before, found, left = left.partition(text)
        assert found
        assert not before.strip("-*")
    assert not left.strip("-*")
