"""Transactions outside a member's store: for nobody in particular, or for one member, whose rows alone it then sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, select

from triage.store.postgres import acting_for
from triage.store.postgres.faults import translated

__all__ = ["ACT_FOR", "act_for", "acting_for", "begun", "driver"]

ACT_FOR = "SELECT set_config('triage.member', %s, true)"
"""What `act_for` says, for who has the driver's own connection: with the member's number as a string."""
_ACT = select(func.set_config("triage.member", bindparam("member"), True))


@contextmanager
def begun(engine: Engine) -> Iterator[Connection]:
    """One transaction. Raises StoreError in words of ours."""
    with translated(), engine.begin() as connection:
        yield connection


def act_for(connection: Connection, member: int) -> None:
    """From here to its end, the transaction sees this member's rows and no others'."""
    connection.execute(_ACT, {"member": str(member)})


def driver(connection: Connection) -> Any:
    """The psycopg connection beneath, in the same transaction."""
    return connection.connection.driver_connection
