"""Both paths of the service, on one screen.

A message:  reading.read: mailbox.unread -> judged (message.parse -> detect -> extract) -> journey.find
            -> store: event and cursor, together
A letter:   letter.due -> situation.gather -> content.write -> compose -> store: outbox and told-marks, together
            -> courier.deliver -> store: sent

Killed anywhere, nothing is lost and nothing is doubled: what was read again is known by its content, what was told
is marked before it is sent, and what may have been sent is looked for before it is sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from triage import delivery, reading, replying, restored
from triage.ahead import Hands, Longer
from triage.core import compose, content, entry, journey, learning, situation
from triage.core.due import TOLD, due, next_due
from triage.core.due.restraint import tapered
from triage.core.journey import silence
from triage.core.judge import Judge, Judged, Lessons
from triage.core.letter import Cadence, Composed, Facts, LetterKind, Plan
from triage.core.page import Letter
from triage.core.reply.phrases import Phrases
from triage.core.situation.talk import LATELY
from triage.core.stationery import Stationery
from triage.core.values import Cursor, Event, Kind, Message, RawMessage
from triage.courier import Courier
from triage.errors import TriageError
from triage.mailbox import Mailbox
from triage.reading import Progress, Tally
from triage.store import Memory, Work
from triage.store.outlook import Outlook

log = logging.getLogger(__name__)

_LIKE_AN_EMPLOYERS = b"Subject: Your application\n\nWe decided to go on with others for the role you applied for.\n"
"""All of the judging is asked about such a mail."""
A_DAY = timedelta(days=1)
A_WEEK_AND_MORE = timedelta(days=8)
LONGEST_REST = timedelta(hours=1)
"""After which everything is looked at again, whatever was foreseen."""
MEMORY = timedelta(days=730)
"""How long letters are looked back on: that those of the day have turned into one a week is seen from them alone."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The only place where mailbox, store, core and courier meet."""

    store: Memory
    judge: Judge
    stationery: Stationery
    phrases: tuple[Phrases, ...] = ()
    """What the reader may answer to a letter, in the languages they may use."""
    hands: Hands = field(default_factory=Hands, compare=False)
    """They judge for all mailboxes: with one thread for each, every one would keep the memory that judging takes."""
    foresees: bool = True
    """Find out until when nothing can come about: worth it where one tick follows another within the hour."""
    leave: replying.Leave | None = field(default=None, compare=False)
    """How a member of a hosted service is let go; None on the reader's own machine."""

    def read(self, mailbox: Mailbox, folder: str, since: datetime, progress: Progress = lambda *_: None) -> Tally:
        """The path of messages: everything new in one folder, oldest first. `since` bounds the first look."""
        return reading.read(self.store, mailbox, folder, since, self, progress)

    def get_ready(self) -> None:
        """See `triage.reading.Entering`."""
        nowhere = Cursor("", "", 0, 0)
        self.judge.judged(RawMessage(nowhere, datetime.min.replace(tzinfo=UTC), _LIKE_AN_EMPLOYERS))

    def judged(self, raw: RawMessage) -> Judged | None:
        """See `triage.reading.Entering`. None: the message exists, but the server could not show it."""
        return self.judge.judged(raw) if raw.data else None

    def begun(self, raw: RawMessage) -> Judged | Longer[Judged | None] | None:
        """See `triage.reading.Entering`."""
        begun = self.judge.begun(raw) if raw.data else None
        return Longer(begun) if callable(begun) else begun

    def enter(self, raw: RawMessage, at: Cursor, judged: Callable[[], Judged | None], *, old: bool) -> Kind | None:
        """One message: see `triage.reading.Entering`."""
        try:
            return self._kind(raw, at, judged(), old=old)
        except (TriageError, MemoryError):
            raise  # the store failed, or the machine, and not the mail
        except Exception as error:  # noqa: BLE001  # one mail, whatever it is, must not stop all that come after it
            log.warning("A message could not be judged (%s); it is logged as unreadable.", type(error).__name__)
            return self.give_up(raw, at, old=old)

    def give_up(self, raw: RawMessage, at: Cursor, *, old: bool) -> Kind | None:
        """One that cannot be read: see `triage.reading.Entering`."""
        return self._log(entry.unreadable(raw, lookback=old), at)

    def _kind(self, raw: RawMessage, at: Cursor, judged: Judged | None, *, old: bool) -> Kind | None:
        """Log a message, or do what a reply to a letter asks for, together with the cursor."""
        read = judged.message if judged else None
        if read is not None and self._own(read):
            restored.remember(self.store, self.stationery.seal, read)
            return None
        if read is not None and replying.answers(self.store, read):
            listening = replying.Listening(self.judge, self.phrases, self._cadence.zone, self.leave)
            replying.carry_out(self.store, read, at, listening)
            return None
        return self._log(self.event(raw, judged, lookback=old), at)

    def _log(self, event: Event | None, at: Cursor) -> Kind | None:
        """Keep an event together with the cursor; its kind, or None where there is nothing new to log."""
        if event is None:
            return None
        with self.store.writing() as work:
            known = not record(work, event)
            work.log.move(at)
        return None if known else event.kind

    def event(self, raw: RawMessage, judged: Judged | None, *, lookback: bool = False) -> Event | None:
        """What the log should hold of this message; None for mail that is nobody's business."""
        if judged is None:
            return entry.unreadable(raw, lookback=lookback)
        read = judged.message
        lessons = self.lessons(read)
        found, details = self.judge.verdict(read, lessons) if lessons.corrections else (judged.verdict, judged.details)
        if found.kind not in journey.LOGGED:
            return None
        event = entry.of_mail(raw, read, found, details, lookback=lookback)
        return replace(
            event,
            human=self.judge.extractor.human(read),
            trust=self.judge.trust(read, event.mailbox),
            fingerprint=self.judge.fingerprint(read, found, self.store.secret, details),
        )

    def lessons(self, read: Message) -> Lessons:
        """What the reader corrected in mail of this sender."""
        if not self.store.quick.corrected():
            return Lessons(secret=self.store.secret)
        with self.store.reading() as work:
            return Lessons(work.corrections.of(learning.sender(read.sender.domain)), self.store.secret)

    def _own(self, read: Message) -> bool:
        made = self.stationery.seal.made(read.message_id, read.letter_mark)
        return made or self.store.quick.wrote(read.message_id)

    def notice(self, now: datetime) -> int:
        """Enter the silences that have come about into the log. Returns how many."""
        with self.store.reading() as work:
            # What a clock that was ahead once has entered is not true yet.
            wrong = work.log.noticed(after=now + A_DAY)
            found = self._notices(work, now)
        if found or wrong:
            with self.store.writing() as work:
                work.outbox.withdraw(wrong)
                work.log.take_back(wrong)
                found = [event for event in self._notices(work, now) if not work.log.knows(event.key)]
                for event in found:
                    work.log.record(event)
        return len(found)

    def _notices(self, work: Work, now: datetime) -> list[Event]:
        zone, patience = self._cadence.zone, self.stationery.patience
        known = work.search.living(now)
        return [event for one in known for event in silence.notices(one, patience, zone, now)]

    def plans(self, now: datetime) -> tuple[Plan, ...]:
        """The letters due at `now`, without writing them."""
        with self.store.reading() as work:
            return due(facts(work, now), self.stationery.cadence, now)

    def write(self, now: datetime) -> tuple[Composed, ...]:
        """The path of letters, first half: each due letter and its told-marks in one transaction.

        A letter that cannot be written holds up no other one: the first error is raised after the last letter.
        """
        if self._rests(now):
            return ()
        self.notice(now)
        written: list[Composed] = []
        errors: list[Exception] = []
        for kind in [plan.kind for plan in self.plans(now)]:
            try:
                written += self._write(kind, now)
            except Exception as error:  # noqa: BLE001  # raised below, for the fence
                errors.append(error)
        if errors:
            raise errors[0]
        if not written and self.foresees:
            self._foresee(now)
        return tuple(written)

    def _rests(self, now: datetime) -> bool:
        """Is it known that nothing has come about since nothing was found to do?"""
        with self.store.reading() as work:
            known = work.notes.outlook()
        return known is not None and known.rests(*self._terms, now)

    def _foresee(self, now: datetime) -> None:
        """Keep until when nothing can come about, if nothing changes: so the next ticks need not look at the log."""
        with self.store.writing() as work:
            if any(one.uid < one.lookback for one in work.log.cursors()):
                return  # a first look is under way, and changes all of it
            known, zone, patience = facts(work, now), self._cadence.zone, self.stationery.patience
            letter = next_due(known, self._cadence, now)
            quiet = [at for one in known.applications for at in silence.ahead(one, patience, zone)]
            look = min([now + LONGEST_REST, *quiet, *([letter] if letter else [])])
            if look > now:
                work.notes.foresee(Outlook(now, letter, look, *self._terms))

    def next_look(self, now: datetime, horizon: timedelta) -> datetime | None:
        """When `write` or `send` can next find something to do by the clock alone; None where not within the horizon.

        `now` where that is not known, or they can already.
        """
        with self.store.reading() as work:
            known, waiting = work.notes.outlook(), work.outbox.next_due()
        if known is None or not known.rests(*self._terms, now):
            return now
        first = max(now, min([known.look, *([waiting] if waiting else [])]))
        return first if first <= now + horizon else None

    @property
    def _terms(self) -> tuple[str, str]:
        return repr(self._cadence), repr(self.stationery.patience)

    def _write(self, kind: LetterKind, now: datetime) -> list[Composed]:
        with self.store.writing() as work:
            # What is due is asked again: another program may have written it since.
            known = facts(work, now)
            plans = [plan for plan in due(known, self._cadence, now) if plan.kind is kind]
            letters = [self.composed(plan, work, now, known) for plan in plans]
            for letter in letters:
                work.outbox.enqueue(letter, now)
            for plan in plans:
                work.notes.tell_locked_out(plan.locked_out)
        return letters

    @property
    def _cadence(self) -> Cadence:
        return self.stationery.cadence

    def composed(self, plan: Plan, work: Work, now: datetime, known: Facts | None = None) -> Composed:
        """The finished letter for a plan; nothing is stored. `known`: the facts, where they are at hand."""
        tools, known = self.stationery, known or facts(work, now)
        slow = tapered(known, tools.cadence, now)
        reader = tools.reader_now(work.notes.answers(), known.preferences)
        past = work.search.history(now)
        told = situation.gather(plan, quotable(work, known, plan), reader, now, tapered=slow, past=past)
        used, given = work.outbox.used(), work.outbox.given()
        replies, hosted = next(iter(self.phrases), None), self.leave is not None
        desk = content.Desk(tools.words, tools.playbook, used, given, tools.drafts, replies, hosted)
        letter = content.write(told, desk)
        about = [plan.about] if plan.about else []
        message_id = tools.seal.message_id(plan.kind, [*(event.key for event in plan.events), *about])
        keys = [event.key for event in (*plan.events, *plan.unreadable)]
        return compose.compose(letter, message_id, tools.seal, tools.templates, told.now, keys)

    def hand_in(self, letter: Letter, work: Work, now: datetime) -> None:
        """Into the outbox, as all others: a letter that somebody has asked for. No other one is about the same."""
        tools, message_id = self.stationery, self.stationery.seal.message_id(letter.kind, [letter.about])
        work.outbox.enqueue(compose.compose(letter, message_id, tools.seal, tools.templates, now), now)

    def send(self, courier: Courier, now: datetime) -> int:
        """The path of letters, second half: deliver what waits. Returns how many are delivered now."""
        return delivery.send(self.store, courier, now)


def record(work: Work, event: Event) -> bool:
    """Enter an event into the log, with the application it belongs to; False where the log has it already."""
    if work.log.knows(event.key):
        return False
    known = journey.find(event, work.search.near(event))
    if known is not None:
        work.log.complete(known.id, event.details)
        event = replace(event, application=known.id)
    elif event.kind in journey.BEGINNERS:
        event = replace(event, application=work.log.begin(event.details))
    work.log.record(event)
    return True


def facts(work: Work, now: datetime) -> Facts:
    """What the store says about letters, for `core.due`.

    But for letters that a wrong clock wrote in the far future, and for what a first look has found that is not at its
    end: all of that is told in one letter.
    """
    unfinished = {one.mailbox for one in work.log.cursors() if one.uid < one.lookback}
    untold = [event for event in work.log.untold(TOLD) if not (event.lookback and event.mailbox in unfinished)]
    written = (letter for letter in work.outbox.sent(now - MEMORY) if letter.at <= now + A_WEEK_AND_MORE)
    return Facts(
        untold=untold,
        unreadable=work.log.untold({Kind.UNREADABLE}),
        locked_out=work.notes.locked_out(),
        sent=tuple(written),
        applications=work.search.living(now, {event.application for event in untold}),
        acts=work.acts.since(now - MEMORY),
        unconfirmed=work.acts.unconfirmed(),
        preferences=work.notes.preferences(),
        first=work.search.first(),
    )


def quotable(work: Work, known: Facts, plan: Plan) -> Facts:
    """The facts, and the applications of which this letter may quote something, or that it looks at for its talk."""
    if plan.talk is None and plan.kind is not LetterKind.WEEKLY:
        return known  # no other letter speaks of what was long ago
    found = [*known.applications, *work.search.remembered()]
    if plan.talk is not None:
        invited = plan.talk.received
        found += work.search.between(invited - LATELY, invited)
    every = {one.id: one for one in found}
    return replace(known, applications=tuple(every[number] for number in sorted(every)))


def summary(tally: Mapping[Kind, int]) -> str:
    """What was logged, in a line without a name: "2 rejection, 1 interview", or "nothing for the log"."""
    return ", ".join(f"{count} {kind}" for kind, count in tally.items()) or "nothing for the log"
