"""How many connections all workers together have at one provider: each holds a slot, a session lock of PostgreSQL.

A worker that dies gives its slots back by dying: its session ends, and with it its locks. So nobody sweeps, and there
is no lease that could run out under somebody who is only slow.
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS)
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

# One statement after the other would be as many journeys; the first row that passes ends this one. A lock that this
# session holds already would be granted once more, so those are left out.
_TAKE = text(
    "SELECT slot FROM generate_series(0, :last) AS slot"
    " WHERE slot <> ALL (CAST(:mine AS int[])) AND pg_try_advisory_lock(:key, slot) LIMIT 1"
)
_GIVE = text("SELECT pg_advisory_unlock(:key, :slot)")


@dataclass(slots=True)
class _Session:
    """One connection, and the slots it holds, by the keys of their hosts."""

    connection: Connection
    mine: dict[int, set[int]] = field(default_factory=dict)


class Slots:
    """The slots of one worker process, for all of its threads: one connection to the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._session: _Session | None = None

    @contextmanager
    def slot(self, host: str, most: int) -> Iterator[bool]:
        """Hold one of the `most` slots of this host; False where all are taken. Raises DBAPIError."""
        key = zlib.crc32(host.encode()) - 2**31  # what PostgreSQL takes: 32 bits, signed
        taken = self._take(key, most)
        try:
            yield taken is not None
        finally:
            if taken is not None:
                self._give(*taken, key)

    def _take(self, key: int, most: int) -> tuple[_Session, int] | None:
        with self._lock:
            session = self._open()
            mine = session.mine.setdefault(key, set())
            asked = {"last": most - 1, "mine": list(mine), "key": key}
            try:
                slot = session.connection.execute(_TAKE, asked).scalar()
            except DBAPIError:
                self._drop(session)
                raise
            if slot is None:
                return None
            mine.add(slot)
            return session, slot

    def _give(self, session: _Session, slot: int, key: int) -> None:
        with self._lock:
            if session is not self._session:
                return  # it was lost meanwhile, and its locks with it
            session.mine[key].discard(slot)
            try:
                session.connection.execute(_GIVE, {"key": key, "slot": slot})
            except DBAPIError:
                self._drop(session)

    def _open(self) -> _Session:
        if self._session is None:
            self._session = _Session(self._engine.connect().execution_options(opening=""))
        return self._session

    def _drop(self, session: _Session) -> None:
        self._session = None
        with suppress(DBAPIError):
            session.connection.invalidate()
            session.connection.close()

    def close(self) -> None:
        """Give all of them back."""
        with self._lock:
            if self._session is not None:
                self._drop(self._session)
