"""What the reader did and said, over one open transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, select

from triage.core.acts import LISTED, OWN, Act, Did
from triage.store import schema as t
from triage.store.faults import readable
from triage.store.rows import These, add, among_these, these

_ACTS = select(t.act).order_by(t.act.c.made, t.act.c.id)
_OF_THESE = _ACTS.where(among_these(t.act.c.application))


@dataclass(frozen=True, slots=True)
class Acts:
    """Reads and writes within the transaction it was made for."""

    connection: Connection

    def keep(self, act: Act) -> int:
        """Write one down and return its id."""
        values = {
            "kind": act.kind.value,
            "made": act.made,
            "application": act.application or None,
            "event": act.event or None,
            "letter": act.letter,
            "text": act.text,
            "key": act.key,
        }
        return add(self.connection, t.act, values)

    def knows(self, key: str) -> bool:
        """Was the reply with this name carried out already?"""
        return bool(key) and bool(self.connection.execute(select(exists().where(t.act.c.key == key))).scalar())

    def asked_by(self, message_id: str) -> bool:
        """Does the letter with this Message-ID ask whether they want to leave the service?"""
        asks = (t.act.c.kind == Did.LEAVING.value) & (t.act.c.text != OWN)
        letter = (t.act.c.confirmed == t.letter.c.id) & (t.letter.c.message_id == message_id)
        return bool(self.connection.execute(select(exists().where(asks, letter))).scalar())

    def all(self) -> tuple[Act, ...]:
        """Every one of them, oldest first."""
        return self._acts(_ACTS)

    def of(self, applications: Collection[int]) -> tuple[Act, ...]:
        """Those about these applications, oldest first."""
        return self._acts(_OF_THESE, these(applications))

    def since(self, moment: datetime) -> tuple[Act, ...]:
        """Those from then on, oldest first."""
        return self._acts(_ACTS.where(t.act.c.made >= moment))

    def unconfirmed(self) -> tuple[Act, ...]:
        """Those that no letter has confirmed yet, oldest first.

        That a draft was taken needs no confirmation, nor does what came with a list (`core.brought`), nor a pause at
        the terminal (without a `key`, that of a reply): it was answered there, to somebody who wants no letters.
        """
        paused = t.act.c.kind.in_([Did.PAUSED.value, Did.STOPPED.value]) & (t.act.c.key == "")
        clear = (t.act.c.kind == Did.DRAFTED.value) | t.act.c.key.startswith(LISTED) | paused
        return self._acts(_ACTS.where(t.act.c.confirmed.is_(None) & ~clear))

    def confirm(self, acts: Iterable[int], letter: int) -> None:
        """This letter confirms them."""
        self.connection.execute(t.act.update().where(t.act.c.id.in_(list(acts))).values(confirmed=letter))

    def forget(self, *, events: Iterable[int] = (), applications: Iterable[int] = ()) -> None:
        """Remove what was said about these events and applications."""
        about = t.act.c.event.in_(list(events)) | t.act.c.application.in_(list(applications))
        self.connection.execute(delete(t.act).where(about))

    def clear(self) -> None:
        """Remove all of them."""
        self.connection.execute(delete(t.act))

    @readable("something you told the program")
    def _acts(self, query: Select[Any], asked: These | None = None) -> tuple[Act, ...]:
        return tuple(_act(row) for row in self.connection.execute(query, asked))


def _act(row: Row[Any]) -> Act:
    return Act(
        kind=Did(row.kind),
        made=row.made,
        application=row.application or 0,
        event=row.event or 0,
        letter=row.letter,
        text=row.text,
        key=row.key,
        id=row.id,
    )
