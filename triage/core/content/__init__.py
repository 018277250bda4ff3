"""What goes into a letter, and in which order: a situation becomes sections of written blocks.

The order is that of the wording rules: good news, what happened, that it may hurt, what the mail says, one optional
step, the end. The support line is in every letter but an offer's, and moves up in a heavy week or after a final no.
"""

from __future__ import annotations

from triage.core.content import daily, good, talks, weekly
from triage.core.content.foot import footer, receipt
from triage.core.content.writer import Desk, Writer
from triage.core.letter import LetterKind
from triage.core.page import Letter
from triage.core.situation import Situation

_SECTIONS = {
    LetterKind.DAILY: daily.sections,
    LetterKind.PROMPT: good.sections,
    LetterKind.SUMMARY: daily.summary,
    LetterKind.WEEKLY: weekly.sections,
    LetterKind.BEFORE: talks.before,
    LetterKind.AFTER: talks.after,
    LetterKind.CORRECTION: good.correction,
    LetterKind.RECEIPT: receipt,
}


def write(now: Situation, desk: Desk) -> Letter:
    """The letter for this situation."""
    writer = Writer(desk, now)
    sections = [section for section in _SECTIONS[now.kind](writer) if section]
    return Letter(
        kind=now.kind,
        subject=writer.term(f"subject_{_called(now)}", weekday=writer.weekday(now.now)),
        greeting=_greeting(writer),
        sections=tuple(sections),
        footer=footer(writer),
        events=now.events,
        wordings=tuple(dict(writer.chosen).items()),
        about=now.about,
        acts=tuple(act.id for act in now.acts),
    )


def _greeting(writer: Writer) -> str:
    name = writer.now.reader.name
    hello = writer.term("hello" if name else "hello_nameless", name=name)
    return f"{hello} {writer.term(f'greeting_{_called(writer.now)}', date=writer.day(writer.now.now))}"


def _called(now: Situation) -> LetterKind:
    """A letter with good news in it is worth a look today, whatever else it holds."""
    return LetterKind.PROMPT if now.good and now.kind in (LetterKind.DAILY, LetterKind.WEEKLY) else now.kind


__all__ = ["Desk", "write"]
