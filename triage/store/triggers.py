"""What the database keeps by itself, whoever changes the tables: counts, marks, and notes of what is to be looked at.

One list for SQLite and for PostgreSQL. Changing one needs a migration for SQLite; a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_CHANGES = (
    "kind, received, message_id, company, role, stage, reason, feedback, interview_at, reference, answer_by, thread, "
    "sender_domain, human, lookback, application"
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """After each row that is changed so, where `only` holds, or always, these steps are taken."""

    when: str
    only: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Steps:
    """Steps about the row that is there no more (`old`), or is there now (`new`).

    `apart`: the rows of many members lie in one table, and a step says whose it is about. It must not rely on others
    being out of sight, for the owner of the tables, who may change them too, sees all.
    """

    row: str
    apart: bool

    @property
    def _own(self) -> str:
        return f"member = {self.row}.member AND " if self.apart else ""

    def _new(self, values: str) -> str:
        return f"SELECT {values}{f', {self.row}.member' if self.apart else ''}"

    def count(self, by: int) -> str:
        its = f"{self._own}kind = {self.row}.kind"
        known = f"EXISTS (SELECT 1 FROM tally WHERE {its})"  # noqa: S608
        new = f"INSERT INTO tally {self._new(f'{self.row}.kind, 0')} WHERE NOT {known}; "
        return f"{new}UPDATE tally SET lines = lines + {by} WHERE {its};"  # noqa: S608

    def wear(self, by: int) -> str:
        its = f"{self._own}block = {self.row}.block AND variant = {self.row}.variant"
        known = f"EXISTS (SELECT 1 FROM worn WHERE {its})"  # noqa: S608
        new = f"INSERT INTO worn {self._new(f'{self.row}.block, {self.row}.variant, 0')} WHERE NOT {known}; "
        return f"{new}UPDATE worn SET uses = uses + {by} WHERE {its};"  # noqa: S608

    def unsettle(self, column: str = "application") -> str:
        """Without OR IGNORE, which the conflict clause of the statement outside would replace."""
        what = f"{self.row}.{column}"
        known = f"EXISTS (SELECT 1 FROM unsettled WHERE {self._own}application = {what})"  # noqa: S608
        return f"INSERT INTO unsettled {self._new(what)} WHERE {what} IS NOT NULL AND NOT {known};"

    def tell(self, *, told: bool) -> str:
        value = str(told).lower() if self.apart else int(told)
        return f"UPDATE event SET told = {value} WHERE {self._own}id = {self.row}.event;"  # noqa: S608

    def forget_outlook(self) -> str:
        return f"DELETE FROM outlook{f' WHERE member = {self.row}.member' if self.apart else ''};"  # noqa: S608


def listed(*, apart: bool) -> Mapping[str, Trigger]:
    """All of them, by name; `apart` where many members share the tables."""
    old, new = _Steps("old", apart), _Steps("new", apart)
    gone, come = old.forget_outlook(), new.forget_outlook()
    both = (come, old.unsettle(), new.unsettle())
    return {
        "event_in": Trigger("INSERT ON event", "", (new.count(1), come, new.unsettle())),
        "event_out": Trigger("DELETE ON event", "", (old.count(-1), gone, old.unsettle())),
        "event_changed": Trigger(f"UPDATE OF {_CHANGES} ON event", "", (old.count(-1), new.count(1), *both)),
        "telling_in": Trigger("INSERT ON telling", "", (new.tell(told=True), come)),
        "telling_out": Trigger("DELETE ON telling", "", (old.tell(told=False), gone)),
        "wording_in": Trigger("INSERT ON wording", "", (new.wear(1),)),
        "wording_out": Trigger("DELETE ON wording", "", (old.wear(-1),)),
        "application_out": Trigger("DELETE ON application", "", (old.unsettle("id"),)),
        "application_changed": Trigger("UPDATE ON application", "", (new.unsettle("id"),)),
        "act_in": Trigger("INSERT ON act", "", (come, new.unsettle())),
        "act_out": Trigger("DELETE ON act", "", (gone, old.unsettle())),
        "act_changed": Trigger("UPDATE OF kind, made, application, confirmed ON act", "", both),
        "letter_in": Trigger("INSERT ON letter", "", (come,)),
        "letter_out": Trigger("DELETE ON letter", "", (gone,)),
        "setting_in": Trigger("INSERT ON setting", _wish("new"), (come,)),
        "setting_out": Trigger("DELETE ON setting", _wish("old"), (gone,)),
        "setting_changed": Trigger("UPDATE ON setting", _wish("new"), (come,)),
        "cursor_in": Trigger("INSERT ON cursor", _looking_back("new"), (come,)),
        "cursor_out": Trigger("DELETE ON cursor", _looking_back("old"), (gone,)),
        "cursor_changed": Trigger("UPDATE ON cursor", f"({_looking_back('old')}) <> ({_looking_back('new')})", (come,)),
    }


def _wish(row: str) -> str:
    return f"{row}.name IN ('letters_only', 'letters_paused_until')"


def _looking_back(row: str) -> str:
    return f"{row}.uid < {row}.lookback"


_LISTED = listed(apart=False)
NAMES = frozenset(_LISTED)
CREATE = tuple(
    f"CREATE TRIGGER {name} AFTER {one.when} {f'WHEN {one.only} ' if one.only else ''}BEGIN {' '.join(one.steps)} END"
    for name, one in _LISTED.items()
)
