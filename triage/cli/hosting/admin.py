"""`triage admin`: what those who run a hosted service do, and see: handles, counts and health, and never a letter."""

from __future__ import annotations

import click

from triage.cli.hosting import database, moving, people, upkeep
from triage.cli.hosting.engines import require


@click.group()
def admin() -> None:
    """Run a hosted service: invite members and look after them, their keys, and the health of it all.

    Reads hosting.toml: `triage --config FILE admin ...`, else $TRIAGE_HOSTING, else /etc/triage/hosting.toml. Most of
    it signs in to the database as the operator, who is shown handles and counts, and no letter, employer, address or
    secret. Where a command needs more, its help says so.
    """
    require()


for command in (
    people.invite,
    people.list_,
    people.suspend,
    people.resume,
    people.forget,
    upkeep.health,
    upkeep.lag,
    upkeep.migrate,
    upkeep.make_key,
    upkeep.rotate_keys,
    moving.import_,
    moving.export,
    database.prepare,
    database.unit,
    database.after_restore,
):
    admin.add_command(command)
