"""HTML mail to plain text: paragraphs, lines, list items and quotes stay; styles, scripts and hidden text go.

The tree is walked here and not by the library's own layout: that one sets tables as aligned columns, which glues
the paragraphs of a mail laid out with tables into one line, and pads a page of 256 kB to hundreds of megabytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import turbohtml
from turbohtml import Comment, Element, Node, Text

from triage.core.sight import Sight, may_hide

MAX_HTML = 256 * 1024
"""Characters read of one page."""
_MAX_QUOTE = 5

_TAGS = {
    "dropped": "head style script noscript template title svg math object iframe canvas audio video img input select",
    "paragraph": "p h1 h2 h3 h4 h5 h6 ul ol dl pre hr blockquote",
    "block": "address article aside body center dd details div dt fieldset figure footer form header li main nav "
    "option section summary table tbody tfoot thead tr caption",
    "cell": "td th",
}
_ROLE = {tag: role for role, tags in _TAGS.items() for tag in tags.split()}
_INLINE = frozenset({"a", "span", "img", "b", "i", "u", "em", "strong", "font", "small"})
"""The usual elements that end no line: nothing is to be done when they begin or end."""
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:max-height|opacity)\s*:\s*0(?![.\d])|"
    r"(?<![-\w])(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.I,
)
_USUAL = 400
"""Characters of a style that may well stand there again."""
_QUOTE_CLASS = re.compile(r"gmail_quote|moz-cite|protonmail_quote|yahoo_quoted", re.I)


def from_html(html: str) -> str:
    """The text a reader sees in the first `MAX_HTML` characters of a page. Total: any text is some page.

    A block that the sender's program marks as quoted (`blockquote type=cite`) gets "> " before its lines.
    """
    html = html[:MAX_HTML]
    # A page that is dark as a whole by its style sheet has all its words in white.
    return (_written(html, looking=True) if may_hide(html) else "") or _written(html, looking=False)


def _written(html: str, *, looking: bool) -> str:
    """The words of a page; where that is looked at, without those out of sight."""
    page, sight = _Page(), Sight()
    todo: list[Node | str | Sight] = [turbohtml.parse(html)]
    while todo:
        node = todo.pop()
        if isinstance(node, Text):
            page.write(node.text if not looking or sight.clear else "")
        elif isinstance(node, Element):
            tag = node.tag
            if _ROLE.get(tag) != "dropped" and not _hidden(node):
                if tag not in _INLINE:
                    todo.append(page.enter(node, tag))
                if looking:
                    todo.append(sight)
                    sight = sight.within(node)
                todo.extend(reversed(node.children))
        elif isinstance(node, str):
            page.leave(node)
        elif isinstance(node, Sight):
            sight = node  # what was in that element is written
        elif not isinstance(node, Comment):
            todo.extend(reversed(node.children))
    return page.text()


def _hidden(element: Element) -> bool:
    style = element.attr("style")
    if style is not None and (_known_to_hide(style) if len(style) <= _USUAL else _hides(style)):
        return True
    return element.attr("hidden") is not None


def _hides(style: str) -> bool:
    style = style.lower()
    # Most styles name none of these, and looking for all of the pattern in each took as long as all the rest.
    may = "display" in style or "visibility" in style or "max-height" in style or "opacity" in style
    may = may or ":-" in style or ": -" in style
    return may and _HIDDEN.search(style) is not None


_known_to_hide = lru_cache(256)(_hides)  # a page says the same of most of its elements


def _is_quote(blockquote: Element) -> bool:
    return blockquote.attr("type") == "cite" or _QUOTE_CLASS.search(blockquote.attr("class") or "") is not None


@dataclass(slots=True)
class _Page:
    """The lines written so far, and the one being written."""

    lines: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    bullet: str = ""
    quotes: int = 0
    verbatim: int = 0

    def enter(self, element: Element, tag: str) -> str:
        """Begin an element; returns what `leave` has to be told when its children are done."""
        if tag in _ROLE:
            self._separate(tag)
        if tag == "li":
            self.bullet = "- "
        elif tag == "pre":
            self.verbatim += 1
        elif tag == "br":
            self._end_line(self._said())
        elif tag == "blockquote" and _is_quote(element):
            self.quotes += 1
            return "quote"
        return tag

    def leave(self, tag: str) -> None:
        if tag == "quote":
            self._flush()
            self.quotes -= 1
            self._gap()
        elif tag == "pre":
            self._gap()
            self.verbatim -= 1
        elif tag in _ROLE:
            self._separate(tag)

    def write(self, text: str) -> None:
        if not self.verbatim:
            self.words.append(text)
            return
        first, *rest = text.split("\n")
        self.words.append(first)
        for line in rest:
            self._end_line(self._said())
            self.words.append(line)

    def text(self) -> str:
        self._flush()
        return "\n".join(self.lines).strip("\n")

    def _separate(self, tag: str) -> None:
        role = _ROLE[tag]
        if role == "cell":
            self.words.append(" ")
        elif role == "block":
            self._flush()
        elif role == "paragraph":
            self._gap()

    def _gap(self) -> None:
        self._flush()
        if self.lines and self.lines[-1].strip("> ") and not self.bullet:
            self._end_line("")

    def _flush(self) -> None:
        """End the line, unless nothing stands on it."""
        if self.words and (said := self._said()):
            self._end_line(said)

    def _said(self) -> str:
        """The words since the last line."""
        said = " ".join("".join(self.words).split())
        self.words.clear()
        return said

    def _end_line(self, said: str) -> None:
        bullet, self.bullet = (self.bullet, "") if said else ("", self.bullet)
        self.lines.append("> " * min(self.quotes, _MAX_QUOTE) + bullet + said if self.quotes or bullet else said)
