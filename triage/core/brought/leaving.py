"""The applications as a table for a spreadsheet, which `triage import` reads back: one row each, first ones first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from triage.core import moment
from triage.core.acts import Act, Did
from triage.core.journey import State, reached, state
from triage.core.report.stops import stopped_at
from triage.core.situation.told import day_of
from triage.core.values import Application, Event, Kind, Stage

HEADING = (
    "id", "company", "role", "applied", "status", "status date", "stage", "interview", "deadline", "reference", "notes",
)  # fmt: skip
_DECIDES = {
    State.TALKING: (Kind.INTERVIEW, Kind.ASSESSMENT),
    State.REOPENED: (Kind.INTERVIEW, Kind.ASSESSMENT),
    State.OFFERED: (Kind.OFFER,),
    State.CLOSED: (Kind.REJECTION,),
    State.SILENT: (Kind.SILENCE,),
}
_SAYS = {State.LET_GO: Did.LET_GO, State.WITHDRAWN: Did.WITHDREW}


def table(applications: Sequence[Application], zone: ZoneInfo) -> tuple[tuple[str, ...], ...]:
    """A row for each application that has a line. Nothing is guarded yet (`cells`)."""
    found = [one for one in applications if one.events]
    return tuple(_row(one, zone) for one in sorted(found, key=lambda one: (_began(one), one.id)))


def _began(one: Application) -> datetime:
    return min(event.received for event in one.events)


def _row(one: Application, zone: ZoneInfo) -> tuple[str, ...]:
    decided = _decided(one)
    stage = stopped_at(one) if state(one) is State.CLOSED else reached(one)
    return (
        str(one.id),
        one.company or next((event.sender_domain for event in one.events if event.sender_domain), ""),
        one.role,
        _day(_began(one), zone),
        state(one).value,
        _day(decided, zone) if decided else "",
        (stage or Stage.APPLICATION).value,
        _last(_talks(one, zone)),
        _last(_deadlines(one, zone)),
        one.reference,
        "\n".join(act.text for act in one.acts if act.kind is Did.NOTE and act.text),
    )


def _day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()


def _decided(one: Application) -> datetime | None:
    """When it came to stand as it does; None where nobody knows, or where it only began."""
    kinds, did = _DECIDES.get(state(one), ()), _SAYS.get(state(one))
    found: list[Event | Act] = [event for event in one.events if event.kind in kinds]
    found += [act for act in one.acts if act.kind is did]
    if not found:
        return None
    last = max(found, key=_when)
    return None if isinstance(last, Event) and last.undated else _when(last)


def _when(found: Event | Act) -> datetime:
    return found.received if isinstance(found, Event) else found.made


def _talks(one: Application, zone: ZoneInfo) -> Iterator[str]:
    for event in one.events:
        found = moment.read(event.details.interview_at) if event.kind is Kind.INTERVIEW else None
        if found is not None:
            at = found.shown_in(zone).at
            # On a clock that nobody knows, the day is what can be said.
            timed = isinstance(at, datetime) and not found.zone
            yield f"{at:%Y-%m-%d %H:%M}" if timed else f"{at:%Y-%m-%d}"


def _deadlines(one: Application, zone: ZoneInfo) -> Iterator[str]:
    days = (day_of(event.details.deadline, zone) for event in one.mails)
    yield from (day.isoformat() for day in days if day is not None)


def _last(found: Iterator[str]) -> str:
    return max(found, default="")
