"""The applications, as far as a mail or a letter needs them: never the whole log, however long it is.

What that takes (`trait`, `standing`, `total`) follows from the log, and is made anew for each application that has
changed before anybody else can see the change (`settle`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Executable, TextualSelect, bindparam, case, delete, func, insert, select, text

from triage.core.journey import near
from triage.core.situation.standing import SEVERAL, History, Standing, standing
from triage.core.values import Application, Event, Stage
from triage.store import applications
from triage.store import schema as t
from triage.store.faults import readable
from triage.store.rows import These, among_these, these, upsert

QUOTED = 50
"""Mails with words about the reader of which a letter may quote one, or a word that comes twice: the newest ones. That
is several times as many as a search of some years brings."""
PORTION = 500
"""Applications that are settled at a time: so many are in memory together."""
NOTED = 20
"""Notes of the reader, of which a letter shows three."""

_STOP = "stop "


def _moment(query: str) -> TextualSelect:
    return text(query).columns(at=t.UtcDateTime)


def _began(before: str) -> TextualSelect:
    """`before`: how the database says that many days before `at`."""
    return _moment(
        f"""
        WITH RECURSIVE back(at) AS (
            SELECT max(received) FROM event WHERE received <= :now AND {t.PLACED}
            UNION ALL
            SELECT (
                SELECT min(received) FROM event WHERE received >= {before} AND received < at AND {t.PLACED}
            ) FROM back WHERE at IS NOT NULL
        )
        SELECT min(at) AS at FROM back
        """  # noqa: S608  # our own words
    ).bindparams(bindparam("now", type_=t.UtcDateTime))


_BEGAN = {
    "sqlite": _began("datetime(substr(at, 1, 19), '-56 days') || substr(at, 20)"),
    "postgresql": _began("at - interval '56 days'"),
}
"""The first mail after the last break (`standing.NEW_SEARCH`), in steps of as many days. Microseconds stay."""
_FIRST = _moment(f"SELECT min(received) AS at FROM event WHERE {t.PLACED}")  # noqa: S608
_QUOTED = text(f"SELECT application FROM event WHERE {t.FEEDBACK} ORDER BY received DESC LIMIT {QUOTED}")  # noqa: S608
_NOTED = text(
    "SELECT application FROM act WHERE kind = 'note' AND text <> '' AND application IS NOT NULL "  # noqa: S608
    f"ORDER BY made DESC LIMIT {NOTED}"
)
_BY_TRAIT = select(t.trait.c.application).where(among_these(t.trait.c.key))
_BY_MAIL = select(t.event.c.application).where(among_these(t.event.c.message_id))
_TRAITS = select(t.trait).where(among_these(t.trait.c.application))
_STANDINGS = select(t.standing).where(among_these(t.standing.c.application))
_NO_STANDINGS = delete(t.standing).where(among_these(t.standing.c.application))
_SETTLED = delete(t.unsettled).where(among_these(t.unsettled.c.application))


@dataclass(frozen=True, slots=True)
class Search:
    """Reads and writes within the transaction it was made for."""

    connection: Connection

    def application(self, number: int) -> Application | None:
        """The one with this id."""
        return next(iter(applications.read(self.connection, {number})), None)

    def near(self, event: Event) -> tuple[Application, ...]:
        """All that `journey.find` could choose for this event, or be kept from choosing by."""
        self.settle()
        by_trait = self._ids(_BY_TRAIT, these(near.sought(event)))
        by_mail = self._ids(_BY_MAIL, these(name for name in event.thread if name))
        return applications.read(self.connection, by_trait | by_mail)

    def living(self, now: datetime, more: Iterable[int] = ()) -> tuple[Application, ...]:
        """All that letters may look at now (`standing.Standing.until`), and these."""
        lately = select(t.standing.c.application).where(t.standing.c.until >= now)
        return applications.read(self.connection, self._ids(lately) | set(more))

    def remembered(self) -> tuple[Application, ...]:
        """Those of which a letter may quote something, however long ago it was said: an employer's words, or a note."""
        return applications.read(self.connection, self._ids(_QUOTED) | self._ids(_NOTED))

    def between(self, first: datetime, last: datetime) -> tuple[Application, ...]:
        """Those of which a mail came in that time."""
        query = select(t.event.c.application).where(t.event.c.received.between(first, last))
        return applications.read(self.connection, self._ids(query))

    @readable("a line of the log")
    def first(self) -> datetime | None:
        """When the first mail of any application came."""
        first: datetime | None = self.connection.execute(_FIRST).scalar()
        return first

    @readable("what letters count")
    def history(self, now: datetime) -> History:
        """What letters count of the whole log."""
        began = self.connection.execute(_BEGAN[self.connection.dialect.name], {"now": now}).scalar() or now
        since = func.sum(case((t.total.c.month >= _month(began), t.total.c.number), else_=0))
        query = select(t.total.c.what, func.sum(t.total.c.number), since).group_by(t.total.c.what)
        sums = {what: (int(ever), int(lately)) for what, ever, lately in self.connection.execute(query)}
        stops = {what: found for what, found in sums.items() if what.startswith(_STOP)}
        nothing = (0, 0)
        return History(
            began=began,
            ever=sum(ever for ever, _ in stops.values()),
            answered=sums.get("answered", nothing)[0],
            talks=sums.get("talks", nothing)[0],
            applications=sums.get("applications", nothing)[1],
            invited=sums.get("invited", nothing)[1],
            roles=self._roles(began),
            stops={Stage(what.removeprefix(_STOP)): lately for what, (_, lately) in stops.items() if lately},
        )

    def _roles(self, began: datetime) -> int:
        """How many different ones there are since then, as far as it matters."""
        found: list[str] = []
        while len(found) < SEVERAL:
            other = t.standing.c.role.not_in(["", *found]) & (t.standing.c.heard >= began)
            role = self.connection.execute(select(t.standing.c.role).where(other).limit(1)).scalar()
            if role is None:
                break
            found.append(role)
        return len(found)

    def settle(self) -> None:
        """Make anew what follows from the applications that have changed."""
        # This is asked at the end of every transaction, and so in the shortest way.
        query = f"SELECT application FROM unsettled LIMIT {PORTION}"  # noqa: S608
        while changed := self.connection.exec_driver_sql(query).scalars().all():
            known = {one.id: one for one in applications.read(self.connection, changed)}
            self._mark({number: near.traits(known[number]) if number in known else () for number in changed})
            self._count({number: standing(one) for number, one in known.items()}, changed)
            self.connection.execute(_SETTLED, these(changed))

    def unsettle(self) -> None:
        """All of them are to be made anew."""
        for table in (t.unsettled, t.trait, t.standing, t.total):
            self.connection.execute(delete(table))
        self.connection.execute(insert(t.unsettled).from_select(["application"], select(t.application.c.id)))

    def _mark(self, traits: Mapping[int, Collection[int]]) -> None:
        rows = self.connection.execute(_TRAITS, these(traits))
        there = {(row.key, row.application) for row in rows}
        right = {(key, number) for number, keys in traits.items() for key in keys}
        table = t.trait.c
        for key, number in there - right:
            self.connection.execute(delete(t.trait).where(table.key == key, table.application == number))
        if right - there:
            new = [{"key": key, "application": number} for key, number in sorted(right - there)]
            self.connection.execute(insert(t.trait), new)

    def _count(self, right: Mapping[int, Standing], changed: Collection[int]) -> None:
        sums: Counter[tuple[str, str]] = Counter()
        for row in self.connection.execute(_STANDINGS, these(changed)):
            sums.subtract(_counted(row))
        for one in right.values():
            sums.update(_counted(one))
        self.connection.execute(_NO_STANDINGS, these(changed))
        if right:
            rows = [asdict(one) | {"application": number} for number, one in right.items()]
            self.connection.execute(insert(t.standing), rows)
        self._add({place: by for place, by in sums.items() if by})

    def _add(self, sums: Mapping[tuple[str, str], int]) -> None:
        for (month, what), by in sums.items():
            key, grown = {"month": month, "what": what}, {"number": t.total.c.number + by}
            self.connection.execute(upsert(self.connection, t.total, key, {"number": by}, grown))
        if any(by < 0 for by in sums.values()):
            self.connection.execute(delete(t.total).where(t.total.c.number == 0))

    def _ids(self, query: Executable, asked: These | None = None) -> set[int]:
        return set(self.connection.execute(query, asked).scalars()) - {None}


def _month(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m") if moment else ""


def _counted(one: Any) -> Counter[tuple[str, str]]:
    """Where this application counts: a `Standing`, or its row."""
    heard = _month(one.heard)
    what = {"applications": True, "invited": one.talked, "answered": one.answered}
    what["talks"] = one.answered and one.talked
    sums = Counter({(heard, name): 1 for name, holds in what.items() if holds})
    if one.refused is not None:
        sums[_month(one.refused), f"{_STOP}{Stage(one.stop).value}"] += 1
    return sums
