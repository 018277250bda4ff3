"""The command that shows how things stand. It is asked often, so it loads little: see `_at_a_glance`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from triage.cli.clock import utc_now
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings, cipher
from triage.cli.stores import existing
from triage.cli.tables import local, show, show_json
from triage.config.locate import store_folder
from triage.config.outline import outline, seal
from triage.core.values import Kind
from triage.errors import BusyError
from triage.store.folder import FILE
from triage.store.glance import Glance, glance
from triage.store.lock import held


@click.command()
@as_json
@pass_settings
def status(settings: Settings, as_json: bool) -> None:
    """Show how things stand: the service, each mailbox, the letters, and anything that needs you."""
    found = _at_a_glance(settings) or _closely(settings)
    if as_json:
        show_json(found)
        return
    rows = [("service", "running" if found["running"] else "not running")]
    rows += [
        (f"mailbox {one['name']}", f"{one['error']} (since {one['since']})" if one["error"] else _read(one["polled"]))
        for one in found["mailboxes"]
    ]
    rows += [("log", ", ".join(f"{count} {kind}" for kind, count in found["log"].items()) or "empty")]
    rows += [("next letter", found["next_letter"] or "none is due")]
    rows += [("letters waiting", str(found["waiting"]))]
    rows += [("needs you", sentence) for sentence in found["needs_you"]]
    show("", ("what", "how"), rows, "")


def _at_a_glance(settings: Settings) -> dict[str, Any] | None:
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
    return _told(found, known.mailboxes, known.cadence.zone, running=_running(folder))


def _closely(settings: Settings) -> dict[str, Any]:
    from triage.cli.writing import cadence
    from triage.core.due import next_due
    from triage.pipeline import facts

    now, reader = utc_now(), settings.config.reader
    with existing(settings).reading() as work:
        due = next_due(facts(work, now), cadence(settings.config), now)
        unsent, troubles = work.outbox.unsent(), work.outbox.troubles()
        found = Glance(work.notes.health(), work.log.counts(), due, unsent, troubles, checked="")
    names = [mailbox.name for mailbox in settings.config.mailboxes]
    return _told(found, names, reader.zone, running=_running(settings.store_folder))


def _told(found: Glance, mailboxes: Iterable[str], zone: ZoneInfo, *, running: bool) -> dict[str, Any]:
    health = {one.mailbox: one for one in found.health}
    known = [(name, health.get(name)) for name in mailboxes]
    unreadable = found.counts.get(Kind.UNREADABLE, 0)
    asks = [f"{unreadable} mail(s) could not be read; `triage log --kind unreadable` names them."] if unreadable else []
    return {
        "running": running,
        "mailboxes": [
            {
                "name": name,
                "polled": _iso(one.polled, zone) if one else "",
                "error": one.error if one else "",
                "since": _iso(one.since, zone) if one else "",
            }
            for name, one in known
        ],
        "log": dict(found.counts),
        "next_letter": local(found.next_letter, zone) if found.next_letter else "",
        "waiting": found.waiting,
        "needs_you": [*found.troubles, *asks],
    }


def _read(polled: str) -> str:
    return f"last read {polled}" if polled else "never read so far"


def _iso(moment: datetime | None, zone: ZoneInfo) -> str:
    return local(moment, zone) if moment else ""


def _running(folder: Path) -> bool:
    try:
        with held(folder):
            return False
    except BusyError:
        return True
