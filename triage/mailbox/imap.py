"""A mailbox on an IMAP server: what is new since a cursor, in batches, without changing anything."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice

from triage.core.values import Cursor, RawMessage
from triage.errors import ServerError
from triage.mailbox import FetchError, Unread, excerpt
from triage.mailbox.batches import batches
from triage.mailbox.limits import LARGE, PART
from triage.wire import Password, Server, tls
from triage.wire.faults import RefusedError, place
from triage.wire.imap import Entry, Folder, Session
from triage.wire.poll import Deadline, readable

LISTED_AT_ONCE = 500
"""Messages. More UIDs than this make a command line that servers refuse as too long."""
_ASKED = 3
"""Times that a message is asked what it is made of, before its beginning is taken for the whole."""
_ENDLESS = 2**32
"""More than any UID."""


@dataclass(frozen=True, slots=True)
class _Span:
    """What to read: UIDs `first` to `last` (-1: not known), up to `old` only those received since `since`."""

    first: int
    last: int
    old: int
    since: datetime

    def wants(self, entry: Entry) -> bool:
        return entry.uid > self.old or entry.received >= self.since


class ImapMailbox:
    """`triage.mailbox.Mailbox` over one IMAP session. For one thread."""

    def __init__(self, name: str, server: Server, password: Password, folders: Sequence[str] = ("INBOX",)) -> None:
        tls.guard(server)
        self.name = name
        self.folders = tuple(folders)
        self._server = server
        self._password = password
        self._session: Session | None = None
        self._listed: dict[str, Folder] = {}
        self._opaque: Counter[Cursor] = Counter()
        """Large messages, and how often the connection did not survive to ask what they are made of."""

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        """See `triage.mailbox.Mailbox`. Searches here; all else happens as messages are asked for."""
        with self._connected() as session:
            opened = session.examine(folder)
            renumbered = cursor is not None and not _continues(opened, cursor)
            span = _span(opened, None if renumbered else cursor, since)
            uids = _uids(session, span)
        self._listed[folder] = opened
        upto = self._cursor(opened, _reached(span, uids))
        return Unread(len(uids), self._messages(opened, uids, span, singly), upto, renumbered)

    def wait(self, seconds: float, wake: int) -> None:
        """See `triage.mailbox.Mailbox`. IDLE on the first folder where the server has it.

        `seconds` must be less than 29 minutes (RFC 2177). The next call is what renews the IDLE.
        """
        deadline = Deadline(seconds)
        if self._idled(deadline, wake):
            return
        readable(deadline.left(), wake)

    def contains(self, message_id: str) -> bool:
        """See `triage.mailbox.Mailbox`."""
        with self._connected() as session:
            for folder in self.folders:
                session.examine(folder)
                if session.has(message_id):
                    return True
        return False

    def close(self) -> None:
        """See `triage.mailbox.Mailbox`."""
        session, self._session = self._session, None
        if session:
            session.close()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Session]:
        """The session, opened if there is none; gone after a fault, for nobody knows what it still means to send."""
        session = self._session = self._session or Session(self._server, self._password)
        try:
            yield session
        except RefusedError:
            raise
        except ServerError:
            session.abandon()
            self._session = None
            raise

    def _idled(self, deadline: Deadline, wake: int) -> bool:
        """Wait by IDLE; False where the server has none."""
        with self._connected() as session:
            if not session.can_idle:
                return False
            # Opened anew, because IDLE tells only what this session has not heard yet. What arrived while
            # messages were fetched has been announced among them, and would wait for the next mail to come.
            opened = session.examine(self.folders[0])
            if opened != self._listed.get(opened.name, opened):
                return True
            try:
                session.wait(deadline.left(), wake)
            except RefusedError:
                return False
        return True

    def _messages(self, opened: Folder, uids: list[int], span: _Span, singly: int) -> Iterator[RawMessage]:
        for start in range(0, len(uids), LISTED_AT_ONCE):
            with self._reading(opened) as session:
                entries = _entries(session, uids[start : start + LISTED_AT_ONCE])
            wanted = filter(span.wants, entries)
            alone = list(islice(wanted, singly))
            singly -= len(alone)
            for batch in chain([[entry] for entry in alone], batches(wanted)):
                bodies = self._fetched(opened, batch)
                for entry in batch:
                    if entry.uid in bodies:
                        yield RawMessage(self._cursor(opened, entry.uid), entry.received, bodies[entry.uid])

    def _fetched(self, opened: Folder, batch: list[Entry]) -> dict[int, bytes]:
        """Raises FetchError where it is this one message that the connection does not survive."""
        with self._reading(opened) as session:
            at = self._cursor(opened, batch[0].uid)
            try:
                return self._texts(session, batch, at) or _bodies(session, batch)
            except ServerError as error:
                if len(batch) > 1 or isinstance(error, RefusedError):
                    raise
                raise FetchError(str(error), at, batch[0].received, retry_after=error.retry_after) from error

    def _texts(self, session: Session, batch: list[Entry], at: Cursor) -> dict[int, bytes]:
        """The large message of this batch without its attachments; nothing where there is none, or no way to."""
        if batch[0].size <= LARGE or self._opaque[at] >= _ASKED:
            return {}
        try:
            found = excerpt.fetch(session, at.uid)
        except RefusedError:
            raise
        except ServerError:
            self._opaque[at] += 1
            raise
        return {} if found is None else {at.uid: found}

    @contextlib.contextmanager
    def _reading(self, opened: Folder) -> Iterator[Session]:
        """The session with this very folder open: between two messages the caller may have read another one."""
        with self._connected() as session:
            if not session.holds(opened) and session.examine(opened.name).uidvalidity != opened.uidvalidity:
                raise ServerError(f"{place(self._server)} renumbered a folder while we read it: reading it anew.")
            yield session

    def _cursor(self, opened: Folder, uid: int) -> Cursor:
        return Cursor(self.name, opened.name, opened.uidvalidity, uid)


def _continues(opened: Folder, cursor: Cursor) -> bool:
    """Do UIDs still mean what they meant?

    Against RFC 9051, a mailbox restored from a backup may keep its UIDVALIDITY. Then UIDNEXT falls behind the
    cursor, and new mail would get numbers that count as read.
    """
    fallen_behind = 0 < opened.uidnext <= cursor.uid
    return opened.uidvalidity == cursor.uidvalidity and not fallen_behind


def _span(opened: Folder, cursor: Cursor | None, since: datetime) -> _Span:
    last = opened.uidnext - 1
    if cursor is None:
        return _Span(1, last, _ENDLESS, since)
    # A first look that was interrupted goes on as it began: mail from before `since` stays unread.
    return _Span(cursor.uid + 1, last, cursor.lookback, since)


def _uids(session: Session, span: _Span) -> list[int]:
    """Ascending, and never beyond `span.last`.

    A message that arrives after the folder was opened has a UID from UIDNEXT on (RFC 9051, 2.3.1.1). It is left for
    the next time even if this search would find it already: the cursor goes to UIDNEXT - 1, and not past it.
    """
    if 0 <= span.last < span.first:
        return []  # UIDNEXT says that nothing is new.
    if span.old == _ENDLESS:
        found = session.uids_since(_day_before(span.since))
    else:
        found = session.uids(span.first, max(0, span.last))
    return [uid for uid in found if span.last < 0 or uid <= span.last]


def _day_before(moment: datetime) -> date:
    """The server compares days of its own zone, so a message of the first hours may carry the day before."""
    return (moment.astimezone(UTC) - timedelta(days=1)).date()


def _reached(span: _Span, uids: list[int]) -> int:
    """How far the folder is read once these are. Without UIDNEXT that is the highest UID seen."""
    return max([span.first - 1, span.last, *uids[-1:]])


def _entries(session: Session, uids: list[int]) -> list[Entry]:
    """Those that still exist. A server may refuse to speak of any, where one was deleted (RFC 2180, 4.1.2)."""
    try:
        return session.entries(uids)
    except RefusedError as refused:
        left = [] if refused.temporary else sorted(set(uids) & set(session.uids(uids[0], uids[-1])))
        if refused.temporary or left == uids:
            raise
        return session.entries(left) if left else []


def _bodies(session: Session, batch: list[Entry]) -> dict[int, bytes]:
    """The messages of a batch by UID, of a large one its beginning.

    One that the server has but cannot show is empty: it must not stop the rest. One that was deleted is missing.
    """
    limit = PART if batch[0].size > LARGE else LARGE
    try:
        return session.bodies([entry.uid for entry in batch], limit)
    except RefusedError as refused:
        if refused.temporary:
            raise
        if len(batch) == 1:
            uid = batch[0].uid
            # A server may also refuse what is not there any more (RFC 2180, 4.1.2).
            return {uid: b""} if uid in session.uids(uid, uid) else {}
    return {uid: body for entry in batch for uid, body in _bodies(session, [entry]).items()}
