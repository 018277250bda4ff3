"""The commands about copies of the store: `backup` makes and lists them, `restore` goes back to one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.tables import local, show, show_json
from triage.errors import InputError, OutputError
from triage.store import FILE, held
from triage.store.backup import Backup


@click.command()
@click.option("--list", "listed", is_flag=True, help="Show the backups there are, and make none.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Make the copy here instead.")
@as_json
@pass_settings
def backup(settings: Settings, listed: bool, output: Path | None, as_json: bool) -> None:
    """Make a backup of the log now, or show those there are.

    The service makes one every day and keeps seven, in the folder `backups` beside the log; so you need this only
    before something daring, or for a copy on another disk. It may run while the service does. A copy that you make
    with -o is yours to look after: `triage forget` cannot reach it.

    \b
    triage backup                          one more, in place of today's
    triage backup --list                   when they were made, and whether they are sound
    triage backup -o /media/stick/triage   a copy elsewhere; `triage restore FILE` takes it back
    """
    from triage.store import backup as backups

    folder = settings.store_folder
    if not listed:
        _existing(folder)
        path = _write(settings, output) if output else backups.make(folder, utc_now(), settings.cipher)
        found = [backups.inspect(path, settings.cipher)]
    else:
        found = list(backups.existing(folder, settings.cipher))
    _show(settings, found, as_json=as_json)


def _existing(folder: Path) -> None:
    if not (folder / FILE).exists():
        raise InputError(f"There is no log in {folder} that could be copied.")


def _write(settings: Settings, output: Path) -> Path:
    from triage.store.backup import write

    try:
        write(settings.store_folder, output, utc_now(), settings.cipher)
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror}.") from error
    return output


def _show(settings: Settings, found: list[Backup], *, as_json: bool) -> None:
    if as_json:
        show_json([_json(one) for one in found])
        return
    zone = settings.config.reader.zone
    rows = [
        (local(one.made, zone), str(one.lines), f"{one.size // 1024} kB", one.fault or str(one.path)) for one in found
    ]
    show("", ("made", "lines", "size", "file"), rows, "There is no backup so far; the service makes one every day.")


def _json(one: Backup) -> dict[str, Any]:
    return {**asdict(one), "path": str(one.path), "made": one.made.isoformat() if one.made else ""}


@click.command()
@click.argument("which", required=False, default="", metavar="[DATE|FILE]")
@click.option("--dry-run", "-n", is_flag=True, help="Check the copy, say what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@pass_settings
def restore(settings: Settings, which: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Go back to a backup: the newest sound one, that of a day (2026-03-02), or the copy in a file.

    Stop the service first. The copy is checked before anything is touched, and the log of now is kept beside it, as
    triage.sqlite3.replaced-..., for you to delete.

    What came by mail since the backup comes back by itself: your mailbox is read again from there. What you told the
    program since then by command is gone. Letters that you have had since are found there too, and what they told is
    not told again: except by those that you have deleted, or that went to a folder which is not watched.
    """
    from triage.store import restore as going_back

    folder, cipher = settings.store_folder, settings.cipher
    source = going_back.chosen(folder, which, cipher)
    if dry_run:
        with going_back.prepared(folder, source, cipher) as found:
            _tell(settings, source, found, [], as_json=as_json, done=False)
        return
    with held(folder), going_back.prepared(folder, source, cipher) as found:
        if not yes:
            _explain(settings, source, found)
            click.confirm("Go back to it?", abort=True, err=True)
        kept = going_back.put_back(folder, found.path, utc_now(), cipher)
        _tell(settings, source, found, [str(path) for path in kept], as_json=as_json, done=True)


def _explain(settings: Settings, source: Path, found: Backup) -> None:
    click.echo(
        f"{source} is sound: {found.lines} line(s), made {local(found.made, settings.config.reader.zone)}. Mail since "
        "then is read again; what you told, corrected or answered since then is gone.",
        err=True,
    )


def _tell(settings: Settings, source: Path, found: Backup, kept: list[str], *, as_json: bool, done: bool) -> None:
    if as_json:
        show_json({**_json(found), "path": str(source), "restored": done, "kept": kept})
        return
    if not done:
        _explain(settings, source, found)
        return
    since = local(found.made, settings.config.reader.zone)
    click.echo(f"The log is that of {since} again. Mail since then is read again when the service runs.")
    for path in kept:
        click.echo(f"Kept: {path}", err=True)
