"""The way back from the browser: a port of this machine for one request (RFC 8252), or an address that is pasted.

What comes back must carry the state that went out, so that nobody else's sign-in is taken for the reader's.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from triage.errors import CredentialError, InputError
from triage.oauth import faults
from triage.oauth.authorities import OUT_OF_BAND
from triage.oauth.values import Client

PATIENCE = 600.0
"""Seconds for a person to find a password, a telephone, and the button."""
_WELL, _ELSE, _NOTHING = (
    ("Done", "You are signed in. You can close this page and go back to triage."),
    ("Not signed in", "Nothing was changed. Close this page; triage says how to go on."),
    ("Nothing here", "This page is not the one."),
)
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark"><title>{title}</title><style>body{{font:1.1rem/1.6 '
    "system-ui,sans-serif;max-width:28rem;margin:20vh auto;padding:0 1rem}}</style><h1>{title}</h1><p>{text}</p></html>"
)


def code_in(client: Client, pasted: str, state: str) -> str:
    """The code in the address that the browser was sent to. Raises InputError where it is none of ours, and
    CredentialError where it says no."""
    if client.authority.redirect == OUT_OF_BAND and "?" not in pasted and pasted.strip():
        return pasted.strip()  # the page shows the code alone
    told = _told(pasted.strip())
    if not hmac.compare_digest(told.get("state", "").encode(), state.encode()):
        raise InputError(
            "This is not the address of the last page of this sign-in: copy all of it, from http on, and try again."
        )
    return _code(client, told)


class Landing:
    """A port of this machine that waits for the browser; it is closed in the end."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: Queue[Mapping[str, str]] = Queue()
        self._state = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(self._arrived))
        self._server.daemon_threads = True
        self.redirect = f"{client.authority.redirect}:{self._server.server_port}/"
        """Where the browser is to be sent."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def expect(self, state: str) -> None:
        """From now on, a request with this state is the one."""
        self._state = state

    def code(self, seconds: float = PATIENCE) -> str:
        """The code that the browser brings. Raises CredentialError where it brings none, or nobody comes."""
        try:
            told = self._found.get(timeout=seconds)
        except Empty:
            raise CredentialError(f"Nobody signed in for a while: run `{self._client.command}` to try again.") from None
        return _code(self._client, told)

    def _arrived(self, path: str) -> tuple[int, str]:
        """What to show for a request. Browsers ask for other things too, and anybody on this machine may."""
        told = _told(path)
        if not self._state or not hmac.compare_digest(told.get("state", "").encode(), self._state.encode()):
            return 404, _PAGE.format(title=_NOTHING[0], text=_NOTHING[1])
        self._state = ""  # once
        self._found.put(told)
        title, text = _WELL if "code" in told else _ELSE
        return 200, _PAGE.format(title=title, text=text)


def _told(address: str) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(urlsplit(address).query, max_num_fields=50))
    except ValueError:
        return {}


def _code(client: Client, told: Mapping[str, str]) -> str:
    if code := told.get("code", ""):
        return code
    raise faults.of_code(client, told.get("error", ""), told.get("error_description", ""))


def _answering(arrived: Callable[[str], tuple[int, str]]) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        timeout = 10
        """Seconds: browsers open connections ahead, on which nothing ever comes."""

        def do_GET(self) -> None:  # http.server's name
            code, page = arrived(self.path) if len(self.path) < 16_384 else (404, "")
            self.send_response_only(code)
            for name, value in _HEADERS:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:  # http.server's name
            """Nothing: the code stands in the address."""

    return Answering


_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ("Referrer-Policy", "no-referrer"),  # the address of this page has the code in it
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
)
