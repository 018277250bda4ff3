"""What one part of the torture came to, and all of them as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

Say = Callable[[str], None]
"""Takes a line about how far a part is."""


@dataclass(frozen=True, slots=True)
class Row:
    """One part: how many points were tried, and a sentence for each that went wrong, with what shows it again."""

    part: str
    points: int
    failures: tuple[str, ...]
    seconds: float
    note: str = ""
    """Figures of the part's own, such as the slowest mail."""


def show(rows: Sequence[Row], console: Console) -> None:
    """The table, and below it everything that went wrong."""
    table = Table("part", "points", "failures", "minutes", "note", box=None)
    for row in rows:
        table.add_row(row.part, f"{row.points:,}", str(len(row.failures)), f"{row.seconds / 60:.1f}", row.note)
    console.print(table)
    for row in rows:
        for failure in row.failures:
            console.print(f"{row.part}: {failure}")
