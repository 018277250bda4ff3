"""The command line, and the composition root: only here are the rooms built and joined.

Results go to stdout and messages to stderr. Every error of ours is a sentence and an exit code; a traceback comes
with --debug only. Commands are loaded when they are called, so that the quick ones start quickly.
"""

from __future__ import annotations

import importlib
import io
import os
import resource
import signal
import sys
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.exceptions import NoSuchCommand

from triage import __version__
from triage.cli.commands import COMMANDS
from triage.cli.settings import Settings
from triage.errors import ConfigError, OutputError, TriageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class _Commands(click.Group):
    """Loads a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            if cmd_name.startswith("-"):
                return None
            # Raised here, because the group itself knows only commands that are loaded, and could suggest none.
            raise NoSuchCommand(cmd_name, possibilities=list(COMMANDS), ctx=ctx)
        module = importlib.import_module(f"triage.cli.{COMMANDS[cmd_name].module}")
        # `import` is no name that a function can have.
        command = getattr(module, cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name))
        assert isinstance(command, click.Command)  # noqa: S101  # the table says so
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names come from the table: a key pressed in a terminal must not load every command."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=one.help) for name, one in COMMANDS.items() if name.startswith(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _Shown(commands={name: click.Command(name, help=one.help) for name, one in COMMANDS.items()}).format_commands(
            ctx, formatter
        )


class _Shown(click.Group):
    """Commands in the order of the table, by what it says of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration file. Otherwise $TRIAGE_CONFIG, otherwise the usual place.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr what is done.")
@click.option("--debug", is_flag=True, help="Show tracebacks, and log every step.")
@click.version_option(__version__, "-V", "--version", prog_name="triage")
@click.pass_context
def cli(context: click.Context, config: Path | None, verbose: bool, debug: bool) -> None:
    """Watches your own mailbox while you look for work, keeps a private log, and writes you a short, kind letter.

    \b
    Try it:       triage demo                 a made-up search, played in seconds
    Set it up:    triage init                 one question after the other, in five minutes
                  triage check                is everything in place?
                  triage questions            what letters may know of you, as far as you like
                  triage uninstall            undo it, with or without the log
    Look:         triage status | log | letter --preview
                  triage journey | show 3     your search by application, and one of them
                  triage explain MAIL.eml     what is this mail, and why
                  triage correct 12 --kind other
                  triage report --open        the whole search on one page
    Yours:        triage export | import | forget

    \b
    Exit codes: 0 all well, 1 something was found wrong, 2 wrong usage, 66 no such input, 69 server out of reach,
    73 cannot write there, 74 store unusable, 75 another service is running, 77 password missing or refused,
    78 configuration.
    """
    from triage.cli.journal import set_up_logging

    set_up_logging(verbose=verbose or context.invoked_subcommand == "run", debug=debug)
    context.obj = Settings(config, verbose=verbose, debug=debug)


def main() -> None:
    """The entry point: errors become sentences on stderr."""
    debug = "--debug" in sys.argv
    _prepare()
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit("Stopped.")
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except TriageError as error:
        _tell(error, debug=debug)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has had enough (`triage log | head`): that is no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _tell(OutputError(f"{error.filename or 'The output'} cannot be written: {error.strerror}."), debug=debug)
        sys.exit(OutputError.exit_code)
    except Exception as error:  # noqa: BLE001  # the last fence: a person is owed a sentence
        # No text of the exception: it may hold words of a mail.
        name = type(error).__name__
        click.echo(f"triage: A fault in triage itself ({name}). Run it again with --debug to see where.", err=True)
        if debug:
            _trace(error)
        sys.exit(70)


def _prepare() -> None:
    """Names from mails may have letters that this terminal cannot show, and a `kill` should leave nothing behind.

    Whatever file is made, by us or by a library, is for its owner alone; and a crash must not write our memory, with
    mails and a password in it, to the disk.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # NumPy asks when it is first imported. One core is enough, and its threads would wait for each other at full load.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _tell(error: TriageError, *, debug: bool) -> None:
    problems = error.problems if isinstance(error, ConfigError) else (str(error),)
    for problem in problems:
        click.echo(f"triage: {problem}", err=True)
    if debug:
        _trace(error)


def _trace(error: BaseException | None) -> None:
    """Where it happened, cause by cause; not what the libraries say of it, which may quote a mail."""
    import traceback

    while error is not None:
        click.echo("".join(traceback.format_tb(error.__traceback__)) + type(error).__name__, err=True)
        error = error.__cause__ or error.__context__
