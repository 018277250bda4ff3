"""The commands that show: `log`, `status`, and `letter`."""

from __future__ import annotations

import os
import stat
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import click

from triage.cli import build
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.tables import EVENT_COLUMNS, event_json, event_row, local, show, show_json, waits
from triage.core.due import next_due
from triage.core.letter import Composed
from triage.core.values import Kind
from triage.errors import BusyError, InputError, OutputError
from triage.pipeline import Pipeline, facts
from triage.service import utc_now
from triage.store import FILE, Store, Work, held


@click.command()
@click.option("--days", type=click.IntRange(1, 36500), metavar="N", help="Only the last N days.")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Only this kind.")
@as_json
@pass_settings
def log(settings: Settings, days: int | None, kind: str | None, as_json: bool) -> None:
    """Show the log of your search: one line for each thing an employer did, oldest first."""
    since = utc_now() - timedelta(days=days) if days else None
    with existing(settings).reading() as work:
        every = work.log.events()
    events = [one for one in every if (since is None or one.received >= since) and kind in (None, one.kind)]
    if as_json:
        show_json([event_json(event) for event in events])
        return
    zone, waited = settings.config.reader.zone, waits(every)
    show("", EVENT_COLUMNS, [event_row(event, zone, waited) for event in events], "The log is empty so far.")


@click.command()
@as_json
@pass_settings
def status(settings: Settings, as_json: bool) -> None:
    """Show how things stand: the service, each mailbox, the letters, and anything that needs you."""
    store = existing(settings)
    with store.reading() as work:
        found = _status(settings, work)
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


def _status(settings: Settings, work: Work) -> dict[str, Any]:
    zone, now = settings.config.reader.zone, utc_now()
    due = next_due(facts(work, now), build.cadence(settings.config), now)
    health = {one.mailbox: one for one in work.notes.health()}
    names = [mailbox.name for mailbox in settings.config.mailboxes]
    known = [(name, health.get(name)) for name in names]
    counts = work.log.counts()
    unreadable = counts.get(Kind.UNREADABLE, 0)
    asks = [f"{unreadable} mail(s) could not be read; `triage log --kind unreadable` names them."] if unreadable else []
    return {
        "running": _running(settings.store_folder),
        "mailboxes": [
            {
                "name": name,
                "polled": _iso(one.polled, zone) if one else "",
                "error": one.error if one else "",
                "since": _iso(one.since, zone) if one else "",
            }
            for name, one in known
        ],
        "log": dict(counts),
        "next_letter": local(due, zone) if due else "",
        "waiting": work.outbox.unsent(),
        "needs_you": [*work.outbox.troubles(), *asks],
    }


def _read(polled: str) -> str:
    return f"last read {polled}" if polled else "never read so far"


def _iso(moment: datetime | None, zone: Any) -> str:
    return local(moment, zone) if moment else ""


def _running(folder: Path) -> bool:
    try:
        with held(folder):
            return False
    except BusyError:
        return True


@click.command()
@click.option("--preview", is_flag=True, help="The whole letter, as text.")
@click.option(
    "--html", "html", type=click.Path(path_type=Path, dir_okay=False), help="Write its HTML part to this file."
)
@pass_settings
def letter(settings: Settings, preview: bool, html: Path | None) -> None:
    """Show the next letter, without writing or sending it: when it is due, and what it tells.

    \b
    triage letter                      when, and how much
    triage letter --preview            the whole text
    triage letter --html letter.html   to look at in a browser
    """
    store = existing(settings)
    pipeline = build.pipeline(settings.config, store)
    with store.reading() as work:
        moment = next_due(facts(work, utc_now()), pipeline.stationery.cadence, utc_now())
        letters = _letters(pipeline, work, moment) if moment else []
    if moment is None:
        click.echo("No letter is due: there is nothing to tell.", err=True)
        return
    click.echo(f"Due {local(moment, settings.config.reader.zone)}, {len(letters)} letter(s).", err=True)
    for number, one in enumerate(letters):
        named = html and (html if number == 0 else html.with_stem(f"{html.stem}-{number + 1}"))
        show_letter(one, preview=preview, html=named)


def _letters(pipeline: Pipeline, work: Work, moment: datetime) -> list[Composed]:
    return [pipeline.composed(plan, work, moment) for plan in pipeline.plans(moment)]


def show_letter(one: Composed, *, preview: bool, html: Path | None = None) -> None:
    """Print what a letter is, with `preview` its text; with `html`, write its HTML part to that file."""
    message = message_from_bytes(one.data, policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101  # policy.default makes no other
    click.echo(f"{message['Subject']}: a {one.kind} letter that tells {len(one.events)} answer(s).")
    if preview:
        click.echo("\n" + part(message, "plain"))
    if html:
        write_private(html, part(message, "html"))
        click.echo(f"Written to {html}.", err=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, from its first byte on. Raises OutputError."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # and no /dev/stdout
                os.fchmod(file.fileno(), 0o600)  # one that was there before may be open to others
                os.ftruncate(file.fileno(), 0)
            file.write(text)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error


def part(message: EmailMessage, subtype: str) -> str:
    """The text of one of a letter's two parts."""
    found = message.get_body((subtype,))
    return str(found.get_content()) if found else ""


def existing(settings: Settings) -> Store:
    """The store as it is. Raises InputError where the service has never run: looking must not create one."""
    if not (settings.store_folder / FILE).exists():
        raise InputError(f"There is no log in {settings.store_folder} yet: start with `triage poll` or `triage run`.")
    return Store(settings.store_folder, settings.cipher)
