"""How much the signals and the network count, from mails neither was made with; and what each brings.

    python -m training.calibrate --weights weights.npz LABELLED.jsonl ...

Prints the proportion that makes the labels likeliest, and what signals alone, the network alone and both together get
right with it. The figures go into triage/core/detect/weighing.py and docs/model-card.md by hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import log
from pathlib import Path

import numpy as np

from training.examples import rows
from triage import resources
from triage.core.detect.languages import Languages
from triage.core.detect.listening import Listener
from triage.core.detect.senders import parse_senders
from triage.core.detect.weighing import Strength, signal_shares, strength
from triage.core.message import parse
from triage.core.model.labels import KINDS
from triage.core.model.network import softmax
from triage.core.model.reader import Model
from triage.core.values import Kind
from triage.labels import labelled


@dataclass(frozen=True, slots=True)
class Heard:
    """One mail: its kind, the log-shares of the signals, the log-likelihoods of the network."""

    kind: int
    signals: np.ndarray
    model: np.ndarray
    strength: Strength


@dataclass(frozen=True, slots=True, order=True)
class Say:
    """How much each counts, and the least log-share of a kind: of a rejection or an offer where signals tell of a job,
    of all kinds where they tell of a decision, and else.
    """

    signals: float
    model: float
    silent: float
    job: float
    decision: float

    def floors(self, strength: Strength) -> np.ndarray:
        """Of each kind, in their order."""
        least = np.full(len(KINDS), self.decision if strength is Strength.DECISION else self.silent)
        if strength is Strength.JOB:
            least[[KINDS.index(Kind.REJECTION), KINDS.index(Kind.OFFER)]] = self.job
        return least


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("sets", type=Path, nargs="+")
    options = parser.parse_args()
    model = Model(np.load(options.weights))
    heard = [one for path in options.sets for one in listen(path, model)]
    print(f"{len(heard)} mails")
    kinds = np.array([one.kind for one in heard])
    loss, best = min(_tried(heard, kinds))
    print(f"likeliest: loss {loss:.4f} with {best}")
    for name, told in (
        ("signals", _told(heard, Say(1.0, 0.0, -9.0, -9.0, -9.0))),
        ("network", _told(heard, Say(0.0, best.model, 0.0, 0.0, 0.0))),
        ("both", _told(heard, best)),
    ):
        right = np.mean(told.argmax(1) == kinds)
        print(f"{name:8} loss {_loss(told, kinds):.3f}  right {right:.3f}  {_refusals(told, kinds)}")
    _reliability(_told(heard, best), kinds)


def listen(path: Path, model: Model) -> Iterator[Heard]:
    """What each mail of a set is heard to say."""
    senders = parse_senders(resources.senders())
    languages = Languages(resources.signals(resources.LANGUAGES), resources.common_words())
    for (label, raw), row in zip(labelled(path), rows(path), strict=True):
        message = parse(raw)
        reading = Listener([*languages.ears(message), senders.ear], senders).listen(message)
        shares = signal_shares(reading)
        scores = model.opinion(row.text).scores
        yield Heard(
            KINDS.index(label.kind),
            np.array([log(max(shares.get(kind, 0.0), 1e-12)) for kind in KINDS]),
            np.array([scores[kind] for kind in KINDS]),
            strength(reading),
        )


def _tried(heard: Sequence[Heard], kinds: np.ndarray) -> Iterator[tuple[float, Say]]:
    signals, model = (0.0, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0), (0.6, 0.8, 1.0, 1.2)
    for say in (Say(*one) for one in product(signals, model, (-3, -4, -6), (-1, -2, -4), (-4, -6, -8))):
        if say.decision <= say.silent <= say.job:
            yield _loss(_told(heard, say), kinds), say


def _told(heard: Sequence[Heard], say: Say) -> np.ndarray:
    signals = np.array([np.maximum(one.signals, say.floors(one.strength)) for one in heard])
    scores = say.signals * signals + say.model * np.array([one.model for one in heard])
    return softmax(scores.astype(np.float32))


def _loss(told: np.ndarray, kinds: np.ndarray) -> float:
    return float(-np.log(np.maximum(told[np.arange(len(kinds)), kinds], 1e-9)).mean())


def _refusals(told: np.ndarray, kinds: np.ndarray) -> str:
    said, true = told.argmax(1) == 0, kinds == 0
    both, told_no, true_no = (said & true).sum(), said.sum(), true.sum()
    return (
        f"rejections: {both}/{told_no} precise, {both}/{true_no} found, F1 {2 * both / max(1, told_no + true_no):.3f}"
    )


def _reliability(told: np.ndarray, kinds: np.ndarray) -> None:
    best, right = told.max(1), told.argmax(1) == kinds
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 0.99), (0.99, 1.01)):
        here = (best >= low) & (best < high)
        if here.any():
            said, true = best[here].mean(), right[here].mean()
            print(f"  from {low:.2f} to {min(high, 1):.2f}: {here.sum():5} mails, {said:.3f} said, {true:.3f} right")


if __name__ == "__main__":
    main()
