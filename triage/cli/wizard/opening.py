"""The beginning of `triage init`: what there is already, from a run that was stopped or in the configuration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from triage.cli.wizard import begun, filling, mailboxes, person
from triage.cli.wizard.answers import Answers, of_config
from triage.cli.wizard.asking import Asker, Question, listed, say, shown
from triage.cli.wizard.begun import Begun
from triage.cli.wizard.course import Course
from triage.config.load import parse
from triage.config.text import decoded, read
from triage.config.values import Config
from triage.errors import InputError

_SERVER = dict.fromkeys(
    ("host", "port", "tls", "ca_file", "user", "sign_in", "smtp_host", "smtp_port", "smtp_tls", "smtp_user")
)
_ANEW = "`triage init --reset` starts over"
_LANGUAGES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish"}


def opened(asker: Asker, target: Path, given: Answers, *, reset: bool, lasting: bool) -> tuple[Course, str]:
    """How far it had come, and the text of the configuration there is, or of a new one. Raises ConfigError
    and InputError.

    `reset`: whatever there is does not count. `lasting`: the answers are to be kept.
    """
    before = None if reset else _before(target, given)
    course = Course(asker, before or Begun(target.absolute()), given, keeping=begun.place() if lasting else None)
    if reset or not target.exists():
        _welcome(asker, instead=_ANEW if before else "")
        course.drop("mailbox", "add")  # it is the first one
        return course, filling.example()
    text = decoded(read(target), target)
    config = parse(text, str(target))
    if not config.imap_mailboxes:
        raise InputError(
            f"{target}: your mail is read from a folder on this computer, which triage init does not set up. "
            "Change the file itself, or start over with --reset."
        )
    if before is None:
        _show(target, config)
        mailboxes.settle(course, config)
        _offer_change(course, config)
    else:
        # To start over would leave out the mailboxes that are set up already.
        leave = f"`triage init --mailbox {config.imap_mailboxes[0].name}` leaves that"
        _welcome(asker, instead=_ANEW if mailboxes.is_first(config, course.answers) else leave)
        mailboxes.settle(course, config)
    return course, text


def _before(target: Path, given: Answers) -> Begun | None:
    """What was begun for this very file. With other answers now, none of its steps counts as done."""
    before = begun.load(begun.place())
    if before is None or before.config != target.absolute() or _is_of_another(given, before.answers):
        return None
    return before if given.over(before.answers) == before.answers else replace(before, done=())


def _is_of_another(given: Answers, before: Answers) -> bool:
    """Is it about another mailbox now?"""
    return bool(given.add) > bool(before.add) or given.mailbox not in (None, before.mailbox)


def _welcome(asker: Asker, *, instead: str) -> None:
    """`instead`: what else there is to do for who has begun this before."""
    if instead:
        say(f"You have begun this before. It goes on where you stopped; {instead}.")
    elif asker.alone:
        say("This sets up triage.")
    else:
        say("This sets up triage, in about five minutes. You can stop at any time with Ctrl-C, and go on later.")


def _show(target: Path, config: Config) -> None:
    say("triage is set up already:")
    way = {"imap": "put into the mailbox", "smtp": "sent to you by mail", "maildir": "put into a folder"}
    listed(
        [
            f"settings  {shown(target)}",
            f"for       {person.greeting(of_config(config))}",
            *(f"mailbox   {one.name}" for one in config.mailboxes),
            f"letters   in {_LANGUAGES[config.reader.language]}, {way[config.courier.kind]}",
        ]
    )


def _offer_change(course: Course, config: Config) -> None:
    """The configured answers count, unless something is to be changed; what was given as options is changed anyway."""
    given, known = course.given, course.known
    if replace(given, mailbox=None, add=None) != Answers() or course.asker.alone:
        elsewhere = given.host is not None or given.address not in (None, known.address)
        course.take(replace(known, **_SERVER) if elsewhere else known)
    elif given.mailbox or given.add:
        return  # that says that something is to be changed
    elif course.asker.yes(Question("Keep all of this as it is?", "--address and the like", "y")):
        course.take(replace(known, mailbox=config.imap_mailboxes[0].name))
    else:
        mailboxes.ask(course, config)
