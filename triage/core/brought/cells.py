"""Cells that no spreadsheet takes for a formula, and back.

A cell that begins with one of these characters would be calculated when the file is opened, and an employer's name can
be made one (OWASP, "CSV Injection"). A delimiter of another country cuts a cell in two, so what follows one is guarded
as well, in whatever way a program of another language writes the sign.
"""

from __future__ import annotations

import re

SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻−%"
_QUOTES = "\\s'\"`´‘’‚“”„«»‹›＂＇"
_BEGINNING = re.compile(rf"(^|[,;|])(?=[{_QUOTES}]*[{SIGNS}])")
_GUARDED = re.compile(rf"(^|[,;|])'(?=[{_QUOTES}]*[{SIGNS}])")


def guarded(text: str) -> str:
    """One line that a spreadsheet shows as it is."""
    return _BEGINNING.sub(r"\1'", " ".join("".join(c if c.isprintable() else " " for c in text).split()))


def unguarded(text: str) -> str:
    """What `guarded` made this of."""
    return _GUARDED.sub(r"\1", text)
