"""Tables of Markdown as lists: a terminal is too narrow for them, and would cut off an address that is to be typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

_ROW = re.compile(r"\|.*\|\s*")
_RULE = re.compile(r"\|[-:| ]+\|\s*")
_CELLS = re.compile(r"(?<!\\)\|")


def as_lists(page: str) -> str:
    """The page, with an entry of a list for each row of a table: the first cell, and what stands beside it."""
    lines: list[str] = []
    for is_table, group in groupby(page.splitlines(), lambda line: bool(_ROW.fullmatch(line))):
        rows = list(group)
        lines += _list(rows) if is_table and len(rows) > 1 and _RULE.fullmatch(rows[1]) else rows
    return "\n".join(lines) + "\n"


def _list(rows: Sequence[str]) -> Iterator[str]:
    heads = _cells(rows[0])
    for row in rows[2:]:
        first, *rest = _cells(row)
        if len(rest) == 1:
            yield f"- **{first}**: {rest[0]}"
            continue
        yield f"- **{first}**"
        yield from (f"  - {head}: {cell}" for head, cell in zip(heads[1:], rest, strict=False) if cell not in ("", "-"))


def _cells(row: str) -> list[str]:
    cells = _CELLS.split(row.strip())[1:-1]
    return [cell.strip().replace("**", "").replace("\\|", "|") for cell in cells]
