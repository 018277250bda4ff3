"""What a look costs: commands are counted as they pass over the wire, and each is a journey there and back."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Account
from tests.mailbox.numbered import OK, Numbered
from tests.rig.client import mail
from tests.rig.proxy import Proxy
from triage.core.values import Cursor
from triage.mailbox import Unread
from triage.mailbox.imap import ImapMailbox
from triage.wire.imap import SEARCHED_AT_ONCE, Session

MONTH = datetime.now(UTC) - timedelta(days=30)


@pytest.fixture
def bell() -> Iterator[int]:
    reading, ringing = os.pipe()
    yield reading
    os.close(reading)
    os.close(ringing)


class Counted:
    """A mailbox behind a proxy, and what passed since it was last asked."""

    def __init__(self, account: Account, proxy: Proxy, folders: tuple[str, ...] = ("INBOX",)) -> None:
        self.client = account.client
        self.mailbox = ImapMailbox("mine", account.through(proxy), account.password, folders)
        self._proxy = proxy
        self._seen = 0
        self._received = 0

    def commands(self) -> list[str]:
        found = self._proxy.commands.names()[self._seen :]
        self._seen += len(found)
        return found

    def received(self) -> int:
        before, self._received = self._received, self._proxy.received
        return self._received - before

    def read(self, cursor: Cursor | None, folder: str = "INBOX") -> tuple[list[int], Unread]:
        unread = self.mailbox.unread(folder, cursor, MONTH)
        return [message.cursor.uid for message in unread.messages], unread


@pytest.fixture
def counted(account: Account, proxy: Proxy) -> Iterator[Counted]:
    made = Counted(account, proxy)
    yield made
    made.mailbox.close()


def later(deed: Callable[[], object], seconds: float = 0.2) -> None:
    threading.Timer(seconds, deed).start()


@pytest.mark.server
@pytest.mark.parametrize("mails", [1, 300])
def test_a_look_at_nothing_new_is_one_command_however_large_the_folder(counted: Counted, mails: int) -> None:
    counted.client.append_all([(mail(), None)] * mails)
    _, unread = counted.read(None)
    counted.commands()
    counted.received()
    for _ in range(3):
        assert counted.read(unread.upto)[0] == []
        assert counted.commands() == ["EXAMINE"]
        assert counted.received() < 600


@pytest.mark.server
def test_after_a_look_it_listens_without_another_word(counted: Counted, bell: int) -> None:
    counted.read(None)
    counted.commands()
    counted.mailbox.wait(0.1, bell)
    assert counted.commands()[0] == "IDLE"


@pytest.mark.server
def test_the_looks_of_a_quiet_day_are_one_journey_each(counted: Counted, proxy: Proxy, bell: int) -> None:
    """The end of the old IDLE, the look and the next IDLE leave in one piece, and the wait ends with that look."""
    _, unread = counted.read(None)
    counted.mailbox.wait(0.1, bell)
    for _ in range(3):
        counted.commands()
        found, unread = counted.read(unread.upto)
        assert (found, counted.commands()) == ([], []), "that was known already"
        before = proxy.journeys
        counted.mailbox.wait(0.1, bell)
        assert counted.commands() == ["EXAMINE", "IDLE"]
        assert proxy.journeys == before + 1


@pytest.mark.server
def test_what_a_look_at_the_end_of_a_wait_finds_is_read(counted: Counted, bell: int) -> None:
    """And no mail that is there is hidden by it, whoever is told of it first."""
    _, unread = counted.read(None)
    counted.mailbox.wait(0.1, bell)
    for uid in range(1, 6):
        counted.client.append(mail())
        counted.mailbox.wait(0.01, bell)
        found, unread = counted.read(unread.upto)
        if not found:  # the server itself had not seen it yet
            counted.mailbox.wait(20, bell)
            found, unread = counted.read(unread.upto)
        assert found == [uid]


@pytest.mark.server
def test_a_look_answers_once(counted: Counted, bell: int) -> None:
    _, unread = counted.read(None)
    counted.mailbox.wait(0.1, bell)
    counted.commands()
    assert counted.read(unread.upto)[0] == []
    assert counted.commands() == []
    assert counted.read(unread.upto)[0] == []
    assert counted.commands() == ["EXAMINE"], "nobody has looked since"


@pytest.mark.server
def test_a_look_answers_for_its_folder_and_its_place_alone(account: Account, proxy: Proxy, bell: int) -> None:
    counted = Counted(account, proxy)
    counted.client.append_all([(mail(), None)] * 3)
    _, unread = counted.read(None)
    counted.mailbox.wait(0.1, bell)
    assert counted.read(None)[0] == [1, 2, 3], "without a cursor, all is asked for"
    counted.mailbox.wait(0.1, bell)
    assert counted.read(Cursor("mine", "INBOX", unread.upto.uidvalidity, 1))[0] == [2, 3]
    counted.mailbox.wait(0.1, bell)
    account.dovecot.renumber(account.user, unread.upto.uidvalidity + 1)
    counted.mailbox.close()
    assert counted.read(unread.upto)[1].renumbered
    counted.mailbox.close()


@pytest.mark.server
def test_what_is_announced_is_fetched_at_once(counted: Counted, bell: int) -> None:
    """From the announcement to the bytes: DONE, what it is, and the mail itself."""
    _, unread = counted.read(None)
    counted.commands()
    for uid in (1, 2):
        later(lambda: counted.client.append(mail()))
        counted.mailbox.wait(20, bell)
        found, unread = counted.read(unread.upto)
        assert found == [uid]
        assert counted.commands() == ["IDLE", "UID FETCH", "UID FETCH"]
        assert unread.upto.uid == uid
    counted.client.append_all([(mail(), None)] * 3)
    assert counted.read(unread.upto)[0] == [3, 4, 5], "also what came while nobody listened"


@pytest.mark.server
def test_many_at_once_are_searched_for(counted: Counted, bell: int) -> None:
    counted.client.append_all([(mail(), None)])
    _, unread = counted.read(None)
    later(lambda: counted.client.append_all([(mail(), None)] * 120))
    seen: list[int] = []
    while len(seen) < 120:
        counted.mailbox.wait(20, bell)
        found, unread = counted.read(unread.upto)
        seen += found
    assert seen == list(range(2, 122))


@pytest.mark.server
def test_a_look_for_a_letter_between_makes_it_look_again(counted: Counted, bell: int) -> None:
    """Looking for a message opens the folders anew, and what came before that will not be announced."""
    _, unread = counted.read(None)
    counted.client.append(mail(message_id="<one@example.org>"))
    assert counted.mailbox.contains("<one@example.org>")
    counted.mailbox.wait(20, bell)
    assert counted.read(unread.upto)[0] == [1]


@pytest.mark.server
def test_in_the_middle_of_a_look_a_letter_is_looked_for(counted: Counted) -> None:
    """The answers that are under way are heard, and none of them is taken for another."""
    counted.client.append_all([(mail(message_id=f"<{number}@example.org>"), None) for number in range(180)])
    unread = counted.mailbox.unread("INBOX", None, MONTH)
    found = []
    for number, message in enumerate(unread.messages):
        found.append(message.cursor.uid)
        assert f"<{number}@example.org>".encode() in message.data
        if number % 13 == 0:
            assert counted.mailbox.contains(f"<{179 - number}@example.org>")
            assert not counted.mailbox.contains("<none@example.org>")
    assert found == list(range(1, 181))


@pytest.mark.server
def test_a_look_that_is_left_in_the_middle_disturbs_nothing(counted: Counted, bell: int) -> None:
    counted.client.append_all([(mail(), None)] * 180)
    for _ in range(3):
        next(counted.mailbox.unread("INBOX", None, MONTH).messages)
    assert counted.read(None)[0] == list(range(1, 181))
    next(counted.mailbox.unread("INBOX", None, MONTH).messages)
    counted.mailbox.wait(0.1, bell)
    next(counted.mailbox.unread("INBOX", None, MONTH).messages)
    counted.mailbox.close()
    assert counted.read(None)[0] == list(range(1, 181))


@pytest.mark.server
def test_answers_that_are_asked_for_in_any_order(account: Account) -> None:
    account.client.append_all([(mail(f"Betreff {number}"), None) for number in range(9)])
    session = Session(account.server(), account.password)
    session.examine("INBOX")
    asked = [session.ask_bodies([uid], 10_000) for uid in range(1, 9)]
    assert len(session.entries([1, 2, 9])) == 3, "some of them are asked about again"
    asked.append(session.ask_bodies([9], 10_000))
    for uid in (9, 3, 1, 8, 2, 4, 5, 6, 7):
        told = asked[uid - 1].answer()
        assert list(told) == [uid]
        assert f"Betreff {uid - 1}\r\n".encode() in told[uid]
    session.close()


class Large(Numbered):
    """A folder of so many mails that one answer could not name them all."""

    SIZE = 3 * SEARCHED_AT_ONCE - 7

    def __init__(self) -> None:
        super().__init__()
        self.uidnext = 2 * self.SIZE + 1

    def _answer(self, name: str) -> bytes:
        asked = self.commands[-1]
        words = asked.split()
        match name:
            case "EXAMINE":
                return self._opened().replace(b"* 0 EXISTS", b"* %d EXISTS" % self.SIZE)
            case "FETCH":
                told = (
                    b"* %b FETCH (UID %d)\r\n" % (number.encode(), 2 * int(number)) for number in words[2].split(",")
                )
                return b"".join(told) + OK
            case "UID SEARCH":
                first, last = map(int, words[4].split(":"))
                named = b" ".join(b"%d" % uid for uid in range(first + first % 2, min(last, 2 * self.SIZE) + 1, 2))
                return b"* SEARCH " + named + b"\r\n" + OK
        return super()._answer(name)


@pytest.mark.parametrize("cursor", [None, Cursor("mine", "INBOX", 7, 10)], ids=["a first look", "one that goes on"])
def test_a_folder_of_any_size_is_searched_piece_by_piece(cursor: Cursor | None) -> None:
    with Large() as server:
        mailbox = ImapMailbox("mine", server.server(timeout=20), lambda: "secret")
        unread = mailbox.unread("INBOX", cursor, MONTH)
        mailbox.close()
        searches = [line for line in server.commands if "SEARCH" in line]
    assert unread.total == Large.SIZE - (5 if cursor else 0)
    assert unread.upto.uid == 2 * Large.SIZE
    assert len(searches) == 3
    assert all(("SINCE" in line) is (cursor is None) for line in searches)
