"""A courier that hands a letter over only while nobody else has taken the member over.

What the store is told by a worker that slept for minutes comes to nothing, by its fence; a mail server asks for no
fence. So it is asked for right before. A worker that is stopped after that, in the moment it takes to hand the letter
over, and that wakes when its successor has looked for it and sent it, sends it a second time: that much remains.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

from triage.courier import Courier, DeliveryError
from triage.hosting.politeness import Wait
from triage.store import Memory
from triage.store.postgres.faults import translated


@dataclass(frozen=True, slots=True)
class Fenced:
    """`triage.courier.Courier` over another one."""

    courier: Courier
    store: Memory
    searching: Callable[[], AbstractContextManager[object]] = nullcontext
    """Within this, the reader's mailboxes may be searched. Raises Wait."""

    @property
    def transit(self) -> timedelta:
        return self.courier.transit

    def deliver(self, message_id: str, data: bytes) -> None:
        """See `triage.courier.Courier`. Raises Superseded where another worker has taken over."""
        with self.store.writing(lasting=False):
            pass  # nothing is written; that it may be is what is asked
        self.courier.deliver(message_id, data)

    def delivered(self, message_id: str) -> bool:
        """See `triage.courier.Courier`. It cannot be told either where their providers have no place for the search."""
        try:
            with translated(), self.searching():
                return self.courier.delivered(message_id)
        except Wait as wait:
            seconds = wait.until.total_seconds()
        raise DeliveryError("It may have arrived, and there is no room just now to look for it.", retry_after=seconds)

    def check(self) -> str:
        """See `triage.courier.Courier`."""
        return self.courier.check()
