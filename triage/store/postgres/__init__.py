"""The stores of many members in one PostgreSQL, kept apart by the database itself.

    engine = open_engine(url, name="triage worker", size=4)
    store = MemberStore(engine, member, take(engine, member))      # to the pipeline, a store like any other

`PREPARE` makes the roles, once; `migrate` makes the tables, with every new version. The single reader's SQLite needs
nothing of this.
"""

from triage.store.postgres.engine import open_engine
from triage.store.postgres.migrating import migrate
from triage.store.postgres.roles import OPERATOR, OWNER, PREPARE, WORKER
from triage.store.postgres.store import MemberStore, acting_for, holding, take

__all__ = [
    "OPERATOR",
    "OWNER",
    "PREPARE",
    "WORKER",
    "MemberStore",
    "acting_for",
    "holding",
    "migrate",
    "open_engine",
    "take",
]
