"""Autoconfig documents (draft-ietf-mailmaint-autoconfig, version 1.1): XML from strangers, read and sorted.

Expat is used directly: a document type is refused where it begins, so there are no entities to expand and nothing to
load; and number and length of elements are bounded while they are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from triage.discovery.values import UnreachableError

_MOST, _LONGEST = 2000, 1000
"""Elements, and so levels as well; letters in one of them."""
_PROTECTED: Mapping[str, str] = {"ssl": "implicit", "starttls": "starttls"}
_WAYS: Mapping[str, str] = {
    "oauth2": "oauth",
    "password-cleartext": "password",
    "password-encrypted": "password",
    "plain": "password",
    "secure": "password",
}
_MOST_SERVERS = 12
"""That are told; those in use name four to six."""
_PLACE = ["clientConfig", "emailProvider"]
_SERVERS = frozenset({"incomingServer", "outgoingServer"})
_PORT, _PORTS = re.compile(r"[0-9]{1,5}"), range(1, 65536)
_FIELDS = frozenset({"hostname", "port", "socketType", "username", "authentication"})


@dataclass(frozen=True, slots=True)
class Offered:
    """A server that a document names, with its placeholders not filled in yet. `ways` to sign in, best first."""

    kind: str
    host: str
    port: int
    tls: str
    user: str
    ways: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    path: list[str] = field(default_factory=list)
    seen: int = 0
    text: str = ""
    kind: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    servers: list[Offered] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        self.seen += 1
        self.text = ""
        if self.seen > _MOST:
            _refuse()
        if name in _SERVERS and self.path[:-1] == _PLACE:
            self.kind, self.fields = attributes.get("type", "").lower(), []

    def letters(self, data: str) -> None:
        self.text += data
        if len(self.text) > _LONGEST:
            _refuse()

    def end(self, name: str) -> None:
        self.path.pop()
        if name in _FIELDS and self.path[:-1] == _PLACE:
            self.fields.append((name, self.text.strip()))
        elif name in _SERVERS and self.path == _PLACE:
            self.servers += _server(self.kind, self.fields)
        self.text = ""


def servers(data: bytes) -> list[Offered]:
    """The servers of a document that can be used, best first: TLS from the first byte before STARTTLS, none without.

    Raises UnreachableError for what is no such document.
    """
    reading, parser = _Reading(), expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.letters
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError):
        _refuse()
    return sorted(reading.servers, key=lambda one: one.tls != "implicit")[:_MOST_SERVERS]


def _server(kind: str, fields: list[tuple[str, str]]) -> list[Offered]:
    """One server, or none where it cannot be used: no protection, another protocol, no way to sign in that we have."""
    first = dict(reversed(fields))
    tls = _PROTECTED.get(first.get("socketType", "").lower(), "")
    told = (text.lower() for name, text in fields if name == "authentication")
    ways = tuple(dict.fromkeys(_WAYS[way] for way in told if way in _WAYS))
    port = first.get("port", "")
    if kind not in {"imap", "smtp"} or not tls or not ways or not _PORT.fullmatch(port) or int(port) not in _PORTS:
        return []
    return [Offered(kind, first.get("hostname", ""), int(port), tls, first.get("username", ""), ways)]


def _no_document_type(*_: object) -> None:
    _refuse()


def _refuse() -> NoReturn:
    raise UnreachableError("what it says cannot be used")
