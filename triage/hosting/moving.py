"""Moving one member's store: from their own machine to the hosted one, and back again, row by row.

Nothing is told twice. The record of letters and the secret their Message-IDs are made from move along; and what moved
is marked as a copy, so that no letter is written before the mailbox was read for those sent since (`triage.restored`).
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, insert, select, update
from sqlalchemy.exc import DataError

from triage.errors import InputError, StoreError
from triage.hosting.acting import acting_for
from triage.hosting.enrolment import LEAVING, SUSPENDED
from triage.store import FILE, Store, held
from triage.store import schema as t
from triage.store.backup import COPIED
from triage.store.engine import image
from triage.store.folder import beside, erase
from triage.store.notes import Notes
from triage.store.postgres import MemberStore, take
from triage.store.postgres.tables import member as member_table
from triage.store.restore import prepared, put_back

_BATCH = 500
_FOLLOWING = (t.tally, t.worn, t.outlook, t.unsettled, t.trait, t.standing, t.total)
"""What the database makes by itself while the other rows come in: to be replaced by what there was."""
BASE = tuple(one for one in t.metadata.sorted_tables if one not in _FOLLOWING)
_EMPTY_AT_FIRST = tuple(one for one in BASE if one is not t.setting)


@dataclass(frozen=True, slots=True)
class Moved:
    """What has moved: how many rows of each table, and a checksum over all of them, alike on both sides."""

    rows: Mapping[str, int]
    checksum: str

    @property
    def number(self) -> int:
        return sum(self.rows.values())


def bring(engine: Engine, member: int, source: Path, now: datetime, *, lasting: bool = True) -> Moved:
    """Take the store in the folder `source`, or the copy of one in a file, into the rows of this member. As a worker.

    A store that a service works on is refused (BusyError), and so is a member who has a log already (InputError).
    All of it is done, or nothing; without `lasting` it is tried, and nothing stays. Raises StoreError.
    """
    with _opened(source, now) as old, old.reading() as there:
        new = MemberStore(engine, member, take(engine, member))
        try:
            with new.writing() as here:
                _require_empty(here.notes.connection)
                moved = _copied(there.notes.connection, here.notes.connection)
                if not lasting:
                    raise _TriedError
        except _TriedError:
            pass
        finally:
            new.close()
    return moved


def take_along(engine: Engine, member: int, target: Path, now: datetime) -> Moved:
    """Write this member's rows as a store into the folder `target`, and suspend them: a log lives in one place.

    As a worker. Raises InputError where there is a store, and StoreError.
    """
    if (target / FILE).exists():
        raise InputError(f"There is a store in {target} already: name a new folder.")
    with acting_for(engine, member) as connection:
        staying = member_table.c.id == member, member_table.c.state != LEAVING
        if not connection.execute(update(member_table).where(*staying).values(state=SUSPENDED)).rowcount:
            raise InputError("This member is leaving, and all of theirs is about to be removed.")
    old = MemberStore(engine, member, take(engine, member))  # what a worker has in hand now counts no more
    new = Store(target)
    try:
        with old.reading() as there, new.writing() as here:
            moved = _copied(there.notes.connection, here.notes.connection)
            _mark(here.notes, now)
        return moved
    except BaseException:
        new.close()
        _remove(target)
        raise
    finally:
        new.close()
        old.close()


def file_of(source: Connection, now: datetime, but: ColumnElement[bool]) -> bytes:
    """The rows that this connection sees, as the file of a store, which is a copy; without letters `but` is true of."""

    def fill(target: Connection) -> None:
        _copied(source, target)
        target.execute(delete(t.letter).where(but))
        _mark(Notes(target), now)

    return image(fill)


def _mark(notes: Notes, now: datetime) -> None:
    if not notes.setting(COPIED):
        notes.set(COPIED, now.astimezone(UTC).isoformat())


class _TriedError(Exception):
    """Takes back what was only tried."""


def _require_empty(connection: Connection) -> None:
    if any(_count(connection, one) for one in _EMPTY_AT_FIRST):
        raise InputError(
            "This member has a log already, and two logs cannot become one. Invite them anew, and bring the store "
            "before they enrol."
        )


def weighed(engine: Engine, member: int) -> Moved:
    """What would be taken along. As a worker."""
    with acting_for(engine, member) as connection:
        return _summed(connection)


@contextmanager
def _opened(source: Path, now: datetime) -> Iterator[Store]:
    """A copy of the store, checked, of this version, and marked as a copy. `source` itself is only read."""
    file = source / FILE if source.is_dir() else source
    if not file.is_file():
        raise InputError(f"There is no store at {source}: name the folder that holds {FILE}, or a backup.")
    with ExitStack() as stack:
        if source.is_dir():
            stack.enter_context(held(source))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-moving-")))
        stack.callback(_remove, folder)
        with prepared(folder, file) as copy:
            put_back(folder, copy.path, now)
        store = Store(folder)
        stack.callback(store.close)
        yield store


def _remove(folder: Path) -> None:
    for path in (folder / FILE, *beside(folder / FILE)):
        erase(path)


def _copied(source: Connection, target: Connection) -> Moved:
    """Every table, in the place of what is there. Raises StoreError where the two are not the same then."""
    try:
        for table in (t.setting, *_EMPTY_AT_FIRST):
            if table is t.setting:
                target.execute(delete(table))
            _fill(source, target, table)
        for table in _FOLLOWING:
            target.execute(delete(table))
            _fill(source, target, table)
    except DataError as error:
        fault = type(error.orig).__name__
        raise StoreError(
            f"The store holds something that PostgreSQL cannot keep ({fault}). Nothing was changed."
        ) from None  # the error holds the row
    moved = _summed(source)
    if _summed(target) != moved:
        raise StoreError("What arrived is not what was sent. Nothing was changed; please report this.")
    return moved


def _fill(source: Connection, target: Connection, table: Table) -> None:
    for rows in _rows(source, table):
        target.execute(insert(table), rows)


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_BATCH)
    for batch in connection.execute(query).mappings().partitions():
        yield [{name: _kept(value) for name, value in row.items()} for row in batch]


def _kept(value: Any) -> Any:
    """As PostgreSQL keeps it too: there is one character that it does not take."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value


def _summed(connection: Connection) -> Moved:
    counts, digest = {}, hashlib.sha256()
    for table in t.metadata.sorted_tables:
        counts[table.name] = _count(connection, table)
        lines = sorted(repr(tuple(row.values())) for rows in _rows(connection, table) for row in rows)
        digest.update(repr((table.name, lines)).encode())
    return Moved(counts, digest.hexdigest())


def _count(connection: Connection, table: Table) -> int:
    return sum(len(rows) for rows in _rows(connection, table))
