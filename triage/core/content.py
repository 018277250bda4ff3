"""What goes into a letter, and in which order: a situation becomes sections of written blocks.

The order is that of the wording rules: what happened, that it may hurt, what the mail says, one optional step, the
end. The support line is in every letter but an offer's, and moves up in a heavy week or after a final no.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from triage.core.letter import LetterKind
from triage.core.playbook import ONLY_STEP_BLOCK, TALKED, TIPS, choose, restraint
from triage.core.situation import Open, Situation, Told
from triage.core.values import Reason, Stage
from triage.core.wording import Wordings

LONG_WAIT = 10
"""Days after which a wait is worth a word of its own."""
MOST_OPEN = 3
MOST_EARLIER = 25
"""A longer list is for `triage log`."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a letter: a heading, which may be empty, paragraphs, and a list."""

    heading: str = ""
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as words, before it is a mail."""

    kind: LetterKind
    subject: str
    greeting: str
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    """The support line, where it has not moved up, and who writes this: quiet, and always in the same place."""
    events: tuple[int, ...]
    wordings: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Writer:
    """Writes blocks for one letter and notes which wordings it used."""

    words: Wordings
    now: Situation
    used: Mapping[str, Sequence[int]]
    chosen: list[tuple[str, int]] = field(default_factory=list)

    def write(self, block: str, told: Told | None = None, **more: object) -> str:
        recent = [variant for name, variant in reversed(self.chosen) if name == block]
        written = self.words.write(block, self._facts(told) | more, [*recent, *self.used.get(block, ())])
        self.chosen.append((block, written.variant))
        return written.text

    def heading(self, name: str) -> str:
        return str(self.words.terms["heading"][name])

    def term(self, key: str, /, **facts: object) -> str:
        return str(self.words.terms[key]).format(**facts)

    def day(self, moment: date) -> str:
        """A day in words: Tuesday 3 March."""
        terms = self.words.terms
        weekday, month = terms["weekdays"][moment.weekday()], terms["months"][moment.month - 1]
        return self.term("day", weekday=weekday, day=moment.day, month=month)

    def number(self, count: int) -> str:
        """A number in words where it is small."""
        words = self.words.terms["numbers"]
        return str(words[count] if count < len(words) else count)

    def when(self, told: Told) -> str:
        """The interview: a day in words, with the time where there is one, and whose time that is where it matters."""
        if not isinstance(told.when, datetime):
            return self.day(told.when) if told.when else ""
        date, time = self.day(told.when), clock(told.when.time())
        if told.zone:
            return self.term("at_zone", date=date, time=time, zone=told.zone)
        return self.term("at_yours" if told.moved else "at", date=date, time=time)

    def who(self, told: Told) -> str:
        """Whom a mail is from, also where nobody can tell."""
        return told.name or self.term("someone")

    def _facts(self, told: Told | None) -> dict[str, object]:
        facts: dict[str, Any] = {"open": len(self.now.still_open)}
        facts["week"] = self.number(self.now.week)
        facts["n"] = self.number(len(self.now.rejections) or len(self.now.earlier))
        return facts if told is None else facts | self._facts_of(told)

    def _facts_of(self, told: Told) -> dict[str, object]:
        application = "application_for" if told.role else "application"
        return {
            "who": self.who(told),
            "application": self.term(application, role=told.role),
            "day": self.day(told.received),
            "time": clock(told.received.time()),
            "days": told.days,
            "talks": told.talks,
        }


def clock(moment: time) -> str:
    return moment.strftime("%H:%M")


def write(now: Situation, words: Wordings, used: Mapping[str, Sequence[int]]) -> Letter:
    """The letter for this situation. `used` names the variants each block has used, newest first."""
    writer = Writer(words, now, used)
    sections = [section for section in _SECTIONS[now.kind](writer) if section.paragraphs or section.items]
    return Letter(
        kind=now.kind,
        subject=writer.term(f"subject_{now.kind}", weekday=words.terms["weekdays"][now.now.weekday()]),
        greeting=_greeting(writer),
        sections=tuple(sections),
        footer=_footer(writer),
        events=now.events,
        wordings=tuple(dict(writer.chosen).items()),
    )


def _greeting(writer: Writer) -> str:
    now = writer.now
    hello = writer.term("hello" if now.reader else "hello_nameless", name=now.reader)
    return f"{hello} {writer.term(f'greeting_{now.kind}', date=writer.day(now.now))}"


def _footer(writer: Writer) -> tuple[str, ...]:
    quiet = [] if writer.now.offer or _raised(writer.now) else [writer.write("support")]
    return (*quiet, writer.write("colophon"))


def _raised(now: Situation) -> bool:
    """Does the support line stand near the top? A note about good news keeps it where it always is."""
    return now.kind is not LetterKind.PROMPT and (now.heavy or now.final)


def _daily(writer: Writer) -> list[Section]:
    return [
        _opening(writer),
        _support(writer),
        _the_mail(writer),
        _step(writer),
        _unsure(writer),
        _earlier(writer),
        _still_open(writer),
        Section(paragraphs=(writer.write("close"),)),
    ]


def _support(writer: Writer) -> Section:
    if not _raised(writer.now):
        return Section()
    return Section(writer.heading("support"), (writer.write("support"),))


def _opening(writer: Writer) -> Section:
    now = writer.now
    if not now.rejections:
        return Section(paragraphs=(writer.write("opening-unsure"),) if now.unsure else ())
    happened = " ".join(_happened(writer))
    feeling = (writer.write(_feeling(now), now.furthest),) if now.tone == "gentle" else ()
    return Section(paragraphs=(*_figures(writer), happened, *feeling))


def _figures(writer: Writer) -> tuple[str, ...]:
    now = writer.now
    if now.tone != "numbers-first":
        return ()
    return (writer.term("figures", week=now.week, ever=now.ever, open=len(now.still_open)),)


def _happened(writer: Writer) -> Iterator[str]:
    now, no = writer.now, writer.now.rejections[0]
    if len(now.rejections) > 1:
        yield writer.write("opening-several")
    else:
        yield writer.write(f"opening-{no.stage}", no)
    if now.heavy:
        yield writer.write("opening-heavy")
    elif len(now.rejections) == 1 and no.days >= LONG_WAIT:
        yield writer.write("wait", no)


def _feeling(now: Situation) -> str:
    if now.heavy or len(now.rejections) > 1:
        return "feeling-several"
    no = now.rejections[0]
    if no.stage is Stage.FINAL:
        return "feeling-final"
    return "feeling-talked" if no.stage in TALKED else "feeling-application"


def _the_mail(writer: Writer) -> Section:
    now = writer.now
    if len(now.rejections) != 1:
        return Section(writer.heading("mails"), items=tuple(_item(writer, no) for no in now.rejections))
    no = now.rejections[0]
    lines = [writer.write(f"says-{no.reason or Reason.NOT_STATED}", no)]
    if no.feedback:
        lines.append(writer.write("feedback", no))
    elif not no.external and no.reason is not Reason.OTHER:
        lines.append(writer.write("not-said", no))
    if no.reapply:
        lines.append(writer.write("reapply", no))
    return Section(writer.heading("mail"), (" ".join(lines),))


def _item(writer: Writer, told: Told) -> str:
    return writer.term(
        "item" if told.role else "item_no_role",
        who=writer.who(told),
        role=told.role,
        what=_what(writer, told),
        day=writer.day(told.received),
    )


def _what(writer: Writer, told: Told) -> str:
    names = writer.words.terms["what"]
    known = (name for name in (f"{told.kind}_{told.reason}", f"{told.kind}_{told.stage}") if name in names)
    folded = writer.term("with_feedback") if told.feedback else ""
    return f"{names[next(known, told.kind)]}{folded}"


def _step(writer: Writer) -> Section:
    now = writer.now
    if not now.rejections:
        return Section()
    instead = restraint(now)
    if instead:
        return Section(writer.heading("today"), (writer.write(instead),))
    tip = choose(now, writer.used.get(ONLY_STEP_BLOCK, ()))
    if tip is None:
        return Section(writer.heading("today"), (writer.write("no-step"),))
    writer.chosen.append((ONLY_STEP_BLOCK, tip))
    return Section(writer.heading("step"), (writer.write(TIPS[tip].block, now.furthest),))


def _unsure(writer: Writer) -> Section:
    if not writer.now.unsure:
        return Section()
    items = tuple(
        writer.term(
            "item_unsure",
            who=writer.who(one),
            day=writer.day(one.received),
            time=clock(one.received.time()),
            line=one.id,
        )
        for one in writer.now.unsure
    )
    # Where the letter has just said that it asks for nothing, it does not ask.
    asks = not (writer.now.heavy or writer.now.final)
    return Section(writer.heading("unsure"), (writer.write("unsure" if asks else "unsure-later"),), items)


def _earlier(writer: Writer) -> Section:
    earlier = writer.now.earlier
    items = tuple(_item(writer, told) for told in earlier[-MOST_EARLIER:])
    left = len(earlier) - len(items)
    more = (writer.term("more", n=left),) if left else ()
    return Section(writer.heading("earlier") if items else "", items=(*items, *more))


def _still_open(writer: Writer) -> Section:
    now = writer.now
    if not now.rejections or now.heavy or now.final:
        return Section()
    items = tuple(_open_item(writer, one) for one in now.still_open[:MOST_OPEN])
    return Section(writer.heading("open"), items=items)


def _open_item(writer: Writer, one: Open) -> str:
    name = "item_open" if one.role else "item_open_no_role"
    return writer.term(name, who=one.company, role=one.role, day=writer.day(one.last))


def _prompt(writer: Writer) -> list[Section]:
    now = writer.now
    sections = [Section(paragraphs=(_good(writer, told),)) for told in now.good]
    return [*sections, Section(paragraphs=(writer.write("close"),))]


def _good(writer: Writer, told: Told) -> str:
    lines = [writer.write(f"good-{told.kind}", told)]
    if told.when is not None and _to_come(told.when, writer.now):
        lines.append(writer.write("good-interview-when", told, when=writer.when(told)))
    if told.deadline is not None and _to_come(told.deadline, writer.now):
        lines.append(writer.write("good-deadline", told, deadline=writer.day(told.deadline)))
    lines.append(writer.write(f"good-{told.kind}-next", told))
    return " ".join(lines)


def _to_come(when: datetime | date, now: Situation) -> bool:
    """A date that has gone by, or was misread, is not told as one to keep."""
    return (when.date() if isinstance(when, datetime) else when) >= now.now.date()


def _summary(writer: Writer) -> list[Section]:
    return [
        Section(paragraphs=(writer.write("opening-summary"),)),
        _support(writer),
        _earlier(writer),
        Section(paragraphs=(writer.write("close"),)),
    ]


_SECTIONS = {LetterKind.DAILY: _daily, LetterKind.PROMPT: _prompt, LetterKind.SUMMARY: _summary}
