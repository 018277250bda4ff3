"""The manual page, made from the commands themselves, so that it cannot say anything else than `--help` does.

One page for all commands. click-man would write one for each, finds none where commands are loaded when called, and
puts the day of the build on each page.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable

import click

from release import roff
from triage import __version__
from triage.cli import cli

NAME = "watches your mailbox while you look for work, and writes you a letter"
_FILES = (
    ("~/.config/triage/config.toml", "The configuration. $TRIAGE_CONFIG or --config name another one."),
    ("~/.local/share/triage/", "The log, its backups of seven days, and the lock. There is no mail in it."),
    ("~/.config/systemd/user/triage.service", "The unit of your own service, where you have one."),
)
_ENVIRONMENT = (
    ("TRIAGE_CONFIG", "The configuration file, where --config names none."),
    ("CREDENTIALS_DIRECTORY", "Set by systemd: where the passwords of a service are. See systemd.exec(5)."),
    ("XDG_CONFIG_HOME, XDG_DATA_HOME", "Other places than ~/.config and ~/.local/share."),
)


def page() -> str:
    """The whole page. The same commands give the same page, whoever asks and whenever."""
    about, codes = _about()
    context = click.Context(cli, info_name="triage")
    lines = [
        '.\\" made by triage (./run.sh manual) from the commands: changes belong there.',
        f'.TH TRIAGE 1 "" "triage {__version__}" "User Commands"',
        ".SH NAME",
        f"triage \\- {NAME}",
        ".SH SYNOPSIS",
        f"{roff.bold('triage')} [OPTIONS] COMMAND [ARGS]...",
        ".SH DESCRIPTION",
        *about[1:],  # no break before the first paragraph
        ".SH OPTIONS",
        *_options(cli, context),
        ".SH COMMANDS",
        *(line for name in cli.list_commands(context) for line in _command(name, context)),
        ".SH EXIT STATUS",
        *codes,
        ".SH FILES",
        *_terms(_FILES),
        ".SH ENVIRONMENT",
        *_terms(_ENVIRONMENT),
        ".SH SEE ALSO",
        "systemctl(1), journalctl(1), systemd.exec(5)",
    ]
    return "\n".join(lines) + "\n"


def _about() -> tuple[list[str], list[str]]:
    """What the program says of itself, and its exit codes, which have a section of their own."""
    about, _, codes = inspect.cleandoc(cli.help or "").partition("\b\nExit codes: ")
    assert codes, "the program's help no longer ends with its exit codes"  # noqa: S101  # for who changes that
    lists = (code.strip().partition(" ") for code in " ".join(codes.split()).rstrip(".").split(","))
    return roff.paragraphs(about), _terms((number, meaning) for number, _, meaning in lists)


def _command(name: str, above: click.Context) -> list[str]:
    command = cli.get_command(above, name)
    assert command is not None  # noqa: S101  # the table has it
    context = click.Context(command, info_name=name, parent=above)
    usage = " ".join(["triage", name, *command.collect_usage_pieces(context)])
    told = roff.paragraphs(inspect.cleandoc(command.help or ""))
    return [f".SS {name}", roff.bold(usage), *told, *_options(command, context)]


def _options(command: click.Command, context: click.Context) -> list[str]:
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    return _terms(record for record in records if record and record[1] and not record[0].endswith("--help"))


def _terms(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [line for term, meaning in pairs for line in (".TP", roff.bold(term), *roff.prose(meaning))]
