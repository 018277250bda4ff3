"""Options and arguments that several commands share."""

from __future__ import annotations

import click

from triage.cli.settings import Settings
from triage.resources import LANGUAGES

as_json = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
pass_settings = click.make_pass_decorator(Settings)
mail_language = click.option(
    "--language",
    "languages",
    multiple=True,
    type=click.Choice(LANGUAGES),
    default=LANGUAGES,
    help="Judge as mail in this language only; may be given several times. All nine are known.",
)
