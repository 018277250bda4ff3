"""Delivery by SMTP: from the reader, to the reader, to nobody else."""

from __future__ import annotations

import contextlib
import re
import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta

from triage.courier import DeliveryError
from triage.errors import ConfigError, TriageError
from triage.wire import Password, Server, smtp, tls
from triage.wire.faults import RefusedError, place
from triage.wire.quoting import quote_codes

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
"""One address in plain letters: neither a list nor a line break fits in."""


class SmtpCourier:
    """`triage.courier.Courier` with a connection of its own for each letter.

    `delivered` looks for a Message-ID where the reader's mail arrives: SMTP itself cannot tell (RFC 1047).
    """

    transit = timedelta(minutes=10)

    def __init__(self, server: Server, password: Password, reader: str, delivered: Callable[[str], bool]) -> None:
        tls.guard(server)
        if not _ADDRESS.fullmatch(reader):
            raise ConfigError("The reader's address must be one plain address, such as you@example.com.")
        self._server = server
        self._password = password
        self._reader = reader
        self._delivered = delivered

    def deliver(self, message_id: str, data: bytes) -> None:
        """See `triage.courier.Courier`."""
        with self._ready_for_data() as connection:
            try:
                code, words = connection.data(data)
            except smtplib.SMTPDataError as error:  # No to the word DATA itself: not a byte of the letter left.
                raise _undelivered(smtp.refused(self._server, error.smtp_code, error.smtp_error)) from error
            except OSError as error:  # smtplib's own are among these.
                raise self._unconfirmed() from error
        if not 200 <= code <= 299:
            # A number that is none of SMTP's is one cut in half, and "25" may be the beginning of a yes.
            said_no = 400 <= code <= 599
            # Only the codes are told: a server that has read the letter may quote it.
            refused = smtp.refused(self._server, code, words, quote_codes)
            raise _undelivered(refused) if said_no else self._unconfirmed()

    def delivered(self, message_id: str) -> bool:
        """See `triage.courier.Courier`."""
        try:
            return self._delivered(message_id)
        except TriageError as error:
            raise DeliveryError.of(error) from error

    def check(self) -> str:
        """See `triage.courier.Courier`."""
        with smtp.signed_in(self._server, self._password):
            return f"signed in to {place(self._server)}"

    @contextlib.contextmanager
    def _ready_for_data(self) -> Iterator[smtplib.SMTP]:
        """A connection that expects the word DATA. Nothing that fails before is ambiguous."""
        with contextlib.ExitStack() as stack:
            try:
                connection = stack.enter_context(smtp.signed_in(self._server, self._password))
            except TriageError as error:  # A no to us is none to this letter: once that is mended, it shall go.
                raise DeliveryError.of(error) from error
            try:
                with smtp.translated(self._server):
                    self._address(connection)
            except TriageError as error:
                raise _undelivered(error) from error
            yield connection

    def _address(self, connection: smtplib.SMTP) -> None:
        """Sender and recipient: the reader, and the reader."""
        for tell in (connection.mail, connection.rcpt):
            code, words = tell(self._reader)
            if not 200 <= code <= 299:
                raise smtp.refused(self._server, code, words)

    def _unconfirmed(self) -> DeliveryError:
        return DeliveryError(
            f"The connection to {place(self._server)} was lost before it confirmed the letter.", ambiguous=True
        )


def _undelivered(error: TriageError) -> DeliveryError:
    """Of what goes wrong once we are let in, a no is final if it says so."""
    return DeliveryError.of(error, permanent=isinstance(error, RefusedError) and not error.temporary)
