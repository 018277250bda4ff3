"""Who the letters are for: the address, and how they are written."""

from __future__ import annotations

import os

from triage.cli.wizard import checks
from triage.cli.wizard.answers import Answers
from triage.cli.wizard.asking import Choice, Question, say
from triage.cli.wizard.course import Course
from triage.config.outline import zone

_LANGUAGES = (
    Choice("en", "English"),
    Choice("de", "Deutsch"),
    Choice("fr", "Français"),
    Choice("es", "Español"),
)


def ask_address(course: Course) -> str:
    """The one address that is watched, and that letters go to."""
    question = Question("The mail address that employers write to:", "--address")
    return course.line("address", question, checks.address)


def ask_words(course: Course) -> None:
    """The language, the name, and what can mostly be told from this computer's time zone."""
    language = Question("The language of your letters:", "--language", _spoken())
    course.choice("language", language, _LANGUAGES)
    course.line("name", Question("Your first name, for the greeting (may stay empty):", "--name"), checks.name)
    _ask_zone(course)
    if course.answers.country is not None:
        course.line("country", Question("Your country:", "--country"), checks.country)


def _spoken() -> str:
    """The language this computer is set to, where letters can be written in it."""
    told = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return told[:2] if told[:2] in {one.key for one in _LANGUAGES} else "en"


def _ask_zone(course: Course) -> None:
    """Only where this computer does not say which it is in: letters come at an hour of the day."""
    if course.everything.time_zone is None:
        try:
            zone("")
            return
        except (LookupError, ValueError, OSError):
            say("This computer does not say which time zone it is in.")
    elif course.answers.time_zone is None:
        return
    course.line("time_zone", Question("Your time zone, such as Europe/Berlin:", "--time-zone"), checks.zone)


def greeting(found: Answers) -> str:
    """Whom it is for, in a few words."""
    return f"{found.name} ({found.address})" if found.name else str(found.address)
