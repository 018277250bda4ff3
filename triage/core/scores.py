"""How well a labelled set of mails was judged: rates with their intervals, a confusion, and what was wrong.

UNSURE is an honest answer: it is never a false alarm, but what it leaves open counts as not found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from triage.core.journey import normal
from triage.core.text import fold, sentences
from triage.core.values import Details, Kind, Verdict

_Z = 1.959964
"""Of the normal distribution, for intervals that hold the true rate 95 times in 100."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One mail of a set, as its reader labelled it. What was not labelled is None."""

    id: str
    kind: Kind
    language: str = ""
    source: str = ""
    company: str | None = None
    role: str | None = None
    stage: str | None = None
    reason: str | None = None
    feedback: str | None = None
    reapply: bool | None = None
    deadline: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in one labelled mail."""

    label: Labelled
    verdict: Verdict
    details: Details

    @property
    def right(self) -> bool:
        return self.verdict.kind is self.label.kind


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many. `value` is NaN where there were none."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Between which the true rate lies, 95 times in 100 (Wilson 1927)."""
        if not self.of:
            return 0.0, 1.0
        share, n = self.value, self.of
        centre = share + _Z**2 / (2 * n)
        spread = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
        whole = 1 + _Z**2 / n
        return max(0.0, (centre - spread) / whole), min(1.0, (centre + spread) / whole)


@dataclass(frozen=True, slots=True)
class Score:
    """How one kind was judged in some mails."""

    found: Rate
    """Of those called so, how many are: precision."""
    missed_none: Rate
    """Of those that are so, how many were called so: recall."""
    unsure: int
    """How many of those that are so were left open."""

    @property
    def f1(self) -> float:
        return _as_f1(self._overlap.value)

    @property
    def f1_interval(self) -> tuple[float, float]:
        """From that of the overlap TP / (TP + FP + FN), which is a rate, and of which F1 is a function."""
        low, high = self._overlap.interval
        return _as_f1(low), _as_f1(high)

    @property
    def _overlap(self) -> Rate:
        hits = self.found.hits
        return Rate(hits, self.found.of + self.missed_none.of - hits)


def _as_f1(overlap: float) -> float:
    return 2 * overlap / (1 + overlap)


def score(outcomes: Sequence[Outcome], kind: Kind) -> Score:
    """How `kind` was judged."""
    called = [one for one in outcomes if one.verdict.kind is kind]
    are = [one for one in outcomes if one.label.kind is kind]
    hits = sum(one.right for one in called)
    unsure = sum(one.verdict.kind is Kind.UNSURE for one in are)
    return Score(Rate(hits, len(called)), Rate(hits, len(are)), unsure)


def macro_f1(outcomes: Sequence[Outcome]) -> float:
    """The mean F1 of the kinds that occur among the labels."""
    kinds = {one.label.kind for one in outcomes}
    return fmean(score(outcomes, kind).f1 for kind in kinds)


def confusion(outcomes: Iterable[Outcome]) -> Counter[tuple[Kind, Kind]]:
    """How often each label was judged as each kind."""
    return Counter((one.label.kind, one.verdict.kind) for one in outcomes)


def calibration(outcomes: Iterable[Outcome], edges: Sequence[float]) -> Iterator[tuple[float, float, Rate]]:
    """Of the mails judged with a confidence in each band, how many are right; unsure ones are no claim."""
    sure = [one for one in outcomes if one.verdict.kind is not Kind.UNSURE]
    for low, high in zip(edges, [*edges[1:], 1.01], strict=True):
        within = [one for one in sure if low <= one.verdict.confidence < high]
        yield low, min(high, 1.0), Rate(sum(one.right for one in within), len(within))


def details(outcomes: Sequence[Outcome]) -> dict[str, Rate]:
    """How often each detail is as labelled, among the mails whose kind is right and that carry the label."""
    right = [one for one in outcomes if one.right]
    refused = [one for one in right if one.label.kind is Kind.REJECTION]
    named = [one for one in right if one.label.kind in (Kind.REJECTION, Kind.INTERVIEW)]
    return {
        "company": _rate(named, lambda one: one.label.company, lambda one: one.details.company, _alike),
        "role": _rate(named, lambda one: one.label.role, lambda one: one.details.role, _alike),
        "stage": _rate(refused, lambda one: one.label.stage, lambda one: one.details.stage, _same),
        "reason": _rate(refused, lambda one: one.label.reason, lambda one: one.details.reason, _same),
        "deadline": _rate(right, lambda one: one.label.deadline, lambda one: one.details.deadline, _same),
        "reapply": Rate(
            sum(one.label.reapply == one.details.reapply for one in refused),
            sum(one.label.reapply is not None for one in refused),
        ),
        "feedback, precision": _feedback_precision(refused),
        "feedback, recall": _feedback_recall(refused),
    }


def _rate(
    outcomes: Sequence[Outcome],
    label: Callable[[Outcome], str | None],
    found: Callable[[Outcome], str],
    equal: Callable[[str, str], bool],
) -> Rate:
    pairs = [(wanted, found(one)) for one in outcomes if (wanted := label(one))]
    return Rate(sum(equal(wanted, got) for wanted, got in pairs), len(pairs))


def _same(wanted: str, found: str) -> bool:
    return wanted == found


def _alike(wanted: str, found: str) -> bool:
    return normal(wanted) == normal(found)


def _feedback_precision(outcomes: Sequence[Outcome]) -> Rate:
    """Of the sentences found, how many were labelled."""
    pairs = [(found, _labelled_feedback(one)) for one in outcomes for found in one.details.feedback]
    return Rate(sum(any(_overlap(found, wanted) for wanted in labels) for found, labels in pairs), len(pairs))


def _feedback_recall(outcomes: Sequence[Outcome]) -> Rate:
    """Of the sentences labelled, how many were found."""
    pairs = [(wanted, one.details.feedback) for one in outcomes for wanted in _labelled_feedback(one)]
    return Rate(sum(any(_overlap(found, wanted) for found in said) for wanted, said in pairs), len(pairs))


def _labelled_feedback(one: Outcome) -> list[str]:
    return sentences(one.label.feedback or "")


def _overlap(one: str, other: str) -> bool:
    """Is one of two sentences the other, or the part of it that matters?"""
    return _flat(one) in _flat(other) or _flat(other) in _flat(one)


def _flat(text: str) -> str:
    return " ".join(fold(text).split())
