"""Is this mail about a job at all? A first, quick answer from single words, so that most mail costs nothing more.

Logistic regression over the words present (training/prefilter.py): some tens of microseconds a mail. It is only ever
believed in one direction: a mail without a trace of work in it need not be read twice.
"""

from __future__ import annotations

import re
from math import sqrt
from typing import TYPE_CHECKING

from triage.core.model.said import Said
from triage.core.text import clean, fold

if TYPE_CHECKING:  # NumPy takes long to load
    from triage.core.model.layers import Arrays

_LONGEST = 24
WORD = re.compile(rf"[^\W\d_]{{2,{_LONGEST}}}")
_LETTERS: dict[int, str | None] = {code: chr(code).lower() if chr(code).isalpha() else " " for code in range(128)}
"""What parts words in plain text, as white space."""
_LETTERS |= {code: None for code in range(128) if not clean(chr(code))}
_SAMPLE = 6000
"""Characters looked at, in each of beginning and end."""


class Prefilter:
    """Words and their weights, from the arrays of the file. Build once; safe to share."""

    def __init__(self, arrays: Arrays) -> None:
        names = arrays["words"].tobytes().decode().split("\n")
        self._weights = dict(zip(names, arrays["weights"].tolist(), strict=True))
        self._bias = float(arrays["bias"])

    def log_odds(self, said: Said) -> float:
        """For a mail about a job, against any other mail; 0 is undecided. Mail without a known word is undecided."""
        known = self._weights.keys() & _runs(said)
        return self._bias + sum(map(self._weights.__getitem__, known)) / sqrt(len(known)) if known else 0.0


def present(said: Said) -> set[str]:
    """The words of a message, quoted ones too: what it answers tells what it is about."""
    return {word for word in _runs(said) if len(word) > 1}


def _runs(said: Said) -> set[str]:
    """The words, and single letters."""
    text = " ".join((said.sender, said.subject, *said.sentences, said.quoted))
    if len(text) > 2 * _SAMPLE:
        text = f"{text[:_SAMPLE]} {text[-_SAMPLE:]}"
    if text.isascii():
        return _plain(text)
    # Word by word, so that the few which need it are folded alone. What `clean` takes out parts no words but for one.
    words = set((clean(text) if "\x1f" in text else text).split())
    others = {word for word in words if not word.isascii()}
    return _plain(" ".join(words - others)).union(WORD.findall(fold(" ".join(others))))


def _plain(text: str) -> set[str]:
    """What `WORD` finds in the folded text, for one of ASCII only: in a third of the time."""
    words = set(text.translate(_LETTERS).split())
    endless = [word for word in words if len(word) > _LONGEST]
    return words.union(*map(WORD.findall, endless)).difference(endless) if endless else words
