"""The commands that work: `run` for good, `poll` once."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from triage.cli import build
from triage.cli.apart import apart
from triage.cli.clock import utc_now
from triage.cli.journal import set_level
from triage.cli.letter import show_letter
from triage.cli.options import as_json, pass_settings
from triage.cli.progress import bars
from triage.cli.rows import EVENT_COLUMNS, event_json, event_row
from triage.cli.settings import Settings
from triage.cli.tables import show, show_json
from triage.config.outline import seal
from triage.config.values import Config
from triage.core.values import Event
from triage.desktop import Notice
from triage.errors import ConfigError, CredentialError, StoreError, TriageError
from triage.notify import Notifier
from triage.service import Service
from triage.store import FILE, Store, copy, held
from triage.store.glance import CHECKED
from triage.watch import Watch

log = logging.getLogger(__name__)


@click.command()
@pass_settings
def run(settings: Settings) -> None:
    """Watch the mailboxes and write letters, until stopped (SIGTERM, or Ctrl-C).

    This is what the systemd unit runs. Only one service works on a store; a second one says so and ends. The first
    run looks back the configured number of days, logs what it finds, and tells it in one letter at most.

    SIGHUP reads the configuration anew. Where there is something wrong with it, the log says what, and the service
    goes on with the old one.
    """
    # Until we watch, a changed configuration is about to be read anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # And we are as good as dead at once when told to end: an exception would be lost where it is raised in a finaliser.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
    settings.read_apart()
    config = settings.config
    set_level(config.service.log_level, verbose=settings.verbose, debug=settings.debug)
    _require_passwords(config)
    with held(settings.store_folder) as lock, bars() as progress:
        if not (settings.store_folder / FILE).exists():
            # What lays out the tables takes as much room as the rest of the store, and is needed this once.
            apart(lambda: Store(settings.store_folder, settings.cipher).close())
        store = Store(settings.store_folder, settings.cipher)
        service = _service(config, store)
        with store.writing() as work:
            work.outbox.retry_refused(utc_now())
        _remember(settings, store)
        watch = Watch(service, Notifier(), progress, lambda: _successor(settings, store))
        # A thread that has not come to its end goes on until the process does: nobody else may begin before that.
        lock.is_for_good = not watch.run()
        store.close()


def _require_passwords(config: Config) -> None:
    """Told now, with an exit code systemd understands, and not in an hour in the log: only a person can mend it."""
    try:
        for account in config.accounts:
            build.require_secret(account)
    except CredentialError:
        build.tell(config)(Notice.NEEDS_YOU)
        raise


def _service(config: Config, store: Store) -> Service:
    tell = build.tell(config)
    return Service(build.pipeline(config, store), build.watched(config), build.courier(config), tell=tell)


def _remember(settings: Settings, store: Store) -> None:
    """Keep in the store that this configuration is a good one: `triage status` need not look at it closely then."""
    name = seal(settings.text)
    with store.writing() as work:
        if work.notes.setting(CHECKED) != name:
            work.notes.set(CHECKED, name)


def _successor(settings: Settings, store: Store) -> Service | None:
    """The service that the configuration now asks for; None, and a line in the log, where it cannot be had."""
    changed = Settings(settings.explicit, verbose=settings.verbose, debug=settings.debug)
    try:
        changed.read_afresh()
        if changed.store_folder != settings.store_folder:
            raise ConfigError("[store] path has changed, which takes a restart.")
        if changed.config.store.encrypted != settings.config.store.encrypted:
            raise ConfigError("[store] encrypted has changed, which takes a restart.")
        _require_passwords(changed.config)
        service = _service(changed.config, store)
        _remember(changed, store)
        set_level(changed.config.service.log_level, verbose=settings.verbose, debug=settings.debug)
        return service
    except TriageError as error:
        log.warning("The configuration is left as it was: %s", str(error).replace("\n", " "))
        return None


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
        copy(settings.store_folder, Path(folder), settings.cipher)
        _poll(settings, Path(folder), as_json=as_json, send=False)


def _poll(settings: Settings, folder: Path, *, as_json: bool, send: bool = True) -> None:
    store, config = Store(folder, settings.cipher), settings.config
    service = _service(config, store)
    _remember(settings, store)
    with store.reading() as work:
        before = work.log.newest()
    failed = _read_all(service)
    drafts = () if send else service.pipeline.write(utc_now())
    sent = service.tick() if send else len(drafts)
    if send:
        _back_up(service)
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


def _back_up(service: Service) -> None:
    """What was read and sent is done; that it could not be copied as well is no failure of the whole."""
    try:
        service.back_up()
    except StoreError as error:
        click.echo(f"triage: {error}", err=True)


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
