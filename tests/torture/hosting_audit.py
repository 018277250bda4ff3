"""Which worker wrote what for whom, in order, as the database itself saw it.

Each worker's connections carry its name in a setting of their own (`named`); triggers put it down with every change of
a member's rows. Whoever writes for a member holds their row, so the order is that of the writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from psycopg import sql

from tests.rig.postgres import Database

_MAKE = """
CREATE TABLE audit (id bigserial PRIMARY KEY, member bigint, process text, fence bigint, what text);
CREATE FUNCTION audit_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit (member, process, what)
    SELECT NEW.member, current_setting('torture.process', true), TG_TABLE_NAME
    WHERE coalesce(current_setting('torture.process', true), '') <> '';
    RETURN NULL;
END $$;
CREATE FUNCTION audit_take() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit (member, process, fence, what)
    SELECT NEW.id, current_setting('torture.process', true), NEW.fence,
        CASE WHEN NEW.fence > OLD.fence THEN 'take' ELSE 'member' END
    WHERE coalesce(current_setting('torture.process', true), '') <> ''
    -- When a job is due is the sweep's business too, and that holds no fence.
    AND (OLD.fence, OLD.polled, OLD.failures, OLD.fault)
        IS DISTINCT FROM (NEW.fence, NEW.polled, NEW.failures, NEW.fault);
    RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER UPDATE ON member FOR EACH ROW EXECUTE FUNCTION audit_take();
"""
_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'member'
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'audit'
"""


def lay(database: Database) -> None:
    """Have it all put down from now on."""
    with psycopg.connect(database.superuser, autocommit=True) as connection:
        connection.execute(_MAKE)
        for (table,) in connection.execute(_TABLES).fetchall():
            trigger = "CREATE TRIGGER audit AFTER INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION audit_note()"
            connection.execute(sql.SQL(trigger).format(sql.Identifier(table)))


def named(url: str, process: str) -> str:
    """The same database, for the worker of this name."""
    return f"{url}?options=-c%20torture.process%3D{process}"


def stale(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """What was written for a member by a worker that another one had taken over from. `rows`: member, process, what."""
    holders: dict[int, str] = {}
    for member, process, what in rows:
        if what == "take":
            holders[member] = process
        elif holders.get(member) != process:
            yield f"member {member}: {process} wrote {what} while {holders.get(member)} was at work for them"
