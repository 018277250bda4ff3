"""What the reader corrected, over one open transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select

from triage.core.correction import Correction
from triage.core.values import Kind
from triage.store import schema as t
from triage.store.faults import readable
from triage.store.rows import put


@dataclass(frozen=True, slots=True)
class Corrections:
    """Reads and writes within the transaction it was made for."""

    connection: Connection

    def keep(self, correction: Correction) -> None:
        """Write a correction; one of the same mail is replaced, and keeps its id."""
        put(self.connection, t.correction, {"key": correction.key}, _row(correction))

    def all(self) -> tuple[Correction, ...]:
        """Every correction, in the order in which the mails were first corrected."""
        return self._where(t.correction.c.id > 0)

    def of(self, domain: str) -> tuple[Correction, ...]:
        """Those of mail from this organisation; of none where the domain is empty."""
        return self._where((t.correction.c.domain == domain) & (t.correction.c.domain != ""))

    def about(self, key: str) -> Correction | None:
        """The one of the mail with this content."""
        return next(iter(self._where(t.correction.c.key == key)), None)

    def drop(self, correction: Correction) -> None:
        self.connection.execute(delete(t.correction).where(t.correction.c.key == correction.key))

    def clear(self) -> None:
        """Drop all of them."""
        self.connection.execute(delete(t.correction))

    @readable("a correction in it")
    def _where(self, condition: ColumnElement[bool]) -> tuple[Correction, ...]:
        rows = self.connection.execute(select(t.correction).where(condition).order_by(t.correction.c.id))
        return tuple(_correction(row) for row in rows)


def _row(correction: Correction) -> Mapping[str, Any]:
    return {
        "event": correction.event or None,
        "domain": correction.domain,
        "fingerprint": correction.fingerprint,
        "judged": correction.judged.value,
        "evidence": list(correction.evidence),
        "before": correction.before.value,
        "kind": correction.kind.value,
        "placed": correction.placed,
        "made": correction.made,
    }


def _correction(row: Row[Any]) -> Correction:
    return Correction(
        key=row.key,
        domain=row.domain,
        fingerprint=row.fingerprint,
        judged=Kind(row.judged),
        kind=Kind(row.kind),
        made=row.made,
        evidence=tuple(row.evidence),
        before=Kind(row.before),
        event=row.event or 0,
        placed=row.placed,
        id=row.id,
    )
