"""A mailbox on an IMAP server: what is new since a cursor, in batches, without changing anything."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from triage.core.values import Cursor
from triage.errors import ServerError
from triage.mailbox import Unread
from triage.mailbox import span as spans
from triage.mailbox.batches import FETCHED_AT_ONCE
from triage.mailbox.bodies import unless_refused
from triage.mailbox.look import Look
from triage.wire import Password, Server, tls
from triage.wire.faults import RefusedError, place
from triage.wire.imap import Folder, Session
from triage.wire.poll import Deadline, readable


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
        """See `triage.mailbox.Mailbox`. Searches here; all else happens as messages are asked for.

        What was announced while we listened is fetched without opening and searching the folder again.
        """
        if not singly and (news := self._arrived(folder, cursor, since)):
            return news
        with self._connected() as session:
            opened = session.examine(folder)
            renumbered = cursor is not None and not spans.continues(opened, cursor)
            span = spans.span(opened, None if renumbered else cursor, since)
            uids = spans.uids(session, span)
        self._listed[folder] = opened
        upto = Cursor(self.name, opened.name, opened.uidvalidity, spans.reached(span, uids))
        look = Look(partial(self._reading, opened), upto, span, self._opaque)
        return Unread(len(uids), look.messages(uids, singly), upto, renumbered)

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
            # IDLE tells only what this session has not heard yet. What arrived while messages were fetched has been
            # announced among them, and what came before the folder was last opened will never be.
            first = self.folders[0]
            known = self._listed.get(first)
            opened = known if known and session.opened == known else session.examine(first)
            if session.arrived or opened != (known or opened):
                return True
            try:
                session.wait(deadline.left(), wake)
            except RefusedError:
                return False
        return True

    def _arrived(self, folder: str, cursor: Cursor | None, since: datetime) -> Unread | None:
        """What was announced since the folder was read to its end; None where that is not known for sure."""
        known, session = self._listed.get(folder), self._session
        if session is None or cursor is None or known is None or session.opened != known:
            return None
        expected = session.arrived
        at_its_end = cursor.uidvalidity == known.uidvalidity and cursor.uid + 1 == known.uidnext
        if not at_its_end or not 0 < expected <= FETCHED_AT_ONCE:
            return None
        with self._connected():
            found = unless_refused(partial(session.arrivals, known))
        if found is None or len(found) < expected or session.opened is None:
            return None
        opened = self._listed[folder] = session.opened
        upto = Cursor(self.name, folder, opened.uidvalidity, opened.uidnext - 1)
        look = Look(partial(self._reading, opened), upto, spans.span(opened, cursor, since), self._opaque)
        return Unread(len(found), look.listed(found), upto)

    @contextlib.contextmanager
    def _reading(self, opened: Folder) -> Iterator[Session]:
        """The session with this very folder open: between two messages the caller may have read another one."""
        with self._connected() as session:
            if not session.holds(opened) and session.examine(opened.name).uidvalidity != opened.uidvalidity:
                raise ServerError(f"{place(self._server)} renumbered a folder while we read it: reading it anew.")
            yield session
