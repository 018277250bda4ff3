"""The roll of members as those who run the service see it: handles and health, and the state of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, column, select, table

from triage.errors import InputError
from triage.hosting.acting import begun

_NAMES = ("name", "state", "provider", "fault", "failures", "polled", "due", "enrolled")
_VIEW = table("member_health", *map(column, _NAMES))


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one member: `fault` is a class such as "locked-out"; empty where all is well. Times in UTC."""

    handle: str
    state: str
    provider: str
    fault: str
    failures: int
    polled: datetime | None
    due: datetime | None
    enrolled: datetime | None

    @property
    def told(self) -> Mapping[str, Any]:
        """For programs."""
        times = {"polled": self.polled, "due": self.due, "enrolled": self.enrolled}
        return {
            "handle": self.handle,
            "state": self.state,
            "provider": self.provider,
            "fault": self.fault,
            "failures": self.failures,
            **{name: at.isoformat() if at else None for name, at in times.items()},
        }


def members(engine: Engine) -> Iterator[Standing]:
    """Everybody, by handle. As the operator."""
    with begun(engine) as connection:
        rows = connection.execute(select(_VIEW).order_by(_VIEW.c.name).execution_options(yield_per=1000))
        yield from (_standing(row) for row in rows)


def find(engine: Engine, handle: str) -> Standing | None:
    """The member of this handle; None where there is none."""
    with begun(engine) as connection:
        row = connection.execute(select(_VIEW).where(_VIEW.c.name == handle)).first()
    return _standing(row) if row else None


def one(engine: Engine, handle: str) -> Standing:
    """The same. Raises InputError where there is none."""
    if found := find(engine, handle):
        return found
    raise InputError(f"There is no member {handle}: `triage admin list` shows all.")


def _standing(row: Any) -> Standing:
    times = (at and at.astimezone(UTC) for at in (row.polled, row.due, row.enrolled))  # not the server's time zone
    return Standing(row.name, row.state, row.provider or "", row.fault or "", row.failures or 0, *times)
