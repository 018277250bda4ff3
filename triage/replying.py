"""The reader answers a letter, and what they ask for is done: in one transaction, with an act for each thing.

Only a reply from the reader counts, and only one to a letter of ours, whose Message-ID nobody else can know. Whatever
else looks like a reply is ignored. No reply is ever judged as mail of an employer.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from triage import wishes
from triage.core import reply
from triage.core.acts import Act, Did, last_day
from triage.core.judge import Judge
from triage.core.letter import LetterKind, Only
from triage.core.reply import Command
from triage.core.reply.meant import applications_meant, events_meant
from triage.core.reply.phrases import Ask, Phrases
from triage.core.values import Application, Cursor, Event, Message, Trust
from triage.errors import StoreError
from triage.store import Memory, Work

log = logging.getLogger(__name__)

WHICH = "which"
"""The text of an act: it was clear what is asked for, and not what about."""
_ABOUT = re.compile(r"(?:before|after) (\d+) ")
_TONES = {Ask.GENTLE: "gentle", Ask.PLAIN: "plain", Ask.NUMBERS_FIRST: "numbers-first"}
_LETTERS = {Ask.STOP: Only.NONE, Ask.WEEKLY: Only.WEEKLY, Ask.GOOD_NEWS: Only.GOOD_NEWS, Ask.ALL: Only.ALL}
_ENDS = {Ask.LET_GO: Did.LET_GO, Ask.WITHDREW: Did.WITHDREW}
_IN_A_NOTE = frozenset({*_TONES, *_LETTERS, *_ENDS, Ask.PAUSE, Ask.RESUME, Ask.DONE, Ask.FORGET, Ask.LEAVE})
"""Commands where a note is expected. What says what a mail is, is part of the note there."""
_LAST = (Ask.FORGET, Ask.LEAVE)
"""What is forgotten cannot be spoken of any more."""

Leave = Callable[[Work], bool]
"""Lets a member of a hosted service go, in this transaction; False where they are about to be gone already."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What it takes to know and understand the reader: the judge, the phrases of their languages, their clock."""

    judge: Judge
    tables: Sequence[Phrases]
    zone: ZoneInfo
    leave: Leave | None = None
    """None on the reader's own machine: there is nobody else's to leave."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A letter that the reader answers, and by which mail."""

    letter: str
    kind: LetterKind
    told: tuple[Event, ...]
    """What it tells, or the invitation it is about, as the log has that now."""
    key: str
    made: datetime
    asked: datetime | None = None
    """When the letter was written, where it asks whether they want to leave."""

    @property
    def application(self) -> int:
        """The one it is about; 0 where there are several."""
        found = {event.application for event in self.told}
        return found.pop() if len(found) == 1 else 0


def letter_of(work: Work, read: Message) -> str:
    """The Message-ID of the letter of ours that a mail answers, whoever wrote it; empty where it answers none."""
    named = _named(read)
    return named if named and work.outbox.wrote(named) else ""


def _named(read: Message) -> str:
    return read.in_reply_to or next(iter(read.references[-1:]), "")


def answers(store: Memory, read: Message) -> bool:
    """Does a mail answer a letter of ours, whoever wrote it? Then it is no mail of an employer."""
    return store.quick.wrote(_named(read))


def carry_out(store: Memory, read: Message, at: Cursor, listening: Listening) -> tuple[Act, ...]:
    """As `receive`, together with the cursor; what is forgotten leaves no trace in the file."""
    with store.writing() as work:
        done = receive(work, read, at.mailbox, listening)
        work.log.move(at)
    if any(act.kind is Did.FORGOT for act in done):
        try:
            store.overwrite(datetime.now(UTC))
        except StoreError as error:  # it is done, and overwritten when the file is next shrunk
            log.warning("%s", error)
    return done


def receive(work: Work, read: Message, mailbox: str, listening: Listening) -> tuple[Act, ...]:
    """Do what a mail in this mailbox that answers a letter asks for, and return what was done.

    Nothing is, where it does not count, or was carried out before.
    """
    wrong = _wrong(read, listening.judge.trust(read, mailbox), listening.judge.reader)
    if wrong:
        log.info("A mail that answers a letter is ignored: %s.", wrong)
        return ()
    answered = _answered(work, read)
    if answered is None or work.acts.knows(read.key) or work.log.knows(read.key):
        return ()
    commands = reply.read(read.text, listening.tables, answered.made, listening.zone)
    if answered.kind is LetterKind.AFTER:
        commands = _as_note(work, answered, commands, reply.own_lines(read.text, listening.tables))
    return _carried_out(work, answered, commands, listening)


def _wrong(read: Message, trust: Trust, reader: frozenset[str]) -> str:
    """Why it does not count, in words that hold nothing of it; empty where it does."""
    if read.sender.address not in reader or not read.sole_sender:
        return "it is not from you"
    if read.automatic or read.bulk:
        return "a program sent it"
    if trust is Trust.UNVERIFIED:
        return "your mail server does not confirm that it is from you"
    return ""


def _answered(work: Work, read: Message) -> Answered | None:
    letter = letter_of(work, read)
    written = work.outbox.by_message_id(letter) if letter else None
    if written is None:
        return None
    talk = _ABOUT.match(written.about)
    ids = {int(talk[1])} if talk else set(written.told)
    told = work.log.these(ids)
    asked = written.composed if work.acts.asked_by(letter) else None
    return Answered(letter, written.kind, told, read.key, read.received, asked)


def _as_note(work: Work, answered: Answered, commands: Sequence[Command], lines: Sequence[str]) -> tuple[Command, ...]:
    """Everything that is no plain command is one note, as it was written."""
    noted = any(command.ask is Ask.FREE for command in commands)
    kept = tuple(command for command in commands if _plainly_meant(work, answered, command))
    if noted:  # "leave" may be a thing that was talked about
        kept = tuple(command for command in kept if command.ask is not Ask.LEAVE)
    note = reply.between(lines, [command for command in commands if command not in kept], kept)
    return (*([Command(Ask.FREE, note)] if note.strip() else []), *kept)


def _plainly_meant(work: Work, answered: Answered, command: Command) -> bool:
    if command.ask not in _IN_A_NOTE or command.aside:
        return False
    named = command.which or command.line or command.all
    return not named or (command.ask in _ENDS and bool(_applications(work, answered, command)))


def _carried_out(work: Work, answered: Answered, commands: Sequence[Command], listening: Listening) -> tuple[Act, ...]:
    done: list[Act] = []
    for command in sorted(commands, key=lambda one: one.ask in _LAST):
        for act in _done(work, answered, command, listening):
            letter = "" if act.kind is Did.FORGOT else answered.letter
            kept = replace(act, letter=letter, key=answered.key)
            if act.kind is not Did.UNKNOWN or kept not in done:
                work.acts.keep(kept)
                done.append(kept)
    return tuple(done)


def _done(work: Work, answered: Answered, command: Command, listening: Listening) -> Sequence[Act]:
    """Do what one command asks for."""
    now, ask = answered.made, command.ask
    if ask in _TONES:
        return [wishes.tone(work, _TONES[ask], now)]
    if ask in _LETTERS:
        return [wishes.letters(work, _LETTERS[ask], now)]
    if ask is Ask.RESUME:
        return [wishes.resume(work, now)]
    if command.until is not None:
        return [wishes.pause(work, command.until, listening.zone, now)]
    if ask is Ask.LEAVE:
        return _leaving(work, answered, listening)
    return _about_the_search(work, answered, command)


def _leaving(work: Work, answered: Answered, listening: Listening) -> Sequence[Act]:
    """It takes saying so twice, the second time in answer to the letter that asks back."""
    now, zone = answered.made, listening.zone
    if listening.leave is None:
        return [wishes.leaving(now, own=True)]
    if answered.asked is None or now.astimezone(zone).date() > last_day(answered.asked, zone):
        return [wishes.leaving(now, own=False)]
    return [wishes.left(work, now)] if listening.leave(work) else []


def _about_the_search(work: Work, answered: Answered, command: Command) -> Sequence[Act]:
    now, ask = answered.made, command.ask
    if ask is Ask.FREE:
        return [_free(answered, command)]
    if ask is Ask.DONE:
        return [wishes.step(now, answered.application)]
    if ask in _ENDS:
        done = [wishes.ended(_ENDS[ask], one, now) for one in _applications(work, answered, command)]
    elif ask is Ask.FORGET:
        done = _forgotten(work, answered, command)
    else:
        done = _put_right(work, answered, command)
    return done or [Act(Did.UNKNOWN, now, text=WHICH)]


def _free(answered: Answered, command: Command) -> Act:
    if answered.kind is not LetterKind.AFTER:
        return Act(Did.UNKNOWN, answered.made)
    event = next((one.id for one in answered.told), 0)
    return wishes.note(command.said, answered.application, answered.made, event)


def _applications(work: Work, answered: Answered, command: Command) -> Sequence[int]:
    return [one.id for one in applications_meant(command, answered.told, _candidates(work, answered, command))]


def _candidates(work: Work, answered: Answered, command: Command) -> Sequence[Application]:
    """All of them only where they are called by a name; otherwise those of the letter, or of the line."""
    if command.which:
        return work.log.applications()
    events = (*answered.told, *work.log.these([command.line]))
    known = map(work.search.application, sorted({event.application for event in events}))
    return [one for one in known if one is not None]


def _put_right(work: Work, answered: Answered, command: Command) -> list[Act]:
    """What a mail is, or whom it is from."""
    now = answered.made
    # As they are now: a command before this one may have changed them.
    told = work.log.these([event.id for event in answered.told])
    meant = events_meant(command, told, work.log.these([command.line]))
    if command.ask is Ask.COMPANY:
        return [wishes.name(work, event, now, company=command.name) for event in meant]
    if command.ask is Ask.ROLE:
        return [wishes.name(work, event, now, role=command.name) for event in meant]
    said = command.kind if command.ask is Ask.KIND else None
    return [wishes.correct(work, event, said or wishes.not_this(work, event), now) for event in meant]


def _forgotten(work: Work, answered: Answered, command: Command) -> list[Act]:
    """Everything the letter tells, or what is named of it."""
    named = command.which or command.line
    told = events_meant(command, answered.told, work.log.these([command.line])) if named else answered.told
    return [wishes.forget(work, [event.id for event in told], answered.made)] if told else []
