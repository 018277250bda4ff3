"""Functions, triggers and views on PostgreSQL, as the statements that make them.

Triggers run with the rights of whoever changes the table, and say in each step whose rows they are about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from triage.store import triggers
from triage.store.postgres.apart import OWN
from triage.store.postgres.faults import SUPERSEDED
from triage.store.postgres.roles import OPERATOR, WORKER
from triage.store.postgres.tables import STORED, secret

_SAFE = "SET search_path = pg_catalog, public, pg_temp"
"""So that nobody can put something else of the same name in the way."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function in the words of PL/pgSQL, and who may call it. `trusted`: it has the rights of the owner."""

    name: str
    takes: str
    returns: str
    body: str
    roles: tuple[str, ...] = ()
    trusted: bool = False

    @property
    def create(self) -> str:
        rights = "SECURITY DEFINER" if self.trusted else "SECURITY INVOKER"
        return (
            f"CREATE OR REPLACE FUNCTION public.{self.name}({self.takes}) RETURNS {self.returns} "
            f"LANGUAGE plpgsql {rights} {_SAFE} AS $body$ {self.body} $body$"
        )


def next_id(table: str) -> Function:
    """It numbers the rows of each member, as SQLite does: one more than the highest.

    Two never get the same one, for a member's writers wait for each other (`hosting_hold`).
    """
    body = f"BEGIN RETURN (SELECT coalesce(max(id), 0) + 1 FROM public.{table} WHERE member = {OWN}); END"  # noqa: S608
    return Function(f"next_{table}", "", "bigint", body, (WORKER,))


def trigger_function(name: str, one: triggers.Trigger) -> Function:
    return Function(f"keep_{name}", "", "trigger", f"BEGIN {' '.join(one.steps)} RETURN NULL; END")


def trigger(name: str, one: triggers.Trigger) -> str:
    """The statement that makes it."""
    only = f"WHEN ({one.only}) " if one.only else ""
    return f"CREATE TRIGGER {name} AFTER {one.when} FOR EACH ROW {only}EXECUTE FUNCTION keep_{name}()"


TRIGGERS: Mapping[str, triggers.Trigger] = triggers.listed(apart=True)

_HOLD = f"""
BEGIN
    PERFORM set_config('triage.member', which::text, true);
    PERFORM FROM member WHERE id = which AND fence = mine FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'superseded' USING ERRCODE = '{SUPERSEDED}';
    END IF;
END
"""
_ASKED = """
BEGIN
    PERFORM set_config('triage.member', which::text, true);
    RETURN EXISTS (SELECT FROM {table});
END
"""
_CHANGE = """
#variable_conflict use_column
BEGIN
    {change} WHERE name = which{only};
    RETURN FOUND;
END
"""
_INVITE = """
DECLARE
    made bigint;
BEGIN
    INSERT INTO member (name, invitation, expires) VALUES (which, code, until) RETURNING id INTO made;
    RETURN made;
END
"""


def _forget() -> str:
    """Twice, because what goes leaves counts behind. No row of the member can stay: each one refers to it."""
    tables = [table.name for table in reversed((*STORED, secret))] * 2
    steps = " ".join(f"DELETE FROM {name} WHERE member = gone;" for name in tables)  # noqa: S608
    return f"""
    DECLARE
        gone bigint;
    BEGIN
        UPDATE member SET fence = fence + 1, state = 'leaving' WHERE name = which RETURNING id INTO gone;
        IF gone IS NULL THEN
            RETURN false;
        END IF;
        IF NOT pg_has_role(session_user, '{OPERATOR}', 'MEMBER') AND gone IS DISTINCT FROM {OWN} THEN
            RAISE insufficient_privilege;
        END IF;
        IF to_regclass('public.procrastinate_jobs') IS NOT NULL THEN
            EXECUTE 'DELETE FROM public.procrastinate_jobs WHERE args->>''member'' = $1' USING gone::text;
        END IF;
        {steps}
        DELETE FROM member WHERE id = gone;
        RETURN true;
    END
    """  # noqa: S608


_OPERATING = (
    (
        "hosting_suspend",
        "which text",
        "UPDATE member SET state = 'suspended', fence = fence + 1",
        " AND state = 'active'",
    ),
    (
        "hosting_resume",
        "which text",
        "UPDATE member SET state = 'active', fault = '', failures = 0, due = now()",
        " AND state IN ('active', 'suspended')",
    ),
    (
        "hosting_reinvite",
        "which text, code bytea, until timestamptz",
        "UPDATE member SET invitation = code, expires = until",
        "",
    ),
)
FUNCTIONS = (
    Function("hosting_hold", "which bigint, mine bigint", "void", _HOLD, (WORKER,)),
    Function(
        "hosting_wrote",
        "which bigint, named text",
        "boolean",
        _ASKED.format(table="letter WHERE message_id = named"),
        (WORKER,),
    ),
    Function("hosting_corrected", "which bigint", "boolean", _ASKED.format(table="correction"), (WORKER,)),
    Function(
        "hosting_invite", "which text, code bytea, until timestamptz", "bigint", _INVITE, (OPERATOR,), trusted=True
    ),
    Function("hosting_forget", "which text", "boolean", _forget(), (OPERATOR, WORKER), trusted=True),
    *(
        Function(name, takes, "boolean", _CHANGE.format(change=change, only=only), (OPERATOR,), trusted=True)
        for name, takes, change, only in _OPERATING
    ),
)

VIEWS = {
    "member_health": (
        "SELECT name, state, provider, fault, failures, polled, due, enrolled, seen FROM public.member",
        (OPERATOR,),
    ),
    "hosting_counts": (
        "SELECT 'members ' || state AS what, count(*) AS number FROM public.member GROUP BY state "
        "UNION ALL SELECT 'lines', coalesce(sum(lines), 0)::bigint FROM public.tally "
        "UNION ALL SELECT 'letters waiting', count(*) FROM public.letter WHERE sent IS NULL AND NOT refused "
        "UNION ALL SELECT 'letters refused', count(*) FROM public.letter WHERE sent IS NULL AND refused",
        (OPERATOR,),
    ),
    "secret_keys": ("SELECT key, count(*) AS sealed FROM public.secret GROUP BY key", (OPERATOR, WORKER)),
}
"""What is said of many members at once: never whose, and never what."""
