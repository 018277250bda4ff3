"""The command that shows how things stand. It is asked often, so it loads little: see `_at_a_glance`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from triage.cli import standing
from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.paragraphs import paragraph, width
from triage.cli.running import running
from triage.cli.settings import Settings, cipher
from triage.cli.standing import Standing
from triage.cli.stores import existing
from triage.cli.tables import show_json
from triage.config.locate import store_folder
from triage.config.outline import outline, seal
from triage.store.folder import FILE
from triage.store.glance import CHECKED, Glance, glance


@click.command()
@click.option("--short", is_flag=True, help="One line for a panel; the exit code is 1 where something needs you.")
@as_json
@pass_settings
def status(settings: Settings, short: bool, as_json: bool) -> None:
    """Show how things stand: the service, each mailbox, the letters, and anything that needs you.

    What needs you stands first. What is to be done about it stands below it, after ">".
    """
    found = _at_a_glance(settings) or _closely(settings)
    if as_json:
        show_json(standing.as_json(found))
    elif short:
        click.echo(standing.short(found))
    else:
        for line in _shown(standing.lines(found)):
            click.echo(line)
    if short and standing.needs_you(found):
        sys.exit(1)


def _shown(lines: Iterable[standing.Line]) -> Iterable[str]:
    rows, columns = list(lines), width()
    column = max(len(one.what) for one in rows) + 2
    for one in rows:
        yield from paragraph(f"{one.what:{column}}", one.how, one.remedy, columns)


def _at_a_glance(settings: Settings) -> Standing | None:
    """All of it, without the libraries for the configuration and for the store: they take longer than all the rest.

    None where the configuration has changed since a service last read it, or where there is more to the store than
    meets the eye.
    """
    known = outline(settings.text)
    if known is None:
        return None
    folder = store_folder(known.store, os.environ)
    if not (folder / FILE).exists():
        return None
    found = glance(folder, known.cadence, utc_now(), cipher(encrypted=known.encrypted))
    if found is None or found.checked != seal(settings.text):
        return None
    return _standing(settings, found, known.mailboxes, known.cadence.zone, folder)


def _closely(settings: Settings) -> Standing:
    from triage.cli.writing import cadence
    from triage.core.due import next_due
    from triage.pipeline import facts

    now, reader = utc_now(), settings.config.reader
    with existing(settings).reading() as work:
        due = next_due(facts(work, now), cadence(settings.config), now)
        unsent, troubles = work.outbox.unsent(), work.outbox.troubles()
        checked, wanted = work.notes.setting(CHECKED), work.notes.preferences()
        found = Glance(
            work.notes.health(), work.log.counts(), due, unsent, troubles, checked, wanted.only, wanted.paused_until
        )
    names = tuple(mailbox.name for mailbox in settings.config.mailboxes)
    return _standing(settings, found, names, reader.zone, settings.store_folder)


def _standing(settings: Settings, found: Glance, names: tuple[str, ...], zone: ZoneInfo, folder: Path) -> Standing:
    now = utc_now()
    at_work = running(folder, now)
    return Standing(
        found,
        names,
        zone,
        now,
        running=at_work is not None,
        since=at_work.since if at_work else None,
        unread=at_work is not None and found.checked != seal(settings.text),
        stopped=at_work is None and _installed(),
    )


def _installed() -> bool:
    """Has this person a unit for the service? Where systemd looks, without loading what knows all such places."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return (Path(home) / "systemd" / "user" / "triage.service").exists()
