"""What is found, and what can go wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from triage.providers import Endpoint, Provider


class Source(StrEnum):
    """Where the servers were found, in the order in which it is tried."""

    TABLE = "table"
    MX = "mx"
    AUTOCONFIG = "autoconfig"
    ISPDB = "ispdb"
    SRV = "srv"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Found:
    """The servers for an address. `how` is a phrase for a person that fits behind "found in"."""

    imap: Endpoint
    smtp: Endpoint | None
    user: str
    """The user name for IMAP itself, ready to be written down."""
    smtp_user: str
    provider: Provider | None
    how: str
    source: Source
    sign_in: tuple[str, ...]
    """Best first, of "app-password", "password" and "oauth"."""
    ask: str = ""
    """A question that a person should say yes to before a password goes there; empty where none is needed."""


class UnreachableError(Exception):
    """A name, a server or an answer that cannot be had; says why, in half a sentence. It never leaves this room."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address in its parts. `domain` is in the form that DNS uses (xn--...), `shown` as a person writes it."""

    local: str
    domain: str
    shown: str

    def __str__(self) -> str:
        return f"{self.local}@{self.shown}"

    def user(self, kind: str) -> str:
        """The user name, where it is of this kind: "address" or "local-part"."""
        return self.local if kind == "local-part" else str(self)
