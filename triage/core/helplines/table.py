"""Reads `templates/helplines.toml`, the table that `core.helplines` is made of, and says which row is wrong and how.

The check is strict, because nobody sees a wrong number before it is needed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from triage.core.helplines import FALLBACK, Emergency, Helplines, Row, Words

_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_HOURS = re.compile(r"always|([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")
_NUMBER = re.compile(r"[0-9][0-9 -]{0,17}[0-9]")
_PLACE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


class HelplineError(ValueError):
    """The table cannot be used; the text names the row and what is wrong with it."""


def parse(text: str) -> Helplines:
    """Read the table. Raises HelplineError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HelplineError(f"The table of helplines is not valid TOML: {error}.") from error
    rows = tuple(_row(_Cells(cells, "line", number)) for number, cells in enumerate(_rows(data, "line"), 1))
    found = enumerate(_rows(data, "emergency"), 1)
    emergencies = tuple(_emergency(_Cells(cells, "emergency", number)) for number, cells in found)
    spoken = {language for row in rows for language in row.languages}
    words = {name: _words(name, table, spoken) for name, table in _table(data, "words").items()}
    if FALLBACK not in words:
        raise HelplineError(f"The table of helplines has no [words.{FALLBACK}].")
    _once([(row.country, row.name) for row in rows], "line")
    _once([(country, one.number) for one in emergencies for country in one.countries], "emergency", by=1)
    return Helplines(rows, emergencies, words)


def _rows(data: Mapping[str, Any], name: str) -> list[Any]:
    rows = data.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise HelplineError(f"Each {name} in the table of helplines starts with [[{name}]], with two brackets.")
    return rows


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = data.get(name)
    if not isinstance(table, dict):
        raise HelplineError(f"The table of helplines has no [{name}].")
    return table


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row on its way in; knows how to name itself when something is wrong."""

    values: Mapping[str, Any]
    kind: str
    number: int

    def text(self, key: str, fits: Callable[[str], object] = bool, *, default: str | None = None) -> str:
        value = self._value(key, default)
        if not isinstance(value, str) or (value != default and not (_is_line(value) and fits(value))):
            raise self.fault(key)
        return value

    def texts(self, key: str, fits: Callable[[str], object]) -> tuple[str, ...]:
        value = self._value(key)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) and fits(one) for one in value):
            raise self.fault(key)
        return tuple(value)

    def switch(self, key: str) -> bool:
        value = self._value(key)
        if not isinstance(value, bool):
            raise self.fault(key)
        return value

    def day(self, key: str) -> date:
        value = self._value(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.fault(key)
        return value

    def check(self, known: frozenset[str]) -> None:
        """Raises HelplineError for a key that means nothing."""
        for key in sorted(set(self.values) - known):
            raise HelplineError(f"{self} has a '{key}', which means nothing here.")

    def fault(self, key: str) -> HelplineError:
        return HelplineError(f"{self}: '{key}' is missing or cannot be used; expected {_EXPECTED[key]}.")

    def __str__(self) -> str:
        named = ", ".join(str(self.values[key]) for key in ("country", "name") if isinstance(self.values.get(key), str))
        return f"The helplines' {self.kind} no. {self.number}" + (f" ({named})" if named else "")

    def _value(self, key: str, default: object = None) -> object:
        return self.values.get(key, default)


_EXPECTED = {
    "country": 'two capital letters (ISO 3166), such as "GB"',
    "countries": 'a list of countries by two capital letters, such as ["GB"]',
    "name": "the name of the line",
    "numbers": 'a list of telephone numbers, such as ["116 123"]',
    "number": 'a telephone number, such as "112"',
    "text": "a number for text messages",
    "chat": 'a site without "https://", such as "example.org"',
    "hours": '"always", or times of day such as "15:30-00:30"',
    "free": "true or false",
    "languages": 'a list of languages by two small letters, such as ["en"]',
    "source": "the address of a page, with https://",
    "saw": "what the source said, and how old it was",
    "verified_on": "a day, such as 2026-11-22",
}
_ROW = frozenset(_EXPECTED) - {"countries", "number"}
_EMERGENCY = frozenset({"countries", "number", "source", "saw", "verified_on"})


def _is_line(text: str) -> bool:
    return bool(text) and text.isprintable() and text == text.strip()


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and " " not in text


def _row(cells: _Cells) -> Row:
    cells.check(_ROW)
    return Row(
        country=cells.text("country", _COUNTRY.fullmatch),
        name=cells.text("name"),
        numbers=cells.texts("numbers", _NUMBER.fullmatch),
        text=cells.text("text", _NUMBER.fullmatch, default=""),
        chat=cells.text("chat", _PLACE.fullmatch, default=""),
        hours=cells.text("hours", _HOURS.fullmatch),
        free=cells.switch("free"),
        languages=cells.texts("languages", _LANGUAGE.fullmatch),
        source=cells.text("source", _is_address),
        saw=cells.text("saw"),
        verified_on=cells.day("verified_on"),
    )


def _emergency(cells: _Cells) -> Emergency:
    cells.check(_EMERGENCY)
    return Emergency(
        countries=cells.texts("countries", _COUNTRY.fullmatch),
        number=cells.text("number", _NUMBER.fullmatch),
        source=cells.text("source", _is_address),
        saw=cells.text("saw"),
        verified_on=cells.day("verified_on"),
    )


_SENTENCES = {
    "free": "",
    "always": "",
    "hours": "start end",
    "text": "text",
    "call_or_text": "",
    "chat": "chat",
    "spoken": "languages",
    "both": "first last",
}
"""The words of a note, and what may stand between braces in each."""


def _words(name: str, table: object, spoken: set[str]) -> Words:
    if not isinstance(table, dict) or not isinstance(table.get("languages"), dict):
        raise HelplineError(f"The table of helplines has no [words.{name}.languages].")
    languages = {key: text for key, text in table["languages"].items() if isinstance(text, str) and _is_line(text)}
    if missing := sorted(spoken - set(languages)):
        raise HelplineError(f"[words.{name}.languages] in the table of helplines has no {', '.join(missing)}.")
    return Words(languages=languages, **{key: _sentence(name, table, key) for key in _SENTENCES})


def _sentence(name: str, table: Mapping[str, Any], key: str) -> str:
    text = table.get(key)
    facts = _SENTENCES[key].split()
    try:
        if not isinstance(text, str) or not all(f"{{{fact}}}" in text for fact in facts):
            raise KeyError(key)
        text.format(**dict.fromkeys(facts, ""))
    except (LookupError, ValueError, AttributeError) as error:
        needs = ", ".join(f"{{{fact}}}" for fact in facts) or "nothing"
        raise HelplineError(f"[words.{name}] '{key}' needs to be a text with {needs} between braces.") from error
    return text


def _once(names: list[tuple[str, str]], kind: str, *, by: int = 2) -> None:
    keys = [name[:by] for name in names]
    twice = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
    if twice:
        raise HelplineError(f"The table of helplines has the {kind} of {', '.join(twice)} twice.")
