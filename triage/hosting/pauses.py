"""How long a mailbox is left alone after a look at it. Pure, but for the spread, which is handed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from triage.errors import CredentialError, ServerError
from triage.hosting.sealing import SealingError

USUAL = timedelta(minutes=5)
"""The first pause after a failure, unless the mailbox is looked at more often anyway."""
LONGEST = timedelta(hours=1)
RARE, RAREST = timedelta(hours=1), timedelta(hours=6)
"""Between tries that will come to nothing until somebody does something: the member, or whoever mends the program."""
INSISTING = 3
"""Sign-ins refused in a row before trying becomes rare: servers lock out those who insist."""
SPREAD = 0.1
"""Of every pause, more or less: so that those who came together do not come together again."""

Spread = Callable[[float, float], float]
"""A number between two others, as `random.uniform` draws one."""


class Fault(StrEnum):
    """What keeps a member's mail from being read, as their operator sees it."""

    NONE = ""
    LOCKED_OUT = "locked-out"
    """The server refuses the sign-in: the member is needed."""
    UNREACHABLE = "unreachable"
    """The server does not answer, or answers wrongly: it may pass."""
    BROKEN = "broken"
    """Something of ours: whoever runs the service is needed."""


def fault_of(error: Exception) -> Fault:
    """What an error means for the member."""
    if isinstance(error, CredentialError) and not isinstance(error, SealingError):
        return Fault.LOCKED_OUT
    return Fault.UNREACHABLE if isinstance(error, ServerError) else Fault.BROKEN


def after_deaths(deaths: int) -> timedelta:
    """Until a job is tried again that so many workers have died with: it may be what they died of."""
    return timedelta(0) if deaths < INSISTING else min(USUAL * 2 ** min(deaths - INSISTING, 10), RAREST)


def pause(fault: Fault, failures: int, every: timedelta, spread: Spread, asked: float | None = None) -> timedelta:
    """Until the next look. `failures` in a row, this one included; `asked`: seconds the server asked for."""
    first = min(every, USUAL)
    grown = first * 2 ** min(max(failures - 1, 0), 20)
    if fault is Fault.NONE:
        found = every
    elif fault is Fault.LOCKED_OUT:
        found = RARE if failures >= INSISTING else grown
    elif fault is Fault.UNREACHABLE:
        found = max(min(grown, LONGEST), timedelta(seconds=asked or 0))
    else:
        found = min(RARE * 2 ** min(max(failures - 1, 0), 10), RAREST)
    return found * spread(1 - SPREAD, 1 + SPREAD)
