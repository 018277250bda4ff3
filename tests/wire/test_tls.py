"""No password goes out before we know who is there, and that nobody else listens."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from tests.conftest import Account
from tests.rig.ports import UNNAMED
from tests.rig.proxy import Proxy
from tests.rig.scripted import Scripted
from triage.errors import ConfigError, ServerError
from triage.wire import Server, Tls, tls
from triage.wire.imap import Session


@pytest.mark.parametrize(
    "host",
    [
        "imap.example.org",
        "localhost.example.org",
        "10.0.0.1",
        "128.0.0.1",
        "0.0.0.0",
        "::",
        "",
        "127.0.0.1.nip.io",
        "2130706433",
    ],
)
def test_plain_text_to_another_machine_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1"):
        tls.guard(Server(host, 143, "reader", Tls.NONE))
    tls.guard(Server(host, 143, "reader", Tls.STARTTLS))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_plain_text_to_this_machine_is_taken(host: str) -> None:
    tls.guard(Server(host, 143, "reader", Tls.NONE))


def test_rules_are_strict() -> None:
    rules = tls.context(Server("imap.example.org", 993, "reader"))
    assert rules.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert rules.check_hostname
    assert rules.verify_mode is ssl.CERT_REQUIRED


def test_rules_are_shared_by_all_who_trust_the_same(tmp_path: Path) -> None:
    """Each loads all authorities of the system, which takes some milliseconds and half a megabyte."""
    one, other = (tls.context(Server(host, 993, host)) for host in ("imap.example.org", "mail.example.net"))
    assert one is other
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    own = tls.context(Server("imap.example.org", 993, "reader", ca_file=path))
    assert own is tls.context(Server("mail.example.net", 465, "reader", Tls.STARTTLS, path))
    assert own is not one
    trustme.CA().cert_pem.write_to_path(path)
    assert tls.context(Server("imap.example.org", 993, "reader", ca_file=path)) is not own, "it was renewed"


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_useless_ca_file_is_a_fault_of_the_configuration(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match="ca_file"):
        tls.context(Server("imap.example.org", 993, "reader", ca_file=path))


@pytest.fixture(params=[Tls.IMPLICIT, Tls.STARTTLS])
def secure(
    request: pytest.FixtureRequest, account: Account, proxy: Proxy, tls_proxy: Proxy
) -> Iterator[tuple[Server, Proxy]]:
    """A server reached with TLS, and the network on the way to it."""
    network = tls_proxy if request.param is Tls.IMPLICIT else proxy
    yield account.through(network, request.param), network
    assert b"LOGIN" not in network.sent
    assert b"AUTHENTICATE" not in network.sent


@pytest.mark.server
def test_good_certificate(secure: tuple[Server, Proxy]) -> None:
    Session(secure[0], Account.password).close()


@pytest.mark.server
def test_self_signed_certificate_is_refused(secure: tuple[Server, Proxy]) -> None:
    with pytest.raises(ServerError, match=r"certificate of 127.*unable to get local issuer.*ca_file"):
        Session(replace(secure[0], ca_file=None), Account.password)


@pytest.mark.server
def test_certificate_of_another_authority_is_refused(secure: tuple[Server, Proxy], tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with pytest.raises(ServerError, match="certificate"):
        Session(replace(secure[0], ca_file=other), Account.password)


@pytest.mark.server
def test_certificate_of_another_host_is_refused(secure: tuple[Server, Proxy]) -> None:
    with pytest.raises(ServerError, match=r"(?i)hostname mismatch.*127\.1"):
        Session(replace(secure[0], host=UNNAMED), Account.password)


@pytest.mark.server
def test_tls_to_a_port_that_speaks_plain_text(account: Account) -> None:
    with pytest.raises(ServerError, match="does not speak TLS"):
        Session(replace(account.server(Tls.IMPLICIT), port=account.dovecot.port), Account.password)


@pytest.mark.server
def test_answers_slipped_in_before_tls_begins_are_not_believed(account: Account, proxy: Proxy) -> None:
    """The handshake that follows is a good one: only the bytes waiting in front of it give the stranger away."""
    proxy.inject = (b"STARTTLS", b"* CAPABILITY IMAP4rev1\r\n")
    with pytest.raises(ServerError, match="slipped in"):
        Session(account.through(proxy, Tls.STARTTLS), account.password)
    assert proxy.inject is None


_CAPABLE = b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n%s OK done\r\n"


@pytest.mark.parametrize(
    ("greeting", "starttls"),
    [
        (b"* OK hello\r\n", b"%s NO not here\r\n"),
        (b"* OK hello\r\n", b"%s BAD what?\r\n"),
        (b"* PREAUTH welcome, no need for secrets\r\n", b"%s OK go ahead\r\n"),
        (b"* OK hello\r\n", b"%s OK go ahead\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"),
        (b"* OK hello\r\n", b"%s OK go ahead\r\nnot a handshake at all\r\n"),
        (b"* OK hello\r\n", b""),
    ],
    ids=["refused", "unknown", "PREAUTH skips it", "answers slipped in", "garbage", "no answer"],
)
def test_a_password_never_follows_a_starttls_that_failed(greeting: bytes, starttls: bytes) -> None:
    with Scripted({"CAPABILITY": _CAPABLE, "STARTTLS": starttls}, greeting) as scripted:
        with pytest.raises(ServerError):
            Session(scripted.server(0.5, Tls.STARTTLS), lambda: "secret")
        assert not any("LOGIN" in line or "AUTH" in line for line in scripted.commands)
