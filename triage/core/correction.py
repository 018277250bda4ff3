"""What the reader says a mail is, where it was taken for something else: it travels between the rooms like a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.values import Kind


@dataclass(frozen=True, slots=True)
class Correction:
    """What the reader said about one mail, and what is needed to know others like it (`core.learning`).

    `domain` is the sender's organisation, `key` and `fingerprint` the mail's. `event` is the line of the log, 0 for a
    mail that is not in it. `judged` is what we had said by ourselves, on this `evidence`.
    """

    key: str
    domain: str
    fingerprint: bytes
    judged: Kind
    kind: Kind
    made: datetime
    evidence: tuple[str, ...] = ()
    before: Kind = Kind.UNSURE
    """What the log said before: it says so again once this is undone."""
    event: int = 0
    placed: bool = False
    """It gave the event its application."""
    id: int = 0
