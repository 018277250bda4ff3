"""How the words of a letter are set: in narrow lines for the text part, and with styles in place for the page.

The two templates ask for all of this by name. Nothing here escapes: Jinja does, before a page gets its styles.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from triage.core.page import Bar

if TYPE_CHECKING:
    from css_inline import CSSInliner

WIDTH = 72
"""Columns of the text part."""
LONGEST_BAR = 12
"""Units of the longest bar. Where more than these are to be shown, all bars of a picture shrink alike."""
_WIDEST_LABEL = 20


def page(html: str) -> str:
    """The page with each rule of its style sheet copied into the elements it is about; @media rules stay a sheet."""
    return _inliner().inline(html)


@cache
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner  # noqa: PLC0415  Four megabytes, and days may pass until the first letter.

    # Left to itself, it would fetch style sheets, and would drop what is for phones and for dark rooms.
    return CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def wrapped(text: str) -> str:
    """Lines of a paragraph."""
    return _filled(text)


def headed(text: str) -> str:
    """A heading with a line below."""
    lines = _filled(text).split("\n")
    return "\n".join([*lines, "-" * max(map(len, lines))])


def listed(text: str) -> str:
    """One item of a list."""
    return _filled(text, "* ", "  ")


def indented(line: str) -> str:
    """One line of a text that is set apart."""
    return _filled(line, "  ", "  ")


def stanzas(text: str) -> list[list[str]]:
    """The lines of a text that is to stay as it is, paragraph by paragraph; empty lines part these."""
    lines = (line.strip() for line in text.splitlines())
    return [list(group) for filled, group in groupby(lines, bool) if filled]


def charted(bars: Sequence[Bar]) -> str:
    """A picture for the text part: for each bar a row of its label, stars, and the words in a column of their own."""
    label = min(max(len(bar.label) for bar in bars), _WIDEST_LABEL)
    drawn = max(units(bar, bars) for bar in bars)
    rows = [f"{bar.label:<{label}}  " + f"{'*' * units(bar, bars):<{drawn}}  " * (drawn > 0) for bar in bars]
    told = [_filled(bar.words, row, " " * len(row)) or row.rstrip() for bar, row in zip(bars, rows, strict=True)]
    return "\n".join(told)


def units(bar: Bar, bars: Sequence[Bar]) -> int:
    """How long a bar is drawn among these: one unit for each that it counts, or a share of the longest."""
    most = max(LONGEST_BAR, *(one.amount for one in bars))
    return -(-bar.amount * LONGEST_BAR // most) if most > LONGEST_BAR else bar.amount


def _filled(text: str, first: str = "", others: str = "") -> str:
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)


FILTERS: Mapping[str, Callable[..., object]] = {
    one.__name__: one for one in (wrapped, headed, listed, indented, stanzas, charted, units)
}
"""What the templates may ask for."""
