"""`triage admin migrate`, `make-key`, `rotate-keys`, `health` and `lag`: keeping a hosted service going."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from triage.cli.hosting.engines import OPERATOR, OWNER, WORKER, connected, hosting, keys
from triage.cli.hosting.people import dry_run
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.tables import show, show_json
from triage.errors import StoreError

if TYPE_CHECKING:
    from triage.hosting.rotating import Rotated


@click.command(short_help="Make the tables, or bring them up to date.")
@dry_run
@as_json
@pass_settings
def migrate(settings: Settings, dry_run: bool, as_json: bool) -> None:
    """Make the tables in the database, or bring them up to date, while the workers go on.

    Signs in as the owner of the tables, who does nothing else. Make a backup before.
    """
    url = hosting(settings).database.of(OWNER)
    if dry_run:
        _look(settings)
    else:
        _migrate(url)
    if as_json:
        show_json({"database": url.rpartition("/")[2].partition("?")[0], "migrated": not dry_run})
    if not dry_run:
        click.echo("The tables of the store and of the queue are up to date.", err=True)


def _look(settings: Settings) -> None:
    try:
        with connected(settings, OPERATOR):
            click.echo("The tables of the store are up to date; those of the queue would be looked at.", err=True)
    except StoreError as error:
        click.echo(f"The tables would be brought up to date, as their owner. Now: {error}", err=True)


def _migrate(url: str) -> None:
    import psycopg

    from triage.hosting.layout import lay_out
    from triage.hosting.putting_back import settle_in
    from triage.store import postgres

    postgres.migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        lay_out(connection)
        settle_in(connection)


@click.command("make-key", short_help="Print a new key to seal secrets with.")
def make_key() -> None:
    """Print a new key to seal secrets with: for the file that [keys] names, which nobody else may read.

    Keep a copy of it where the backups of the database are not: without the key nobody, and none of us, can open
    what members have entrusted to you.

    \b
    (umask 077; triage admin make-key > /etc/triage/keys)
    """
    from triage.hosting.sealing import made

    click.echo(made())


@click.command("rotate-keys", short_help="Seal every secret anew by the newest key.")
@dry_run
@as_json
@pass_settings
def rotate_keys(settings: Settings, dry_run: bool, as_json: bool) -> None:
    """Seal every secret anew by the newest key, and say which older keys can be thrown away.

    Before, give every machine with workers both keys, the new one on top; workers read the file again when they meet
    a key that they do not know. A systemd credential they read when they are started anew. To be run where a worker
    runs: it signs in to the database as one, and reads the keys. Stopped half-way it does no harm: run it again.
    """
    from triage.hosting import rotating

    with connected(settings, WORKER) as engine:
        mine = keys(settings)
        if dry_run:
            found = rotating.left(engine, mine)
        else:
            found = rotating.rotate(engine, mine, lambda done: click.echo(f"  {done} sealed anew", err=True))
    if as_json:
        show_json({"newest": mine.newest, **asdict(found)})
    _tell(found, mine.newest, dry_run=dry_run)


def _tell(found: Rotated, newest: str, *, dry_run: bool) -> None:
    many = sum(found.old.values())
    if dry_run and many:
        click.echo(f"{many} secrets would be sealed anew by the key {newest}.", err=True)
    elif many:
        click.echo(
            f"{many} secrets were sealed by an older key meanwhile: does a worker still have the old file?", err=True
        )
    else:
        click.echo(f"Every secret is sealed by the key {newest}.", err=True)
    for name in found.idle:
        click.echo(
            f"The key {name} opens nothing any more. Throw it away when the last backup from before today has run out.",
            err=True,
        )


@click.command(short_help="How the service stands, and what to do.")
@as_json
@pass_settings
def health(settings: Settings, as_json: bool) -> None:
    """Say how the service stands: workers, work that waits, members, mailboxes, providers. Exit code 1 if not well."""
    from triage.hosting import condition

    with connected(settings, OPERATOR) as engine:
        found = condition.findings(engine)
    well = not any(one.remedy for one in found)
    if as_json:
        show_json({"well": well, "findings": [asdict(one) for one in found]})
    else:
        rows = [(one.name, one.told, one.remedy or "-") for one in found]
        show("", ("what", "how it stands", "what to do"), rows, "")
    sys.exit(0 if well else 1)


@click.command(short_help="How far the work is behind.")
@as_json
@pass_settings
def lag(settings: Settings, as_json: bool) -> None:
    """Say how far the work is behind: how much is due, and for how long the oldest of it has waited."""
    from triage.hosting import condition

    with connected(settings, OPERATOR) as engine:
        found = condition.lag(engine)
    if as_json:
        show_json(asdict(found))
        return
    rows = (
        ("jobs that are due", f"{found.waiting}, the oldest for {found.oldest:.0f} s"),
        ("jobs in hand", str(found.doing)),
        ("jobs for later", str(found.later)),
        ("members that are due", f"{found.members}, the longest for {found.overdue:.0f} s"),
    )
    show("", ("what", "how much"), rows, "")
