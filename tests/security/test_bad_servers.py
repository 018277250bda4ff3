"""Servers that are not who they should be, or speak a TLS that is broken: not one byte of a password reaches them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.rig.ports import UNNAMED
from triage.errors import ServerError
from triage.wire import Server, Tls, smtp
from triage.wire.imap import Session

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
PASSWORD = "hunter2-xyzzy"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class BadServer:
    """Answers every connection with a TLS handshake of its own, and keeps what it is told first after that."""

    def __init__(self, rules: ssl.SSLContext) -> None:
        self.told = bytearray()
        self._rules = rules
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._answer(self._listener.accept()[0])

    def _answer(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            plain.settimeout(30)
            with self._rules.wrap_socket(plain, server_side=True) as safe:
                safe.sendall(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n")
                self.told += safe.recv(4096)

    def close(self) -> None:
        self._listener.close()


def _rules(certificate: trustme.LeafCert) -> ssl.SSLContext:
    rules = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(rules)
    return rules


def _old(certificate: trustme.LeafCert) -> ssl.SSLContext:
    rules = _rules(certificate)
    rules.set_ciphers("ALL:@SECLEVEL=0")
    rules.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    rules.maximum_version = ssl.TLSVersion.TLSv1_1
    return rules


BAD: dict[str, Callable[[trustme.CA], ssl.SSLContext]] = {
    "expired": lambda us: _rules(us.issue_cert("127.0.0.1", not_after=NOW - DAY)),
    "another host": lambda us: _rules(us.issue_cert("imap.example.org")),
    "a host that ends alike": lambda us: _rules(us.issue_cert("x127.0.0.1.example.org", "*.0.0.1")),
    "its common name alone": lambda us: _rules(us.issue_cert("imap.example.org", common_name="127.0.0.1")),
    "another authority": lambda _: _rules(trustme.CA().issue_cert("127.0.0.1")),
    "TLS 1.1": lambda us: _old(us.issue_cert("127.0.0.1")),
}
CALLS: dict[str, Callable[[Server], object]] = {
    "IMAP": lambda server: Session(server, lambda: PASSWORD),
    "SMTP": lambda server: smtp.signed_in(server, lambda: PASSWORD).__enter__(),
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    made, path = trustme.CA(), tmp_path_factory.mktemp("tls") / "authority.pem"
    made.cert_pem.write_to_path(path)
    return made, path


@pytest.fixture
def server(request: pytest.FixtureRequest, authority: tuple[trustme.CA, Path]) -> Iterator[BadServer]:
    running = BadServer(BAD[request.param](authority[0]))
    yield running
    running.close()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("server", BAD, indirect=True)
def test_no_byte_of_a_password_reaches_it(
    server: BadServer, authority: tuple[trustme.CA, Path], call: Callable[[Server], object]
) -> None:
    with pytest.raises(ServerError):
        call(Server("127.0.0.1", server.port, "reader", Tls.IMPLICIT, authority[1], timeout=30))
    assert bytes(server.told) == b""


def test_a_good_one_is_told_it(authority: tuple[trustme.CA, Path]) -> None:
    """Else those tests would show nothing."""
    good = BadServer(_rules(authority[0].issue_cert("127.0.0.1")))
    with pytest.raises(ServerError):
        Session(Server("127.0.0.1", good.port, "reader", Tls.IMPLICIT, authority[1], timeout=30), lambda: PASSWORD)
    assert good.told
    with pytest.raises(ServerError, match=r"(?i)mismatch"):
        Session(Server(UNNAMED, good.port, "reader", Tls.IMPLICIT, authority[1], timeout=30), lambda: PASSWORD)
    good.close()
