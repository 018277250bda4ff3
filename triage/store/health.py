"""How the mailboxes fared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Health:
    """How a mailbox fared when it was last looked at."""

    mailbox: str
    polled: datetime | None
    error: str
    since: datetime | None
