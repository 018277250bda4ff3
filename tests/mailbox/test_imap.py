"""What `ImapMailbox` finds, on a real Dovecot: all of it, once, in order, and without leaving a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Account
from tests.rig.client import mail
from tests.rig.proxy import Proxy
from triage.core.values import Cursor
from triage.errors import CredentialError, InputError, ServerError
from triage.mailbox import Unread
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.limits import LARGE, PART
from triage.wire.imap import Session

pytestmark = pytest.mark.server

NOW = datetime.now(UTC).replace(microsecond=0)
MONTH = NOW - timedelta(days=30)
READING = {"CAPABILITY", "AUTHENTICATE", "LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH", "IDLE", "LIST", "LOGOUT"}


@pytest.fixture
def mailbox(account: Account, proxy: Proxy) -> Iterator[ImapMailbox]:
    """The account's mailbox, looked at through a proxy that writes down every command."""
    found = ImapMailbox("mine", account.through(proxy), account.password)
    yield found
    found.close()
    assert set(proxy.commands.names()) <= READING
    for line in proxy.commands.lines:
        assert b"BODY[" not in line, "a BODY without PEEK marks mail as read"


def uids(unread: Unread) -> list[int]:
    return [message.cursor.uid for message in unread.messages]


def test_first_look_goes_back_to_the_given_moment(account: Account, mailbox: ImapMailbox) -> None:
    ages = [timedelta(days=40), timedelta(days=30, seconds=1), timedelta(days=30), timedelta(hours=1)]
    account.client.append_all([(mail(), NOW - age) for age in ages])
    unread = mailbox.unread("INBOX", None, MONTH)
    found = list(unread.messages)
    assert [message.received for message in found] == [MONTH, NOW - timedelta(hours=1)]
    assert [message.cursor.uid for message in found] == [3, 4]
    assert all(message.received.tzinfo is UTC for message in found)
    assert (unread.upto.uid, unread.renumbered) == (4, False)
    assert unread.total >= len(found)


@pytest.mark.parametrize("hours", range(-24, 25, 6))
def test_first_look_does_not_depend_on_the_zone_of_the_server(
    account: Account, mailbox: ImapMailbox, hours: int
) -> None:
    """SINCE counts days in a zone nobody tells: whatever the hour, the filter is ours."""
    moment = NOW - timedelta(days=3, hours=hours)
    account.client.append_all([(mail(), moment - timedelta(seconds=1)), (mail(), moment)])
    assert uids(mailbox.unread("INBOX", None, moment)) == [2]


def test_messages_come_whole(account: Account, mailbox: ImapMailbox) -> None:
    data = mail(body="Grüße\r\n" * 1000)
    account.client.append(data)
    assert [message.data for message in mailbox.unread("INBOX", None, MONTH).messages] == [data]


def test_afterwards_only_what_is_new(account: Account, mailbox: ImapMailbox) -> None:
    account.client.append_all([(mail(), None)] * 3)
    upto = mailbox.unread("INBOX", None, MONTH).upto
    account.client.append(mail("neu"), NOW - timedelta(days=400))
    unread = mailbox.unread("INBOX", upto, MONTH)
    assert (uids(unread), unread.total, unread.upto.uid) == ([4], 1, 4)


def test_nothing_new_costs_no_search(account: Account, mailbox: ImapMailbox, proxy: Proxy) -> None:
    account.client.append(mail())
    upto = mailbox.unread("INBOX", None, MONTH).upto
    before = len(proxy.commands.lines)
    unread = mailbox.unread("INBOX", upto, MONTH)
    assert (uids(unread), unread.total, unread.upto) == ([], 0, upto)
    assert proxy.commands.names()[before:] == ["EXAMINE"]


def test_a_range_beyond_the_end_does_not_bring_the_last_message_back(account: Account) -> None:
    account.client.append_all([(mail(), None)] * 2)
    session = Session(account.server(), account.password)
    session.examine("INBOX")
    assert list(session.uids(2, 0)) == [2]
    assert list(session.uids(3, 0)) == []
    session.close()


def test_a_message_that_arrives_during_the_listing_comes_next_time(account: Account, mailbox: ImapMailbox) -> None:
    account.client.append_all([(mail(), None)] * 2)
    unread = mailbox.unread("INBOX", None, MONTH)
    account.client.append(mail())
    assert uids(unread) == [1, 2]
    assert uids(mailbox.unread("INBOX", unread.upto, MONTH)) == [3]


def test_many_messages_come_in_batches_and_in_order(account: Account, mailbox: ImapMailbox, proxy: Proxy) -> None:
    account.client.append_all([(mail(), None)] * 120)
    assert uids(mailbox.unread("INBOX", None, MONTH)) == list(range(1, 121))
    fetched = [line for line in proxy.commands.lines if b"BODY.PEEK" in line]
    assert [line.count(b",") + 1 for line in fetched] == [50, 50, 20]


def test_messages_are_fetched_only_when_asked_for(account: Account, mailbox: ImapMailbox, proxy: Proxy) -> None:
    """And those of the next batch, of which the server has to find them while these are read."""
    account.client.append_all([(mail(), None)] * 260)
    messages = mailbox.unread("INBOX", None, MONTH).messages
    assert "UID FETCH" not in proxy.commands.names()
    for batch in range(5):
        next(messages)
        assert batch + 1 <= sum(b"BODY.PEEK" in line for line in proxy.commands.lines) <= batch + 2
        assert sum(b"RFC822.SIZE" in line for line in proxy.commands.lines) <= batch + 3
        assert len([next(messages) for _ in range(49)]) == 49


def test_of_a_large_message_only_the_first_part_comes(account: Account, mailbox: ImapMailbox, proxy: Proxy) -> None:
    large = mail(body="x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * (2 * LARGE // 72))
    account.client.append_all([(mail(), None), (large, None), (mail(), None)])
    found = list(mailbox.unread("INBOX", None, MONTH).messages)
    assert [message.cursor.uid for message in found] == [1, 2, 3]
    assert found[1].data == large[:PART]
    assert proxy.received < PART + 20_000


def test_renumbered_folder_is_read_again_from_the_given_moment(account: Account, mailbox: ImapMailbox) -> None:
    account.client.append_all([(mail(), MONTH - timedelta(days=5)), (mail(), None)])
    upto = mailbox.unread("INBOX", None, MONTH).upto
    mailbox.close()
    account.dovecot.renumber(account.user, 777777)
    unread = mailbox.unread("INBOX", upto, MONTH)
    assert (uids(unread), unread.renumbered, unread.upto.uidvalidity) == ([2], True, 777777)
    assert mailbox.unread("INBOX", unread.upto, MONTH).renumbered is False


def test_a_cursor_beyond_the_end_is_from_another_life(account: Account, mailbox: ImapMailbox) -> None:
    """A server restored from a backup may keep UIDVALIDITY and hand out numbers anew."""
    account.client.append_all([(mail(), None)] * 2)
    upto = mailbox.unread("INBOX", None, MONTH).upto
    unread = mailbox.unread("INBOX", replace(upto, uid=50), MONTH)
    assert (uids(unread), unread.renumbered, unread.upto.uid) == ([1, 2], True, 2)


def test_deleted_messages_are_passed_over(account: Account, mailbox: ImapMailbox) -> None:
    account.client.append_all([(mail(), None)] * 4)
    unread = mailbox.unread("INBOX", None, MONTH)
    account.client.delete(2, 4)
    assert uids(unread) == [1, 3]
    assert unread.upto.uid == 4


def test_deleted_between_listing_and_fetching(account: Account, mailbox: ImapMailbox) -> None:
    """The third batch is listed as the first is read; Dovecot answers NIL for what is gone then (RFC 2180, 4.1.3)."""
    account.client.append_all([(mail(), None)] * 105)
    messages = mailbox.unread("INBOX", None, MONTH).messages
    next(messages)
    account.client.delete(102, 105)
    rest = [message.cursor.uid for message in messages]
    assert rest == [uid for uid in range(2, 105) if uid != 102]


@pytest.mark.parametrize(
    "folder", ["Absagen", "Bewerbung & Absagen", 'ü "Zitat" 测试', "[Gmail]/Alle Nachrichten", "a/b c"]
)
def test_folders_of_any_name(account: Account, proxy: Proxy, folder: str) -> None:
    account.client.create(folder)
    account.client.append(mail(message_id="<there@example.org>"), folder=folder)
    account.client.append(mail())
    mailbox = ImapMailbox("mine", account.through(proxy), account.password, ("INBOX", folder))
    assert [uids(mailbox.unread(name, None, MONTH)) for name in mailbox.folders] == [[1], [1]]
    assert mailbox.contains("<there@example.org>")
    mailbox.close()


def test_a_folder_that_the_server_named(account: Account, proxy: Proxy) -> None:
    """Its own words for the name, and not those of a client of ours that may make the same mistake."""
    folder = 'Bewerbung & Absagen/"ü" 测试'
    account.dovecot.admin("mailbox", "create", "-u", account.user, folder)
    account.client.append(mail(), folder=folder)
    mailbox = ImapMailbox("mine", account.through(proxy), account.password, (folder,))
    assert uids(mailbox.unread(folder, None, MONTH)) == [1]
    mailbox.close()
    assert folder in account.dovecot.admin("mailbox", "list", "-u", account.user).splitlines()


def test_two_folders_read_in_turns_do_not_mix(account: Account, proxy: Proxy) -> None:
    account.client.create("Zwei")
    account.client.append_all([(mail("eins"), None)] * 60)
    account.client.append_all([(mail("zwei"), None)] * 60, folder="Zwei")
    mailbox = ImapMailbox("mine", account.through(proxy), account.password, ("INBOX", "Zwei"))
    first, second = (mailbox.unread(name, None, MONTH).messages for name in mailbox.folders)
    for one, two in zip(first, second, strict=True):
        assert (b"eins" in one.data, b"zwei" in two.data) == (True, True)
        assert (one.cursor.folder, two.cursor.folder) == ("INBOX", "Zwei")
    mailbox.close()


def test_missing_folder_names_some_that_exist(account: Account, mailbox: ImapMailbox) -> None:
    for number in range(7):
        account.client.create(f"Ordner {number}")
    with pytest.raises(InputError) as caught:
        mailbox.unread("Ordnr 3", None, MONTH)
    assert '"Ordnr 3"' in str(caught.value)
    assert "Ordner 3" in str(caught.value)
    assert str(caught.value).count("Ordner") == 5
    assert uids(mailbox.unread("INBOX", None, MONTH)) == []


def test_contains(account: Account, mailbox: ImapMailbox) -> None:
    account.client.append(mail(message_id="<one.two+three=@example.org>"))
    assert mailbox.contains("<one.two+three=@example.org>")
    for other in ("<one@example.org>", "<wo.two+three=@example.org>", "", "<", 'x" OR ALL', "<a b>", "<ü@x>"):
        assert not mailbox.contains(other), other


def test_a_lost_connection_is_told_once_and_then_mended(account: Account, mailbox: ImapMailbox, proxy: Proxy) -> None:
    account.client.append_all([(mail(), None)] * 160)
    unread = mailbox.unread("INBOX", None, MONTH)
    next(unread.messages)
    proxy.cut()
    with pytest.raises(ServerError):
        list(unread.messages)
    assert len(uids(mailbox.unread("INBOX", None, MONTH))) == 160


def test_reading_goes_on_after_close(account: Account, mailbox: ImapMailbox) -> None:
    """`close` between two messages costs a new connection, nothing else."""
    account.client.append_all([(mail(), None)] * 60)
    messages = mailbox.unread("INBOX", None, MONTH).messages
    next(messages)
    mailbox.close()
    assert len(list(messages)) == 59


def test_no_flag_ever_changes(account: Account, mailbox: ImapMailbox) -> None:
    account.client.append_all([(mail(message_id=f"<{n}@x>"), None) for n in range(3)])
    account.client.flag(2, r"\Flagged")
    before = account.client.flags()
    assert uids(mailbox.unread("INBOX", None, MONTH)) == [1, 2, 3]
    assert mailbox.contains("<1@x>")
    mailbox.close()
    assert account.client.flags() == before
    assert before == {1: frozenset(), 2: frozenset({r"\Flagged"}), 3: frozenset()}


def test_wrong_password(account: Account) -> None:
    mailbox = ImapMailbox("mine", account.server(), lambda: "falsch")
    with pytest.raises(CredentialError, match="triage login"):
        mailbox.unread("INBOX", None, MONTH)


@pytest.mark.parametrize("after", range(0, 900, 60))
def test_every_cut_of_the_stream_is_a_server_error(account: Account, proxy: Proxy, after: int) -> None:
    """Also one in the middle of LOGIN, for which IMAPClient raises the same error as for a wrong password."""
    account.client.append_all([(mail(), None)] * 2)
    mailbox = ImapMailbox("mine", account.through(proxy), account.password)
    proxy.cut_after = after
    with pytest.raises(ServerError):
        list(mailbox.unread("INBOX", None, MONTH).messages)
    proxy.cut_after = None
    assert uids(mailbox.unread("INBOX", None, MONTH)) == [1, 2]
    mailbox.close()


def test_one_byte_at_a_time(account: Account, mailbox: ImapMailbox, proxy: Proxy) -> None:
    account.client.append_all([(mail(), None)] * 3)
    proxy.trickle = True
    assert uids(mailbox.unread("INBOX", None, MONTH)) == [1, 2, 3]
    assert proxy.connections == 1


def test_a_first_look_that_was_interrupted_goes_on_as_it_began(account: Account, mailbox: ImapMailbox) -> None:
    old = MONTH - timedelta(days=1)
    account.client.append_all([(mail(), None), (mail(), old), (mail(), None)])
    stored = Cursor("mine", "INBOX", mailbox.unread("INBOX", None, MONTH).upto.uidvalidity, 1, lookback=3)
    account.client.append(mail(), old)
    assert uids(mailbox.unread("INBOX", stored, MONTH)) == [3, 4]
