"""How long a pause lasts: "7d", "two weeks", "until 3 December", "bis Montag", in the words of one language.

`dateparser` reads only a day with the name of a month: it takes "3.12." for a time of day, a bare number for a year or
a day gone by, and "so" for Sunday.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triage.core.reply.phrases import Norms, Phrases, Word

USUAL = timedelta(days=7)
"""A pause of no length that anyone has named."""
LONGEST = timedelta(days=366)
_GLUED = re.compile(r"(\d{1,4})([^\W\d]{1,12})")
_NUMBERS = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2}))?")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_MOST_WORDS, _MOST_CHARACTERS = 8, 60


def read(said: Sequence[Word], text: str, phrases: Phrases, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When a pause ends that is said to last so long, in UTC; None where that cannot be understood. Total.

    A day begins at midnight in `zone`. More than a year is a year.
    """
    said = _without_small_words(said, phrases)
    if not said or len(said) > _MOST_WORDS:
        return None
    names = tuple(word.norm for word in said)
    days = _duration(names, phrases)
    if days is not None:
        return now + min(timedelta(days=days), LONGEST) if days else None
    today = now.astimezone(zone).date()
    day = _day(names, text[said[0].start : said[-1].end], phrases, today, zone)
    if day is None or day <= today:
        return None
    end = datetime.combine(min(day, today + LONGEST), time(0), zone).astimezone(UTC)
    return end if end > now else None


def _without_small_words(said: Sequence[Word], phrases: Phrases) -> Sequence[Word]:
    """Without "until", "for" and "the next" before the length itself."""
    while count := phrases.starts("until", tuple(word.norm for word in said)):
        said = said[count:]
    return said


def _duration(names: Norms, phrases: Phrases) -> int | None:
    """Days: of a number and a unit, or of a unit alone; None where that is something else."""
    if names in phrases.ahead:
        return phrases.ahead[names]
    glued = _GLUED.fullmatch(names[0])
    if glued:
        names = (glued[1], glued[2], *names[1:])
    names = tuple(name for name in names if name not in _single(phrases, "skip"))
    count, rest = _number(names, phrases)
    unit = phrases.units.get(rest[0]) if len(rest) == 1 else None
    return None if unit is None else min(count * unit, LONGEST.days)


def _number(names: Norms, phrases: Phrases) -> tuple[int, Norms]:
    """The number that names begin with, or one, and the rest."""
    if not names:
        return 1, names
    if names[0].isascii() and names[0].isdecimal():
        return int(names[0][:4]), names[1:]
    return (phrases.numbers[names[0]], names[1:]) if names[0] in phrases.numbers else (1, names)


def _single(phrases: Phrases, role: str) -> frozenset[str]:
    return frozenset(one[0] for one in phrases.lists[role] if len(one) == 1)


def _day(names: Norms, text: str, phrases: Phrases, today: date, zone: ZoneInfo) -> date | None:
    left = tuple(name for name in names if name not in phrases.weekdays and name not in _single(phrases, "skip"))
    if not left:
        named = [phrases.weekdays[name] for name in names if name in phrases.weekdays]
        return today + timedelta(days=(named[0] - today.weekday() - 1) % 7 + 1) if len(named) == 1 else None
    if _ISO.fullmatch(text):
        return _valid(text)
    numbers = _NUMBERS.search(text)
    if numbers and not any(name.isalpha() for name in left):
        month_first = phrases.language == "en" and zone.key.startswith(("America/", "US/"))
        return _of_numbers(numbers, today, month_first=month_first)
    words = " ".join(left)
    # "maerz" for "märz"
    tries = dict.fromkeys((words, words.replace("ae", "a").replace("oe", "o").replace("ue", "u")))
    return next(filter(None, (_of_words(one, phrases.language, today) for one in tries)), None)


def _valid(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _of_numbers(found: re.Match[str], today: date, *, month_first: bool) -> date | None:
    day, month = (found[2], found[1]) if month_first else (found[1], found[2])
    year = int(found[3]) + (2000 if len(found[3]) == 2 else 0) if found[3] else today.year
    day_of = _valid(f"{year:04}-{int(month):02}-{int(day):02}")
    if day_of is not None and day_of < today and not found[3]:
        return _valid(f"{year + 1:04}-{int(month):02}-{int(day):02}")
    return day_of


def _of_words(text: str, language: str, today: date) -> date | None:
    """A day that names its month, or the first of a month: "3 december", "january"."""
    if len(text) > _MOST_CHARACTERS or not any(len(word) > 2 and word.isalpha() for word in text.split()):
        return None
    import dateparser  # noqa: PLC0415  Takes a quarter of a second, and most replies name no date.

    settings = {
        "RELATIVE_BASE": datetime.combine(today, time(0)),
        "PREFER_DATES_FROM": "future",
        "PREFER_DAY_OF_MONTH": "first",
        "REQUIRE_PARTS": ["month"],
        "DATE_ORDER": "DMY",
        "PARSERS": ["absolute-time"],
    }
    try:
        found: datetime | None = dateparser.parse(text, languages=[language], settings=settings)
    except (ValueError, OverflowError):  # years beyond the calendar
        return None
    return found.date() if found else None
