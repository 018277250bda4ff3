"""`triage demo`: a made-up search through the real service, with a Maildir for a mailbox and a clock that is told."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import click
from rich.console import Console

from triage.cli import build
from triage.cli.letter import part
from triage.cli.rows import EVENT_COLUMNS, event_row, waits
from triage.cli.tables import show
from triage.config.load import load
from triage.config.values import Config
from triage.demo import Sample, config, deliver, sample
from triage.errors import InputError
from triage.service import Service
from triage.store import Store


@click.command()
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), help="A new folder; otherwise a temporary one."
)
@click.option("--weeks", type=click.IntRange(1, 104), metavar="N", help="A longer search, letters only: N weeks of it.")
@click.option("--persona", metavar="NAME", default="steady", show_default=True, help="Whose, with --weeks; or `all`.")
@click.option("--seed", type=int, default=1, metavar="N", help="Another search of the same person, with --weeks.")
@click.option(
    "--language", type=click.Choice(["en", "de", "fr", "es"]), default="en", help="Of the letters, with --weeks."
)
def demo(into: Path | None, weeks: int | None, persona: str, seed: int, language: str) -> None:
    """Play three made-up weeks of a search, and show the log and the letters that come of it.

    The same pipeline, store and templates as for you; only the mailbox is a folder, and the clock is told. Nothing
    of yours is read or changed, and nothing is sent.

    With --weeks 26 it is half a year, and every letter of it becomes a page to leaf through in a browser. The people
    are: steady, unlucky, silence, quick, break.
    """
    folder = _folder(into)
    if weeks is not None:
        _leaf_through(folder, weeks, persona, seed, language)
        return
    (folder / "config.toml").write_text(config(folder), encoding="utf-8")
    play = sample()
    settings = load(folder / "config.toml")
    with Console(stderr=True).status(f"Playing {len(play.arrivals)} mails ..."):
        store = _play(play, settings, folder / "inbox")
    with store.reading() as work:
        events = work.log.events()
    store.close()
    rows = [event_row(event, play.zone, waits(events)) for event in events]
    show("The log", EVENT_COLUMNS, rows, "The log is empty.")
    letters = _letters(folder / "inbox")
    for number, letter in enumerate(letters, 1):
        _show(letter, folder / "letters", number)
    click.echo(f"\n{len(play.arrivals)} mails, {len(events)} lines in the log, {len(letters)} letters.")
    click.echo(f"The letters lie in {folder / 'inbox' / 'new'}, and to look at in a browser in {folder / 'letters'}.")
    click.echo(f"The log again, later:  triage --config {folder / 'config.toml'} log")


def _leaf_through(folder: Path, weeks: int, persona: str, seed: int, language: str) -> None:
    from triage.cli.half_year import leaf_through, play
    from triage.demo.life import persona as named
    from triage.demo.life import personas

    for who in personas().values() if persona == "all" else [named(persona)]:
        with Console(stderr=True).status(f"Playing {weeks} weeks of the search called {who.name} ..."):
            leaves = list(play(who, weeks, folder / who.name, language=language, seed=seed))
            index = leaf_through(who, leaves, folder / who.name)
        click.echo(f"{who.name}: {len(leaves)} letters in {weeks} weeks. To leaf through: {index}")


def _folder(into: Path | None) -> Path:
    if into is None:
        return Path(tempfile.mkdtemp(prefix="triage-demo-"))
    try:
        into.mkdir(parents=True)
    except FileExistsError as error:
        raise InputError(f"{into} exists already; the demo wants a new folder.") from error
    except OSError as error:
        raise InputError(f"{into} cannot be made: {error.strerror}.") from error
    return into.absolute()


def _play(play: Sample, settings: Config, inbox: Path) -> Store:
    """Hour by hour: what arrives is delivered and read, and letters are written as on any other day."""
    for name in ("", "tmp", "new", "cur"):
        (inbox / name).mkdir(mode=0o700, exist_ok=True)
    now = play.start
    store = Store(inbox.parent / "store")
    service = Service(
        build.pipeline(settings, store), build.watched(settings), build.courier(settings), lambda: now.astimezone(UTC)
    )
    service.poll(service.watched[0])
    delivered = 0
    for hour in play.hours():
        for arrival in play.arriving(now, hour):
            now = arrival.at
            deliver(arrival, inbox, delivered := delivered + 1)
            service.poll(service.watched[0])
            service.tick()
        now = hour
        service.tick()
    return store


def _letters(inbox: Path) -> list[EmailMessage]:
    """What the service delivered, by date; the sample's own mails bear no mark of ours."""
    found = []
    for path in (inbox / "new").iterdir():
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if isinstance(message, EmailMessage) and "X-Triage-Letter" in message:
            found.append(message)
    return sorted(found, key=_date)


def _date(message: EmailMessage) -> datetime:
    return datetime.strptime(str(message["Date"]), "%a, %d %b %Y %H:%M:%S %z")


def _show(letter: EmailMessage, folder: Path, number: int) -> None:
    folder.mkdir(exist_ok=True)
    date = _date(letter)
    (folder / f"{number:02}-{date:%m-%d}.html").write_text(part(letter, "html"), encoding="utf-8")
    click.echo(f"\n===== {date:%a %d %b, %H:%M}   {letter['Subject']} =====\n")
    click.echo(part(letter, "plain"))
