"""XOAUTH2 and OAUTHBEARER (RFC 7628): how an access token is shown to a mail server, by IMAP and SMTP alike."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from triage.wire import Server

MECHANISMS = ("OAUTHBEARER", "XOAUTH2")
"""Best first: the one is a standard, the other is Google's, and older."""
_SENT = {"OAUTHBEARER": b"\x01", "XOAUTH2": b""}
"""What the server waits for once it has said why the token is refused (RFC 7628, 3.2.3): only then comes its no."""
_MOST = 2
_STATUS = re.compile(r"[a-z0-9_]{1,30}")


def mechanism(offered: Callable[[str], bool]) -> str:
    """The best that a server has, by whether it has the one of this name; empty where it has none."""
    return next((name for name in MECHANISMS if offered(name)), "")


class Exchange:
    """One attempt to sign in. Called with each challenge, it says what to answer; None gives up."""

    def __init__(self, name: str, server: Server, token: str) -> None:
        self.status = ""
        """Why the token was refused, in the server's word, such as "invalid_token" or "401"."""
        self._name = name
        self._first = _shown(name, server, token)
        self._challenges = 0

    def __call__(self, challenge: bytes) -> bytes | None:
        self._challenges += 1
        if self._challenges == 1:
            return self._first
        self.status = _status(challenge)
        return _SENT[self._name] if self._challenges <= _MOST else None


def _shown(name: str, server: Server, token: str) -> bytes:
    if name == "XOAUTH2":
        return f"user={server.user}\x01auth=Bearer {token}\x01\x01".encode()
    user = server.user.replace("=", "=3D").replace(",", "=2C")  # RFC 5801, 4
    return f"n,a={user},\x01host={server.host}\x01port={server.port}\x01auth=Bearer {token}\x01\x01".encode()


def _status(challenge: bytes) -> str:
    """The status in a challenge (RFC 7628, 3.2.2). Nothing else of it is ever told: it may repeat the token."""
    try:
        told = json.loads(challenge[:4096])
    except (ValueError, RecursionError):
        return ""
    status = told.get("status", "") if isinstance(told, dict) else ""
    return status if isinstance(status, str) and _STATUS.fullmatch(status) else ""
