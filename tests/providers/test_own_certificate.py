"""A server with a certificate that it made itself, as Proton Bridge has one: `ca_file` is all it takes."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.rig.scripted import Scripted
from triage.errors import ServerError
from triage.providers import of_domain
from triage.wire import Tls
from triage.wire.imap import Session

SIGNED_IN = {"LOGIN": b"%s OK signed in\r\n", "STARTTLS": b"%s OK go\r\n"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """The certificate in a file, as it is exported, and what serves with it: of its own making, for 127.0.0.1."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(True, False, True, False, False, True, False, False, False)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=7300))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("bridge")
    exported, secret = folder / "cert.pem", folder / "key.pem"
    exported.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.TraditionalOpenSSL
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    rules = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    rules.load_cert_chain(exported, secret)
    return exported, rules


def test_with_its_certificate_as_ca_file_it_is_signed_in_to(made: tuple[Path, ssl.SSLContext]) -> None:
    exported, rules = made
    bridge = of_domain("proton.me")
    assert bridge is not None
    assert (bridge.own_certificate, bridge.imap.host, bridge.imap.tls) == (True, "127.0.0.1", "starttls")
    with Scripted(SIGNED_IN, rules=rules) as running:
        server = replace(running.server(tls=Tls(bridge.imap.tls)), ca_file=exported)
        Session(server, lambda: "shown by Bridge").close()
        said = [command.split()[1] for command in running.commands]
        assert said.index("STARTTLS") < said.index("LOGIN")


def test_without_it_nothing_is_said_to_it(made: tuple[Path, ssl.SSLContext]) -> None:
    with Scripted(SIGNED_IN, rules=made[1]) as running:
        with pytest.raises(ServerError, match="set ca_file"):
            Session(running.server(tls=Tls.STARTTLS), lambda: "secret").close()
        assert not [command for command in running.commands if "LOGIN" in command or "AUTH" in command]
