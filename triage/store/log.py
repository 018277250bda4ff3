"""The log of the search: cursors, events and applications, over one open transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, select

from triage.core.values import NOTICES, Application, Cursor, Details, Event, Kind
from triage.store import applications, lines
from triage.store import schema as t
from triage.store.faults import readable
from triage.store.rows import add, among, put, unless_known


@dataclass(frozen=True, slots=True)
class Log:
    """Reads and writes within the transaction it was made for; whoever opened that commits it."""

    connection: Connection

    def cursor(self, mailbox: str, folder: str) -> Cursor | None:
        query = select(t.cursor).where(t.cursor.c.mailbox == mailbox, t.cursor.c.folder == folder)
        row = self.connection.execute(query).first()
        return None if row is None else Cursor(row.mailbox, row.folder, row.uidvalidity, row.uid, row.lookback)

    def cursors(self) -> tuple[Cursor, ...]:
        """How far every folder has been read."""
        rows = self.connection.execute(select(t.cursor).order_by(t.cursor.c.mailbox, t.cursor.c.folder))
        return tuple(Cursor(row.mailbox, row.folder, row.uidvalidity, row.uid, row.lookback) for row in rows)

    def move(self, cursor: Cursor) -> None:
        """Everything up to `cursor` is done."""
        key = {"mailbox": cursor.mailbox, "folder": cursor.folder}
        values = {"uidvalidity": cursor.uidvalidity, "uid": cursor.uid, "lookback": cursor.lookback}
        put(self.connection, t.cursor, key, values)

    def knows(self, key: str) -> bool:
        """Is this content logged already, or was it forgotten on request?"""
        seen = exists().where(t.event.c.key == key), exists().where(t.forgotten.c.key == key)
        return bool(self.connection.execute(select(seen[0] | seen[1])).scalar())

    def record(self, event: Event) -> int:
        """Write one event and return its id."""
        return add(self.connection, t.event, lines.row(event))

    def begin(self, details: Details) -> int:
        """Begin an application for what an event says, and return its id."""
        values = {"company": details.company, "role": details.role, "reference": details.reference}
        return add(self.connection, t.application, values)

    def complete(self, application: int, details: Details) -> None:
        """Fill in what an application did not know yet."""
        columns = t.application.c
        for column in (columns.company, columns.role, columns.reference):
            blank = t.application.update().where(columns.id == application, column == "")
            self.connection.execute(blank.values({column.name: getattr(details, column.name)}))

    def events(self, *, since: datetime | None = None, after: int = 0) -> tuple[Event, ...]:
        """All events, oldest first; or those received since then, and logged after the one with that id."""
        query = select(t.event).where(t.event.c.id > after).order_by(t.event.c.received, t.event.c.id)
        return self._events(query if since is None else query.where(t.event.c.received >= since))

    def these(self, ids: Collection[int]) -> tuple[Event, ...]:
        """The events with these ids, oldest first."""
        return self._events(select(t.event).where(among(t.event.c.id, ids)).order_by(t.event.c.received, t.event.c.id))

    def newest(self) -> int:
        """The id of the event that was logged last; 0 where there is none."""
        return int(self.connection.execute(select(func.max(t.event.c.id))).scalar() or 0)

    def untold(self, kinds: Iterable[Kind]) -> tuple[Event, ...]:
        """The events of these kinds that no letter has told yet, oldest first."""
        untold = select(t.event).where(t.UNTOLD, t.event.c.kind.in_([kind.value for kind in kinds]))
        return self._events(untold.order_by(t.event.c.received, t.event.c.id))

    def untold_keys(self) -> tuple[tuple[int, str], ...]:
        """The ids and keys of all events that no letter has told yet, also of those that none would tell."""
        rows = self.connection.execute(select(t.event.c.id, t.event.c.key).where(t.UNTOLD))
        return tuple((row.id, row.key) for row in rows)

    @readable("a line of the log")
    def _events(self, query: Select[Any]) -> tuple[Event, ...]:
        return tuple(lines.event(row) for row in self.connection.execute(query))

    def applications(self) -> tuple[Application, ...]:
        """All applications, each with its events; without what the reader said is no answer at all."""
        return applications.read(self.connection)

    def counts(self) -> Mapping[str, int]:
        """How many events of each kind there are."""
        query = select(t.tally).where(t.tally.c.lines > 0).order_by(t.tally.c.kind)
        return {row.kind: row.lines for row in self.connection.execute(query)}

    def event(self, key: str) -> Event | None:
        """The event of the mail with this content."""
        return next(iter(self._events(select(t.event).where(t.event.c.key == key))), None)

    def told(self, event: int) -> bool:
        """Has a letter told this event, or is one on its way that does?"""
        return bool(self.connection.execute(select(exists().where(t.telling.c.event == event))).scalar())

    def correct(self, event: int, kind: Kind, judged: Kind) -> None:
        """Say that an event is of this kind, whatever it was judged to be."""
        values = {"kind": kind.value, "judged": "" if judged is kind else judged.value}
        self.connection.execute(t.event.update().where(t.event.c.id == event).values(values))

    def rename(self, event: int, *, company: str = "", role: str = "") -> None:
        """Say whom an event is from, and for what work: in its line, and in its application."""
        values = {name: value for name, value in (("company", company), ("role", role)) if value}
        if values:
            its = select(t.event.c.application).where(t.event.c.id == event)
            self.connection.execute(t.application.update().where(t.application.c.id.in_(its)).values(values))
            self.connection.execute(t.event.update().where(t.event.c.id == event).values(values))

    def place(self, event: int, application: int) -> None:
        """Put an event into an application; with 0, take it out of the one it is in. One left empty is removed."""
        left = self._applications(t.event.c.id == event)
        self.connection.execute(t.event.update().where(t.event.c.id == event).values(application=application or None))
        self._tidy(left)

    def _applications(self, condition: ColumnElement[bool]) -> Sequence[int]:
        query = select(t.event.c.application).where(condition, t.event.c.application.is_not(None)).distinct()
        return self.connection.execute(query).scalars().all()

    def _tidy(self, left: Sequence[int]) -> None:
        """After events have left these applications: nothing stays of one of which no mail is left."""
        self.take_back(self._silences_of_nobody(left))
        empty = among(t.application.c.id, left) & ~exists().where(t.event.c.application == t.application.c.id)
        gone = self.connection.execute(select(t.application.c.id).where(empty)).scalars().all()
        self.connection.execute(delete(t.act).where(among(t.act.c.application, gone)))
        self.connection.execute(delete(t.application).where(among(t.application.c.id, gone)))

    def noticed(self, after: datetime) -> tuple[int, ...]:
        """The silences that are dated later than this; none where mails are too, for they have the server's time."""
        late = select(t.event.c.id, t.event.c.kind).where(t.event.c.received > after)
        silences = {kind.value for kind in NOTICES}
        found = list(self.connection.execute(late))
        return tuple(row.id for row in found) if all(row.kind in silences for row in found) else ()

    def take_back(self, events: Sequence[int]) -> None:
        """Remove events as if they had never been entered; the same may be entered again."""
        for table, column in ((t.act, t.act.c.event), (t.correction, t.correction.c.event)):
            self.connection.execute(table.update().where(column.in_(events)).values(event=None))
        self.connection.execute(delete(t.telling).where(t.telling.c.event.in_(events)))
        self.connection.execute(delete(t.event).where(t.event.c.id.in_(events)))

    def undo(self, events: Sequence[int]) -> None:
        """Take these back, and the applications of which nothing is left then."""
        left = self._applications(among(t.event.c.id, events))
        self.take_back(events)
        self._tidy(left)

    def forget(self, events: Iterable[int]) -> int:
        """Remove events, what was learnt from them, and the applications left empty. Returns how many.

        Their content is not logged again.
        """
        ids = list(events)
        chosen = t.event.c.id.in_(ids)
        keys = self.connection.execute(select(t.event.c.key).where(chosen)).scalars().all()
        if not keys:
            return 0
        # The replies that were about them too: read once more, they would say it again.
        replies = select(t.act.c.key).where(t.act.c.event.in_(ids), t.act.c.key != "")
        names = [*keys, *self.connection.execute(replies).scalars()]
        self.connection.execute(unless_known(self.connection, t.forgotten), [{"key": key} for key in names])
        self.connection.execute(delete(t.telling).where(t.telling.c.event.in_(ids)))
        of_these = t.correction.c.event.in_(ids) | t.correction.c.key.in_(keys)
        self.connection.execute(delete(t.correction).where(of_these))
        self.connection.execute(delete(t.act).where(t.act.c.event.in_(ids)))
        left = self._applications(chosen)
        self.connection.execute(delete(t.event).where(chosen))
        self._tidy(left)
        return len(keys)

    def _silences_of_nobody(self, applications: Sequence[int]) -> Sequence[int]:
        """Silences of those of which no mail is left: they would name for ever what was forgotten."""
        silence = t.event.c.kind.in_([kind.value for kind in NOTICES]) & among(t.event.c.application, applications)
        mail = t.event.alias()
        left = mail.c.kind.not_in([kind.value for kind in NOTICES]) & (mail.c.application == t.event.c.application)
        return self.connection.execute(select(t.event.c.id).where(silence, ~exists().where(left))).scalars().all()
