"""What is due, and when: a pure function of the log, the letters already written, and the time.

Nothing here remembers anything. A service that was off for a week, restarted fifty times or had its clock set
comes to the same letters, because what is due follows from what is untold, never from a timer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from triage.core.values import Event, Kind

GOOD_NEWS = frozenset({Kind.INTERVIEW, Kind.ASSESSMENT, Kind.OFFER})
"""Told promptly: these have dates that can be missed."""
SUPPORT = frozenset({Kind.REJECTION, Kind.UNSURE})
"""Told in the daily letter, together."""
TOLD = SUPPORT | GOOD_NEWS
LATE = time(15)
"""Mail that comes after this is told on the next day at the earliest: the evening belongs to the reader."""
MONDAY_FROM = time(9)
HORIZON = timedelta(days=11)
"""No letter waits longer: a week until the weekly cap frees a place, and a weekend and a night after that."""
FRIDAY, SATURDAY, SUNDAY, MONDAY = 4, 5, 6, 0


class LetterKind(StrEnum):
    DAILY = "daily"
    PROMPT = "prompt"
    SUMMARY = "summary"
    """What the first look found in mail from before: one letter, and none like it in the week after."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter already written: in the outbox, or delivered."""

    kind: LetterKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Cadence:
    """When the reader wants letters. Times are local to `zone`; equal quiet times mean no quiet hours."""

    zone: ZoneInfo
    hour: time = time(10)
    quiet_from: time = time(20)
    quiet_to: time = time(8)
    weekends: bool = False
    most_per_day: int = 1
    most_per_week: int = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """What `due` looks at: the events no letter has told yet, and the letters written so far."""

    untold: Sequence[Event]
    sent: Sequence[Sent] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One letter to write now, and the events it tells. It can be printed without being carried out."""

    kind: LetterKind
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Composed:
    """A finished letter: what goes into the outbox in one transaction."""

    kind: LetterKind
    message_id: str
    data: bytes
    events: tuple[int, ...]
    wordings: tuple[tuple[str, int], ...]
    """Block and variant of every wording used."""


def due(facts: Facts, cadence: Cadence, now: datetime) -> tuple[Plan, ...]:
    """The letters to write now, in the order they should arrive: good news first."""
    plans = (_prompt(facts, cadence, now), _daily(facts, cadence, now))
    return tuple(plan for plan in plans if plan is not None)


def next_due(facts: Facts, cadence: Cadence, now: datetime) -> datetime | None:
    """When the next letter will be written if no more mail comes, to the quarter of an hour; None for none."""
    moment = now
    for _ in range(HORIZON.days * 24 * 4):
        if due(facts, cadence, moment):
            return moment
        minutes = 15 - moment.minute % 15
        moment = moment.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    return None


def _prompt(facts: Facts, cadence: Cadence, now: datetime) -> Plan | None:
    fresh = tuple(event for event in facts.untold if event.kind in GOOD_NEWS and not event.lookback)
    if not fresh or _quiet(now.astimezone(cadence.zone).time(), cadence):
        return None
    return Plan(LetterKind.PROMPT, fresh)


def _daily(facts: Facts, cadence: Cadence, now: datetime) -> Plan | None:
    if not _open(now, cadence) or _capped(facts.sent, cadence, now):
        return None
    fresh = [event for event in facts.untold if event.kind in SUPPORT and not event.lookback]
    ripe = tuple(event for event in fresh if slot(event.received, cadence) <= now)
    earlier = _earlier(facts, cadence, now)
    if ripe:
        return Plan(LetterKind.DAILY, (*earlier, *ripe))
    summed_up = any(letter.kind is LetterKind.SUMMARY for letter in facts.sent)
    return Plan(LetterKind.SUMMARY, earlier) if earlier and not summed_up else None


def _earlier(facts: Facts, cadence: Cadence, now: datetime) -> tuple[Event, ...]:
    """What the first look found, once all of it may be told: never in two letters where one will do."""
    found = tuple(event for event in facts.untold if event.lookback and event.kind in TOLD)
    return found if all(slot(event.received, cadence) <= now for event in found) else ()


def slot(received: datetime, cadence: Cadence) -> datetime:
    """The first moment at which a letter may tell of something received then (weekends aside)."""
    local = received.astimezone(cadence.zone)
    at = effective_hour(cadence)
    same_day = local.time() <= at and local.time() < LATE
    day = local.date() if same_day else local.date() + timedelta(days=1)
    # In UTC: two times that share a zone are compared by their wall clocks, wrong in the hour that comes twice.
    return datetime.combine(day, at, cadence.zone).astimezone(UTC)


def effective_hour(cadence: Cadence) -> time:
    """The reader's hour, or the end of the quiet hours where it lies within them."""
    return cadence.quiet_to if _quiet(cadence.hour, cadence) else cadence.hour


def _open(now: datetime, cadence: Cadence) -> bool:
    """May a daily letter go out at this moment? Not before the hour, and not in the quiet hours."""
    local = now.astimezone(cadence.zone)
    if local.time() < effective_hour(cadence) or _quiet(local.time(), cadence):
        return False
    return cadence.weekends or not _weekend(local)


def _quiet(moment: time, cadence: Cadence) -> bool:
    start, end = cadence.quiet_from, cadence.quiet_to
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


def _weekend(local: datetime) -> bool:
    """Friday afternoon to Monday morning: nobody who could help can be reached then."""
    day, moment = local.weekday(), local.time()
    if day == FRIDAY:
        return moment >= LATE
    return day in (SATURDAY, SUNDAY) or (day == MONDAY and moment < MONDAY_FROM)


def _capped(sent: Sequence[Sent], cadence: Cadence, now: datetime) -> bool:
    today = now.astimezone(cadence.zone).date()
    support = [letter.at for letter in sent if letter.kind is not LetterKind.PROMPT]
    on_the_day = sum(at.astimezone(cadence.zone).date() == today for at in support)
    in_the_week = sum(at > now - timedelta(days=7) for at in support)
    return on_the_day >= cadence.most_per_day or in_the_week >= cadence.most_per_week
