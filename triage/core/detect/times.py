"""The words of time of one language, by what they stand for: the table `[time]` of its data file.

They are written as the captures of `answer` read them: small letters, no accents. In patterns, `{time.week}` is any
word for a week, `{time.unit}` any unit, `{time.number}` a number in figures or words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNITS = ("hour", "day", "workday", "week", "month")
ROLES = (
    *UNITS, "work", "within", "monthend", "start", "middle", "end", "next", "coming", "this", "today", "tomorrow",
    "after", "talk",
)  # fmt: skip
"""`work` makes days working days, `within` a bare "week" one week. `next` is the week after this one, `coming` the
first that comes. What is counted from an `after` cannot be told ("two weeks after the closing date"); from a `talk`
only where its day is known."""
_LISTS = {"monthname": 12, "weekday": 7}
_COUNTS = ("number", "days")
"""`days` are so many of them in one word: a fortnight."""
_NOBODY = r"[^\s\S]"
"""A pattern for no text at all: of a role for which a language has no word."""


@dataclass(frozen=True, slots=True)
class Time:
    """What one word stands for. `value`: of a number itself, of a month 1 to 12, of a weekday 0 (Monday) to 6."""

    role: str
    value: int = 0


@dataclass(frozen=True, slots=True)
class Times:
    """The words of one language."""

    words: Mapping[str, Time] = field(default_factory=dict)

    @property
    def any(self) -> str:
        """A pattern for each of the words but numbers."""
        return self._any_of(*ROLES, *_LISTS, "days")

    def fragments(self) -> dict[str, str]:
        """Patterns by their placeholder."""
        found = {role: self._any_of(role) for role in (*ROLES, *_LISTS, "days")}
        found["unit"] = self._any_of(*UNITS)
        found["number"] = f"(?:{self._any_of(*_COUNTS)}|[0-9]{{1,3}})"
        return {f"{{time.{role}}}": pattern for role, pattern in found.items()}

    def _any_of(self, *roles: str) -> str:
        words = sorted((word for word, time in self.words.items() if time.role in roles), key=len, reverse=True)
        return f"(?:{'|'.join(words)})" if words else _NOBODY


def times_of(table: Mapping[str, Any]) -> Times:
    """Read the table. Raises ValueError, which names the entry: an unknown role, no word, a word of two meanings."""
    words: dict[str, Time] = {}
    for role, entry in table.items():
        for value, text in _rows(role, entry):
            for word in text.split():
                if word in words or not re.fullmatch("[a-z]+", word):
                    raise ValueError(f"In [time], `{word}` of {role} stands there twice or is no plain word.")
                words[word] = Time(role, value)
    return Times(words)


def _rows(role: str, entry: object) -> list[tuple[int, str]]:
    """The words of a role, with their value."""
    if role in _COUNTS and isinstance(entry, dict) and all(key.isdecimal() for key in entry):
        return [(int(key), str(text)) for key, text in entry.items()]
    if role in _LISTS and isinstance(entry, list) and len(entry) == _LISTS[role]:
        return [(number + (role == "monthname"), str(text)) for number, text in enumerate(entry)]
    if role in ROLES and isinstance(entry, str):
        return [(0, entry)]
    raise ValueError(f"In [time], {role} is no role, or has no words, or not as many as there are.")
