"""From the configuration to the rooms: the one list of what the service is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from triage import resources
from triage.config.couriers import ImapCourierConfig, MaildirCourierConfig, SmtpCourierConfig
from triage.config.mailboxes import ImapMailboxConfig, MailboxConfig
from triage.config.model import Account, Config, LettersConfig
from triage.core import compose, playbook, situation, wording
from triage.core.detect import Detector
from triage.core.detect.languages import Languages
from triage.core.detect.second import Second
from triage.core.detect.senders import parse_senders
from triage.core.draft import words as draft_words
from triage.core.extract import Extractor
from triage.core.extract.naming import Names
from triage.core.extract.zones import Zones
from triage.core.helplines import Helplines
from triage.core.helplines.table import HelplineError
from triage.core.helplines.table import parse as parse_helplines
from triage.core.journey.silence import Patience, Wait
from triage.core.judge import Judge
from triage.core.letter import Cadence
from triage.core.reply.phrases import Phrases, PhrasesError
from triage.core.reply.phrases import parse as parse_phrases
from triage.core.shown import shown
from triage.core.stationery import Stationery
from triage.courier import Courier
from triage.credentials import password_for
from triage.errors import ConfigError
from triage.mailbox import Mailbox
from triage.pipeline import Pipeline
from triage.service import Watched
from triage.store import Store
from triage.wire import Password, Server, Tls

if TYPE_CHECKING:
    from triage.core.model.prefilter import Prefilter
    from triage.core.model.reader import Model
    from triage.courier.drafts import DraftsFolder

Texts = tuple[tuple[str, str], ...]
"""Files by their names."""


def judge(
    reader: frozenset[str], languages: Sequence[str] = resources.LANGUAGES, *, keep_feedback: bool = True
) -> Judge:
    """The detector and the extractor for mail in these languages, from the program's own files."""
    senders = parse_senders(resources.senders())
    spoken = _spoken(tuple(languages))
    second = Second(_prefilter, _model)
    extractor = Extractor(spoken, senders, Names(resources.names()), Zones(resources.zones()))
    return Judge(Detector(spoken, senders, second), extractor, reader, keep_feedback)


@cache
def _spoken(languages: tuple[str, ...]) -> Languages:
    return Languages(resources.signals(languages), resources.common_words())


# Read when the first mail is: most commands judge none, and NumPy alone takes as long to load as they do to answer.
@cache
def _prefilter() -> Prefilter:
    from triage.core.model.prefilter import Prefilter

    return Prefilter(resources.arrays("prefilter"))


@cache
def _model() -> Model:
    from triage.core.model.reader import Model

    return Model(resources.arrays("weights"))


def pipeline(config: Config, store: Store) -> Pipeline:
    """Both paths, for this reader and this store. Raises ConfigError where a template cannot be used."""
    reader = frozenset({config.reader.address, *(account.user for account in config.accounts)})
    judging = judge(reader, config.reader.mail_languages, keep_feedback=config.privacy.keep_feedback)
    trusted = {mailbox.name: mailbox.authserv_id for mailbox in config.mailboxes}
    listening = phrases(config)
    return Pipeline(store, replace(judging, authserv_ids=trusted), stationery(config, store.secret), listening)


def phrases(config: Config) -> tuple[Phrases, ...]:
    """What the reader may answer to a letter: in its language, and in English. Raises ConfigError."""
    own, languages = config.letters.templates, dict.fromkeys((config.reader.language, "en"))
    try:
        return tuple(_phrases(resources.replies(one, own), one) for one in languages)
    except PhrasesError as error:
        raise ConfigError(f"Replies cannot be understood: {error}") from error


@cache
def _phrases(text: str, language: str) -> Phrases:
    return parse_phrases(text, language)


def stationery(config: Config, secret: bytes) -> Stationery:
    """What writing takes. Raises ConfigError where a template cannot be used."""
    own, reader, letters = config.letters.templates, config.reader, config.letters
    try:
        formal = resources.formal_words(reader.language, own) if letters.formal else {}
        words = _parsed(_frozen(resources.words(reader.language, own)), _frozen(formal))
        tips = playbook.parse(resources.playbook(own), words.blocks)
        drafts_of = draft_words.parse(resources.drafts(reader.language, own))
        helplines = parse_helplines(resources.helplines(own))
        templates = compose.environment(resources.templates(own))
    except (wording.WordingError, HelplineError) as error:
        raise ConfigError(f"Letters cannot be written: {error}") from error
    return Stationery(
        _reader(config, helplines),
        cadence(config),
        patience(config),
        words,
        tips,
        drafts_of,
        templates,
        compose.Seal(reader.address, reader.name, reader.language, secret),
    )


# By what the files say: for who builds this more than once, such as a service whose configuration has changed.
@cache
def _parsed(words: Texts, formal: Texts) -> wording.Wordings:
    return wording.parse(dict(words), dict(formal) or None)


def _frozen(texts: Mapping[str, str]) -> Texts:
    return tuple(sorted(texts.items()))


def _reader(config: Config, helplines: Helplines) -> situation.Reader:
    """What letters may know of their reader; what they have said since comes from the store."""
    reader, home = config.reader, config.reader.home_country
    return situation.Reader(
        shown(reader.name),
        config.letters.tone,
        reader.zone,
        lines=helplines.lines(home, reader.language),
        emergency=helplines.emergency(home),
        volunteers=config.letters.volunteering,
    )


def patience(config: Config) -> Patience:
    """How long waits may be."""
    letters = config.letters
    return Patience(
        Wait(letters.quiet_after_days, letters.silent_after_days),
        Wait(letters.quiet_after_talk_days, letters.silent_after_screen_days),
        Wait(letters.quiet_after_talk_days, letters.silent_after_talk_days),
    )


def cadence(config: Config) -> Cadence:
    letters: LettersConfig = config.letters
    return Cadence(
        zone=config.reader.zone,
        hour=letters.hour,
        quiet_from=letters.quiet_from,
        quiet_to=letters.quiet_to,
        weekends=letters.weekends,
        most_per_day=letters.most_per_day,
        most_per_week=letters.most_per_week,
        weekly=letters.weekly,
        before_days=letters.before_days,
        after=letters.after_talk,
        taper_weeks=letters.taper_weeks,
    )


def watched(config: Config) -> tuple[Watched, ...]:
    """Every mailbox, with how often and how far back to look."""
    return tuple(
        Watched(
            mailbox(config, table),
            (table.poll_minutes if isinstance(table, ImapMailboxConfig) else 1) * 60.0,
            timedelta(days=table.look_back_days),
        )
        for table in config.mailboxes
    )


def mailbox(config: Config, table: MailboxConfig) -> Mailbox:
    """One mailbox; it connects when it is first used."""
    if isinstance(table, ImapMailboxConfig):
        from triage.mailbox.imap import ImapMailbox

        return ImapMailbox(table.name, server(table), password(config.account(table)), table.folders)
    from triage.mailbox.maildir import MaildirMailbox

    return MaildirMailbox(table.name, table.path)


def courier(config: Config) -> Courier:
    """The way to the one reader."""
    table = config.courier
    if isinstance(table, MaildirCourierConfig):
        from triage.courier.maildir import MaildirCourier

        return MaildirCourier(table.path)
    if isinstance(table, SmtpCourierConfig):
        from triage.courier.smtp import SmtpCourier

        return SmtpCourier(
            server(table), password(config.account(table)), config.reader.address, lambda mid: _arrived(config, mid)
        )
    return _imap_courier(config, table)


def _imap_courier(config: Config, table: ImapCourierConfig) -> Courier:
    from triage.courier.imap import ImapCourier

    home = config.letter_mailbox
    assert home is not None  # noqa: S101  # the configuration checks it for this kind of courier
    return ImapCourier(server(home), password(config.account(home)), table.folder)


def drafts(config: Config, name: str) -> DraftsFolder:
    """The folder of drafts in the mailbox of this name, or, where it is none on a server, in that of the letters."""
    from triage.courier.drafts import DraftsFolder

    tables = {table.name: table for table in config.imap_mailboxes}
    home = tables.get(name) or config.letter_mailbox or config.imap_mailboxes[0]
    return DraftsFolder(server(home), password(config.account(home)), config.drafts.folder)


def _arrived(config: Config, message_id: str) -> bool:
    """Has a letter sent by SMTP come out at the other end, in one of the watched mailboxes?

    Asked rarely, and by another thread than the one that watches: so it opens connections of its own.
    """
    for table in config.mailboxes:
        there = mailbox(config, table)
        try:
            if there.contains(message_id):
                return True
        finally:
            there.close()
    return False


def server(table: ImapMailboxConfig | SmtpCourierConfig) -> Server:
    return Server(table.host, table.port, table.user, Tls(table.tls), table.ca_file, float(table.timeout_seconds))


def password(account: Account) -> Password:
    return lambda: password_for(account.user, account.host, account.credentials)
