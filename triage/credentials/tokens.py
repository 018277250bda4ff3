"""Access tokens that another program hands out: `token_command` of the configuration.

Such programs (oama, pizauth, ortie and the like) sign in and renew by themselves. Each is asked anew for each sign-in,
and only when its token ends is kept here.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.credentials import commands
from triage.errors import CredentialError
from triage.wire import Bearer

MARGIN = 120.0
"""Seconds before its end from which on a token is not used any more; half of its time where that is less."""


@dataclass(frozen=True, slots=True)
class _Given:
    token: str
    seconds: float


class CommandTokens(Bearer):
    """The `Password` of an account with a `token_command`. For any number of threads."""

    def __init__(
        self,
        command: Sequence[str],
        host: str,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`clock` counts seconds; `now` tells the time, for commands that say when a token ends."""
        self.remedy = "see whether your token_command still has a sign-in that counts"
        self._command = tuple(command)
        self._host = host
        self._clock = clock
        self._now = now
        self._until = math.inf

    def __call__(self) -> str:
        given = _read(commands.output(self._command, "token_command", self._host), self._now())
        if not given.token:
            raise CredentialError(
                f"The token_command for {self._host} printed no access token: it is to print the token alone, or "
                "JSON with access_token in it."
            )
        self._until = self._clock() + max(given.seconds - MARGIN, given.seconds / 2)
        return given.token

    def renewed(self, refused: str) -> str:
        token = self()
        if token == refused:
            raise CredentialError(
                f"{self._host} refuses the access token that your token_command prints, and it prints the same one "
                "again: sign in anew in the program behind it."
            )
        return token

    def left(self) -> float:
        return max(0.0, self._until - self._clock())


def _read(printed: str, now: float) -> _Given:
    if not printed.lstrip().startswith("{"):
        return _Given(printed.split("\n", 1)[0].strip(), math.inf)
    try:
        told = json.loads(printed)
    except (ValueError, RecursionError):
        told = {}
    token = told.get("access_token") if isinstance(told, dict) else None
    return _Given(token.strip(), _seconds(told, now)) if isinstance(token, str) else _Given("", math.inf)


def _seconds(told: dict[str, object], now: float) -> float:
    """How long it is good for, at least a second; infinite where that is not said."""
    lasts, ends = _number(told.get("expires_in")), _number(told.get("expires_at"))
    seconds = lasts if lasts is not None else ends - now if ends is not None else math.inf
    return max(seconds, 1.0)


def _number(value: object) -> float | None:
    """A number, one written as a text, or a moment written as ISO 8601 has it, in seconds since 1970."""
    try:
        number = float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        number = _moment(str(value))
    return number if number is not None and math.isfinite(number) else None


def _moment(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
