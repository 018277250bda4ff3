"""The sample letter that a new reader gets once: a letter of the day about an answer that nobody has written.

It says first of all that it is a sample, and its words are those of real letters.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from triage.core import compose, content, situation
from triage.core.letter import Composed, Facts, LetterKind, Plan, Sent
from triage.core.page import Letter, Section
from triage.core.stationery import Stationery
from triage.core.values import Application, Details, Event, Kind, Reason, Stage
from triage.core.wording import WordingError

_KEY = "sample"
_EARLIER, _LONG_AGO = timedelta(hours=3), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Words:
    """What a sample says beside a real letter, in one language; the company and the role are made up."""

    subject: str
    heading: str
    first: str
    last: str
    company: str
    role: str


def parse(text: str, name: str) -> Words:
    """Read the file `name` of these words. Raises WordingError."""
    try:
        data = tomllib.loads(text)
        return Words(**{one.name: _text(data[one.name]) for one in fields(Words)})
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise WordingError(f"{name} cannot be used: {error}.") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise TypeError("each of its entries is a text of one line")
    return value


def message_id(reader: str) -> str:
    """The Message-ID of the one sample for this reader: always the same, so that there is never a second one."""
    return f"<{hashlib.sha256(f'triage {_KEY} {reader}'.encode()).hexdigest()[:40]}@{reader.rpartition('@')[2]}>"


def sample(words: Words, tools: Stationery, now: datetime) -> Composed:
    """The finished letter. It bears no seal of the store: nothing in it counts, and an answer to it does nothing."""
    letter = _letter(words, tools, now)
    return compose.compose(letter, message_id(tools.seal.reader), tools.seal, tools.templates, now)


def _letter(words: Words, tools: Stationery, now: datetime) -> Letter:
    event = _event(words, now)
    plan, known = Plan(LetterKind.DAILY, (event,)), Application(1, words.company, words.role, "", (event,))
    # As if it were not the first: what goes with the first letter of all is for the real one.
    facts = Facts(untold=(event,), sent=(Sent(LetterKind.DAILY, now - _LONG_AGO),), applications=(known,))
    told = situation.gather(plan, facts, tools.reader, now)
    real = content.write(told, content.Desk(tools.words, tools.playbook))
    said = Section(words.heading, (words.first, words.last))
    return replace(real, subject=words.subject, sections=(said, *real.sections), events=(), wordings=())


def _event(words: Words, now: datetime) -> Event:
    details = Details(words.company, words.role, stage=Stage.APPLICATION, reason=Reason.OTHER_CANDIDATE)
    return Event(_KEY, "", "", "", now - _EARLIER, Kind.REJECTION, 1.0, details=details, application=1, id=1)
