"""What day a few words stand for: "within three weeks", "by Friday 3 April", "early next week".

They are read word by word, by the table of time of their language (`core.detect.times`), and count from a day. Of two
numbers the later counts, of a week its Friday; a day that is no working day is left as it was said.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from triage.core.detect.times import UNITS, Time, Times

_JUST_GONE = 60
"""A date without a year that lies so many days back, or fewer, was not meant to be next year's."""
_TOKEN = re.compile(r"\d+|[a-z]+")
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_FIGURES = re.compile(r"\b(\d{1,2})([./])(\d{1,2})(?:\2((?:20)?\d\d)\b|\b)")
_WITHIN = re.compile(
    r"\b(?:in|im|laufe|en|courant|cours|em|ad?|nel|corso|i|under|w|during|course|loop|durante|longo)\b"
)
"""Words that take in all of a month."""
_COUNTS = ("figure", "number", "days")
_WHICH = ("next", "coming", "this", "start", "middle", "end")
_SATURDAY, _FRIDAY = 5, 4
_MONTHS = 12
_EARLY, _MIDDLE = 10, 15
"""What the first days and the middle of a month are taken for."""


def day_of(text: str, times: Times, since: date, talk: date | None = None) -> date | None:
    """The day, counted from `since`, or from the `talk` where the words say so; None where they stand for none.

    `text`: small letters without accents. The day may be any, one gone by too.
    """
    read = [Time("figure", int(word)) if word.isdigit() else times.words.get(word) for word in _TOKEN.findall(text)]
    words = tuple(word for word in read if word)
    roles = {word.role for word in words}
    begin = talk if "talk" in roles else since
    if begin is None or "after" in roles:
        return None
    bare = bool(read and read[0] and read[0].role in _COUNTS)
    try:
        return _Span(text, words, begin, bare).day
    except (ValueError, OverflowError):  # the 31st of June, or a year that no calendar has
        return None


@dataclass(frozen=True, slots=True)
class _Span:
    """A few words, what they stand for, and the day they count from. `bare`: they begin with a number."""

    text: str
    words: tuple[Time, ...]
    since: date
    bare: bool

    def _has(self, *roles: str) -> bool:
        return any(word.role in roles for word in self.words)

    def _value(self, *roles: str) -> int | None:
        """The last value of these roles."""
        return next((word.value for word in reversed(self.words) if word.role in roles), None)

    @property
    def day(self) -> date | None:
        """Raises ValueError for the 31st of June."""
        return self._written() or self._of_month() or self._counted() or self._of_week() or self._named()

    def _written(self) -> date | None:
        """A date in figures: "2026-03-20", "20.3.", "20/03/2026"."""
        if found := _ISO.search(self.text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _FIGURES.search(self.text):
            first, second = int(found[1]), int(found[3])
            day, month = (second, first) if second > _MONTHS else (first, second)
            return self._ahead(month, day, int(found[4] or 0))
        return None

    def _of_month(self) -> date | None:
        """ "3 April", "the end of March", "the week of 16 March"."""
        month = self._value("monthname")
        if month is None:
            return None
        figures = [word.value for word in self.words if word.role in ("figure", "number")]
        year = next((figure for figure in figures if figure > 2000), 0)
        days = [figure for figure in figures if figure <= 31]
        if not days and not (self._has("start", "middle", "end") or _WITHIN.search(self.text)):
            return None  # "by April" is its first day to some, and its last to others
        if not days:
            return self._part(self._ahead(month, 28, year))
        day = self._ahead(month, days[-1], year)
        return _monday(day) + timedelta(days=_FRIDAY) if self._has("week") else day

    def _ahead(self, month: int, day: int, year: int) -> date:
        """That day in its year; where no year is told, in the one that brings it next, or brought it just now."""
        if year:
            return date(year % 100 + 2000, month, day)
        recent = self.since - timedelta(days=_JUST_GONE)
        this = date(recent.year, month, day)
        return this if this >= recent else date(recent.year + 1, month, day)

    def _part(self, of: date) -> date:
        """The beginning, the middle or the end of the month of a day."""
        if self._has("start"):
            return of.replace(day=_EARLY)
        return of.replace(day=_MIDDLE if self._has("middle") else monthrange(of.year, of.month)[1])

    def _counted(self) -> date | None:
        """ "three weeks", "10 to 14 working days", "48 hours", "week 12"."""
        unit = "day" if self._has("days") else next((word.role for word in self.words if word.role in UNITS), "")
        counts = [word.value for word in self.words if word.role in _COUNTS]
        if unit and not counts and self._has("within") and not self._has(*_WHICH):
            counts = [1]
        if not counts or not unit or (unit == "hour" and self.bare):
            return None  # "allow two hours" for the test
        if unit == "week" and self.words[-1].role == "figure":
            return date.fromisocalendar(self.since.isocalendar().year, counts[-1], _FRIDAY + 1)
        return self._after(max(counts), unit)

    def _after(self, count: int, unit: str) -> date:
        if unit == "workday" or (unit == "day" and self._has("work")):
            return _working(self.since, count)
        if unit == "month":
            years, month = divmod(self.since.month - 1 + count, _MONTHS)
            first = date(self.since.year + years, month + 1, 1)
            return first.replace(day=min(self.since.day, monthrange(first.year, first.month)[1]))
        if unit == "hour":
            return self.since + timedelta(days=-(-count // 24))
        return self.since + timedelta(days=count * (7 if unit == "week" else 1))

    def _of_week(self) -> date | None:
        """ "next week" and every part of it: its Friday. "Friday next week", "the end of the month"."""
        if self._has("monthend"):
            return self._part(self.since)
        if not self._has(*_WHICH):
            return None
        later = self._has("next", "coming")
        if self._has("week"):
            weekday = self._value("weekday")
            weekday = _FRIDAY if weekday is None else weekday
            return _monday(self.since) + timedelta(days=7 + weekday) if later else self._this_week(weekday)
        if self._has("month"):
            month = self.since.replace(day=28) + timedelta(days=7 * later)
            return self._part(month)
        return None

    def _this_week(self, weekday: int) -> date:
        """A day of this week; on a weekend, of the one that is about to begin."""
        begun = self.since.weekday() < _SATURDAY
        return _monday(self.since) + timedelta(days=weekday if begun else weekday + 7)

    def _named(self) -> date | None:
        """ "Friday", "next Friday", "tomorrow"."""
        weekday = self._value("weekday")
        if weekday is None:
            return self.since + timedelta(days=self._has("tomorrow")) if self._has("today", "tomorrow") else None
        if self._has("next"):
            return _monday(self.since) + timedelta(days=7 + weekday)
        return self.since + timedelta(days=(weekday - self.since.weekday() - 1) % 7 + 1)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _working(day: date, count: int) -> date:
    """So many days from Monday to Friday later."""
    weeks, left = divmod(count, 5)
    day += timedelta(days=7 * weeks - max(0, day.weekday() - _FRIDAY))
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return day
