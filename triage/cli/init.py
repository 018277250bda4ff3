"""`triage init`: from nothing to a running service, one question at a time; to be stopped and run again at any moment.

Asked and answered is in `wizard`; here is the order of it all, and what is given as options.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any

import click

from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.wizard.answers import COURIERS, SIGN_INS, TLS, Answers
from triage.errors import TriageError


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is to be done, whatever the answers are."""

    plain: bool
    non_interactive: bool
    yes: bool
    dry_run: bool
    as_json: bool
    reset: bool
    secret_stdin: bool
    discovery: bool
    look: bool
    sample: bool
    service: bool


def _with_values(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command its many options as two values: what was answered, and how it is to be done."""
    asked, manner = ([one.name for one in fields(kind)] for kind in (Answers, Manner))

    @wraps(command)
    def gathered(settings: Settings, **options: Any) -> None:
        given = Answers(**{name: options.get(name) for name in asked})
        command(settings, given=given, manner=Manner(**{name: options[name] for name in manner}))

    return gathered


@click.command()
@click.option("--address", metavar="ADDRESS", help="The mail address that employers write to.")
@click.option("--host", metavar="NAME", help="The mail server (IMAP); NAME:PORT for an unusual port.")
@click.option("--port", type=click.IntRange(1, 65535), help="Its port.")
@click.option("--tls", type=click.Choice(TLS), help="How the connection is protected.")
@click.option("--ca-file", metavar="FILE", help="The certificate to trust, for a server that makes its own.")
@click.option("--user", metavar="NAME", help="The name to sign in with; otherwise the address.")
@click.option("--sign-in", type=click.Choice(SIGN_INS), help="With what to sign in.")
@click.option("--client-id", metavar="ID", help="For --sign-in oauth: the client id that you registered.")
@click.option("--courier", type=click.Choice(COURIERS), help="How letters reach you: put into the mailbox, or mailed.")
@click.option("--smtp-host", metavar="NAME", help="For --courier smtp: the server that takes them.")
@click.option("--smtp-port", type=click.IntRange(1, 65535), help="Its port.")
@click.option("--smtp-tls", type=click.Choice(TLS), help="How that connection is protected.")
@click.option("--smtp-user", metavar="NAME", help="The name to sign in with there; otherwise the address.")
@click.option("--language", type=click.Choice(["en", "de", "fr", "es"]), help="Of the letters.")
@click.option("--name", metavar="NAME", help="How letters greet you.")
@click.option("--country", metavar="XX", help="Your country, for the helplines in the letters.")
@click.option("--time-zone", metavar="ZONE", help="Such as Europe/Berlin; otherwise this computer's.")
@click.option("--mailbox", metavar="NAME", help="Which mailbox it is about, where there are several.")
@click.option("--add", is_flag=True, default=None, help="Set up one more mailbox; the others stay as they are.")
@click.option("--secret-stdin", is_flag=True, help="Read the password from standard input, one line.")
@click.option("--discovery/--no-discovery", default=True, help="Whether unknown servers may be looked for.")
@click.option("--look/--no-look", default=True, help="Whether to count what came in the last 30 days.")
@click.option("--sample/--no-sample", default=True, help="Whether to send one sample letter.")
@click.option("--service/--no-service", default=True, help="Whether to start the service.")
@click.option("--yes", "-y", is_flag=True, help="Answer yes to every question that can be answered so.")
@click.option("--non-interactive", is_flag=True, help="Ask nothing: where an answer is missing, stop.")
@click.option("--plain", is_flag=True, help="Ask in plain lines, without arrow keys and colours.")
@click.option("--dry-run", "-n", is_flag=True, help="Show the configuration that would be written; do nothing.")
@click.option("--reset", is_flag=True, help="Start over, with a new configuration. The old one is kept beside it.")
@as_json
@pass_settings
@_with_values
def init(settings: Settings, given: Answers, manner: Manner) -> None:
    """Set up triage, step by step: your mailbox, a first look, a sample letter, and the service.

    Takes about five minutes. Stop it whenever you like: the next `triage init` goes on from there. Run it again to
    change something; your own comments and changes in the configuration stay.

    \b
    triage init                                        asks one thing after the other
    triage init --address robin@example.org            asks for the rest
    triage init --add                                  one more mailbox
    triage init --mailbox private                      changes this one of several
    triage init --address robin@example.org --non-interactive --yes --secret-stdin < password
    """
    from triage.cli.wizard import steps

    for end in (signal.SIGHUP, signal.SIGTERM):  # so that nothing is left half done, and keys are shown again
        signal.signal(end, lambda number, _: sys.exit(128 + number))
    try:
        here = steps.go(settings, given, manner)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\n  Stopped. What you answered is kept; `triage init` goes on from here.", err=True)
        sys.exit(1)
    except TriageError:
        click.echo(err=True)  # what is wrong is told apart from what was said so far
        raise
    if here:
        os.execv(here[0], here)  # noqa: S606  # this very program, which is to run here instead
