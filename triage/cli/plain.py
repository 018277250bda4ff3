"""A table as lines of text, for the usual case: each row fits into a line, and each letter is one column wide."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

_GAP = "  "
_USUAL = 80


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str] | None:
    """The lines: the title, if there is one, the names of the columns, the rows. None where it is no such case."""
    texts = [title, *columns, *(cell for row in rows for cell in row)]
    if not all(map(_is_even, texts)):
        return None
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    total = sum(widths) + len(_GAP) * (len(widths) - 1)
    if total > width or len(title) > total:
        return None
    return [*([title.ljust(total)] if title else []), *(_line(row, widths) for row in (columns, *rows))]


def _line(row: Iterable[str], widths: Iterable[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))


def _is_even(text: str) -> bool:
    """One column for each letter, which all are in Latin, and the marks around words; and nothing to be trimmed."""
    return text == text.strip() and (text.isascii() or all(c < "\u0300" or "\u2010" <= c <= "\u2027" for c in text))


def terminal_width() -> int:
    """Columns of the terminal we write to, $COLUMNS if that is set; 80 where there is none."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _USUAL
    except (OSError, ValueError):
        return _USUAL
