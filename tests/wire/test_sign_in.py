"""Signing in: which failures are the reader's to mend, and which pass by themselves."""

from __future__ import annotations

import contextlib
import socket

import pytest

from tests.conftest import Account
from tests.rig import dovecot as rig
from tests.rig.proxy import Proxy
from tests.rig.scripted import Scripted
from triage.errors import CredentialError, ServerError
from triage.wire import Server, Tls
from triage.wire.faults import RefusedError
from triage.wire.imap import Session
from triage.wire.quoting import quote

FOR_THE_READER = [
    b"%s NO [AUTHENTICATIONFAILED] Authentication failed.\r\n",
    b"%s NO LOGIN failed.\r\n",
    b"%s NO [ALERT] Application-specific password required\r\n",
    b"%s NO [AUTHORIZATIONFAILED] No such mailbox\r\n",
    b"%s NO [EXPIRED] Password expired\r\n",
    b"%s NO [PRIVACYREQUIRED] Use TLS\r\n",
    b"%s NO \r\n",
]
FOR_NOW = [
    b"%s NO [UNAVAILABLE] Temporary authentication failure\r\n",
    b"%s NO [LIMIT] Rate limit hit\r\n",
    b"%s NO [INUSE] Mailbox locked\r\n",
    b"%s NO [ALERT] Too many simultaneous connections. (Failure)\r\n",
    b"%s NO Server busy, try again later\r\n",
    b"%s BAD User is authenticated but not connected.\r\n",
    b"* BYE Too many failures\r\n",
    b"%s N",
]


@pytest.mark.parametrize("plain", [False, True], ids=["LOGIN", "AUTHENTICATE"])
@pytest.mark.parametrize(
    ("answer", "fault"), [*((a, CredentialError) for a in FOR_THE_READER), *((a, ServerError) for a in FOR_NOW)]
)
def test_whose_fault_it_is(answer: bytes, fault: type[Exception], plain: bool) -> None:
    mechanisms = (
        b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%s OK done\r\n" if plain else b"* CAPABILITY IMAP4rev1\r\n%s OK done\r\n"
    )
    answers = {"CAPABILITY": mechanisms, "LOGIN": answer, "AUTHENTICATE": answer}
    with Scripted(answers) as scripted, pytest.raises(fault) as caught:
        Session(scripted.server(timeout=0.3), lambda: "hunter2")
    assert isinstance(caught.value, CredentialError) == (fault is CredentialError)
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1:" in str(caught.value)


@pytest.mark.server
@pytest.mark.parametrize("where", [b"AUTHENTICATE", b"CAPABILITY"])
@pytest.mark.parametrize("allow", [0, 1, 5])
def test_a_cut_while_signing_in_is_no_wrong_password(account: Account, proxy: Proxy, where: bytes, allow: int) -> None:
    """IMAPClient raises LoginError for both."""
    proxy.mute_after, proxy.allow = where, allow
    with pytest.raises(ServerError):
        Session(account.through(proxy, timeout=1), Account.password)


@pytest.mark.server
@pytest.mark.parametrize("tls", list(Tls))
def test_wrong_password(account: Account, tls: Tls) -> None:
    with pytest.raises(CredentialError, match=r"AUTHENTICATIONFAILED.*triage login"):
        Session(account.server(tls), lambda: "falsch")


@pytest.mark.server
@pytest.mark.parametrize("password", ["ein Leerzeichen", 'An"führung\\s', "ä€😀", ""])
def test_any_password_can_be_tried(account: Account, password: str) -> None:
    with pytest.raises(CredentialError, match="refused"):
        Session(account.server(), lambda: password)


@pytest.mark.parametrize("user", ["reader", "reader@example.org", 'a "b" c', "back\\slash", "", "x) LOGOUT ("])
def test_login_quotes_what_needs_it(user: str) -> None:
    with Scripted() as scripted:
        server = scripted.server()
        Session(Server(server.host, server.port, user, Tls.NONE), lambda: 'pass "word"').close()
        line = next(line for line in scripted.commands if " LOGIN " in line)
    quoted = '"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert line.partition(" LOGIN ")[2] in {f'{user} "pass \\"word\\""', f'{quoted} "pass \\"word\\""'}
    assert line.partition(" LOGIN ")[2].startswith('"') or user.replace("@", "").replace(".", "").isalnum()


@pytest.mark.parametrize("password", ["a\r\nA1 DELETE INBOX", "a\n", "a\0b"])
def test_a_line_break_never_reaches_the_server(password: str) -> None:
    with Scripted() as scripted:
        with pytest.raises(CredentialError, match="line break"):
            Session(scripted.server(), lambda: password)
        assert not any("LOGIN" in line for line in scripted.commands)


@pytest.mark.server
def test_too_many_sessions_is_for_now_only(account: Account) -> None:
    """Dovecot's own limit of sessions for one user, which it answers with [LIMIT]."""
    with contextlib.ExitStack() as sessions:

        def one_more() -> None:
            sessions.enter_context(contextlib.closing(Session(account.server(), account.password)))

        for _ in range(rig.SESSIONS):
            one_more()
        with pytest.raises(RefusedError, match="LIMIT") as caught:
            one_more()
    assert caught.value.temporary
    assert caught.value.retry_after == 60


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ServerError, match=rf"127\.0\.0\.1:{port} takes no connections"):
        Session(Server("127.0.0.1", port, "reader", Tls.NONE), lambda: "secret")


def test_somebody_there_who_says_nothing() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(ServerError, match=r"no answer for 0\.2 seconds"),
    ):
        Session(Server("127.0.0.1", silent.getsockname()[1], "reader", Tls.NONE, timeout=0.2), lambda: "secret")


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(ServerError, match=r"imap\.invalid"):
        Session(Server("imap.invalid", 993, "reader", timeout=5), lambda: "secret")


def test_what_is_quoted_of_a_server_is_short_and_clean() -> None:
    words = "No\r\nsuch user me@example.org\x1b[31m \u202e" + "x" * 500
    assert "example" not in quote(words)
    assert quote(words).isprintable()
    assert len(quote(words)) <= 120
