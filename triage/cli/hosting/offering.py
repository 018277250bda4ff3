"""What a member is asked to agree to: shown in the language of their letters, and nothing is done before they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import click

from triage.cli.hosting.given import Given
from triage.cli.tables import show_json
from triage.cli.wizard.answers import Answers
from triage.cli.wizard.asking import Choice, Question, say
from triage.cli.wizard.course import Course
from triage.errors import InputError

if TYPE_CHECKING:
    from triage.hosting.consent import Consent
    from triage.hosting.settings import Hosting

_LANGUAGES = tuple(map(Choice, ("en", "de", "fr", "es"), ("English", "Deutsch", "Français", "Español")))


class Shown(Protocol):
    """How it is to be shown."""

    @property
    def show_consent(self) -> bool:
        """Only show the text?"""

    @property
    def as_json(self) -> bool:
        """To a program?"""


def agreed(course: Course, about: Hosting, given: Given, manner: Shown) -> Consent | None:
    """The text that the member has agreed to; None where it was only to be shown. Raises InputError where not."""
    from triage.hosting.consent import LANGUAGES, Offer, consent

    ours = about.enrolment
    offer = Offer(ours.organisation, ours.contact, ours.more)
    if manner.show_consent:
        course.take(Answers(language=course.answers.language or "en"))
    text = consent(_language(course, given), offer)
    if manner.show_consent:
        _print(text, as_json=manner.as_json)
        return None
    if given.consent is not None:
        agreed_to = [one for one in (consent(language, offer) for language in LANGUAGES) if one.name == given.consent]
        if not agreed_to:
            raise InputError(
                f"The member has agreed to {given.consent}, and the text is {text.name} now: show them that one "
                "(triage enrol --show-consent), and ask again. Nothing was kept."
            )
        return agreed_to[0]
    for paragraph in text.paragraphs:
        say(paragraph)
    if not course.asker.yes(Question(text.ask, "--consent", "n")):
        raise InputError("Nothing was kept. The code still counts, should they change their mind.")
    return text


def _language(course: Course, given: Given) -> str:
    if given.settings:
        from triage.config.load import parse
        from triage.hosting.terms import NAME

        return parse(given.settings, NAME).reader.language
    return course.choice("language", Question("The language of your letters:", "--language", "en"), _LANGUAGES)


def _print(text: Consent, *, as_json: bool) -> None:
    if as_json:
        show_json({"consent": text.name, "paragraphs": text.paragraphs, "ask": text.ask})
        return
    click.echo("\n\n".join((*text.paragraphs, f"{text.ask} (--consent {text.name})")))
