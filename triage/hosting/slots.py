"""How many connections all workers together have at one provider: each holds a slot, a session lock of PostgreSQL.

A worker that dies gives its slots back by dying: its session ends, and with it its locks. So nobody sweeps, and there
is no lease that could run out under somebody who is only slow.
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS)

Where the session ends and the worker does not, as when the database is started anew, its visits that are under way get
slots again before it lets anybody in.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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


@dataclass(slots=True, eq=False)
class _Held:
    """What one visit has of the `most` slots of its host; no number: it was lost with its session."""

    key: int
    most: int
    number: int | None = None


class Slots:
    """The slots of one worker process, for all of its threads: one connection to the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._session: Connection | None = None
        self._held: list[_Held] = []

    @contextmanager
    def slot(self, host: str, most: int) -> Iterator[bool]:
        """Hold one of the `most` slots of this host; False where all are taken. Raises DBAPIError."""
        key = zlib.crc32(host.encode()) - 2**31  # what PostgreSQL takes: 32 bits, signed
        held = self._take(_Held(key, most))
        try:
            yield held is not None
        finally:
            if held is not None:
                self._give(held)

    def _take(self, wanted: _Held) -> _Held | None:
        with self._lock:
            session = self._open()
            try:
                lost = [one for one in self._held if one.number is None]
                left = [one for one in lost if not self._got(session, one)]
                if any(one.key == wanted.key for one in left) or not self._got(session, wanted):
                    return None  # others were quicker, and are as many as may be
            except DBAPIError:
                self._drop(session)
                raise
            self._held.append(wanted)
            return wanted

    def _got(self, session: Connection, one: _Held) -> bool:
        mine = [other.number for other in self._held if other.key == one.key and other.number is not None]
        one.number = session.execute(_TAKE, {"last": one.most - 1, "mine": mine, "key": one.key}).scalar()
        return one.number is not None

    def _give(self, one: _Held) -> None:
        with self._lock:
            self._held.remove(one)
            if self._session is None or one.number is None:
                return
            try:
                self._session.execute(_GIVE, {"key": one.key, "slot": one.number})
            except DBAPIError:
                self._drop(self._session)

    def _open(self) -> Connection:
        if self._session is None:
            self._session = self._engine.connect().execution_options(opening="")
        return self._session

    def _drop(self, session: Connection) -> None:
        self._session = None
        for one in self._held:
            one.number = None
        with suppress(DBAPIError):
            session.invalidate()
            session.close()

    def close(self) -> None:
        """Give all of them back."""
        with self._lock:
            if self._session is not None:
                self._drop(self._session)
