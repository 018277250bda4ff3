"""What letters are written with, from the configuration and the files of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment

from triage import resources
from triage.config.outline import cadence as cadence_of
from triage.config.values import Config
from triage.core import compose, playbook, situation, wording
from triage.core.draft import words as draft_words
from triage.core.helplines import Helplines
from triage.core.helplines.table import HelplineError
from triage.core.helplines.table import parse as parse_helplines
from triage.core.journey.silence import Patience, Wait
from triage.core.letter import Cadence
from triage.core.reply.phrases import Phrases, PhrasesError
from triage.core.reply.phrases import parse as parse_phrases
from triage.core.shown import shown
from triage.core.stationery import Stationery
from triage.errors import ConfigError

Texts = tuple[tuple[str, str], ...]
"""Files by their names."""


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
    reader, letters = config.reader, config.letters
    tools = (_tools if letters.templates else _own_tools)(reader.language, letters.templates, formal=letters.formal)
    return Stationery(
        _reader(config, tools.helplines),
        cadence(config),
        patience(config),
        tools.words,
        tools.playbook,
        tools.drafts,
        tools.templates,
        compose.Seal(reader.address, reader.name, reader.language, secret),
    )


@dataclass(frozen=True, slots=True)
class _Tools:
    """What is the same for all who are written to in one language and manner."""

    words: wording.Wordings
    playbook: playbook.Playbook
    drafts: draft_words.Words
    helplines: Helplines
    templates: Environment


def _tools(language: str, own: Path | None, *, formal: bool) -> _Tools:
    """`own`: the folder of the reader's own templates."""
    try:
        manner = resources.formal_words(language, own) if formal else {}
        words = _parsed(_frozen(resources.words(language, own)), _frozen(manner))
        return _Tools(
            words,
            playbook.parse(resources.playbook(own), words.blocks),
            draft_words.parse(resources.drafts(language, own)),
            parse_helplines(resources.helplines(own)),
            compose.environment(resources.templates(own)),
        )
    except (wording.WordingError, HelplineError) as error:
        raise ConfigError(f"Letters cannot be written: {error}") from error


_own_tools = cache(_tools)
"""Of the program's own files, which do not change while it runs: for who writes to many."""


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
    """When letters may come."""
    return cadence_of(asdict(config.letters), config.reader.zone)
