"""HTTP to one authority and nobody else: no redirect is followed, no answer is without end, and TLS is checked.

Proxies are those of the environment, as usual; nothing else of it is used, no ~/.netrc above all.
"""

from __future__ import annotations

import ipaddress
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]  # it has no types

from triage.errors import ServerError
from triage.oauth.authorities import Authority
from triage.wire.backoff import LONGEST

SECONDS = 30.0
"""For each wait, and for the whole of an answer twice that."""
_LARGEST = 256 * 1024
_SKEW = 300.0
"""Seconds by which two clocks may differ without a word about it."""


class Line(OAuth2Session):  # type: ignore[misc]  # it has no types
    """Authlib's session, held to one authority. For one request or two; it keeps tokens as long as it lives."""

    def __init__(self, authority: Authority, client_id: str, client_secret: str, **more: Any) -> None:
        super().__init__(
            client_id,
            client_secret or None,
            # In the body, as the providers' own documents have it; Google and Microsoft take either.
            token_endpoint_auth_method="client_secret_post" if client_secret else "none",
            revocation_endpoint_auth_method="client_secret_post" if client_secret else "none",
            code_challenge_method="S256",
            **more,
        )
        self.skew = 0.0
        """Seconds by which this machine's clock is ahead of the authority's, as far as its last answer told."""
        self._authority = authority
        self._allowed = {_origin(url) for url in (authority.token, authority.device, authority.revoke) if url}

    def request(self, method: str, url: str, **more: Any) -> requests.Response:
        """As requests has it. Raises ServerError for an answer that is none, or not for now."""
        if _origin(url) not in self._allowed or not is_safe(url):
            raise ServerError(f"{self._authority.name} cannot be asked at an address that is not its own.")
        if _is_loopback(url):
            more["proxies"] = {"http": None, "https": None}
        # With this one there is no look into ~/.netrc, where `auth` is None there is.
        more["auth"] = more.get("auth") or _unchanged
        response: requests.Response = super().request(
            method, url, withhold_token=True, allow_redirects=False, stream=True, timeout=SECONDS, **more
        )
        self.skew = _skew(response)
        try:
            _require_an_answer(response, self._authority)
            # requests reads an answer whole, however long it is: so it is read here, and put where requests has it.
            response._content = _read(response, self._authority)
            response._content_consumed = True  # type: ignore[attr-defined]  # not among its types
        finally:
            response.close()
        return response


def is_safe(url: str) -> bool:
    """Is what is sent there protected, or does it stay on this machine?"""
    return urlsplit(url).scheme == "https" or _is_loopback(url)


def _skew(response: requests.Response) -> float:
    try:
        return time.time() - parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (LookupError, ValueError, TypeError, OverflowError):
        return 0.0


def clock_is_wrong(seconds: float) -> str:
    """A sentence about it, where it is worth one."""
    if abs(seconds) < _SKEW:
        return ""
    minutes, side = round(abs(seconds) / 60), "ahead of" if seconds > 0 else "behind"
    return f"This computer's clock is {minutes} minutes {side} theirs: set it right."


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _require_an_answer(response: requests.Response, authority: Authority) -> None:
    """Raise ServerError for one that says nothing about the sign-in itself."""
    code = response.status_code
    if 300 <= code <= 399:
        raise ServerError(
            f"{authority.name} wanted to send us to another address, which is not followed: check the addresses."
        )
    if code >= 500 or code in (408, 429):
        raise ServerError(
            f"{authority.name} gives no sign-in just now ({code}): trying again may help.",
            retry_after=_asked(response),
        )


def _asked(response: requests.Response) -> float | None:
    told = response.headers.get("Retry-After", "")
    return min(float(told), LONGEST) if told.isascii() and told.isdigit() else None


def _read(response: requests.Response, authority: Authority) -> bytes:
    end, found = time.monotonic() + 2 * SECONDS, b""
    # As it comes: read in blocks, one that trickles could take its time for each.
    while piece := response.raw.read1(4096, decode_content=True):
        found += piece
        if len(found) > _LARGEST or time.monotonic() > end:
            raise ServerError(f"{authority.name} gave an answer of no end: try again later.")
    return found
