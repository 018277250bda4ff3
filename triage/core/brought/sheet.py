"""From a table to what it tells, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from triage.core.brought import Bad, Sheet, Told
from triage.core.brought.cells import unguarded
from triage.core.brought.dates import AmbiguousError, Calendar, DateError
from triage.core.brought.lists import LATER, Lists, plain
from triage.core.brought.table import Row, Table
from triage.core.characters import clean, line
from triage.core.journey import State
from triage.core.values import Stage

LONGEST, LONGEST_NOTE = 200, 4_000
"""Characters kept of a name and of a note."""
_OLDEST = date(1970, 1, 1)
COLUMNS = ("company", "role", "applied", "status", "changed", "stage", "interview", "deadline", "reference", "note")


class SheetError(ValueError):
    """The list as a whole cannot be entered; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How one list is read: the words that are known, and what the reader has said of it."""

    lists: Lists
    calendar: Calendar
    today: date
    columns: Mapping[str, str] = field(default_factory=dict)
    """Headings by what they are for (`COLUMNS`), as the reader says."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """States by the words of the list, as the reader says."""

    def known(self, heading: str) -> bool:
        """Is it understood what stands in this column?"""
        return plain(heading) in self.lists.columns or plain(heading) in map(plain, self.columns.values())


def ambiguous(table: Table, reading: Reading) -> str:
    """The first date that has two meanings, or nothing."""
    places = _places(table.heading, reading)
    for row in table.rows:
        for name in ("applied", "changed", "interview", "deadline"):
            try:
                text = _Cells(row, places)[name]
                reading.calendar.day(text or "2000-01-01")
            except AmbiguousError:
                return text
            except DateError:
                continue
    return ""


def read(table: Table, reading: Reading) -> Sheet:
    """Everything the table tells. Raises SheetError where a column that is needed is missing."""
    places = _places(table.heading, reading)
    for name in ("company", "applied"):
        if name not in places:
            heads = ", ".join(f"'{line(head, 40)}'" for head in table.heading[:12])
            raise SheetError(f"no column says {_NEEDED[name]}; name it with --map {name}=HEADING. Its columns: {heads}")
    found = [_read(row, places, reading) for row in table.rows]
    used = {place: name for name, place in places.items()}
    return Sheet(
        told=tuple(one for one in found if isinstance(one, Told)),
        bad=tuple(one for one in found if isinstance(one, Bad)),
        later=sum(one is None for one in found),
        columns=tuple((table.heading[place], name) for place, name in sorted(used.items())),
        unused=tuple(head for place, head in enumerate(table.heading) if head and place not in used),
    )


_NEEDED = {"company": "who the employer is", "applied": "when it was applied for"}


def _places(heading: Sequence[str], reading: Reading) -> Mapping[str, int]:
    """In which column what stands: what the reader says comes first, then the first heading that is known."""
    said = {plain(head): name for name, head in reading.columns.items()}
    for name, head in reading.columns.items():
        if head and plain(head) not in map(plain, heading):
            raise SheetError(f"it has no column '{head}', which --map {name}={head} names")
    places: dict[str, int] = {}
    for place, head in enumerate(map(plain, heading)):
        name = said.get(head) or reading.lists.columns.get(head, "")
        if name and name not in places and (head in said or name not in reading.columns):
            places[name] = place
    return places


@dataclass(frozen=True, slots=True)
class _Cells:
    """A row by what stands where."""

    row: Row
    places: Mapping[str, int]

    def __getitem__(self, name: str) -> str:
        place = self.places.get(name, -1)
        return unguarded(self.row.cells[place]) if 0 <= place < len(self.row.cells) else ""


def _read(row: Row, places: Mapping[str, int], reading: Reading) -> Told | Bad | None:
    """What one row tells; None for what was not sent yet."""
    cells = _Cells(row, places)
    try:
        status = _status(cells["status"], reading)
        return None if status == LATER else _told(cells, State(status), reading)
    except ValueError as error:
        return Bad(row.line, str(error))


def _told(cells: _Cells, state: State, reading: Reading) -> Told:
    company = line(cells["company"], LONGEST)
    if not company:
        raise ValueError("no employer is named")
    if not cells["applied"]:
        raise ValueError("it does not say when it was applied for")
    word = plain(cells["status"])
    calendar = reading.calendar
    return Told(
        line=cells.row.line,
        company=company,
        role=line(cells["role"], LONGEST),
        applied=_past(calendar.day(cells["applied"]), cells["applied"], reading.today),
        state=state,
        stage=_stage(cells["stage"], word, reading.lists),
        changed=_past(calendar.day(cells["changed"]), cells["changed"], reading.today) if cells["changed"] else None,
        interview=calendar.moment(cells["interview"]) if cells["interview"] else "",
        deadline=calendar.day(cells["deadline"]).isoformat() if cells["deadline"] else "",
        reference=line(cells["reference"], LONGEST),
        note="\n".join(_lines(cells["note"])),
    )


def _past(day: date, text: str, today: date) -> date:
    if not _OLDEST <= day <= today:
        raise ValueError(f"'{text}' lies {'in the future' if day > today else 'too far back'}")
    return day


def _status(text: str, reading: Reading) -> str:
    word = plain(text)
    said = {plain(name): state for name, state in reading.statuses.items()}
    found = said.get(word) or reading.lists.statuses.get(word)
    if found is None and word:
        raise ValueError(
            f"the status '{line(text, 40)}' is not known; say what it means: --status \"{line(text, 40)}=open\""
        )
    return found or State.OPEN


def _stage(text: str, status: str, lists: Lists) -> Stage:
    """How far: by its own column, or by what the status says beside."""
    word = plain(text)
    if word and word not in lists.stages and word not in lists.statuses:
        raise ValueError(f"the stage '{line(text, 40)}' is not known; leave that column out: --map stage=")
    return lists.stages.get(word) or lists.stages.get(status, Stage.UNKNOWN)


def _lines(text: str) -> Iterator[str]:
    yield from filter(None, (line(one, LONGEST_NOTE) for one in clean(text[:LONGEST_NOTE]).split("\n")))
