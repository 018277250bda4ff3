"""A log as many years of looking for work would leave it: its newest thousand lines are the search that goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert

import triage.core.journey
import triage.core.situation
import triage.store
from bench.folder import say
from bench.names import ROLES, company
from bench.program import BOX
from triage.core.values import NOTICES, Details, Event, Kind, Reason, Stage
from triage.store import Store, lines
from triage.store import schema as t

RECENT = 1_000
"""Lines of the search that goes on."""
SEARCH, BEFORE = timedelta(days=182), timedelta(days=365 * 20)
A_LETTER_EVERY = timedelta(days=7) / 3
PORTION = 2_000
"""Applications written in one transaction."""
MAILBOX, FOLDER = BOX, "INBOX"
_DAY = timedelta(days=1)
_APPLICATIONS_OF_ONE = (1, 1, 2, 1, 3, 1, 1, 5, 2, 1, 8, 1, 1, 4, 2, 20)
"""How often one company is written to: mostly once or twice, a few again and again."""

_A, _I, _T, _R = Kind.ACKNOWLEDGEMENT, Kind.INTERVIEW, Kind.ASSESSMENT, Kind.REJECTION
_COURSES: tuple[tuple[tuple[Kind, int, Stage], ...], ...] = (
    ((_A, 0, Stage.APPLICATION), (_I, 9, Stage.SCREEN), (_I, 18, Stage.INTERVIEW), (_R, 27, Stage.INTERVIEW)),
    ((_A, 0, Stage.APPLICATION), (_T, 7, Stage.SCREEN), (_I, 16, Stage.INTERVIEW), (_R, 24, Stage.INTERVIEW)),
    ((_A, 0, Stage.APPLICATION), (_A, 2, Stage.APPLICATION), (_I, 11, Stage.SCREEN), (_R, 19, Stage.SCREEN)),
    (
        (_A, 0, Stage.APPLICATION),
        (_I, 8, Stage.SCREEN),
        (Kind.QUIET, 15, Stage.SCREEN),
        (Kind.SILENCE, 29, Stage.SCREEN),
    ),
)
_EVIDENCE = ("en.thanks.applying", "en.rejection.other_candidates", "sender.careers", "network")
_REASONS = (Reason.NOT_STATED, Reason.OTHER_CANDIDATE, Reason.SKILLS_GAP, Reason.POSITION_FILLED)


@dataclass(frozen=True, slots=True)
class Grown:
    """A store with so many lines in it, about; `took`: seconds to make it."""

    folder: Path
    lines: int
    took: float = 0.0


def grown(below: Path, count: int) -> Grown:
    """Made once a day for each state of the program's store, for the search that goes on ends today."""
    folder = below / f"log-{count}-{_version()}"
    told = folder / "made.json"
    if not told.exists():
        for old in below.glob(f"log-{count}-*"):
            shutil.rmtree(old, ignore_errors=True)
        began = time.monotonic()
        make(folder, count, datetime.now(UTC))
        say("")
        told.write_text(json.dumps({"took": time.monotonic() - began}))
    return Grown(folder, count, **json.loads(told.read_text()))


def _version() -> str:
    """Of all that decides what such a store holds."""
    found = hashlib.sha256(f"{datetime.now(UTC):%Y-%m-%d}".encode())
    for package in (triage.store, triage.core.journey, triage.core.situation):
        for source in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            found.update(source.read_bytes())
    found.update(Path(__file__).read_bytes())
    return found.hexdigest()[:10]


def make(folder: Path, count: int, now: datetime) -> None:
    """A new store in `folder`, with `count` lines or a few more, as they would stand at `now`."""
    folder.mkdir(parents=True)
    store = Store(folder)
    try:
        letters = _write_letters(store, count, now)
        companies = _companies(Random(count))  # noqa: S311 - no secret, but the same companies each time
        lives = enumerate(chain(_old(companies, count - RECENT, now), _recent(companies, min(count, RECENT), now)), 1)
        written = 0
        while portion := list(islice(lives, PORTION)):
            written += _write(store, portion, letters, now)
            say(f"writing a log: {written} of {count}", end="\r")
        with store.writing() as work:
            work.notes.polled(MAILBOX, now)
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class Life:
    """One application: to whom, for what, when, and which course it took."""

    company: str
    role: str
    begun: datetime
    number: int


def _companies(dice: Random) -> Iterator[tuple[str, str]]:
    """Companies and roles, an application each; a company that comes again is written to about another role."""
    number = 0
    waiting: list[tuple[str, str]] = []
    while True:
        while len(waiting) < len(_APPLICATIONS_OF_ONE) * 8:
            times = _APPLICATIONS_OF_ONE[number % len(_APPLICATIONS_OF_ONE)]
            first = dice.randrange(len(ROLES))
            waiting += [(company(number), ROLES[(first + one) % len(ROLES)]) for one in range(times)]
            number += 1
        yield waiting.pop(dice.randrange(len(waiting)))


def _old(companies: Iterator[tuple[str, str]], count: int, now: datetime) -> Iterator[Life]:
    number = max(0, count) // 4
    start, length = now - SEARCH - BEFORE, BEFORE - timedelta(days=60)
    for one in range(number):
        yield Life(*next(companies), start + length * (one / number), one)


def _recent(companies: Iterator[tuple[str, str]], count: int, now: datetime) -> Iterator[Life]:
    """Those that are not through yet have fewer lines: so there are some more of them."""
    number = count * 27 // 100
    for one in range(number):
        yield Life(*next(companies), now - SEARCH + SEARCH * (one / number), one)


def _write(store: Store, portion: Sequence[tuple[int, Life]], letters: Sequence[int], now: datetime) -> int:
    applications = [{"id": key, "company": life.company, "role": life.role, "reference": ""} for key, life in portion]
    events = [event for key, life in portion for event in _events(key, life, now)]
    with store.writing() as work:
        connection = work.log.connection
        connection.execute(insert(t.application), applications)
        first = work.log.newest() + 1
        connection.execute(insert(t.event), [lines.row(event) for event in events])
        told = [_telling(number, event, letters, now) for number, event in enumerate(events, first)]
        connection.execute(insert(t.telling), told)
    return len(events)


def _events(key: int, life: Life, now: datetime) -> Iterator[Event]:
    domain = life.company.lower().replace(" ", "-") + ".example"
    last = ""
    for place, (kind, days, stage) in enumerate(_COURSES[life.number % len(_COURSES)]):
        at = life.begun + days * _DAY
        if at > now - _DAY:
            return
        name = f"{kind}\n{last}" if kind in NOTICES else f"{key} {place}"
        event = Event(
            key=hashlib.sha256(name.encode()).hexdigest(),
            message_id="" if kind in NOTICES else f"<{key}.{place}@{domain}>",
            mailbox=MAILBOX,
            folder="" if kind in NOTICES else FOLDER,
            received=at,
            kind=kind,
            confidence=1.0 if kind in NOTICES else 0.97,
            evidence=() if kind in NOTICES else _EVIDENCE,
            details=_details(kind, stage, life),
            thread=(f"<{key}.{place - 1}@{domain}>",) if place and life.number % 3 == 0 else (),
            sender_domain="" if kind in NOTICES else domain,
            fingerprint=b"" if kind in NOTICES else hashlib.sha512(name.encode()).digest(),
            application=key,
        )
        last = last if kind in NOTICES else event.key
        yield event


def _details(kind: Kind, stage: Stage, life: Life) -> Details:
    reason = _REASONS[life.number % len(_REASONS)] if kind is Kind.REJECTION else Reason.NONE
    words = ("Your portfolio was the strongest we saw.",) if kind is Kind.REJECTION and life.number % 40 == 0 else ()
    return Details(life.company, life.role, stage, reason, words)


def _write_letters(store: Store, count: int, now: datetime) -> list[int]:
    """Three a week as long as the log goes back, the first one first. Returns their ids."""
    since = SEARCH + (BEFORE if count > RECENT else timedelta())
    moments = [now - since + A_LETTER_EVERY * number for number in range(since // A_LETTER_EVERY)]
    rows = [_letter(number, at) for number, at in enumerate(moments, 1)]
    wordings = [
        {"letter": row["id"], "block": f"block-{block}", "variant": (row["id"] + block) % 5}
        for row in rows
        for block in range(8)
    ]
    with store.writing() as work:
        work.log.connection.execute(insert(t.letter), rows)
        work.log.connection.execute(insert(t.wording), wordings)
    return [row["id"] for row in rows]


def _letter(number: int, at: datetime) -> Mapping[str, Any]:
    return {
        "id": number,
        "kind": "weekly" if number % 3 == 0 else "daily",
        "message_id": f"<{number}@triage.example>",
        "composed": at,
        "data": None,
        "attempts": 1,
        "due": at,
        "sent": at,
        "refused": False,
        "error": "",
        "about": f"weekly {at:%G-W%V}" if number % 3 == 0 else "",
    }


def _telling(number: int, event: Event, letters: Sequence[int], now: datetime) -> Mapping[str, int]:
    """The letter that came next after it."""
    back = (now - event.received) // A_LETTER_EVERY
    return {"event": number, "letter": letters[max(0, len(letters) - 1 - back)]}
