"""How `ImapMailbox` waits: it wakes for mail, for the clock and for the bell, and takes no lost line for peace."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Account
from tests.rig.client import mail
from tests.rig.proxy import Proxy
from triage.errors import ServerError
from triage.mailbox.imap import ImapMailbox
from triage.wire import Tls

pytestmark = pytest.mark.server

MONTH = datetime.now(UTC) - timedelta(days=30)
LONG = 20.0


@pytest.fixture
def bell() -> Iterator[tuple[int, int]]:
    """A pipe: the end to wait on, and the end to ring."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def later(deed: Callable[[], object], seconds: float = 0.3) -> None:
    """Do it in a moment, while the test waits."""
    threading.Timer(seconds, deed).start()


def took(wait: Callable[[], object]) -> float:
    start = time.monotonic()
    wait()
    return time.monotonic() - start


@pytest.mark.parametrize("tls", list(Tls))
def test_new_mail_ends_the_wait(account: Account, bell: tuple[int, int], tls: Tls) -> None:
    mailbox = ImapMailbox("mine", account.server(tls), account.password)
    upto = mailbox.unread("INBOX", None, MONTH).upto
    later(lambda: account.client.append(mail()))
    assert took(lambda: mailbox.wait(LONG, bell[0])) < 3
    assert [message.cursor.uid for message in mailbox.unread("INBOX", upto, MONTH).messages] == [1]
    mailbox.close()


def test_the_bell_ends_the_wait(account: Account, bell: tuple[int, int]) -> None:
    mailbox = ImapMailbox("mine", account.server(), account.password)
    later(lambda: os.write(bell[1], b"x"))
    assert took(lambda: mailbox.wait(LONG, bell[0])) < 2
    assert os.read(bell[0], 9) == b"x", "whoever listens to the bell also empties it"
    mailbox.close()


def test_the_clock_ends_the_wait_and_the_session_lives_on(
    account: Account, bell: tuple[int, int], proxy: Proxy
) -> None:
    mailbox = ImapMailbox("mine", account.through(proxy), account.password)
    mailbox.unread("INBOX", None, MONTH)
    for _ in range(3):
        assert 0.2 <= took(lambda: mailbox.wait(0.2, bell[0])) < 2
    mailbox.close()
    assert proxy.connections == 1
    assert proxy.commands.names().count("IDLE") == 4, "each end of a wait renews it"
    assert proxy.commands.lines.count(b"DONE") == 4


def test_mail_that_came_before_the_wait_ends_it(account: Account, bell: tuple[int, int]) -> None:
    """The server announced it while bodies were fetched, and will not announce it again in IDLE."""
    account.client.append_all([(mail(), None)] * 60)
    mailbox = ImapMailbox("mine", account.server(), account.password)
    messages = mailbox.unread("INBOX", None, MONTH).messages
    next(messages)
    account.client.append(mail())
    assert len(list(messages)) == 59
    assert took(lambda: mailbox.wait(LONG, bell[0])) < 2
    mailbox.close()


def test_mail_in_the_first_folder_counts_also_after_another_was_read(account: Account, bell: tuple[int, int]) -> None:
    account.client.create("Zwei")
    mailbox = ImapMailbox("mine", account.server(), account.password, ("INBOX", "Zwei"))
    for folder in mailbox.folders:
        mailbox.unread(folder, None, MONTH)
    later(lambda: account.client.append(mail()))
    assert took(lambda: mailbox.wait(LONG, bell[0])) < 3
    mailbox.close()


@pytest.mark.parametrize("tls", [Tls.NONE, Tls.IMPLICIT])
def test_being_thrown_out_is_noticed_at_once(account: Account, bell: tuple[int, int], tls: Tls) -> None:
    mailbox = ImapMailbox("mine", account.server(tls), account.password)
    mailbox.unread("INBOX", None, MONTH)
    later(lambda: account.dovecot.admin("kick", account.user))
    start, busy = time.monotonic(), time.thread_time()
    with pytest.raises(ServerError):
        mailbox.wait(LONG, bell[0])
    assert time.monotonic() - start < 5
    assert time.thread_time() - busy < 0.1
    assert [m.data for m in mailbox.unread("INBOX", None, MONTH).messages] == []
    mailbox.close()


def test_a_closed_connection_burns_no_processor(account: Account, bell: tuple[int, int], proxy: Proxy) -> None:
    mailbox = ImapMailbox("mine", account.through(proxy), account.password)
    mailbox.unread("INBOX", None, MONTH)
    later(proxy.cut, 0.5)
    start, busy = time.monotonic(), time.thread_time()
    with pytest.raises(ServerError):
        mailbox.wait(LONG, bell[0])
    assert time.monotonic() - start < 2
    assert time.thread_time() - busy < 0.1


@pytest.mark.parametrize("word", [b"IDLE\r\n", b"DONE\r\n"])
@pytest.mark.parametrize("allow", [0, 1, 5])
@pytest.mark.timeout(10)
def test_a_cut_around_idle_is_noticed(
    account: Account, bell: tuple[int, int], proxy: Proxy, word: bytes, allow: int
) -> None:
    mailbox = ImapMailbox("mine", account.through(proxy), account.password)
    mailbox.unread("INBOX", None, MONTH)
    proxy.mute_after, proxy.allow = word, allow
    with pytest.raises(ServerError):
        mailbox.wait(0.1, bell[0])


def test_a_silent_network_is_noticed_at_the_next_renewal(account: Account, bell: tuple[int, int], proxy: Proxy) -> None:
    """Half-open: nobody says that the line is dead, so only our own DONE can find out, within the time limit."""
    mailbox = ImapMailbox("mine", account.through(proxy, timeout=0.5), account.password)
    mailbox.unread("INBOX", None, MONTH)
    later(lambda: setattr(proxy, "silent", True), 0.1)
    start = time.monotonic()
    with pytest.raises(ServerError, match=r"no answer for 0\.5 seconds"):
        mailbox.wait(0.5, bell[0])
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("secure", [False, True])
def test_idle_one_byte_at_a_time(
    account: Account, bell: tuple[int, int], proxy: Proxy, tls_proxy: Proxy, secure: bool
) -> None:
    network, tls = (tls_proxy, Tls.IMPLICIT) if secure else (proxy, Tls.NONE)
    network.trickle = True
    mailbox = ImapMailbox("mine", account.through(network, tls), account.password)
    upto = mailbox.unread("INBOX", None, MONTH).upto
    later(lambda: account.client.append(mail()))
    assert took(lambda: mailbox.wait(LONG, bell[0])) < 4
    assert [message.cursor.uid for message in mailbox.unread("INBOX", upto, MONTH).messages] == [1]
    assert network.connections == 1
    mailbox.close()
