"""`triage enrol`, `leave` and `copy`: what is done with the member, at a desk or by a front end of their service."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, TextIO

import click

from triage.cli.clock import utc_now
from triage.cli.hosting.engines import WORKER, connected, keys, require
from triage.cli.hosting.given import Given
from triage.cli.options import as_json, pass_settings
from triage.cli.settings import Settings
from triage.cli.tables import show_json
from triage.cli.wizard.answers import COURIERS, SIGN_INS, TLS, Answers


def _with_given(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command its many options as one value."""

    @wraps(command)
    def gathered(settings: Settings, code: str | None, **options: Any) -> None:
        answers = Answers(**{one.name: options.pop(one.name, None) for one in fields(Answers)})
        written = options.pop("answers_file")
        first = code == "-" and not (written or options["show_consent"])
        held = sys.stdin.readline().strip() if first else code
        given = Given(held or "-", answers, options.pop("consent"), _read(options.pop("member_settings")))
        command(settings, given.over_json(_read(written)) if written else given, **options)

    return gathered


@click.command()
@click.argument("code", required=False)
@click.option("--show-consent", is_flag=True, help="Print the text that members agree to, with its version; end there.")
@click.option("--consent", metavar="VERSION", help="The member has read this version of it, and agrees.")
@click.option("--address", metavar="ADDRESS", help="The mail address that employers write to.")
@click.option("--host", metavar="NAME", help="The mail server (IMAP); NAME:PORT for an unusual port.")
@click.option("--port", type=click.IntRange(1, 65535), help="Its port.")
@click.option("--tls", type=click.Choice(TLS), help="How the connection is protected.")
@click.option("--user", metavar="NAME", help="The name to sign in with; otherwise the address.")
@click.option("--sign-in", type=click.Choice(SIGN_INS), help="With what to sign in.")
@click.option("--courier", type=click.Choice(COURIERS), help="How letters arrive: put into the mailbox, or mailed.")
@click.option("--smtp-host", metavar="NAME", help="For --courier smtp: the server that takes them.")
@click.option("--language", type=click.Choice(["en", "de", "fr", "es"]), help="Of the letters, and of this text.")
@click.option("--name", metavar="NAME", help="How letters greet them.")
@click.option("--country", metavar="XX", help="Their country, for the helplines in the letters.")
@click.option("--time-zone", metavar="ZONE", help="Such as Europe/Berlin.")
@click.option("--settings", "member_settings", type=click.File(encoding="utf-8"), help="Settings they have (TOML).")
@click.option("--answers", "answers_file", type=click.File(encoding="utf-8"), help="Answers as JSON; - for stdin.")
@click.option("--no-discovery", is_flag=True, help="Look for no servers but those that triage knows.")
@click.option("--non-interactive", is_flag=True, help="Ask nothing: where an answer is missing, stop.")
@click.option("--plain", is_flag=True, help="Ask in plain lines, without arrow keys and colours.")
@as_json
@pass_settings
@_with_given
def enrol(settings: Settings, given: Given, **manner: bool) -> None:
    """Take in the member who holds CODE: their consent, their mail server, their sign-in.

    Done with them, not for them. Shows what they agree to, asks for their address, finds the server, signs in once to
    see that it works, and seals what they entrust to the service; the first look then waits for a worker. All of it
    is kept, or nothing. With a code from `triage admin invite --again` a member signs in anew.

    CODE - is the first line of standard input; without CODE it is asked for.

    A front end gives every answer with --answers -, so that nothing of it stands in a list of processes: JSON with the
    names of the options, with "code", with "secrets": {"HOST": "PASSWORD"}, and with "consent". With --json, what the
    member has to open in a browser comes as a line of its own, and the result as the last.
    """
    require()
    from triage.cli.hosting import entering

    entering.go(settings, given, entering.Manner(**manner))


@click.command()
@click.argument("code")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@as_json
@pass_settings
def leave(settings: Settings, code: str, yes: bool, as_json: bool) -> None:
    """Leave a hosted service, with the CODE that the enrolment ended with: everything of this member is removed.

    Letters that were delivered stay in the member's own mailbox. CODE - is read from standard input.
    """
    require()
    from triage.hosting import enrolment, members, revoking

    held = sys.stdin.readline().strip() if code == "-" else code
    if not yes:
        click.confirm("Remove everything that is kept for the member who holds this code?", abort=True, err=True)
    with connected(settings, WORKER) as engine:
        who = enrolment.leaving(engine, held)
        left = revoking.revoke(engine, keys(settings), who.number)
        members.forget(engine, who.number)
    if as_json:
        show_json({"handle": who.handle, "state": "forgotten", "by_hand": left})
    click.echo(f"{who.handle}: everything is removed. Copies in backups end when those run out.", err=True)
    for sentence in left:
        click.echo(sentence, err=True)


@click.command()
@click.argument("code")
@as_json
@pass_settings
def copy(settings: Settings, code: str, as_json: bool) -> None:
    """Have a copy of all that is kept sent to the mailbox of the member who holds the CODE from their enrolment.

    A worker puts it into a letter, as a file that works on a machine of their own too; nobody else is shown anything.
    The service goes on. CODE - is read from standard input.
    """
    require()
    from triage.hosting import enrolment, exporting

    held = sys.stdin.readline().strip() if code == "-" else code
    with connected(settings, WORKER) as engine:
        who = enrolment.leaving(engine, held)
        exporting.ask(engine, who.number, utc_now())
    if as_json:
        show_json({"handle": who.handle, "wanted": True})
    click.echo(f"{who.handle}: a copy comes by mail within minutes, with the letters.", err=True)


def _read(file: TextIO | None) -> str:
    return file.read(1 << 20) if file else ""
