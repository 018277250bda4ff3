"""Signing in by a code that is entered in a browser anywhere (RFC 8628): for machines without one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from triage.errors import ServerError
from triage.oauth import faults, grant
from triage.oauth.grant import Code, Waiting
from triage.oauth.values import Client, Granted

_SLOWER = 5.0
"""Seconds more between two questions, when we are told to ask less often (RFC 8628, 3.5)."""


def sign_in(
    client: Client,
    secret: str,
    show: Callable[[Code], None],
    rest: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Granted:
    """Have a code, `show` it to the person, and wait until it has been entered. Raises TriageError."""
    code = grant.device_code(client, secret)
    end = clock() + code.seconds
    show(code)
    while clock() < end:
        rest(code.interval)
        try:
            return grant.by_device(client, secret, code)
        except Waiting as waiting:
            if waiting.slower:
                code = replace(code, interval=code.interval + _SLOWER)
        except ServerError:
            # Out of reach for a moment: ask less and less often, and until the code ends.
            code = replace(code, interval=code.interval * 2)
    raise faults.of_code(client, "expired_token")
