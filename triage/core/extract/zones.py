"""Times that a mail states with a time zone: "14:00 CET", "10:30 (UK time)", "9:00 PT / 18:00 CEST".

What the words mean is data (`zones.toml`), what time it is there is the business of the IANA database. An offset is
given only where it is sure: a word may mean several zones, and then the mail's own words are the better answer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo, available_timezones

_UNIT = r"(?i: ?(?:[ap]\.m\.|[ap]m\b|(?:uhr|hrs?|hours|h|uur|u|heures?|horas?|noon)\b))"
_TIME = rf"(?:\d{{1,2}}(?:[:.]\d\d(?::\d\d)?| ?[hH] ?\d\d\b){_UNIT}?|\d{{1,2}}{_UNIT})"
_TO = r" ?(?:[-–—−]|(?i:to|until|till|til|bis|à|a|às|as|al|alle|tot|do)\b) ?"
_OFFSET = r"(?:UTC|GMT) ?[+\-−]\d{1,2}(?::[0-5]\d)?\b|[A-Z][a-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?"
_CAPITAL = "[A-ZÀ-ÖØ-ÞĄ-Ž]"
_PLACE = rf"{_CAPITAL}[\w'’.-]{{1,30}}(?: (?:de )?{_CAPITAL}[\w'’.-]{{1,30}}){{0,2}}"
_ISO = r"\dT(?P<iso>\d\d:\d\d)(?::\d\d)?(?P<utc>Z|[+-]\d\d:?\d\d)\b"
_ANY_TIME = re.compile(rf"{_ISO}|\b{_TIME}")
"""Found wherever a time can have a zone."""
_JOINT = re.compile(r" {0,2}(?:[/|=,;(]|i\.e\.,?)? {0,2}\(? {0,2}")
"""Between two ways to name one moment. Not "or" nor a dash: those part two moments."""
_SIGNED = re.compile(r"(?:UTC|GMT)? ?([+\-−])(\d{1,2}):?(\d\d)?")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d\d)| ?h ?(\d\d))?[^ap]{0,10}([ap])?", re.I)
_CITIES_FOLLOW = re.compile(r"\)? [A-Z]")
"""Some programs call a zone "(UTC+01:00) Amsterdam, Berlin" in summer too, when it is two hours."""
_MOST = 4
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stated:
    """One time in one zone, as a mail states them; `means` are the zones and offsets that its words can mean."""

    time: str
    words: str
    means: tuple[str, ...]

    def offsets(self, day: datetime) -> set[timedelta]:
        """How far from UTC it can be on that day, at that local time."""
        return {_offset(meant, day) for meant in self.means}


@dataclass(frozen=True, slots=True)
class Clock:
    """One moment, in one zone or in several: the mail says that they are the same."""

    stated: tuple[Stated, ...]

    @property
    def time(self) -> str:
        return self.stated[0].time

    @property
    def words(self) -> str:
        """What the mail calls the zone."""
        return self.stated[0].words

    def offset(self, at: datetime) -> timedelta | None:
        """How far `at`, the first of the local times, is from UTC; None where that is not sure."""
        first, *others = self.stated
        possible = first.offsets(at)
        for other in others:
            moments = {(_of_day(other.time) - offset) % _DAY for offset in other.offsets(at)}
            if moments:
                possible = {one for one in possible if (_of_day(first.time) - one) % _DAY in moments}
        return possible.pop() if len(possible) == 1 else None


class Zones:
    """What zones are called, in all languages. Build once; safe to share."""

    def __init__(self, text: str) -> None:
        """`text`: TOML, as in `zones.toml`."""
        self._text = text
        self._spoken: dict[tuple[str, ...], Tongue] = {}

    @cached_property
    def _tables(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        return tomllib.loads(self._text)

    def spoken(self, languages: Sequence[str]) -> Tongue:
        """What they are called in these languages."""
        known = tuple(dict.fromkeys(("any", *(one for one in languages if one in self._tables))))
        if known not in self._spoken:
            self._spoken[known] = Tongue(self._tables, known)
        return self._spoken[known]


class Tongue:
    """What zones are called in some languages."""

    def __init__(self, tables: Mapping[str, Mapping[str, Sequence[str]]], languages: Sequence[str]) -> None:
        self._words: dict[str, tuple[str, ...]] = {}
        for word, means in (row for language in languages for row in tables[language].items()):
            self._words[word] = (*self._words.get(word, ()), *means)
        shapes = [_shape(one) for language in languages for one in tables["patterns"].get(language, ())]
        self._shapes = [re.compile(one) for one in shapes]
        self._places = {name.casefold(): str(zone) for name, zone in tables["places"].items()}
        self._named = f"(?P<zone>{_OFFSET}|{'|'.join((_any_of(self._words), *map(_unnamed, shapes)))})"

    # Made when the first time is met, or the first zone: most mail has neither, and each takes milliseconds.
    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"{_ISO}|\b(?P<time>{_TIME})(?:{_TO}{_TIME})?(?P<gap>,? ?\(?){self._named}\)?")

    @cached_property
    def _again(self) -> re.Pattern[str]:
        return re.compile(rf"(?P<time>{_TIME})?(?P<gap> ?){self._named}\)?")

    @cached_property
    def _zone(self) -> re.Pattern[str]:
        return re.compile(rf" ?{self._named}")

    def lift(self, sentence: str) -> tuple[str, tuple[Clock, ...]]:
        """The sentence without the zones of its times, and those times with their zones."""
        if not _ANY_TIME.search(sentence):
            return sentence, ()
        clocks, kept, at = [], "", 0
        while found := self._pattern.search(sentence, at):
            first = self._stated(found, sentence)
            begin = found.start("iso" if found["iso"] else "time")
            if first is None:
                kept, at = kept + sentence[at : found.end()], found.end()
                continue
            stated, end = self._chain(first, sentence, found.end())
            clocks.append(Clock(stated))
            kept, at = kept + sentence[at:begin] + first.time, end
        return kept + sentence[at:], tuple(clocks)

    def _chain(self, first: Stated, sentence: str, end: int) -> tuple[tuple[Stated, ...], int]:
        """The same moment in other zones, as far as it is told."""
        stated = [first]
        while len(stated) < _MOST and (joint := _JOINT.match(sentence, end)):
            found = self._again.match(sentence, joint.end())
            other = self._stated(found, sentence) if found else None
            if found is None or other is None or (found["time"] and other.words == first.words):
                break
            stated.append(other if found["time"] else Stated(first.time, other.words, other.means))
            end = found.end()
        return tuple(stated), end

    def _stated(self, found: re.Match[str], sentence: str) -> Stated | None:
        """What was found, or None where it only looks like a zone."""
        groups = found.groupdict()
        if groups.get("iso"):
            return Stated(groups["iso"], groups["utc"], self._meant(groups["utc"]) or ())
        words, after = groups["zone"], found.end("zone")
        if _SIGNED.search(words):
            if self._zone.match(sentence, after):  # 10:00 GMT-11:00 GMT
                return Stated(groups["time"] or "", words[:3], tuple(self._words[words[:3]]))
            if _CITIES_FOLLOW.match(sentence, after):
                return Stated(groups["time"] or "", words, ())
        means = self._meant(words)
        if means is None:  # a place nobody knows, or no place: "14:00 Lunch time"
            means = () if groups["gap"].endswith("(") else None
        return None if means is None else Stated(groups["time"] or "", words, means)

    def _meant(self, words: str) -> tuple[str, ...] | None:
        """What the words of a zone can mean; None where they are not known."""
        if signed := _SIGNED.fullmatch(words):
            hours = f"{int(signed[2]):02}"
            return (f"{signed[1].replace('−', '-')}{hours}:{signed[3] or '00'}",) if int(hours) <= 14 else ()
        if words in _iana():
            return (words,)
        known = self._words.get(words, self._words.get(words.replace("’", "'").casefold()))
        return known if known is not None else self._placed(words)

    def _placed(self, words: str) -> tuple[str, ...] | None:
        """The zone of the place that is named in `words`."""
        for shape in self._shapes:
            if found := shape.fullmatch(words):
                name = found["place"].casefold()
                zone = self._places.get(name) or _cities().get(name)
                return (zone,) if zone else None
        return None


def _any_of(words: Mapping[str, Sequence[str]]) -> str:
    """A pattern for the words of a table, the longest first."""
    longest = sorted(words, key=len, reverse=True)
    return "|".join(f"{'(?-i:' if one.isupper() else '(?i:'}{_written(one)})" for one in longest)


def _written(word: str) -> str:
    end = r"\b" if word[-1].isascii() and word[-1].isalpha() else ""
    return re.escape(word).replace("'", "['’]") + end


def _shape(text: str) -> str:
    around = re.escape(text).replace("'", "['’]")
    before, _, after = around.partition(r"\{place\}")
    return rf"(?i:{before}(?-i:(?P<place>{_PLACE})){after})\b"


def _unnamed(shape: str) -> str:
    return shape.replace("?P<place>", "?:")


def _offset(meant: str, day: datetime) -> timedelta:
    """Of a zone on that day, or a fixed one."""
    if meant[0] in "+-":
        signed = timedelta(hours=int(meant[1:3]), minutes=int(meant[4:6]))
        return signed if meant[0] == "+" else -signed
    return day.replace(tzinfo=ZoneInfo(meant)).utcoffset() or timedelta()


def _of_day(time: str) -> timedelta:
    """Since midnight, of a time as people write it."""
    found = _CLOCK.match(time)
    if found is None:
        return timedelta()
    hour, half = int(found[1]), (found[4] or "").lower()
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    return timedelta(hours=hour, minutes=int(found[2] or found[3] or 0))


@cache
def _iana() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name)


@cache
def _cities() -> Mapping[str, str]:
    """Zones by the city they are named for. Not those of America: its San Juan and Petersburg lie elsewhere too."""
    named = (name.split("/") for name in _iana() if name.startswith(("Africa/", "Asia/", "Europe/")))
    return {city.replace("_", " ").casefold(): f"{continent}/{city}" for continent, city in named}
