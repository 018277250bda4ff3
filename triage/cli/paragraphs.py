"""Lines for a person: a word or two in front, a sentence that wraps beside them, and what to do below it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from triage.cli import plain
from triage.cli.tables import printable

_LEGIBLE = 100
"""Columns; longer lines are hard to read, however wide the window is."""


def width() -> int:
    """Columns to write in."""
    told = plain.terminal_width()
    return min(told, _LEGIBLE) if sys.stdout.isatty() else told


def paragraph(head: str, text: str, remedy: str, columns: int) -> Iterator[str]:
    """`head` stands in front of the first line, and how long it is says where all others begin.

    Whatever comes after ">" is to be done; a word of it is never cut in two, for it may be a command to be copied.
    """
    indent = " " * len(head)
    room = max(columns, len(indent) + 20)
    lines = list(_wrapped(printable(text), room - len(indent)))
    yield head + lines[0]
    yield from (indent + line for line in lines[1:])
    if remedy:
        first, *rest = _wrapped(printable(remedy), room - len(indent) - 2)
        yield f"{indent}> {first}"
        yield from (f"{indent}  {line}" for line in rest)


def _wrapped(text: str, room: int) -> Iterator[str]:
    """By words, without `textwrap`, which takes longer to load than all of this to run."""
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > room:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
