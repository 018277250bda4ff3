"""Who gives access tokens for mail: facts about Google, Microsoft and Yahoo, and what anybody else is described by.

Addresses are those of the providers' own documentation. Where one offers no way to something, its address is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK, OUT_OF_BAND = "http://127.0.0.1", "oob"


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority: its addresses, and what it wants to be asked for."""

    key: str
    name: str
    authorize: str
    token: str
    scopes: tuple[str, ...]
    device: str = ""
    """Empty where there is no sign-in by a code on another device, or none for mail."""
    revoke: str = ""
    """Empty where a token cannot be taken back by a program (RFC 7009)."""
    redirect: str = LOOPBACK
    """Where the browser is sent in the end, without the port; `OUT_OF_BAND` where it shows a code to copy."""
    extra: tuple[tuple[str, str], ...] = ()
    """What else the address of the sign-in page has to say."""
    hint: str = ""
    """What people often meet when a sign-in has ended, as a sentence."""


def authority(key: str, tenant: str = "") -> Authority:
    """One of those that are known here. `tenant` is for Microsoft alone: whose accounts may sign in."""
    return _microsoft(tenant or "common") if key == "microsoft" else _KNOWN[key]


def other(authorize: str, token: str, device: str, revoke: str, scopes: tuple[str, ...]) -> Authority:
    """One that the configuration describes. It is called by the name of its host."""
    return Authority("other", urlsplit(token).hostname or "other", authorize, token, scopes, device, revoke)


_GOOGLE = Authority(
    "google",
    "Google",
    "https://accounts.google.com/o/oauth2/v2/auth",
    "https://oauth2.googleapis.com/token",
    ("https://mail.google.com/",),
    # Google has a device flow, but not for this scope: it answers invalid_scope.
    revoke="https://oauth2.googleapis.com/revoke",
    # Without these there is no refresh token, or only the first time.
    extra=(("access_type", "offline"), ("prompt", "consent")),
    hint="As long as your project at Google is in testing, every sign-in ends after 7 days: publish the project.",
)
_YAHOO = Authority(
    "yahoo",
    "Yahoo",
    "https://api.login.yahoo.com/oauth2/request_auth",
    "https://api.login.yahoo.com/oauth2/get_token",
    ("mail-r", "mail-w"),
    redirect=OUT_OF_BAND,
    hint="Yahoo registers no new programs for mail: without a client id from before, use an app password.",
)


def _microsoft(tenant: str) -> Authority:
    base = f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
    return Authority(
        "microsoft",
        "Microsoft",
        f"{base}/authorize",
        f"{base}/token",
        (
            "https://outlook.office.com/IMAP.AccessAsUser.All",
            "https://outlook.office.com/SMTP.Send",
            "offline_access",
        ),
        device=f"{base}/devicecode",
        # Any port of this very name is allowed where it is registered without one; 127.0.0.1 is not.
        redirect="http://localhost",
    )


_KNOWN: Mapping[str, Authority] = {"google": _GOOGLE, "yahoo": _YAHOO}
