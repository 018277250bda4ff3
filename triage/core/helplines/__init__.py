"""Whom to call: the helplines and the emergency number of a country, from the table `templates/helplines.toml`.

Each row names its source and the day it was last compared with it; a test fails for rows that nobody has looked at for
a year. A country that is not in the table has no line here: then the letters name the directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

DIRECTORY = "findahelpline.com"
"""Lists helplines of most countries."""
ALWAYS = "always"
"""As `hours`: day and night."""
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Line:
    """One helpline as a letter names it: "Samaritans", "116 123", "free, day and night"."""

    name: str
    contact: str
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """One helpline as the table has it."""

    country: str
    name: str
    numbers: tuple[str, ...]
    text: str
    """A number for text messages; it may be one of `numbers`."""
    chat: str
    """The site with its chat, without a scheme."""
    hours: str
    """`ALWAYS`, or the same every day: "15:30-00:30"."""
    free: bool
    languages: tuple[str, ...]
    source: str
    saw: str
    """What the source said when it was compared, and how old it was."""
    verified_on: date


@dataclass(frozen=True, slots=True)
class Emergency:
    """The number for immediate danger."""

    countries: tuple[str, ...]
    number: str
    source: str
    saw: str
    verified_on: date


@dataclass(frozen=True, slots=True)
class Words:
    """What a note is made of, in one language."""

    free: str
    always: str
    hours: str
    text: str
    call_or_text: str
    chat: str
    spoken: str
    languages: Mapping[str, str]
    both: str


@dataclass(frozen=True, slots=True)
class Helplines:
    """The whole table."""

    rows: tuple[Row, ...]
    emergencies: tuple[Emergency, ...]
    words: Mapping[str, Words]

    def lines(self, country: str, language: str = FALLBACK) -> tuple[Line, ...]:
        """Every line of this country, those that speak `language` first; none where the table has none.

        All or none: where a country has two lines of equal standing, choosing between them is not ours.
        """
        rows = sorted(
            (row for row in self.rows if row.country == country), key=lambda row: language not in row.languages
        )
        return tuple(Line(row.name, " / ".join(row.numbers), self._note(row, language)) for row in rows)

    def emergency(self, country: str) -> str:
        """The number for immediate danger, or an empty string."""
        return next((one.number for one in self.emergencies if country in one.countries), "")

    def _note(self, row: Row, language: str) -> str:
        words = self.words.get(language, self.words[FALLBACK])
        start, _, end = row.hours.partition("-")
        parts = (
            words.free if row.free else "",
            words.always if row.hours == ALWAYS else words.hours.format(start=start, end=end),
            "" if language in row.languages else words.spoken.format(languages=_listed(row.languages, words)),
            _texting(row, words),
            words.chat.format(chat=row.chat) if row.chat else "",
        )
        return ", ".join(filter(None, parts))


def _listed(languages: tuple[str, ...], words: Words) -> str:
    *first, last = (words.languages[one] for one in languages)
    return words.both.format(first=", ".join(first), last=last) if first else last


def _texting(row: Row, words: Words) -> str:
    if not row.text:
        return ""
    return words.call_or_text if row.text in row.numbers else words.text.format(text=row.text)
