"""Showing results: a table for people, JSON for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from triage.cli import plain

_LEAST = 120
"""Columns of what is no terminal: a file, or another program."""


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """Print a table to stdout; where there are no rows, say `empty` on stderr instead.

    Cells hold our own words; those of mails are to pass `core.shown` before.
    """
    if not rows:
        click.echo(empty, err=True)
        return
    cells = [[printable(cell) for cell in row] for row in rows]
    lines = None if "FORCE_COLOR" in os.environ else plain.table(title, columns, cells, _width())
    if lines is None:
        _fold(title, columns, cells)
        return
    bold = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    top = len(lines) - len(rows)
    for number, line in enumerate(lines):
        click.echo(click.style(line, bold=True) if bold and number == top - 1 else line)


def _width() -> int:
    width = plain.terminal_width()
    return width if sys.stdout.isatty() else max(width, _LEAST)


def _fold(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The same where not every row fits into a line, or where a letter is wider than others."""
    # It takes a quarter of the time of a whole command to load, and most tables are small.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=column in ("#", "date", "kind") or number == 0)
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _LEAST)
    console.print(table)


def printable(text: str) -> str:
    """`text` without anything a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def show_json(value: Any) -> None:
    """Print a value as JSON to stdout."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def local(moment: datetime | None, zone: ZoneInfo) -> str:
    """A time as the reader's clock shows it, or a dash."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else "-"
