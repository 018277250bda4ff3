"""What the network tells apart: the order of its answers."""

from __future__ import annotations

from triage.core.values import Kind, Reason, Stage

KINDS = (
    Kind.REJECTION,
    Kind.ACKNOWLEDGEMENT,
    Kind.INTERVIEW,
    Kind.ASSESSMENT,
    Kind.OFFER,
    Kind.OUTREACH,
    Kind.JOB_ALERT,
    Kind.OTHER,
)
STAGES = (Stage.APPLICATION, Stage.SCREEN, Stage.INTERVIEW, Stage.FINAL)
REASONS = tuple(reason for reason in Reason if reason is not Reason.NONE)
SENTENCE = ("decides", "feedback")
"""What a sentence may be, independently."""
WORD = ("", "company", "company+", "role", "role+")
"""What a word may be: nothing, the first of a name, or one that goes on."""
