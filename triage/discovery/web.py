"""One small document by HTTPS: bounded in size and time, and by HTTPS at every step."""

from __future__ import annotations

from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urljoin, urlsplit

from triage.discovery import naming
from triage.discovery.network import Network
from triage.discovery.values import UnreachableError
from triage.wire.poll import Deadline

LARGEST = 64 * 1024
"""Bytes. The documents in use have 1 to 6 kB."""
_MOST_STEPS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
_OK = 200


def fetch(network: Network, url: str, deadline: Deadline) -> bytes:
    """The document. Raises UnreachableError, also for one that is too large or leads away from HTTPS."""
    for _ in range(_MOST_STEPS):
        host, path = _place(url)
        status, moved_to, data = _answer(network, host, path, deadline)
        if status == _OK:
            return data
        if status not in _MOVED or not moved_to:
            raise UnreachableError(f"{host} has no such document")
        url = _joined_place(url, moved_to)
    raise UnreachableError("it leads on and on to other places")


def _joined_place(url: str, moved_to: str) -> str:
    try:
        return urljoin(url, moved_to)
    except ValueError:
        raise UnreachableError("it leads to a place that is no address") from None


def _place(url: str) -> tuple[str, str]:
    """Host, and path with query. Raises UnreachableError for all but plain https addresses with a host name."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnreachableError("it leads to a place that is no address") from None
    if parts.scheme != "https" or port not in {None, 443} or "@" in parts.netloc:
        raise UnreachableError("it leads away from https, which is not followed")
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    if not path.isascii() or not path.isprintable() or " " in path:
        raise UnreachableError("it leads to a place that is no address")
    return naming.host(parts.hostname or ""), path


def _answer(network: Network, host: str, path: str, deadline: Deadline) -> tuple[int, str, bytes]:
    with network.connection(host, 443, deadline) as line, network.protected(line, host) as safe:
        asking = HTTPConnection(host)
        asking.sock = safe
        try:
            # No name of a program, no cookie, no language: the host learns the domain, and nothing else.
            asking.request("GET", path, headers={"Accept-Encoding": "identity", "Connection": "close"})
            told = asking.getresponse()
            return told.status, told.getheader("Location") or "", _body(told, host)
        except (HTTPException, ValueError) as error:
            raise UnreachableError(f"{host} answers in a way that cannot be read") from error
        finally:
            asking.close()


def _body(told: HTTPResponse, host: str) -> bytes:
    if told.status != _OK:
        return b""
    if (told.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise UnreachableError(f"{host} answers in a way that cannot be read")
    data = _joined(iter(lambda: told.read1(LARGEST), b""))
    if len(data) > LARGEST:
        raise UnreachableError(f"{host} sends far more than such a document has")
    return data


def _joined(pieces: Iterable[bytes]) -> bytes:
    found = b""
    for piece in pieces:
        found += piece
        if len(found) > LARGEST:
            break
    return found
