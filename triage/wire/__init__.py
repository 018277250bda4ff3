"""What mailbox and courier share: where a mail server is, and how to sign in to it safely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

Password = Callable[[], str]
"""Fetches the password when it is needed, so that it lives no longer than the sign-in."""


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
