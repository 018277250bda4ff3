"""The tables on PostgreSQL: those of the store, kept apart by member, and those that only hosting has.

Changing one of the latter needs a migration in `migrations` beside this; a test compares.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from triage.store import schema
from triage.store.postgres.apart import apart

metadata = MetaData(naming_convention=schema.metadata.naming_convention)
_alone = MetaData(naming_convention=schema.metadata.naming_convention)

STATES = "state IN ('invited', 'active', 'suspended', 'leaving')"
FAULTS = "fault IN ('', 'locked-out', 'unreachable', 'refused', 'broken')"

# Who takes part: no address, no name of a person, and nothing of their search.
member = Table(
    "member",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # drawn by lot
    Column("state", Text, nullable=False, server_default=text("'invited'")),
    Column("consent", Text, nullable=False, server_default=text("''")),  # to which words the member agreed
    Column("consented", DateTime(timezone=True)),
    Column("enrolled", DateTime(timezone=True)),
    Column("seen", DateTime(timezone=True)),
    Column("invitation", LargeBinary),  # a hash of the code that is good once
    Column("expires", DateTime(timezone=True)),  # until when it is
    Column("leaving", LargeBinary),  # a hash of the code by which the member leaves
    Column("provider", Text, nullable=False, server_default=text("''")),  # the host of the mailbox
    Column("fence", BigInteger, nullable=False, server_default=text("0")),  # grows with every worker that takes over
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("fault", Text, nullable=False, server_default=text("''")),
    Column("polled", DateTime(timezone=True)),
    Column("due", DateTime(timezone=True)),
    Column("wanted", DateTime(timezone=True)),  # since when a copy of all that is theirs is to be sent to them
    CheckConstraint(STATES, name="ck_member_state"),
    CheckConstraint(FAULTS, name="ck_member_fault"),
    Index("ix_member_due", "due", postgresql_where=text("state = 'active'")),
    Index("ix_member_invitation", "invitation", postgresql_where=text("invitation IS NOT NULL")),
    Index("ix_member_leaving", "leaving", postgresql_where=text("leaving IS NOT NULL")),
    Index("ix_member_wanted", "wanted", postgresql_where=text("wanted IS NOT NULL")),
)

# How the mail servers fare that several members use.
provider = Table(
    "provider",
    metadata,
    Column("host", Text, primary_key=True),
    Column("turn", DateTime(timezone=True)),  # the next free one
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("open_until", DateTime(timezone=True)),
    Column("rested", Integer, nullable=False, server_default=text("0")),  # how often in a row it was left alone
)

# The oldest program that still works with these tables: one row.
served = Table("served", metadata, Column("oldest", Text, primary_key=True))

SHARED = frozenset(metadata.tables)
"""The tables that are about no single member's search, and so have no column that says whose a row is."""

# What members gave us to keep, sealed by keys that are not in the database.
secret = apart(
    Table(
        "secret",
        _alone,
        Column("name", Text, primary_key=True),
        Column("sealed", LargeBinary, nullable=False),
        Column("key", Text, nullable=False, index=True),  # names the key
        Column("changed", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    ),
    metadata,
)

STORED = tuple(apart(table, metadata) for table in schema.metadata.sorted_tables)
"""The tables of the store."""
