"""An authorisation server of our own on loopback: it grants, exchanges, ends and checks tokens, and fails on purpose.

It serves the addresses of RFC 6749 (/authorize, /token), RFC 7636 (PKCE), RFC 8628 (/device), RFC 7662 (/introspect)
and RFC 7009 (/revoke). Its clock can be turned, and its refresh tokens may be good for one use only.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CLIENT, CLIENT_SECRET = "client-of-robin", "geheim-des-Programms"
SCOPES = ("mail", "offline_access")


@dataclass(frozen=True, slots=True)
class Fault:
    """What it answers in place of what it should: a status, a body, and after how many seconds."""

    code: int = 500
    body: bytes = b"oh no"
    after: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class _Token:
    user: str
    ends: float


@dataclass
class Authority:
    """A running one. All of its settings may be changed at any time."""

    port: int = 0
    user: str = "robin"
    """Who is signed in to the browser that comes."""
    lasts: int = 3600
    """Seconds that an access token is good for."""
    rotates: bool = False
    """A refresh token is good for one use, and brings the next; one that is used twice ends them all."""
    secret: str = ""
    """What clients have to say; empty: nothing."""
    says_no: str = ""
    """The error that the sign-in page and the device's come to."""
    pending: int = 0
    """How often it answers that the code was not entered yet."""
    slow_downs: int = 0
    device_lasts: int = 600
    interval: int = 5
    """Seconds that are to pass between two questions about a code."""
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    """What comes next at each address, before it does as it should."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    skew: float = 0.0
    """Seconds that its clock is ahead: of what it says, and of when tokens end."""
    access: dict[str, _Token] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    """Good refresh tokens, and whose they are."""
    used: dict[str, str] = field(default_factory=dict)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked_at(self, path: str) -> list[dict[str, str]]:
        """What it was asked at this address, oldest first."""
        return [form for at, form in self.asked if at == path]

    def grants(self, user: str) -> str:
        """A refresh token for this user, without any page."""
        token = f"refresh-{next(self._numbers)}-{user}"
        self.refresh[token] = user
        return token

    def gives(self, token: str, user: str) -> None:
        """From now on this is a good access token of theirs."""
        self.access[token] = _Token(user, time.time() + self.lasts)

    def end_access(self) -> None:
        """All access tokens end now."""
        self.access.clear()

    def end_all(self) -> None:
        """All sign-ins end now: as when a password is changed."""
        self.access.clear()
        self.refresh.clear()

    def config(self, table: str = "mailbox") -> str:
        """The table that leads to it."""
        return (
            f'[{table}.oauth]\nauthority = "other"\nclient_id = "{CLIENT}"\nauthorize_url = "{self.url}/authorize"\n'
            f'token_url = "{self.url}/token"\ndevice_url = "{self.url}/device"\nrevoke_url = "{self.url}/revoke"\n'
            f"scopes = {json.dumps(list(SCOPES))}\n"
        )

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """What it says at this address."""
        with self._lock:
            if path == "/introspect":
                return 200, self._introspected(form.get("token", ""))
            self.asked.append((path, form))
            if self.secret and form.get("client_secret") != self.secret:
                return 401, {"error": "invalid_client", "error_description": str(form)}
            answers = {"/token": self._tokens, "/device": self._device, "/revoke": self._revoked}
            return answers[path](form) if path in answers else (404, {})

    def authorized(self, query: dict[str, str]) -> str:
        """Where the browser is sent from the sign-in page."""
        with self._lock:
            self.asked.append(("/authorize", query))
            back = {"state": query.get("state", "")}
            if self.says_no:
                return f"{query['redirect_uri']}?{urlencode(back | {'error': self.says_no})}"
            code = f"code-{next(self._numbers)}"
            self._codes[code] = query
            return f"{query['redirect_uri']}?{urlencode(back | {'code': code})}"

    def _introspected(self, token: str) -> dict[str, Any]:
        known = self.access.get(token)
        if known is None or known.ends <= time.time() + self.skew:
            return {"active": False}
        return {"active": True, "username": known.user, "scope": "mail", "exp": int(known.ends)}

    def _tokens(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        match form.get("grant_type"):
            case "authorization_code":
                return self._by_code(form)
            case "refresh_token":
                return self._by_refresh(form)
            case "urn:ietf:params:oauth:grant-type:device_code":
                return self._by_device(form)
        return 400, {"error": "unsupported_grant_type"}

    def _by_code(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        page = self._codes.pop(form.get("code", ""), {})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proved = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == page.get("code_challenge")
        same = page.get("redirect_uri") == form.get("redirect_uri") and page.get("client_id") == form.get("client_id")
        if not page or not proved or not same or page.get("code_challenge_method") != "S256":
            return 400, {"error": "invalid_grant", "error_description": f"the code was {form.get('code')}"}
        return 200, self._given(self.user, self.grants(self.user))

    def _by_refresh(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        token = form.get("refresh_token", "")
        if token in self.used:
            self.end_all()  # somebody has it who should not (RFC 9700, 4.14.2)
        user = self.refresh.get(token)
        if user is None:
            return 400, {"error": "invalid_grant", "error_description": f"no such token: {token}"}
        if not self.rotates:
            return 200, self._given(user, "")
        self.used[token] = self.refresh.pop(token)
        return 200, self._given(user, self.grants(user))

    def _by_device(self, _form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.slow_downs:
            self.slow_downs -= 1
            return 400, {"error": "slow_down"}
        if self.pending:
            self.pending -= 1
            return 400, {"error": "authorization_pending"}
        if self.says_no:
            return 400, {"error": self.says_no}
        return 200, self._given(self.user, self.grants(self.user))

    def _device(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form.get("scope") != " ".join(SCOPES):
            return 400, {"error": "invalid_scope"}
        return 200, {
            "device_code": "device-1",
            "user_code": "ABCD-EFGH",
            "verification_uri": f"{self.url}/enter",
            "expires_in": self.device_lasts,
            "interval": self.interval,
        }

    def _revoked(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        user = self.refresh.pop(form.get("token", ""), None)
        self.access = {name: token for name, token in self.access.items() if token.user != user}
        return 200, {}

    def _given(self, user: str, refresh: str) -> dict[str, Any]:
        access = f"access-{next(self._numbers)}-{user}"
        self.access[access] = _Token(user, time.time() + self.skew + self.lasts)
        told = {"access_token": access, "token_type": "Bearer", "expires_in": self.lasts}
        return told | ({"refresh_token": refresh} if refresh else {})


@contextmanager
def authority() -> Iterator[Authority]:
    """One on a port of its own, from now to the end of the block."""
    running = Authority()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _serving(running))
    server.daemon_threads = True
    running.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()


class _Serving(BaseHTTPRequestHandler):
    running: Authority

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.send_response(302)
        self.send_header("Location", self.running.authorized(dict(parse_qsl(parts.query))))
        self.end_headers()

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        if planned := self.running.faults.get(self.path):
            self.running.asked.append((self.path, form))
            self._fail(planned.pop(0))
            return
        code, told = self.running.answer(self.path, form)
        self._send(code, json.dumps(told).encode(), (("Content-Type", "application/json"),))

    def _fail(self, fault: Fault) -> None:
        time.sleep(fault.after)
        if fault.code:
            self._send(fault.code, fault.body, fault.headers)
        self.close_connection = True

    def _send(self, code: int, body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
        self.send_response_only(code)
        self.send_header("Date", self.date_time_string(time.time() + self.running.skew))
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def _serving(running: Authority) -> type[BaseHTTPRequestHandler]:
    return type("Serving", (_Serving,), {"running": running})
