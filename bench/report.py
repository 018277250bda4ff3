"""What a part has found, and how it is shown: tables of medians and ratios, and what was wanted beside what was met."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table as Shown


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """One bound of what is wanted, and the values of this run. Their median counts."""

    what: str
    limit: float
    unit: str
    values: tuple[float, ...]
    least: bool = False
    """The bound is one from below."""

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.least else self.value <= self.limit

    def row(self) -> tuple[str, ...]:
        wanted = f"{'>=' if self.least else '<='} {number(self.limit)} {self.unit}".strip()
        return self.what, wanted, spread(self.values), "yes" if self.met else "NO"


@dataclass(frozen=True, slots=True)
class Report:
    """All that one part has to say."""

    part: str
    tables: tuple[Table, ...] = ()
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    failed: bool = False


def number(value: float) -> str:
    """As many digits as mean something."""
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(values: Sequence[float]) -> str:
    """The median, and from the least to the most."""
    middle = number(statistics.median(values))
    return middle if min(values) == max(values) else f"{middle} ({number(min(values))}-{number(max(values))})"


def ratios(values: Sequence[float], base: Sequence[float]) -> tuple[float, ...]:
    """Each round by itself: what disturbed one of a pair is likely to have disturbed the other."""
    return tuple(one / other for one, other in zip(values, base, strict=True))


def show(report: Report, console: Console) -> None:
    """Print one part."""
    for table in report.tables:
        console.print(_drawn(table))
    for note in report.notes:
        console.print(note, highlight=False)
    console.print()


def show_goals(reports: Sequence[Report], console: Console) -> None:
    """Print what is wanted beside what was found, of all parts."""
    rows = tuple(goal.row() for report in reports for goal in report.goals)
    if rows:
        console.print(_drawn(Table("wanted, and found in this run", ("what", "wanted", "found", "met"), rows)))


def as_json(reports: Sequence[Report]) -> str:
    """The figures, for a program."""
    return json.dumps([asdict(report) for report in reports], indent=1)


def _drawn(table: Table) -> Shown:
    shown = Shown(box=None, title=table.title, title_justify="left", pad_edge=False)
    for place, column in enumerate(table.columns):
        shown.add_column(column, justify="right" if place else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*row)
    return shown
