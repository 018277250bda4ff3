"""What SQLite keeps by itself, whoever changes the tables: counts, marks, and notes of what is to be looked at again.

Changing one needs a migration; a test compares.
"""

from __future__ import annotations

_CHANGES = (
    "kind, received, message_id, company, role, stage, reason, feedback, interview_at, reference, answer_by, thread, "
    "sender_domain, human, lookback, application"
)
_FORGET_OUTLOOK = "DELETE FROM outlook;"


def _count(row: str, by: int) -> str:
    new = f"INSERT INTO tally SELECT {row}.kind, 0 WHERE NOT EXISTS (SELECT 1 FROM tally WHERE kind = {row}.kind); "  # noqa: S608
    return f"{new}UPDATE tally SET lines = lines + {by} WHERE kind = {row}.kind;"  # noqa: S608


def _wear(row: str, by: int) -> str:
    its = f"block = {row}.block AND variant = {row}.variant"
    known = f"EXISTS (SELECT 1 FROM worn WHERE {its})"  # noqa: S608
    new = f"INSERT INTO worn SELECT {row}.block, {row}.variant, 0 WHERE NOT {known}; "
    return f"{new}UPDATE worn SET uses = uses + {by} WHERE {its};"  # noqa: S608


def _unsettle(what: str) -> str:
    """Without OR IGNORE, which the conflict clause of the statement outside would replace."""
    known = f"EXISTS (SELECT 1 FROM unsettled WHERE application = {what})"  # noqa: S608
    return f"INSERT INTO unsettled SELECT {what} WHERE {what} IS NOT NULL AND NOT {known};"


def _told(row: str, value: int) -> str:
    return f"UPDATE event SET told = {value} WHERE id = {row}.event;"  # noqa: S608


def _wish(row: str) -> str:
    return f"{row}.name IN ('letters_only', 'letters_paused_until')"


_TRIGGERS = {
    "event_in": ("INSERT ON event", "", _count("new", 1), _FORGET_OUTLOOK, _unsettle("new.application")),
    "event_out": ("DELETE ON event", "", _count("old", -1), _FORGET_OUTLOOK, _unsettle("old.application")),
    "event_changed": (
        f"UPDATE OF {_CHANGES} ON event",
        "",
        _count("old", -1),
        _count("new", 1),
        _FORGET_OUTLOOK,
        _unsettle("old.application"),
        _unsettle("new.application"),
    ),
    "telling_in": ("INSERT ON telling", "", _told("new", 1), _FORGET_OUTLOOK),
    "telling_out": ("DELETE ON telling", "", _told("old", 0), _FORGET_OUTLOOK),
    "wording_in": ("INSERT ON wording", "", _wear("new", 1)),
    "wording_out": ("DELETE ON wording", "", _wear("old", -1)),
    "application_out": ("DELETE ON application", "", _unsettle("old.id")),
    "application_changed": ("UPDATE ON application", "", _unsettle("new.id")),
    "act_in": ("INSERT ON act", "", _FORGET_OUTLOOK, _unsettle("new.application")),
    "act_out": ("DELETE ON act", "", _FORGET_OUTLOOK, _unsettle("old.application")),
    "act_changed": (
        "UPDATE OF kind, made, application, confirmed ON act",
        "",
        _FORGET_OUTLOOK,
        _unsettle("old.application"),
        _unsettle("new.application"),
    ),
    "letter_in": ("INSERT ON letter", "", _FORGET_OUTLOOK),
    "letter_out": ("DELETE ON letter", "", _FORGET_OUTLOOK),
    "setting_in": ("INSERT ON setting", _wish("new"), _FORGET_OUTLOOK),
    "setting_out": ("DELETE ON setting", _wish("old"), _FORGET_OUTLOOK),
    "setting_changed": ("UPDATE ON setting", _wish("new"), _FORGET_OUTLOOK),
    "cursor_in": ("INSERT ON cursor", "new.uid < new.lookback", _FORGET_OUTLOOK),
    "cursor_out": ("DELETE ON cursor", "old.uid < old.lookback", _FORGET_OUTLOOK),
    "cursor_changed": ("UPDATE ON cursor", "(old.uid < old.lookback) <> (new.uid < new.lookback)", _FORGET_OUTLOOK),
}

NAMES = frozenset(_TRIGGERS)
CREATE = tuple(
    f"CREATE TRIGGER {name} AFTER {when} {f'WHEN {only} ' if only else ''}BEGIN {' '.join(steps)} END"
    for name, (when, only, *steps) in _TRIGGERS.items()
)
