"""Access tokens for one account: made from its kept sign-in, held in memory until they end, and never written down."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from triage.errors import CredentialError
from triage.oauth import apart
from triage.oauth.values import Client, Granted, Kept, RevokedError, kept
from triage.wire import Bearer

log = logging.getLogger(__name__)

MARGIN = 120.0
"""Seconds before its end from which on a token is not used any more; half of its time where that is less."""


class Vault(Protocol):
    """Where the lasting sign-in lies: see `triage.credentials.Vault`."""

    def read(self) -> str: ...

    def replace(self, secret: str) -> None: ...

    def alone(self) -> AbstractContextManager[None]: ...


Ask = Callable[[Client, Kept], Granted]
"""A new token for a kept sign-in: as `grant.by_refresh` and `apart.by_refresh` have it."""


def awake() -> float:
    """Seconds on a clock that nobody can set, and that also runs while this computer sleeps: as tokens do."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Tokens(Bearer):
    """The `Password` of an account that signs in by OAuth 2.0. For any number of threads.

    A sign-in that the authority has refused is not shown to it again, however often somebody asks: only another one is.
    """

    def __init__(
        self, client: Client, vault: Vault, clock: Callable[[], float] = awake, ask: Ask = apart.by_refresh
    ) -> None:
        """`clock` counts seconds; `ask` is how the authority is asked for a token."""
        self.remedy = f"run `{client.command}`, with the very account of this mailbox"
        self._client = client
        self._vault = vault
        self._clock = clock
        self._ask = ask
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0
        self._refused: tuple[str, RevokedError] | None = None
        self._unkept: Kept | None = None
        """What could not be written down so far, and the service lives on meanwhile."""

    def __call__(self) -> str:
        with self._lock:
            return self._token if self._token and self._left() else self._fetch()

    def renewed(self, refused: str) -> str:
        with self._lock:
            # Another thread may have had a new one since.
            return self._token if self._token != refused and self._left() else self._fetch()

    def left(self) -> float:
        return self._left()

    def require(self) -> None:
        """Raise CredentialError where there is no sign-in to make tokens from. Nobody is asked over the network."""
        self._kept()

    def _left(self) -> float:
        return max(0.0, self._until - self._clock())

    def _fetch(self) -> str:
        with self._vault.alone():
            found = self._kept()
            if self._refused and self._refused[0] == found.refresh:
                raise RevokedError(str(self._refused[1]))
            asked = self._clock()
            granted = self._granted(found)
            # First of all: from now on the authority may know only the new one.
            self._keep(found, granted)
        self._token = granted.access
        self._until = asked + max(granted.seconds - MARGIN, granted.seconds / 2)
        return self._token

    def _granted(self, found: Kept) -> Granted:
        try:
            return self._ask(self._client, found)
        except RevokedError as error:
            self._refused = found.refresh, error
            self._token = ""
            raise

    def _kept(self) -> Kept:
        if self._unkept:
            return self._unkept
        text = self._vault.read()
        if not text:
            raise CredentialError(
                f"There is no sign-in with {self._client.authority.name} yet: run `{self._client.command}`."
            )
        return kept(text)

    def _keep(self, found: Kept, granted: Granted) -> None:
        """Write down a new refresh token, or one that could not be written down before."""
        new = Kept(granted.refresh, found.client_secret) if granted.refresh else found
        if new == found and not self._unkept:
            return
        self._unkept = new
        try:
            self._vault.replace(new.text)
        except CredentialError as error:
            log.warning("%s Until that works, a restart would need `%s`.", error, self._client.command)
        else:
            self._unkept = None
