"""Whether the words of a page can be seen: not in letters of no size, and not in white on white.

Both are set for an element and hold for what is in it, until something in it says otherwise: programs that lay out in
columns set no size for the row and one for each column, and white is what stands on coloured buttons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import re2
from turbohtml import Element

_WHITE = r"#fff\b|#(?:f[0-9a-f]){3}\b|white\b|rgba?\(\s*25\d\s*,\s*25\d\s*,\s*25\d\b"
_HIDES = re2.compile(rf"(?i)font-size\s*:\s*0|color\s*[:=]\s*[\"']?(?:{_WHITE}|transparent)")
_SIZE = re.compile(r"font-size\s*:\s*(0(?![.\d]))?")
_COLOUR = re.compile(rf"(?<![-\w])color\s*:\s*({_WHITE}|transparent)?")
_PAPER = re.compile(rf"background(?:-color)?\s*:\s*(?:({_WHITE})|(none|transparent|inherit|initial|unset))?")
_OLD = frozenset({"body", "font", "table", "tbody", "td", "th", "tr"})
"""These elements had colours before there were styles."""
_MOST = 2_000
"""Characters of a style that are looked at; what is said last counts."""


def may_hide(html: str) -> bool:
    """Could words of this page be out of sight in one of these ways? False for most: then nobody need look."""
    return _HIDES.search(html.encode("utf-8", "replace")) is not None


@dataclass(frozen=True, slots=True)
class Sight:
    """What holds at a place in a page."""

    tiny: bool = False
    pale: bool = False
    """In white, or in no colour."""
    backed: bool = False
    """On something that is not white."""

    @property
    def clear(self) -> bool:
        """Can words be seen here?"""
        return not (self.tiny or (self.pale and not self.backed))

    def within(self, element: Element) -> Sight:
        """What holds in `element`, which stands here."""
        # A link has a colour of its own.
        before = Sight(self.tiny, pale=False, backed=self.backed) if element.tag == "a" else self
        style = _said(element)
        return _as_said(before, style[-_MOST:]) if style else before


@lru_cache(256)  # a page says the same of most of its elements
def _as_said(before: Sight, style: str) -> Sight:
    style = style.lower()
    sizes, colours, papers = (pattern.findall(style) for pattern in (_SIZE, _COLOUR, _PAPER))
    return Sight(
        tiny=bool(sizes[-1]) if sizes else before.tiny,
        pale=bool(colours[-1]) if colours else before.pale,
        backed=_backed(papers, before.backed),
    )


def _said(element: Element) -> str:
    """The style of an element, and before it what older attributes say, as a style."""
    style = element.attr("style") or ""
    if element.tag in _OLD:
        old = (("color", "color"), ("bgcolor", "background"), ("background", "background"))
        style = "".join(f"{name}:{value};" for attribute, name in old if (value := element.attr(attribute))) + style
    return style


def _backed(papers: list[tuple[str, str]], before: bool) -> bool:
    for white, as_before in papers:
        before = before if as_before else not white
    return before
