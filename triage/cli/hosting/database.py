"""`triage admin prepare`, `unit`, `after-restore`: how a hosted service begins, and begins again after a loss."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

import click

from triage.cli.clock import utc_now
from triage.cli.hosting.engines import OWNER, hosting
from triage.cli.hosting.people import dry_run
from triage.cli.installing import executable
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.tables import show_json

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from triage.hosting.putting_back import Returned

_SHOWN = 20
"""Handles in a sentence."""


@click.command(short_help="Print the SQL that makes the three roles.")
def prepare() -> None:
    """Print the SQL that makes the three roles of the database, without passwords: for its administrator, once.

    \b
    triage admin prepare | sudo -u postgres psql
    """
    from triage.store.postgres import PREPARE

    click.echo(PREPARE.strip())


@click.command(short_help="Print the systemd unit of the workers.")
def unit() -> None:
    """Print the hardened systemd unit of the workers, with the path of this program: for an administrator to place.

    \b
    triage admin unit > /etc/systemd/system/triage-worker@.service
    """
    from triage.install import worker_unit

    click.echo(worker_unit(executable()), nl=False)


@click.command("after-restore", short_help="To be run when a backup of the database was put back.")
@click.option("--members", type=click.File(encoding="utf-8"), help="The newest list: of `triage admin list --json`.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@dry_run
@as_json
@pass_settings
def after_restore(settings: Settings, members: TextIO | None, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Put right what a backup of the database cannot know, before workers start in it again.

    No letter is written to anybody until their mailbox was read for those written since the backup: so nothing is told
    twice. With --members, who has left since is removed again, and who was suspended since is suspended again; keep
    such a list apart from the backups. Signs in as the owner of the tables.
    """
    from triage.hosting import putting_back

    known = putting_back.listed(members.read()) if members else None
    with _as_owner(settings) as engine:
        found = putting_back.found(engine, known)
        if not dry_run:
            _confirm(found, yes=yes)
            putting_back.put_right(engine, found, utc_now())
    if as_json:
        show_json(asdict(found) | {"done": not dry_run})
    _tell(found, with_list=known is not None, dry_run=dry_run)


@contextmanager
def _as_owner(settings: Settings) -> Iterator[Engine]:
    from triage.store.postgres.engine import connected

    engine = connected(hosting(settings).database.of(OWNER), name="triage admin", size=1)
    try:
        yield engine
    finally:
        engine.dispose()


def _confirm(found: Returned, *, yes: bool) -> None:
    if found.left and not yes:
        click.confirm(f"{_counted(found.left)} left since: remove again, for good?", abort=True, err=True)


def _tell(found: Returned, *, with_list: bool, dry_run: bool) -> None:
    would = "would be" if dry_run else "are"
    said = [f"{found.members - len(found.left)} members' mailboxes {would} read again before a letter is written."]
    if found.left:
        said.append(f"{_counted(found.left)} left since, and {would} removed.")
    if found.suspended:
        said.append(f"{_counted(found.suspended)} suspended since, and {would} suspended again.")
    if found.lost:
        said.append(f"{_counted(found.lost)} came after the backup, which does not know them: invite them anew.")
    if not with_list:
        said.append("Without --members nobody who left since is removed again: `triage admin forget` does that.")
    for sentence in said:
        click.echo(sentence, err=True)


def _counted(handles: tuple[str, ...]) -> str:
    shown = ", ".join(handles[:_SHOWN]) + (", ..." if len(handles) > _SHOWN else "")
    return f"{len(handles)} ({shown})"
