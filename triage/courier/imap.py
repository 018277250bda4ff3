"""Delivery by IMAP APPEND into the reader's own folder: one credential, and no other recipient is possible."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from triage.courier import DeliveryError
from triage.errors import ServerError, TriageError
from triage.wire import Password, Server, tls
from triage.wire.faults import RefusedError, place
from triage.wire.imap import Session


class ImapCourier:
    """`triage.courier.Courier` with a session of its own for each letter."""

    transit = timedelta(minutes=1)
    """After we are killed, the kernel goes on sending what it holds, as long as the connection's time limit lasts: a
    letter whose delivery nobody lived to note may arrive that much later."""

    def __init__(self, server: Server, password: Password, folder: str = "INBOX") -> None:
        tls.guard(server)
        self._server = server
        self._password = password
        self._folder = folder

    def deliver(self, message_id: str, data: bytes) -> None:
        """See `triage.courier.Courier`. The letter arrives unread, like any other mail."""
        with self._signed_in() as session:
            try:
                session.append(self._folder, data)
            except RefusedError as refused:
                raise DeliveryError.of(refused, permanent=not refused.temporary) from refused
            except ServerError as error:
                # Part of the command was sent, perhaps all of it; the answer is what was lost.
                raise DeliveryError.of(error, ambiguous=True) from error

    def delivered(self, message_id: str) -> bool:
        """See `triage.courier.Courier`."""
        with self._signed_in() as session:
            try:
                session.examine(self._folder)
                return session.has(message_id)
            except TriageError as error:
                raise DeliveryError.of(error) from error

    def check(self) -> str:
        """See `triage.courier.Courier`."""
        with contextlib.closing(Session(self._server, self._password)) as session:
            session.examine(self._folder)
        return f"signed in to {place(self._server)}, folder {self._folder} found"

    @contextlib.contextmanager
    def _signed_in(self) -> Iterator[Session]:
        """A session. What prevents one comes before the letter leaves and may be mended: not ambiguous, not final."""
        try:
            session = Session(self._server, self._password)
        except TriageError as error:
            raise DeliveryError.of(error) from error
        with contextlib.closing(session):
            yield session
