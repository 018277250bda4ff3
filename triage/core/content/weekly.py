"""The weekly letter: the search as a whole. What was done, what went well, what is open and quiet, and one plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from triage.core.content import daily
from triage.core.content.foot import noted, raised_support
from triage.core.content.good import news
from triage.core.content.writer import Writer
from triage.core.draft import DraftKind
from triage.core.page import Bar, Section
from triage.core.playbook import Place
from triage.core.situation.told import TALKED, Told
from triage.core.situation.week import Step
from triage.core.values import Kind, Stage

MOST = 5
"""Entries of a list; the rest is for `triage journey`."""
_ENDED, _ANSWERED = 5, 20
"""Applications that have ended before it is worth a look where; and answered ones before shares mean anything."""
_PICTURED = 3
"""Steps and mails in a week that are worth a picture."""
_SELDOM = timedelta(days=56)
"""Between two times that the length of the search is put beside figures."""
_STAGES = (Stage.APPLICATION, Stage.SCREEN, Stage.INTERVIEW, Stage.FINAL)


def sections(writer: Writer) -> list[Section]:
    """The whole letter."""
    return [
        *news(writer),
        Section(paragraphs=tuple(_opening(writer))),
        _wins(writer),
        _rejections(writer),
        raised_support(writer),
        daily.mails(writer),
        daily.spared(writer),
        _did(writer),
        _picture(writer),
        daily.unsure(writer),
        daily.still_open(writer, MOST),
        _waiting(writer, "quiet", writer.now.quiet),
        _waiting(writer, "silent", writer.now.silent),
        _stops(writer),
        _plan(writer),
        daily.earlier(writer),
        noted(writer),
        writer.paragraph("close"),
    ]


def _opening(writer: Writer) -> Iterator[str]:
    now = writer.now
    answers, done = sum(number for _, number in now.week.mails), len(now.week.steps)
    if answers or done:
        yield writer.write("opening-weekly", answers=writer.number(answers), done=writer.number(done))
    elif not _news(writer):
        yield writer.write("opening-weekly-quiet")
    if now.tapered and "weekly-taper" not in writer.desk.given:
        yield writer.write("weekly-taper")
    said = writer.desk.given.get("context-long")
    if now.counts.weeks >= daily.LONG_SEARCH and now.tone != "gentle" and (not said or now.now - said > _SELDOM):
        yield writer.write("context-long")


def _rejections(writer: Writer) -> Section:
    """What the letters of the day could not tell any more."""
    quiet = not any(number for _, number in writer.now.week.mails) and not writer.now.week.steps
    if not writer.now.rejections and not quiet:
        return Section()
    return daily.opening(writer)


def _news(writer: Writer) -> bool:
    """There is something to tell although the week itself was quiet: it came today, or has waited for long."""
    now = writer.now
    return bool(now.rejections or now.unsure or now.good)


def _wins(writer: Writer) -> Section:
    wins = writer.now.week.wins[-MOST:]
    if not wins:
        return Section()
    said = [writer.write("weekly-wins")]
    replies = [one for one in wins if one.kind is Kind.ACKNOWLEDGEMENT]
    if replies:
        said = [writer.write("win-reply", replies[-1])]
    if writer.can("win-own"):
        said.append(writer.write("win-own"))
    return Section(
        writer.heading("wins"), (" ".join(said),), items=tuple(writer.item(one, writer.what(one)) for one in wins)
    )


def _did(writer: Writer) -> Section:
    steps = writer.now.week.steps
    if not steps:
        return Section()
    items = tuple(dict.fromkeys(_step(writer, step) for step in steps))
    return Section(writer.heading("did"), (writer.write("weekly-did"),), items=items[:MOST] + _left(writer, items))


def _left(writer: Writer, items: Sequence[str]) -> tuple[str, ...]:
    left = len(items) - MOST
    return (writer.term("more", n=left),) if left > 0 else ()


def _step(writer: Writer, step: Step) -> str:
    what, day = writer.entry("did", step.way), writer.day(step.day)
    if not step.company:
        return writer.term("item_step", what=what, day=day)
    name = "item" if step.role else "item_no_role"
    return writer.term(name, who=step.company, role=step.role, what=what, day=day)


def _picture(writer: Writer) -> Section:
    """Day by day, what was done and what came. Nothing where hardly anything did: empty days are no picture."""
    week = writer.now.week
    steps = Counter(step.day for step in week.steps)
    if sum(steps.values()) + sum(number for _, number in week.mails) < _PICTURED:
        return Section()
    bars = tuple(_bar(writer, day, steps[day], mails) for day, mails in week.mails)
    return Section(writer.heading("week"), bars=bars)


def _bar(writer: Writer, day: date, steps: int, mails: int) -> Bar:
    words = writer.term("bar" if steps or mails else "bar_none", done=steps, n=mails)
    return Bar(writer.weekday(day), steps + mails, words)


def _waiting(writer: Writer, heading: str, found: Sequence[Told]) -> Section:
    """What stays quiet. Each is told once when it has become quiet, and once when it is over."""
    if not found:
        return Section()
    said = [_said(writer, block, found) for block in _blocks(found)]
    promised = next((one for one in found if one.kind is Kind.QUIET and one.promised), None)
    if promised and promised.promised:
        said.insert(0, writer.write("quiet-promised", promised, promised=writer.day(promised.promised)))
    if found[0].kind is Kind.SILENCE and "silence-survey" not in writer.desk.given and writer.now.tone != "gentle":
        said.append(writer.write("silence-survey"))
    items = tuple(_waiting_item(writer, one) for one in found)
    shown = items[:MOST] + _left(writer, items)
    return Section(writer.heading(heading), tuple(said), items=shown, copy=_follow_up(writer, found))


def _follow_up(writer: Writer, found: Sequence[Told]) -> str:
    """The one question to the employer whom the words above name; nobody is asked once it is over."""
    talked = next((one for one in found if one.kind is Kind.QUIET and one.stage in TALKED), None)
    return writer.draft(DraftKind.FOLLOW_UP, talked)


def _blocks(found: Sequence[Told]) -> tuple[str, ...]:
    """A word about early silence and one about silence after a talk, which is another thing."""
    name = "silence" if found[0].kind is Kind.SILENCE else "quiet"
    ways = {"talked" if one.stage in TALKED else "application" for one in found}
    return tuple(f"{name}-{way}" for way in sorted(ways))


def _said(writer: Writer, block: str, found: Sequence[Told]) -> str:
    one = next(one for one in found if (one.stage in TALKED) == block.endswith("talked"))
    return writer.write(block, one, days=_days(writer, one))


def _days(writer: Writer, told: Told) -> int:
    """Since the last mail, on the day of the letter."""
    return (writer.now.now.date() - told.last).days


def _waiting_item(writer: Writer, told: Told) -> str:
    name = "item_waiting" if told.role else "item_waiting_no_role"
    days, last = _days(writer, told), writer.day(told.last)
    return writer.term(name, who=writer.who(told), role=told.role, days=days, day=last)


def _stops(writer: Writer) -> Section:
    """Where it stops: a table without a judgement."""
    now, counts = writer.now, writer.now.counts
    if sum(counts.stops.values()) < _ENDED or now.heavy or now.final:
        return Section()
    items = tuple(
        writer.term("item_stop", stage=writer.entry("stage", stage), n=counts.stops[stage])
        for stage in _STAGES
        if counts.stops.get(stage)
    )
    said = [writer.write("weekly-stops")]
    if counts.answered >= _ANSWERED and counts.talks and now.tone != "gentle":
        said.append(writer.write("weekly-own-numbers", answered=counts.answered, talked=counts.talks))
    return Section(writer.heading("stops"), tuple(said), items=items)


def _plan(writer: Writer) -> Section:
    """One thing, or none. What is said only once, at the beginning, stands in the same place."""
    blocks = writer.fitting(Place.PLAN) or writer.fitting(Place.SET_UP)
    if not blocks:
        return Section()
    return Section(writer.heading("plan"), (writer.write(blocks[0], writer.now.ended),))
