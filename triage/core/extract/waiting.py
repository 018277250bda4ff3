"""By when the employer says it will answer: "you will hear from us within three weeks".

What is said stands in the language files (captures of `answer`, and of `yours` and `besides`, which take one back); it
is read by `reckoning`, without `dateparser`: every acknowledgement is looked at. Of several such days the last counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice

import re2

from triage.core.detect.languages import Ear, Promises
from triage.core.detect.times import Times
from triage.core.extract.reckoning import day_of
from triage.core.text import fold
from triage.core.values import Kind

WAITED_FOR = frozenset({Kind.ACKNOWLEDGEMENT, Kind.INTERVIEW, Kind.ASSESSMENT, Kind.OUTREACH, Kind.UNSURE})
"""What an employer's answer can still come after."""
_FURTHEST = 366
"""Days after the mail, at most."""
_MOST = 40
"""Sentences with a time in them that are read: a letter has fewer."""
_LONGEST = 1_000
"""Characters of a sentence that are looked at: only a text made to be slow has longer ones."""
_AROUND = 45
"""Characters beside a promise in which it may turn out to be about something else."""
_BEFORE = 60
"""Characters before it in which it may turn out to be the reader's to keep."""
_CUT = re.compile(r"[.;:!?]\s")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe"})


def plain(text: str) -> str:
    """Text as these captures read it: folded, and of its letters those of ASCII. Not for showing."""
    folded = fold(text)
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFD", folded.translate(_LETTERS)).encode("ascii", "ignore").decode()


class Waiting:
    """Reads such days by the captures and the words of time of some languages."""

    def __init__(self, ears: Sequence[Ear]) -> None:
        self._ears = [ear.promises for ear in ears if ear.signals.times.words]

    def until(self, kind: Kind, said: Sequence[str], received: datetime, meeting: str = "") -> str:
        """The day in ISO 8601, from that of the mail to 366 days after it; empty where none is told.

        `meeting`: when the interview is, as `Details` has it: "within a week of the interview" counts from it.
        """
        if kind not in WAITED_FOR:
            return ""
        from_day, talk = received.date(), _iso(meeting)
        days = [day_of(text, times, from_day, talk) for text, times in self._spans(said)]
        ahead = [day for day in days if day and 0 <= (day - from_day).days <= _FURTHEST and day != talk]
        return max(ahead).isoformat() if ahead else ""

    def _spans(self, said: Sequence[str]) -> Iterator[tuple[str, Times]]:
        """What stands for such a day, and the words of its language."""
        texts = plain("\n".join(sentence[:_LONGEST] for sentence in said)).split("\n")
        stated = (text for text in texts if not text.endswith("?"))
        timed = ((ear, text) for text in stated for ear in self._ears if ear.timed.search(text))
        return ((span, ear.times) for ear, text in islice(timed, _MOST) for span in _promised(ear, text))


def _promised(ear: Promises, text: str) -> Iterator[str]:
    """The spans of one sentence that are the employer's own."""
    for pattern in ear.patterns("answer"):
        value = pattern.groupindex["value"]
        match = pattern.search(text)
        while match:
            begin, end = match.span(value)
            before = _CUT.split(text[max(0, match.start() - _BEFORE) : match.start()])[-1]
            yours = _any(ear.patterns("yours"), before + match[0])
            if not (yours or _any(ear.patterns("besides"), _clause(text, match.start(), match.end()))):
                yield text[begin:end]
            match = pattern.search(text, begin + 1)  # "we meet tomorrow, and by Friday you know": the nearer one too


def _clause(text: str, begin: int, end: int) -> str:
    """The match and what stands near it, within its part of the sentence."""
    before = _CUT.split(text[max(0, begin - _AROUND) : begin])[-1]
    after = _CUT.split(text[end : end + _AROUND])[0]
    return before + text[begin:end] + after


def _any(patterns: Iterable[re2._Regexp], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)


def _iso(written: str) -> date | None:
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None
