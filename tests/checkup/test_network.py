"""The way to a server, with real sockets and real certificates: good ones, and those that are not."""

from __future__ import annotations

import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from tests.rig.listening import Listening
from tests.rig.ports import UNNAMED, free_port
from tests.rig.scripted import Scripted
from triage.checkup import network, on_servers
from triage.checkup.network import Speech
from triage.checkup.within import within
from triage.wire import Server, Tls

NOW = datetime.now(UTC)
CAPABLE = b"* CAPABILITY IMAP4rev1 STARTTLS\r\n%s OK done\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def rules(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


@contextmanager
def serving(certificate: trustme.LeafCert, tls: Tls, ca_file: Path | None, host: str = "127.0.0.1") -> Iterator[Server]:
    answers = {"STARTTLS": b"%s OK go on\r\n", "CAPABILITY": CAPABLE} if tls is Tls.STARTTLS else {}
    with Scripted(answers, rules=rules(certificate)) as running:
        yield Server(host, running.port, "reader", tls, ca_file, 3.0)


Issue = Callable[[trustme.CA], trustme.LeafCert]


def good(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("127.0.0.1", not_after=NOW + timedelta(days=90))


def ending(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("127.0.0.1", not_after=NOW + timedelta(days=3))


def ended(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("127.0.0.1", not_after=NOW - timedelta(days=3))


def of_another(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("mail.example.net")


def of_a_stranger(_: trustme.CA) -> trustme.LeafCert:
    return trustme.CA().issue_cert("127.0.0.1")


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
@pytest.mark.parametrize(
    ("issue", "verdict", "says"),
    [
        (good, "ok", "TLS 1.3, certificate good until"),
        (ending, "note", "(2 days)"),
        (ended, "WRONG", f"ended on {(NOW - timedelta(days=3)).date()}"),
        (of_another, "WRONG", "it is for mail.example.net"),
        (of_a_stranger, "WRONG", "vouches for"),
    ],
)
def test_a_certificate(authority: trustme.CA, ca_file: Path, tls: Tls, issue: Issue, verdict: str, says: str) -> None:
    with serving(issue(authority), tls, ca_file) as server:
        found = on_servers.protection(server, network.handshake(server, Speech.IMAP), datetime.now(UTC))
    assert (found.verdict.value, says in found.how) == (verdict, True), found


def test_a_name_that_the_certificate_does_not_have(authority: trustme.CA, ca_file: Path) -> None:
    with serving(good(authority), Tls.IMPLICIT, ca_file, UNNAMED) as server:
        seen = network.handshake(server, Speech.IMAP)
    assert seen.certificate is not None
    assert seen.certificate.names == ("127.0.0.1",)
    assert 'host = "127.0.0.1"' in on_servers.protection(server, seen, NOW).remedy


def test_a_certificate_of_its_own_making(tmp_path: Path) -> None:
    """What many a server at home has, and every Proton Bridge."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - timedelta(1)).not_valid_after(NOW + timedelta(90))
    made = builder.sign(key, hashes.SHA256())
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    with Scripted(rules=context) as running:
        server = Server("127.0.0.1", running.port, "reader", Tls.IMPLICIT, None, 3.0)
        found = on_servers.protection(server, network.handshake(server, Speech.IMAP), NOW)
    assert "made its certificate itself" in found.how
    assert "ca_file" in found.remedy
    assert running.commands == [], "nothing was said to a server that could be anybody"


def chained(authority: trustme.CA, ends: datetime) -> trustme.LeafCert:
    """Vouched for by an authority in between, which ends then; trustme makes none that does."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

    between = authority.create_child_ca()
    old = x509.load_pem_x509_certificate(between.cert_pem.bytes())
    key = load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    builder = x509.CertificateBuilder(
        old.issuer, old.subject, old.public_key(), 7, NOW - timedelta(30), ends, list(old.extensions)
    )
    leaf = between.issue_cert("127.0.0.1", not_after=NOW + timedelta(days=90))
    made = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    own = leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes()
    leaf.private_key_and_cert_chain_pem = trustme.Blob(own + made)
    return leaf


@pytest.mark.parametrize(
    ("days", "verdict", "newer", "older"),
    [
        (900, "ok", ", those of its authorities until ", "days)"),
        (3, "note", ") ends on ", "days)"),
        (-3, "WRONG", ") ended on ", "but an authority behind it ended"),
    ],
)
def test_who_vouches_for_it(
    authority: trustme.CA, ca_file: Path, days: int, verdict: str, newer: str, older: str
) -> None:
    """Python tells of them from 3.13 on; before that nothing is said, unless the certificate is refused for it."""
    told = sys.version_info >= (3, 13)
    with serving(chained(authority, NOW + timedelta(days=days)), Tls.IMPLICIT, ca_file) as server:
        found = on_servers.protection(server, network.handshake(server, Speech.IMAP), datetime.now(UTC))
    assert (newer if told else older) in found.how, found
    assert found.verdict.value == (verdict if told or days < 0 else "ok")


class Greeting(Listening):
    """Says hello in plain text, whatever comes."""

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.sendall(b"* OK hello\r\n")
            connection.recv(4096)


def test_a_port_that_does_not_begin_with_tls() -> None:
    with Greeting() as running:
        server = Server("127.0.0.1", running.port, "reader", Tls.IMPLICIT, None, 3.0)
        with pytest.raises(ssl.SSLError) as caught:
            network.handshake(server, Speech.IMAP)
    assert "does not begin with TLS" in on_servers.tls_failed(server, caught.value).how


def test_a_server_that_refuses_starttls() -> None:
    with Scripted({"STARTTLS": b"%s NO not here\r\n"}) as running:
        server = Server("127.0.0.1", running.port, "reader", Tls.STARTTLS, None, 3.0)
        with pytest.raises(ConnectionRefusedError) as caught:
            network.handshake(server, Speech.IMAP)
    assert "did not agree to STARTTLS" in on_servers.tls_failed(server, caught.value).how


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
@pytest.mark.parametrize("speech", list(Speech))
def test_a_server_that_hangs_is_left_behind(tls: Tls, speech: Speech) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = Server("127.0.0.1", silent.getsockname()[1], "reader", tls, None, 0.2)
        network.connect(server)
        with pytest.raises(TimeoutError) as caught:
            network.handshake(server, speech)
    assert "no answer for 0.2 seconds" in on_servers.tls_failed(server, caught.value).how


def test_nobody_is_there() -> None:
    server = Server("127.0.0.1", free_port(), "reader", timeout=1.0)
    with pytest.raises(ConnectionRefusedError):
        network.connect(server)


def test_a_name() -> None:
    assert network.addresses(Server("localhost", 993, "reader"), 5.0)
    with pytest.raises((socket.gaierror, TimeoutError)):
        network.addresses(Server("no-such-host.invalid", 993, "reader"), 5.0)


def test_a_look_that_never_ends_is_left_behind() -> None:
    with pytest.raises(TimeoutError):
        within(0.05, lambda: time.sleep(30))
    assert within(5.0, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5.0, lambda: 1 // 0)
