"""How the mail providers are spared: so many connections at once, so many visits a second, and peace while they ail.

All workers share what is known of a provider, in one row of the database; only the share of hands is each worker's own.
One that fails is left alone for a while, which doubles; then one visit finds out whether it is back. So a provider that
does not answer holds up its own members and no others.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine, TextClause, text

from triage.errors import CredentialError, ServerError
from triage.hosting.shares import CROWDED, Shares
from triage.hosting.slots import Slots

AT_ONCE = timedelta(seconds=1)
"""A turn that comes so soon is now: putting a job back costs more."""
SPREAD = 30.0
"""Seconds over which those come back who found a provider left alone."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one provider is asked to bear.

    `connections` at once and `per_second` visits begun, of all workers; after `open_after` failures in a row it is left
    alone for `open_for` seconds, then for twice as long, up to `longest`. A visit is over after `probe` seconds.
    """

    connections: int = 20
    per_second: float = 10.0
    open_after: int = 8
    open_for: float = 30.0
    longest: float = 900.0
    probe: float = 120.0


class Wait(Exception):  # noqa: N818  # nothing went wrong: it is not this job's turn
    """Come back after `until`. `turn`: that moment is reserved, and is not asked for again."""

    def __init__(self, until: timedelta, *, turn: bool = False) -> None:
        super().__init__(f"not before {until}")
        self.until = until
        self.turn = turn


# What was there before is asked for together with the change: RETURNING gives the new row alone.
_ASK = text(
    "WITH seen AS (SELECT host, open_until, turn, now() AS at FROM provider WHERE host = :host FOR UPDATE)"
    " UPDATE provider SET"
    " open_until = CASE WHEN seen.open_until <= at THEN at + :probe ELSE seen.open_until END,"
    " turn = CASE WHEN seen.open_until IS NULL AND NOT :reserved THEN greatest(coalesce(seen.turn, at), at) + :gap"
    " ELSE seen.turn END"
    " FROM seen WHERE provider.host = seen.host"
    " RETURNING seen.open_until - at AS rest, greatest(coalesce(seen.turn, at), at) - at AS turn"
)
_KNOW = text("INSERT INTO provider (host, failures, rested) VALUES (:host, 0, 0) ON CONFLICT DO NOTHING")
_WORKED = text(
    "UPDATE provider SET failures = 0, rested = 0, open_until = NULL"
    " WHERE host = :host AND (failures > 0 OR open_until IS NOT NULL)"
)
_UNTRIED = text("UPDATE provider SET open_until = now() WHERE host = :host AND open_until IS NOT NULL")
# `power` is bounded by the longest rest long before it grows too large.
_FAILED = text(
    "UPDATE provider SET failures = failures + 1,"
    " open_until = CASE WHEN :probing OR (open_until IS NULL AND failures + 1 >= :after)"
    " THEN now() + least(:longest, :rest * power(2, least(rested, 20))) ELSE open_until END,"
    " rested = rested + CASE WHEN :probing OR (open_until IS NULL AND failures + 1 >= :after) THEN 1 ELSE 0 END"
    " WHERE host = :host"
)


@dataclass(slots=True)
class Place:
    """A connection to `host` that it can bear, kept free for one visit."""

    host: str
    _judged: Callable[[], AbstractContextManager[None]]
    _held: ExitStack
    used: bool = False

    @contextmanager
    def visit(self) -> Iterator[None]:
        """Within this it is made use of, once; then it is free for others. As `Politeness.visit`."""
        self.used = True
        with self._held, self._judged():
            yield


class Politeness:
    """For one worker process; safe to use from all of its threads."""

    def __init__(
        self,
        engine: Engine,
        limits: Mapping[str, Limits],
        default: Limits,
        hands: int,
        silent: int | None = None,
    ) -> None:
        """`limits` by host; `hands`: of this process, so many may be busy with one host at once; and `silent` with
        all those together that do not answer (None: any number)."""
        self._engine = engine.execution_options(opening="")  # each statement is a transaction of its own
        self._limits = limits
        self._default = default
        self._shares = Shares(hands, silent)
        self._slots = Slots(engine)

    @contextmanager
    def visit(self, host: str, *, turn: bool = False) -> Iterator[None]:
        """Within this, a connection to the provider is one that it can bear. `turn`: this moment was reserved.

        Raises Wait where it is not the moment, and SQLAlchemy's DBAPIError. Of what is raised within, a ServerError
        counts as a failure of the provider.
        """
        with self.place(host, turn=turn) as place, place.visit():
            yield

    @contextmanager
    def place(self, host: str, *, turn: bool = False) -> Iterator[Place]:
        """The same for a visit that begins within this, or does not. Raises as `visit`."""
        limits = self._limits.get(host, self._default)
        with ExitStack() as held:
            if (wait := held.enter_context(self._shares.hand(host))) is not None:
                raise Wait(wait)
            probing = self._ask(host, limits, reserved=turn)
            place = Place(host, lambda: self._judged(host, limits, probing=probing), held)
            try:
                if not held.enter_context(self._slots.slot(host, limits.connections)):
                    raise Wait(CROWDED, turn=True)
                yield place
            finally:
                if probing and not place.used:
                    self._say(_UNTRIED, host=host)  # somebody else may find out

    @contextmanager
    def places(self, hosts: Iterable[str]) -> Iterator[None]:
        """One at each of these, for what shall say nothing of how they fare. Raises as `visit`."""
        with ExitStack() as held:
            for host in hosts:
                held.enter_context(self.place(host))
            yield

    @contextmanager
    def _judged(self, host: str, limits: Limits, *, probing: bool) -> Iterator[None]:
        try:
            yield
        except ServerError:
            self._failed(host, limits, probing=probing)
            raise
        except CredentialError:
            self._worked(host)  # it has answered
            raise
        self._worked(host)

    def _ask(self, host: str, limits: Limits, *, reserved: bool) -> bool:
        """Is this the visit that finds out whether the provider is back? Raises Wait."""
        asked = {"gap": timedelta(seconds=1 / limits.per_second), "probe": timedelta(seconds=limits.probe)}
        with self._engine.connect() as connection:
            asking = {"host": host, "reserved": reserved, **asked}
            found = connection.execute(_ASK, asking).first()
            if found is None:
                connection.execute(_KNOW, {"host": host})
                found = connection.execute(_ASK, asking).one()
        rest: timedelta | None = found.rest
        if rest is not None and rest > timedelta(0):
            raise Wait(rest + timedelta(seconds=random.uniform(0, SPREAD)))  # noqa: S311  # nobody guesses at it
        if rest is None and not reserved and found.turn > AT_ONCE:
            raise Wait(found.turn, turn=True)
        return rest is not None

    def _worked(self, host: str) -> None:
        self._shares.answered(host)
        self._say(_WORKED, host=host)

    def _failed(self, host: str, limits: Limits, *, probing: bool) -> None:
        self._shares.failed(host)
        rest, longest = timedelta(seconds=limits.open_for), timedelta(seconds=limits.longest)
        self._say(_FAILED, host=host, probing=probing, after=limits.open_after, rest=rest, longest=longest)

    def _say(self, statement: TextClause, **told: object) -> None:
        with self._engine.connect() as connection:
            connection.execute(statement, told)

    def close(self) -> None:
        """Give back all that is held."""
        self._slots.close()
