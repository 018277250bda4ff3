"""Days as people write them into a list: read strictly, and never guessed where two readings are possible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from triage.core.brought.lists import plain

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})")
_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})")
_NAMED = re.compile(
    r"(?:(?P<before>\d{1,2}) )?(?:de )?(?P<month>[a-z]+) (?:(?P<after>\d{1,2}) )?(?:de )?(?P<year>\d{4})"
)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er)\b")
_CLOCK = re.compile(
    r"[T ,]+(?:at |um |à |a las )?(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s?(am|pm|Uhr|h|Z)?$", re.IGNORECASE
)
_LONGEST = 60


class Order(StrEnum):
    """Which comes first in 03/04/2026. Not said, such a date is not read."""

    UNKNOWN = ""
    DAY = "dmy"
    MONTH = "mdy"


class DateError(ValueError):
    """A date cannot be read; the text says why, and what to do."""


class AmbiguousError(DateError):
    """It has two meanings, and nobody has said which is meant."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """How dates are read in one list."""

    months: Mapping[str, int]
    order: Order = Order.UNKNOWN

    def day(self, text: str) -> date:
        """The day, without its time. Raises DateError."""
        return self._day(_CLOCK.sub("", text[:_LONGEST].strip()))

    def moment(self, text: str) -> str:
        """The day, with its time where one is told, as `core.moment` reads it. Raises DateError."""
        day, found = self.day(text), _CLOCK.search(text[:_LONGEST].strip())
        return f"{day.isoformat()}T{_time(found):%H:%M}" if found else day.isoformat()

    def _day(self, text: str) -> date:
        if found := _ISO.fullmatch(text):
            return _made(text, *map(int, found.groups()))
        if found := _DOTTED.fullmatch(text):
            return _made(text, _year(found[3]), int(found[2]), int(found[1]))
        if found := _SLASHED.fullmatch(text):
            return self._slashed(text, int(found[1]), int(found[3]), _year(found[4]))
        return self._named(text)

    def _slashed(self, text: str, first: int, second: int, year: int) -> date:
        order = self.order
        if order is Order.UNKNOWN and first != second:
            if max(first, second) <= 12:
                raise AmbiguousError(
                    f"'{text}' can be two days; say which number is the day: --dates dmy or --dates mdy"
                )
            order = Order.DAY if first > 12 else Order.MONTH
        day, month = (second, first) if order is Order.MONTH else (first, second)
        return _made(text, year, month, day)

    def _named(self, text: str) -> date:
        found = _NAMED.fullmatch(plain(_ORDINAL.sub("", text)))
        month = self.months.get(found["month"]) if found else None
        day = (found["before"] or found["after"]) if found else None
        if found is None or month is None or day is None:
            raise DateError(f"'{text}' is no date that can be read; write it as 2026-03-04")
        return _made(text, int(found["year"]), month, int(day))


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)


def _made(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise DateError(f"'{text}' is no day of the calendar") from None


def _time(found: re.Match[str]) -> time:
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").casefold()
    if half in ("am", "pm"):
        hour = hour % 12 + 12 * (half == "pm")
    try:
        return time(hour, minute)
    except ValueError:
        raise DateError(f"'{found[0].strip()}' is no time of the day") from None
