"""One member's rooms, from their own configuration, for one job. What is the same for all is made once in a process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import lru_cache, partial

from triage.ahead import Hands
from triage.cli import build
from triage.config.values import Config, SmtpCourier
from triage.core.judge import Judge
from triage.core.values import Cursor, RawMessage
from triage.hosting import leaving
from triage.hosting.fenced import Fenced
from triage.hosting.home import Home
from triage.hosting.members import Member
from triage.hosting.politeness import Politeness
from triage.pipeline import Pipeline
from triage.resources import LANGUAGES
from triage.service import Service, utc_now

_hands = Hands()
"""They judge for all members: a few threads each would be more than there are cores for."""


def home(member: Member, clock: Callable[[], datetime] = utc_now, politeness: Politeness | None = None) -> Home:
    """All that a job needs of this member; nothing is connected yet. Raises ConfigError.

    `politeness`: how providers are spared where a letter that went elsewhere is looked for.
    """
    config, store = member.config, member.store
    judging = build.own(_judge(config.reader.mail_languages), config)
    letters = build.stationery(config, store.secret)
    leave = partial(leaving.leave, store.member)
    pipeline = Pipeline(store, judging, letters, build.phrases(config), _hands, leave=leave)
    watched = build.watched(config, member.password)
    hosts, there = tuple(table.host.lower() for table in config.imap_mailboxes), _letters_go_to(config)
    searched = sorted({*hosts} - {there}) if isinstance(config.courier, SmtpCourier) else ()
    searching = partial(politeness.places, searched) if politeness else nullcontext
    courier = Fenced(build.courier(config, member.password), store, searching)
    service = Service(pipeline, watched, courier, clock)
    return Home(member.handle, store, service, hosts, there)


def _letters_go_to(config: Config) -> str:
    table = config.courier if isinstance(config.courier, SmtpCourier) else config.letter_mailbox
    assert table is not None  # noqa: S101  # a member has no folder of ours for letters: see triage.hosting.terms
    return table.host.lower()


@lru_cache(32)
def _judge(languages: tuple[str, ...]) -> Judge:
    """Without a second process for the network: jobs side by side keep the cores busy by themselves."""
    return build.judge(frozenset(), languages)


def get_ready() -> None:
    """Load what judges mail, before there are jobs: each of the first ones would wait for it."""
    mail = RawMessage(Cursor("", "", 0, 0), datetime.min.replace(tzinfo=UTC), _LIKE_AN_EMPLOYERS)
    _judge(LANGUAGES).judged(mail)


_LIKE_AN_EMPLOYERS = b"Subject: Your application\n\nWe decided to go on with others for the role you applied for.\n"
"""All of the judging is asked about such a mail."""
