"""What moved, and what is ahead: this comes first on the page.

Good things are counted as the letters count them: answers of a person, invitations, tasks, offers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from triage.core.journey import ENDED, Meeting, meetings, state
from triage.core.shown import shown
from triage.core.situation.told import Told, day_of
from triage.core.situation.week import wins
from triage.core.values import Application

LATELY = timedelta(days=28)
MOST = 6
"""Entries of a list on the page; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Good:
    """One good thing."""

    day: date
    kind: str
    company: str
    role: str


@dataclass(frozen=True, slots=True)
class Moved:
    """All good things, by kind, and the last of them, newest first."""

    kinds: Mapping[str, int]
    lately: int
    """How many of them came in the last four weeks."""
    newest: tuple[Good, ...]
    """Those of the last four weeks; where there are none, the last ones before."""

    @property
    def total(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class Coming:
    """A date that lies ahead: a talk, with its time on the reader's clock where that is known, or a deadline."""

    what: str
    """`talk` or `deadline`."""
    day: date
    time: str
    company: str
    role: str


def moved(applications: Sequence[Application], zone: ZoneInfo, now: datetime) -> Moved:
    """The good things of the whole log."""
    found = list(wins(applications, zone))
    since = (now - LATELY).astimezone(zone)
    lately = [told for told in found if told.received > since]
    newest = (lately or found)[-MOST:]
    return Moved(dict(Counter(told.kind.value for told in found)), len(lately), tuple(map(_good, reversed(newest))))


def _good(told: Told) -> Good:
    return Good(told.received.date(), told.kind.value, told.name, told.role)


def ahead(applications: Sequence[Application], zone: ZoneInfo, now: datetime) -> tuple[Coming, ...]:
    """Every date to come of what has not ended, in order."""
    found = [coming for one in applications if state(one) not in ENDED for coming in _dates(one, zone, now)]
    return tuple(sorted(found, key=lambda coming: (coming.day, coming.time, coming.company)))


def _dates(one: Application, zone: ZoneInfo, now: datetime) -> Iterator[Coming]:
    today = now.astimezone(zone).date()
    who, role = shown(one.company), shown(one.role)
    for meeting in meetings(one, zone):
        if _to_come(meeting, today, now):
            time = f"{meeting.at.astimezone(zone):%H:%M}" if meeting.at else ""
            yield Coming("talk", meeting.day, time, who, role)
    days = {day for event in one.mails if (day := day_of(event.details.deadline, zone)) is not None}
    yield from (Coming("deadline", day, "", who, role) for day in days if day >= today)


def _to_come(meeting: Meeting, today: date, now: datetime) -> bool:
    return meeting.at > now if meeting.at else meeting.day >= today
