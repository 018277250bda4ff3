"""Made-up searches: one that is written down, and any that chance makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from tests.core.letters.desk import Desk, at, mail
from triage import resources
from triage.core import compose
from triage.core.acts import Act, Did
from triage.core.journey import LOGGED
from triage.core.letter import LetterKind, Sent
from triage.core.report import Kept
from triage.core.report.page import TEMPLATE
from triage.core.report.words import Words, parse
from triage.core.values import BROUGHT, UNDATED, Application, Details, Event, Kind, Stage

ACK, NO, TALK, TASK, OFFER = (
    Kind.ACKNOWLEDGEMENT,
    Kind.REJECTION,
    Kind.INTERVIEW,
    Kind.ASSESSMENT,
    Kind.OFFER,
)
NOW = at("2026-05-04 10:00")
LANGUAGES = ("en", "de", "fr", "es")
TEMPLATES = compose.environment({TEMPLATE: resources.report_template(None)}, (TEMPLATE,))
_KINDS = sorted(LOGGED | {Kind.QUIET, Kind.SILENCE})
_numbers = count(1)


def words(language: str) -> Words:
    return parse(f"{language}/report.toml", resources.report(language, None))


def came(kind: Kind, received: str, company: str, role: str = "Analyst", **details: str) -> Event:
    return mail(kind, received, replace(Details(company, role), **details))  # type: ignore[arg-type]  # its fields


def rich() -> Kept:
    """A bit of everything."""
    desk = Desk()
    desk.enter(
        came(ACK, "2026-03-02 09:00", "Tidewell"),
        came(TALK, "2026-04-27 10:00", "Tidewell", interview_at="2026-05-06T14:00"),
        came(ACK, "2026-03-03 09:00", "Copperhaven", "Planner"),
        came(NO, "2026-03-20 11:00", "Copperhaven", "Planner"),
        came(ACK, "2026-03-10 09:00", "Birchfield", "Editor"),
        came(TASK, "2026-03-17 09:00", "Birchfield", "Editor", deadline="2026-03-24"),
        came(NO, "2026-04-02 09:00", "Birchfield", "Editor"),
        came(ACK, "2026-03-12 09:00", "Elmstone", "Writer"),
        came(OFFER, "2026-04-28 16:00", "Marlow", "Archivist", deadline="2026-05-11"),
        came(Kind.UNSURE, "2026-04-20 16:00", "Nobody", ""),
    )
    number = next(one.id for one in desk.applications if one.company == "Elmstone")
    desk.do(Act(Did.LET_GO, at("2026-04-20 12:00"), application=number))
    letters = [Sent(LetterKind.WEEKLY, NOW), Sent(LetterKind.WEEKLY, NOW), Sent(LetterKind.PROMPT, NOW)]
    every = tuple(desk.applications)
    lines = {"unsure": 1, "acknowledgement": 4, "rejection": 2, "interview": 1, "assessment": 1, "offer": 1}
    return Kept(every, tuple(desk.acts), letters, lines)


NAMES = (
    "",
    "Tidewell",
    "<script>alert(1)</script>",
    "\u202egnimmargorp",
    "W" * 300,
    "&amp;",
    "https://phish.example/x",
    "{{ 7 * 7 }}",
    "Zoë\u0000\ud800\n\t",
    "日本" * 50,
)


def chance(seed: int) -> list[Application]:
    """Any search at all: the same for the same seed."""
    random = Random(seed)
    return [_application(number, random) for number in range(1, random.randint(1, 12))]


def _application(number: int, random: Random) -> Application:
    details = Details(random.choice(NAMES), random.choice(NAMES))
    first = replace(_event(details, random), kind=random.choice([ACK, NO, TALK]))
    events = [first, *(_event(details, random) for _ in range(random.randint(0, 4)))]
    did = random.choice([Did.LET_GO, Did.WITHDREW, Did.NOTE])
    acts = [Act(did, _moment(random))] * random.randint(0, 1)
    its = sorted(events, key=lambda event: (event.received, event.id))
    placed = tuple(replace(one, application=number) for one in its)
    return Application(number, details.company, details.role, "", placed, tuple(acts))


def _moment(random: Random) -> datetime:
    return NOW - timedelta(seconds=random.randint(0, random.choice([10, 1_000, 100_000_000])))


def _event(details: Details, random: Random) -> Event:
    number = next(_numbers)
    stage = random.choice(list(Stage))
    talk, due = random.choice(["", "2026-05-06T14:00", "2026-05-09"]), random.choice(["", "2026-05-08"])
    return Event(
        key=f"key-{number}",
        message_id="",
        mailbox="home",
        folder="INBOX",
        received=_moment(random),
        kind=random.choice(_KINDS),
        confidence=0.9,
        evidence=random.choice([(), (), (BROUGHT,), (BROUGHT, UNDATED)]),
        details=replace(details, stage=stage, interview_at=talk, deadline=due),
        thread=random.choice([(), ("<1@here>",)]),
        human=random.choice([True, False]),
        id=number,
    )


def many(number: int) -> Kept:
    """So many applications, over several years, of which the half was answered with a no."""
    made = []
    for one in range(1, number + 1):
        began = NOW - timedelta(hours=7 * one)
        ack = replace(mail(ACK, began, Details(f"Employer {one}", f"Analyst {one % 7}")), application=one, id=2 * one)
        no = replace(ack, key=f"no-{one}", id=2 * one + 1, kind=NO, received=min(began + timedelta(days=20), NOW))
        events = (ack, no) if one % 2 else (ack,)
        made.append(Application(one, ack.details.company, ack.details.role, "", events))
    return Kept(tuple(made), (), (), None)
