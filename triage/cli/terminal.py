"""The commands for the terminal's own comforts: `completion` and `man`."""

from __future__ import annotations

import os

import click

SHELLS = ("bash", "zsh", "fish")
install = click.option("--install", is_flag=True, help="Put it where your own account looks for it.")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@install
def completion(shell: str | None, install: bool) -> None:
    """Complete commands and options with the Tab key: print what bash, zsh or fish needs, or put it in place.

    Without a name, the shell is yours. Debian's package has all three in place already.
    """
    shell = shell or os.path.basename(os.environ.get("SHELL", ""))  # noqa: PTH119  # pathlib is slow to load
    if shell not in SHELLS:
        raise click.UsageError(f"Say which shell it is for: {', '.join(SHELLS)}.")
    _give(shell, install=install)


@click.command()
@install
def man(install: bool) -> None:
    """Print the manual page, or put it in place, so that `man triage` shows it.

    \b
    triage man | man -l -     read it now
    triage man --install      from then on: man triage
    """
    _give("man", install=install)


def _give(name: str, *, install: bool) -> None:
    from platformdirs import user_data_path

    from triage.terminal import EXTRAS, place, text

    if not install:
        click.echo(text(EXTRAS[name]), nl=False)
        return
    # The folder of all data, and not the one of ours in it: that is where shells look.
    path = place(EXTRAS[name], user_data_path())
    click.echo(f"{path}: written. {EXTRAS[name].hint}")
