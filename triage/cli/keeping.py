"""The commands about what is kept: `export` everything, `forget` some or all of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.private import write_private
from triage.cli.rows import EVENT_COLUMNS, act_json, correction_json, event_json, event_row
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.cli.tables import printable, show, show_json
from triage.core.answers import Answers
from triage.core.journey import normal, state
from triage.core.values import Event
from triage.errors import InputError
from triage.store import Store, backup

_FORMULA = ("=", "+", "-", "@")


@click.command()
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; otherwise stdout.")
@pass_settings
def export(settings: Settings, form: str, output: Path | None) -> None:
    """Write out what is remembered about your search.

    JSON holds the events, the applications, the letters (when, and what they told), what you have corrected, what you
    told by reply or command, what you answered when you were asked, and how far your mailboxes have been read; CSV, for
    a spreadsheet, holds the events.
    """
    store = existing(settings)
    text = _csv(store) if form == "csv" else json.dumps(_everything(store), ensure_ascii=False, indent=2) + "\n"
    if output is None:
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


def _csv(store: Store) -> str:
    with store.reading() as work:
        rows = [event_json(event) for event in work.log.events()]
    columns = [name for name in (rows[0] if rows else {"id": 0}) if name not in ("evidence", "message_id")]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    """A spreadsheet would run a cell that begins like a formula, and mails can make a company's name one."""
    text = printable(" / ".join(value) if isinstance(value, list) else str(value)).strip()
    return "'" + text if text.startswith(_FORMULA) else text


@click.command()
@click.argument("numbers", nargs=-1, type=int, metavar="[#]...")
@click.option("--company", help="Everything about this company.")
@click.option(
    "--all", "everything", is_flag=True, help="The whole log, the record of letters, all corrections and answers."
)
@click.option("--dry-run", "-n", is_flag=True, help="Only show what would be forgotten.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@pass_settings
def forget(
    settings: Settings,
    numbers: tuple[int, ...],
    company: str | None,
    everything: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove lines from the log, for good: by number, by company, or all of it.

    They are overwritten in the file, with what was learnt from them, and not logged again should the same mail be
    read once more: what stays is how far your mailboxes have been read, and a fingerprint of each mail forgotten. To
    remove these too, stop the service and delete the store's folder; the next run then begins anew.

    Backups hold what the log held when they were made. So all of them are deleted, with any log that `triage restore`
    has put aside, and one new backup is made. What you copied elsewhere yourself, and letters that were delivered to
    your mailbox, only you can delete.
    """
    store = existing(settings)
    with store.reading() as work:
        events = _chosen(work.log.events(), numbers, company, everything=everything)
    if as_json:
        show_json([event_json(event) for event in events])
    else:
        rows = [event_row(event, settings.config.reader.zone) for event in events]
        show("To be forgotten", EVENT_COLUMNS, rows, "Nothing in the log fits.")
    if dry_run or not (events or everything):
        return
    if not yes:
        click.confirm("Forget this for good?", abort=True, err=True)
    _forget(store, [event.id for event in events], everything=everything)
    what = "everything" if everything else len(events)
    click.echo(f"Forgotten: {what}. The backups made before are deleted, and there is a new one.", err=True)


def _forget(store: Store, ids: Sequence[int], *, everything: bool) -> None:
    # Before and after: killed in between, it must not be forgotten in the log alone.
    backup.clear(store.path.parent, store.cipher)
    with store.writing() as work:
        work.outbox.withdraw(ids)
        work.log.forget(ids)
        if everything:
            work.outbox.clear()
            work.corrections.clear()
            work.acts.clear()
            work.notes.answer(Answers())
    store.shrink()
    backup.rewrite(store.path.parent, utc_now(), store.cipher)


def _chosen(events: Sequence[Event], numbers: Sequence[int], company: str | None, *, everything: bool) -> list[Event]:
    if not (numbers or company or everything):
        raise click.UsageError("Say what to forget: numbers as `triage log` shows them, --company NAME, or --all.")
    missing = sorted(set(numbers) - {event.id for event in events})
    if missing:
        raise InputError(f"The log has no line {', '.join(map(str, missing))}; `triage log` shows the numbers.")
    name = normal(company or "")
    return [
        event
        for event in events
        if everything or event.id in numbers or (name and normal(event.details.company) == name)
    ]
