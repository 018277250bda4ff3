"""All patterns of one place: one pass over the text for the words they need, then only the likely ones in full.

Of hundreds of patterns a mail needs some dozens. So a pattern is compiled when it is first likely, and all are let go
of now and then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import re2

from triage.core.detect.needed import Words, needed
from triage.core.detect.signals import Signal

_MOST = 20
"""Matches of one pattern in one text: no sentence needs more, and a text of nothing else stays cheap."""

_LEAST, _A_LETTER = 512 << 10, 4000
"""Bytes of memory that a pattern may use for what it has seen in texts, and for each of its letters besides. With less
than this, long patterns go a slower way too often; with more, hundreds of patterns fill hundreds of megabytes."""
_BETWEEN = "\0"
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
        self._marks = Marks([needed(pattern) for _, pattern in self._rows])
        self._compiled: dict[int, re2._Regexp] = {}
        self._left = _RENEWED

    def hits(self, text: str) -> Iterator[Hit]:
        """The matches of every signal, in the order of the data files."""
        self._left -= len(text)
        if self._left < 0:
            self._left, self._compiled = _RENEWED, {}
            self._marks.forget()
        for number in self._marks.likely(text):
            signal, pattern = self._rows[number]
            compiled = self._compiled.get(number)
            if compiled is None:
                compiled = self._compiled[number] = re2.compile(pattern, bounded(pattern))
            for match in islice(compiled.finditer(text), _MOST):
                yield Hit(signal, *match.span())


class Marks:
    """Which patterns are likely in a text: those of which it has all that they need."""

    def __init__(self, needs: Sequence[Sequence[Words]]) -> None:
        """`needs`: of each pattern."""
        numbers = {words: number for number, words in enumerate(dict.fromkeys(chain.from_iterable(needs)))}
        self._always = [row for row, parts in enumerate(needs) if not parts]
        self._rows: list[list[tuple[int, frozenset[int]]]] = [[] for _ in numbers]
        """By what is needed most: the patterns, and what they need besides."""
        for row, parts in enumerate(needs):
            if parts:
                first, *others = [numbers[words] for words in parts]
                self._rows[first].append((row, frozenset(others)))
        spelt: dict[str, tuple[int, ...]] = {}
        for words, number in numbers.items():
            for word in words:
                spelt[word] = (*spelt.get(word, ()), number)
        # Thousands of words take a tenth of the room as one text, and what is the same in many need be there once.
        self._words = _BETWEEN.join(spelt)
        kept = {parts: parts for parts in spelt.values()}
        self._parts = [kept[parts] for parts in spelt.values()]
        self.forget()

    def forget(self) -> None:
        """Make the search anew, without what it remembers of texts."""
        options = _options()
        options.literal = True
        search = re2.Set.SearchSet(options)
        for word in self._words.split(_BETWEEN):
            search.Add(word)
        search.Compile()
        self._search = search  # whole, for another thread may be about to use it

    def likely(self, text: str) -> list[int]:
        """The numbers of the patterns, from the first to the last."""
        words = self._search.Match(text) if self._parts else None
        found = frozenset(part for word in words or () for part in self._parts[word])
        likely = [row for part in found for row, others in self._rows[part] if others <= found]
        return sorted(likely + self._always)


def bounded(pattern: str) -> re2.Options:
    """How a pattern is compiled, with a bound for what it remembers of texts."""
    options = _options()
    options.max_mem = _LEAST + _A_LETTER * len(pattern)
    return options


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False  # it would say that it goes the slower way
    return options
