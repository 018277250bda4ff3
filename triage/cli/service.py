"""The commands that work: `run` for good, `poll` once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from triage.cli import build
from triage.cli.journey import show_letter
from triage.cli.options import as_json, pass_settings
from triage.cli.progress import bars
from triage.cli.settings import Settings
from triage.cli.tables import EVENT_COLUMNS, event_json, event_row, show, show_json
from triage.core.values import Event
from triage.errors import TriageError
from triage.notify import Notifier
from triage.service import Service, Watch, utc_now
from triage.store import Store, copy, held


@click.command()
@pass_settings
def run(settings: Settings) -> None:
    """Watch the mailboxes and write letters, until stopped (SIGTERM, or Ctrl-C).

    This is what the systemd unit runs. Only one service works on a store; a second one says so and ends. The first
    run looks back the configured number of days, logs what it finds, and tells it in one letter at most.
    """
    config = settings.config
    for account in config.accounts:
        # Told now, with an exit code systemd understands, and not in an hour in the log: only a person can mend it.
        build.password(account)()
    with held(settings.store_folder), bars() as progress:
        store = Store(settings.store_folder)
        pipeline, courier = build.pipeline(config, store), build.courier(config)
        with store.writing() as work:
            work.outbox.retry_refused(utc_now())
        Watch(Service(pipeline, build.watched(config), courier), Notifier(), progress).run()
        store.close()


@click.command()
@click.option("--dry-run", "-n", is_flag=True, help="Show what would be logged and written; keep and send nothing.")
@as_json
@pass_settings
def poll(settings: Settings, dry_run: bool, as_json: bool) -> None:
    """Look at every mailbox once, write the letters that are due, deliver them, and stop.

    For those who would rather use cron than a service. With --dry-run it works on a copy of the store that is
    thrown away, and no letter leaves.
    """
    if not dry_run:
        with held(settings.store_folder):
            _poll(settings, settings.store_folder, as_json=as_json)
        return
    with TemporaryDirectory(prefix="triage-") as folder:
        copy(settings.store_folder, Path(folder))
        _poll(settings, Path(folder), as_json=as_json, send=False)


def _poll(settings: Settings, folder: Path, *, as_json: bool, send: bool = True) -> None:
    store, config = Store(folder), settings.config
    service = Service(build.pipeline(config, store), build.watched(config), build.courier(config))
    with store.reading() as work:
        before = work.log.newest()
    failed = _read_all(service)
    drafts = () if send else service.pipeline.write(utc_now())
    sent = service.tick() if send else len(drafts)
    with store.reading() as work:
        new, troubles = work.log.events(after=before), work.outbox.troubles()
    store.close()
    _tell(settings, new, sent, as_json=as_json)
    if not as_json:
        for draft in drafts:
            show_letter(draft, preview=True)
    for sentence in troubles:
        click.echo(f"triage: {sentence}", err=True)
    if failed:
        raise failed[0]


def _read_all(service: Service) -> list[TriageError]:
    """One mailbox that cannot be read must not keep the others from being read."""
    failed = []
    with bars() as progress:
        for watched in service.watched:
            try:
                service.poll(watched, progress)
            except TriageError as error:
                failed.append(error)
            finally:
                watched.mailbox.close()
    return failed


def _tell(settings: Settings, new: Sequence[Event], letters: int, *, as_json: bool) -> None:
    if as_json:
        show_json({"logged": [event_json(event) for event in new], "letters": letters})
        return
    zone = settings.config.reader.zone
    show("New in the log", EVENT_COLUMNS, [event_row(event, zone) for event in new], "Nothing new for the log.")
    click.echo(f"Letters: {letters}.", err=True)
