"""The search at a glance, as values: what moved, every application over time, where they stop, weeks, letters.

Nothing here is written or drawn: `page` does that, from these values alone, so that a picture and its table cannot
disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from triage.core.acts import Act
from triage.core.journey import state
from triage.core.letter import Sent
from triage.core.report.moved import Coming, Moved, ahead, moved
from triage.core.report.rows import Journey, journey
from triage.core.report.stops import Stops, stops
from triage.core.report.weeks import Weeks, weeks
from triage.core.situation.week import steps
from triage.core.values import Application


@dataclass(frozen=True, slots=True)
class Report:
    """The whole page as figures. Days are those of the reader's calendar."""

    made: date
    first: date | None
    """When the first of all applications began."""
    states: Mapping[str, int]
    """How many applications stand where (`journey.State`)."""
    moved: Moved
    ahead: tuple[Coming, ...]
    did: Mapping[str, int]
    """What the reader did, by `situation.week.Way`."""
    journey: Journey
    stops: Stops
    weeks: Weeks
    letters: Mapping[str, int]
    """Those that were delivered, by `letter.LetterKind`."""
    loose: Mapping[str, int]
    """Lines of the log that belong to no application, by their kind."""
    brought: int
    """Applications that begin with a line from a list of the reader's own."""

    @property
    def applications(self) -> int:
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store remembers, as far as the page tells it."""

    applications: Sequence[Application] = ()
    acts: Sequence[Act] = ()
    letters: Sequence[Sent] = ()
    lines: Mapping[str, int] | None = None
    """How many lines of each kind the log has; without it, nothing is said of those outside applications."""


def gather(kept: Kept, zone: ZoneInfo, now: datetime) -> Report:
    """All figures, as of `now`."""
    today, every = now.astimezone(zone).date(), kept.applications
    found = journey(every, zone, today)
    return Report(
        made=today,
        first=min((row.first for row in found.rows), default=None),
        states=dict(Counter(state(one).value for one in every)),
        moved=moved(every, zone, now),
        ahead=ahead(every, zone, now),
        did=dict(Counter(step.way.value for step in steps(every, kept.acts, zone) if step.day <= today)),
        journey=found,
        stops=stops(every),
        weeks=weeks(every, zone, today),
        letters=dict(Counter(one.kind.value for one in kept.letters)),
        loose=_loose(kept),
        brought=sum(row.brought for row in found.rows),
    )


def _loose(kept: Kept) -> Mapping[str, int]:
    placed = Counter(event.kind.value for one in kept.applications for event in one.events)
    left = Counter(dict(kept.lines or {})) - placed
    return {kind: number for kind, number in sorted(left.items()) if number}
