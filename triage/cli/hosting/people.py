"""`triage admin invite`, `list`, `suspend`, `resume`, `forget`: who takes part, by handles alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from triage.cli.clock import utc_now
from triage.cli.hosting.engines import OPERATOR, connected, hosting
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.tables import show, show_json
from triage.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from triage.hosting.roll import Standing

handle = click.argument("handle", metavar="HANDLE")
dry_run = click.option("--dry-run", "-n", is_flag=True, help="Only say what would be done.")
_COLUMNS = ("handle", "state", "provider", "fault", "failures", "last look (UTC)", "next (UTC)")


@click.command(short_help="A handle and a code for a new member.")
@click.option("--days", type=click.IntRange(1, 90), help="How long the code counts; otherwise as configured.")
@click.option("--number", type=click.IntRange(1, 10_000), default=1, show_default=True, help="How many codes.")
@click.option("--again", metavar="HANDLE", help="For a member there is: a code to sign in anew. All of theirs stays.")
@dry_run
@as_json
@pass_settings
def invite(settings: Settings, days: int | None, number: int, again: str | None, dry_run: bool, as_json: bool) -> None:
    """Make a handle and a code for a new member: with the code they enrol, once (`triage enrol CODE`).

    Write down which handle is whose where you keep your members, if you must: nothing here will tell you.
    """
    from triage.hosting import enrolment, roll

    expires = utc_now() + timedelta(days=days or hosting(settings).enrolment.days)
    with connected(settings, OPERATOR) as engine:
        if again:
            roll.one(engine, again)
            made = [] if dry_run else [enrolment.invite_again(engine, again, expires)]
        else:
            made = [] if dry_run else [enrolment.invite(engine, expires) for _ in range(number)]
    until = f"until {expires:%Y-%m-%d %H:%M} UTC"
    if as_json:
        show_json([{"handle": one.handle, "code": one.code, "expires": one.expires.isoformat()} for one in made])
        return
    for one in made:
        click.echo(f"{one.handle}  {one.code}")
    would = f"There would be a code for {again or f'{number} new members'}, good {until}."
    click.echo(would if dry_run else f"Good {until}, once: triage enrol CODE", err=True)


@click.command("list", short_help="Every member, by handle, with state and health.")
@click.option("--state", type=click.Choice(["invited", "active", "suspended", "leaving"]), help="Only these.")
@click.option("--fault", "faults", is_flag=True, help="Only those whose mailbox cannot be read.")
@as_json
@pass_settings
def list_(settings: Settings, state: str | None, faults: bool, as_json: bool) -> None:
    """Show every member: handle, state, provider, what is wrong with the mailbox if anything is, and the last look.

    \b
    locked-out   the provider takes the sign-in no more: give the member a new code,
                 `triage admin invite --again HANDLE`
    unreachable  the mail server is away: it is tried again, less and less often
    refused      it lets us in and does not do what it should: it is tried again
    broken       a fault of ours, or a missing key: see the worker's log
    """
    from triage.hosting import roll

    with connected(settings, OPERATOR) as engine:
        found = [one for one in roll.members(engine) if state in (None, one.state) and (one.fault or not faults)]
    if as_json:
        show_json([one.told for one in found])
    else:
        show(
            "", _COLUMNS, [_row(one) for one in found], "There is no such member." if state else "There is nobody yet."
        )


def _row(one: Standing) -> tuple[str, ...]:
    times = (f"{at:%Y-%m-%d %H:%M}" if at else "-" for at in (one.polled, one.due))
    return (one.handle, one.state, one.provider or "-", one.fault or "-", str(one.failures), *times)


@click.command(short_help="Do nothing for a member for now.")
@handle
@dry_run
@as_json
@pass_settings
def suspend(settings: Settings, handle: str, dry_run: bool, as_json: bool) -> None:
    """Do nothing for this member until `triage admin resume`: no look, no letter. All of theirs stays."""
    from triage.hosting import enrolment

    _change(settings, handle, enrolment.suspend, "suspended", dry_run=dry_run, as_json=as_json)


@click.command(short_help="Go on with a member.")
@handle
@dry_run
@as_json
@pass_settings
def resume(settings: Settings, handle: str, dry_run: bool, as_json: bool) -> None:
    """Go on with this member where it was suspended, and look into the mailbox soon."""
    from triage.hosting import enrolment

    _change(settings, handle, enrolment.resume, "active", dry_run=dry_run, as_json=as_json)


@click.command(short_help="Remove a member with everything, for good.")
@handle
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@dry_run
@as_json
@pass_settings
def forget(settings: Settings, handle: str, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Remove this member for good, with everything: log, letters, settings, passwords, waiting work.

    Letters that were delivered lie in the member's own mailbox, and stay there. Backups of the database hold what it
    held until they run out (`triage help data-protection`). Where the member signed in by OAuth, they can take that
    back on the page of their account.
    """
    from triage.hosting import enrolment

    if not (yes or dry_run):
        click.confirm(f"Remove {handle} and everything of theirs for good?", abort=True, err=True)
    _change(settings, handle, enrolment.forget, "forgotten", dry_run=dry_run, as_json=as_json)


def _change(
    settings: Settings, handle: str, change: Callable[[Engine, str], None], state: str, *, dry_run: bool, as_json: bool
) -> None:
    from triage.hosting import roll

    with connected(settings, OPERATOR) as engine:
        before = roll.one(engine, handle).state
        if not dry_run:
            change(engine, handle)
            if state == "forgotten" and roll.find(engine, handle):
                raise InputError(f"{handle} is still there.")
    if as_json:
        show_json({"handle": handle, "before": before, "state": before if dry_run else state})
    else:
        click.echo(f"{handle} {'would be' if dry_run else 'is'} {state}; before: {before}.", err=True)
