"""The words of the page and of the calendar, from `templates/<language>/report.toml`: fixed texts with gaps, and tables
of names. A file that lacks one, or asks for what is not there, is told by its name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from triage.core.report.rows import Axis, Mark, Point
from triage.core.report.stops import Stop, Stops
from triage.core.report.terms import GAPS, LISTS, PLURALS, TABLES, filler
from triage.core.report.weeks import Width
from triage.core.values import Kind
from triage.core.wording import WordingError

_GOOD = {
    Kind.ACKNOWLEDGEMENT: Mark.ANSWER,
    Kind.ASSESSMENT: Mark.TASK,
    Kind.INTERVIEW: Mark.TALK,
    Kind.OFFER: Mark.OFFER,
}


@dataclass(frozen=True, slots=True)
class Words:
    """All of them, of one language."""

    texts: Mapping[str, Any]

    def say(self, name: str, **facts: object) -> str:
        """A text with its gaps filled. One that has two forms chooses by `n`."""
        text = self.texts[name]
        if isinstance(text, Mapping):
            text = text["one" if facts.get("n") == 1 else "other"]
        return str(text).format(**facts)

    def entry(self, table: str, name: str) -> str:
        """An entry of a table of names."""
        return str(self.texts[table][name])

    def of(self, table: str, name: str, **facts: object) -> str:
        """The same, for one that has gaps."""
        return self.entry(table, name).format(**facts)

    def day(self, day: date) -> str:
        """A day in full."""
        return self.say("date", day=self._number(day), month=self.texts["months"][day.month - 1], year=day.year)

    def short(self, day: date) -> str:
        """A day without its year, as short as can be."""
        return self.say("short", day=day.day, month=self.texts["short_months"][day.month - 1])

    def month(self, day: date) -> str:
        """Its month, with the year where that begins."""
        name = str(self.texts["short_months"][day.month - 1])
        return f"{name} {day.year}" if day.month == 1 else name

    def tick(self, day: date, axis: Axis) -> str:
        """A day along an axis."""
        return self.short(day) if axis.short else self.month(day)

    def begins(self, day: date, width: Width) -> str:
        """Where a stretch of time begins, as short as its width allows."""
        if width is Width.YEAR:
            return str(day.year)
        return self.short(day) if width in (Width.WEEK, Width.FORTNIGHT) else self.month(day)

    def moment(self, day: date, time: str) -> str:
        """A day, with the time where that is known."""
        return self.say("at", day=self.short(day), time=time) if time else self.short(day)

    def said(self, what: str, company: str, role: str) -> str:
        """What came, from whom, and for what work."""
        who = company or self.say("nobody")
        return self.say("said", what=what, rest=self.say("who_role", who=who, role=role) if role else who)

    def points(self, points: Iterable[Point]) -> str:
        """Everything that happened in one application, with its days."""
        return self.say("items").join(f"{point.day} {self.entry('mark', point.mark)}" for point in points)

    def share(self, row: Stop, stops: Stops) -> str:
        """How many ended at a stage, and how many in a hundred, where there are enough to say."""
        share = stops.share(row)
        if share is None:
            return str(row.ended)
        return self.say("stops_row", n=row.ended, all=stops.ended, share=self.say("percent", n=share))

    def ways(self, row: Stop) -> str:
        """In which ways they ended."""
        return self._each("now", {way: number for way, number in row.ways.items() if number}) or self.say("nothing")

    def kinds(self, numbers: Mapping[str, int]) -> str:
        """How many of each kind."""
        return self._each("kinds", numbers)

    def _each(self, table: str, numbers: Mapping[str, int]) -> str:
        found = (self.say("said", what=self.entry(table, name), rest=number) for name, number in numbers.items())
        return self.say("items").join(found)

    @staticmethod
    def drawn(kind: str) -> Mark:
        """The mark of a good thing."""
        return _GOOD[Kind(kind)]

    def _number(self, day: date) -> str:
        return str(self.texts["first_of_month"]) if day.day == 1 else str(day.day)


def parse(name: str, text: str) -> Words:
    """The words in the file that is to be called `name` in errors. Raises WordingError."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WordingError(f"{name} is not valid TOML: {error}.") from error
    for problem in (*_texts(found), *_tables(found)):
        raise WordingError(f"{name}: {problem}.")
    return Words(found)


def _texts(found: Mapping[str, Any]) -> list[str]:
    problems = [f"the text '{key}' is missing" for key in GAPS if not isinstance(found.get(key), str)]
    problems += [
        f"the text '{key}' needs the forms 'one' and 'other'"
        for key in PLURALS
        if not isinstance(found.get(key), Mapping) or not {"one", "other"} <= found[key].keys()
    ]
    problems += [
        f"the list '{key}' needs {many} texts" for key, many in LISTS.items() if len(found.get(key, ())) < many
    ]
    return problems or [
        f"the text '{key}' may use {filler(gaps)} between braces, and says: {text}"
        for key, gaps in {**GAPS, **PLURALS}.items()
        for text in _forms(found[key])
        if not _fits(text, gaps)
    ]


def _forms(text: Any) -> tuple[Any, ...]:
    return tuple(text.values()) if isinstance(text, Mapping) else (text,)


def _tables(found: Mapping[str, Any]) -> list[str]:
    return [
        f"the table [{table}] needs a text named '{key}'"
        for table, keys in TABLES.items()
        for key in keys
        if not isinstance(found.get(table, {}).get(key), str)
    ] + [
        f"the text '{key}' in [{table}] may use {filler(gaps)} between braces"
        for table, keys in TABLES.items()
        for key, gaps in keys.items()
        if key in found.get(table, {}) and not _fits(found[table][key], gaps)
    ]


def _fits(text: object, gaps: str) -> bool:
    try:
        return bool(str(text).format(**dict.fromkeys(gaps.split(), "")) is not None)
    except (LookupError, ValueError, AttributeError):
        return False
