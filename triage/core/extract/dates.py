"""By when an answer is due, and when an interview is.

Spans of dates come from the language files; `dateparser` only reads a span it is given (let loose on whole texts it
takes "We" for Wednesday). Relative dates count from when the mail was received. Time zones are taken out before that
(`core.extract.zones`): those of `dateparser` know neither summer time nor that an abbreviation can have two meanings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import re2

from triage.core import moment
from triage.core.detect.languages import Ear
from triage.core.extract import invitation
from triage.core.extract.zones import Clock, Zones
from triage.core.text import fold
from triage.core.values import Kind

_ASKING = frozenset({Kind.INTERVIEW, Kind.ASSESSMENT, Kind.OFFER})
_TIME = re2.compile(
    r"\b\d{1,2}[:.]\d{2}(?:[^.\d]|$)|\b\d{1,2} ?[ap]\.?m\b|\b\d{1,2} ?h(?:\d{2})?\b|\b\d{1,2} (?:uhr|heures)\b"
)
_HOUR = re.compile(r"\b(\d{1,2})(?:[:.](\d{2}))? ?(?:uhr|uur|u|h|heures?|horas?)(?:\b ?|(?=\d))(\d{2})?\b")
_AT = re.compile(r"\b(?:kl(?:ockan)?|om|um|o|o godz(?:inie)?|godz|alle|a las|às|as)\b\.? (\d{1,2})(?:[.:](\d{2}))?$")
_DOTTED = re.compile(r"(\d.*\s)(\d{1,2})\.(\d{2})$")
"""An hour behind a day: "12 mars 13.15"; alone it might be the day itself."""
_DAY_FIRST = {"DATE_ORDER": "DMY"}
"""dateparser reads Swedish years first, so that "20 mars" would be a day of 2120. English days are written out."""
_DAY_MONTH = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(?!\d)")
_YEARS_AHEAD = 2
_A_DAY = len("2026-01-31")
_MOST = 8
"""Dates that are read before giving up: each takes milliseconds, and a stranger can write thousands."""
_LONGEST = 2_000
"""Characters of a sentence in which dates are looked for: only a text made to be slow has longer ones."""
_DAY = re2.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Span:
    text: str
    language: str
    due: bool
    clock: Clock | None
    """The time in it and its zone, where the mail names one."""

    @property
    def timed(self) -> bool:
        return bool(self.clock or _TIME.search(self.text))

    @property
    def vague(self) -> bool:
        """A weekday alone: in half of all mails it is one gone by ("thank you for calling on Friday")."""
        return not _DAY.search(self.text)


class Dates:
    """Reads dates by the spans, the deadline words and the time zones of some languages."""

    def __init__(self, ears: Sequence[Ear], zones: Zones) -> None:
        self._ears = ears
        self._zones = zones

    def of(self, kind: Kind, said: Sequence[str], received: datetime, calendars: Sequence[str] = ()) -> tuple[str, str]:
        """Deadline and time of the interview; empty where the mail names none or asks for nothing.

        The deadline is a day in ISO 8601. The time is as `core.moment` writes it: that of the calendar part, if any.
        """
        if kind not in _ASKING:
            return "", ""
        spans = [span for sentence in said for span in self._found(sentence)]
        deadline = _read((span for span in spans if span.due), received)[:10]
        if kind is not Kind.INTERVIEW:
            return deadline, ""
        told = _meeting([span for span in spans if not span.due], received)
        invited = invitation.start(calendars, received) if calendars else None
        return deadline, told if invited is None else _finer(invited, told)

    def _found(self, text: str) -> Iterator[_Span]:
        plain, clocks = self._zones.spoken([ear.language for ear in self._ears]).lift(text[:_LONGEST])
        sentence = fold(plain)
        due = [hit.end for ear in self._ears for hit in ear.due.hits(sentence)]
        spans = ((ear, pattern) for ear in self._ears for _, pattern in ear.captures("date"))
        for ear, pattern in spans:
            value = pattern.groupindex["value"]
            for match in pattern.finditer(sentence):
                near = any(0 <= match.start(value) - end <= 45 for end in due)
                clock = next((one for one in clocks if fold(one.time) in match[value]), None)
                yield _Span(match[value], ear.language, near, clock)


def _meeting(spans: Sequence[_Span], received: datetime) -> str:
    """The first date that has a time, else the first that has a day: a mail names other dates too."""
    timed = _read((span for span in spans if span.timed), received)
    return timed or _read((span for span in spans if not span.vague), received)


def _finer(invited: str, told: str) -> str:
    """A calendar may have the day alone where the mail beside it says when."""
    return told if len(invited) == _A_DAY and told.startswith(invited) else invited


def _read(spans: Iterator[_Span], received: datetime) -> str:
    """The first span that is a date from the day the mail came to two years on."""
    for span in islice(dict.fromkeys(spans), _MOST):
        at = _moment(span, received)
        if at and 0 <= (at.date() - received.date()).days <= 366 * _YEARS_AHEAD:
            return _written(at, span)
    return ""


def _written(at: datetime, span: _Span) -> str:
    if span.clock is None:
        return moment.written(at, timed=span.timed)
    return moment.written(at, offset=span.clock.offset(at), zone=span.clock.words)


def _moment(span: _Span, received: datetime) -> datetime | None:
    import dateparser  # noqa: PLC0415  Takes a quarter of a second, and most mail names no date.

    settings = {"RELATIVE_BASE": received.replace(tzinfo=None), "PREFER_DATES_FROM": "future"}
    settings |= {} if span.language == "en" else _DAY_FIRST
    languages = [span.language] if span.language != "any" else None
    found: datetime | None = dateparser.parse(_clocked(span.text), languages=languages, settings=settings)
    return found


def _clocked(text: str) -> str:
    """With hours as digital clocks write them: "14 h 30" and "10 uhr" are taken for years and days otherwise."""
    text = _HOUR.sub(lambda found: f"{found[1]}:{found[2] or found[3] or '00'}", text)
    text = _AT.sub(lambda found: f"{found[1]}:{found[2] or '00'}", text)
    return _DOTTED.sub(r"\1\2:\3", _DAY_MONTH.sub(r"\1/\2", text))
