"""The store's tables as they are on PostgreSQL, where the stores of many members lie side by side.

Every table has one column more, whose row it is, and every key begins with it: the database itself finds a row of
another member neither by its id nor by what refers to it. The column fills itself in, from the member that the
transaction was opened for; so no statement of the store needs to name it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Constraint,
    DateTime,
    DefaultClause,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from triage.store.schema import MEMBER, UtcDateTime

OWN = "(NULLIF(current_setting('triage.member'::text, true), ''::text))::bigint"
"""The member that this transaction is for, in PostgreSQL's own spelling; null where it is for nobody."""
ORDERED = Text(collation="C")
"""A text that is compared by its bytes, as in SQLite, whatever the language of the server."""


def numbered(table: Table) -> bool:
    """Does the database give its rows their ids?"""
    return "id" in table.columns and table.columns["id"].primary_key


def apart(table: Table, metadata: MetaData) -> Table:
    """The same table with a member in each of its rows, in these `metadata`."""
    columns = [column(one) for one in table.columns]
    # Last, because triggers name the values of a row by their places.
    made = Table(table.name, metadata, *columns, Column(MEMBER, BigInteger, nullable=False, server_default=text(OWN)))
    if numbered(table):
        made.columns["id"].server_default = DefaultClause(text(f"next_{table.name}()"))
    for constraint in sorted(table.constraints, key=lambda one: str(one.name)):
        made.append_constraint(_led(constraint, metadata))
    _referred("member", ["id"], metadata)
    made.append_constraint(ForeignKeyConstraint([MEMBER], ["member.id"], name=f"fk_{table.name}_member"))
    for one in table.indexes:
        index(one, made)
    return made


def column(one: Column[Any]) -> Column[Any]:
    """The same column, as PostgreSQL has it."""
    default: Any = getattr(one.server_default, "arg", None)
    if isinstance(one.type, Boolean) and default is not None:
        default = text("false" if str(default) == "0" else "true")
    return Column(one.name, _type(one.type), nullable=one.nullable, server_default=default, autoincrement=False)


def _type(known: Any) -> Any:
    """SQLite's numbers have eight bytes, whatever they are called."""
    if isinstance(known, JSON | Text):
        return ORDERED
    if isinstance(known, Integer):
        return BigInteger()
    return DateTime() if isinstance(known, UtcDateTime) else known


def index(known: Index, table: Table) -> Index:
    """The same index on the rows of each member, for `table`, which has a member."""
    # Said for SQLite alone: to say it for PostgreSQL there would load all of that, on every reader's machine.
    only = known.dialect_options["sqlite"]["where"]
    if only is not None:
        only = text(str(only).replace("told = 0", "NOT told"))
    columns = [table.columns[one.name] for one in known.columns]
    return Index(known.name, table.columns[MEMBER], *columns, unique=known.unique, postgresql_where=only)


def _led(known: Constraint, metadata: MetaData) -> Constraint:
    """The same constraint, among the rows of one member."""
    if isinstance(known, PrimaryKeyConstraint):
        return PrimaryKeyConstraint(MEMBER, *known.columns.keys(), name=str(known.name))
    if isinstance(known, UniqueConstraint):
        return UniqueConstraint(MEMBER, *known.columns.keys(), name=known.name)
    if isinstance(known, ForeignKeyConstraint):
        (place,) = (one.target_fullname.partition(".") for one in known.elements)
        _referred(place[0], [MEMBER, place[2]], metadata)
        theirs = [f"{place[0]}.{MEMBER}", f"{place[0]}.{place[2]}"]
        return ForeignKeyConstraint([MEMBER, *known.column_keys], theirs, name=known.name)
    raise NotImplementedError(f"how {type(known).__name__} holds for each member")


def _referred(name: str, columns: Iterable[str], metadata: MetaData) -> None:
    """What is referred to has to be known by name at least."""
    if name not in metadata.tables:
        Table(name, metadata, *(Column(one, BigInteger) for one in columns))
