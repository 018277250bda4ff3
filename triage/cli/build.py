"""From the configuration to the rooms: the one list of what the service is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from triage.cli.connecting import SignIn, courier, drafts, mailbox, password, require_secret, server
from triage.cli.judging import judge
from triage.cli.writing import cadence, patience, phrases, stationery
from triage.config.values import Config, ImapMailbox
from triage.core.judge import Judge
from triage.desktop import Desktop, Notice
from triage.pipeline import Pipeline
from triage.service import Watched, untold
from triage.store import Store


def pipeline(config: Config, store: Store) -> Pipeline:
    """Both paths, for this reader and this store. Raises ConfigError where a template cannot be used."""
    judging = judge(frozenset(), config.reader.mail_languages, beside=True)
    return Pipeline(store, own(judging, config), stationery(config, store.secret), phrases(config))


def own(judging: Judge, config: Config) -> Judge:
    """The same judge, for this reader: who they are, what they keep, and whose word counts at their mailboxes."""
    reader = frozenset({config.reader.address, *(account.user for account in config.accounts)})
    trusted = {mailbox.name: mailbox.authserv_id for mailbox in config.mailboxes}
    return replace(judging, reader=reader, keep_feedback=config.privacy.keep_feedback, authserv_ids=trusted)


def watched(config: Config, sign_in: SignIn | None = None) -> tuple[Watched, ...]:
    """Every mailbox, with how often and how far back to look."""
    return tuple(
        Watched(
            mailbox(config, table, sign_in),
            (table.poll_minutes if isinstance(table, ImapMailbox) else 1) * 60.0,
            timedelta(days=table.look_back_days),
        )
        for table in config.mailboxes
    )


def tell(config: Config) -> Callable[[Notice], object]:
    """Where news for the reader's eyes go: to their desktop, if they asked for that."""
    return Desktop().tell if config.service.notifications else untold


__all__ = [
    "cadence",
    "courier",
    "drafts",
    "judge",
    "mailbox",
    "own",
    "password",
    "patience",
    "phrases",
    "pipeline",
    "require_secret",
    "server",
    "stationery",
    "tell",
    "watched",
]
