"""What authorities and networks do to a sign-in, as sentences for a person.

Of an authority's own words only its error code is repeated: what it describes may hold what it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from triage.errors import CredentialError, ServerError, TriageError
from triage.oauth.values import Client, RevokedError

_CODE = re.compile(r"[a-z_]{1,40}")
_DETAIL = re.compile(r"AADSTS\d{4,7}")
"""Microsoft's numbers, which people can look up."""
_CONSENT = frozenset({"AADSTS65001", "AADSTS90094", "AADSTS90095", "consent_required", "interaction_required"})
_FOR_NOW = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_GONE = frozenset({"invalid_grant", "expired_refresh_token"})

_SENTENCES: Mapping[str, str] = {
    "invalid_client": (
        "{name} does not know the client id in the configuration, or misses its secret: check client_id, and run "
        "`{command} --client-secret-stdin` if there is a secret."
    ),
    "invalid_scope": "{name} does not give this client id access to mail: allow that where you registered it.",
    "access_denied": "{name} was told no, by you or by an administrator: run `{command}` to try again.",
    "expired_token": "The code was not entered in time: run `{command}` to get a new one.",
    "redirect_uri_mismatch": (
        "{name} does not send this client id back to a program: register it as one for desktops (native)."
    ),
    "unsupported_grant_type": "{name} has no such way to sign in: run `{command} --paste`.",
}
_SAME: Mapping[str, str] = {
    "unauthorized_client": "invalid_client",
    "authorization_declined": "access_denied",
    "code_expired": "expired_token",
    "bad_verification_code": "expired_token",
    "invalid_request_uri": "redirect_uri_mismatch",
}


def of_code(client: Client, code: str, description: str = "", clock: str = "") -> TriageError:
    """What an error code of an authority (RFC 6749, 5.2; RFC 8628, 3.5) means for this account.

    `clock` is a sentence about this computer's clock, where that may be the cause.
    """
    name, command = client.authority.name, client.command
    found = _DETAIL.search(description)
    told = found[0] if found else code if _CODE.fullmatch(code) else ""
    if code in _FOR_NOW:
        return ServerError(f"{name} gives no sign-in just now ({code}): trying again may help.")
    if {code, told} & _CONSENT:
        return RevokedError(
            f"{name} wants a consent first{_aside(told)}: run `{command}` and agree; for an account of an employer or "
            "a school, its administrator may have to."
        )
    if code in _GONE:
        return _gone(client, told if found else "", clock)
    if sentence := _SENTENCES.get(_SAME.get(code, code)):
        return CredentialError(_joined(sentence.format(name=name, command=command), clock))
    return CredentialError(
        _joined(f"{name} refused the sign-in{_aside(told)}: run `{command}` to sign in anew.", clock)
    )


def _gone(client: Client, detail: str, clock: str) -> RevokedError:
    return RevokedError(
        _joined(
            f"{client.authority.name} does not accept the sign-in any more{_aside(detail)}; it was taken back, has "
            f"ended, or the password was changed: run `{client.command}`.",
            client.authority.hint,
            clock,
        )
    )


def unreachable(client: Client, fault: str) -> ServerError:
    """The network, or TLS, is in the way. `fault` is the name of what was raised."""
    return ServerError(f"{client.authority.name} cannot be reached to sign in ({fault}): check your network, or wait.")


def unreadable(client: Client) -> ServerError:
    """An answer that makes no sense."""
    return ServerError(f"{client.authority.name} answered in a way that cannot be read: try again later.")


def not_lasting(client: Client) -> CredentialError:
    """A sign-in without a refresh token would end within the hour."""
    return CredentialError(
        f"{client.authority.name} gave a sign-in that does not last (no refresh token): check that the client id is "
        "one for desktops, and that it may ask for offline access."
    )


def _aside(words: str) -> str:
    return f" ({words})" if words else ""


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
