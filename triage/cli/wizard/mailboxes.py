"""Which mailbox `triage init` is about: the only one, one of several, or one more. The others stay as they are."""

from __future__ import annotations

from dataclasses import fields

import click

from triage.cli.wizard.answers import Answers, of_config, of_mailbox
from triage.cli.wizard.asking import Choice, Question, say
from triage.cli.wizard.checks import parted
from triage.cli.wizard.course import Course
from triage.config.outline import as_name
from triage.config.values import Config, ImapMailbox
from triage.errors import InputError

_ANOTHER = ":"
"""The answer for one more: no mailbox can be called so."""
_SHARED = frozenset({"language", "name", "country", "time_zone", "courier"})
"""What is the same for all mailboxes, beside what begins with `smtp_`; it goes with the first."""
_QUESTION = Question("Which mailbox is it about?", "--mailbox")


def spot(config: Config, answers: Answers) -> int | None:
    """The place of the mailbox among all; the one behind the last where it is to be added. None: none is on a server.

    Raises InputError where there is none of its name.
    """
    places = {one.name: at for at, one in enumerate(config.mailboxes) if isinstance(one, ImapMailbox)}
    if answers.mailbox in places:
        return places[answers.mailbox]
    if answers.add:
        return len(config.mailboxes)
    if answers.mailbox is None:
        return next(iter(places.values()), None)
    # One without a name of its own is called as its host, and that may just have been changed.
    host = as_name(parted(answers.host)[0]) if answers.host else ""
    if host not in places:
        raise InputError(
            f"There is no mailbox called {answers.mailbox}, but: {', '.join(places)}. `triage init --add` adds one."
        )
    return places[host]


def chosen(config: Config, answers: Answers) -> ImapMailbox:
    """The mailbox itself, in a configuration that has it."""
    found = config.mailboxes[spot(config, answers) or 0]
    assert isinstance(found, ImapMailbox)  # noqa: S101  # `spot` looks among those alone
    return found


def is_first(config: Config, answers: Answers) -> bool:
    """Is it the first one, with which goes what all of them share?"""
    return spot(config, answers) in (None, spot(config, Answers()))


def settle(course: Course, config: Config) -> None:
    """Ask which one where that is open, and keep it; then what is configured of it is known. Raises InputError."""
    given = course.answers
    if given.add:
        if not course.begun.answers.add and given.mailbox in {one.name for one in config.mailboxes}:
            raise InputError(f"There is a mailbox called {given.mailbox} already. To change it, leave out --add.")
        course.take(Answers(add=True))
    elif given.mailbox is None and len(config.imap_mailboxes) > 1 and _of_one(given):
        course.take(Answers(mailbox=_meant(config, given) or course.asker.choice(_QUESTION, _rows(config))))
    know(course, config)


def ask(course: Course, config: Config) -> None:
    """What is to be changed: one of the mailboxes, or is there one more?"""
    question = Question("What do you want to change?", "--mailbox or --add", config.imap_mailboxes[0].name)
    first, *others = _rows(config)
    rows = [Choice(first.key, f"{first.words}, and how letters reach you"), *others]
    answer = course.asker.choice(question, [*rows, Choice(_ANOTHER, "Add another mailbox")])
    course.take(Answers(add=True) if answer == _ANOTHER else Answers(mailbox=answer))
    know(course, config)


def know(course: Course, config: Config) -> None:
    """What the configuration says of the mailbox, and with the first one, of all else."""
    if is_first(config, course.answers):
        course.known = of_config(config)
        return
    shared = [f"--{name.replace('_', '-')}" for name in _given(course.given) if _is_shared(name)]
    if shared:
        raise click.UsageError(
            f"{', '.join(shared)}: not of one mailbox. Give it by itself, without --add or --mailbox."
        )
    course.known = Answers()
    if spot(config, course.answers) == len(config.mailboxes):
        say(f"This adds one more mailbox. Letters go to {config.reader.address}, as before.")
    else:
        home = chosen(config, course.answers)
        course.known = of_mailbox(home)
        address = home.user if "@" in home.user else config.reader.address
        course.known = Answers(address=address).over(course.known)


def name(course: Course, config: Config) -> None:
    """What one that is added is called: as its server, or where there is one of that name, as its address."""
    if not course.answers.add or course.answers.mailbox:
        return
    taken = {one.name for one in config.mailboxes}
    said = (as_name(parted(str(course.answers.host))[0]), as_name(str(course.answers.address)))
    several = (f"{said[1][:60]}-{number}" for number in range(2, len(taken) + 3))
    course.take(Answers(mailbox=next(one for one in (*said, *several) if one not in taken)))


def _of_one(given: Answers) -> bool:
    """Was anything given that is of one mailbox?"""
    return any(not _is_shared(name) for name in _given(given))


def _given(given: Answers) -> list[str]:
    return [one.name for one in fields(given) if getattr(given, one.name) is not None]


def _is_shared(name: str) -> bool:
    return name in _SHARED or name.startswith("smtp_")


def _meant(config: Config, given: Answers) -> str:
    """The only one on the server that was given; empty where that does not tell."""
    host = parted(given.host)[0] if given.host else ""
    there = [one.name for one in config.imap_mailboxes if one.host == host]
    return there[0] if len(there) == 1 else ""


def _rows(config: Config) -> list[Choice]:
    return [Choice(one.name, f"{one.user} on {one.host}") for one in config.imap_mailboxes]
