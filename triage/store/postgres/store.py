"""One member's store: to all that works with it, the same as a file of the member's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from triage.errors import Superseded
from triage.store.postgres.engine import BEGIN
from triage.store.postgres.faults import translated
from triage.store.work import Memory, Work, work_over

_FOR = "SELECT set_config('triage.member', '{member:d}', true)"
_READING = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_FOR}"
# Whoever holds the member's row writes; the others wait. So all that was committed before is seen, as in SQLite.
_WRITING = BEGIN + "; {lasting}SELECT hosting_hold({member:d}, {fence:d})"
_NEED_NOT_LAST = "SET LOCAL synchronous_commit = off; "
_ACTING = f"{BEGIN}; {_FOR}"
_WROTE = text("SELECT hosting_wrote(:member, :name)")
_CORRECTED = text("SELECT hosting_corrected(:member)")
_TAKE = text("UPDATE member SET fence = fence + 1 WHERE id = :member RETURNING fence")


@contextmanager
def acting_for(engine: Engine, member: int) -> Iterator[Connection]:
    """One transaction that sees this member's rows and no others', outside their store. Raises StoreError."""
    with translated(), _begun(engine, _ACTING.format(member=member)) as connection:
        yield connection


def take(engine: Engine, member: int) -> int:
    """Take a member over: a new fence, after which nobody can write with an earlier one.

    Raises Superseded where there is no such member, and StoreError.
    """
    with acting_for(engine, member) as connection:
        fence: int | None = connection.execute(_TAKE, {"member": member}).scalar()
    if fence is None:
        raise Superseded("There is no such member any more.")
    return fence


@contextmanager
def holding(engine: Engine, member: int, fence: int) -> Iterator[Connection]:
    """The same, where nobody has taken the member over since this `fence`; as `MemberStore.writing`, and need not last.

    Raises Superseded, and StoreError.
    """
    with translated(), _begun(engine, _held(member, fence, lasting=False)) as connection:
        yield connection


def _held(member: int, fence: int, *, lasting: bool) -> str:
    return _WRITING.format(lasting="" if lasting else _NEED_NOT_LAST, member=member, fence=fence)


@contextmanager
def _begun(engine: Engine, opening: str) -> Iterator[Connection]:
    """A transaction that begins with these words."""
    with engine.connect().execution_options(opening=opening) as connection, connection.begin():
        yield connection


class MemberStore(Memory):
    """Of one member, for one who holds this `fence`. Cheap to make; the engine is not its own."""

    def __init__(self, engine: Engine, member: int, fence: int, known: Mapping[str, str] | None = None) -> None:
        """Raises StoreError; Superseded where something is to be written, and the fence is an earlier one.

        `known`: what stands in the settings `triage.store.work.SETTLED`, for who has read them under this fence.
        """
        super().__init__()
        self.member = member
        self._engine = engine
        self._fence = fence
        self.quick = Asked(engine, member)
        self._get_ready(known)

    def writing(self, *, lasting: bool = True) -> AbstractContextManager[Work]:
        """As of any store. Raises Superseded where another worker has taken the member over."""
        return self._writing(_held(self.member, self._fence, lasting=lasting))

    @contextmanager
    def _writing(self, opening: str) -> Iterator[Work]:
        with translated(), _begun(self._engine, opening) as connection:
            work = work_over(connection)
            yield work
            work.search.settle()

    @contextmanager
    def reading(self) -> Iterator[Work]:
        with translated(), _begun(self._engine, _READING.format(member=self.member)) as connection:
            yield work_over(connection)

    def overwrite(self, now: datetime) -> None:
        """The server does that by itself in the next vacuum; copies are the operator's business."""

    def back_up(self, now: datetime) -> bool:
        return False

    def close(self) -> None:
        """There is nothing to let go of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Single questions, each in one step: no transaction is begun for them and none ended."""

    engine: Engine
    member: int

    def wrote(self, message_id: str) -> bool:
        """Is this the Message-ID of one of our own letters?"""
        if not message_id:
            return False
        with translated(), self.engine.connect().execution_options(opening="") as connection:
            return bool(connection.execute(_WROTE, {"member": self.member, "name": message_id}).scalar())

    def corrected(self) -> bool:
        """Has the reader corrected any mail?"""
        with translated(), self.engine.connect().execution_options(opening="") as connection:
            return bool(connection.execute(_CORRECTED, {"member": self.member}).scalar())
