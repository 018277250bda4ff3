"""`python -m release`: make and try everything that people download (`./run.sh release`), or only the manual page."""

from __future__ import annotations

import sys

import click

from release.course import Course
from release.errors import ReleaseError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def release() -> None:
    """Make what people download, and try it. docs/packaging.md says what is in it."""


@release.command()
def manual() -> None:
    """Make the manual page and the completions anew from the commands, in triage/terminal."""
    from release.terminal import write

    stale = write()
    click.echo(f"written: {', '.join(stale)}" if stale else "all up to date")


@release.command("all")
@click.option(
    "--dirty", is_flag=True, help="Also where something is not committed; what is made holds the last commit."
)
@click.option("--without-deb", is_flag=True, help="No Debian packages.")
@click.option("--without-chroot", is_flag=True, help="Do not install the Debian packages in a clean Debian.")
def everything(dirty: bool, without_deb: bool, without_chroot: bool) -> None:
    """Make wheel, source archive, Debian packages and the list of parts in dist/, and try them.

    Everything is built twice, in different folders, and has to be the same byte for byte. The wheel is installed by
    pipx and by uv, each Debian package in a Debian of its own (for which root is needed); all of it is removed again,
    and nothing may be left. Takes a quarter of an hour the first time.
    """
    from release.whole import make

    course = Course()
    try:
        make(course, dirty=dirty, deb=not without_deb, chroot=not without_chroot)
    except ReleaseError as error:
        click.echo(f"\nNo release: {error}", err=True)
        sys.exit(1)


release()
