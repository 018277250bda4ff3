"""A database as workers have it, with as many members as one likes; each starts with nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy import Engine

from tests.rig.postgres import Database
from triage.store.postgres import MemberStore, open_engine, take

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Host:
    """One database, and one worker's connections to it."""

    database: Database
    engine: Engine
    operator: psycopg.Connection[tuple[object, ...]] = field(repr=False)

    def enrol(self) -> int:
        """One more member; the id."""
        until = datetime.now(UTC) + timedelta(days=1)
        asked = "SELECT hosting_invite(%s, %s, %s)", (f"m-{next(_numbers)}", b"a hash", until)
        (row,) = self.operator.execute(*asked).fetchall()
        return int(str(row[0]))

    def store(self, member: int) -> MemberStore:
        """The member's store, for one who has just taken them over."""
        return MemberStore(self.engine, member, take(self.engine, member))


@contextmanager
def host(database: Database) -> Iterator[Host]:
    """What is needed to work with it, for as long as this lasts."""
    engine = open_engine(database.worker, name="triage tests", size=5)
    with psycopg.connect(database.operator, autocommit=True) as operator:
        yield Host(database, engine, operator)
    engine.dispose()
