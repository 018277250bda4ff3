"""A desk to write letters at: made-up mail goes into a log in memory, and what is due comes out as letters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from zoneinfo import ZoneInfo

from triage import resources
from triage.core import compose, content, journey, playbook, situation, wording
from triage.core.acts import Act
from triage.core.draft import words as draft_words
from triage.core.due import TOLD, due
from triage.core.due.restraint import tapered
from triage.core.journey import silence
from triage.core.letter import Cadence, Composed, Facts, Plan, Preferences, Sent
from triage.core.page import Letter
from triage.core.reply import phrases
from triage.core.values import Application, Details, Event, Kind

ZONE = ZoneInfo("Europe/Stockholm")
CADENCE = Cadence(ZONE)
WORDS = wording.parse(resources.words("en", None))
PLAYBOOK = playbook.parse(resources.playbook(None))
TEMPLATES = compose.environment(resources.templates(None))
SEAL = compose.Seal("robin@example.org", "Robin", "en", b"a secret only this desk has")
ROBIN = situation.Reader("Robin", "gentle", ZONE)

_numbers = count(1)


@cache
def words_of(language: str, *, formal: bool = False) -> wording.Wordings:
    """The words of a language as the service reads them."""
    return wording.parse(resources.words(language, None), resources.formal_words(language, None) if formal else None)


@cache
def drafts_of(language: str) -> draft_words.Words:
    return draft_words.parse(resources.drafts(language, None))


def at(text: str) -> datetime:
    """A local time of the reader's, "2026-03-03 09:12", in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def mail(
    kind: Kind, received: str | datetime, details: Details | None = None, *, domain: str = "jobs.example"
) -> Event:
    """One line of the log, as the first path would have written it."""
    number = next(_numbers)
    return Event(
        key=f"key-{number}",
        message_id=f"<{number}@employer.example>",
        mailbox="home",
        folder="INBOX",
        received=at(received) if isinstance(received, str) else received,
        kind=kind,
        confidence=0.97,
        details=details or Details(company="Tidewell", role="Data Analyst"),
        sender_domain=domain,
    )


@cache
def replies_of(language: str) -> phrases.Phrases:
    return phrases.parse(resources.replies(language, None), language)


@dataclass(slots=True)
class Desk:
    """Keeps a log and an outbox as the store does, and writes as the pipeline does."""

    reader: situation.Reader = ROBIN
    cadence: Cadence = CADENCE
    preferences: Preferences = field(default_factory=Preferences)
    applications: list[Application] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    used: dict[str, list[int]] = field(default_factory=dict)
    given: dict[str, datetime] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    language: str = "en"
    formal: bool = False
    confirmed: int = 0
    """How many of the acts letters have confirmed."""
    locked_out: tuple[str, ...] = ()
    """Mailboxes that let us in no more, and no letter has said so."""
    hosted: bool = False

    def enter(self, *events: Event, told: bool = False) -> None:
        """Log these; `told` marks what an earlier letter has told."""
        for event in events:
            self._enter(replace(event, id=len(self.events) + 1), told=told)

    def _enter(self, event: Event, *, told: bool) -> None:
        same = [one for one in self.applications if one.id == event.application]
        known = same[0] if same else journey.find(event, self.applications)
        if known is None and event.kind in journey.BEGINNERS:
            details = event.details
            known = Application(len(self.applications) + 1, details.company, details.role, details.reference)
            self.applications.append(known)
        if known is not None:
            event = replace(event, application=known.id)
            grown = replace(known, events=(*known.events, event))
            self.applications[self.applications.index(known)] = grown
        self.events.append(event)
        self.told |= {event.id} if told else set()

    def use_up(self, turn: int) -> None:
        """Pretend that every block's wordings have been used, so that it is now the turn of number `turn` (mod all)."""
        for block, variants in words_of(self.language, formal=self.formal).blocks.items():
            number = len(variants)
            self.used[block] = [(turn - 1 - ago) % number for ago in range(number)]

    def do(self, *acts: Act) -> None:
        """The reader does or says something."""
        for act in acts:
            self.acts.append(replace(act, id=len(self.acts) + 1))
            for number, known in enumerate(self.applications):
                if known.id == act.application:
                    self.applications[number] = replace(known, acts=(*known.acts, self.acts[-1]))

    def notice(self, now: datetime) -> None:
        """Log the silences that have come about."""
        for known in tuple(self.applications):
            for event in silence.notices(known, silence.Patience(), self.cadence.zone, now):
                self._enter(replace(event, id=len(self.events) + 1), told=False)

    def facts(self) -> Facts:
        untold = [event for event in self.events if event.kind in TOLD and event.id not in self.told]
        waiting = self.acts[self.confirmed :]
        unread = [event for event in self.events if event.kind is Kind.UNREADABLE and event.id not in self.told]
        return Facts(
            untold, self.sent, self.applications, self.acts, waiting, self.preferences, unread, self.locked_out
        )

    def situation(self, plan: Plan, now: datetime) -> situation.Situation:
        slow = tapered(self.facts(), self.cadence, now)
        return situation.gather(plan, self.facts(), self.reader, now, tapered=slow)

    def words(self, plan: Plan, now: datetime) -> Letter:
        words = words_of(self.language, formal=self.formal)
        drafts, replies = drafts_of(self.language), replies_of(self.language)
        desk = content.Desk(words, PLAYBOOK, self.used, self.given, drafts, replies, self.hosted)
        return content.write(self.situation(plan, now), desk)

    def letters(self, now: datetime) -> list[tuple[Letter, Composed]]:
        """What is due now, as words and as mail; it counts as written from then on."""
        return [self._letter(plan, now) for plan in due(self.facts(), self.cadence, now)]

    def _letter(self, plan: Plan, now: datetime) -> tuple[Letter, Composed]:
        letter = self.words(plan, now)
        message_id = SEAL.message_id(plan.kind, [*(event.key for event in plan.events), plan.about])
        seal = replace(SEAL, language=self.language)
        mailed = compose.compose(letter, message_id, seal, TEMPLATES, now.astimezone(ZONE))
        self.told |= set(mailed.events)
        self.confirmed += len(mailed.acts)
        self.sent.append(Sent(mailed.kind, now, mailed.about, any(b.startswith("step-") for b, _ in mailed.wordings)))
        for block, variant in mailed.wordings:
            self.used.setdefault(block, []).insert(0, variant)
            self.given[block] = now
        return letter, mailed


def days(number: float) -> timedelta:
    return timedelta(days=number)
