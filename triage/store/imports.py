"""Lists that the reader brought: entered as a whole, and taken out again as a whole, over one open transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, union

from triage.core.acts import LISTED, Did
from triage.core.brought.entering import Entry
from triage.core.values import BROUGHT, Application, Details
from triage.store import applications, lines
from triage.store import schema as t
from triage.store.acts import Acts
from triage.store.log import Log
from triage.store.rows import among

_BROUGHT = (t.event.c.mailbox == "") & (t.event.c.folder != "")
"""A line with no mailbox behind it, and the name of its list where the folder would stand."""


@dataclass(frozen=True, slots=True)
class Brought:
    """One list that was brought, by its name, with how many lines came of it."""

    name: str
    lines: int


@dataclass(frozen=True, slots=True)
class Imports:
    """Reads and writes within the transaction it was made for."""

    connection: Connection

    def keys(self) -> Mapping[str, int]:
        """The names of all lines that came with lists, and their applications."""
        query = select(t.event.c.key, t.event.c.application).where(_BROUGHT)
        return {row.key: row.application or 0 for row in self.connection.execute(query)}

    def acts(self) -> frozenset[str]:
        """The names of what the reader did, as lists told it."""
        query = select(t.act.c.key).where(t.act.c.key.startswith(LISTED))
        return frozenset(self.connection.execute(query).scalars())

    def enter(self, entries: Sequence[Entry]) -> None:
        """What a list adds. No letter tells it: the reader has known it for long."""
        placed = list(zip(self._places(entries), entries, strict=True))
        events = [replace(event, application=number) for number, entry in placed for event in entry.events]
        # Brought once more on purpose, what was forgotten is to be there again.
        self.connection.execute(delete(t.forgotten).where(among(t.forgotten.c.key, [event.key for event in events])))
        if events:
            self.connection.execute(insert(t.event), [lines.row(event) | {"told": True} for event in events])
        for number, entry in placed:
            for act in entry.acts:
                Acts(self.connection).keep(replace(act, application=number))

    def _places(self, entries: Sequence[Entry]) -> Sequence[int]:
        """The application of each: the one that it is about, or a new one. All new ones are written at once."""
        log, newest = Log(self.connection), self._newest()
        new = [entry for entry in entries if entry.known is None]
        numbers = iter(range(newest + 1, newest + len(new) + 1))
        rows = [
            {"id": newest + at, "company": one.company, "role": one.role, "reference": one.reference}
            for at, one in enumerate((entry.told for entry in new), 1)
        ]
        if rows:
            self.connection.execute(insert(t.application), rows)
        for entry in entries:
            if entry.known is not None:
                log.complete(entry.known.id, entry.details)
        return [entry.known.id if entry.known is not None else next(numbers) for entry in entries]

    def _newest(self) -> int:
        return int(self.connection.execute(select(func.max(t.application.c.id))).scalar() or 0)

    def all(self) -> tuple[Brought, ...]:
        """Every list of which something is left, the last one last."""
        events = select(t.event.c.folder.label("name"), t.event.c.id).where(_BROUGHT)
        acts = select(t.act.c.letter.label("name"), t.act.c.id).where(t.act.c.key.startswith(LISTED))
        every = events.union_all(acts).subquery()
        query = select(every.c.name, func.count()).group_by(every.c.name).order_by(every.c.name)
        return tuple(Brought(name, number) for name, number in self.connection.execute(query))

    def undo(self, name: str) -> None:
        """Take out all that came with this list, and the applications of which nothing else is left.

        What is left is called as its own lines call it, as if the list had never been there.
        """
        came, did = t.event.c, t.act.c
        chosen, acts = _BROUGHT & (came.folder == name), did.key.startswith(LISTED) & (did.letter == name)
        about = union(select(came.application).where(chosen), select(did.application).where(acts)).subquery()
        numbers = set(self.connection.execute(select(about.c.application)).scalars()) - {None}
        before = {one.id: one for one in applications.read(self.connection, numbers)}
        ids: Sequence[int] = self.connection.execute(select(came.id).where(chosen)).scalars().all()
        self.connection.execute(delete(t.act).where(acts))
        Log(self.connection).undo(ids)
        for one in applications.read(self.connection, numbers):
            gone = [event.details for event in before[one.id].events if event.folder == name]
            self._call(one, gone)

    def _call(self, one: Application, gone: Sequence[Details]) -> None:
        """Each name that is only from these becomes that of the first line that has one; not what the reader said."""
        details = [event.details for event in sorted(one.events, key=lambda event: event.id)]
        named = any(act.kind is Did.NAMED for act in one.acts)
        for name in ("company", "role", "reference"):
            now, listed = getattr(one, name), [getattr(its, name) for its in gone]
            said = [found for its in details if (found := getattr(its, name))]
            if now not in said or (now in listed and not named):
                values = {name: next(iter(said), "")}
                self.connection.execute(t.application.update().where(t.application.c.id == one.id).values(values))


def batch_name(now: datetime, file: str) -> str:
    """What a list is called in the log: when it was brought, and from which file."""
    return f"{BROUGHT} {now:%Y-%m-%d %H:%M:%S} {file}"
