"""What PostgreSQL itself says about who may see what, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from triage.store.postgres import OPERATOR, WORKER
from triage.store.postgres.apart import OWN
from triage.store.postgres.tables import SHARED

Connection = psycopg.Connection[Any]

ROWS_OF_NOBODY = SHARED | {"alembic_version", "hosting_version"}
"""Tables that hold nothing of a member's search."""
VERSIONS = {"served", "alembic_version", "hosting_version"}
SAID = {
    "member_health": {"name", "state", "provider", "fault", "failures", "polled", "due", "enrolled", "seen"},
    "hosting_counts": {"what", "number"},
    "secret_keys": {"key", "sealed"},
}
"""The views, and all that they may say."""


def faults(connection: Connection) -> set[str]:
    """Everything in the way of members being kept apart; a sentence each."""
    found = {*_tables(connection), *_keys(connection), *_roles(connection), *_functions(connection)}
    return found | {*_views(connection), *_grants(connection)}


def _tables(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        """
        SELECT c.relname, c.relrowsecurity, a.attnotnull AND pg_get_expr(d.adbin, d.adrelid) = %s, (
            SELECT jsonb_agg(jsonb_build_array(polcmd, polpermissive, pg_get_expr(polqual, polrelid),
                pg_get_expr(polwithcheck, polrelid), polroles::regrole[]::text))
            FROM pg_policy WHERE polrelid = c.oid
        )
        FROM pg_class c
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'member'
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f', 'm')
        """,
        [OWN],
    ).fetchall()
    own = f"(member = {OWN})"
    for name, separated, filled, rules in rows:
        if name not in ROWS_OF_NOBODY:
            if not filled:
                yield f"{name} does not say whose a row is"
            if not separated or rules != [["*", True, own, own, f"{{{WORKER}}}"]]:
                yield f"{name} is open to other members"


def _keys(connection: Connection) -> Iterator[str]:
    """A key that does not begin with the member tells of others' rows, or lets rows refer to them."""
    indexes = connection.execute(
        """
        SELECT c.relname, i.relname, a.attname, x.indisunique FROM pg_index x
        JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
        WHERE c.relnamespace = 'public'::regnamespace
        """
    )
    for table, name, first, _ in indexes.fetchall():
        if table not in ROWS_OF_NOBODY and first != "member":
            yield f"{table}: {name} does not begin with the member"
    references = connection.execute(
        """
        SELECT f.conrelid::regclass::text, f.conname, f.confrelid::regclass::text,
            (SELECT attname FROM pg_attribute WHERE attrelid = f.conrelid AND attnum = f.conkey[1]),
            (SELECT attname FROM pg_attribute WHERE attrelid = f.confrelid AND attnum = f.confkey[1])
        FROM pg_constraint f WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace
        """
    ).fetchall()
    for table, name, other, ours, theirs in references:
        if (ours, theirs) != ("member", "id" if other == "member" else "member"):
            yield f"{table}: {name} leads to rows of others"
    owned = {table for table, _, other, *_ in references if other == "member"}
    every = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in every.fetchall():
        if table not in ROWS_OF_NOBODY | owned:
            yield f"{table} can outlive its member"


def _roles(connection: Connection) -> Iterator[str]:
    for role in (WORKER, OPERATOR):
        asked = (
            "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR EXISTS "
            "(SELECT FROM pg_auth_members WHERE member = r.oid) OR EXISTS "
            "(SELECT FROM pg_class WHERE relowner = r.oid) OR "
            "has_database_privilege(oid, current_database(), 'CREATE, TEMPORARY') OR "
            "has_schema_privilege(oid, 'public', 'CREATE') FROM pg_roles r WHERE rolname = %s"
        )
        if connection.execute(asked, [role]).fetchall() != [(False,)]:
            yield f"{role} may do more than it should"


def _functions(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        """
        SELECT proname, prosecdef, coalesce(proconfig::text, ''), has_function_privilege('public', oid, 'EXECUTE'),
            has_function_privilege(%s, oid, 'EXECUTE')
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype
        """,
        [WORKER],
    )
    for name, trusted, settings, everybody, worker in rows.fetchall():
        if everybody or "search_path=pg_catalog, public, pg_temp" not in settings:
            yield f"{name}() is open to others, or can be led astray"
        if trusted and worker and name != "hosting_forget":
            yield f"{name}() lets a worker do what only the owner may"


def _views(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.views "
        "USING (table_schema, table_name) WHERE table_schema = 'public'"
    )
    for view, column in rows.fetchall():
        if column not in SAID.get(view, ()):
            yield f"{view} tells {column}"


def _grants(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        """
        SELECT c.relname, c.relkind::text, coalesce(r.rolname, 'PUBLIC'), g.privilege_type FROM pg_class c,
            aclexplode(c.relacl) g LEFT JOIN pg_roles r ON r.oid = g.grantee
        WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner
        """
    )
    for name, kind, role, right in rows.fetchall():
        if right not in _may(role, name, view=kind == "v"):
            yield f"{role} has {right} on {name}"


def _may(role: str, name: str, *, view: bool) -> set[str]:
    if role == OPERATOR:
        return {"SELECT"} if view or name in VERSIONS | {"provider"} else set()
    if role == WORKER and name in VERSIONS | {"member", "secret_keys"}:
        return {"SELECT"}
    return {"SELECT", "INSERT", "UPDATE", "DELETE"} if role == WORKER and not view else set()
