"""Writing single rows in the two ways the store needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects.sqlite import insert as upsert


def add(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert a row and return its id."""
    key = connection.execute(insert(table).values(values)).inserted_primary_key
    return int(key[0]) if key else 0


def put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write `values` to the row with this primary key, whether it exists or not."""
    statement = upsert(table).values({**key, **values})
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
