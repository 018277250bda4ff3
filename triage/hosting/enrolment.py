"""Becoming a member, and ceasing to be one: invited, enrolled by their own consent, suspended, resumed, forgotten.

Each step is one transaction. Those who run the service do theirs through functions of the database that show them
handles and counts; what belongs to a member is done as that member, and the database shows nothing of anybody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, select, update

from triage.errors import InputError
from triage.hosting import codes, queue
from triage.hosting.acting import act_for, begun, driver
from triage.hosting.sealing import Keys
from triage.hosting.vault import SETTINGS, Secrets
from triage.store.outbox import Outbox
from triage.store.postgres.tables import member as table

INVITED, ACTIVE, SUSPENDED, LEAVING = "invited", "active", "suspended", "leaving"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a new member is given: their handle, and the code with which they enrol."""

    handle: str
    code: str = field(repr=False)
    expires: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """Who holds a code. `state` is not `invited` where a member signs in anew."""

    number: int
    handle: str
    state: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a member entrusts to us. `rows` are the secrets by the names of their rows (`vault`).

    `consent` names the text they agreed to, `provider` the host of their mail.
    """

    settings: str = field(repr=False)
    rows: Mapping[str, str] = field(repr=False)
    consent: str
    provider: str


def invite(engine: Engine, expires: datetime) -> Invitation:
    """Make room for a member. As the operator."""
    invitation = Invitation(codes.handle(), codes.made(), expires)
    with begun(engine) as connection:
        digest = codes.digest(invitation.code)
        connection.execute(select(func.hosting_invite(invitation.handle, digest, expires)))
    return invitation


def invite_again(engine: Engine, handle: str, expires: datetime) -> Invitation:
    """A new code for a member there is, to sign in anew; all of theirs stays. As the operator. Raises InputError."""
    invitation = Invitation(handle, codes.made(), expires)
    _by_handle(engine, func.hosting_reinvite(handle, codes.digest(invitation.code), expires), handle)
    return invitation


def suspend(engine: Engine, handle: str) -> None:
    """From now on nothing is done for this member; all of theirs stays. As the operator. Raises InputError."""
    _by_handle(engine, func.hosting_suspend(handle), handle)


def resume(engine: Engine, handle: str) -> None:
    """Go on where it was suspended, or given up. As the operator. Raises InputError."""
    _by_handle(engine, func.hosting_resume(handle), handle)


def forget(engine: Engine, handle: str) -> None:
    """Remove this member with all that is theirs: log, letters, settings, secrets, waiting jobs. Raises InputError."""
    _by_handle(engine, func.hosting_forget(handle), handle)


def _by_handle(engine: Engine, call: ColumnElement[bool], handle: str) -> None:
    with begun(engine) as connection:
        if not connection.execute(select(call)).scalar():
            raise InputError(
                f"There is no member {handle}, or none for whom that can be done: see `triage admin list`."
            )


def invited(engine: Engine, code: str, now: datetime) -> Invited:
    """Who may enrol with this code. As a worker. Raises InputError where nobody may."""
    with begun(engine) as connection:
        return _invited(connection, code, now)


def _invited(connection: Connection, code: str, now: datetime, *, changing: bool = False) -> Invited:
    query = select(table.c.id, table.c.name, table.c.state, table.c.expires)
    query = query.where(table.c.invitation == codes.digest(code), table.c.state != LEAVING)
    row = connection.execute(query.with_for_update() if changing else query).first()
    if row is None:
        raise InputError("This code is not known, or was used already. Whoever gave it to you can give you a new one.")
    if row.expires is not None and row.expires <= now:
        raise InputError(
            "This code counts no more, because it is too old. Whoever gave it to you can give you a new one."
        )
    return Invited(row.id, row.name, row.state)


def enrol(engine: Engine, keys: Keys, code: str, enrolment: Enrolment, now: datetime) -> str:
    """Take the member in who holds `code`: seal what they entrust to us, and have the first look wait. As a worker.

    Returns the code with which they can leave. All of it is done, or nothing. Raises InputError where the code does
    not count (any more).
    """
    to_leave = codes.made()
    with begun(engine) as connection:
        act_for(connection, _invited(connection, code, now).number)
        who = _invited(connection, code, now, changing=True)  # and nobody else with the same code
        secrets = Secrets(connection, keys, who.number)
        secrets.drop(*secrets.names())
        secrets.put(SETTINGS, enrolment.settings.encode())
        for name, secret in enrolment.rows.items():
            secrets.put(name, secret.encode())
        values = _enrolled(enrolment, now) | {"leaving": codes.digest(to_leave)}
        connection.execute(update(table).where(table.c.id == who.number).values(values))
        Outbox(connection).retry_refused(now)
        queue.defer_poll(driver(connection), who.number)
    return to_leave


def _enrolled(enrolment: Enrolment, now: datetime) -> dict[str, Any]:
    return {
        "state": ACTIVE,
        "invitation": None,
        "expires": None,
        "consent": enrolment.consent,
        "consented": now,
        "enrolled": func.coalesce(table.c.enrolled, now),
        "provider": enrolment.provider.lower(),
        "failures": 0,
        "fault": "",
        "due": now,
    }


def leaving(engine: Engine, code: str) -> Invited:
    """Who may leave with this code. As a worker. Raises InputError where nobody may."""
    with begun(engine) as connection:
        query = select(table.c.id, table.c.name, table.c.state).where(table.c.leaving == codes.digest(code))
        row = connection.execute(query).first()
    if row is None:
        raise InputError(
            "This code is not known: either it was mistyped, or everything was removed already. Whoever runs this "
            "service can look, and can remove it for you."
        )
    return Invited(row.id, row.name, row.state)
