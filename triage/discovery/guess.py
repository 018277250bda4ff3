"""Servers by trying: the usual names of a domain, which have to answer as IMAP servers, with a good certificate."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

from triage.discovery.network import Network
from triage.discovery.values import Address, Found, Source, UnreachableError
from triage.providers import Endpoint, of_host
from triage.wire.poll import Deadline

_LONGEST = 8192
"""Bytes of one line."""
_MOST_LINES = 50


def candidates(domain: str) -> list[Endpoint]:
    """What is tried, the likeliest first, and TLS from the first byte before STARTTLS."""
    hosts = (f"imap.{domain}", f"mail.{domain}", domain)
    return [Endpoint(host, port, tls) for port, tls in ((993, "implicit"), (143, "starttls")) for host in hosts]


def by_trying(network: Network, address: Address, deadline: Deadline) -> Found | None:
    """The first candidate that answers; all are tried at once."""
    tried = candidates(address.domain)
    with ThreadPoolExecutor(len(tried), "guess") as pool:
        answers = list(pool.map(lambda one: answers_as_imap(network, one, deadline), tried))
    imap = next((one for one, fine in zip(tried, answers, strict=True) if fine), None)
    if imap is None:
        return None
    provider, user = of_host(imap.host), str(address)
    how = "the usual places, by trying"
    return Found(imap, None, user, user, provider, how, Source.GUESS, provider.sign_in if provider else ("password",))


def answers_as_imap(network: Network, server: Endpoint, deadline: Deadline) -> bool:
    """Does an IMAP server answer there, with a certificate for this name? Nothing is signed in to."""
    try:
        with network.connection(server.host, server.port, deadline) as line:
            if server.tls == "starttls" and not _starttls(line):
                return False
            with network.protected(line, server.host) as safe:
                told = _Lines(safe)
                greeted = server.tls == "starttls" or told.greeting()
                return greeted and b"IMAP4REV1" in told.answer(b"a CAPABILITY\r\n", b"a ").upper()
    except UnreachableError:
        return False


def _starttls(line: socket.socket) -> bool:
    told = _Lines(line)
    return told.greeting() and told.answer(b"a STARTTLS\r\n", b"a ").upper().startswith(b"A OK") and told.is_empty


class _Lines:
    """What a server says, line by line and bounded."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._rest = b""

    @property
    def is_empty(self) -> bool:
        """Has it said nothing beyond? What stands behind a yes to STARTTLS was put there by somebody between us."""
        return not self._rest

    def greeting(self) -> bool:
        return self._next().upper().startswith(b"* OK")

    def answer(self, command: bytes, tag: bytes) -> bytes:
        """Everything up to the line with this tag."""
        self._line.sendall(command)
        found = b""
        for _ in range(_MOST_LINES):
            line = self._next()
            found += line
            if line.startswith(tag):
                return found
        raise UnreachableError("it talks without an end")

    def _next(self) -> bytes:
        while b"\n" not in self._rest:
            more = self._line.recv(4096)
            if not more or len(self._rest) > _LONGEST:
                raise UnreachableError("it breaks off")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line + b"\n"
