"""`triage install-service`: the unit for systemd, put in place or printed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from triage.cli.options import pass_settings
from triage.cli.settings import Settings


def executable() -> Path:
    """The `triage` command that is running, also where it runs as `python -m triage`."""
    called = Path(sys.argv[0])
    return (called if called.name == "triage" else Path(sys.executable).with_name("triage")).absolute()


def named_config(settings: Settings) -> Path | None:
    """The configuration where it is not in the usual place: the service, which has another environment, is told."""
    return settings.path if settings.explicit or "TRIAGE_CONFIG" in os.environ else None


@click.command("install-service")
@click.option("--force", is_flag=True, help="Replace a unit that you have changed.")
@click.option("--dry-run", "-n", is_flag=True, help="Print the unit and place nothing.")
@click.option("--system", is_flag=True, help="Print the hardened system unit, for an administrator to place.")
@pass_settings
def install_service(settings: Settings, force: bool, dry_run: bool, system: bool) -> None:
    """Put the systemd user unit in place, and say the two commands that follow. Nothing is started.

    `triage init` does this too, and starts the service. `triage uninstall` takes the unit away again.
    """
    from triage.install import place_user_unit, system_unit, unit_folder, user_unit

    if system:
        click.echo(system_unit(executable()), nl=False)
        return
    config = named_config(settings)
    if dry_run:
        click.echo(user_unit(executable(), config), nl=False)
        return
    placed = place_user_unit(executable(), unit_folder(), config, force=force)
    click.echo(f"{placed.path}: {placed.outcome}. Now:", err=True)
    for command in placed.commands:
        click.echo(f"  {command}")
    click.echo(placed.hint, err=True)
