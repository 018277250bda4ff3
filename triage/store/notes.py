"""Small facts that outlive a restart: settings, and how each mailbox fared, over one open transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from triage.store import schema as t
from triage.store.rows import put


@dataclass(frozen=True, slots=True)
class Health:
    """How a mailbox fared when it was last looked at."""

    mailbox: str
    polled: datetime | None
    error: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Notes:
    """Reads and writes within the transaction it was made for."""

    connection: Connection

    def setting(self, name: str) -> str:
        """Its value, or an empty string."""
        query = select(t.setting.c.value).where(t.setting.c.name == name)
        return str(self.connection.execute(query).scalar() or "")

    def set(self, name: str, value: str) -> None:
        put(self.connection, t.setting, {"name": name}, {"value": value})

    def polled(self, mailbox: str, now: datetime) -> None:
        """All was well with this mailbox."""
        put(self.connection, t.health, {"mailbox": mailbox}, {"polled": now, "error": "", "since": None})

    def failed(self, mailbox: str, error: str, now: datetime) -> None:
        """It could not be read; the time of the first failure is kept while they last."""
        known = {health.mailbox: health for health in self.health()}.get(mailbox)
        since = known.since if known and known.since else now
        put(self.connection, t.health, {"mailbox": mailbox}, {"error": error, "since": since})

    def health(self) -> tuple[Health, ...]:
        """Every mailbox ever looked at, by name."""
        rows = self.connection.execute(select(t.health).order_by(t.health.c.mailbox))
        return tuple(Health(row.mailbox, row.polled, row.error, row.since) for row in rows)
