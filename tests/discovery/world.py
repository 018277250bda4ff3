"""A small Internet on this machine: name servers, web servers and mail servers for domains that do not exist."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import trustme

from tests.rig.listening import Listening
from tests.rig.scripted import GREETING, Scripted
from triage.discovery import Network, Source
from triage.discovery.naming import IPAddress

HERE = "127.0.0.1"
NAMES = (
    "example.org",
    "*.example.org",
    "mail.hoster.example",
    "autoconfig.thunderbird.net",
    "*.xn--strae-oqa.example",
)
"""What our certificates are for."""


class Names:
    """A name server over UDP and TCP. It answers from `zone`, and ill where it is told to."""

    def __init__(self, zone: Mapping[str, list[str]]) -> None:
        """`zone` has "name TYPE" and what is there, as in a zone file."""
        self.asked: list[str] = []
        self.zone = {key.lower(): texts for key, texts in zone.items()}
        self.silent: set[str] = set()
        self.failing: set[str] = set()
        self.truncated = False
        self.by_tcp = 0
        self._udp, self._tcp = _both()
        self.port: int = self._udp.getsockname()[1]

    def __enter__(self) -> Self:
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (self._udp, self._tcp):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _serve_udp(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, sender = self._udp.recvfrom(4096)
                if not data:
                    return
                if answer := self._answer(data):
                    if self.truncated:
                        answer = dns.message.make_response(dns.message.from_wire(data))
                        answer.flags |= dns.flags.TC
                    self._udp.sendto(answer.to_wire(), sender)

    def _serve_tcp(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._tcp.accept()
                with line, line.makefile("rwb") as stream:
                    size = int.from_bytes(stream.read(2), "big")
                    self.by_tcp += 1
                    if answer := self._answer(stream.read(size)):
                        wire = answer.to_wire()
                        stream.write(len(wire).to_bytes(2, "big") + wire)

    def _answer(self, data: bytes) -> dns.message.Message | None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        if name in self.silent:
            return None
        answer = dns.message.make_response(query)
        if name in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif texts := self.zone.get(f"{name} {kind.lower()}"):
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, texts))
        elif not any(key.split()[0] == name for key in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def _both() -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket with the same number."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind((HERE, 0))
        try:
            return udp, socket.create_server(udp.getsockname())
        except OSError:
            udp.close()


class Web(Listening):
    """A web server by HTTPS: "host/path" and the whole answer, status line included. Everything else is not there."""

    def __init__(self, rules: ssl.SSLContext, pages: Mapping[str, bytes], drip: bytes = b"") -> None:
        """With `drip` it sends, behind the answer, one byte of that at a time."""
        super().__init__()
        self.asked: list[str] = []
        self.requests: list[bytes] = []
        self.dripped = 0
        self._rules, self._pages, self._drip = rules, pages, drip

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), self._rules.wrap_socket(connection, server_side=True) as line:
            request = b""
            while b"\r\n\r\n" not in request:
                request += line.recv(4096) or b"\r\n\r\n"
            self.requests.append(request)
            path = request.split()[1].decode()
            host = request.partition(b"Host: ")[2].partition(b"\r\n")[0].decode()
            self.asked.append(host + path)
            line.sendall(self._pages.get(host + path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
            for _ in self._drip:
                line.sendall(b"x")
                self.dripped += 1
                time.sleep(0.1)


def page(body: str | bytes, head: str = "") -> bytes:
    """An answer with this body."""
    data = body.encode() if isinstance(body, str) else body
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n{head}\r\n".encode() + data


def moved(to: str) -> bytes:
    """An answer that leads to another place."""
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def document(*servers: str, domain: str = "example.org") -> str:
    """An autoconfig document with these servers."""
    inner = "".join(servers)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><clientConfig version="1.1"><emailProvider id="{domain}">'
        f"<domain>{domain}</domain><displayName>Example</displayName>{inner}</emailProvider></clientConfig>"
    )


def server(
    host: str = "imap.example.org",
    port: object = 993,
    socket_type: str = "SSL",
    user: str = "%EMAILADDRESS%",
    ways: tuple[str, ...] = ("password-cleartext",),
    kind: str = "imap",
) -> str:
    """One server of such a document."""
    name = "outgoingServer" if kind == "smtp" else "incomingServer"
    told = "".join(f"<authentication>{way}</authentication>" for way in ways)
    return (
        f'<{name} type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>{socket_type}</socketType>'
        f"<username>{user}</username>{told}</{name}>"
    )


@dataclass(frozen=True, slots=True)
class Paper:
    """The certificates of this world: `authority` is what to trust, `rules` serve all of `NAMES`."""

    authority: Path
    rules: ssl.SSLContext
    foreign: ssl.SSLContext
    """For another name."""


def paper(folder: Path) -> Paper:
    """Fresh certificates."""
    issuer = trustme.CA()
    authority = folder / "authority.pem"
    issuer.cert_pem.write_to_path(authority)
    rules, foreign = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2))
    issuer.issue_cert(*NAMES).configure_cert(rules)
    issuer.issue_cert("elsewhere.example").configure_cert(foreign)
    return Paper(authority, rules, foreign)


@dataclass(slots=True)
class World:
    """All of it, set up by `with world.with_...`; `network` is the way to it."""

    paper: Paper
    names: Names
    stack: contextlib.ExitStack
    ports: dict[int, int] = field(default_factory=dict)

    def web(self, pages: Mapping[str, bytes] | None = None, drip: bytes = b"") -> Web:
        """A web server for all names of this world."""
        running = self.stack.enter_context(Web(self.paper.rules, pages or {}, drip))
        self.ports[443] = running.port
        return running

    def mail(
        self,
        port: int,
        answers: Mapping[str, bytes] | None = None,
        rules: ssl.SSLContext | None = None,
        greeting: bytes = GREETING,
    ) -> Scripted:
        """An IMAP server on this port of all names: 993 with TLS, 143 with STARTTLS, if it is among the answers."""
        running = self.stack.enter_context(Scripted(answers, greeting, rules or self.paper.rules))
        self.ports[port] = running.port
        return running

    def network(
        self, *, ispdb: bool = False, only: Source | None = None, patience: float = 2.0, total: float = 10.0
    ) -> Network:
        """The way to this world: all there is has the address of this machine."""
        name_server = (HERE, self.names.port)
        # Port 1: nobody is there. Nothing real is to be reached from here, whatever a test forgets.
        ports = {443: 1, 993: 1, 143: 1, **self.ports}
        usual = Network().places | ({Source.ISPDB} if ispdb else set())
        places = frozenset({only} if only else usual)
        return Network(places, patience, total, name_server, self.paper.authority, ports, is_here)


def is_here(address: IPAddress) -> bool:
    """Is it of this world?"""
    return str(address) == HERE


@contextlib.contextmanager
def world(paper: Paper, zone: Mapping[str, list[str]]) -> Iterator[World]:
    """A world with these names."""
    with Names(zone) as names, contextlib.ExitStack() as stack:
        yield World(paper, names, stack)
