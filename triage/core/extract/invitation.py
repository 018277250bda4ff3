"""When an interview is, by the calendar part of its invitation (RFC 5545).

`icalendar` reads what is left after everything we have no use for is taken out, line by line. A zone that a calendar
defines for itself is built here for that one calendar: the library keeps such zones by name for as long as the
program runs, and programs call all of them "Customized Time Zone". Recurrences of events are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from triage.core import moment

if TYPE_CHECKING:
    from icalendar import Component

YEARS_AHEAD = 2
_MOST_LINES = 400
_MOST_ZONES = 3
_FOLDED = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(
    r"(?:BEGIN|END):(?:VCALENDAR|VEVENT|VTIMEZONE|STANDARD|DAYLIGHT)"
    r"|(?:METHOD|STATUS|TZID|TZOFFSETFROM|TZOFFSETTO)[;:].{1,200}|(?:DTSTART|RDATE)[;:].{1,200}"
    # What repeats costs time for each time it does: yearly, in one month, as clocks are changed.
    r"|RRULE:(?=.*FREQ=YEARLY)(?=.*BYMONTH=\d\d?(?:;|$))"
    r"(?:(?:FREQ=YEARLY|BYMONTH=\d\d?|BYDAY=-?\d?[A-Z]{2}|BYMONTHDAY=[\d,-]{1,30}|UNTIL=[\dTZ]{8,16}|WKST=[A-Z]{2}|INTERVAL=1)(?:;|$))+",
    re.I,
)
_ZONE = re.compile(r"BEGIN:VTIMEZONE\n.*?END:VTIMEZONE\n", re.I | re.S)
_VENDOR = re.compile(r"(TZID[=:]\"?)/[^:;\"]{1,100}?/([A-Z][A-Za-z]+/[A-Za-z_/]+)", re.I)
"""Some programs put their own name before that of the zone: "/freeassociation.sourceforge.net/Europe/Berlin"."""
_NAME = re.compile(r"TZID[^:\n]*:(.+)")
_NO_ZONE = re.compile(r"DTSTART[;:].*TZID=.*Z$", re.I)
"""A time in UTC and in a zone at once: which of them is meant, nobody can tell."""
_READABLE = re.compile(r"[\w /+:.,()&-]{1,60}")


@dataclass(frozen=True, slots=True)
class _Start:
    at: datetime | date
    zone: str
    cancelled: bool

    @property
    def day(self) -> date:
        return self.at.date() if isinstance(self.at, datetime) else self.at

    @property
    def written(self) -> str:
        if not isinstance(self.at, datetime):
            return self.at.isoformat()
        return moment.written(self.at.replace(tzinfo=None), offset=self.at.utcoffset(), zone=self.zone)


@dataclass(frozen=True, slots=True)
class _File:
    """A text as the library wants it: to be read from a file."""

    text: str

    def read(self) -> str:
        return self.text


def start(calendars: Sequence[str], received: datetime) -> str | None:
    """When what these calendars invite to begins, as `core.moment` writes it.

    Empty where it is cancelled. None where they say nothing of use: no event from the day the mail came to two years
    on, an answer to an invitation, or no calendar at all. Never raises.
    """
    found = [event for text in calendars for event in _events(text)]
    last = received.date() + timedelta(days=366 * YEARS_AHEAD)
    ahead = sorted((one for one in found if received.date() <= one.day <= last), key=lambda one: one.written)
    standing = [one for one in ahead if not one.cancelled]
    if standing:
        return standing[0].written
    return "" if any(one.cancelled for one in found) else None


def _events(text: str) -> list[_Start]:
    try:
        # Written once now: a zone that is a hundred hours ahead of UTC is found out only then.
        return [event for event in _read("\n".join(_lines(text)) + "\n") if event.written]
    except Exception:  # noqa: BLE001 - the libraries raise anything at all on hostile calendars, and no mail may stop us
        return []


def _lines(text: str) -> Iterator[str]:
    """The lines that are of use, unfolded."""
    kept = 0
    for folded in _FOLDED.sub("", text).splitlines():
        line = _VENDOR.sub(r"\1\2", folded.rstrip())
        if kept < _MOST_LINES and _LINE.fullmatch(line) and not _NO_ZONE.fullmatch(line):
            kept += 1
            yield line


def _read(text: str) -> Iterator[_Start]:
    from icalendar import Calendar  # noqa: PLC0415  Takes a quarter of a second, and most mail has no calendar.

    zones = _ZONE.findall(text)[:_MOST_ZONES]
    for calendar in Calendar.from_ical(_ZONE.sub("", text), multiple=True):
        method = str(calendar.get("METHOD", "REQUEST")).upper()
        if method in ("REQUEST", "PUBLISH", "CANCEL"):
            yield from _starts(calendar.walk("VEVENT"), zones, cancelled=method == "CANCEL")


def _starts(events: Iterable[Component], zones: Sequence[str], *, cancelled: bool) -> Iterator[_Start]:
    for event in events:
        begin = event.get("DTSTART")
        at = getattr(begin, "dt", None)
        off = cancelled or str(event.get("STATUS", "")).upper() == "CANCELLED"
        name = str(begin.params.get("TZID", "")) if begin is not None and at is not None else ""
        if isinstance(at, datetime) and at.tzinfo is None and name:
            at, name = _zoned(at, name, zones)
            yield _Start(at, name, off)
        elif isinstance(at, date):
            yield _Start(at, "", off)


def _zoned(at: datetime, name: str, zones: Sequence[str]) -> tuple[datetime, str]:
    """A time in a zone that the library does not know: by the calendar's own definition, else with the zone's name."""
    for text in zones:
        found = _NAME.search(text)
        if found and found[1].strip('" ') == name:
            return at.replace(tzinfo=_defined(text)), ""
    return at, name if _READABLE.fullmatch(name) else "?"


def _defined(text: str) -> tzinfo:
    from dateutil.tz import tzical  # noqa: PLC0415  As above.

    zone: tzinfo = tzical(_File(text)).get()
    return zone
