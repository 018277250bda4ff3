"""The network: a small multilingual transformer encoder (Vaswani et al. 2017, as in XLM-RoBERTa) in plain NumPy.

It was trained elsewhere (see training/); here it only reads. Weights stay the small integers of the file, with a scale
per row, and are unpacked a block at a time, so that the program stays small. `layers` has the single steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triage.core.model.layers import Arrays, Floats, Room, floats, layer_of, normal_of

_SHARED = 32
"""Weights of the word table that share a scale."""


@dataclass(frozen=True, slots=True)
class Heads:
    """What the network makes of one sheet: raw scores (logits), each in the order of its labels."""

    kind: Floats
    """One of each kind."""
    sentences: Floats
    """A row a sentence: decides, is feedback."""
    words: Floats
    """A row a word: nothing, company begins, company goes on, role begins, role goes on."""
    stage: Floats
    reason: Floats
    reapply: Floats
    """One number: above 0, the reader is invited to apply again."""


class Network:
    """Reads sheets with given weights. Build once; safe to share between threads."""

    def __init__(self, arrays: Arrays, between: Callable[[], None] = lambda: None) -> None:
        """Of `arrays`, the matrices and the tables are kept as they are (mapped files will do); the rest is copied.

        `between` is called after each layer: nothing of its matrices is needed until the next reading.
        """
        self._between = between
        self._table, self._scales, self._places = arrays["table"], arrays["table.scale"], arrays["places"]
        self._quoted = floats(arrays["quoted"])
        self._begin = normal_of(arrays, "embedding.norm")
        layers = len([name for name in arrays if name.endswith(".attention.q.scale")])
        self._layers = [layer_of(arrays, str(number), int(arrays["heads"])) for number in range(layers)]
        self._heads = {
            name.removeprefix("head."): (floats(arrays[name]), floats(arrays[f"{name}.bias"]))
            for name in arrays
            if name.startswith("head.") and not name.endswith(".bias")
        }

    def read(self, pieces: Sequence[int], quoted: int, spans: Sequence[tuple[int, int]], words: Sequence[int]) -> Heads:
        """`pieces`: L numbers, `quoted`: where quoted words begin, `spans`: S sentences, `words`: W first pieces."""
        hidden = self._hidden(np.asarray(pieces), quoted)
        whole = hidden[:quoted].mean(axis=0)
        said = np.array([hidden[start:end].mean(axis=0) for start, end in spans], np.float32).reshape(-1, len(whole))
        return Heads(
            kind=self._head("kind", whole),
            sentences=self._head("sentences", said),
            words=self._head("words", hidden[np.asarray(words, np.intp)]),
            stage=self._head("stage", whole),
            reason=self._head("reason", whole),
            reapply=self._head("reapply", whole),
        )

    def _hidden(self, pieces: npt.NDArray[np.int_], quoted: int) -> Floats:
        """What is made of each piece in its place, a row each."""
        rows = self._words(pieces)
        rows += self._places[: len(pieces)].astype(np.float32)
        rows[quoted:] += self._quoted
        hidden = np.ascontiguousarray(rows.T)
        room = Room.of(self._layers, len(pieces))
        self._begin.apply(hidden, room)
        for layer in self._layers:
            layer.apply(hidden, room)
            self._between()
        return hidden.T

    def _words(self, pieces: npt.NDArray[np.int_]) -> Floats:
        """Rows of the word table: two four-bit weights a byte, a half-precision scale every 32 weights."""
        packed = self._table[pieces].astype(np.uint8, copy=False)
        scale = self._scales[pieces].astype(np.float32)
        blocks = packed.reshape(len(pieces), -1, _SHARED // 2)
        weights = np.concatenate([blocks & 15, blocks >> 4], axis=2).astype(np.float32)
        weights -= 8
        weights *= scale[:, :, None]
        return weights.reshape(len(pieces), -1)

    def _head(self, name: str, rows: Floats) -> Floats:
        weights, bias = self._heads[name]
        scores: Floats = rows @ weights.T + bias
        return scores


def softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares
