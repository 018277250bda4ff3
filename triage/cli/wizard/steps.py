"""The order of `triage init`: questions, sign-in, configuration, a look, a sample letter, the service."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.cli.installing import executable
from triage.cli.tables import show_json
from triage.cli.wizard import background, begun, filling, mailboxes, person, servers, signing
from triage.cli.wizard.answers import OAUTH, Answers
from triage.cli.wizard.asking import Asker, Question, asker, listed, say, shown
from triage.cli.wizard.course import Course
from triage.cli.wizard.opening import opened
from triage.config.edit import keep
from triage.config.load import parse
from triage.config.locate import default_path, place
from triage.config.values import Config
from triage.errors import CredentialError, ServerError, TriageError

if TYPE_CHECKING:
    from triage.cli.init import Manner
    from triage.cli.settings import Settings
    from triage.providers import Provider

_END = {
    background.STARTED: "Done. triage watches {address} from now on. Letters come by themselves.",
    background.HERE: "Done. triage watches {address} from now on, as long as this window is open. Later:",
    background.LATER: "Done. triage is set up for {address}. It begins to watch when you start it:",
}
SIGNED_IN, LOOKED, SAMPLED = "signed in", "looked", "sampled"


@dataclass(slots=True)
class Outcome:
    """What came of it, for the last words and for --json."""

    config: str
    address: str = ""
    host: str = ""
    password: str = ""
    """Where it is kept."""
    read: int | None = None
    """Mails of the last thirty days; None where nobody looked."""
    found: Mapping[str, int] | None = None
    sample: str = "not sent"
    service: str = background.LATER
    code: int = 0
    """The exit code: that of the first step that was wanted and failed."""

    def failed(self, error: TriageError) -> None:
        """Say so, and go on: what was set up before stays set up."""
        say(str(error))
        self.code = self.code or error.exit_code


def go(settings: Settings, given: Answers, manner: Manner, asking: Asker | None = None) -> list[str]:
    """All of it. Returns the command to run in this window afterwards; empty for none. Raises TriageError.

    `asking`: who puts the questions; by default what fits where we run.
    """
    target = place(settings.explicit, os.environ)
    asking = asking or asker(plain=manner.plain, silent=manner.non_interactive, consents=manner.yes)
    course, text = opened(asking, target, given, reset=manner.reset, lasting=not manner.dry_run)
    provider = _questions(course, manner, parse(text, str(target)))
    if manner.dry_run:
        click.echo(filling.filled(text, course.answers, str(target)), nl=False)
        return []
    outcome = Outcome(str(target))
    config = _signed_in(course, text, provider, outcome, manner)
    _look(course, config, outcome, wanted=manner.look)
    _sample(course, config, outcome, wanted=manner.sample)
    named = None if target == default_path() else target.absolute()
    if manner.service:
        _start(course, named, outcome)
    begun.forget(begun.place())
    _tell(outcome, named, as_json=manner.as_json)
    if outcome.code:
        sys.exit(outcome.code)
    return [str(executable()), *background.command(named)[1:]] if outcome.service == background.HERE else []


def _questions(course: Course, manner: Manner, config: Config) -> Provider | None:
    """Everything that is asked before the mail server is."""
    person.ask_address(course)
    provider = servers.settle(course, servers.discover if manner.discovery else None)
    signing.choose(course, provider)
    if mailboxes.is_first(config, course.answers):
        person.ask_words(course)
    mailboxes.name(course, config)
    return provider


def _signed_in(course: Course, text: str, provider: Provider | None, outcome: Outcome, manner: Manner) -> Config:
    """Sign in, keep the password, and write the configuration, in this order: none of it without the one before."""
    target = Path(outcome.config)
    while True:
        config = parse(filling.filled(text, course.answers, str(target)), str(target))
        try:
            outcome.password = _kept(course, config, provider, manner)
            break
        except CredentialError:
            _not_yet(course, target, text)
            raise
        except ServerError as error:
            _once_more(course, provider, error)
    config = keep(target, filled := filling.filled(text, course.answers, str(target)))
    home = mailboxes.chosen(config, course.answers)
    outcome.address, outcome.host = config.reader.address, home.host
    if not mailboxes.is_first(config, course.answers):
        outcome.address = course.answers.address or home.user
    if filled != text:
        say(f"Your settings are in {shown(target)} now.")
    course.done(SIGNED_IN)
    return config


def _not_yet(course: Course, target: Path, text: str) -> None:
    """Without a sign-in nothing goes on. `triage login` needs the configuration, where there is no password to type."""
    if course.answers.sign_in == OAUTH:
        keep(target, filling.filled(text, course.answers, str(target)))
        say(
            f"Your settings are in {shown(target)}. `triage login` has more ways to sign in; after it, `triage init` "
            "goes on."
        )
    else:
        say("Nothing was switched on. `triage init` asks again when you have the right password.")


def _kept(course: Course, config: Config, provider: Provider | None, manner: Manner) -> str:
    """Where the password lies, after a sign-in that worked."""
    given = _given_secrets() if manner.secret_stdin else None
    return signing.settle(course, config, provider, given)


def _given_secrets() -> signing.Secrets:
    return lambda: sys.stdin.readline().rstrip("\r\n")


def _once_more(course: Course, provider: Provider | None, error: ServerError) -> None:
    """Whether to try again, with another server where ours may be wrong; else, the error."""
    if course.asker.alone:
        raise error
    say(str(error))
    words = "Try again?" if provider else "Do you want to name another server?"
    if not course.asker.yes(Question(words, "--host", "y")):
        raise error
    if not provider:
        course.drop("host", "port", "tls", "user", "ca_file")
        servers.ask(course)


def _look(course: Course, config: Config, outcome: Outcome, *, wanted: bool) -> None:
    """What it would have found."""
    from triage.cli.wizard.look import DAYS, look

    question = Question(f"See what it would have found in the last {DAYS} days? Nothing of it is kept.", "--look", "y")
    if not wanted or course.is_done(LOOKED) or not course.asker.yes(question):
        return
    say("Reading ...")
    try:
        counted = look(config)
    except TriageError as error:
        outcome.failed(error)
        return
    outcome.read, outcome.found = counted.read, {str(kind): number for kind, number in counted.kinds.items()}
    say(counted.sentence)
    listed(counted.rows)
    course.done(LOOKED)


def _sample(course: Course, config: Config, outcome: Outcome, *, wanted: bool) -> None:
    """One letter, to see that they arrive."""
    from triage.cli.wizard.sample import send

    question = Question("Get one sample letter, to see that letters arrive?", "--sample", "y")
    wanted = wanted and mailboxes.is_first(config, course.answers)  # with any other, letters come as before
    if not wanted or course.is_done(SAMPLED) or not course.asker.yes(question):
        return
    try:
        outcome.sample = "there already" if send(config).again else "sent"
    except TriageError as error:
        outcome.failed(error)
        return
    words = {"sent": "The sample is in your inbox now.", "there already": "The sample is in your inbox already."}
    say(words[outcome.sample])
    course.done(SAMPLED)


def _start(course: Course, named: Path | None, outcome: Outcome) -> None:
    """The service."""
    try:
        outcome.service = background.start(course, named, in_keyring=outcome.password.startswith("keyring"))
    except TriageError as error:
        outcome.failed(error)


def _tell(outcome: Outcome, named: Path | None, *, as_json: bool) -> None:
    """The last words."""
    if as_json:
        show_json(asdict(outcome))
    option = f" --config {named}" if named else ""
    say(_END[outcome.service].format(address=outcome.address))
    if outcome.service == background.LATER:
        listed([" ".join(background.command(named))])
        say("And from then on:")
    rows = {
        "status": "how things stand",
        "log": "what employers have answered",
        "init": "change something",
        "uninstall": "undo all of this",
    }
    listed([f"{f'triage{option} {name}':{20 + len(option)}}  {what}" for name, what in rows.items()])
