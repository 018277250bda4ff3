"""What the network is made of: products with packed weights, norms, and layers of attention.

A piece is a column here: then scales and biases go along the rows, nothing is ever turned around, and most of the time
is spent in the products themselves. Everything is written into room that is made once for each sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Arrays = Mapping[str, npt.NDArray[np.generic]]

_EPSILON = np.float32(1e-12)
_UNPACKED = 384 * 384
"""Weights that are unpacked at a time: they stay in the processor's own memory until they are used."""
_SCORES = 128 * 1024
"""Scores of attention that are computed at a time, for the same reason."""
_BENT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Room:
    """What is written on while one sheet is read, used again from layer to layer. `L` is the number of pieces."""

    weights: Floats
    """A block of them, unpacked."""
    asked: Floats
    """Query, key and value, one above the other: 3 D x L."""
    mixed: Floats
    inner: Floats
    added: Floats
    """What a layer adds to what was there: D x L, as `mixed`."""
    scores: Floats
    """Of some heads: each L x L."""
    bent: Floats

    @classmethod
    def of(cls, layers: Sequence[Layer], length: int) -> Room:
        width, inside = len(layers[0].out.scale), len(layers[0].inner.scale)
        together = max(1, min(layers[0].heads, _SCORES // length**2))
        rows = {"asked": 3 * width, "mixed": width, "inner": inside, "added": width}
        return cls(
            weights=np.empty(_UNPACKED, np.float32),
            scores=np.empty((together, length, length), np.float32),
            bent=np.empty((max(1, _BENT // length), length), np.float32),
            **{name: np.empty((number, length), np.float32) for name, number in rows.items()},
        )


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix and a bias. The weights are in parts, one above the other; scale and bias are columns."""

    parts: Sequence[npt.NDArray[np.generic]]
    scale: Floats
    bias: Floats

    def times(self, columns: Floats, room: Room, product: Floats) -> None:
        """Writes the product with these columns into `product`."""
        begin = 0
        for block in self._blocks(_UNPACKED // len(columns)):
            weights = room.weights[: block.size].reshape(block.shape)
            np.copyto(weights, block, casting="unsafe")
            end = begin + len(block)
            np.matmul(weights, columns, out=product[begin:end])
            begin = end
        product *= self.scale
        product += self.bias

    def _blocks(self, rows: int) -> Iterator[npt.NDArray[np.generic]]:
        return (part[start : start + rows] for part in self.parts for start in range(0, len(part), rows))


@dataclass(frozen=True, slots=True)
class Normal:
    """Every column with mean 0 and deviation 1, then weight and bias, which are columns (Ba et al. 2016)."""

    weight: Floats
    bias: Floats

    def apply(self, columns: Floats, room: Room) -> None:
        """In place; writes on `room.added`."""
        columns -= columns.mean(axis=0)
        squares = np.multiply(columns, columns, out=room.added).mean(axis=0)
        squares += _EPSILON
        columns /= np.sqrt(squares, out=squares)
        columns *= self.weight
        columns += self.bias


@dataclass(frozen=True, slots=True)
class Layer:
    """Attention, and then a look at each piece by itself; what either makes is added to what was there."""

    heads: int
    asked: Matrix
    """Queries, keys and values in one."""
    out: Matrix
    attended: Normal
    inner: Matrix
    outer: Matrix
    done: Normal

    def apply(self, hidden: Floats, room: Room) -> None:
        """In place."""
        self.asked.times(hidden, room, room.asked)
        self._attend(room)
        self.out.times(room.mixed, room, room.added)
        hidden += room.added
        self.attended.apply(hidden, room)
        self.inner.times(hidden, room, room.inner)
        _gelu(room.inner, room.bent)
        self.outer.times(room.inner, room, room.added)
        hidden += room.added
        self.done.apply(hidden, room)

    def _attend(self, room: Room) -> None:
        """Each piece's mixture of the values of all, by how well their keys answer its query."""
        length = room.asked.shape[1]
        query, key, value = room.asked.reshape(3, self.heads, -1, length)
        mixed = room.mixed.reshape(self.heads, -1, length)
        for start in range(0, self.heads, len(room.scores)):
            some = slice(start, start + len(room.scores))
            scores = room.scores[: len(query[some])]
            # A column for each query. That its scores were divided by the root of their number is in the weights.
            np.matmul(key[some].transpose(0, 2, 1), query[some], out=scores)
            scores -= scores.max(axis=1, keepdims=True)
            np.exp(scores, out=scores)
            np.matmul(value[some], scores, out=mixed[some])
            mixed[some] /= scores.sum(axis=1, keepdims=True)


def layer_of(arrays: Arrays, name: str, heads: int) -> Layer:
    query, key, value = (_matrix(arrays, f"{name}.attention.{part}") for part in ("q", "k", "v"))
    shrink = np.float32(1 / np.sqrt(len(query.scale) // heads))
    query = Matrix(query.parts, query.scale * shrink, query.bias * shrink)
    three = (query, key, value)
    return Layer(
        heads,
        asked=Matrix(
            [part for one in three for part in one.parts],
            np.concatenate([one.scale for one in three]),
            np.concatenate([one.bias for one in three]),
        ),
        out=_matrix(arrays, f"{name}.attention.out"),
        attended=normal_of(arrays, f"{name}.attention.norm"),
        inner=_matrix(arrays, f"{name}.inner"),
        outer=_matrix(arrays, f"{name}.outer"),
        done=normal_of(arrays, f"{name}.outer.norm"),
    )


def _matrix(arrays: Arrays, name: str) -> Matrix:
    return Matrix([arrays[name]], _column(arrays[f"{name}.scale"]), _column(arrays[f"{name}.bias"]))


def normal_of(arrays: Arrays, name: str) -> Normal:
    return Normal(_column(arrays[f"{name}.weight"]), _column(arrays[f"{name}.bias"]))


def _column(array: npt.NDArray[np.generic]) -> Floats:
    return floats(array).reshape(-1, 1)


def floats(array: npt.NDArray[np.generic]) -> Floats:
    """A copy, in order and in its place in memory, wherever the array lies."""
    return np.array(array, np.float32)


def _gelu(rows: Floats, room: Floats) -> None:
    """Gaussian error linear unit, in the tanh form that the network was trained with (Hendrycks and Gimpel 2016).

    In place, as many rows at a time as there is room for.
    """
    for start in range(0, len(rows), len(room)):
        some = rows[start : start + len(room)]
        bent = np.multiply(some, some, out=room[: len(some)])
        bent *= np.float32(0.7978846 * 0.044715)
        bent += np.float32(0.7978846)
        bent *= some
        np.tanh(bent, out=bent)
        bent += np.float32(1)
        bent *= np.float32(0.5)
        some *= bent
