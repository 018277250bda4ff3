"""All patterns of one place: one pass over the text for the letters each needs, then only the likely ones in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import re2

from triage.core.detect.signals import Signal

_MOST = 20
"""Matches of one pattern in one text: no sentence needs more, and a text of nothing else stays cheap."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A signal that matched a text, and the characters it matched."""

    signal: Signal
    start: int
    end: int


class Index:
    """Finds signals in folded text. Build once; matching changes nothing that shows."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        self._signals = [signal for signal in signals for _ in signal.patterns]
        # Not re2.Set: in an early comparison both gave the same verdicts, Filter was about twice as fast, and it does
        # not depend on one large automaton for all patterns.
        self._filter = re2.Filter()
        for signal in signals:
            for pattern in signal.patterns:
                self._filter.Add(pattern)
        self._filter.Compile()

    def hits(self, text: str) -> Iterator[Hit]:
        """The matches of every signal, in the order of the data file."""
        for number in sorted(self._filter.Match(text) or ()):
            for match in islice(self._filter.re(number).finditer(text), _MOST):
                yield Hit(self._signals[number], *match.span())

    def names(self, text: str) -> frozenset[str]:
        """The names of the signals that hit."""
        return frozenset(hit.signal.name for hit in self.hits(text))
