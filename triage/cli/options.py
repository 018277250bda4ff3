"""Options and arguments that several commands share."""

from __future__ import annotations

import click

from triage.cli.settings import Settings

as_json = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
pass_settings = click.make_pass_decorator(Settings)
