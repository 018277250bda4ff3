"""The way to a server, step by step: its name, its port, and what it presents itself with.

No step sends anything that is private: there is no sign-in here.
"""

from __future__ import annotations

import re
import socket
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from io import BufferedReader
from typing import TYPE_CHECKING, Any

from triage.checkup.within import within
from triage.wire import Server, Tls, tls

if TYPE_CHECKING:
    from cryptography import x509

_LINE = 8192
"""Bytes of one line of a server that we are willing to read."""
_LINES = 64
_TIMES = ("notBefore", "notAfter")
_LONGEST = 64
"""Signs in the name of an authority (RFC 5280, ub-common-name)."""
_LAST = rb"\d{3}(?!-)"
"""The last line of an SMTP reply (RFC 5321, 4.2.1)."""


class Speech(Enum):
    """What a server speaks: how TLS is asked for differs."""

    IMAP = "imap"
    SMTP = "smtp"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server presents itself with. `self_made`: by its own word, nobody else has signed it."""

    begins: datetime
    ends: datetime
    names: tuple[str, ...]
    self_made: bool = False


@dataclass(frozen=True, slots=True)
class Authority:
    """One that vouches for a certificate, or for another authority, and until when it may."""

    name: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class Handshake:
    """How TLS began. `fault` is OpenSSL's number of what is wrong with the certificate, 0 for nothing.

    `authorities` is empty where they cannot be seen: before Python 3.13, `ssl` tells of the last certificate alone.
    """

    version: str
    certificate: Certificate | None
    fault: int = 0
    said: str = ""
    authorities: tuple[Authority, ...] = ()


def addresses(server: Server, seconds: float) -> tuple[str, ...]:
    """What the server's name stands for. Raises OSError, of which TimeoutError is one."""
    # The resolver has no time limit of its own that could be set.
    found = within(seconds, lambda: socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM))
    return tuple(dict.fromkeys(str(place[0]) for *_, place in found))


def connect(server: Server) -> None:
    """Does anybody answer there? Raises OSError."""
    socket.create_connection((server.host, server.port), server.timeout).close()


def handshake(server: Server, speech: Speech) -> Handshake:
    """Begin TLS as the program would, and hang up. Raises OSError, and ConfigError for a `ca_file` of no use.

    Where the certificate is refused, it is fetched once more, only to be able to say what is wrong with it.
    """
    try:
        with _protected(server, speech, tls.context(server)) as secure:
            told = _plain(secure.getpeercert() or {})
            return Handshake(secure.version() or "", told, authorities=_authorities(_chain(secure)))
    except ssl.SSLCertVerificationError as error:
        fault, said = error.verify_code, error.verify_message
    shown, chain = _refused(server, speech)
    return Handshake("", shown, fault, said, _authorities(chain))


def _chain(secure: ssl.SSLSocket) -> list[bytes]:
    """Who vouches for the server, from the one that signed its certificate up to the root, as DER."""
    if sys.version_info >= (3, 13):
        proved = secure.context.verify_mode is not ssl.CERT_NONE
        return (secure.get_verified_chain() if proved else secure.get_unverified_chain())[1:]
    return []


def _authorities(chain: list[bytes]) -> tuple[Authority, ...]:
    """None at all where one cannot be read: a part of them would say that all is well with the rest."""
    if not chain:
        return ()
    try:
        from cryptography import x509  # noqa: PLC0415  # large, and only looked for here

        found = [x509.load_der_x509_certificate(one) for one in chain]
        return tuple(Authority(_name(one), one.not_valid_after_utc) for one in found)
    except (ValueError, ImportError):
        return ()


def _name(found: x509.Certificate) -> str:
    """What it calls itself, or who runs it; empty where that is nothing to be printed."""
    from cryptography.x509.oid import NameOID  # noqa: PLC0415  # as above

    kinds = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    names = [str(one.value) for kind in kinds for one in found.subject.get_attributes_for_oid(kind)]
    return next((name for name in names if name.isprintable() and len(name) <= _LONGEST), "")


def _protected(server: Server, speech: Speech, rules: ssl.SSLContext) -> ssl.SSLSocket:
    bare = socket.create_connection((server.host, server.port), server.timeout)
    try:
        if server.tls is Tls.STARTTLS:
            _ask(bare, speech)
        return rules.wrap_socket(bare, server_hostname=server.host)
    except BaseException:
        bare.close()
        raise


def _ask(bare: socket.socket, speech: Speech) -> None:
    """STARTTLS (RFC 9051, 6.2.1; RFC 3207). Raises ConnectionError where it is refused."""
    with bare.makefile("rb") as lines:
        if speech is Speech.IMAP:
            _line(lines)
            bare.sendall(b"t STARTTLS\r\n")
            granted = _until(lines, rb"t ").upper().startswith(b"T OK")
        else:
            _until(lines, _LAST)
            bare.sendall(b"EHLO [127.0.0.1]\r\n")
            _until(lines, _LAST)
            bare.sendall(b"STARTTLS\r\n")
            granted = _until(lines, _LAST).startswith(b"220")
    if not granted:
        raise ConnectionRefusedError("STARTTLS was refused")


def _until(lines: BufferedReader, last: bytes) -> bytes:
    """The line that ends an answer. Raises ConnectionError where there is none."""
    for _ in range(_LINES):
        line = _line(lines)
        if re.match(last, line):
            return line
    raise ConnectionResetError("an answer of no end")


def _line(lines: BufferedReader) -> bytes:
    line = lines.readline(_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionResetError("it hung up")
    return line


def _plain(told: Mapping[str, Any]) -> Certificate | None:
    """A certificate as Python's own library tells it, once it is verified."""
    if not told:
        return None
    begins, ends = (datetime.fromtimestamp(ssl.cert_time_to_seconds(told[key]), UTC) for key in _TIMES)
    return Certificate(begins, ends, tuple(name for _, name in told.get("subjectAltName", ())))


def _refused(server: Server, speech: Speech) -> tuple[Certificate | None, list[bytes]]:
    """What was refused, and what came with it; None where it cannot be had or read. Such a server is told nothing."""
    rules = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    rules.check_hostname = False
    rules.verify_mode = ssl.CERT_NONE
    try:
        from cryptography import x509  # noqa: PLC0415  # only where something is wrong

        with _protected(server, speech, rules) as secure:
            found = x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")
            chain = _chain(secure)
        self_made = found.issuer == found.subject
        return Certificate(found.not_valid_before_utc, found.not_valid_after_utc, _names(found), self_made), chain
    except (OSError, ValueError, ImportError):
        return None, []


def _names(found: x509.Certificate) -> tuple[str, ...]:
    """Whom it is for. Raises ValueError where that cannot be read."""
    from cryptography import x509  # noqa: PLC0415  # as above

    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress)))
