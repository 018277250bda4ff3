"""The network in PyTorch, for training only: the same computation as `triage.core.model.network`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.base import Base
from triage.core.model.labels import KINDS, REASONS, SENTENCE, STAGES, WORD

HEADS = {
    "kind": len(KINDS),
    "sentences": len(SENTENCE),
    "words": len(WORD),
    "stage": len(STAGES),
    "reason": len(REASONS),
    "reapply": 1,
}
MATRICES = {
    "attention.q": "q",
    "attention.k": "k",
    "attention.v": "v",
    "attention.out": "ao",
    "inner": "fi",
    "outer": "fo",
}
"""Our names of a layer's matrices, and the base's."""
NORMS = {"attention.norm": "aln", "outer.norm": "oln"}


def _linear(base: Base, name: str) -> nn.Linear:
    bias = base.tensor(f"{name}.b")
    weight = base.tensor(f"{name}.w").reshape(len(bias), -1)
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.data, made.bias.data = torch.tensor(weight), torch.tensor(bias)
    return made


def _norm(base: Base, name: str) -> nn.LayerNorm:
    weight = base.tensor(f"{name}.w")
    made = nn.LayerNorm(len(weight), eps=1e-12)
    made.weight.data, made.bias.data = torch.tensor(weight), torch.tensor(base.tensor(f"{name}.b"))
    return made


def _fixed(rows: Tensor) -> nn.Embedding:
    made = nn.Embedding(*rows.shape)
    made.weight = nn.Parameter(rows, requires_grad=False)
    return made


class Layer(nn.Module):
    """Attention and a feed-forward part, each followed by a norm."""

    def __init__(self, base: Base, number: int) -> None:
        super().__init__()
        self.heads = base.heads
        self.matrices = nn.ModuleDict(
            {key.replace(".", "_"): _linear(base, f"l{number}.{name}") for key, name in MATRICES.items()}
        )
        self.norms = nn.ModuleDict(
            {key.replace(".", "_"): _norm(base, f"l{number}.{name}") for key, name in NORMS.items()}
        )

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        batch, length, width = hidden.shape
        query, key, value = (
            self.matrices[f"attention_{name}"](hidden).view(batch, length, self.heads, -1).transpose(1, 2)
            for name in "qkv"
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
        mixed = self.matrices["attention_out"](mixed.transpose(1, 2).reshape(batch, length, width))
        hidden = self.norms["attention_norm"](hidden + mixed)
        inner = functional.gelu(self.matrices["inner"](hidden), approximate="tanh")
        out: Tensor = self.norms["outer_norm"](hidden + self.matrices["outer"](inner))
        return out


class Network(nn.Module):
    """`kept`: the rows of the base's word table that we keep; `layers`: which of its layers."""

    def __init__(self, base: Base, kept: npt.NDArray[np.int_], layers: Sequence[int]) -> None:
        super().__init__()
        kind = base.tensor("emb.type")
        width = len(kind) // 2
        table = torch.tensor(base.tensor("emb.word").reshape(-1, width)[kept])
        places = torch.tensor(base.tensor("emb.pos").reshape(-1, width) + kind[:width])
        # The words stay as they are: most of them are in no text we have, and would be left behind.
        self.table, self.places = _fixed(table), _fixed(places)
        self.quoted = nn.Parameter(torch.zeros(width))
        self.norm = _norm(base, "emb.ln")
        self.layers = nn.ModuleList(Layer(base, number) for number in layers)
        self.heads = nn.ModuleDict({name: nn.Linear(width, count) for name, count in HEADS.items()})

    def forward(self, pieces: Tensor, own: Tensor, mask: Tensor) -> Tensor:
        """Hidden vectors (B, L, H). `own`: what is not quoted; `mask`: what is there at all (both B, L, bool)."""
        hidden: Tensor = self.table(pieces) + self.places(torch.arange(pieces.shape[1]))
        hidden = self.norm(hidden + self.quoted * (~own)[..., None])
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden
