"""Six ways to get at a password, and not a byte of it leaves: on the wire in front of the server, and in the server.

What is looked for is the password itself, and every form in which a sign-in would carry it.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from tests.rig import smtp as rig
from tests.rig.proxy import Proxy
from tests.rig.scripted import Scripted
from triage.courier import DeliveryError
from triage.courier.smtp import SmtpCourier
from triage.errors import ServerError
from triage.wire import Server, Tls
from triage.wire.imap import Session

USER = "reader"
READER = "reader@example.net"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SECRETS = (
    rig.PASSWORD,
    base64.b64encode(rig.PASSWORD.encode()).decode(),
    base64.b64encode(f"\0{USER}\0{rig.PASSWORD}".encode()).decode(),
    base64.b64encode(f"\0{READER}\0{rig.PASSWORD}".encode()).decode(),
)
CAPABLE = {"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n%s OK done\r\n"}
GREETING = b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"
YES = b"%s OK go ahead\r\n"


@dataclass(frozen=True, slots=True)
class Bad:
    """What is wrong with a server: what it says before TLS begins, and its certificate."""

    words: str
    """In the sentence that the person reads."""
    greeting: bytes = GREETING
    starttls: bytes = YES
    host: str = "127.0.0.1"
    expires: datetime | None = None
    trusted: bool = True


CERTIFICATES = {
    "is another host": Bad("mismatch", host="imap.example.org"),
    "has expired": Bad("expired", expires=LONG_AGO),
    "vouches for itself": Bad("unable to get local issuer", trusted=False),
}
WORDS = {
    "offers no STARTTLS": Bad("refused", starttls=b"%s BAD unknown command\r\n"),
    "says that we are signed in": Bad("lost|broke off|cannot be read", greeting=b"* PREAUTH welcome\r\n"),
    "has answers slipped in": Bad("slipped in", starttls=YES + b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"),
}


def rules(bad: Bad, folder: Path) -> ssl.SSLContext:
    """The TLS of this server; the authority the reader trusts is written into `folder`."""
    authority = trustme.CA()
    (authority if bad.trusted else trustme.CA()).cert_pem.write_to_path(folder / "authority.pem")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(bad.host, not_after=bad.expires).configure_cert(made)
    return made


def leaked(*places: bytes) -> tuple[str, ...]:
    return tuple(secret for secret in SECRETS if any(secret.encode() in place for place in places))


@contextmanager
def imap(bad: Bad, tls: Tls, folder: Path) -> Iterator[tuple[Server, Callable[[], tuple[str, ...]]]]:
    """A server, and what it and the network in front of it came to know."""
    answers = CAPABLE | ({"STARTTLS": bad.starttls} if tls is Tls.STARTTLS else {})
    with (
        Scripted(answers, bad.greeting, rules(bad, folder)) as scripted,
        Proxy(scripted.server().port) as proxy,
    ):
        server = Server("127.0.0.1", proxy.port, USER, tls, folder / "authority.pem", timeout=2)
        yield server, lambda: leaked(bytes(proxy.sent), "\n".join(scripted.commands).encode())


CASES = [
    *((name, bad, tls) for name, bad in CERTIFICATES.items() for tls in (Tls.IMPLICIT, Tls.STARTTLS)),
    *((name, bad, Tls.STARTTLS) for name, bad in WORDS.items()),
]


@pytest.mark.parametrize(("bad", "tls"), [case[1:] for case in CASES], ids=[f"{name}, {tls}" for name, _, tls in CASES])
def test_a_mailbox_that(bad: Bad, tls: Tls, tmp_path: Path) -> None:
    with imap(bad, tls, tmp_path) as (server, known):
        with pytest.raises(ServerError, match=bad.words):
            Session(server, lambda: rig.PASSWORD)
        assert known() == ()


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
def test_a_sound_mailbox_is_told_the_password(tls: Tls, tmp_path: Path) -> None:
    """Without this, the tests above could not fail."""
    with imap(Bad(""), tls, tmp_path) as (server, known):
        Session(server, lambda: rig.PASSWORD).close()
        assert known() == SECRETS[:1]


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
@pytest.mark.parametrize("name", [*CERTIFICATES, "offers no STARTTLS"])
def test_a_courier_that(name: str, tls: Tls, tmp_path: Path) -> None:
    expires = LONG_AGO if name == "has expired" else None
    offered = Tls.NONE if name == "offers no STARTTLS" else tls
    with rig.sink(tmp_path, offered, expires) as sink, Proxy(sink.port) as proxy:
        if name == "vouches for itself":
            trustme.CA().cert_pem.write_to_path(sink.authority)
        host = "127.1" if name == "is another host" else "127.0.0.1"
        server = Server(host, proxy.port, READER, tls, sink.authority, timeout=2)
        with pytest.raises(DeliveryError) as caught:
            SmtpCourier(server, sink.password, READER, lambda _: False).deliver("<a@b>", b"A: b\r\n\r\nc\r\n")
        assert not caught.value.permanent, "once this is mended, the letter shall go"
        assert leaked(bytes(proxy.sent)) == ()
        assert (sink.sign_ins, sink.letters) == ([], [])


def test_a_courier_forgets_answers_that_were_slipped_in(tmp_path: Path) -> None:
    """A stranger on the way says that the server knows no way to sign in but one that shows the password."""
    with rig.sink(tmp_path, Tls.STARTTLS) as sink, Proxy(sink.port) as proxy:
        proxy.inject = (b"STARTTLS", b"250-hello\r\n250 AUTH X-SHOW\r\n")
        server = Server("127.0.0.1", proxy.port, READER, Tls.STARTTLS, sink.authority, timeout=2)
        SmtpCourier(server, sink.password, READER, lambda _: False).deliver("<a@b>", b"A: b\r\n\r\nc\r\n")
        assert proxy.inject is None
        assert (len(sink.letters), leaked(bytes(proxy.sent))) == (1, ())
