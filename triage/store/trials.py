"""Which looks at a folder came to no end, and with which message in hand, over one open transaction.

A message that kills the program leaves no other trace. So a look says when it begins and when it has ended; one that
begins after another that never ended takes each message in hand by name, and counts how often it did (as Mailman's
queue runner does with its `.bak` files).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, delete, exists, select

from triage.store import schema as t
from triage.store.rows import upsert

_LOOK = ""
"""Stands for the look itself."""


@dataclass(frozen=True, slots=True)
class Trials:
    """Reads and writes within the transaction it was made for."""

    connection: Connection

    def unfinished(self, mailbox: str, folder: str) -> bool:
        """Did the last look at this folder begin and never end?"""
        return bool(self.connection.execute(select(exists().where(*_of(mailbox, folder)))).scalar())

    def begin(self, mailbox: str, folder: str) -> None:
        """A look at this folder begins."""
        self._put(mailbox, folder, _LOOK, {})

    def take(self, mailbox: str, folder: str, message: str, run: str) -> int:
        """This run of the program takes a message in hand. Returns how many others did and never let it go."""
        table = t.trial
        died = case((table.c.run.in_(["", run]), table.c.tries), else_=table.c.tries + 1)
        return int(self._put(mailbox, folder, message, {"run": run}, {"tries": died}).tries)

    def failed(self, mailbox: str, folder: str, message: str) -> int:
        """It could not be fetched, or took more memory than there is. Returns how often that has happened."""
        return int(self._put(mailbox, folder, message, {"failures": 1}, {"failures": t.trial.c.failures + 1}).failures)

    def let_go(self, mailbox: str, folder: str, message: str) -> None:
        """All is done with this message."""
        self.connection.execute(delete(t.trial).where(*_of(mailbox, folder), t.trial.c.message == message))

    def end(self, mailbox: str, folder: str) -> None:
        """The look has ended well."""
        self.connection.execute(delete(t.trial).where(*_of(mailbox, folder)))

    def _put(
        self, mailbox: str, folder: str, message: str, values: Mapping[str, Any], grown: Mapping[str, Any] | None = None
    ) -> Row[Any]:
        """Write a row, or let one that is there grow; and return it."""
        key = {"mailbox": mailbox, "folder": folder, "message": message}
        new = {"tries": 0, "failures": 0, "run": ""} | dict(values)
        changed = {"message": message} | dict(values) | dict(grown or {})
        put = upsert(self.connection, t.trial, key, new, changed)
        return self.connection.execute(put.returning(t.trial)).one()


def _of(mailbox: str, folder: str) -> tuple[ColumnElement[bool], ...]:
    return t.trial.c.mailbox == mailbox, t.trial.c.folder == folder
