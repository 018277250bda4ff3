"""Writes a trained network as the file that the program reads: `triage.core.model.network` describes the arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import Tensor

from training.base import Base
from training.network import MATRICES, NORMS, Network
from triage.core.model.layout import ROOM

Arrays = dict[str, npt.NDArray[np.generic]]


def export(network: Network, base: Base, kept: npt.NDArray[np.int_], path: Path) -> None:
    """Matrices as eight-bit integers with a scale per row; the word table as the base has it."""
    state = {name: _array(value) for name, value in network.state_dict().items()}
    table, scale = base.packed("emb.word", kept)
    arrays: Arrays = {
        "table": table,
        "table.scale": scale,
        "places": state["places.weight"][:ROOM].astype(np.float16),
        "quoted": state["quoted"],
        "embedding.norm.weight": state["norm.weight"],
        "embedding.norm.bias": state["norm.bias"],
        "heads": np.int64(base.heads) * np.ones((), np.int64),
        "pieces": np.frombuffer("\n".join(base.pieces[i] for i in kept).encode(), np.uint8),
        "scores": base.scores[kept],
    }
    for number in range(len(network.layers)):
        for name in MATRICES:
            _pack(arrays, f"{number}.{name}", state, f"layers.{number}.matrices.{name.replace('.', '_')}")
        for name in NORMS:
            here = f"layers.{number}.norms.{name.replace('.', '_')}"
            arrays[f"{number}.{name}.weight"], arrays[f"{number}.{name}.bias"] = (
                state[f"{here}.weight"],
                state[f"{here}.bias"],
            )
    for name in network.heads:
        arrays[f"head.{name}"], arrays[f"head.{name}.bias"] = state[f"heads.{name}.weight"], state[f"heads.{name}.bias"]
    np.savez(path, allow_pickle=False, **arrays)


def _pack(arrays: Arrays, name: str, state: Arrays, here: str) -> None:
    weight = state[f"{here}.weight"].astype(np.float32)
    scale = np.abs(weight).max(axis=1) / 127
    arrays[name] = np.rint(weight / scale[:, None]).astype(np.int8)
    arrays[f"{name}.scale"], arrays[f"{name}.bias"] = scale, state[f"{here}.bias"]


def _array(value: Tensor) -> npt.NDArray[np.generic]:
    array: npt.NDArray[np.generic] = value.detach().numpy()
    return array
