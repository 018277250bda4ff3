"""What a refusal says besides no: how far it had come, why, what they thought, and whether to try again.

A reason is only what the mail itself gives. Feedback is whole sentences, word for word, and rather none than
boilerplate: nobody should brood over a template.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from triage.core.detect.languages import Ear
from triage.core.detect.listening import Listener
from triage.core.detect.signals import Signal
from triage.core.text import fold
from triage.core.values import Details, Opinion, Reason, Stage, Verdict

_STAGES = (Stage.FINAL, Stage.INTERVIEW, Stage.SCREEN, Stage.APPLICATION)
_REASONS = (
    Reason.LOCATION_OR_VISA,
    Reason.OVERQUALIFIED,
    Reason.POSITION_FILLED,
    Reason.POSITION_CLOSED,
    Reason.SKILLS_GAP,
    Reason.OTHER_CANDIDATE,
)
"""The more particular first: "filled" beside "other candidates" is told as filled."""
_T = TypeVar("_T")
_LONGEST_FEEDBACK = 600
_MOST_FEEDBACK = 4


class Outcomes:
    """Reads refusals by the signals of some languages."""

    def __init__(self, ears: Sequence[Ear], listener: Listener) -> None:
        # One name may stand for signals of several languages: the one that tells more goes last, and stays.
        every = sorted((s for ear in ears for s in ear.signals.signals), key=lambda s: bool(s.stage or s.reason))
        self._by_name = {signal.name: signal for signal in every}
        self._listener = listener

    def add(self, details: Details, said: Sequence[str], verdict: Verdict) -> Details:
        """`details` with stage, reason, feedback and reapply. What no phrase tells, the network may."""
        heard = [(sentence, self._heard(sentence)) for sentence in said]
        spoken = [signal for _, signals in heard for signal in signals]
        spoken += [self._by_name[e.signal] for e in verdict.evidence if e.signal in self._by_name]
        guessed = verdict.opinion or Opinion({}, reason=Reason.NOT_STATED)
        return replace(
            details,
            stage=_first(_STAGES, {signal.stage for signal in spoken}, guessed.stage),
            reason=_first(_REASONS, {signal.reason for signal in spoken}, guessed.reason),
            feedback=_feedback(heard, frozenset(guessed.feedback)),
            reapply=guessed.reapply or any(signal.speaks_for == "reapply" for signal in spoken),
        )

    def _heard(self, sentence: str) -> list[Signal]:
        return [hit.signal for hit in self._listener.stated(fold(sentence))]


def _feedback(heard: Iterable[tuple[str, Sequence[Signal]]], guessed: frozenset[str]) -> tuple[str, ...]:
    """What a phrase or the network takes for feedback, and no phrase for boilerplate."""
    found = []
    for sentence, signals in heard:
        topics = {signal.speaks_for for signal in signals}
        told = "feedback" in topics or sentence in guessed
        if told and "boilerplate" not in topics and len(sentence) <= _LONGEST_FEEDBACK:
            found.append(sentence)
    return tuple(found[:_MOST_FEEDBACK])


def _first(order: Sequence[_T], present: set[_T], otherwise: _T) -> _T:
    return next((value for value in order if value in present), otherwise)
