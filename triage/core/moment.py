"""The time of an interview, as it is stored and as it is shown.

Stored is ISO 8601, as precise as the mail is: a day, a local time, or a time with its offset from UTC. Where the mail
names a zone and nobody can tell which it means, the local time is followed by the mail's own words: "15:00 IST".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_DAY = len("2026-01-31")
_MINUTE = len("2026-01-31T10:00")
MOST_WORDS = 40
"""Characters kept of what a mail calls its time zone."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day or a time: aware where it is known how far it is from UTC."""

    at: datetime | date
    zone: str = ""
    """What the mail calls its zone, where that is not known."""
    moved: bool = False
    """It is shown on another clock than the one the mail names."""

    def shown_in(self, zone: ZoneInfo) -> Moment:
        """On the clock of somebody in `zone`, as far as that can be told."""
        if not isinstance(self.at, datetime) or self.at.tzinfo is None:
            return self
        there = self.at.astimezone(zone)
        return Moment(there, moved=there.utcoffset() != self.at.utcoffset())


def written(at: datetime, *, timed: bool = True, offset: timedelta | None = None, zone: str = "") -> str:
    """As it is stored: the day of `at`, or its time with `offset`, or with the words for its `zone`."""
    if not timed:
        return at.strftime("%Y-%m-%d")
    if offset is not None:
        return at.replace(tzinfo=timezone(offset)).isoformat(timespec="minutes")
    return f"{at:%Y-%m-%dT%H:%M} {zone[:MOST_WORDS]}".rstrip()


def read(text: str) -> Moment | None:
    """What was stored. None for anything less precise than a day, and for what is no date: the mail itself has it."""
    try:
        if len(text) == _DAY:
            return Moment(date.fromisoformat(text))
        time, _, zone = text.partition(" ")
        # An offset and a zone's words would contradict each other; words alone follow a local time.
        return Moment(
            datetime.fromisoformat(time if len(time) >= _MINUTE else text), zone if len(time) >= _MINUTE else ""
        )
    except ValueError:
        return None
