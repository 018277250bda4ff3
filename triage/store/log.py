"""The log of the search: cursors, events and applications, over one open transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from triage.core.acts import Act
from triage.core.journey import LOGGED
from triage.core.values import NOTICES, Application, Cursor, Details, Event, Kind, Reason, Stage, Trust
from triage.store import schema as t
from triage.store.acts import Acts
from triage.store.faults import readable
from triage.store.rows import add, put


@dataclass(frozen=True, slots=True)
class Log:
    """Reads and writes within the transaction it was made for; whoever opened that commits it."""

    connection: Connection

    def cursor(self, mailbox: str, folder: str) -> Cursor | None:
        query = select(t.cursor).where(t.cursor.c.mailbox == mailbox, t.cursor.c.folder == folder)
        row = self.connection.execute(query).first()
        return None if row is None else Cursor(row.mailbox, row.folder, row.uidvalidity, row.uid, row.lookback)

    def cursors(self) -> tuple[Cursor, ...]:
        """How far every folder has been read."""
        rows = self.connection.execute(select(t.cursor).order_by(t.cursor.c.mailbox, t.cursor.c.folder))
        return tuple(Cursor(row.mailbox, row.folder, row.uidvalidity, row.uid, row.lookback) for row in rows)

    def move(self, cursor: Cursor) -> None:
        """Everything up to `cursor` is done."""
        key = {"mailbox": cursor.mailbox, "folder": cursor.folder}
        values = {"uidvalidity": cursor.uidvalidity, "uid": cursor.uid, "lookback": cursor.lookback}
        put(self.connection, t.cursor, key, values)

    def knows(self, key: str) -> bool:
        """Is this content logged already, or was it forgotten on request?"""
        seen = exists().where(t.event.c.key == key), exists().where(t.forgotten.c.key == key)
        return bool(self.connection.execute(select(seen[0] | seen[1])).scalar())

    def record(self, event: Event) -> int:
        """Write one event and return its id."""
        return add(self.connection, t.event, _row(event))

    def begin(self, details: Details) -> int:
        """Begin an application for what an event says, and return its id."""
        values = {"company": details.company, "role": details.role, "reference": details.reference}
        return add(self.connection, t.application, values)

    def complete(self, application: int, details: Details) -> None:
        """Fill in what an application did not know yet."""
        columns = t.application.c
        for column in (columns.company, columns.role, columns.reference):
            blank = t.application.update().where(columns.id == application, column == "")
            self.connection.execute(blank.values({column.name: getattr(details, column.name)}))

    def events(self, *, since: datetime | None = None, after: int = 0) -> tuple[Event, ...]:
        """All events, oldest first; or those received since then, and logged after the one with that id."""
        query = select(t.event).where(t.event.c.id > after).order_by(t.event.c.received, t.event.c.id)
        return self._events(query if since is None else query.where(t.event.c.received >= since))

    def newest(self) -> int:
        """The id of the event that was logged last; 0 where there is none."""
        return int(self.connection.execute(select(func.max(t.event.c.id))).scalar() or 0)

    def untold(self, kinds: Iterable[Kind]) -> tuple[Event, ...]:
        """The events of these kinds that no letter has told yet, oldest first."""
        told = exists().where(t.telling.c.event == t.event.c.id)
        query = select(t.event).where(t.event.c.kind.in_([kind.value for kind in kinds]), ~told)
        return self._events(query.order_by(t.event.c.received, t.event.c.id))

    @readable("a line of the log")
    def _events(self, query: Select[Any]) -> tuple[Event, ...]:
        return tuple(_event(row) for row in self.connection.execute(query))

    def applications(self) -> tuple[Application, ...]:
        """All applications, each with its events; without what the reader said is no answer at all."""
        events: dict[int, list[Event]] = {}
        for event in self.events():
            events.setdefault(event.application, []).append(event)
        rows = self.connection.execute(select(t.application).order_by(t.application.c.id))
        acts = self._acts()
        found = ((row, [e for e in events.get(row.id, []) if e.kind in LOGGED | NOTICES]) for row in rows)
        return tuple(
            Application(row.id, row.company, row.role, row.reference, tuple(its), tuple(acts.get(row.id, ())))
            for row, its in found
            if row.id not in events or any(e.kind in LOGGED for e in its)
        )

    def _acts(self) -> Mapping[int, Sequence[Act]]:
        """What the reader did, by application."""
        found: dict[int, list[Act]] = {}
        for act in Acts(self.connection).all():
            found.setdefault(act.application, []).append(act)
        return found

    def counts(self) -> Mapping[str, int]:
        """How many events of each kind there are."""
        query = select(t.event.c.kind, func.count()).group_by(t.event.c.kind)
        return {row.kind: row[1] for row in self.connection.execute(query)}

    def event(self, key: str) -> Event | None:
        """The event of the mail with this content."""
        return next(iter(self._events(select(t.event).where(t.event.c.key == key))), None)

    def told(self, event: int) -> bool:
        """Has a letter told this event, or is one on its way that does?"""
        return bool(self.connection.execute(select(exists().where(t.telling.c.event == event))).scalar())

    def correct(self, event: int, kind: Kind, judged: Kind) -> None:
        """Say that an event is of this kind, whatever it was judged to be."""
        values = {"kind": kind.value, "judged": "" if judged is kind else judged.value}
        self.connection.execute(t.event.update().where(t.event.c.id == event).values(values))

    def rename(self, event: int, *, company: str = "", role: str = "") -> None:
        """Say whom an event is from, and for what work: in its line, and in its application."""
        values = {name: value for name, value in (("company", company), ("role", role)) if value}
        if values:
            its = select(t.event.c.application).where(t.event.c.id == event)
            self.connection.execute(t.application.update().where(t.application.c.id.in_(its)).values(values))
            self.connection.execute(t.event.update().where(t.event.c.id == event).values(values))

    def place(self, event: int, application: int) -> None:
        """Put an event into an application; with 0, take it out of the one it is in. One left empty is removed."""
        self.connection.execute(t.event.update().where(t.event.c.id == event).values(application=application or None))
        self.take_back(self._silences_of_nobody())
        self._remove_empty()

    def _remove_empty(self) -> None:
        empty = ~exists().where(t.event.c.application == t.application.c.id)
        gone = select(t.application.c.id).where(empty)
        self.connection.execute(delete(t.act).where(t.act.c.application.in_(gone)))
        self.connection.execute(delete(t.application).where(empty))

    def noticed(self, after: datetime) -> tuple[int, ...]:
        """The silences that are dated later than this."""
        late = t.event.c.kind.in_([kind.value for kind in NOTICES]) & (t.event.c.received > after)
        return tuple(self.connection.execute(select(t.event.c.id).where(late)).scalars())

    def take_back(self, events: Sequence[int]) -> None:
        """Remove events as if they had never been entered; the same may be entered again."""
        for table, column in ((t.act, t.act.c.event), (t.correction, t.correction.c.event)):
            self.connection.execute(table.update().where(column.in_(events)).values(event=None))
        self.connection.execute(delete(t.telling).where(t.telling.c.event.in_(events)))
        self.connection.execute(delete(t.event).where(t.event.c.id.in_(events)))

    def forget(self, events: Iterable[int]) -> int:
        """Remove events, what was learnt from them, and the applications left empty. Returns how many.

        Their content is not logged again.
        """
        ids = list(events)
        chosen = t.event.c.id.in_(ids)
        keys = self.connection.execute(select(t.event.c.key).where(chosen)).scalars().all()
        if not keys:
            return 0
        # The replies that were about them too: read once more, they would say it again.
        replies = select(t.act.c.key).where(t.act.c.event.in_(ids), t.act.c.key != "")
        names = [*keys, *self.connection.execute(replies).scalars()]
        self.connection.execute(upsert(t.forgotten).on_conflict_do_nothing(), [{"key": key} for key in names])
        self.connection.execute(delete(t.telling).where(t.telling.c.event.in_(ids)))
        of_these = t.correction.c.event.in_(ids) | t.correction.c.key.in_(keys)
        self.connection.execute(delete(t.correction).where(of_these))
        self.connection.execute(delete(t.act).where(t.act.c.event.in_(ids)))
        self.connection.execute(delete(t.event).where(chosen))
        self.take_back(self._silences_of_nobody())
        self._remove_empty()
        return len(keys)

    def _silences_of_nobody(self) -> Sequence[int]:
        """Silences of applications of which no mail is left: they would name for ever what was forgotten."""
        silence = t.event.c.kind.in_([kind.value for kind in NOTICES])
        mail = t.event.alias()
        left = mail.c.kind.not_in([kind.value for kind in NOTICES]) & (mail.c.application == t.event.c.application)
        return self.connection.execute(select(t.event.c.id).where(silence, ~exists().where(left))).scalars().all()


def _row(event: Event) -> dict[str, Any]:
    details = event.details
    return {
        "key": event.key,
        "message_id": event.message_id,
        "mailbox": event.mailbox,
        "folder": event.folder,
        "received": event.received,
        "kind": event.kind.value,
        "confidence": event.confidence,
        "evidence": list(event.evidence),
        "company": details.company,
        "role": details.role,
        "stage": details.stage.value,
        "reason": details.reason.value,
        "feedback": list(details.feedback),
        "reapply": details.reapply,
        "deadline": details.deadline,
        "interview_at": details.interview_at,
        "reference": details.reference,
        "answer_by": details.answer_by,
        "thread": list(event.thread),
        "sender_domain": event.sender_domain,
        "lookback": event.lookback,
        "application": event.application or None,
        "trust": event.trust.value,
        "judged": event.judged.value if event.judged else "",
        "fingerprint": event.fingerprint or None,
        "human": event.human,
    }


def _details(row: Row[Any]) -> Details:
    return Details(
        company=row.company,
        role=row.role,
        stage=Stage(row.stage),
        reason=Reason(row.reason),
        feedback=tuple(row.feedback),
        reapply=row.reapply,
        deadline=row.deadline,
        interview_at=row.interview_at,
        reference=row.reference,
        answer_by=row.answer_by,
    )


def _event(row: Row[Any]) -> Event:
    return Event(
        key=row.key,
        message_id=row.message_id,
        mailbox=row.mailbox,
        folder=row.folder,
        received=row.received,
        kind=Kind(row.kind),
        confidence=row.confidence,
        evidence=_texts(row.evidence),
        details=_details(row),
        thread=_texts(row.thread),
        sender_domain=row.sender_domain,
        lookback=row.lookback,
        application=row.application or 0,
        trust=Trust(row.trust),
        judged=Kind(row.judged) if row.judged else None,
        fingerprint=row.fingerprint or b"",
        human=row.human,
        id=row.id,
    )


def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(values)
