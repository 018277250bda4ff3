"""Labelled mails in a file, one JSON object a line: `kind` (or `label`), `from`, `subject`, `body`, and details."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage.core.scores import Labelled
from triage.core.values import Cursor, Kind, RawMessage
from triage.errors import InputError

UNDATED = datetime(2026, 4, 15, 9, tzinfo=UTC)
"""When a mail without a `date` is taken to have come: dates in it are read from there."""


def labelled(path: Path) -> Iterator[tuple[Labelled, RawMessage]]:
    """Every mail of the set, in order. Raises InputError, naming the line, where one cannot be used."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _line(line, number, path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as a labelled set: {error}.") from error


def mail(row: Mapping[str, Any], number: int, path: Path) -> tuple[Labelled, RawMessage]:
    """One mail of a set, from its keys. Raises ValueError, KeyError, TypeError or AttributeError for what is none."""
    label = _label(row, number)
    received = datetime.fromisoformat(row["date"]).astimezone(UTC) if row.get("date") else UNDATED
    return label, RawMessage(Cursor(str(path), "", 0, number), received, _bytes(row, received))


def _line(line: str, number: int, path: Path) -> tuple[Labelled, RawMessage]:
    try:
        return mail(json.loads(line), number, path)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}, line {number}: not a labelled mail ({type(error).__name__}: {error}).") from error


def _label(row: Mapping[str, Any], number: int) -> Labelled:
    return Labelled(
        id=str(row.get("id", number)),
        kind=Kind(row.get("kind") or row["label"]),
        language=row.get("lang") or "",
        source=row.get("source") or "",
        **{name: row.get(name) for name in ("company", "role", "stage", "reason", "feedback", "reapply", "deadline")},
    )


def _bytes(row: Mapping[str, Any], received: datetime) -> bytes:
    """The mail as it might have come: UTF-8 throughout (RFC 6532)."""
    header = {"From": row.get("from"), "Subject": row.get("subject"), "Date": f"{received:%a, %d %b %Y %H:%M:%S} +0000"}
    lines = [f"{name}: {' '.join(str(value or '').split())}" for name, value in header.items()]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", ""]
    return "\n".join([*lines, row["body"]]).encode("utf-8", "replace")
