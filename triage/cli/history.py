"""One application, told in words for people: what each mail said, what the reader did, which letters spoke of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from triage.cli.rows import meeting_text, waits
from triage.core.acts import Act, Did
from triage.core.journey import ENDED, before, last_heard, meetings, reached, stage_of, state
from triage.core.journey.alike import same_employer, same_role
from triage.core.journey.matching import is_named
from triage.core.shown import shown
from triage.core.situation.told import day_of
from triage.core.values import NOTICES, Application, Event, Kind, Reason, Stage, Trust
from triage.store.outbox import Written

KINDS = {
    Kind.REJECTION: "a no",
    Kind.ACKNOWLEDGEMENT: "confirmation",
    Kind.INTERVIEW: "invitation to talk",
    Kind.ASSESSMENT: "task",
    Kind.OFFER: "offer",
    Kind.OUTREACH: "proposal",
    Kind.UNSURE: "not clear",
    Kind.QUIET: "no mail",
    Kind.SILENCE: "no mail",
}
STAGES = {
    Stage.APPLICATION: "application",
    Stage.SCREEN: "first call or task",
    Stage.INTERVIEW: "talk",
    Stage.FINAL: "last round",
}
_REASONS = {
    Reason.NOT_STATED: "no reason given",
    Reason.OTHER_CANDIDATE: "they chose somebody else",
    Reason.SKILLS_GAP: "they name skills or experience",
    Reason.POSITION_FILLED: "they write that it was filled already",
    Reason.POSITION_CLOSED: "they closed the opening",
    Reason.OVERQUALIFIED: "they write of more experience than they need",
    Reason.LOCATION_OR_VISA: "they name the place or a permit",
    Reason.OTHER: "they give another reason",
}
_DID = {
    Did.STEP: "you took a step",
    Did.NOTE: "your note",
    Did.LET_GO: "you let it go",
    Did.WITHDREW: "you withdrew",
    Did.CORRECTED: "you corrected",
    Did.NAMED: "you named",
    Did.DRAFTED: "you took a draft",
}
_ABOUT = re.compile(r"(?:before|after) (\d+) ")
_LONGEST_SENTENCE = 600


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: when, on which line of the log (0: on none), what it was, and what it said."""

    at: datetime
    line: int
    what: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next date: a talk, a deadline, or the day by which they said they would answer."""

    what: str
    day: date
    at: datetime | None = None
    """When a talk begins, on the reader's clock."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the log and the outbox know about one application."""

    application: Application
    acts: tuple[Act, ...]
    letters: tuple[Written, ...]


def spoken(application: Application, acts: Iterable[Act], letters: Iterable[Written]) -> Spoken:
    """Of everything the reader did and of all letters, what is about this application or a mail of it."""
    ids = {event.id for event in application.events}
    own = (act for act in acts if act.application == application.id or act.event in ids)
    return Spoken(application, tuple(own), tuple(one for one in letters if lines_told(one, ids)))


def lines_told(letter: Written, ids: Iterable[int]) -> tuple[int, ...]:
    """The lines of the log, among these, that a letter tells, or of whose talk it speaks."""
    talk = _ABOUT.match(letter.about)
    known = set(ids)
    return tuple(number for number in (*letter.told, *([int(talk[1])] if talk else [])) if number in known)


def history(about: Spoken, zone: ZoneInfo) -> list[Line]:
    """Everything in the order in which it happened."""
    application = about.application
    lines = [Line(e.received, e.id, _what(e), said(e, application, zone)) for e in application.events]
    lines += [Line(act.made, act.event, _DID.get(act.kind, act.kind), _of_act(act)) for act in about.acts]
    lines += [_of_letter(letter, application) for letter in about.letters]
    return sorted(lines, key=lambda line: line.at)


def _what(event: Event) -> str:
    if event.brought:  # the reader told it, in a list of their own
        return f"{'you applied' if event.kind is Kind.ACKNOWLEDGEMENT else KINDS[event.kind]}, from your list"
    return KINDS.get(event.kind, event.kind)


def said(event: Event, application: Application, zone: ZoneInfo) -> tuple[str, ...]:
    """What a mail said, as far as the log keeps it."""
    details = event.details
    if event.kind in NOTICES:
        return (f"none for {waits(application.events).get(event.id, 0)} days",)
    found = [_named(event, application), *_refusal(event, application)]
    found += [f"on {meeting_text(details.interview_at, zone)}"] if details.interview_at else []
    found += [f"due {shown(details.deadline)}"] if details.deadline else []
    found += [f"they mean to answer by {shown(details.answer_by)}"] if details.answer_by else []
    found += ["they invite you to apply again"] if details.reapply else []
    quotes = (f"“{shown(sentence, _LONGEST_SENTENCE)}”" for sentence in details.feedback)
    lines = ("; ".join(filter(None, found)), *quotes, "; ".join(_about_the_mail(event)))
    return tuple(filter(None, lines))


def _about_the_mail(event: Event) -> Iterator[str]:
    if event.human:
        yield "written by a person"
    if event.judged:
        yield f"taken for: {KINDS.get(event.judged, event.judged)}"
    if event.trust is Trust.UNVERIFIED:
        yield "sender not verified"


def _refusal(event: Event, application: Application) -> Iterator[str]:
    if event.kind is Kind.REJECTION:
        yield f"after the {STAGES[stage_of(event, application)]}"
        yield _REASONS.get(event.details.reason, "")


def _named(event: Event, application: Application) -> str:
    """How the mail calls it, where that is not how the application is called."""
    company, role = event.details.company, event.details.role
    others = [company] if company and not same_employer(company, application.company) else []
    others += [role] if role and not same_role(role, application.role) else []
    return f"called {', '.join(map(shown, others))}" if others else ""


def _of_act(act: Act) -> tuple[str, ...]:
    text = act.text.replace("_", " ") if act.kind is Did.DRAFTED else act.text
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _of_letter(letter: Written, application: Application) -> Line:
    lines = lines_told(letter, (event.id for event in application.events))
    about = "about its talk, line" if _ABOUT.match(letter.about) else "told line"
    said = f"{about} {', '.join(map(str, lines))}" + ("" if letter.sent else "; on its way")
    return Line(letter.composed, 0, f"{letter.kind} letter", (said,))


def ahead(application: Application, zone: ZoneInfo, now: datetime) -> Ahead | None:
    """The next date, where there is one and the application has not ended."""
    if state(application) in ENDED:
        return None
    today = now.astimezone(zone).date()
    talks = [Ahead("talk", one.day, one.at) for one in meetings(application, zone)]
    days = [Ahead("due", day) for one in application.mails if (day := day_of(one.details.deadline, zone))]
    promises = [day for one in application.mails if (day := day_of(one.details.answer_by, zone))]
    days += [Ahead("answer by", promises[-1])] if promises else []
    coming = [one for one in (*talks, *days) if one.day >= today and (one.at is None or one.at >= now)]
    return min(coming, key=lambda one: (one.day, one.at is None, one.at or now), default=None)


def perhaps(application: Application, every: Sequence[Application]) -> tuple[Application, ...]:
    """The applications that one may really be, which begins with a mail that names no role: nobody guesses."""
    first = min(application.mails, key=lambda mail: mail.received, default=None)
    if first is None or application.role or first.kind is Kind.ACKNOWLEDGEMENT:
        return ()
    others = [one for one in every if one.id != application.id and is_named(one, application.company)]
    earlier = [one for one in others if any(mail.received < first.received for mail in one.mails)]
    return tuple(one for one in earlier if state(before(one, first)) not in ENDED)


def activity(application: Application) -> datetime:
    """When the last mail about it came; without one, long ago."""
    return last_heard(application) if application.mails else datetime.min.replace(tzinfo=ZoneInfo("UTC"))


def quiet_days(application: Application, now: datetime) -> int:
    """Days since the last mail about it."""
    return max((now - last_heard(application)).days, 0) if application.mails else 0


def employer(application: Application) -> str:
    """Whom it is with: the company, or where its mail comes from."""
    domains = (shown(mail.sender_domain) for mail in application.mails if mail.sender_domain)
    return shown(application.company) or next(domains, "-")


def name(application: Application) -> str:
    """What it is called in a sentence: "Fjord, Data Analyst"."""
    return ", ".join(filter(None, (employer(application), shown(application.role))))


def stage(application: Application) -> str:
    """How far it has come, in words."""
    return STAGES[reached(application)]
