"""`triage report`: the search at a glance, as one private page on this machine. It is never sent to anybody."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from triage import resources
from triage.cli.clock import utc_now
from triage.cli.options import pass_settings
from triage.cli.private import REPORT, write_private
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.config.values import Config
from triage.core import compose
from triage.core.letter import Sent
from triage.core.report import Kept, Report, gather
from triage.core.report.page import TEMPLATE, render
from triage.core.report.words import Words, parse
from triage.core.wording import WordingError
from triage.errors import ConfigError, InputError
from triage.store import Store


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it; `-` is stdout. Otherwise beside the log.",
)
@click.option("--open", "opened", is_flag=True, help="Open it in the browser.")
@click.option("--json", "as_json", is_flag=True, help="The same numbers as JSON, on stdout or in FILE.")
@pass_settings
def report(settings: Settings, output: Path | None, opened: bool, as_json: bool) -> None:
    """Write your search at a glance as one private page: what moved, every application over time, where they stop.

    \b
    triage report --open        look at it in the browser
    triage report -o mine.html

    The page is for you alone: only you may read the file, it loads nothing, and nobody is sent it. It is written anew
    each time, and can be deleted at any time. It follows the language of your letters.
    """
    found = read(existing(settings), settings.config)
    text = dumped(found) if as_json else page(found, settings.config)
    if str(output) == "-" or (as_json and output is None):
        click.echo(text, nl=False)
        return
    path = (output or _beside_the_log(settings)).absolute()
    write_private(path, text)
    click.echo(path)
    if opened and not webbrowser.open(path.as_uri()):
        click.echo(f"No browser could be started here. Open the file yourself: {path}", err=True)


def _beside_the_log(settings: Settings) -> Path:
    """The usual place. Raises InputError where the page would tell what is encrypted beside it."""
    if settings.config.store.encrypted:
        raise InputError("Your log is encrypted, and this page is not: say where it may lie, with -o FILE.")
    return settings.store_folder / REPORT


def read(store: Store, config: Config) -> Report:
    """All figures as of now."""
    with store.reading() as work:
        letters = [Sent(one.kind, one.sent, one.about) for one in work.outbox.letters() if one.sent is not None]
        kept = Kept(work.log.applications(), work.acts.all(), letters, work.log.counts())
    return gather(kept, config.reader.zone, utc_now())


def words(config: Config) -> Words:
    """What the page and the calendar are written with. Raises ConfigError."""
    language, own = config.reader.language, config.letters.templates
    try:
        return parse(f"{language}/report.toml", resources.report(language, own))
    except WordingError as error:
        raise ConfigError(f"The report cannot be written: {error}") from error


def page(found: Report, config: Config) -> str:
    """The whole page. Raises ConfigError where its template cannot be used."""
    try:
        templates = compose.environment({TEMPLATE: resources.report_template(config.letters.templates)}, (TEMPLATE,))
    except WordingError as error:
        raise ConfigError(f"The report cannot be written: {error}") from error
    return render(found, words(config), config.reader.language, templates)


def dumped(found: Report) -> str:
    """The figures for programs."""
    return json.dumps(_plain(asdict(found)), ensure_ascii=False, indent=2) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
