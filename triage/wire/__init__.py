"""What mailbox and courier share: where a mail server is, and how to sign in to it safely."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

Password = Callable[[], str]
"""Fetches the password when it is needed, so that it lives no longer than the sign-in."""


class Bearer(ABC):
    """The `Password` of an account that signs in by OAuth 2.0: an access token, which ends, and can be had anew."""

    remedy: str
    """What the person can do where no token is any good, as the end of a sentence."""

    @abstractmethod
    def __call__(self) -> str:
        """A token that is good for a while yet. Raises CredentialError, or ServerError where trying again may help."""

    @abstractmethod
    def renewed(self, refused: str) -> str:
        """Another token than this one, which a server has refused. Raises the same."""

    @abstractmethod
    def left(self) -> float:
        """Seconds in which the token last given may be used, with a margin taken off; infinite where nobody said."""


class Tls(StrEnum):
    """How a connection is protected."""

    IMPLICIT = "implicit"
    """TLS from the first byte (RFC 8314)."""
    STARTTLS = "starttls"
    NONE = "none"
    """Plain text: to this machine only."""


@dataclass(frozen=True, slots=True)
class Server:
    """One mail server and the account on it. `timeout` is in seconds and bounds every single wait."""

    host: str
    port: int
    user: str
    tls: Tls = Tls.IMPLICIT
    ca_file: Path | None = None
    timeout: float = 30.0
