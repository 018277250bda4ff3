"""Writes single blocks: takes the wording that was used longest ago, and fills in the facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from triage.core.draft import Author, DraftKind, possible, write
from triage.core.draft.words import Words
from triage.core.page import Section
from triage.core.playbook import Place, Playbook
from triage.core.reply.phrases import Phrases
from triage.core.situation import Situation
from triage.core.situation.told import Told
from triage.core.wording import Wordings
from triage.core.wording.blocks import BLOCKS, OWN_WORDS


@dataclass(frozen=True, slots=True)
class Desk:
    """What writing takes beside the situation: the words, the playbook, and what letters have said before."""

    words: Wordings
    playbook: Playbook
    used: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The variants each block has used, newest first."""
    given: Mapping[str, datetime] = field(default_factory=dict)
    """When each block was last written."""
    drafts: Words | None = None
    """The words of drafts for employers; without them, letters have none."""
    replies: Phrases | None = None
    """What can be answered; without it, letters do not say."""
    hosted: bool = False
    """The reader is a member of a service, and can leave it."""


@dataclass(slots=True)
class Writer:
    """Writes the blocks of one letter and notes which wordings it used."""

    desk: Desk
    now: Situation
    chosen: list[tuple[str, int]] = field(default_factory=list)

    def write(self, block: str, told: Told | None = None, **more: object) -> str:
        recent = [variant for name, variant in reversed(self.chosen) if name == block]
        used = [*recent, *self.desk.used.get(block, ())]
        written = self.desk.words.write(block, self._facts(told) | more, used)
        self.chosen.append((block, written.variant))
        return written.text

    def fitting(self, place: Place) -> tuple[str, ...]:
        """The blocks that may stand in this place and whose facts are known, the one to be taken first."""
        return tuple(block for block in self.desk.playbook.fitting(place, self.now, self.desk.given) if self.can(block))

    def can(self, block: str) -> bool:
        """Does the reader's own list have what the block quotes?"""
        own = self._own()
        return all(own[fact] for fact in BLOCKS[block] & OWN_WORDS)

    def paragraph(self, block: str, told: Told | None = None, **more: object) -> Section:
        return Section(paragraphs=(self.write(block, told, **more),))

    def draft(self, kind: DraftKind, told: Told | None) -> str:
        """A text for the reader to copy, where one of this kind fits the application now; else an empty string."""
        application = self.now.known.get(told.application) if told else None
        if application is None or self.desk.drafts is None:
            return ""
        author = Author(self.now.reader.name, self.now.reader.zone, self.now.now)
        if kind not in possible(application, self.now.known.values(), author):
            return ""
        return write(kind, application, self.desk.drafts, author).text

    def heading(self, name: str) -> str:
        return str(self.desk.words.terms["heading"][name])

    def term(self, key: str, /, **facts: object) -> str:
        return str(self.desk.words.terms[key]).format(**facts)

    def entry(self, table: str, *keys: str) -> str:
        """The first of these entries that a table of fixed words has."""
        words = self.desk.words.terms[table]
        return str(next(words[key] for key in keys if key in words))

    def weekday(self, moment: date) -> str:
        return str(self.desk.words.terms["weekdays"][moment.weekday()])

    def day(self, moment: date) -> str:
        """A day in words: Tuesday 3 March."""
        month = self.desk.words.terms["months"][moment.month - 1]
        first = self.desk.words.terms.get("first", "1")  # French: 1er
        return self.term("day", weekday=self.weekday(moment), day=first if moment.day == 1 else moment.day, month=month)

    def number(self, count: int) -> str:
        """A number in words where it is small."""
        words = self.desk.words.terms["numbers"]
        return str(words[count] if count < len(words) else count)

    def when(self, told: Told) -> str:
        """The interview: a day in words, with the time where there is one, and whose time that is where it matters."""
        if not isinstance(told.when, datetime):
            return self.day(told.when) if told.when else ""
        day, hour = self.day(told.when), clock(told.when.time())
        if told.zone:
            return self.term("at_zone", date=day, time=hour, zone=told.zone)
        return self.term("at_yours" if told.moved else "at", date=day, time=hour)

    def who(self, told: Told) -> str:
        """Whom a mail is from, also where nobody can tell."""
        return told.name or self.term("someone")

    def item(self, told: Told, what: str) -> str:
        """A line of a list: whom it is from, for what, what came, and when."""
        name = "item" if told.role else "item_no_role"
        return self.term(name, who=self.who(told), role=told.role, what=what, day=self.day(told.received))

    def what(self, told: Told) -> str:
        """What came, in a few words; by its reason or its stage, where there are words for that."""
        folded = self.term("with_feedback") if told.feedback else ""
        keys = (f"{told.kind}_{told.reason}", f"{told.kind}_{told.stage}", str(told.kind))
        return f"{self.entry('what', *keys)}{folded}"

    def _facts(self, told: Told | None) -> dict[str, object]:
        now, counts = self.now, self.now.counts
        facts: dict[str, Any] = self._own() | {
            "n": self.number(len(now.rejections) or len(now.earlier)),
            "week": self.number(counts.week),
            "ever": self.number(counts.ever),
            "weeks": self.number(counts.weeks),
            "open": len(now.still_open),
            "skill": now.skill,
            "hosted": self.desk.hosted,
        }
        return facts if told is None else facts | self._facts_of(told)

    def _own(self) -> dict[str, str]:
        """What the reader has said, one thing of each list after the other as the letters come and go."""
        answers = self.now.reader.answers
        return {
            "good": _turn(answers.good, self.desk.used.get("today-own", ())),
            "person": _turn(answers.people, self.desk.used.get("step-person", ())),
            "evening": answers.evening,
            "win": answers.win,
        }

    def _facts_of(self, told: Told) -> dict[str, object]:
        application = "application_for" if told.role else "application"
        return {
            "who": self.who(told),
            "application": self.term(application, role=told.role),
            "day": self.day(told.received),
            "time": clock(told.received.time()),
            "days": told.days,
            "talks": told.talks,
            "number": told.application,
        }


def _turn(entries: Sequence[str], used: Sequence[int]) -> str:
    return entries[len(used) % len(entries)] if entries else ""


def clock(moment: time) -> str:
    """The time of day in digits."""
    return moment.strftime("%H:%M")
