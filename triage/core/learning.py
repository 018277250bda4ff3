"""What the reader's corrections mean for the next mail: the same template is judged as they said, a like one is asked.

Two mails are of one template where each sentence of either is found in the other (`core.fingerprint`), or nearly so and
the detector hears the very same in both. The figures are measured in tests/core/test_learning.py, on templates that
employers send, filled in with different names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from triage.core.correction import Correction
from triage.core.domains import organisation
from triage.core.fingerprint import Likeness, likeness
from triage.core.values import Event, Evidence, Kind, Verdict

CORRECTED, RESEMBLES = "corrected-by-you", "like-one-you-corrected"
SAME = 0.9
"""Each sentence has this much of itself in the other mail: what differs is at most a word in a very long one."""
FILLED_IN = 0.35
"""So little is enough where a role or a place stands between: if the same signals speak, and some do."""
ALIKE = 0.85
"""As a whole: most of it is the same, and a sentence or two are not."""
VERY_SURE = 0.98
_NO_SIGNALS = frozenset({"network", "everyday-words", CORRECTED, RESEMBLES})
"""Evidence that every mail can have, whatever its words."""


def sender(domain: str) -> str:
    """The organisation behind a sender's domain, under which corrections are kept."""
    return organisation(domain) or domain


def signals(evidence: Iterable[str]) -> tuple[str, ...]:
    """The signals among the names of evidence: what was heard in the words of a mail."""
    return tuple(dict.fromkeys(name for name in evidence if name not in _NO_SIGNALS))


def applied(found: Verdict, key: str, fingerprint: bytes, corrections: Sequence[Correction]) -> Verdict:
    """The verdict on a mail, given what the reader said about others of its sender.

    `found` is what we make of it by ourselves. Of the same mail or template, the latest word counts. Of one that is
    alike, none is taken over: where the detector says otherwise, and is not very sure, the mail becomes a question.
    """
    compared = [(one, likeness(fingerprint, one.fingerprint)) for one in corrections]
    same = [one for one, like in compared if one.key == key or _same(found, one, like)]
    if same:
        latest = max(same, key=lambda one: (one.key == key, one.made))
        return _with(found, CORRECTED, replace(found, kind=latest.kind, confidence=1.0))
    near = {one.kind for one, like in compared if like.whole >= ALIKE}
    if near and found.kind not in {*near, Kind.UNSURE} and found.confidence < VERY_SURE:
        return _with(found, RESEMBLES, replace(found, kind=Kind.UNSURE))
    return found


def of_one_template(found: Verdict, fingerprint: bytes, correction: Correction) -> bool:
    """Is this mail, of which we made `found`, of the template that was corrected?"""
    return _same(found, correction, likeness(fingerprint, correction.fingerprint))


def as_judged(event: Event) -> Verdict:
    """What we made of a line of the log by ourselves, as far as it is kept."""
    kind = event.judged or event.kind
    return Verdict(kind, event.confidence, tuple(Evidence(name, kind, 0.0, "text") for name in event.evidence))


def _same(found: Verdict, correction: Correction, like: Likeness) -> bool:
    if like.weakest >= SAME:
        return True
    heard = set(signals(one.signal for one in found.evidence))
    repeated = found.kind is correction.judged and heard == set(signals(correction.evidence))
    return like.weakest >= FILLED_IN and bool(heard) and repeated


def _with(found: Verdict, signal: str, verdict: Verdict) -> Verdict:
    evidence = (Evidence(signal, verdict.kind, 0.0, "text"), *found.evidence)
    return replace(verdict, evidence=evidence, judged=found.kind)
