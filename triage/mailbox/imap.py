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
from triage.mailbox.bodies import Sizes, unless_refused
from triage.mailbox.look import Look
from triage.mailbox.span import Span
from triage.wire import Password, Server, tls
from triage.wire.faults import RefusedError, place
from triage.wire.idle import Heard
from triage.wire.imap import Folder, Session
from triage.wire.poll import Deadline, readable

_SHORTEST = 5.0
"""Seconds of any IDLE, however soon a token ends."""
_NEARLY = 1 / 2
"""Of a wait may be let off, where the server's own sign of life has woken us: many give one every two minutes."""
_TRUSTED = 2
"""Waits in a row may end with such a sign and without a look, while no look has found mail that was not announced."""
_MUTE = 2
"""Times in a row that a look during IDLE may end the connection, before it is done step by step: not every server may
read on behind a DONE."""


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
        self._sizes = Sizes()
        """Of the session that there is, or was last."""
        self._unchanged: Session | None = None
        """The session that has found nothing new at the end of the last wait."""
        self._mute = 0
        self._signs = 0
        self._announces = True
        """As far as is known: whatever has come was told while we listened."""

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        """See `triage.mailbox.Mailbox`. Searches here; all else happens as messages are asked for.

        What was announced while we listened is fetched without opening and searching the folder again; and where the
        wait has ended with a look that found nothing, that is the answer.
        """
        unchanged, self._unchanged = self._unchanged, None
        if not singly and unchanged and unchanged is self._session and (nothing := self._nothing(folder, cursor)):
            return nothing
        if not singly and (news := self._arrived(folder, cursor, since)):
            return news
        with self._connected() as session:
            opened = session.examine(folder)
            renumbered = cursor is not None and not spans.continues(opened, cursor)
            span = spans.span(opened, None if renumbered else cursor, since)
            uids = spans.uids(session, span)
        self._listed[folder] = opened
        upto = Cursor(self.name, opened.name, opened.uidvalidity, spans.reached(span, uids))
        return Unread(len(uids), self._look_at(opened, upto, span).messages(uids, singly), upto, renumbered)

    def wait(self, seconds: float, wake: int) -> bool:
        """See `triage.mailbox.Mailbox`. IDLE on the first folder where the server has it.

        `seconds` must be less than 29 minutes (RFC 2177). At their end the folder is looked at and the IDLE renewed, in
        one journey; or, with several folders, by the next `unread` and the wait that follows.
        """
        deadline = Deadline(seconds)
        trusted = self._idled(deadline, wake)
        if trusted is None:
            readable(deadline.left(), wake)
        return bool(trusted)

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
        if self._session and not self._session.left:
            self.close()  # Its access token ends: some servers hang up then, and in the middle of a word.
        session = self._session = self._session or self._begun()
        try:
            yield session
        except RefusedError:
            raise
        except ServerError:
            session.abandon()
            self._session = None
            raise

    def _begun(self) -> Session:
        self._sizes.begin()
        return Session(self._server, self._password)

    def _idled(self, deadline: Deadline, wake: int) -> bool | None:
        """Wait by IDLE; None where the server has none. What comes of it is as in `wait`."""
        with self._connected() as session:
            if not session.can_idle:
                return None
            # IDLE tells only what this session has not heard yet. What arrived while messages were fetched has been
            # announced among them, and what came before the folder was last opened will never be.
            first = self.folders[0]
            known = self._listed.get(first)
            opened = known if known and session.opened == known else session.examine(first)
            if session.arrived or opened != (known or opened):
                return False
            try:
                # No longer than its access token: the next look begins with a new one.
                seconds = min(deadline.left(), max(session.left, _SHORTEST))
                heard = session.wait(seconds, seconds * _NEARLY, wake)
                if heard in (Heard.SIGN, Heard.TIME):
                    return self._conclude(session, trusted=heard is Heard.SIGN and session.idle_left > seconds)
            except RefusedError:
                return None
        return False

    def _conclude(self, session: Session, *, trusted: bool) -> bool:
        """True: it may be let off, for now. Otherwise the next `unread` will know it if there is nothing."""
        known = self._listed.get(self.folders[0])
        if len(self.folders) > 1 or known is None or not known.uidnext:
            return False
        if trusted and self._announces and self._signs < _TRUSTED:
            self._signs += 1
            return True
        self._signs = 0
        if self._mute < _MUTE:
            self._look(session)
        return False

    def _look(self, session: Session) -> None:
        self._mute += 1
        self._unchanged = session if session.look() else None
        self._mute = 0
        self._announces = self._announces and self._unchanged is not None

    def _nothing(self, folder: str, cursor: Cursor | None) -> Unread | None:
        """That nothing has come since the folder was read to its end; None where that is not known for sure."""
        known, session = self._listed.get(folder), self._session
        if session is None or cursor is None or known is None or not _is_at_its_end(session, cursor, known):
            return None
        if session.arrived:
            return None
        return Unread(0, iter(()), Cursor(self.name, folder, known.uidvalidity, known.uidnext - 1))

    def _arrived(self, folder: str, cursor: Cursor | None, since: datetime) -> Unread | None:
        """What was announced since the folder was read to its end; None where that is not known for sure."""
        known, session = self._listed.get(folder), self._session
        if session is None or cursor is None or known is None or not _is_at_its_end(session, cursor, known):
            return None
        expected = session.arrived
        if not 0 < expected <= FETCHED_AT_ONCE:
            return None
        with self._connected():
            found = unless_refused(partial(session.arrivals, known))
        if found is None or len(found) < expected or session.opened is None:
            return None
        opened = self._listed[folder] = session.opened
        upto = Cursor(self.name, folder, opened.uidvalidity, opened.uidnext - 1)
        return Unread(len(found), self._look_at(opened, upto, spans.span(opened, cursor, since)).listed(found), upto)

    def _look_at(self, opened: Folder, upto: Cursor, span: Span) -> Look:
        return Look(partial(self._reading, opened), upto, span, self._opaque, self._sizes)

    @contextlib.contextmanager
    def _reading(self, opened: Folder) -> Iterator[Session]:
        """The session with this very folder open: between two messages the caller may have read another one."""
        with self._connected() as session:
            if not session.holds(opened) and session.examine(opened.name).uidvalidity != opened.uidvalidity:
                raise ServerError(f"{place(self._server)} renumbered a folder while we read it: reading it anew.")
            yield session


def _is_at_its_end(session: Session, cursor: Cursor, known: Folder) -> bool:
    """Is the folder open as it is known, and read to its end?"""
    return session.opened == known and (cursor.uidvalidity, cursor.uid + 1) == (known.uidvalidity, known.uidnext)
