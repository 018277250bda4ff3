"""Words into the pieces the network knows, by the likeliest split (unigram language model, Kudo 2018).

The pieces and their log-probabilities are those of the network's vocabulary; a word begins with `▁`. A split is found
by Viterbi's algorithm, a word at a time, so the cost is linear in the text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

BEGIN, PAD, END, UNKNOWN = range(4)
"""The first four entries of every vocabulary: XLM-RoBERTa's order."""
LONGEST_WORD = 48
"""Longer runs without a space are links and codes: their beginning says enough."""
_MARK = "▁"
_UNLIKELY = 10.0
"""How much less likely than the rarest piece a letter is that is in none (SentencePiece's own figure)."""
_REMEMBERED = 20_000


class Vocabulary:
    """Pieces by their place in `pieces`, with `scores` (natural logarithms). Build once; safe to share."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        named = list(zip(pieces, scores, strict=True))[UNKNOWN + 1 :]
        self._known = {piece: (score, place) for place, (piece, score) in enumerate(named, UNKNOWN + 1)}
        self._longest = max(len(piece) for piece, _ in named)
        self._unlikely = min(score for _, score in named) - _UNLIKELY
        self._split: dict[str, tuple[int, ...]] = {}

    def pieces(self, word: str) -> tuple[int, ...]:
        """The numbers of the pieces of one word; never empty."""
        found = self._split.get(word)
        if found is None:
            found = self._likeliest(_MARK + word[:LONGEST_WORD])
            if len(self._split) < _REMEMBERED:
                self._split[word] = found
        return found

    def _likeliest(self, text: str) -> tuple[int, ...]:
        best = [0.0] + [float("-inf")] * len(text)
        came: list[tuple[int, int]] = [(0, UNKNOWN)] * (len(text) + 1)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                score, place = self._known.get(text[start:end], (None, UNKNOWN))
                if score is None and end == start + 1:
                    score = self._unlikely
                if score is not None and best[start] + score > best[end]:
                    best[end], came[end] = best[start] + score, (start, place)
        return tuple(reversed(list(_trail(came, len(text)))))


def _trail(came: Sequence[tuple[int, int]], end: int) -> list[int]:
    trail = []
    while end:
        end, place = came[end]
        trail.append(place)
    return trail


def words(text: str) -> list[str]:
    """The words of a text as the network reads them: compatibility forms resolved, cut at white space."""
    return unicodedata.normalize("NFKC", text).split()
