"""Applications with their events, read from their rows: all of them, or those that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, select

from triage.core.acts import Act
from triage.core.journey import LOGGED
from triage.core.values import NOTICES, Application, Event
from triage.store import lines
from triage.store import schema as t
from triage.store.acts import Acts
from triage.store.faults import readable
from triage.store.rows import These, among_these, these

_About = TypeVar("_About", Event, Act)
_KEPT = LOGGED | NOTICES
_ROWS = select(t.application).order_by(t.application.c.id)
_EVENTS = select(t.event).order_by(t.event.c.received, t.event.c.id)
# Built once: to say it takes longer than to do it.
_THESE_ROWS = _ROWS.where(among_these(t.application.c.id))
_THESE_EVENTS = _EVENTS.where(among_these(t.event.c.application))


def read(connection: Connection, ids: Collection[int] | None = None) -> tuple[Application, ...]:
    """Those with these ids, or all, each with its events; without what the reader said is no answer at all."""
    if ids is None:
        return _read(connection.execute(_ROWS), _events(connection, _EVENTS), Acts(connection).all())
    if not ids:
        return ()
    asked = these(ids)
    rows = connection.execute(_THESE_ROWS, asked)
    return _read(rows, _events(connection, _THESE_EVENTS, asked), Acts(connection).of(ids))


def _read(rows: Iterable[Row[Any]], events: Iterable[Event], every: Iterable[Act]) -> tuple[Application, ...]:
    mails, acts = _by_application(events), _by_application(every)
    found = ((row, [e for e in mails.get(row.id, ()) if e.kind in _KEPT]) for row in rows)
    return tuple(
        Application(row.id, row.company, row.role, row.reference, tuple(its), tuple(acts.get(row.id, ())))
        for row, its in found
        if row.id not in mails or any(e.kind in LOGGED for e in its)
    )


def _by_application(found: Iterable[_About]) -> Mapping[int, Sequence[_About]]:
    its = attrgetter("application")
    return {number: list(group) for number, group in groupby(sorted(found, key=its), its)}


@readable("a line of the log")
def _events(connection: Connection, query: Select[Any], asked: These | None = None) -> Sequence[Event]:
    return [lines.event(row) for row in connection.execute(query, asked)]
