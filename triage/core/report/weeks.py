"""What happened when: applications, good answers, no's and silences by stretches of time, as wide as the log needs."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from triage.core.values import GOOD_NEWS, Application, Event, Kind

MOST = 18
"""Stretches in one picture: as many as a telephone shows with a number on each."""


class Width(StrEnum):
    """How long a stretch is."""

    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Series(StrEnum):
    """What is counted."""

    GOOD = "good"
    """Invitations, tasks, offers, and answers of a person."""
    APPLIED = "applied"
    """Applications that began."""
    NO = "no"
    SILENCE = "silence"
    """Waits that became so long that most likely nothing will come."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of time, with its first and its last day, and how many of each series fall into it."""

    first: date
    last: date
    numbers: Mapping[Series, int]


@dataclass(frozen=True, slots=True)
class Weeks:
    """All of the time since the first application."""

    width: Width
    stretches: tuple[Stretch, ...]
    undated: Mapping[Series, int]
    """What a list of the reader's own told without a day."""

    def total(self, series: Series) -> int:
        """Of the stretches alone."""
        return sum(one.numbers[series] for one in self.stretches)

    def most(self, series: Series) -> int:
        return max((one.numbers[series] for one in self.stretches), default=0)


def weeks(applications: Sequence[Application], zone: ZoneInfo, today: date) -> Weeks:
    """Everything that can be counted, in stretches."""
    found = [(series, event) for one in applications for series, event in _counted(one)]
    dated = [(series, event.received.astimezone(zone).date()) for series, event in found if not event.undated]
    undated = Counter(series for series, event in found if event.undated)
    days = [day for _, day in dated]
    width, starts = _starts(min(days, default=today), max([today, *days]))
    numbers = Counter((bisect_right(starts, day) - 1, series) for series, day in dated)
    ends = [start - timedelta(days=1) for start in starts[1:]] + [max([today, *days])]
    return Weeks(
        width,
        tuple(
            Stretch(start, end, {series: numbers[at, series] for series in Series})
            for at, (start, end) in enumerate(zip(starts, ends, strict=True))
        )
        if days
        else (),
        {series: undated[series] for series in Series},
    )


def _counted(one: Application) -> Iterator[tuple[Series, Event]]:
    first = min(one.events, key=lambda event: (event.received, event.id), default=None)
    if first is not None:
        yield Series.APPLIED, first
    for event in one.events:
        series = _series(event)
        if series is not None:
            yield series, event


def _series(event: Event) -> Series | None:
    if event.kind in GOOD_NEWS or (event.kind is Kind.ACKNOWLEDGEMENT and event.human and event.thread):
        return Series.GOOD
    return {Kind.REJECTION: Series.NO, Kind.SILENCE: Series.SILENCE}.get(event.kind)


def _starts(first: date, last: date) -> tuple[Width, list[date]]:
    """The first days of the stretches, in the narrowest width of which there are not too many."""
    for width, begin, after in _WIDTHS:
        starts = list(_steps(begin(first), last, after))
        if len(starts) <= MOST:
            return width, starts
    # Older than any search: the first stretch takes in all that was before.
    return Width.YEAR, [starts[0], *starts[1 - MOST :]]


def _steps(day: date, last: date, after: Callable[[date], date]) -> Iterable[date]:
    while day <= last:
        yield day
        day = after(day)


def _monday(day: date) -> date:
    return day - timedelta(days=min(day.weekday(), day.toordinal() - 1))


def _later(months: int) -> Callable[[date], date]:
    def after(day: date) -> date:
        number = day.year * 12 + day.month - 1 + months
        return date(number // 12, number % 12 + 1, 1) if number // 12 <= date.max.year else date.max

    return after


_WIDTHS: tuple[tuple[Width, Callable[[date], date], Callable[[date], date]], ...] = (
    (Width.WEEK, _monday, lambda day: day + timedelta(days=7)),
    (Width.FORTNIGHT, _monday, lambda day: day + timedelta(days=14)),
    (Width.MONTH, lambda day: day.replace(day=1), _later(1)),
    (Width.QUARTER, lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), _later(3)),
    (Width.YEAR, lambda day: day.replace(month=1, day=1), _later(12)),
)
