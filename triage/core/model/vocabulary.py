"""Words into the pieces the network knows, by the likeliest split (unigram language model, Kudo 2018).

The pieces and their log-probabilities are those of the network's vocabulary; a word begins with `▁`. A split is found
by Viterbi's algorithm, a word at a time, so the cost is linear in the text. Pieces are known by a hash alone: as text
they would take some ten megabytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

BEGIN, PAD, END, UNKNOWN = range(4)
"""The first four entries of every vocabulary: XLM-RoBERTa's order."""
LONGEST_WORD = 48
"""Longer runs without a space are links and codes: their beginning says enough."""
_MARK = "▁"
_UNLIKELY = 10.0
"""How much less likely than the rarest piece a letter is that is in none (SentencePiece's own figure)."""
_REMEMBERED = 4_000

_ODD = 0x9E3779B97F4A7C15
"""The base of the hash: any odd number has an inverse among those of 64 bits, and this one mixes well."""
_POWERS, _INVERSE = (
    np.array([pow(base, exponent, 1 << 64) for exponent in range(LONGEST_WORD + 2)], np.uint64)
    for base in (_ODD, pow(_ODD, -1, 1 << 64))
)


class Vocabulary:
    """Pieces by their place, with their scores (natural logarithms). Build once; safe to share."""

    def __init__(self, pieces: str, scores: npt.NDArray[np.generic]) -> None:
        """`pieces`: a line each."""
        letters = _letters(pieces)
        ends = np.append(np.flatnonzero(letters == _letters("\n")), len(letters))[UNKNOWN:]
        starts, lengths = ends[:-1] + 1, np.diff(ends) - 1
        self._longest = int(lengths.max())
        # The sum of the letters, each times a power of the base by its place in the piece.
        hashes = np.zeros(len(starts), np.uint64)
        for place in range(self._longest):
            has = lengths > place
            hashes[has] += letters[starts[has] + place] * _POWERS[place]
        self._places = (np.argsort(hashes) + UNKNOWN + 1).astype(np.int32)
        self._hashes = np.sort(hashes)
        self._scores = np.array(scores, np.float32)
        self._unlikely = float(self._scores[UNKNOWN + 1 :].min()) - _UNLIKELY
        self._split: dict[str, tuple[int, ...]] = {}

    def pieces(self, said: Sequence[str]) -> list[tuple[int, ...]]:
        """The numbers of the pieces of each word; of none there are none."""
        known = {word: self._split.get(word) for word in said}
        new = [word for word, pieces in known.items() if pieces is None]
        found = dict(zip(new, self._likeliest([_MARK + word[:LONGEST_WORD] for word in new]), strict=True))
        if len(self._split) > _REMEMBERED:
            self._split.clear()
        self._split.update(found)
        return [known[word] or found[word] for word in said]

    def _likeliest(self, texts: Sequence[str]) -> Iterator[tuple[int, ...]]:
        starts = [0, *accumulate(len(text) + 1 for text in texts)]
        best = [float("-inf")] * starts[-1]
        for start in starts[:-1]:
            best[start] = 0.0
        came: list[tuple[int, int]] = [(0, UNKNOWN)] * starts[-1]
        for start, end, place, score in self._known(texts):
            if best[start] + score > best[end]:
                best[end], came[end] = best[start] + score, (start, place)
        return (_trail(came, start, start + len(text)) for start, text in zip(starts, texts, strict=False))

    def _known(self, texts: Sequence[str]) -> Iterator[tuple[int, int, int, float]]:
        """Every piece in these texts, and every letter: from where to where, its number, its score.

        Places are counted through all texts, with one between them.
        """
        letters = _letters("\n".join(texts))
        lengths = np.array([len(text) + 1 for text in texts], np.intp)
        until = np.repeat(np.cumsum(lengths) - 1, lengths)[:-1]
        inside = np.arange(len(letters)) - (until + 1 - np.repeat(lengths, lengths)[:-1])
        sums = np.append(np.uint64(0), np.cumsum(letters * _POWERS[inside]))
        starts, longer = np.nonzero(
            np.arange(len(letters))[:, None] + np.arange(1, self._longest + 1) <= until[:, None]
        )
        ends = starts + longer + 1
        hashes = (sums[ends] - sums[starts]) * _INVERSE[inside[starts]]
        at = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        known = self._hashes[at] == hashes
        places = np.where(known, self._places[at], UNKNOWN)
        scores = np.where(known, self._scores[places].astype(np.float64), self._unlikely)
        kept = known | (longer == 0)
        return zip(*(column[kept].tolist() for column in (starts, ends, places, scores)), strict=True)


def _letters(text: str) -> npt.NDArray[np.uint64]:
    """A number each, and none is 0, which would not show in a sum."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64) + np.uint64(1)


def _trail(came: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, ...]:
    trail = []
    while end > start:
        end, place = came[end]
        trail.append(place)
    return tuple(reversed(trail))


def words(text: str) -> list[str]:
    """The words of a text as the network reads them: compatibility forms resolved, cut at white space."""
    return unicodedata.normalize("NFKC", text).split()
