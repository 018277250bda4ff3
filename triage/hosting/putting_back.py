"""After a backup of the database was put back: what has happened since is taken over from where it is still known.

A backup knows nothing of the letters since: so each member's store is marked as a copy, and none is written before the
mailboxes were read for them (`triage.restored`). Nor does it know who has left since, or was suspended: that comes from
a list of members that is kept apart from the backups.

So that nobody forgets to say so, the tables note in which database they were made; a worker starts in no other one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, func, select, text, update

from triage.errors import BusyError, InputError, StoreError
from triage.hosting.acting import act_for, begun
from triage.hosting.enrolment import ACTIVE, LEAVING, SUSPENDED
from triage.store.backup import COPIED
from triage.store.postgres import WORKER
from triage.store.postgres.tables import member as table

# A dump holds comments, and what is made from it is another database: on this server, or on another one.
_HERE: LiteralString = """
SELECT 'made in database ' || oid || ' of ' || (SELECT system_identifier FROM pg_control_system())
FROM pg_database WHERE datname = current_database()
"""
_NOTED: LiteralString = "SELECT obj_description('member'::regclass, 'pg_class')"


@dataclass(frozen=True, slots=True)
class Known:
    """A member on the list: their state then, and when their mailbox had been read."""

    state: str
    polled: datetime | None


@dataclass(frozen=True, slots=True)
class Returned:
    """What was found, as handles: who has left since, who was suspended since, and who came since and is lost."""

    members: int
    left: tuple[str, ...]
    suspended: tuple[str, ...]
    lost: tuple[str, ...]


def settle_in(connection: psycopg.Connection[Any]) -> None:
    """Note that the tables belong into this database, where nothing is noted yet. As their owner."""
    if not _said(connection, _NOTED):
        connection.execute(sql.SQL("COMMENT ON TABLE member IS {}").format(sql.Literal(_said(connection, _HERE))))


def _said(connection: psycopg.Connection[Any], query: LiteralString) -> str:
    row = connection.execute(query).fetchone()
    return str(row[0] or "") if row else ""


def require_settled(engine: Engine) -> None:
    """Raises StoreError where the tables came here from a backup, and nobody has said so yet."""
    with begun(engine) as connection:
        noted = connection.execute(text(_NOTED)).scalar()
        if noted and noted != connection.execute(text(_HERE)).scalar():
            raise StoreError(
                "This database was put back from a backup, or is a copy of another one. Run `triage admin "
                "after-restore` first: else members would be told again what they know. (`triage help hosting`)"
            )


def listed(told: str) -> dict[str, Known]:
    """What `triage admin list --json` has said. Raises InputError, also where nobody is on it."""
    try:
        if found := {one["handle"]: Known(one["state"], _moment(one["polled"])) for one in json.loads(told)}:
            return found
    except (ValueError, KeyError, TypeError):
        pass
    raise InputError("This is no list of members: it is what `triage admin list --json` prints, as a file.")


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def found(engine: Engine, known: Mapping[str, Known] | None) -> Returned:
    """What there is to be done; `known` is None where there is no list. As the owner.

    Raises BusyError while a worker is at work, and InputError where the list is older than the backup.
    """
    with begun(engine) as connection:
        if connection.execute(_AT_WORK, {"worker": WORKER}).scalar():
            raise BusyError("Workers are connected to this database. Stop all of them, and run this again.")
        rows = connection.execute(select(table.c.name, table.c.state, table.c.polled)).all()
    there = {row.name: Known(row.state, row.polled) for row in rows}
    if known is None:
        return Returned(len(there), (), (), ())
    _require_newer(known, there)
    staying = {name for name, one in known.items() if one.state != LEAVING}
    left = tuple(sorted(there.keys() - staying))
    paused = (name for name in there.keys() & known.keys() if there[name].state == ACTIVE)
    suspended = tuple(sorted(name for name in paused if known[name].state == SUSPENDED))
    return Returned(len(there), left, suspended, tuple(sorted(staying - there.keys())))


def _require_newer(known: Mapping[str, Known], there: Mapping[str, Known]) -> None:
    """Who is missing from a list that is older than the backup came after it, and has not left."""
    if _newest(there) > _newest(known):
        raise InputError("This list is older than the backup: who is not on it may have come since. Name a newer one.")


def _newest(members: Mapping[str, Known]) -> datetime:
    return max((one.polled for one in members.values() if one.polled), default=datetime.min.replace(tzinfo=UTC))


def put_right(engine: Engine, returned: Returned, now: datetime) -> None:
    """Do it, all or nothing, and let workers in. As the owner. Raises StoreError."""
    with begun(engine) as connection:
        for handle in returned.left:
            _forget(connection, handle)
        again = update(table).where(table.c.name.in_(returned.suspended)).values(state=SUSPENDED)
        connection.execute(again)
        connection.execute(_MARK, {"name": COPIED, "now": now.astimezone(UTC).isoformat()})
        here = connection.execute(text(_HERE)).scalar()
        connection.exec_driver_sql(f"COMMENT ON TABLE member IS '{here}'")  # words and numbers of ours


def _forget(connection: Connection, handle: str) -> None:
    act_for(connection, int(connection.execute(select(table.c.id).where(table.c.name == handle)).scalar_one()))
    connection.execute(select(func.hosting_forget(handle)))


_AT_WORK = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = :worker")
_MARK = text(
    "INSERT INTO setting (name, value, member) SELECT :name, :now, id FROM member "
    "ON CONFLICT (member, name) DO UPDATE SET value = excluded.value"
)
