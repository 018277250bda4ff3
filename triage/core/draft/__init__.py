"""Drafts for employers: which fit now, and what they say.

They are texts to copy, for an answer to the employer's own mail, and nothing in the program sends one: a draft has no
recipient. An address of an employer is not even known, for the log keeps none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from triage.core.acts import Act, Did
from triage.core.compose import Seal
from triage.core.draft.words import GAP, Words
from triage.core.journey import GOING_ON, Meeting, State, last_heard, meetings, reached, stage_of, state
from triage.core.journey.silence import may_ask
from triage.core.shown import shown
from triage.core.situation.told import LATER, TALKED
from triage.core.values import GOOD_NEWS, NOTICES, Application, Event, Kind

HEADERS = frozenset(
    {"From", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
)
"""Every header name a draft has as a mail. No To: whom it goes to is for the reader to say. And no mark of ours: an
employer would see it."""
_RECENT = timedelta(days=30)
"""After so long, an answer to a no, a question about a silence, and words about an offer come out of nowhere."""
_AFTER_A_TALK = timedelta(days=7)


class DraftKind(StrEnum):
    """What is said to an employer."""

    FEEDBACK = "feedback"
    """One small question after a no."""
    THANKS = "thanks"
    FOLLOW_UP = "follow_up"
    """The one question when nothing has come for long after a talk."""
    WITHDRAWAL = "withdrawal"
    """After an offer elsewhere."""


@dataclass(frozen=True, slots=True)
class Author:
    """Whose drafts these are, on which clock, and when it is."""

    name: str
    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A text for the reader to copy. `gaps` are the places in it that only they can fill, as they stand there."""

    kind: DraftKind
    subject: str
    text: str
    gaps: tuple[str, ...]
    to: str = ""
    """Always empty: see the module."""


# --- Which fit now --------------------------------------------------------------------------------------------------


def possible(application: Application, applications: Iterable[Application], author: Author) -> tuple[DraftKind, ...]:
    """The kinds that fit this application now and were not taken before: each is for once."""
    fit = fitting(application, applications, author)
    return tuple(kind for kind in fit if taken(application, kind) is None)


def fitting(application: Application, applications: Iterable[Application], author: Author) -> tuple[DraftKind, ...]:
    """The same, whether or not they were taken before. `applications` are all there are."""
    fits = {
        DraftKind.FEEDBACK: _may_be_asked(application, author.now),
        DraftKind.THANKS: _may_be_thanked(application, author),
        DraftKind.FOLLOW_UP: _may_be_reminded(application, author),
        DraftKind.WITHDRAWAL: _may_be_withdrawn(application, applications, author.now),
    }
    return tuple(kind for kind, fit in fits.items() if fit)


def taken(application: Application, kind: DraftKind) -> Act | None:
    """When the reader took this draft, the first time."""
    return next((act for act in application.acts if act.kind is Did.DRAFTED and act.text == kind), None)


def _may_be_asked(application: Application, now: datetime) -> bool:
    """A person said no, and had seen more than papers. Nobody reads what is asked of a system."""
    noes = [no for no in _noes(application) if no.received > now - _RECENT]
    return any(no.human and stage_of(no, application) in LATER for no in noes)


def _may_be_thanked(application: Application, author: Author) -> bool:
    talk = _last_talk(application, author)
    if state(application) in GOING_ON and talk is not None:
        return author.now.astimezone(author.zone).date() - talk.day <= _AFTER_A_TALK
    noes = [no for no in _noes(application) if no.received > author.now - _RECENT]
    return _talked(application, author) and any(stage_of(no, application) in TALKED for no in noes)


def _may_be_reminded(application: Application, author: Author) -> bool:
    """The wait after a talk has become long, and that some days ago; an answer is still to be had."""
    if state(application) not in GOING_ON | {State.SILENT} or not _talked(application, author):
        return False
    notices = [e for e in application.events if e.kind in NOTICES and e.received > last_heard(application)]
    recent = any(author.now - _RECENT < notice.received for notice in notices)
    return recent and may_ask(notices[0], author.zone, author.now)


def _may_be_withdrawn(application: Application, applications: Iterable[Application], now: datetime) -> bool:
    """It goes on, and another employer has made an offer."""
    offered = (one for one in applications if state(one) is State.OFFERED)
    offers = (event for one in offered for event in one.mails if event.kind is Kind.OFFER)
    return state(application) in GOING_ON and any(offer.received > now - _RECENT for offer in offers)


def _noes(application: Application) -> tuple[Event, ...]:
    """The no's that closed it: two where one came by mail and one by portal. None where it goes on."""
    if state(application) is not State.CLOSED:
        return ()
    good = [event.received for event in application.mails if event.kind in GOOD_NEWS]
    noes = (event for event in application.mails if event.kind is Kind.REJECTION)
    return tuple(no for no in noes if not good or no.received >= max(good))


def _talked(application: Application, author: Author) -> bool:
    """It came to a talk. An invitation whose day nobody could read counts: the reader knows whether they talked."""
    planned = meetings(application, author.zone)
    return reached(application) in TALKED and (not planned or _last_talk(application, author) is not None)


def _last_talk(application: Application, author: Author) -> Meeting | None:
    """The latest talk that is over, as far as its day is known. One that a no came before did not take place."""
    end = min([author.now, *(no.received for no in _noes(application))])
    day = end.astimezone(author.zone).date()
    known = meetings(application, author.zone)
    past = [talk for talk in known if talk.day < day or (talk.at is not None and talk.at <= end)]
    return max(past, key=lambda talk: talk.day, default=None)


# --- What they say --------------------------------------------------------------------------------------------------


def write(kind: DraftKind, application: Application, words: Words, author: Author) -> Draft:
    """The draft of this kind: the same for the same application, and not the same as for the one after it."""
    block = _block(kind, application, author)
    wordings = words.blocks[block]
    wording = "\n\n".join((words.greeting, wordings[application.id % len(wordings)], f"{words.closing}\n"))
    facts = _facts(application, words, author)
    body = [" ".join(paragraph.split()) for paragraph in wording.format_map(facts).split("\n\n")]
    gaps = GAP.findall(" ".join(wording.split())) + [gap for fact, gap in words.gaps.items() if facts[fact] == gap]
    used = _used(gaps, "\n\n".join(body) + facts["me"])
    return Draft(kind, words.subjects[kind], "\n\n".join(body) + f"\n{facts['me']}\n", used)


def _used(gaps: Sequence[str], text: str) -> tuple[str, ...]:
    """Those that stand in the text, in its order."""
    return tuple(sorted({gap for gap in gaps if gap in text}, key=text.index))


def _block(kind: DraftKind, application: Application, author: Author) -> str:
    if kind is DraftKind.FEEDBACK and not _talked(application, author):
        return "feedback_screen"
    if kind is DraftKind.THANKS and state(application) is not State.CLOSED:
        return "thanks_talk"
    if kind is DraftKind.FOLLOW_UP and _promised(application, author):
        return "follow_up_promised"
    return kind.value


def _facts(application: Application, words: Words, author: Author) -> dict[str, str]:
    """Words of a mail are taken as they are or not at all: what would have to be altered is a gap for the reader."""
    role, talk, promised = application.role, _last_talk(application, author), _promised(application, author)
    return {
        "role": role if role and shown(role) == role else words.gaps["role"],
        "date": words.date(talk.day) if talk else words.gaps["date"],
        "promised": words.date(promised) if promised else words.gaps["date"],
        "me": " ".join(author.name.split()) or words.gaps["me"],
    }


def _promised(application: Application, author: Author) -> date | None:
    """The day by which they said they would answer, where it is over, and no earlier than the talk."""
    talk = _last_talk(application, author)
    said = [event.details.answer_by for event in application.mails if event.details.answer_by]
    day = date.fromisoformat(said[-1]) if said else None
    if day is None or day >= author.now.astimezone(author.zone).date() or (talk and day < talk.day):
        return None
    return day


# --- As a mail in the folder of drafts ------------------------------------------------------------------------------


def message_id(kind: DraftKind, application: Application, seal: Seal) -> str:
    """The Message-ID of this draft: fixed, so that it can be looked for before it is put anywhere a second time."""
    return seal.message_id(f"draft {kind}", [origin(application).key])


def origin(application: Application) -> Event:
    """The mail with which it came into the log: the same one, whatever comes or is found later."""
    return min(application.mails, key=lambda event: event.id)


def as_mail(draft: Draft, identity: str, seal: Seal, now: datetime) -> bytes:
    """The draft as a message (RFC 5322) from the reader, to nobody yet. No word of a mail is in its headers."""
    message = EmailMessage(policy=SMTP)
    message["From"] = seal.address
    message["Subject"] = draft.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = identity
    message.set_content(draft.text, cte="quoted-printable")
    return message.as_bytes()
