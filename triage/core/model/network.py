"""The network: a small multilingual transformer encoder (Vaswani et al. 2017, as in XLM-RoBERTa) in plain NumPy.

It was trained elsewhere (see training/); here it only reads. Weights lie in memory as small integers with a scale per
row and are unpacked a layer at a time, so that the program stays small and a message costs some tens of milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Arrays = Mapping[str, npt.NDArray[np.generic]]

_EPSILON = 1e-12
_BLOCK = 32
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

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._layers = len([name for name in arrays if name.endswith(".attention.q.scale")])

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
        hidden = self._words(pieces) + self._floats("places")[: len(pieces)]
        hidden[quoted:] += self._floats("quoted")
        hidden = self._normal("embedding.norm", hidden)
        for layer in range(self._layers):
            hidden = self._normal(f"{layer}.attention.norm", hidden + self._attention(layer, hidden))
            inner = _gelu(self._matrix(f"{layer}.inner", hidden))
            hidden = self._normal(f"{layer}.outer.norm", hidden + self._matrix(f"{layer}.outer", inner))
        return hidden

    def _words(self, pieces: npt.NDArray[np.int_]) -> Floats:
        """Rows of the word table: two four-bit weights a byte, a half-precision scale every 32 weights."""
        packed = self._arrays["table"][pieces].astype(np.int16)
        scale = self._arrays["table.scale"][pieces].astype(np.float32)
        blocks = packed.reshape(len(pieces), -1, _BLOCK // 2)
        weights = np.concatenate([blocks & 15, blocks >> 4], axis=2) - 8
        unpacked: Floats = (weights * scale[:, :, None]).reshape(len(pieces), -1).astype(np.float32)
        return unpacked

    def _attention(self, layer: int, hidden: Floats) -> Floats:
        heads = int(self._arrays["heads"])
        query, key, value = (
            self._matrix(f"{layer}.attention.{name}", hidden).reshape(len(hidden), heads, -1).transpose(1, 0, 2)
            for name in ("q", "k", "v")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[2]))
        mixed = softmax(scores) @ value
        return self._matrix(f"{layer}.attention.out", mixed.transpose(1, 0, 2).reshape(hidden.shape))

    def _matrix(self, name: str, rows: Floats) -> Floats:
        weights = self._arrays[name].astype(np.float32)
        product: Floats = rows @ weights.T * self._floats(f"{name}.scale") + self._floats(f"{name}.bias")
        return product

    def _normal(self, name: str, rows: Floats) -> Floats:
        centred = rows - rows.mean(axis=1, keepdims=True)
        deviation = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + _EPSILON)
        normal: Floats = centred / deviation * self._floats(f"{name}.weight") + self._floats(f"{name}.bias")
        return normal

    def _head(self, name: str, rows: Floats) -> Floats:
        scores: Floats = rows @ self._floats(f"head.{name}").T + self._floats(f"head.{name}.bias")
        return scores

    def _floats(self, name: str) -> Floats:
        return self._arrays[name].astype(np.float32)


def _gelu(rows: Floats) -> Floats:
    """Gaussian error linear unit, in the tanh form that the network was trained with (Hendrycks and Gimpel 2016)."""
    bent: Floats = (
        np.float32(0.5) * rows * (1 + np.tanh(np.float32(0.7978846) * rows * (1 + np.float32(0.044715) * rows * rows)))
    )
    return bent


def softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares
