"""From evidence to a verdict: log-odds, with two rules above them, and the network's opinion beside them.

A stated rejection outranks every friendlier kind in the same mail ("we will not be scheduling a call"), except an
offer or a plain proposal to come, to meet or to start: the two together are a question for the reader. And a mail that
is not about a job is `other`, whatever it refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from math import exp, log

from triage.core.detect.listening import QUOTE, Reading
from triage.core.detect.signals import DECISIVE
from triage.core.values import Evidence, Kind, Opinion, Verdict


class Strength(Enum):
    """How much the signals have to say about a message."""

    SILENT = auto()
    JOB = auto()
    """That it is about a job."""
    DECISION = auto()


_PRIOR = -2.0
"""Where a kind with some evidence starts, in log-odds against `other`: most mail is no job mail."""
_REPEAT = 0.5
"""What a second signal for the same kind still adds: phrases of one letter are not independent."""
_JOB, _NO_JOB = 1.0, -8.0
"""What is added where a mail is plainly about a job, and where nothing says so; in between in proportion."""
_NEVER = -40.0
"""What is added where the mail is about something else, or about nothing: no heap of phrases makes up for that."""
_ENOUGH_JOB = 0.5
_SURE_JOB, _PLAIN_JOB = 0.75, 1.0
"""Below the first, an "application" is all there is, and people apply for cards, flats and schools too."""
_OUTRANKED = (Kind.ACKNOWLEDGEMENT, Kind.INTERVIEW, Kind.ASSESSMENT, Kind.OUTREACH)
_SURE: Mapping[Kind, float] = {Kind.REJECTION: 0.8}
_LIKELY = 0.55
_PLAIN = 0.95
"""What another kind must reach where a refusal was stated too: the answer to "you have withdrawn" does."""
_CONTESTED = 2.5
"""Job words of this weight are not put aside in silence because something else is named a little oftener."""
_LITTLE = 1.0
"""By how much the other subject may outweigh them then."""
_THIN, _BORNE_OUT = 2.0, 3.5
"""A refusal of this weight counts as stated where lesser words bring the sum to the second figure."""
_HINT = 2.5
"""Lesser words of refusal that together weigh this much make a question of a mail about a job."""

_SIGNALS_SAY, _MODEL_SAY = 0.5, 1.1
"""What the log-shares of each count: fitted, with the three below, by training/calibrate.py."""
_SILENT, _STATED, _ANSWERED = -4.0, -6.0, -2.0
"""The least log-share of a kind that no signal speaks for: people do not keep to known phrases, and least of all where
they say yes or no in a mail about a job. Where a decision is stated, every other kind is less likely."""
_CALL: Mapping[Kind, float] = dict.fromkeys((Kind.OFFER, Kind.INTERVIEW, Kind.ASSESSMENT), 0.7)
"""What a kind must reach to be called, where a letter comes of it; below it, the reader is asked."""
_CALL_A_NO = ((0.5, 0.7), (0.0, 0.8))
"""And what a rejection must reach, by how much the signals speak of a job: people say no in all words there are, so
that the network takes other refusals for it too."""
_PLAIN_NO, _OVERRULED = 0.97, 0.85
"""Signals this sure of a refusal are not overruled in silence by a network less sure than this of other mail."""
_ASKED = 0.2
"""What a rejection must reach for a question where nothing speaks of a job: friends who ask whether Sunday suits are
not asked about."""
_GLAD = (Kind.OFFER, Kind.INTERVIEW)
_GLAD_RISK = 0.25


def weigh(reading: Reading, opinion: Opinion | None = None) -> Verdict:
    """The likeliest kind, or UNSURE. The confidence is the winner's share (of the best rival for UNSURE).

    Without an opinion the shares are the softmax of weights set by hand. With one, they are those of both together,
    in the proportion that made the likeliest answers to mails neither had seen (docs/model-card.md): calibrated.
    """
    shares = signal_shares(reading)
    if opinion is None:
        best = _best(shares)
        called = Kind.UNSURE if _doubtful(reading, best, shares) else best
        return Verdict(called, round(shares[best], 3), reading.evidence)
    plain_no = reading.job >= _SURE_JOB and shares.get(Kind.REJECTION, 0.0) >= _PLAIN_NO
    shares = together(shares, opinion, strength(reading))
    best, called = _best(shares), _called(reading, shares, plain_no=plain_no)
    evidence = (*reading.evidence, _heard(opinion, best))
    return Verdict(called, round(shares.get(called, shares[best]), 3), evidence, opinion)


def signal_shares(reading: Reading) -> dict[Kind, float]:
    """What the signals alone make of a message: a likelihood for each kind that any of them speaks for."""
    return _shares(_scores(reading))


def strength(reading: Reading) -> Strength:
    """How much the signals say."""
    if any(evidence.weight >= DECISIVE for evidence in reading.evidence):
        return Strength.DECISION
    return Strength.JOB if reading.job >= _PLAIN_JOB else Strength.SILENT


def together(shares: Mapping[Kind, float], opinion: Opinion, strength: Strength) -> dict[Kind, float]:
    """What the signals and the network say, as one: a product of experts (Hinton 2002), each with its say."""
    heard = {kind: max(_floor(kind, strength), log(max(shares.get(kind, 0.0), 1e-12))) for kind in opinion.scores}
    return _shares({kind: _SIGNALS_SAY * heard[kind] + _MODEL_SAY * score for kind, score in opinion.scores.items()})


def _floor(kind: Kind, strength: Strength) -> float:
    if strength is Strength.JOB and kind in (Kind.REJECTION, Kind.OFFER):
        return _ANSWERED
    return _STATED if strength is Strength.DECISION else _SILENT


def _best(shares: Mapping[Kind, float]) -> Kind:
    return max(shares, key=lambda kind: shares[kind])


def _heard(opinion: Opinion, kind: Kind) -> Evidence:
    """The network's part in the evidence: how much it leans, and the sentence it leans on."""
    scores = opinion.scores
    lean = scores[kind] - max(score for other, score in scores.items() if other is not kind)
    return Evidence("network", kind, round(lean, 1), "text", opinion.decisive[:QUOTE])


def _called(reading: Reading, shares: Mapping[Kind, float], *, plain_no: bool) -> Kind:
    """The likeliest kind where it is clear; else a question, or other mail where nothing speaks of an answer."""
    best = _best(shares)
    if best is Kind.OTHER and shares[best] < _OVERRULED and plain_no:
        return Kind.UNSURE
    if not _disputed(reading, shares):
        return best
    of_no_job = reading.job < _ENOUGH_JOB and shares[Kind.REJECTION] < _ASKED
    return Kind.OTHER if of_no_job else Kind.UNSURE


def _needed(kind: Kind, job: float) -> float:
    if kind is not Kind.REJECTION:
        return _CALL.get(kind, _LIKELY)
    return next(share for least, share in _CALL_A_NO if job >= least)


def _disputed(reading: Reading, shares: Mapping[Kind, float]) -> bool:
    """Too close to call, or a condolence that might meet an offer, or somebody who never applied."""
    best = _best(shares)
    if shares[best] < _needed(best, reading.job):
        return True
    return best is Kind.REJECTION and sum(shares.get(kind, 0.0) for kind in _GLAD) > _GLAD_RISK


def _about_a_job(reading: Reading) -> bool:
    return reading.job >= _ENOUGH_JOB and reading.job > reading.elsewhere


def _scores(reading: Reading) -> dict[Kind, float]:
    context = _context(reading)
    weights = _weights(reading)
    other = _combined(weights.pop(Kind.OTHER, []))
    refused = _decides(weights, Kind.REJECTION)
    scores = {
        kind: _PRIOR + context + _combined(heavy)
        for kind, heavy in weights.items()
        if not (refused and kind in _OUTRANKED)
    }
    return {**scores, Kind.OTHER: other}


def _context(reading: Reading) -> float:
    if not _about_a_job(reading):
        return _NEVER
    return min(_JOB, _NO_JOB + (_JOB - _NO_JOB) * reading.job)


def _weights(reading: Reading) -> dict[Kind, list[float]]:
    """The weights by kind. What speaks for a subject other than jobs is counted in `elsewhere`, not here."""
    weights: dict[Kind, list[float]] = {}
    for evidence in reading.evidence:
        weights.setdefault(evidence.kind, []).append(evidence.weight)
    if weights.get(Kind.REJECTION) and not _decides(weights, Kind.REJECTION):
        del weights[Kind.REJECTION]  # No stated decision, no rejection, however sad the words.
    return weights


def _decides(weights: Mapping[Kind, list[float]], kind: Kind) -> bool:
    if max(weights.get(kind, [0.0])) >= DECISIVE:
        return True
    friendlier = any(max(heavy) >= DECISIVE for other, heavy in weights.items() if other is not kind)
    return kind is Kind.REJECTION and not friendlier and _borne_out(weights.get(kind, []))


def _borne_out(refusal: Sequence[float]) -> bool:
    """A thin refusal, and enough sad words beside it."""
    return max(refusal, default=0.0) >= _THIN and sum(refusal) >= _BORNE_OUT


def _combined(weights: list[float]) -> float:
    return max(weights) + _REPEAT * (sum(weights) - max(weights)) if weights else 0.0


def _shares(scores: Mapping[Kind, float]) -> dict[Kind, float]:
    top = max(scores.values())
    powers = {kind: exp(score - top) for kind, score in scores.items()}
    total = sum(powers.values())
    return {kind: power / total for kind, power in powers.items()}


def _doubtful(reading: Reading, best: Kind, shares: Mapping[Kind, float]) -> bool:
    refusal = [e.weight for e in reading.evidence if e.kind is Kind.REJECTION]
    stated = max(refusal, default=0.0) >= DECISIVE
    if not _about_a_job(reading):
        return stated and reading.job >= _CONTESTED and reading.elsewhere - reading.job < _LITTLE
    if best is Kind.REJECTION and (reading.proposed or reading.job < _SURE_JOB):
        return True
    if best is not Kind.REJECTION and not stated and _borne_out(refusal) and reading.job >= _SURE_JOB:
        return True
    if best in {Kind.OTHER, Kind.ACKNOWLEDGEMENT} and not _decides(_weights(reading), best):
        hinted = sum(refusal) >= _HINT and (stated or reading.job >= _SURE_JOB)
        return hinted or reading.withheld or shares[best] < _LIKELY
    if best is not Kind.REJECTION and stated:
        return shares[best] < _PLAIN
    return shares[best] < _SURE.get(best, _LIKELY)
