"""The queue: which jobs there are, and how one is deferred in a transaction of ours. All else is procrastinate's.

A member's work is one chain: there is one job of theirs that waits, for whatever is due first, and when it is done it
defers the next one in the transaction that notes the result. So a crash leaves both or neither. Jobs of one member
never run at once (`lock`), and only one of a chain waits (`queueing_lock`).

It is one chain, and not one for each mailbox, because procrastinate has a job that waits for later hold up all others
of its lock that came after it, due or not (its issue #1599): a mailbox that rests for an hour would hold up another
one's mail. A job of a higher priority goes before those that wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, LiteralString

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.types import JSONDict, JSONValue
from psycopg import Connection

QUEUE = "triage"


class Errand(StrEnum):
    """What a job is for, and the name of its task."""

    POLL = "poll"
    """Look at a mailbox; write and deliver what is due."""
    LOOK_BACK = "look_back"
    """The same, while a first look is on its way: when nobody waits for anything else."""
    LETTERS = "letters"
    """Write and deliver what is due."""
    FLUSH = "flush"
    """Deliver what waits."""
    FORGET = "forget"
    """Remove a member, and all that is theirs."""
    EXPORT = "export"
    """Send a member a copy of all that is kept for them."""
    SWEEP = "sweep"
    """Take up what nobody has in hand."""


CHAIN = (Errand.POLL, Errand.LOOK_BACK, Errand.LETTERS, Errand.FLUSH)
"""Those that follow one another, for as long as somebody is a member."""

ALONE, URGENT, USUAL, SLOW = 100, 10, 0, -10
"""Priorities: the higher goes first, among all that is due."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one mailbox of a member stands: when it is to be looked at next, and how often in a row it has failed.

    `turn`: its provider has kept this moment free for it.
    """

    due: datetime
    failures: int = 0
    turn: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """A job of a member's chain. `standings` are those of their mailboxes, in order; none: all are to be looked at.

    `deaths`: so many workers have died with it in hand, one after the other. `turn`: it is for letters that wait, and
    their provider has kept this moment free for them. `host`: the provider that a look at what is due first asks, and
    that letters go to as well; empty where they go elsewhere, or it is not known.
    """

    member: int
    at: datetime
    errand: Errand = Errand.POLL
    standings: tuple[Standing, ...] = ()
    deaths: int = 0
    turn: bool = False
    host: str = ""

    @property
    def first(self) -> int:
        """The place of the mailbox that is to be looked at first. Raises ValueError where none is known."""
        return min(range(len(self.standings)), key=lambda one: self.standings[one].due)

    @property
    def promised(self) -> bool:
        """Is a moment kept free for it at a provider? The sweep knows of none: such a job has to stay in the queue.

        Were it lost, nobody would come in that moment, and who lost it would have to be promised another one.
        """
        return self.turn or any(one.turn for one in self.standings)

    @property
    def priority(self) -> int:
        return SLOW if self.errand is Errand.LOOK_BACK else USUAL


_deferring = App(connector=SyncPsycopgConnector())
"""Knows no database: it defers in the connections it is given. The one that runs jobs could not, in threads."""


def defer(connection: Connection[Any], *visits: Visit) -> None:
    """Have these jobs wait, in the transaction of `connection`: one for each member.

    Where one waits for an earlier moment already, it stays instead.
    """
    connection.execute(_MAKE_ROOM, ([_chain(one.member) for one in visits], [one.at for one in visits]))
    _put(connection, [_job(one) for one in visits])


def defer_poll(connection: Connection[Any], member: int, at: datetime | None = None) -> None:
    """Have all mailboxes of this member looked at, at this moment, or now; not later than they would be anyway."""
    defer(connection, Visit(member, at or datetime.now(UTC)))


def defer_forget(connection: Connection[Any], member: int) -> None:
    """Have this member, and all that is theirs, removed before anything else is done for them."""
    job = Job(
        queue=QUEUE,
        task_name=Errand.FORGET,
        lock=_chain(member),
        queueing_lock=f"{Errand.FORGET}:{member}",
        priority=URGENT,
        scheduled_at=datetime.now(UTC),
        task_kwargs={"member": member},
    )
    _put(connection, [job])


def defer_export(connection: Connection[Any], member: int, at: datetime | None = None, deaths: int = 0) -> None:
    """Have a copy of all that is theirs sent to this member. `deaths`: as for a visit.

    Not one of their chain, which it would hold up while it waits for another try: it writes in one transaction.
    """
    name = f"{Errand.EXPORT}:{member}"
    job = Job(
        queue=QUEUE,
        task_name=Errand.EXPORT,
        lock=name,
        queueing_lock=name,
        scheduled_at=at or datetime.now(UTC),
        task_kwargs={"member": member, "deaths": deaths},
    )
    _put(connection, [job])


def _job(visit: Visit) -> Job:
    return Job(
        queue=QUEUE,
        task_name=visit.errand,
        lock=_chain(visit.member),
        queueing_lock=_chain(visit.member),
        priority=visit.priority,
        scheduled_at=visit.at,
        task_kwargs=_numbers(visit),
    )


def _put(connection: Connection[Any], jobs: list[Job]) -> None:
    """All at once, if it can be: where one of them waits already, and is due no later, the others are put singly."""
    try:
        with connection.transaction():  # a savepoint: what was done before must not be lost with it
            _deferring.job_manager.batch_defer_jobs(jobs, connection)
    except AlreadyEnqueued:
        for job in jobs if len(jobs) > 1 else ():
            _put(connection, [job])


def _chain(member: int) -> str:
    return f"member:{member}"


_MAKE_ROOM: LiteralString = """
SELECT procrastinate_cancel_job_v1(job.id, false, true)
FROM unnest(%s::text[], %s::timestamptz[]) AS new (name, at), procrastinate_jobs job
WHERE job.queueing_lock = new.name AND job.status = 'todo' AND job.scheduled_at > new.at
"""


def _numbers(visit: Visit) -> JSONDict:
    """No name of a mailbox: it may be an address, and whoever runs the service can read these. The one host is
    where letters go."""
    standings: list[JSONValue] = [[one.due.timestamp(), one.failures, int(one.turn)] for one in visit.standings]
    told: JSONDict = {"member": visit.member, "standings": standings, "deaths": visit.deaths, "turn": int(visit.turn)}
    return told | {"host": visit.host}


def visit_of(errand: str, at: datetime, numbers: Mapping[str, Any]) -> Visit:
    """A job of a chain, from what stands in the queue: by this version of the program, or by an older one."""
    told = numbers.get("standings", ())
    found = (Standing(datetime.fromtimestamp(due, UTC), int(failures), bool(turn)) for due, failures, turn in told)
    deaths, turn, host = int(numbers.get("deaths", 0)), bool(numbers.get("turn", 0)), str(numbers.get("host", ""))
    return Visit(int(numbers["member"]), at, Errand(errand), tuple(found), deaths, turn, host)
