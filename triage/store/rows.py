"""Writing single rows in the ways the store needs, and asking for many: in the words of SQLite, and of PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    insert,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from triage.store.schema import MEMBER

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert
    from sqlalchemy.sql.compiler import SQLCompiler

These = Mapping[str, Sequence[Any]]


def add(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert a row and return its id."""
    key = connection.execute(insert(table).values(values)).inserted_primary_key
    return int(key[0]) if key else 0


def put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write `values` to the row with this primary key, whether it exists or not."""
    connection.execute(upsert(connection, table, key, values, values))


def upsert(
    connection: Connection,
    table: Table,
    key: Mapping[str, Any],
    new: Mapping[str, Any],
    changed: Mapping[str, Any],
) -> Insert:
    """Insert `key` and `new`; where there is a row with this key, which is unique, change that one instead."""
    led = [] if connection.dialect.name == "sqlite" else [MEMBER]
    inserted = _insert(connection, table).values({**key, **new})
    return inserted.on_conflict_do_update(index_elements=[*led, *key], set_=dict(changed))


def unless_known(connection: Connection, table: Table) -> Insert:
    """Insert a row where there is none like it."""
    return _insert(connection, table).on_conflict_do_nothing()


def _insert(connection: Connection, table: Table) -> Insert:
    """SQLAlchemy has one of these for each database."""
    inserted: Insert = import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)
    return inserted


class _Several(TypeDecorator[Sequence[Any]]):
    """Any number of values in the place of one: an array, or a JSON text where there are none."""

    impl = Text
    cache_ok = True

    def __init__(self, *, numbers: bool) -> None:
        super().__init__()
        self.numbers = numbers

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        each = BigInteger() if self.numbers else Text()
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(each))

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        return json.dumps(value) if dialect.name == "sqlite" else value


class _OneOf(FunctionElement[Any]):
    """Is the first of the two among the second?"""

    inherit_cache = True


@compiles(_OneOf, "sqlite")
def _in_json(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({values})))"  # noqa: S608  # compiled by SQLAlchemy


@compiles(_OneOf)
def _in_array(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"({column} = ANY ({values}))"


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[Any]:
    """Is the column one of these, however many they are? Looked up in the column's index, one after the other."""
    return _OneOf(column, bindparam(None, list(values), type_=_several(column), unique=True))


def among_these(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same for a statement that is built once: it is executed with `these`."""
    return _OneOf(column, bindparam("these", type_=_several(column)))


def these(values: Iterable[Any]) -> These:
    """What to execute such a statement with."""
    return {"these": list(values)}


def _several(column: ColumnElement[Any]) -> _Several:
    return _Several(numbers=isinstance(column.type, Integer))
