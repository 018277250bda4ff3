"""Keeping members apart: what each role may see and do, laid down in the database itself.

Every table of the store has row-level security: a worker has the rows of the one member its transaction is for, and
none where it is for nobody. The operator has views of counts and of health.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from triage.store.postgres import keeping
from triage.store.postgres.apart import OWN
from triage.store.postgres.keeping import FUNCTIONS, TRIGGERS, VIEWS, Function
from triage.store.postgres.roles import OPERATOR, WORKER

_CHANGED_BY_WORKERS = (
    "state, consent, consented, enrolled, seen, invitation, expires, leaving, "
    "provider, fence, failures, fault, polled, due, wanted"
)
_GRANTS = (
    ("SELECT", "member", WORKER),
    (f"UPDATE ({_CHANGED_BY_WORKERS})", "member", WORKER),
    ("SELECT, INSERT, UPDATE, DELETE", "provider", WORKER),
    ("SELECT", "provider", OPERATOR),
    *(("SELECT", table, role) for table in ("served", "alembic_version") for role in (WORKER, OPERATOR)),
)
_NO_TABLES_ON_THE_SIDE = "'REVOKE TEMPORARY ON DATABASE ' || quote_ident(current_database()) || ' FROM PUBLIC'"
_ALL = "ALL", f"USING (member = {OWN}) WITH CHECK (member = {OWN})"
_POLICIES = {
    # Workers have to find a member by a code, and see who is due. What they change is the one they are at.
    "member": (("SELECT", "USING (true)"), ("UPDATE", f"USING (id = {OWN}) WITH CHECK (id = {OWN})")),
}

_TABLES = text(
    "SELECT c.relname, c.relrowsecurity FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped "
    "AND (a.attname = 'member' OR (c.relname = 'member' AND a.attname = 'id')) ORDER BY c.relname"
)
_THERE = text("SELECT tgname, obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE NOT tgisinternal")


def separate(connection: Connection) -> None:
    """Bring all of it to what this version knows. Done again, it changes nothing and waits for nobody."""
    run = connection.exec_driver_sql
    run("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    run(f"DO $$ BEGIN EXECUTE {_NO_TABLES_ON_THE_SIDE}; END $$")
    run(f"GRANT USAGE ON SCHEMA public TO {WORKER}, {OPERATOR}")
    for table, separated in connection.execute(_TABLES).all():
        if not separated:
            _separate(connection, table)
        if table not in _POLICIES:
            run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON public.{table} TO {WORKER}")
    for function in FUNCTIONS:
        define(connection, function)
    _keep(connection)
    for name, (query, roles) in VIEWS.items():
        run(f"CREATE OR REPLACE VIEW public.{name} AS {query}")
        run(f"GRANT SELECT ON public.{name} TO {', '.join(roles)}")
    for right, table, role in _GRANTS:
        run(f"GRANT {right} ON public.{table} TO {role}")


def _separate(connection: Connection, table: str) -> None:
    """Its rows are those of the member that a transaction is for."""
    connection.exec_driver_sql(f"ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY")
    for command, rule in _POLICIES.get(table, (_ALL,)):
        connection.exec_driver_sql(
            f"CREATE POLICY own_{command.lower()} ON public.{table} FOR {command} TO {WORKER} {rule}"
        )


def define(connection: Connection, function: Function) -> None:
    connection.exec_driver_sql(function.create)
    its = f"public.{function.name}({', '.join(one.split()[-1] for one in function.takes.split(', ') if one)})"
    connection.exec_driver_sql(f"REVOKE ALL ON FUNCTION {its} FROM PUBLIC")
    if function.roles:
        connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {its} TO {', '.join(function.roles)}")


def _keep(connection: Connection) -> None:
    """The triggers. Making one waits for whoever writes to its table, so it is made only where it is another one."""
    there: dict[str, str | None] = dict(connection.execute(_THERE).all())
    for name, one in TRIGGERS.items():
        define(connection, keeping.trigger_function(name, one))
        made = keeping.trigger(name, one)
        if there.get(name) != made:
            table = one.when.rpartition(" ")[2]
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON public.{table}")
            connection.exec_driver_sql(made)
            quoted = made.replace("'", "''")
            connection.exec_driver_sql(f"COMMENT ON TRIGGER {name} ON public.{table} IS '{quoted}'")
