"""All patterns of one place: one pass over the text for the letters each needs, then only the likely ones in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import re2

from triage.core.detect.signals import Signal

_MOST = 20
"""Matches of one pattern in one text: no sentence needs more, and a text of nothing else stays cheap."""

_TOGETHER = 150
"""Patterns of one filter: the letters that all patterns of all languages need are too many for one automaton."""
_LEAST, _A_LETTER = 512 << 10, 4000
"""Bytes of memory that a pattern may use for what it has seen in texts, and for each of its letters besides. With less
than this, long patterns go a slower way too often; with more, hundreds of patterns fill hundreds of megabytes."""
_RENEWED = 500_000
"""Characters after which the patterns are made anew, without what they remember: a tenth of a second, after hundreds of
mails."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A signal that matched a text, and the characters it matched."""

    signal: Signal
    start: int
    end: int


class Index:
    """Finds signals in folded text. Build once; matching changes nothing that shows."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        self._rows = [(signal, pattern) for signal in signals for pattern in signal.patterns]
        self._filters = self._made()
        self._left = _RENEWED

    def _made(self) -> list[tuple[list[Signal], re2.Filter]]:
        parts = range(0, len(self._rows), _TOGETHER)
        return [_filter(self._rows[start : start + _TOGETHER]) for start in parts]

    def hits(self, text: str) -> Iterator[Hit]:
        """The matches of every signal, in the order of the data files."""
        self._left -= len(text)
        if self._left < 0:
            self._left, self._filters = _RENEWED, self._made()
        for signals, found in self._filters:
            for number in sorted(found.Match(text) or ()):
                for match in islice(found.re(number).finditer(text), _MOST):
                    yield Hit(signals[number], *match.span())


def _filter(rows: Sequence[tuple[Signal, str]]) -> tuple[list[Signal], re2.Filter]:
    # Not re2.Set: in an early comparison both gave the same verdicts, Filter was about twice as fast, and it does
    # not depend on one large automaton for all patterns.
    made = re2.Filter()
    for _, pattern in rows:
        made.Add(pattern, bounded(pattern))
    made.Compile()
    return [signal for signal, _ in rows], made


def bounded(pattern: str) -> re2.Options:
    """How a pattern is compiled, with a bound for what it remembers of texts."""
    options = re2.Options()
    options.max_mem = _LEAST + _A_LETTER * len(pattern)
    options.log_errors = False  # it would say that it goes the slower way
    return options
