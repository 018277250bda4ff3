"""The order of an enrolment: consent, who and where, sign-in, and only then anything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.cli.clock import utc_now
from triage.cli.hosting.engines import WORKER, connected, hosting, keys
from triage.cli.hosting.given import Given
from triage.cli.hosting.offering import agreed
from triage.cli.hosting.proving import proved
from triage.cli.tables import show_json
from triage.cli.wizard import checks, filling, person, servers
from triage.cli.wizard.answers import OAUTH, PASSWORD, Answers
from triage.cli.wizard.asking import AnswerError, Choice, Question, asker, listed, say
from triage.cli.wizard.begun import Begun
from triage.cli.wizard.course import Course
from triage.config.outline import zone
from triage.errors import InputError

if TYPE_CHECKING:
    from triage.cli.settings import Settings
    from triage.config.values import Config
    from triage.hosting.settings import Hosting
    from triage.providers import Provider

_BASE = '[reader]\naddress = "me@example.org"\n\n[[mailbox]]\nhost = "imap.example.org"\n'
_WORDS = {"app-password": "an app password, made for this alone", PASSWORD: "the mail password", OAUTH: "its own page"}


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is to be done, whatever the answers are."""

    show_consent: bool = False
    no_discovery: bool = False
    non_interactive: bool = False
    plain: bool = False
    as_json: bool = False


def go(settings: Settings, given: Given, manner: Manner) -> None:
    """All of it. Raises TriageError; then nothing is kept."""
    from triage.hosting import enrolment

    put = asker(plain=manner.plain, silent=manner.non_interactive, consents=False)
    course = Course(put, Begun(Path("/")), given.answers)
    about = hosting(settings)
    if given.code == "-" and not manner.show_consent:
        given = replace(given, code=put.line(Question("The code you were given:", "CODE"), _code))
    text = agreed(course, about, given, manner)
    if text is None:
        return
    with connected(settings, WORKER) as engine:
        sealing = keys(settings)  # before anybody types a password
        who = enrolment.invited(engine, given.code, utc_now())
        written, config = _settled(course, about, given, manner)
        rows = proved(course, config, about, given.secrets, as_json=manner.as_json)
        entrusted = enrolment.Enrolment(written, rows, text.name, config.imap_mailboxes[0].host)
        leaving = enrolment.enrol(engine, sealing, given.code, entrusted, utc_now())
    _tell(who.handle, text.name, leaving, as_json=manner.as_json)


def _settled(course: Course, about: Hosting, given: Given, manner: Manner) -> tuple[str, Config]:
    """The member's settings, written and read. Raises ConfigError, and InputError for a server that is none."""
    from triage.hosting.outside import require_outside
    from triage.hosting.terms import NAME, Terms, settled

    text = given.settings
    if not text:
        _ask(course, about, manner)
        text = filling.filled(_BASE, course.answers, NAME)
    config = settled(text, Terms(about.enrolment.inner_servers))
    if not about.enrolment.inner_servers:
        require_outside(config)
    return text, config


def _ask(course: Course, about: Hosting, manner: Manner) -> None:
    person.ask_address(course)
    provider = servers.settle(course, None if manner.no_discovery else servers.discover)
    _choose(course, provider, about.enrolment.clients)
    course.line("name", Question("Your first name, for the greeting (may stay empty):", "--name"), checks.name)
    question = Question("The time zone you live in, such as Europe/Berlin:", "--time-zone", _here())
    course.line("time_zone", question, _zone)
    if course.answers.country is not None:
        course.line("country", Question("Your country:", "--country"), checks.country)


def _choose(course: Course, provider: Provider | None, clients: Mapping[str, str]) -> None:
    """The kind of sign-in: by an authority only where this service is known there."""
    kinds = provider.sign_in if provider else (PASSWORD,)
    known = tuple(kind for kind in kinds if kind != OAUTH or (provider and provider.oauth in clients))
    if not known:
        raise InputError(
            f"{provider.name if provider else 'This provider'} lets programs in by its own sign-in page only, and this "
            "service is not registered there yet. Whoever runs it can do that ([enrolment.oauth] in hosting.toml)."
        )
    rows = [Choice(kind, _WORDS[kind]) for kind in known]
    if len(rows) == 1 and course.answers.sign_in is None:
        course.take(Answers(sign_in=known[0]))
    if course.choice("sign_in", Question("Sign in with:", "--sign-in", known[0]), rows) == OAUTH and provider:
        course.take(Answers(authority=provider.oauth, client_id=clients[provider.oauth]))


def _code(text: str) -> str:
    from triage.hosting.codes import digest

    try:
        digest(text)
    except InputError as error:
        raise AnswerError(str(error)) from None
    return text


def _zone(text: str) -> str:
    if not text.strip():
        raise AnswerError("Please name it: letters come at an hour of your day.")
    return checks.zone(text)


def _here() -> str:
    """That of this machine, where it says one: whoever asks mostly lives in the same."""
    try:
        name = zone("").key
    except (LookupError, ValueError, OSError):
        return ""
    return name if "/" in name and not name.startswith("Etc/") else ""


def _tell(handle: str, consent: str, leaving: str, *, as_json: bool) -> None:
    if as_json:
        show_json({"handle": handle, "state": "active", "consent": consent, "leave_with": leaving})
        return
    say("Done. Your mailbox is looked at from now on, first at the mail of the last weeks. Letters come by themselves.")
    say(
        "You can leave at any time, and everything that is kept for you is removed then. Keep this code for that day; "
        "with it you can also have a copy of all of it sent to your mailbox. Whoever offers this to you takes it:"
    )
    listed([leaving])
    click.echo(handle)
