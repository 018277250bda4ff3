"""UIDs and UIDVALIDITY, in every way a server can count: no mail is logged twice, and none is missed.

Each case goes the whole path, from the server into the log; `mailbox.imap._continues` and `_span` are the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests import fakes
from tests.at_work import BEFORE, companies, events
from tests.conftest import Account
from tests.mailbox.numbered import NEWEST, Numbered
from tests.rig.proxy import Proxy
from triage.errors import ServerError
from triage.mailbox.imap import ImapMailbox
from triage.pipeline import Pipeline

BIRDS = ("Auk", "Brant", "Coot", "Dunlin", "Eider", "Finch", "Grebe", "Heron")


class Path:
    """From a server into the log, with verbs for what happens on the way."""

    def __init__(self, pipeline: Pipeline, mailbox: ImapMailbox) -> None:
        self.pipeline = pipeline
        self.mailbox = mailbox
        self.sent: list[str] = []
        self.read = 0

    def mail(self) -> bytes:
        """The next employer's letter."""
        self.sent.append(BIRDS[len(self.sent)])
        return fakes.mail("rejection", self.sent[-1])

    def look(self, tries: int = 2) -> None:
        """As the service does: after a fault, it connects and looks again."""
        try:
            tally = self.pipeline.read(self.mailbox, self.mailbox.folders[0], BEFORE)
        except ServerError:
            assert tries > 1, "a fault that does not pass"
            self.mailbox.close()
            return self.look(tries - 1)
        self.read += tally.read
        return None

    def is_sound(self) -> bool:
        """Each letter once, in the order in which they came."""
        return companies(self.pipeline) == self.sent


# On a real server.


class Real(Path):
    """An account on Dovecot."""

    def __init__(self, pipeline: Pipeline, account: Account, folder: str = "INBOX") -> None:
        super().__init__(pipeline, ImapMailbox("mine", account.server(), account.password, (folder,)))
        self.account = account
        self.client = account.client
        self.folder = folder

    def receive(self, count: int = 1) -> None:
        self.client.append_all([(self.mail(), None) for _ in range(count)], self.folder)

    def renumber(self, uidvalidity: int) -> None:
        self.account.dovecot.renumber(self.account.user, uidvalidity, self.folder)


def renumbered_between_two_looks(it: Real) -> None:
    it.mailbox.close()
    it.renumber(777777)
    it.receive()


def renumbered_in_mid_session(it: Real) -> None:
    """Dovecot: IMAP session state is inconsistent, please relogin."""
    it.renumber(777777)
    it.receive()


def renumbered_in_the_middle_of_a_look(it: Real) -> None:
    it.receive(2)
    with it.pipeline.store.reading() as work:
        cursor = work.log.cursor("mine", "INBOX")
    unread = it.mailbox.unread("INBOX", cursor, BEFORE)
    it.renumber(888888)
    with pytest.raises(ServerError):
        list(unread.messages)


def renumbered_twice(it: Real) -> None:
    for number in (777777, 999999):
        it.renumber(number)
        it.receive()
        it.look()


def renumbered_to_a_lower_number(it: Real) -> None:
    it.renumber(1_900_000_000)
    it.look()
    it.renumber(5)
    it.receive()


def gaps(it: Real) -> None:
    it.receive(4)
    it.look()
    it.client.delete(2, 4, 6)
    it.receive()


def numbers_near_the_end(it: Real) -> None:
    it.account.dovecot.admin("mailbox", "update", "-u", it.account.user, "--min-next-uid", "4294967290", it.folder)
    it.receive(3)
    it.look()
    it.receive()


def emptied(it: Real) -> None:
    it.client.delete(1, 2)
    it.look()
    it.receive()


def made_anew(it: Real) -> None:
    """Deleted with all that was in it, and made again: the numbers begin again, under another UIDVALIDITY."""
    it.mailbox.close()
    it.account.dovecot.admin("mailbox", "delete", "-u", it.account.user, it.folder)
    it.client.create(it.folder)
    it.receive(3)


def moved_away_and_back(it: Real) -> None:
    it.client.create("Elsewhere")
    for source, target in ((it.folder, "Elsewhere"), ("Elsewhere", it.folder)):
        it.account.dovecot.admin("move", "-u", it.account.user, target, "mailbox", source, "all")
        it.look()
    it.receive()


def copied(it: Real) -> None:
    it.account.dovecot.admin("copy", "-u", it.account.user, it.folder, "mailbox", it.folder, "all")
    it.look()
    it.receive()


ON_DOVECOT: list[Callable[[Real], None]] = [
    renumbered_between_two_looks,
    renumbered_in_mid_session,
    renumbered_in_the_middle_of_a_look,
    renumbered_twice,
    renumbered_to_a_lower_number,
    gaps,
    numbers_near_the_end,
    emptied,
    made_anew,
    moved_away_and_back,
    copied,
]


@pytest.mark.server
@pytest.mark.parametrize("happens", ON_DOVECOT, ids=[case.__name__ for case in ON_DOVECOT])
def test_on_dovecot(pipeline: Pipeline, account: Account, happens: Callable[[Real], None]) -> None:
    account.client.create("Bewerbungen")
    it = Real(pipeline, account, "Bewerbungen" if happens is made_anew else "INBOX")
    it.receive(2)
    it.look()
    assert it.is_sound()
    happens(it)
    it.look()
    it.look()
    it.mailbox.close()
    assert it.is_sound()


# On servers that count in ways of their own.


class Odd(Path):
    """A folder of numbers made up."""

    def __init__(self, pipeline: Pipeline, server: Numbered) -> None:
        super().__init__(pipeline, ImapMailbox("mine", server.server(), lambda: "secret"))
        self.server = server

    def receive(self, uid: int = 0) -> None:
        self.server.receive(self.mail(), uid)


def never_tells_uidvalidity(it: Odd) -> None:
    it.server.uidvalidity = None
    it.receive()
    it.look()
    it.receive()


def says_that_uidvalidity_is_0(it: Odd) -> None:
    it.server.uidvalidity = 0
    it.receive()
    it.look()
    it.receive()


def ceases_to_tell_uidvalidity_and_begins_again(it: Odd) -> None:
    for told in (None, 7):
        it.server.uidvalidity = told
        it.receive()
        it.look()


def never_tells_uidnext(it: Odd) -> None:
    it.server.uidnext = None
    it.receive()
    it.look()
    it.receive()


def tells_neither(it: Odd) -> None:
    it.server.uidnext = it.server.uidvalidity = None
    it.receive()
    it.look()
    it.receive()


def tells_no_uidnext_and_is_emptied(it: Odd) -> None:
    it.server.uidnext = None
    it.server.mails = {}
    it.look()
    it.receive(uid=3)


def has_come_to_the_last_number(it: Odd) -> None:
    it.receive(uid=NEWEST - 1)
    it.look()
    it.receive(uid=NEWEST)


def leaves_large_gaps(it: Odd) -> None:
    for uid in (1_000, 1_000_000, 2**31, 2**31 + 1):
        it.receive(uid)
        it.look()


def foretells_a_number_far_away(it: Odd) -> None:
    it.server.uidnext = 500_000
    it.look()
    it.receive(uid=500_001)


def is_restored_and_keeps_its_uidvalidity(it: Odd) -> None:
    """Against RFC 9051: what comes now gets numbers that were given out before."""
    it.server.mails.popitem()
    it.server.uidnext = 2
    it.look()
    it.receive()


def is_restored_empty_and_keeps_its_uidvalidity(it: Odd) -> None:
    it.server.mails = {}
    it.server.uidnext = 1
    it.look()
    it.receive()


def is_renumbered_and_begins_at_another_number(it: Odd) -> None:
    it.server.renumber(8, first=3)
    it.receive()


def is_renumbered_backwards(it: Odd) -> None:
    it.server.renumber(6, first=1)
    it.receive()


ON_ODD_SERVERS: list[Callable[[Odd], None]] = [
    never_tells_uidvalidity,
    says_that_uidvalidity_is_0,
    ceases_to_tell_uidvalidity_and_begins_again,
    never_tells_uidnext,
    tells_neither,
    tells_no_uidnext_and_is_emptied,
    has_come_to_the_last_number,
    leaves_large_gaps,
    foretells_a_number_far_away,
    is_restored_and_keeps_its_uidvalidity,
    is_restored_empty_and_keeps_its_uidvalidity,
    is_renumbered_and_begins_at_another_number,
    is_renumbered_backwards,
]


@pytest.fixture
def odd(pipeline: Pipeline) -> Iterator[Odd]:
    with Numbered() as server:
        made = Odd(pipeline, server)
        yield made
        made.mailbox.close()


@pytest.mark.parametrize("happens", ON_ODD_SERVERS, ids=[case.__name__ for case in ON_ODD_SERVERS])
def test_on_a_server_that(odd: Odd, happens: Callable[[Odd], None]) -> None:
    for _ in range(2):
        odd.receive()
    odd.look()
    assert odd.is_sound()
    happens(odd)
    odd.look()
    odd.look()
    assert odd.is_sound()
    read, bodies = odd.read, odd.server.bodies
    odd.look()
    assert (odd.read, odd.server.bodies) == (read, bodies), "at peace, nothing is read again"


def test_no_look_goes_on_in_a_folder_that_was_renumbered_while_the_connection_was_lost() -> None:
    """The numbers it still has to fetch are those of other messages now."""
    with Numbered() as server:
        for number in range(60):
            server.receive(b"A: b\r\n\r\n%d" % number)
        mailbox = ImapMailbox("mine", server.server(), lambda: "secret")
        messages = mailbox.unread("INBOX", None, BEFORE).messages
        next(messages)
        mailbox.close()
        server.renumber(8, first=20)
        with pytest.raises(ServerError, match="renumbered a folder"):
            list(messages)
        mailbox.close()


# What it costs.


def test_the_last_message_is_not_fetched_again_and_again(odd: Odd) -> None:
    """ "n:*" names it even where n is beyond it: on a server that tells no UIDNEXT, it comes with every search."""
    odd.server.uidnext = None
    odd.receive()
    odd.look()
    bodies = odd.server.bodies
    for _ in range(3):
        odd.look()
    assert any("UID 2:*" in line for line in odd.server.commands)
    assert odd.server.bodies == bodies


@pytest.mark.server
def test_an_empty_look_costs_a_few_hundred_bytes(pipeline: Pipeline, account: Account, proxy: Proxy) -> None:
    it = Real(pipeline, account)
    it.mailbox = ImapMailbox("mine", account.through(proxy), account.password)
    it.receive(3)
    it.look()
    before = proxy.received
    it.look()
    it.mailbox.close()
    assert proxy.received - before < 1_000
    assert proxy.commands.names().count("UID FETCH") == 2, "sizes and bodies, once"


@pytest.mark.server
def test_what_came_while_the_folder_was_renumbered_is_news(pipeline: Pipeline, account: Account) -> None:
    it = Real(pipeline, account)
    it.receive()
    it.look()
    with pipeline.store.writing() as work:
        work.notes.polled("mine", datetime.now(UTC) - timedelta(minutes=5))
    it.renumber(777777)
    it.receive()
    it.look()
    it.mailbox.close()
    assert [event.lookback for event in events(pipeline)] == [True, False]
