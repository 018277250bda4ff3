"""Small facts that outlive a restart: settings, and how each mailbox fared, over one open transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from triage.core import answers
from triage.core.answers import AnswerError, Answers
from triage.core.letter import Only, Preferences
from triage.errors import StoreError
from triage.store import schema as t
from triage.store.faults import readable
from triage.store.glance import ONLY, PAUSED
from triage.store.health import Health
from triage.store.outlook import Outlook
from triage.store.rows import put

_ANSWERS = "answers"
_LOCKED_OUT, _UNTOLD = "locked out: ", "untold"
_TONE = "letters_tone"


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

    def answers(self) -> Answers:
        """What the reader said when they were asked; nothing where they were not, or said nothing."""
        try:
            return answers.read(self.setting(_ANSWERS))
        except AnswerError as error:
            raise StoreError(
                "The store is damaged: your answers cannot be read. `triage questions --clear` removes them."
            ) from error

    def answer(self, given: Answers) -> None:
        """Keep these answers in place of all there were; none of them leaves nothing behind."""
        if given:
            self.set(_ANSWERS, answers.written(given))
        else:
            self.connection.execute(delete(t.setting).where(t.setting.c.name == _ANSWERS))

    def preferences(self) -> Preferences:
        """What the reader has asked for since the configuration was written."""
        try:
            until = self.setting(PAUSED)
            only = Only(self.setting(ONLY))
            return Preferences(only, datetime.fromisoformat(until) if until else None, self.setting(_TONE))
        except ValueError as error:
            raise StoreError(
                "The store is damaged: how you want your letters cannot be read. `triage letters all` sets it anew."
            ) from error

    def prefer(self, wishes: Preferences) -> None:
        """Keep these wishes in place of all there were."""
        self.set(ONLY, wishes.only.value)
        self.set(PAUSED, wishes.paused_until.isoformat() if wishes.paused_until else "")
        self.set(_TONE, wishes.tone)

    @readable("what was foreseen")
    def outlook(self) -> Outlook | None:
        """What was found when nothing was due, if nothing has changed since."""
        row = self.connection.execute(select(t.outlook)).first()
        return None if row is None else Outlook(row.made, row.letter, row.look, row.terms, row.patience)

    def foresee(self, found: Outlook) -> None:
        """Keep what was found now."""
        put(self.connection, t.outlook, {"id": 1}, asdict(found))

    def first_look(self, mailbox: str, folder: str) -> datetime | None:
        """How far back the first look at a folder went; None where there was none, or by an older version."""
        found = self.setting(_first_look(mailbox, folder))
        try:
            return datetime.fromisoformat(found) if found else None
        except ValueError as error:
            raise StoreError("The store is damaged: how far back it looked cannot be read.") from error

    def look_first(self, mailbox: str, folder: str, since: datetime) -> None:
        """Keep how far back the first look at a folder goes."""
        self.set(_first_look(mailbox, folder), since.isoformat())

    def polled(self, mailbox: str, now: datetime) -> None:
        """All was well with this mailbox."""
        put(self.connection, t.health, {"mailbox": mailbox}, {"polled": now, "error": "", "since": None})

    def failed(self, mailbox: str, error: str, now: datetime) -> None:
        """It could not be read; the time of the first failure is kept while they last."""
        known = {health.mailbox: health for health in self.health()}.get(mailbox)
        since = known.since if known and known.since else now
        put(self.connection, t.health, {"mailbox": mailbox}, {"error": error, "since": since})

    def lock_out(self, mailbox: str) -> bool:
        """This mailbox lets us in no more, until the reader does something about it. Is that news?"""
        news = not self.setting(_LOCKED_OUT + mailbox)
        if news:
            self.set(_LOCKED_OUT + mailbox, _UNTOLD)
        return news

    def let_in(self, mailbox: str) -> None:
        """It does again."""
        self.connection.execute(delete(t.setting).where(t.setting.c.name == _LOCKED_OUT + mailbox))

    def locked_out(self) -> tuple[str, ...]:
        """The mailboxes of which that is so, and no letter has said it."""
        name = t.setting.c.name
        rows = self.connection.execute(select(name).where(name.startswith(_LOCKED_OUT), t.setting.c.value == _UNTOLD))
        return tuple(sorted(str(row.name).removeprefix(_LOCKED_OUT) for row in rows))

    def tell_locked_out(self, mailboxes: Sequence[str]) -> None:
        """A letter says it of these."""
        for mailbox in mailboxes:
            self.set(_LOCKED_OUT + mailbox, "told")

    @readable("how a mailbox fared")
    def health(self) -> tuple[Health, ...]:
        """Every mailbox ever looked at, by name."""
        rows = self.connection.execute(select(t.health).order_by(t.health.c.mailbox))
        return tuple(Health(row.mailbox, row.polled, row.error, row.since) for row in rows)


def _first_look(mailbox: str, folder: str) -> str:
    return f"first look at {mailbox}/{folder}"
