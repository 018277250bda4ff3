"""`triage forget`: some or all of what is kept is removed, for good."""

from __future__ import annotations

from collections.abc import Sequence

import click

from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.private import REPORT
from triage.cli.rows import EVENT_COLUMNS, event_json, event_row
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.cli.tables import show, show_json
from triage.core.answers import Answers
from triage.core.journey import normal
from triage.core.values import Event
from triage.errors import InputError
from triage.store import Store, backup


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
    # The page of `triage report` names what the log named.
    (store.path.parent / REPORT).unlink(missing_ok=True)
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
