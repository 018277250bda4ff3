"""Writing single rows in the two ways the store needs, and asking for many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert


def add(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert a row and return its id."""
    key = connection.execute(insert(table).values(values)).inserted_primary_key
    return int(key[0]) if key else 0


def put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write `values` to the row with this primary key, whether it exists or not."""
    statement = upsert(table).values({**key, **values})
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Is the column one of these, however many they are? Looked up in the column's index, one after the other."""
    return _in_list(column, json.dumps(list(values)))


def among_these(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """The same for a statement that is built once: it is executed with `these`."""
    return _in_list(column, bindparam("these"))


def these(values: Iterable[Any]) -> Mapping[str, str]:
    """What to execute such a statement with."""
    return {"these": json.dumps(list(values))}


def _in_list(column: ColumnElement[Any], values: Any) -> ColumnElement[bool]:
    return column.in_(select(func.json_each(values).table_valued("value").c.value))
