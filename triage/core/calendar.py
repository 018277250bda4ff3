"""Talks and deadlines as a calendar (RFC 5545), for the reader's own one.

Each date keeps its name for as long as the log has it, so that a file brought in again moves what has moved, and
doubles nothing. No alarm rings, and no word says how an application ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from triage.core import moment
from triage.core.journey import Meeting, State, meetings, state
from triage.core.report.words import Words
from triage.core.shown import shown
from triage.core.situation.told import day_of
from triage.core.values import Application, Event, Kind

if TYPE_CHECKING:
    from icalendar import Component

HOUR = timedelta(hours=1)
_OFF = frozenset({State.CLOSED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Entry:
    """One date. `at` is a time on a known clock, or a day."""

    uid: str
    what: str
    """`talk` or `deadline`."""
    at: datetime | date
    stamp: datetime
    """When the mail came that says it."""
    company: str
    role: str
    words: str = ""
    """The time as the mail names it, where nobody can tell on which clock that is."""
    before: date | None = None
    """The day it was on, where it was moved."""
    changes: int = 0
    off: bool = False

    @property
    def day(self) -> date:
        return self.at.date() if isinstance(self.at, datetime) else self.at


def entries(applications: Sequence[Application], zone: ZoneInfo) -> tuple[Entry, ...]:
    """Every date that the log knows, past ones too, in order."""
    found = [entry for one in applications for entry in (*_talks(one, zone), *_deadlines(one, zone))]
    return tuple(sorted(found, key=lambda entry: (entry.day, entry.uid)))


def _talks(one: Application, zone: ZoneInfo) -> Iterator[Entry]:
    chain: list[Entry] = []
    for event in one.events:
        meeting = next(iter(meetings(replace(one, events=(event,)), zone)), None)
        if meeting is None:
            continue
        entry = _talk(meeting, one, zone)
        # An invitation that comes before the talk of an earlier one takes its place (`journey.meetings`).
        if chain and chain[-1].day >= event.received.astimezone(zone).date():
            chain[-1] = _moved(chain[-1], entry)
        else:
            chain.append(entry)
    yield from (_called_off(entry, one, zone) for entry in chain)


def _talk(meeting: Meeting, one: Application, zone: ZoneInfo) -> Entry:
    event = meeting.event
    told = moment.read(event.details.interview_at)
    words = f"{told.at:%Y-%m-%d %H:%M} {shown(told.zone)}" if told is not None and told.zone else ""
    at = meeting.day if words or meeting.at is None else meeting.at.astimezone(UTC)
    return Entry(_uid("talk", event), "talk", at, event.received, shown(one.company), shown(one.role), words)


def _moved(old: Entry, new: Entry) -> Entry:
    if old.at == new.at:
        return old
    before = old.day if old.day != new.day else old.before
    return replace(new, uid=old.uid, before=before, changes=old.changes + 1)


def _called_off(entry: Entry, one: Application, zone: ZoneInfo) -> Entry:
    """With a mark, where the application ended before the day came."""
    events = tuple(event for event in one.events if event.received.astimezone(zone).date() <= entry.day)
    acts = tuple(act for act in one.acts if act.made.astimezone(zone).date() <= entry.day)
    ended = [event.received for event in events if event.kind is Kind.REJECTION] + [act.made for act in acts]
    start = entry.at if isinstance(entry.at, datetime) else datetime.combine(entry.at, datetime.min.time(), zone)
    then = replace(
        one,
        events=tuple(event for event in events if event.received < start),
        acts=tuple(act for act in acts if act.made < start),
    )
    if state(then) not in _OFF:
        return entry
    return replace(
        entry, off=True, changes=entry.changes + 1, stamp=max([entry.stamp, *(at for at in ended if at < start)])
    )


def _deadlines(one: Application, zone: ZoneInfo) -> Iterator[Entry]:
    """One for each day that is named; a mail that names it again changes nothing."""
    seen: set[date] = set()
    for event in one.mails:
        day = day_of(event.details.deadline, zone)
        if day is not None and day not in seen:
            seen.add(day)
            entry = Entry(_uid("deadline", event), "deadline", day, event.received, shown(one.company), shown(one.role))
            yield _called_off(entry, one, zone)


def _uid(what: str, event: Event) -> str:
    """A name for it that says nothing, and stays."""
    return hashlib.sha256(f"{what}\n{event.key}".encode()).hexdigest()[:40] + "@triage"


def written(found: Sequence[Entry], words: Words) -> bytes:
    """The file. The same bytes for the same dates."""
    from icalendar import Calendar  # noqa: PLC0415  # takes a quarter of a second, and few commands need it

    calendar = Calendar()
    calendar.add("prodid", "-//triage//dates//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", words.of("calendar", "name"))
    for entry in found:
        calendar.add_component(_event(entry, words))
    return bytes(calendar.to_ical())


def _event(entry: Entry, words: Words) -> Component:
    from icalendar import Event as Dated  # noqa: PLC0415  # as above

    timed = isinstance(entry.at, datetime)
    made = Dated()
    made.add("uid", entry.uid)
    made.add("dtstamp", entry.stamp)
    made.add("last-modified", entry.stamp)
    made.add("sequence", entry.changes)
    made.add("dtstart", entry.at)
    made.add("dtend", entry.at + (HOUR if timed else timedelta(days=1)))
    made.add("summary", _summary(entry, words))
    made.add("description", "\n".join(_lines(entry, words)))
    made.add("status", "CANCELLED" if entry.off else "CONFIRMED")
    made.add("class", "PRIVATE")
    made.add("transp", "OPAQUE" if timed and not entry.off else "TRANSPARENT")
    return made


def _summary(entry: Entry, words: Words) -> str:
    who = entry.company or words.say("nobody")
    if entry.words:
        said = words.of("calendar", "talk_zone", who=who, time=entry.words)
    else:
        said = words.of("calendar", entry.what, who=who)
    return words.of("calendar", "cancelled", what=said) if entry.off else said


def _lines(entry: Entry, words: Words) -> Iterator[str]:
    if entry.role:
        yield words.of("calendar", "role", role=entry.role)
    if entry.before is not None:
        yield words.of("calendar", "moved", day=words.day(entry.before))
    if isinstance(entry.at, datetime):
        yield words.of("calendar", "length")
