"""Where mail is read from. Reading changes nothing: no flag, no folder, no message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from triage.core.values import Cursor, RawMessage
from triage.errors import ServerError


class FetchError(ServerError):
    """This one message could not be fetched, while all around it could."""

    def __init__(self, sentence: str, cursor: Cursor, received: datetime, *, retry_after: float | None = None) -> None:
        super().__init__(sentence, retry_after=retry_after)
        self.cursor = cursor
        self.received = received


@dataclass(frozen=True, slots=True)
class Unread:
    """What a folder holds beyond a cursor.

    `messages` yields at most `total` messages, oldest first, fetched in batches as they are asked for.
    `upto` is where the folder stands once all of them are read, also when there were none.
    `renumbered` says that the folder's UIDs are no longer those the cursor was written for.
    """

    total: int
    messages: Iterator[RawMessage]
    upto: Cursor
    renumbered: bool = False


class Mailbox(Protocol):
    """One mailbox of the reader. It connects when it is first used and again after `close`."""

    @property
    def name(self) -> str: ...

    @property
    def folders(self) -> tuple[str, ...]: ...

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        """Everything after `cursor`; without one, or in a renumbered folder, everything received since `since`.

        The first `singly` messages are fetched one by one: where one of them cannot be, FetchError says which.
        Raises ServerError or CredentialError where the mailbox cannot be read, InputError for a missing folder.
        """

    def wait(self, seconds: float, wake: int) -> bool | None:
        """Return when mail may have arrived, when `seconds` are over, or when the file descriptor `wake` is readable.

        True: a server that is to tell of new mail has just said that it is there, and told of none. It need not be
        asked yet, and one may go on waiting. Raises ServerError as soon as the connection is lost.
        """

    def contains(self, message_id: str) -> bool:
        """Is there a message with this Message-ID in one of the folders?"""

    def close(self) -> None:
        """Let go of the connection; never raises."""
