"""Fakes of the world with verbs of its own: a mailbox mail is delivered to, a courier that can be told to fail."""

from __future__ import annotations

import select
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from triage.bell import Bell
from triage.core.values import Cursor, RawMessage
from triage.courier import DeliveryError
from triage.mailbox import Unread

READER = "robin@reader.example"
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""Nine in the morning where the reader lives: before the hour of letters."""


class KilledError(BaseException):
    """Stands for SIGKILL: nothing in the program catches it."""


class FakeMailbox:
    """`triage.mailbox.Mailbox` in memory, with the UIDs and the rules of an IMAP server."""

    def __init__(self, name: str = "mine", folders: tuple[str, ...] = ("INBOX",)) -> None:
        self.name = name
        self.folders = folders
        self.looks = 0
        self.closed = 0
        self._mails: dict[str, dict[int, tuple[datetime, bytes]]] = {folder: {} for folder in folders}
        self._numbering = dict.fromkeys(folders, 1)
        self._next = dict.fromkeys(folders, 1)
        self._news = Bell()
        self._error: BaseException | None = None
        self._sound = 0
        self._hangs = False

    def receive(self, data: bytes, at: datetime = MONDAY, folder: str = "INBOX") -> int:
        """A mail arrives. Returns its UID."""
        uid = self._next[folder]
        self._mails[folder][uid] = (at, data)
        self._next[folder] += 1
        self._news.ring()
        return uid

    def renumber(self, folder: str = "INBOX", first: int = 1) -> None:
        """The server gives the folder a new UIDVALIDITY, and all its mails new UIDs."""
        kept = list(self._mails[folder].values())
        self._mails[folder] = dict(enumerate(kept, first))
        self._next[folder] = first + len(kept)
        self._numbering[folder] += 1

    def expunge(self, uid: int, folder: str = "INBOX") -> None:
        """Another mail program deletes a mail."""
        del self._mails[folder][uid]

    def move(self, uid: int, folder: str, to: str) -> int:
        """Another mail program moves a mail: it keeps the time it came (RFC 6851). Returns its new UID."""
        at, data = self._mails[folder].pop(uid)
        return self.receive(data, at, to)

    def held(self, folder: str = "INBOX") -> dict[int, tuple[datetime, bytes]]:
        """What lies in a folder, by UID: when it came, and what it is."""
        return dict(self._mails[folder])

    def fail(self, error: BaseException, *, after: int = 0) -> None:
        """From now on, `error` comes in place of every message beyond the first `after` of a look."""
        self._error, self._sound = error, after

    def hang(self) -> None:
        """From now on nothing ends a wait but the wake-up call."""
        self._hangs = True

    def recover(self) -> None:
        self._error = None

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        self.looks += 1
        renumbered = cursor is not None and cursor.uidvalidity != self._numbering[folder]
        start = Cursor(self.name, folder, self._numbering[folder], 0) if cursor is None or renumbered else cursor
        old = start.lookback if start is cursor else 2**32
        wanted = {
            uid: mail
            for uid, mail in self._mails[folder].items()
            if uid > start.uid and (uid > old or mail[0] >= since)
        }
        upto = replace(start, uid=self._next[folder] - 1)
        if self._error is not None and not wanted:
            raise self._error
        return Unread(len(wanted), self._messages(start, wanted), upto, renumbered)

    def _messages(self, start: Cursor, wanted: dict[int, tuple[datetime, bytes]]) -> Iterator[RawMessage]:
        for number, (uid, (at, data)) in enumerate(wanted.items()):
            if self._error is not None and number >= self._sound:
                raise self._error
            yield RawMessage(replace(start, uid=uid), at, data)
        if self._error is not None:
            raise self._error

    def wait(self, seconds: float, wake: int) -> bool | None:
        waiting = select.poll()
        for descriptor in (wake,) if self._hangs else (wake, self._news.fileno()):
            waiting.register(descriptor, select.POLLIN)
        waiting.poll(None if self._hangs else seconds * 1000)
        self._news.wait(0)
        return None

    def contains(self, message_id: str) -> bool:
        return any(message_id.encode() in data for mails in self._mails.values() for _, data in mails.values())

    def close(self) -> None:
        self.closed += 1


class Fate(Enum):
    """What becomes of one attempt to deliver."""

    ARRIVES = auto()
    FAILS = auto()
    """The server could not be reached."""
    IS_REFUSED = auto()
    """The server says no for good."""
    LOSES_LETTER = auto()
    """The connection is lost before the server has the letter, and nobody can tell."""
    LOSES_ANSWER = auto()
    """The server has the letter, but its answer is lost."""
    DIES_BEFORE = auto()
    """We are killed before the server has the letter."""
    DIES_AFTER = auto()
    """We are killed after the server has the letter."""
    BREAKS = auto()
    """The courier has a fault of its own."""


@dataclass(slots=True)
class FakeCourier:
    """`triage.courier.Courier` that remembers everything. Without a fate given, letters arrive."""

    transit: timedelta = timedelta(0)
    inbox: list[str] = field(default_factory=list)
    """The Message-IDs of what arrived, as often as it arrived."""
    letters: list[bytes] = field(default_factory=list)
    tries: int = 0
    looks: int = 0
    blind: bool = False
    """The reader's mailbox cannot be searched."""
    dies_looking: bool = False
    unseen: set[str] = field(default_factory=set)
    """Letters that were accepted and are still on their way, or that somebody deleted: no search finds them."""
    fates: list[Fate] = field(default_factory=list)
    arrived: Bell = field(default_factory=Bell)
    meanwhile: Callable[[], None] = lambda: None
    """Happens while a letter is handed over."""

    def next(self, *fates: Fate) -> None:
        """What becomes of the next attempts, in order."""
        self.fates.extend(fates)

    def deliver(self, message_id: str, data: bytes) -> None:
        self.tries += 1
        self.meanwhile()
        fate = self.fates.pop(0) if self.fates else Fate.ARRIVES
        if fate in (Fate.ARRIVES, Fate.LOSES_ANSWER, Fate.DIES_AFTER):
            self.inbox.append(message_id)
            self.letters.append(data)
            self.arrived.ring()
        if fate in (Fate.DIES_BEFORE, Fate.DIES_AFTER):
            raise KilledError
        if fate is Fate.BREAKS:
            raise ZeroDivisionError
        if fate is not Fate.ARRIVES:
            ambiguous = fate in (Fate.LOSES_LETTER, Fate.LOSES_ANSWER)
            raise DeliveryError(f"It {fate.name}.", permanent=fate is Fate.IS_REFUSED, ambiguous=ambiguous)

    def delivered(self, message_id: str) -> bool:
        self.looks += 1
        if self.dies_looking:
            self.dies_looking = False
            raise KilledError
        if self.blind:
            raise DeliveryError("The mailbox cannot be searched.")
        return message_id in self.inbox and message_id not in self.unseen

    def check(self) -> str:
        return "fine"


_SENTENCES = {
    "rejection": (
        "Thank you for your application for the position of {role} at {company}. Unfortunately, we will not be moving "
        "forward with your application. We have decided to proceed with other candidates."
    ),
    "interview": (
        "Thank you for your application for the position of {role} at {company}. We would like to invite you to an "
        "interview on 10 March 2026 at 10:00."
    ),
    "acknowledgement": (
        "Thank you for applying for the position of {role} at {company}. We have received your application and will "
        "review it."
    ),
    "private": "Shall we have lunch on Friday?",
    "shop": (
        "Our summer sale: up to 40 % off shoes, bags and dresses, and free shipping for every order this weekend. Shop "
        "now, and unsubscribe below."
    ),
}
_SUBJECTS = {"private": "Lunch", "shop": "Summer sale"}
_LOCAL = {"private": "kay", "shop": "news"}
_numbers: dict[str, int] = defaultdict(int)


def mail(
    kind: str, company: str = "Fjord", role: str = "Data Analyst", *, message_id: str = "", sender: str = ""
) -> bytes:
    """A mail of this kind; without a Message-ID given, one of its own."""
    _numbers[company] += 1
    domain, local = f"{company.lower()}.example", _LOCAL.get(kind, "jobs")
    sentences = _SENTENCES[kind].format(company=company, role=role)
    lines = (
        f"From: {company} <{sender or f'{local}@{domain}'}>",
        f"To: Robin <{READER}>",
        "Subject: " + _SUBJECTS.get(kind, f"Your application for {role} at {company}"),
        f"Message-ID: {message_id or f'<{_numbers[company]}@{domain}>'}",
        "Date: Mon, 02 Mar 2026 07:00:00 +0000",
        "",
        f"Dear Robin,\r\n\r\n{sentences}\r\n\r\nKind regards,\r\n{company}\r\n",
    )
    return "\r\n".join(lines).encode()
