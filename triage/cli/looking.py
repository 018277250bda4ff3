"""How `scan` and `explain` look at mails in files: as anybody's, or as your own service looks at yours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps

import click

from triage.cli import build
from triage.cli.options import pass_settings
from triage.cli.settings import Settings
from triage.cli.stores import existing
from triage.core import message, trust
from triage.core.judge import NONE_LEARNT, Judge, Lessons
from triage.core.values import Details, Message, Trust, Verdict
from triage.files import Filed
from triage.resources import LANGUAGES

mail_language = click.option(
    "--language",
    "languages",
    multiple=True,
    type=click.Choice(LANGUAGES),
    default=LANGUAGES,
    help="Judge as mail in this language only; may be given several times. All nine are known.",
)
_READER = click.option("--reader", multiple=True, metavar="ADDRESS", help="Your own address: mail from it is your own.")
_MINE = click.option(
    "--mine", is_flag=True, help="As your service does: with your configuration, and what you have corrected so far."
)
_AUTHSERV_ID = click.option(
    "--authserv-id",
    default="",
    metavar="NAME",
    help="The server whose Authentication-Results count; then it is said whether the sender is verified.",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A mail in a file, and all that can be said about it."""

    filed: Filed
    read: Message
    verdict: Verdict
    details: Details
    trust: Trust


@dataclass(frozen=True, slots=True)
class Eye:
    """Judges mails. Without an `authserv_id`, nothing is claimed about senders."""

    judge: Judge
    lessons: Callable[[Message], Lessons]
    authserv_id: str

    def look(self, filed: Filed) -> Judged:
        read = message.parse(filed.raw)
        verdict, details = self.judge.verdict(read, self.lessons(read))
        return Judged(filed, read, verdict, details, trust.sender(read, self.authserv_id))


def with_eye(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options that say how to look, and passes it the `eye` that they come to."""

    @_READER
    @mail_language
    @_MINE
    @_AUTHSERV_ID
    @pass_settings
    @wraps(command)
    def looking(
        settings: Settings,
        /,
        reader: Sequence[str],
        languages: Sequence[str],
        mine: bool,
        authserv_id: str,
        **rest: object,
    ) -> None:
        eye = _own(settings, authserv_id) if mine else _anybodys(reader, languages, authserv_id)
        command(eye=eye, **rest)

    return looking


def _anybodys(reader: Sequence[str], languages: Sequence[str], authserv_id: str) -> Eye:
    judge = build.judge(frozenset(address.lower() for address in reader), languages)
    return Eye(judge, lambda _: NONE_LEARNT, authserv_id)


def _own(settings: Settings, authserv_id: str) -> Eye:
    pipeline = build.pipeline(settings.config, existing(settings))
    ids = set(pipeline.judge.authserv_ids.values())
    # A file does not say which mailbox it came to: with two servers, only the person can.
    return Eye(pipeline.judge, pipeline.lessons, authserv_id or (ids.pop() if len(ids) == 1 else ""))
