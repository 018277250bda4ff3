"""`triage admin import` and `export`: a member brings the store of their own machine, or takes theirs along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.cli.clock import utc_now
from triage.cli.hosting.engines import WORKER, connected
from triage.cli.hosting.people import dry_run, handle
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.tables import show_json

if TYPE_CHECKING:
    from triage.hosting.moving import Moved

_folder = click.Path(path_type=Path)


@click.command("import", short_help="Bring the store of a member's own machine.")
@handle
@click.argument("store", type=_folder, metavar="STORE")
@dry_run
@as_json
@pass_settings
def import_(settings: Settings, handle: str, store: Path, dry_run: bool, as_json: bool) -> None:
    """Bring the STORE of a member's own machine: its folder, or a backup of it. Before they enrol.

    The member ends the service there first, and leaves it so: two that read one mailbox would write twice. Only a
    member without a log can bring one. To be run where a worker runs: it signs in to the database as one, for this
    member alone, with whose consent you do it; what is in the store is not shown.
    """
    from triage.hosting import members, moving

    with connected(settings, WORKER) as engine:
        moved = moving.bring(engine, members.number(engine, handle), store, utc_now(), lasting=not dry_run)
    _tell(handle, moved, "would be brought" if dry_run else "were brought", as_json=as_json)


@click.command(short_help="A copy of what is kept: sent to a member, or for their own machine.")
@handle
@click.argument("folder", type=_folder, metavar="[FOLDER]", required=False)
@click.option("--send", is_flag=True, help="Have a worker send it to the member's own mailbox; the service goes on.")
@dry_run
@as_json
@pass_settings
def export(settings: Settings, handle: str, folder: Path | None, send: bool, dry_run: bool, as_json: bool) -> None:
    """Hand out all that is kept of a member's search, in the form that `triage run` works with.

    With --send a worker puts it into a letter to the member, with their settings. Nobody here can see it, no file of
    it is made on any machine, and the service goes on. This is the way where a member only asks what is kept.

    With FOLDER it is written there, for a machine of their own, and the member is suspended here. Hand it to the
    member and to nobody else, and delete it here. `triage admin resume` lets the service go on; `triage admin forget`
    ends it.

    To be run where a worker runs, with the member's consent; what is in the store is not shown.
    """
    from triage.hosting import exporting, members, moving

    if send == bool(folder):
        raise click.UsageError("Say where to: --send, or a FOLDER.")
    with connected(settings, WORKER) as engine:
        number = members.number(engine, handle)
        if dry_run or folder is None:
            moved = moving.weighed(engine, number)
        else:
            moved = moving.take_along(engine, number, folder, utc_now())
        if send and not dry_run:
            exporting.ask(engine, number, utc_now())
    done = f"in {folder}" if folder else "sent to their mailbox by the next worker"
    _tell(handle, moved, f"{'would be' if dry_run else 'are'} {done}", as_json=as_json)


def _tell(handle: str, moved: Moved, done: str, *, as_json: bool) -> None:
    if as_json:
        show_json({"handle": handle, "rows": moved.number, "checksum": moved.checksum})
    click.echo(f"{moved.number} rows of {handle} {done}; checksum {moved.checksum[:16]}.", err=True)
