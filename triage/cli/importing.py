"""`triage import`: a list of applications that the reader kept elsewhere, as a CSV file, entered into the log."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from triage import resources
from triage.cli.clock import utc_now
from triage.cli.history import KINDS
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.cli.tables import printable, show, show_json
from triage.core.acts import Did
from triage.core.brought import Sheet, Told
from triage.core.brought import lists as words
from triage.core.brought import sheet as sheets
from triage.core.brought import table as tables
from triage.core.brought.dates import Calendar, Order
from triage.core.brought.entering import Batch, Entry, Known, entries
from triage.core.journey import State
from triage.core.shown import shown
from triage.core.values import Kind
from triage.errors import InputError
from triage.store.folder import FILE
from triage.store.imports import Imports, batch_name

if TYPE_CHECKING:
    from triage.store import Store, Work

_COLUMNS = ("line", "applied", "company", "role", "status", "what it adds")
_STATES = (words.LATER, *(state.value for state in State))
_KINDS = {Kind.ACKNOWLEDGEMENT: "applied", Kind.INTERVIEW: "talk", Kind.SILENCE: "silence"}
_ACTS = {Did.NOTE: "note", Did.LET_GO: "let go", Did.WITHDREW: "withdrawn"}
_NAMED_BAD = 20
"""Rows that cannot be read and are named one by one."""


class _Pair(click.ParamType[tuple[str, str]]):
    """NAME=WORD."""

    name = "pair"

    def __init__(self, names: Sequence[str], *, turned: bool = False) -> None:
        self.names, self.turned = names, turned

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        left, _, right = str(value).rpartition("=") if self.turned else str(value).partition("=")
        name = (right if self.turned else left).strip()
        if "=" not in str(value) or name not in self.names:
            self.fail(f"'{value}' names none of: {', '.join(self.names)}.", param, ctx)
        return (left.strip(), name) if self.turned else (name, right.strip())


@dataclass(frozen=True, slots=True)
class _List:
    """A list as it was read, and how."""

    sheet: Sheet
    batch: Batch


@click.command("import")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--map",
    "columns",
    multiple=True,
    type=_Pair(sheets.COLUMNS),
    metavar="WHAT=HEADING",
    help="Which column says what, such as company=Firma; with no heading, none does. May be given several times.",
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=_Pair(_STATES, turned=True),
    metavar="WORD=STATE",
    help=f"What a word of the status column means. STATE is one of {', '.join(_STATES)}.",
)
@click.option("--dates", type=click.Choice(["dmy", "mdy"]), help="Which comes first in 03/04/2026: day or month.")
@click.option("--dry-run", "-n", is_flag=True, help="Only show what would be entered.")
@click.option("--skip-bad", is_flag=True, help="Leave out rows that cannot be read; otherwise nothing is entered then.")
@click.option("--undo", is_flag=True, help="Take the list that was brought last out of the log again.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@pass_settings
def import_(settings: Settings, /, file: Path | None, undo: bool, **options: Any) -> None:
    """Bring a list of applications that you kept elsewhere: FILE is a table as CSV, one application in each row.

    \b
    triage import jobs.csv --dry-run                    look first; nothing is entered
    triage import jobs.csv --map company=Firma --dates dmy
    triage import jobs.csv --status "Trial day=talking"
    triage import --undo

    Columns are known by their headings in English, German, French and Spanish; the employer and the day you applied are
    needed. What is entered is marked as from your list, counts like the rest, and is told by no letter. Mail that comes
    later finds its application. Bringing the same list again adds only what is new in it.
    """
    if undo:
        _undo(existing(settings), yes=options["yes"])
        return
    if file is None:
        raise click.UsageError("Say which FILE to bring, or --undo.")
    found = _read(settings, file, _Said(**{name: options[name] for name in ("columns", "statuses", "dates")}))
    _bring(settings, found, **{name: options[name] for name in ("dry_run", "skip_bad", "yes", "as_json")})


@dataclass(frozen=True, slots=True)
class _Said:
    """What the reader says of the list."""

    columns: tuple[tuple[str, str], ...]
    statuses: tuple[tuple[str, str], ...]
    dates: str | None


def _read(settings: Settings, file: Path, said: _Said) -> _List:
    """Everything the list tells. Raises InputError."""
    now, zone = utc_now(), settings.config.reader.zone
    known = words.parse(resources.lists())
    calendar = Calendar(known.months, Order(said.dates or ""))
    today = now.astimezone(zone).date()
    reading = sheets.Reading(known, calendar, today, dict(said.columns), dict(said.statuses))
    try:
        table = tables.read(_bytes(file), reading.known)
        order = _order(sheets.ambiguous(table, reading))
        sheet = sheets.read(table, replace(reading, calendar=replace(calendar, order=order or calendar.order)))
    except tables.TableError as error:
        raise InputError(f"{file} {error}.") from error
    except sheets.SheetError as error:
        raise InputError(f"{file} cannot be brought: {error}.") from error
    return _List(sheet, Batch(batch_name(now, printable(file.name)), zone, now))


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(tables.MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from error


def _order(date: str) -> Order | None:
    """Asks at a terminal which number of such a date is the day; without one, its rows say how to answer."""
    if not (date and sys.stdin.isatty()):
        return None
    asked = f"'{shown(date)}' can be two days. Which comes first, the day or the month?"
    return Order.DAY if click.prompt(asked, type=click.Choice(["day", "month"]), err=True) == "day" else Order.MONTH


def _bring(settings: Settings, found: _List, *, dry_run: bool, skip_bad: bool, yes: bool, as_json: bool) -> None:
    coming = _coming(settings, found)
    _say(found.sheet, coming, as_json=as_json)
    if found.sheet.bad and not skip_bad:
        raise InputError(
            "Nothing was entered, because of the rows above. Mend them, or leave them out with --skip-bad."
        )
    if dry_run or not coming:
        click.echo("Nothing was entered." if dry_run else "There is nothing new in it.", err=True)
        return
    if not yes and sys.stdin.isatty():
        click.confirm(f"Enter {_applications(len(coming))}?", abort=True, err=True)
    from triage.store import Store

    with Store(settings.store_folder, settings.cipher).writing() as work:
        imports = Imports(work.log.connection)
        # Asked again, for the log may have grown since.
        coming = _entries(work, found)
        imports.enter(coming)
    click.echo(f"Entered: {_applications(len(coming))}. `triage import --undo` takes them out again.", err=True)


def _coming(settings: Settings, found: _List) -> tuple[Entry, ...]:
    """What the list would add. Looking makes no log where there is none yet."""
    if not (settings.store_folder / FILE).exists():
        return entries(found.sheet.told, Known((), {}), found.batch)
    with existing(settings).reading() as work:
        return _entries(work, found)


def _entries(work: Work, found: _List) -> tuple[Entry, ...]:
    imports = Imports(work.log.connection)
    known = Known(work.log.applications(), imports.keys(), imports.acts())
    return entries(found.sheet.told, known, found.batch)


def _applications(number: int) -> str:
    return f"{number} application{'s' * (number != 1)}"


def _say(sheet: Sheet, coming: Sequence[Entry], *, as_json: bool) -> None:
    if as_json:
        show_json(_json(sheet, coming))
    else:
        show("", _COLUMNS, [_row(entry) for entry in coming], "There is nothing new in the list.")
        _remarks(sheet, len(coming))
    for one in sheet.bad[:_NAMED_BAD]:
        click.echo(f"Line {one.line}: {printable(one.why)}.", err=True)
    if len(sheet.bad) > _NAMED_BAD:
        click.echo(f"And {len(sheet.bad) - _NAMED_BAD} more rows that cannot be read.", err=True)


def _remarks(sheet: Sheet, new: int) -> None:
    """How the list was understood."""
    read = ", ".join(f"{shown(head)} = {name}" for head, name in sheet.columns)
    click.echo(f"\nColumns: {read}.", err=True)
    if sheet.unused:
        click.echo(f"Not kept: {', '.join(map(shown, sheet.unused))}.", err=True)
    if sheet.later:
        click.echo(f"Not sent yet, and left out: {_applications(sheet.later)}.", err=True)
    if len(sheet.told) > new:
        click.echo(f"In the log already, or twice in the list: {_applications(len(sheet.told) - new)}.", err=True)


def _row(entry: Entry) -> tuple[str, ...]:
    told = entry.told
    return (str(told.line), told.applied.isoformat(), shown(told.company), shown(told.role), told.state, _adds(entry))


def _adds(entry: Entry) -> str:
    what = [_KINDS.get(event.kind, KINDS[event.kind]) for event in entry.events]
    what += [_ACTS[act.kind] for act in entry.acts]
    begins = "new" if entry.known is None else f"to application {entry.known.id}"
    return f"{begins}: {', '.join(what)}"


def _json(sheet: Sheet, coming: Sequence[Entry]) -> Mapping[str, Any]:
    return {
        "columns": dict(sheet.columns),
        "not_kept": list(sheet.unused),
        "not_sent_yet": sheet.later,
        "bad": [{"line": one.line, "why": one.why} for one in sheet.bad],
        "rows": [_told_json(entry.told) | {"application": entry.known.id if entry.known else None} for entry in coming],
    }


def _told_json(told: Told) -> dict[str, Any]:
    return {
        "line": told.line,
        "company": told.company,
        "role": told.role,
        "applied": told.applied.isoformat(),
        "status": told.state.value,
        "stage": told.stage.value,
        "changed": told.changed.isoformat() if told.changed else None,
        "note": told.note,
    }


def _undo(store: Store, *, yes: bool) -> None:
    with store.reading() as work:
        brought = Imports(work.log.connection).all()
    if not brought:
        raise InputError("No list was brought, or each was taken out again.")
    last = brought[-1]
    when, _, file = last.name.partition(" ")[2].partition(" ")[2].partition(" ")
    what = f"{last.lines} line{'s' * (last.lines != 1)} of {shown(file)}"
    click.echo(f"Brought on {last.name.split(' ')[1]} at {when} UTC: {what}.", err=True)
    if not yes and sys.stdin.isatty():
        click.confirm("Take them out?", abort=True, err=True)
    with store.writing() as work:
        Imports(work.log.connection).undo(last.name)
    click.echo(f"Taken out: {what}. What mail has told stays.", err=True)
