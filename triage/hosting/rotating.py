"""Changing the key: every secret is sealed anew by the newest one, a member at a time, and the old one can go then.

It can be stopped at any moment and begun again: with each secret stands the key that sealed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine, select

from triage.hosting.acting import acting_for, begun
from triage.hosting.condition import sealed_by
from triage.hosting.sealing import Keys
from triage.hosting.vault import Secrets
from triage.store.postgres.tables import member

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rotated:
    """`sealed` were sealed anew; `old` keys are still needed, with how many secrets each; `idle` keys are not."""

    sealed: int
    old: dict[str, int]
    idle: tuple[str, ...]


def rotate(engine: Engine, keys: Keys, tell: Callable[[int], object]) -> Rotated:
    """Seal anew what an older key has sealed. As a worker. `tell` gets the number so far, now and then.

    Raises SealingError where a secret does not open; all that was done before stays done.
    """
    done = 0
    for batch in _batches(engine):
        for number in batch:
            with acting_for(engine, number) as connection:
                done += Secrets(connection, keys, number).reseal()
        tell(done)
    return left(engine, keys, done)


def left(engine: Engine, keys: Keys, done: int = 0) -> Rotated:
    """How it stands, without doing anything."""
    sealed = sealed_by(engine)
    old = {name: number for name, number in sealed.items() if name != keys.newest}
    return Rotated(done, old, tuple(name for name in keys.names[1:] if name not in sealed))


def _batches(engine: Engine) -> Iterator[list[int]]:
    """The numbers of all members, in order; those who come meanwhile are sealed by the newest key anyway."""
    last = 0
    while True:
        with begun(engine) as connection:
            query = select(member.c.id).where(member.c.id > last).order_by(member.c.id).limit(_BATCH)
            numbers = list(connection.execute(query).scalars())
        if not numbers:
            return
        yield numbers
        last = numbers[-1]
