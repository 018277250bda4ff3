"""`triage uninstall`: takes away what `triage init` made, one piece after the other, and says what is left."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import click

from triage.cli.options import pass_settings
from triage.cli.settings import Settings
from triage.cli.wizard import pieces
from triage.cli.wizard.asking import Asker, Question, asker, listed, say
from triage.cli.wizard.pieces import Piece
from triage.config.locate import place, store_folder
from triage.config.values import Config
from triage.errors import ConfigError, TriageError


@dataclass(slots=True)
class Result:
    """What became of the pieces, and the exit code."""

    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    code: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to happen to the log: `None` where the person is asked."""

    asker: Asker
    log: bool | None
    dry_run: bool


@click.command()
@click.option("--purge", is_flag=True, help="Remove the log of your search with its backups as well.")
@click.option("--keep-data", is_flag=True, help="Keep the log, without asking.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing; the log stays, unless --purge says otherwise.")
@click.option("--plain", is_flag=True, help="Ask in plain lines, without arrow keys and colours.")
@click.option("--dry-run", "-n", is_flag=True, help="Show what there is, and remove nothing.")
@pass_settings
def uninstall(settings: Settings, purge: bool, keep_data: bool, yes: bool, plain: bool, dry_run: bool) -> None:
    """Undo what `triage init` did: the service, passwords, settings, and, if you say so, the log.

    Asks about each by itself, and says at the end what is gone and what is left. Letters in your mailbox stay: they
    are yours. Run it again whenever you like; what is gone already does not matter.
    """
    if purge and keep_data:
        raise click.UsageError("Either --purge or --keep-data.")
    asking = asker(plain=plain, silent=False, consents=yes)
    wanted = Wanted(asking, True if purge else False if keep_data or yes else None, dry_run)
    target, result = place(settings.explicit, os.environ), Result()
    for piece in _found(target, settings):
        _treat(piece, wanted, result)
    _tell(result, dry_run=dry_run)
    if result.code:
        sys.exit(result.code)


def _found(target: Path, settings: Settings) -> list[Piece]:
    """What there is. Where the configuration is gone or cannot be used, by the usual places."""
    config = _config(target, settings)
    folder = store_folder(config.store.path if config else None, os.environ)
    files = pieces.password_files(config, target.absolute(), folder)
    found = (
        pieces.service(),
        pieces.passwords(pieces.accounts(config), files),
        pieces.settings(target),
        pieces.extras(),
        pieces.log(folder, encrypted=bool(config and config.store.encrypted)),
    )
    return [piece for piece in found if piece]


def _config(target: Path, settings: Settings) -> Config | None:
    if not target.exists():
        return None
    try:
        return settings.config
    except ConfigError:
        say(f"{target} cannot be used, so it does not say which passwords are kept, nor where the log is.")
        say("A password of triage is called “triage:” and the name of the mail server in your keyring.")
        return None


def _treat(piece: Piece, wanted: Wanted, result: Result) -> None:
    say(f"{piece.name}:")
    listed(piece.parts)
    parts = [f"{piece.name}: {part}" for part in piece.parts]
    if wanted.dry_run or not _agreed(piece, wanted):
        result.left += parts
        return
    try:
        result.left += piece.remove()
        result.removed += parts
    except (TriageError, OSError) as error:
        say(str(error) if isinstance(error, TriageError) else f"{error.filename}: {error.strerror}.")
        result.left += parts
        result.code = result.code or (error.exit_code if isinstance(error, TriageError) else 73)


def _agreed(piece: Piece, wanted: Wanted) -> bool:
    if piece.is_data and wanted.log is not None:
        return wanted.log
    option = "--purge or --keep-data" if piece.is_data else "--yes"
    return wanted.asker.yes(Question(piece.question, option, "n" if piece.is_data else "y"))


def _tell(result: Result, *, dry_run: bool) -> None:
    """The two lists, which are the result: on stdout."""
    from triage.cli.installing import executable

    if result.removed:
        click.echo("\n  Removed:\n")
        for part in result.removed:
            click.echo(f"    {part}")
    elif not result.left:
        click.echo("\n  There is nothing of triage here that could be removed.")
    click.echo("\n  There now:\n" if dry_run else "\n  Left:\n")
    program = pieces.program(sys.prefix, executable())
    mailbox = "The letters in your mailbox, which are yours"
    for part in (*result.left, mailbox, f"The program itself; to remove it: {program}"):
        click.echo(f"    {part}")
    click.echo()
