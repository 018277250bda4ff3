"""Asking an authority for tokens: for a code from the browser, for one entered elsewhere, or for a kept sign-in.

Authlib makes the requests and reads the answers. Each function opens a line of its own and leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import requests
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]  # it has no types
from urllib3.exceptions import HTTPError

from triage.errors import TriageError
from triage.oauth import faults
from triage.oauth.http import Line, clock_is_wrong
from triage.oauth.values import Client, Granted, Kept

T = TypeVar("T")

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_USUAL_SECONDS = 300.0
"""How long a token is taken to be good for where the authority does not say (RFC 6749, 5.1, leaves it open)."""
_GARBLED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Page:
    """The address where a person signs in, and what has to be known to go on from there."""

    address: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect: str


@dataclass(frozen=True, slots=True)
class Code:
    """What a person enters on another device (RFC 8628, 3.2). `seconds`: how long it counts."""

    device: str = field(repr=False)
    user: str
    address: str
    seconds: float
    interval: float


def page(client: Client, redirect: str, randomly: Callable[[int], str]) -> Page:
    """Where to sign in, with PKCE (RFC 7636). `randomly` makes a secret of so many bytes, as `token_urlsafe` does."""
    authority = client.authority
    verifier, state = randomly(64), randomly(24)
    address, _ = Line(authority, client.client_id, "").create_authorization_url(
        authority.authorize,
        state=state,
        code_verifier=verifier,
        redirect_uri=redirect,
        scope=" ".join(authority.scopes),
        login_hint=client.user,
        **dict(authority.extra),
    )
    return Page(str(address), state, verifier, redirect)


def by_code(client: Client, secret: str, page: Page, code: str) -> Granted:
    """What an authority gives for the code that the browser was sent back with. Raises TriageError."""

    def question(line: Line) -> Granted:
        told = line.fetch_token(
            client.authority.token,
            grant_type="authorization_code",
            code=code,
            redirect_uri=page.redirect,
            code_verifier=page.verifier,
        )
        return _granted(client, told)

    return _asked(client, secret, question)


def by_refresh(client: Client, kept: Kept) -> Granted:
    """A new access token for a kept sign-in. Raises RevokedError where that counts no more, else TriageError."""

    def question(line: Line) -> Granted:
        return _granted(client, line.refresh_token(client.authority.token, refresh_token=kept.refresh))

    return _asked(client, kept.client_secret, question)


def device_code(client: Client, secret: str) -> Code:
    """A code for a person to enter on another device. Raises TriageError."""

    def question(line: Line) -> Code:
        answer = line.post(
            client.authority.device,
            data={"client_id": client.client_id, "scope": " ".join(client.authority.scopes)},
            headers={"Accept": "application/json"},
        )
        return _code(line.parse_response_token(answer))

    return _asked(client, secret, question)


def by_device(client: Client, secret: str, code: Code) -> Granted:
    """What there is for a code that was entered. Raises `Waiting` where nobody has yet, else TriageError."""

    def question(line: Line) -> Granted:
        told = line.fetch_token(client.authority.token, grant_type=_DEVICE_GRANT, device_code=code.device)
        return _granted(client, told)

    return _asked(client, secret, question)


def revoke(client: Client, kept: Kept) -> bool:
    """Take the sign-in back at the authority (RFC 7009). False where it offers no way to. Raises TriageError."""

    def question(line: Line) -> None:
        answer = line.revoke_token(client.authority.revoke, token=kept.refresh, token_type_hint="refresh_token")  # noqa: S106
        if answer.status_code != 200 and "invalid_token" not in answer.text:
            raise faults.unreadable(client)

    if client.authority.revoke:
        _asked(client, kept.client_secret, question)
    return bool(client.authority.revoke)


class Waiting(Exception):  # noqa: N818  # it is no error
    """Nobody has entered the code yet; `slower` says that we ask too often."""

    def __init__(self, *, slower: bool) -> None:
        super().__init__()
        self.slower = slower


def _asked(client: Client, secret: str, question: Callable[[Line], T]) -> T:
    """Put a question to the authority; whatever goes wrong is raised as a TriageError, or as `Waiting`."""
    line = Line(client.authority, client.client_id, secret)
    fault: Exception
    try:
        return question(line)
    except (TriageError, Waiting):
        raise
    except AuthlibBaseError as error:
        fault = _said(client, error, line)
    except (requests.RequestException, HTTPError, OSError) as error:
        fault = _unreachable(client, error)
    except _GARBLED:
        fault = faults.unreadable(client)
    finally:
        line.close()
    # Outside the except block: the libraries' errors may hold what was sent, and must not travel along with ours.
    raise fault


def _unreachable(client: Client, error: Exception) -> TriageError:
    # Of requests' errors, those about the body of an answer are ValueErrors as well.
    return (
        faults.unreadable(client) if isinstance(error, ValueError) else faults.unreachable(client, type(error).__name__)
    )


def _said(client: Client, error: AuthlibBaseError, line: Line) -> Exception:
    code, description = str(error.error or ""), str(error.description or "")
    if code in ("authorization_pending", "slow_down"):
        return Waiting(slower=code == "slow_down")
    return faults.of_code(client, code, description, clock_is_wrong(line.skew))


def _code(told: Mapping[str, object]) -> Code:
    lasts, interval = told.get("expires_in", 600), told.get("interval", 5)
    address = told.get("verification_uri") or told["verification_url"]  # the latter is how Google has it
    shown = str(told["user_code"]), str(address)
    if not all(text.isprintable() and len(text) < 500 for text in shown):
        raise ValueError
    return Code(str(told["device_code"]), *shown, _number(lasts), max(1.0, _number(interval)))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | str) else 0.0


def _granted(client: Client, told: Mapping[str, object]) -> Granted:
    access, refresh, lasts = told.get("access_token"), told.get("refresh_token"), told.get("expires_in")
    if not isinstance(access, str) or not access:
        raise faults.unreadable(client)
    seconds = float(lasts) if isinstance(lasts, int | float | str) and str(lasts).isdigit() else _USUAL_SECONDS
    return Granted(access, max(1.0, seconds), refresh if isinstance(refresh, str) else "")
