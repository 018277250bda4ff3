"""The network with its vocabulary: from the words of a message to what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from triage.core.model.labels import KINDS, REASONS, SENTENCE, STAGES
from triage.core.model.layers import Arrays, Floats
from triage.core.model.layout import Sheet, lay_out
from triage.core.model.naming import named
from triage.core.model.network import Heads, Network, softmax
from triage.core.model.said import Said
from triage.core.model.vocabulary import Vocabulary
from triage.core.values import Opinion

Read = Callable[[Sequence[int], int, Sequence[tuple[int, int]], Sequence[int]], Heads]
"""What a network does: see `Network.read`."""

_MARKED = 0.5
"""A sentence is taken for the one that decides with this likelihood or more."""
_PLAIN = 0.87
"""And for feedback with this: rather none than a template to brood over."""


class Model:
    """The network with its vocabulary, from the arrays of the weights file. Build once; safe to share."""

    def __init__(
        self, arrays: Arrays, by: Callable[[Read], Read] = lambda read: read, between: Callable[[], None] = lambda: None
    ) -> None:
        """`by`: how the network is asked, where it is not done as a plain call. `between`: see `Network`."""
        pieces = arrays["pieces"].tobytes().decode()
        self._vocabulary = Vocabulary(pieces, arrays["scores"])
        self._read = by(Network(arrays, between).read)

    def opinion(self, said: Said) -> Opinion:
        """What the network makes of these words. Total; some tens of milliseconds, whatever the length."""
        sheet = lay_out(said, self._vocabulary)
        heads = self._read(sheet.pieces, sheet.quoted, sheet.spans, [place for place, _ in sheet.words])
        likely = (1 / (1 + np.exp(-heads.sentences))).astype(np.float32)
        names = named(sheet, softmax(heads.words))
        return Opinion(
            scores=dict(zip(KINDS, heads.kind.tolist(), strict=True)),
            decisive=_foremost(sheet, likely[:, SENTENCE.index("decides")]),
            company=names["company"],
            role=names["role"],
            stage=STAGES[int(heads.stage.argmax())],
            reason=REASONS[int(heads.reason.argmax())],
            feedback=_plainly(sheet, likely[:, SENTENCE.index("feedback")]),
            reapply=bool(heads.reapply[0] > 0),
        )


def _plainly(sheet: Sheet, likely: Floats) -> tuple[str, ...]:
    return tuple(said for said, share in zip(sheet.sentences, likely.tolist(), strict=True) if share >= _PLAIN)


def _foremost(sheet: Sheet, likely: Floats) -> str:
    best = int(likely.argmax()) if len(likely) else 0
    return sheet.sentences[best] if len(likely) and likely[best] >= _MARKED else ""
