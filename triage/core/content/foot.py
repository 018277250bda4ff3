"""What every letter ends with, what it confirms, and the line to call: the quiet parts, always in the same places."""

from __future__ import annotations

from collections.abc import Iterator

from triage.core.acts import Act, Did, last_day
from triage.core.content.writer import Writer
from triage.core.letter import LetterKind
from triage.core.page import Section
from triage.core.situation import Situation
from triage.core.situation.told import day_of

LONG_SEARCH = 26
"""Weeks after which the weekly letter has the support line near its top."""


def footer(writer: Writer) -> tuple[str, ...]:
    """The support line, where it has not moved up, what can be answered, and who writes."""
    quiet = [] if writer.now.offer or raised(writer.now) else [support(writer)]
    answers = () if writer.now.kind is LetterKind.RECEIPT else _answers(writer)
    count = writer.now.unreadable
    unread = [writer.write("unreadable-one" if count == 1 else "unreadable", count=count)] if count else []
    waiting = [writer.write("locked-out")] if writer.now.locked_out else []
    return (*waiting, *unread, *quiet, *answers, writer.write("colophon-hosted" if writer.desk.hosted else "colophon"))


def _answers(writer: Writer) -> Iterator[str]:
    """What can be answered."""
    replies = writer.desk.replies
    if replies is None:
        return
    # Beneath an offer nothing but the letters themselves is worth a word.
    yield replies.help_for(LetterKind.BEFORE if writer.now.offer else writer.now.kind)
    if writer.desk.hosted and writer.now.kind is not LetterKind.AFTER:  # that one asks for a note, and lists nothing
        yield replies.help["leave"]


def support(writer: Writer) -> str:
    """Whom to call. The same words each time: it is a sign on a door."""
    reader = writer.now.reader
    lines = ["item_helpline" if line.note else "item_helpline_plain" for line in reader.lines]
    named = [
        writer.term(name, name=line.name, contact=line.contact, note=line.note)
        for name, line in zip(lines, reader.lines, strict=True)
    ]
    return writer.write("support", lines="; ".join(named), emergency=reader.emergency)


def raised(now: Situation) -> bool:
    """Does the support line stand near the top? A letter about good news keeps it where it always is."""
    if now.kind in (LetterKind.PROMPT, LetterKind.CORRECTION, LetterKind.BEFORE, LetterKind.AFTER) or now.offer:
        return False
    return now.heavy or now.final or (now.kind is LetterKind.WEEKLY and now.counts.weeks >= LONG_SEARCH)


def raised_support(writer: Writer) -> Section:
    """The support line as a part of its own, where it has moved up."""
    if not raised(writer.now):
        return Section()
    return Section(writer.heading("support"), (support(writer),))


def noted(writer: Writer) -> Section:
    """What the reader asked for since the last letter, and was understood."""
    lines = dict.fromkeys(writer.entry("noted", *_keys(act)) for act in writer.now.acts if act.kind in _NOTED)
    return Section(writer.heading("noted") if lines else "", items=tuple(lines))


_RECEIPTS = {
    Did.PAUSED: "receipt-paused",
    Did.STOPPED: "receipt-stopped",
    Did.FORGOT: "receipt-forgot",
    Did.LEAVING: "receipt-leaving",
    Did.LEFT: "receipt-left",
}
_NOTED = frozenset(Did) - frozenset(_RECEIPTS)


def _keys(act: Act) -> tuple[str, ...]:
    return (act.text, str(act.kind)) if act.kind is Did.UNKNOWN else (str(act.kind),)


def receipt(writer: Writer) -> list[Section]:
    """That fewer letters come, or none, that something is forgotten, or what it takes to leave."""
    acts = [act for act in writer.now.acts if act.kind in _RECEIPTS]
    # Whoever has left is told that, and not asked once more.
    last = [act for act in acts if act.kind is Did.LEFT][:1]
    said = dict.fromkeys(_receipt(writer, act) for act in last or acts)
    return [Section(paragraphs=paragraphs) for paragraphs in said] + [noted(writer)]


def _receipt(writer: Writer, act: Act) -> tuple[str, ...]:
    if act.kind is Did.LEAVING:
        return _asked_back(writer)
    day = day_of(act.text, writer.now.reader.zone) if act.kind is Did.PAUSED else None
    return (writer.write(_RECEIPTS[act.kind], date=writer.day(day) if day else ""),)


def _asked_back(writer: Writer) -> tuple[str, ...]:
    """What would be removed, until when an answer counts, and which; on the reader's own machine, what to do there."""
    now, replies = writer.now, writer.desk.replies
    if not writer.desk.hosted or replies is None:
        return (writer.write("receipt-leaving-own"),)
    day = last_day(now.now, now.reader.zone)
    return (writer.write("receipt-leaving", date=writer.day(day)), f"{replies.help['before']} {replies.help['again']}")
