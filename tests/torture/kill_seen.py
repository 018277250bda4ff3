"""What a judge outside sees after a kill and a recovery, and how it differs from an undisturbed run."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from tests.torture.world import Outcome, Place
from triage.store import FILE, backup
from triage.store.engine import read_only

Rows = Counter[tuple[str, ...]]

_BESIDE = {
    "cursor": "SELECT mailbox, folder FROM cursor",
    "setting": "SELECT name, value FROM setting WHERE name != 'secret' AND name NOT LIKE 'first look at %'",
    "correction": "SELECT event, judged, before, kind FROM correction",
    "forgotten": "SELECT key FROM forgotten",
    "letter": "SELECT kind, about, sent IS NOT NULL, refused, error FROM letter",
    "application": "SELECT company, role, reference FROM application",
    "wording": "SELECT letter.kind, block, variant FROM wording JOIN letter ON letter.id = wording.letter",
}
"""What the store remembers beside the log: all of it must be as if nothing had happened. But how far each folder is
read depends on when the last look was, how far back that goes on when the first one was, and the folder's number on
when it was made."""
_USUAL = re.compile(rf"{re.escape(FILE)}(-wal|-shm)?|lock|triage-\d{{4}}-\d\d-\d\d\.sqlite3")
_OF_ITS_OWN = re.compile(r"(-new-|\.replaced-).*")


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is compared."""

    outcome: Outcome
    remembered: Rows
    """In the store, beside the log."""
    beside: Rows
    """In the world, beside the inbox: what the scenario looks at, such as a folder of drafts."""
    strays: tuple[str, ...] = ()
    """Kinds of files in the store's folder beside the usual ones, without what is random in their names."""

    @property
    def kept(self) -> tuple[Rows, ...]:
        """What the program itself would say about what was done so far."""
        return (self.outcome.rows, self.outcome.acts, self.remembered)


def seen(place: Place, beside: Rows) -> Seen:
    """Everything in the place now."""
    outcome = place.outcome()
    remembered = Counter[tuple[str, ...]]() if outcome.faults else _remembered(place.store / FILE)
    return Seen(outcome, remembered, beside + _backups(place.store), _strays(place.store))


def _remembered(store: Path) -> Rows:
    with closing(read_only(store)) as connection:
        return Counter((table, *map(str, row)) for table, query in _BESIDE.items() for row in connection.execute(query))


def _strays(store: Path) -> tuple[str, ...]:
    files = [path.name for path in store.rglob("*") if path.is_file()]
    return tuple(sorted({_OF_ITS_OWN.sub(r"\1", name) for name in files if not _USUAL.fullmatch(name)}))


def _backups(store: Path) -> Rows:
    """Is there one, and are all of them sound? How many there are depends on when each was made."""
    return Counter({("backup", one.fault) for one in backup.existing(store)})


def difference(expected: Seen, found: Seen) -> str:
    """Empty where they are equal. Else what is wrong, the worst first: corrupt, doubled, lost, or just not the same."""
    if found.outcome.faults:
        return f"corrupt: {found.outcome.faults[0]}"
    if found.outcome.copies > 1:
        return f"doubled: {found.outcome.copies} copies of one letter"
    for name, before, after in _compared(expected, found):
        more, fewer = after.total() - before.total(), before - after
        if more > 0:
            return f"doubled: {name} {_words(after - before)}"
        if more < 0:
            return f"lost: {name} {_words(fewer)}"
        if fewer:
            return f"changed: {name} {_words(after - before)} in place of {_words(fewer)}"
    return _rest(expected, found)


def _compared(expected: Seen, found: Seen) -> tuple[tuple[str, Rows, Rows], ...]:
    one, other = expected.outcome, found.outcome
    return (
        ("row", one.rows, other.rows),
        ("letter", one.letters, other.letters),
        ("act", one.acts, other.acts),
        ("in the store", expected.remembered, found.remembered),
        ("beside", expected.beside, found.beside),
    )


def _rest(expected: Seen, found: Seen) -> str:
    one, other = expected.outcome, found.outcome
    if one.unsent != other.unsent:
        return f"lost: {other.unsent} letters still on their way"
    if (one.messages, one.flags) != (other.messages, other.flags):
        return f"changed: {other.messages} messages with other flags, or {one.messages} before"
    if expected.strays != found.strays:
        return (
            f"left behind: {', '.join(found.strays) or 'nothing'} in place of {', '.join(expected.strays) or 'nothing'}"
        )
    return "" if replace(one, copies=0) == replace(other, copies=0) else "changed: something else"


def _words(rows: Rows) -> str:
    """The first of them, in a few words; all mail here is made up."""
    first = " | ".join(next(iter(rows), ()))
    return f"({first[:160]})" + (f" and {len(rows) - 1} more" if len(rows) > 1 else "")
