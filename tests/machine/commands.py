"""What the reader says: by answering a letter, or with a command in another window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.fakes import READER
from triage import correcting, wishes
from triage.core.letter import Only
from triage.core.values import Event, Kind
from triage.store import Memory, Store, Work


@dataclass(frozen=True, slots=True)
class Command:
    """Words that a letter can be answered with, and what is done then, as the store calls it."""

    words: str
    kind: str


COMMANDS = (
    Command("Pause for a week", "paused"),
    Command("stop", "stopped"),
    Command("resume", "resumed"),
    Command("only weekly", "changed"),
    Command("all letters", "changed"),
    Command("done", "step"),
    Command("forget", "forgot"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a letter of ours, from the reader or from somebody else."""

    letter: str
    command: Command
    number: int
    names: Sequence[str] = ()
    """What is to be forgotten by it."""
    stranger: bool = False

    def data(self) -> bytes:
        lines = (
            f"From: Robin <{'mallory@elsewhere.example' if self.stranger else READER}>",
            f"To: {READER}",
            "Subject: Re: Your note for Monday",
            f"Message-ID: <reply-{self.number}@reader.example>",
            "Date: Tue, 03 Mar 2026 10:00:00 +0100",
            f"In-Reply-To: {self.letter}",
            "",
            f"{self.command.words}\r\n",
        )
        return "\r\n".join(lines).encode()


def correct(store: Store, line: int, kind: Kind, now: datetime) -> None:
    """As `triage correct`."""
    with store.writing() as work:
        correcting.apply(work, correcting.of_event(_event(work, line), kind, now))
    store.close()


def forget(store: Store, line: int) -> None:
    """As `triage forget`."""
    with store.writing() as work:
        work.outbox.withdraw([line])
        work.log.forget([line])
    store.shrink()
    store.close()


def want_all(store: Memory, now: datetime) -> None:
    """As `triage letters all`."""
    with store.writing() as work:
        work.acts.keep(wishes.letters(work, Only.ALL, now))


def _event(work: Work, line: int) -> Event:
    return next(event for event in work.log.events() if event.id == line)
