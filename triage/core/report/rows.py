"""Each application as a row over time: from its first line through everything that happened to its end, or until now.

A picture shows only so many rows and so long a time; what it leaves out is counted beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from triage.core.acts import Did
from triage.core.journey import ENDED, State, state
from triage.core.report.stops import stopped_at
from triage.core.shown import shown
from triage.core.values import Application, Event, Kind, Stage

OPEN_FIRST, MORE = 24, 300
"""Rows drawn at once, and those that unfold below them."""
LONGEST = timedelta(days=366)
"""So much time a picture shows at most; what began before is said in words."""
_IDLE = timedelta(days=90)
"""After so long without anything, and with nothing open, a picture ends where the search did."""
LONGEST_NAME = 60


class Mark(StrEnum):
    """What happened, as a picture shows it."""

    APPLIED = "applied"
    ANSWER = "answer"
    """A person answered."""
    TASK = "task"
    TALK = "talk"
    OFFER = "offer"
    NO = "no"
    SILENCE = "silence"
    LET_GO = "let_go"
    WITHDREW = "withdrew"
    MAIL = "mail"
    """Any other mail of theirs."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that happened on one day."""

    day: date
    mark: Mark


@dataclass(frozen=True, slots=True)
class Row:
    """One application; `points` are in order of time."""

    id: int
    company: str
    role: str
    first: date
    heard: date
    """The last line about it that is more than silence."""
    last: date
    """Its end; today, while it is open."""
    state: State
    stage: Stage
    points: tuple[Point, ...]
    brought: bool
    """Its first line is from a list of the reader's own."""

    @property
    def open(self) -> bool:
        return self.state not in ENDED


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that a picture shows."""

    first: date
    last: date

    def at(self, day: date) -> float:
        """Where a day lies, in per cent of the width; what is outside lies at the edge."""
        whole = max((self.last - self.first).days, 1)
        return round(min(max((day - self.first).days / whole, 0.0), 1.0) * 100, 2)

    @property
    def short(self) -> bool:
        """Is it too short for months to say much?"""
        return self.last - self.first < timedelta(days=70)

    @property
    def ticks(self) -> tuple[date, ...]:
        """Days to name along it, six at most: Mondays where it is short, else the first days of months."""
        found = list(self._mondays() if self.short else self._months())
        return tuple(found[:: -(-len(found) // 6)]) if found else ()

    def _mondays(self) -> Iterator[date]:
        days = (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))
        return (day for day in days if day.weekday() == 0)

    def _months(self) -> Iterator[date]:
        day = self.first.replace(day=1)
        while (day := (day + timedelta(days=32)).replace(day=1)) <= self.last:
            yield day


@dataclass(frozen=True, slots=True)
class Journey:
    """All applications, those that are open first, and then those that moved last."""

    rows: tuple[Row, ...]
    axis: Axis
    folded_axis: Axis

    @property
    def shown(self) -> tuple[Row, ...]:
        return self.rows[:OPEN_FIRST]

    @property
    def folded(self) -> tuple[Row, ...]:
        return self.rows[OPEN_FIRST : OPEN_FIRST + MORE]

    @property
    def listed(self) -> tuple[Row, ...]:
        """Those that are drawn at once, and those that unfold."""
        return self.rows[: OPEN_FIRST + MORE]

    @property
    def marks(self) -> frozenset[Mark]:
        """Those that the picture shows."""
        return frozenset(point.mark for row in self.listed for point in row.points)

    @property
    def left_out(self) -> int:
        return max(len(self.rows) - OPEN_FIRST - MORE, 0)


def journey(applications: Sequence[Application], zone: ZoneInfo, today: date) -> Journey:
    """Every application that has a line, as a row."""
    found = [_row(one, zone, today) for one in applications if one.events]
    rows = tuple(sorted(found, key=lambda row: (row.open, row.heard, row.id), reverse=True))
    return Journey(rows, _axis(rows[:OPEN_FIRST], today), _axis(rows[OPEN_FIRST : OPEN_FIRST + MORE], today))


def _axis(rows: Sequence[Row], today: date) -> Axis:
    last = max((row.last for row in rows), default=today)
    end = last if last < today - _IDLE else today
    return Axis(max(min((row.first for row in rows), default=today), end - LONGEST), end)


def _row(one: Application, zone: ZoneInfo, today: date) -> Row:
    points = tuple(_points(one, zone))
    heard = max((point.day for point in points if point.mark is not Mark.SILENCE), default=points[0].day)
    where = state(one)
    return Row(
        id=one.id,
        company=shown(one.company, LONGEST_NAME) or _house(one.events),
        role=shown(one.role, LONGEST_NAME),
        first=points[0].day,
        heard=heard,
        last=points[-1].day if where in ENDED else max(today, heard),
        state=where,
        stage=stopped_at(one),
        points=points,
        brought=min(one.events, key=lambda event: event.received).brought,
    )


def _house(events: Iterable[Event]) -> str:
    return next((shown(event.sender_domain, LONGEST_NAME) for event in events if event.sender_domain), "")


def _points(one: Application, zone: ZoneInfo) -> Iterator[Point]:
    """Everything, in order of time; that a wait became long is no end yet, and is left to the text."""
    found = [(event.received, _mark(event, one)) for event in one.events if event.kind is not Kind.QUIET]
    found += [(act.made, _ACTS[act.kind]) for act in one.acts if act.kind in _ACTS]
    if not found:
        found = [(event.received, Mark.MAIL) for event in one.events]
    for moment, mark in sorted(found, key=lambda pair: pair[0]):
        yield Point(moment.astimezone(zone).date(), mark)


def _mark(event: Event, one: Application) -> Mark:
    if event.kind is Kind.ACKNOWLEDGEMENT:
        if event.human and event.thread:
            return Mark.ANSWER
        first = min((mail.received for mail in one.mails if mail.kind is event.kind), default=event.received)
        return Mark.APPLIED if event.received == first else Mark.MAIL
    return _KINDS.get(event.kind, Mark.MAIL)


_KINDS = {
    Kind.ASSESSMENT: Mark.TASK,
    Kind.INTERVIEW: Mark.TALK,
    Kind.OFFER: Mark.OFFER,
    Kind.REJECTION: Mark.NO,
    Kind.SILENCE: Mark.SILENCE,
}
_ACTS = {Did.LET_GO: Mark.LET_GO, Did.WITHDREW: Mark.WITHDREW}
