"""How a letter reaches the reader. A courier knows one recipient, given when it is built, and no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from triage.errors import ServerError, TriageError


class DeliveryError(Exception):
    """A letter was not delivered, as far as we know. The text is one sentence for a person.

    `permanent`: trying again will not help. `ambiguous`: it may have arrived all the same, so the reader's
    mailbox must be searched before another try (RFC 1047). `retry_after`: seconds, an hour at most, that the server
    asked to be left alone; None if it did not say.
    """

    def __init__(
        self, sentence: str, *, permanent: bool = False, ambiguous: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(sentence)
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.retry_after = retry_after

    @classmethod
    def of(cls, error: TriageError, *, permanent: bool = False, ambiguous: bool = False) -> DeliveryError:
        """What a failure on the wire means for the letter; the sentence and the time to wait are taken over."""
        retry_after = error.retry_after if isinstance(error, ServerError) else None
        return cls(str(error), permanent=permanent, ambiguous=ambiguous, retry_after=retry_after)


class Courier(Protocol):
    """Delivers to the one reader."""

    @property
    def transit(self) -> timedelta:
        """How long an accepted letter may be on its way before the reader's mailbox shows it."""

    def deliver(self, message_id: str, data: bytes) -> None:
        """Hand over one finished message (RFC 5322, CRLF line ends). Raises DeliveryError."""

    def delivered(self, message_id: str) -> bool:
        """Does the reader's mailbox hold this message already? Raises DeliveryError where that cannot be told."""

    def check(self) -> str:
        """Sign in, deliver nothing, and say in a few words what was found. Raises TriageError."""
