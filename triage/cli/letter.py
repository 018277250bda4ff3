"""The command that shows the next letter, and how a letter is shown elsewhere."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import click

from triage.cli import build
from triage.cli.clock import utc_now
from triage.cli.options import pass_settings
from triage.cli.private import write_private
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.cli.tables import local
from triage.core.due import next_due
from triage.core.letter import Composed
from triage.pipeline import Pipeline, facts
from triage.store import Work


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


def part(message: EmailMessage, subtype: str) -> str:
    """The text of one of a letter's two parts."""
    found = message.get_body((subtype,))
    return str(found.get_content()) if found else ""
