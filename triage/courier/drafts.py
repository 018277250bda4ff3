"""The reader's own folder of drafts: a text is put there by IMAP APPEND, for the reader to send or to delete.

This knows no recipient, and no way of sending.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from triage.errors import ConfigError
from triage.wire import Password, Server, tls
from triage.wire.faults import place
from triage.wire.imap import Session

AUTO = "auto"
"""In place of a name: the folder that the server itself calls the one for drafts (RFC 6154)."""
_DRAFT = rb"\Draft"
_USE = rb"\Drafts"


class DraftsFolder:
    """One folder on one account, with a session of its own for each call. Every call may raise TriageError."""

    def __init__(self, server: Server, password: Password, folder: str = AUTO) -> None:
        tls.guard(server)
        self._server = server
        self._password = password
        self._folder = folder

    def put(self, message_id: str, data: bytes) -> bool:
        """Add this message with the flag \\Draft; False where one with its Message-ID is there already.

        An answer that was lost on the way is no harm: the next call finds what the first one added.
        """
        with self._opened() as (session, name):
            if session.has(message_id):
                return False
            session.append(name, data, [_DRAFT])
            return True

    def holds(self, message_id: str) -> bool:
        """Is a message with this Message-ID there?"""
        with self._opened() as (session, _):
            return session.has(message_id)

    def check(self) -> str:
        """Sign in, put nothing, and say in a few words what was found."""
        with self._opened() as (_, name):
            return f"signed in to {place(self._server)}, folder {name} found"

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[Session, str]]:
        """A session with the folder open for reading, and the folder's name."""
        with contextlib.closing(Session(self._server, self._password)) as session:
            name = self._folder if self._folder != AUTO else session.special(_USE)
            if not name:
                raise ConfigError(
                    f"{place(self._server)} does not say which folder is for drafts: "
                    'write its name into the configuration, such as [drafts] folder = "Drafts".'
                )
            session.examine(name)
            yield session, name
