"""`triage export`: what is remembered, for programs, for spreadsheets, and for a calendar."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from triage.cli.options import pass_settings
from triage.cli.private import write_private
from triage.cli.rows import act_json, correction_json, event_json
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.core.brought import leaving
from triage.core.brought.cells import guarded
from triage.core.journey import state
from triage.store import Store

_UNTOLD = ("evidence", "message_id")
"""Columns that say nothing to a person."""
_MARK = "\ufeff"
"""By this, Excel knows that a file is UTF-8."""


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv", "spreadsheet", "ics"]),
    default="json",
    show_default=True,
    help="json: everything; csv: the lines of the log; spreadsheet: a row for each application; ics: talks and dates.",
)
@click.option(
    "--bom/--no-bom", default=None, help="Begin CSV with a mark by which Excel knows UTF-8; spreadsheet has it."
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; otherwise stdout.")
@pass_settings
def export(settings: Settings, form: str, bom: bool | None, output: Path | None) -> None:
    """Write out what is remembered about your search.

    JSON holds the events, the applications, the letters (when, and what they told), what you have corrected, what you
    told by reply or command, what you answered when you were asked, and how far your mailboxes have been read; CSV
    holds the events, and `spreadsheet` the applications, which `triage import` can read again. No cell of either is
    taken for a formula. `ics` holds talks and deadlines for your calendar: bring the file in again, and what has moved
    moves there.
    """
    store = existing(settings)
    if form == "ics":
        text = _calendar(settings, store)
    elif form == "json":
        text = json.dumps(_everything(store), ensure_ascii=False, indent=2) + "\n"
    else:
        mark = _MARK if (bom if bom is not None else form == "spreadsheet") else ""
        text = mark + (log_table(store) if form == "csv" else _applications(settings, store))
    if output is None or str(output) == "-":
        click.echo(text, nl=False)
        return
    write_private(output, text)


def _everything(store: Store) -> dict[str, Any]:
    with store.reading() as work:
        return {
            "format": 1,
            "events": [event_json(event) for event in work.log.events()],
            "applications": [
                {"id": one.id, "company": one.company, "role": one.role, "state": state(one).value}
                for one in work.log.applications()
            ],
            "letters": [
                {
                    "kind": one.kind.value,
                    "written": one.composed.isoformat(),
                    "sent": one.sent and one.sent.isoformat(),
                    "told": list(one.told),
                }
                for one in work.outbox.letters()
            ],
            "corrections": [correction_json(one) for one in work.corrections.all()],
            "told": [act_json(act) for act in work.acts.all()],
            "answers": asdict(work.notes.answers()),
            "read": [
                {"mailbox": one.mailbox, "folder": one.folder, "uidvalidity": one.uidvalidity, "uid": one.uid}
                for one in work.log.cursors()
            ],
        }


def log_table(store: Store) -> str:
    """The lines of the log as CSV."""
    with store.reading() as work:
        rows = [event_json(event) for event in work.log.events()]
    columns = [name for name in (rows[0] if rows else {"id": 0}) if name not in _UNTOLD]
    return written(columns, ([_text(row[name]) for name in columns] for row in rows))


def _text(value: object) -> str:
    return " / ".join(map(str, value)) if isinstance(value, list) else str(value)


def _applications(settings: Settings, store: Store) -> str:
    with store.reading() as work:
        every = work.log.applications()
    return written(leaving.HEADING, leaving.table(every, settings.config.reader.zone))


def written(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as CSV. Every cell stands in quotes, or a delimiter of another country would cut it in two."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(["\n".join(map(guarded, cell.splitlines())) for cell in row] for row in rows)
    return text.getvalue()


def _calendar(settings: Settings, store: Store) -> str:
    from triage.cli.report import words
    from triage.core import calendar

    with store.reading() as work:
        found = calendar.entries(work.log.applications(), settings.config.reader.zone)
    return calendar.written(found, words(settings.config)).decode()
