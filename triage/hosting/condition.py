"""How a hosted service stands as a whole, for those who run it: counts, times, and what to do where it falls short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import Connection, Engine, text

from triage.hosting.acting import begun

SILENT = 90.0
"""Seconds without a sign of life after which a worker counts as gone."""
LATE = 900.0
"""Seconds that the longest wait may take before it is called too long."""
_MANY = 0.05
"""The share of active members whose mailbox cannot be read from which on it is hardly the members."""


@dataclass(frozen=True, slots=True)
class Lag:
    """What is due and waits: how many jobs, for how many seconds the oldest of them, and how many are in hand.

    `members` are those who are due and wait, and `overdue` the seconds the oldest of them has waited.
    """

    waiting: int
    oldest: float
    doing: int
    later: int
    members: int
    overdue: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` is empty where all is well."""

    name: str
    told: str
    remedy: str = ""


def lag(engine: Engine) -> Lag:
    """How far the work is behind. As the operator."""
    with begun(engine) as connection:
        jobs = connection.execute(_JOBS).one()
        behind = connection.execute(_OVERDUE).one()
    return Lag(*jobs, *behind)


def findings(engine: Engine) -> tuple[Finding, ...]:
    """All of it, in the order of what matters first. As the operator."""
    behind = lag(engine)
    with begun(engine) as connection:
        return (_workers(connection), _behind(behind), *_members(connection), *_providers(connection))


def sealed_by(engine: Engine) -> Mapping[str, int]:
    """How many secrets each key has sealed, by its name. As the operator or a worker."""
    with begun(engine) as connection:
        rows = connection.execute(text("SELECT key, sealed FROM secret_keys ORDER BY key"))
        return {str(row.key): int(row.sealed) for row in rows}


def _workers(connection: Connection) -> Finding:
    alive = int(connection.execute(_ALIVE, {"silent": SILENT}).scalar() or 0)
    told = f"{alive} at work" if alive else "none at work"
    return Finding("workers", told, "" if alive else "start one: systemctl start triage-worker@1")


def _behind(behind: Lag) -> Finding:
    longest = max(behind.oldest, behind.overdue)
    told = f"{behind.waiting} due, the oldest for {longest:.0f} s; {behind.doing} in hand"
    return Finding(
        "work", told, "" if longest < LATE else "more workers, or more concurrency; `triage admin lag` says more"
    )


def _members(connection: Connection) -> Iterator[Finding]:
    states = {row.state: row.number for row in connection.execute(_STATES)}
    yield Finding("members", ", ".join(f"{number} {state}" for state, number in states.items()) or "nobody yet")
    faults = {row.fault: row.number for row in connection.execute(_FAULTS)}
    if faults:
        many = sum(faults.values()) > max(1, _MANY * states.get("active", 0))
        told = ", ".join(f"{number} {fault}" for fault, number in faults.items())
        yield Finding("mailboxes", told, "see `triage admin list --fault`" if many else "")


def _providers(connection: Connection) -> Iterator[Finding]:
    for row in connection.execute(_OPEN):
        yield Finding(
            f"provider {row.host}",
            f"left alone until {row.open_until.astimezone(UTC):%H:%M} UTC, after {row.failures} failures",
            "nothing, if it is out of order; else see [limits]",
        )


_JOBS = text("""
SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
       coalesce(extract(epoch FROM max(now() - scheduled_at)
                        FILTER (WHERE status = 'todo' AND scheduled_at <= now())), 0)::float8,
       count(*) FILTER (WHERE status = 'doing'),
       count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now())
FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
""")
_OVERDUE = text("""
SELECT count(*), coalesce(extract(epoch FROM max(now() - due)), 0)::float8
FROM member_health WHERE state = 'active' AND due <= now()
""")
_ALIVE = text(
    "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :silent)"
)
_STATES = text("SELECT state, count(*) AS number FROM member_health GROUP BY state ORDER BY state")
_FAULTS = text("""
SELECT fault, count(*) AS number FROM member_health WHERE state = 'active' AND fault <> '' GROUP BY fault ORDER BY fault
""")
_OPEN = text("SELECT host, failures, open_until FROM provider WHERE open_until > now() ORDER BY host")
