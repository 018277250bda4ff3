"""The connection itself: that the kernel watches it, and that nothing of what passes over it stays behind."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Account
from tests.rig.client import mail
from triage.errors import CredentialError, ServerError
from triage.wire import Tls
from triage.wire.imap import Session
from triage.wire.stream import Stream

pytestmark = pytest.mark.server


def sockets() -> int:
    """How many this process holds."""
    return sum(
        str(path.readlink()).startswith("socket:") for path in Path("/proc/self/fd").iterdir() if path.is_symlink()
    )


@pytest.mark.parametrize("tls", list(Tls))
def test_the_kernel_watches_the_connection(account: Account, tls: Tls) -> None:
    stream = Stream(account.server(tls, timeout=7))
    option = stream.sock.getsockopt
    assert option(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert option(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert option(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000
    assert option(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
    assert stream.sock.gettimeout() == 7
    stream.shutdown()
    assert stream.sock.fileno() == -1


@pytest.mark.parametrize("tls", list(Tls))
def test_closing_leaves_no_descriptor(account: Account, tls: Tls) -> None:
    before = sockets()
    session = Session(account.server(tls), account.password)
    assert sockets() > before
    session.close()
    session.close()
    assert sockets() <= before


@pytest.mark.parametrize("tls", list(Tls))
def test_a_failed_sign_in_leaves_no_descriptor(account: Account, tls: Tls) -> None:
    before = sockets()
    for server, fault in ((account.server(tls), CredentialError), (replace(account.server(tls), port=1), ServerError)):
        with pytest.raises(fault):
            Session(server, lambda: "falsch")
    if tls is not Tls.NONE:
        with pytest.raises(ServerError, match="certificate"):
            Session(replace(account.server(tls), ca_file=None), account.password)
    assert sockets() <= before


def test_nothing_of_mail_or_password_is_logged_at_any_level(
    account: Account, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """IMAPClient would log whole mails at level DEBUG."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("imapclient.imaplib").setLevel(logging.DEBUG)
    account.client.append(mail("Betreff-Kanarienvogel", "Text-Kanarienvogel"))
    session = Session(account.server(), account.password)
    session.examine("INBOX")
    assert b"Kanarienvogel" in session.bodies([1], 1000)[1]
    session.close()
    heard = caplog.text + "".join(capfd.readouterr())
    for secret in ("Kanarienvogel", account.password(), "S2FuYXJpZW52b2dlbA"):
        assert secret not in heard


def test_the_password_is_not_kept(account: Account) -> None:
    """imaplib keeps its last ten commands, LOGIN among them."""
    stream = Stream(account.server())
    stream.login(account.user, account.password())
    assert account.password() not in repr(vars(stream))
    stream.shutdown()
