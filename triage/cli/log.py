"""The command that shows the log line by line."""

from __future__ import annotations

from datetime import timedelta

import click

from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.rows import EVENT_COLUMNS, event_json, event_row, waits
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.cli.tables import show, show_json
from triage.core.values import Kind


@click.command()
@click.option("--days", type=click.IntRange(1, 36500), metavar="N", help="Only the last N days.")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Only this kind.")
@as_json
@pass_settings
def log(settings: Settings, days: int | None, kind: str | None, as_json: bool) -> None:
    """Show the log of your search: one line for each thing an employer did, oldest first."""
    since = utc_now() - timedelta(days=days) if days else None
    with existing(settings).reading() as work:
        every = work.log.events()
    events = [one for one in every if (since is None or one.received >= since) and kind in (None, one.kind)]
    if as_json:
        show_json([event_json(event) for event in events])
        return
    zone, waited = settings.config.reader.zone, waits(every)
    show("", EVENT_COLUMNS, [event_row(event, zone, waited) for event in events], "The log is empty so far.")
