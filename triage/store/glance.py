"""How things stand, at a glance: for `triage status`, which should be there before one has let go of the key.

Read past SQLAlchemy and without a check of the whole file. Where that is not enough, or anything is unusual, nothing is
said, and the store is to be opened in full, which finds the words for it. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage.core.letter import Cadence
from triage.store.cipher import PLAIN, Cipher, database_errors, is_plain
from triage.store.folder import FILE, changes
from triage.store.health import Health
from triage.store.outlook import Outlook
from triage.store.swap import decided
from triage.store.version import NEWEST

CHECKED = "config"
"""The setting that says which configuration was found good."""
ONLY, PAUSED = "letters_only", "letters_paused_until"
"""The settings that say which letters the reader wants, and until when none."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What the store says of the service."""

    health: tuple[Health, ...]
    counts: Mapping[str, int]
    """Lines of the log, by kind."""
    next_letter: datetime | None
    waiting: int
    """Letters on their way."""
    troubles: tuple[str, ...]
    """What keeps letters from arriving, one sentence each."""
    checked: str = ""
    only: str = ""
    """Which letters the reader asked for, as `core.letter.Only` has it."""
    paused_until: datetime | None = None
    """It may be over."""


def glance(folder: Path, cadence: Cadence, now: datetime, cipher: Cipher = PLAIN) -> Glance | None:
    """How things stand in the store of this folder. None: it has to be opened to be sure. Raises StoreError."""
    path = folder / FILE
    if not path.is_file() or decided(folder) or any(one.name.endswith("-journal") for one in changes(path)):
        return None
    try:
        if is_plain(path) == bool(cipher.key):
            return None
        with closing(cipher.connect(path, "mode=ro")) as connection:
            connection.execute("BEGIN")
            return _read(connection, cadence, now)
    except database_errors():
        return None
    except (OSError, ValueError, TypeError):
        return None


def _read(connection: Any, cadence: Cadence, now: datetime) -> Glance | None:
    ask = connection.execute
    outlook = _outlook(ask("SELECT made, letter, look, terms, patience FROM outlook").fetchone())
    versions = ask("SELECT version_num FROM alembic_version").fetchall()
    if versions != [(NEWEST,)] or outlook is None or not outlook.foresees(repr(cadence), now):
        return None
    unsent = ask("SELECT count(*) FROM letter WHERE sent IS NULL").fetchone()
    set_to = dict(ask("SELECT name, value FROM setting WHERE name IN (?, ?, ?)", [CHECKED, ONLY, PAUSED]))
    troubles = ask("SELECT DISTINCT error FROM letter WHERE sent IS NULL AND error <> ''")
    return Glance(
        health=tuple(_health(row) for row in ask("SELECT mailbox, polled, error, since FROM health ORDER BY mailbox")),
        counts=dict(ask("SELECT kind, lines FROM tally WHERE lines > 0 ORDER BY kind")),
        next_letter=outlook.letter,
        waiting=int(unsent[0]),
        troubles=tuple(error for (error,) in troubles),
        checked=str(set_to.get(CHECKED, "")),
        only=str(set_to.get(ONLY, "")),
        paused_until=datetime.fromisoformat(until) if (until := set_to.get(PAUSED)) else None,
    )


def _outlook(row: Any) -> Outlook | None:
    if row is None:
        return None
    made, letter, look, terms, patience = row
    return Outlook(_time(made), _moment(letter), _time(look), terms, patience)


def _health(row: Any) -> Health:
    mailbox, polled, error, since = row
    return Health(mailbox, _moment(polled), error, _moment(since))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else _time(text)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
