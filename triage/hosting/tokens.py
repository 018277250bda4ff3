"""Access tokens of members, kept sealed between two jobs: an authority is asked once an hour, not at each look."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from triage.hosting.vault import Vault
from triage.oauth import Client, Granted, Kept
from triage.oauth.tokens import Ask

_LEAST = 300.0
"""Seconds that a kept token must last yet to be worth trying."""


def at_authority(client: Client, kept: Kept) -> Granted:
    """Ask in this very process: a worker does so all the time, and has the libraries loaded."""
    from triage.oauth import grant  # noqa: PLC0415  # where all members have passwords, none of it is needed

    return grant.by_refresh(client, kept)


class Lasting:
    """How `oauth.Tokens` gets a token for one job: the first time the one that was kept, if it is good for a while.

    Whoever asks a second time has found it refused. To be called while the vault is `alone`.
    """

    def __init__(self, vault: Vault, name: str, ask: Ask = at_authority, now: Callable[[], float] = time.time) -> None:
        """`name` is the row of the token; `now` the time of day in seconds, which all machines share."""
        self._vault = vault
        self._name = name
        self._ask = ask
        self._now = now
        self._tried = False

    def __call__(self, client: Client, kept: Kept) -> Granted:
        if not self._tried and (known := self._known()):
            self._tried = True
            return known
        self._tried = True
        granted = self._ask(client, kept)
        told = json.dumps({"access": granted.access, "ends": self._now() + granted.seconds})
        with self._vault.secrets() as secrets:
            secrets.put(self._name, told.encode())
        return granted

    def _known(self) -> Granted | None:
        with self._vault.secrets() as secrets:
            kept = secrets.get(self._name)
        if kept is None:
            return None
        told = json.loads(kept)
        left = float(told["ends"]) - self._now()
        return Granted(str(told["access"]), left) if left >= _LEAST else None
