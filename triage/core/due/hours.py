"""The reader's hours: when a letter that can wait may come, on the reader's own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from triage.core.letter import Cadence

LATE = time(15)
"""Mail that comes after this is told on the next day at the earliest: the evening belongs to the reader."""
MONDAY_FROM = time(9)
THURSDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY = 3, 4, 5, 6, 0


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


def open_at(now: datetime, cadence: Cadence) -> bool:
    """May a letter that can wait go out at this moment? Not before the hour, and not in the quiet hours."""
    local = now.astimezone(cadence.zone)
    if local.time() < effective_hour(cadence) or _quiet(local.time(), cadence):
        return False
    return cadence.weekends or not _weekend(local)


def quiet_at(now: datetime, cadence: Cadence) -> bool:
    return _quiet(now.astimezone(cadence.zone).time(), cadence)


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


def workday(day: date, cadence: Cadence) -> date:
    """That day, or the last one before it where it lies on a weekend without letters: Friday, if its hour is early."""
    last = FRIDAY if effective_hour(cadence) < LATE else THURSDAY
    return day if cadence.weekends else day - timedelta(days=max(day.weekday() - last, 0))
