"""Is this mail about a job at all? A first, quick answer from single words, so that most mail costs nothing more.

Logistic regression over the words present (training/prefilter.py): some tens of microseconds a mail. It is only ever
believed in one direction: a mail without a trace of work in it need not be read twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import sqrt

from triage.core.model.layout import Said
from triage.core.model.network import Arrays
from triage.core.text import clean, fold

_LONGEST = 24
WORD = re.compile(rf"[^\W\d_]{{2,{_LONGEST}}}")
_LETTERS = {code: chr(code).lower() if chr(code).isalpha() else " " for code in range(128)}
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
        known = [weight for weight in map(self._weights.get, present(said)) if weight is not None]
        return self._bias + sum(known) / sqrt(len(known)) if known else 0.0


def present(said: Said) -> set[str]:
    """The words of a message, quoted ones too: what it answers tells what it is about."""
    text = " ".join((said.sender, said.subject, *said.sentences, said.quoted))
    if len(text) > 2 * _SAMPLE:
        text = f"{text[:_SAMPLE]} {text[-_SAMPLE:]}"
    text = clean(text)
    return set(_words(text) if text.isascii() else WORD.findall(fold(" ".join(set(text.split())))))


def _words(text: str) -> Iterator[str]:
    """What `WORD` finds in a folded text, for one of ASCII only: in a third of the time."""
    for word in set(text.translate(_LETTERS).split()):
        if len(word) > _LONGEST:
            yield from WORD.findall(word)
        elif len(word) > 1:
            yield word
