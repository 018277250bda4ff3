"""The letter of the day, and the look back: what happened, what the mail says, and at most one small step."""

from __future__ import annotations

from collections.abc import Iterator

from triage.core.content.foot import noted, raised_support
from triage.core.content.good import news
from triage.core.content.writer import Writer, clock
from triage.core.draft import DraftKind
from triage.core.page import Section
from triage.core.playbook import Place, restraint
from triage.core.situation import Situation
from triage.core.situation.told import TALKED, Open, Told
from triage.core.values import Reason, Stage

LONG_WAIT = 10
"""Days after which a wait is worth a word of its own."""
LONG_SEARCH = 12
"""Weeks after which the length of the search is worth a word of its own."""
MOST_OPEN = 3
MOST_EARLIER = 25
"""A longer list is for `triage log`."""


def sections(writer: Writer) -> list[Section]:
    """The letter of the day."""
    return [
        *news(writer),
        opening(writer),
        raised_support(writer),
        mails(writer),
        *_more(writer),
        unsure(writer),
        earlier(writer),
        _open(writer),
        noted(writer),
        _first(writer),
        writer.paragraph("close"),
    ]


def _first(writer: Writer) -> Section:
    """With the first no of all: what these letters are, and what they cannot know."""
    now = writer.now
    if not now.first or not now.rejections or now.counts.ever > len(now.rejections):
        return Section()
    return writer.paragraph("first-letter")


def summary(writer: Writer) -> list[Section]:
    """The look back, once."""
    return [
        writer.paragraph("opening-summary"),
        raised_support(writer),
        earlier(writer),
        noted(writer),
        writer.paragraph("close"),
    ]


def opening(writer: Writer) -> Section:
    """What happened, and that it may hurt."""
    now = writer.now
    if not now.rejections:
        return Section(paragraphs=(writer.write("opening-unsure"),) if now.unsure and not now.good else ())
    happened = " ".join(_happened(writer))
    feeling = (writer.write(_feeling(now), now.furthest),) if now.tone == "gentle" else ()
    return Section(paragraphs=(*_figures(writer), happened, *feeling))


def _figures(writer: Writer) -> tuple[str, ...]:
    now, counts = writer.now, writer.now.counts
    if now.tone != "numbers-first":
        return ()
    return (writer.term("figures", week=counts.week, ever=counts.ever, open=len(now.still_open)),)


def _happened(writer: Writer) -> Iterator[str]:
    now, no = writer.now, writer.now.rejections[0]
    if now.good:
        yield writer.write("beside-good")
    yield writer.write("opening-several") if len(now.rejections) > 1 else writer.write(f"opening-{no.stage}", no)
    if _outside(now):
        yield writer.write(f"says-{no.reason}", no)
    if now.heavy:
        yield writer.write("opening-heavy")
    elif now.counts.weeks >= LONG_SEARCH and now.counts.week >= 2:
        yield writer.write("top-long")
    elif len(now.rejections) == 1 and no.days >= LONG_WAIT:
        yield writer.write("wait", no)


def _outside(now: Situation) -> bool:
    """The one no has an outside reason: that stands before anything else about it."""
    return len(now.rejections) == 1 and now.rejections[0].external


def _feeling(now: Situation) -> str:
    if now.heavy or len(now.rejections) > 1:
        return "feeling-several"
    no = now.rejections[0]
    if no.stage is Stage.FINAL:
        return "feeling-final"
    return "feeling-talked" if no.stage in TALKED else "feeling-application"


def mails(writer: Writer) -> Section:
    """What the one mail says and does not say; of several, a list."""
    now = writer.now
    if not now.rejections:
        return Section()
    if len(now.rejections) != 1:
        return Section(writer.heading("mails"), items=tuple(writer.item(no, writer.what(no)) for no in now.rejections))
    said = tuple(_says(writer, now.rejections[0]))
    return Section(writer.heading("mail"), (" ".join(said),)) if said else Section()


def _says(writer: Writer, no: Told) -> Iterator[str]:
    if not _outside(writer.now):
        yield writer.write(f"says-{no.reason or Reason.NOT_STATED}", no)
    if no.reason is Reason.OTHER_CANDIDATE and no.stage in TALKED:
        yield writer.write("context-one-place", no)
    if no.feedback:
        yield writer.write("feedback", no)
    elif not no.external and no.reason is not Reason.OTHER:
        yield writer.write("not-said", no)
    if no.reapply:
        yield writer.write("reapply", no)


def _more(writer: Writer) -> Iterator[Section]:
    """At most one thing of each kind, and at most one that is to be done."""
    now = writer.now
    if not now.rejections:
        return
    hard = spared(writer)
    if hard:
        yield hard
        return
    for block in writer.fitting(Place.CONTEXT)[:1]:
        yield Section(paragraphs=(writer.write(block, now.furthest),))
    steps = writer.fitting(Place.STEP)[:1]
    if steps:
        yield _step(writer, steps[0])
    else:
        yield Section(writer.heading("today"), tuple(_instead(writer)))


def _step(writer: Writer, block: str) -> Section:
    """The step; where it is to ask somebody, about the no that a person wrote, and with the text to copy."""
    if block != "step-ask":
        return Section(writer.heading("step"), (writer.write(block, writer.now.furthest),))
    no = next(no for no in writer.now.rejections if no.human and no.stage in TALKED)
    draft = writer.draft(DraftKind.FEEDBACK, no)
    return Section(writer.heading("step"), (writer.write(block, no),), copy=draft)


def spared(writer: Writer) -> Section:
    """After a hard one there is no task; the reader's own words for that evening come first."""
    if not writer.now.rejections or restraint(writer.now) != "no-step-heavy":
        return Section()
    block = "evening-own" if writer.can("evening-own") else "no-step-heavy"
    return Section(writer.heading("today"), (writer.write(block),))


def _instead(writer: Writer) -> Iterator[str]:
    """No step: why not, and what may do good."""
    now = writer.now
    tonight = writer.fitting(Place.TONIGHT)
    held = restraint(now) or "no-step"
    kind = next(iter(writer.fitting(Place.TODAY)), "")
    yield writer.write(held)
    if kind:
        yield writer.write(kind)
    elif "tonight-slot" in tonight:
        yield writer.write("tonight-slot")


def unsure(writer: Writer) -> Section:
    """Mail that nobody but the reader can judge."""
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
    return Section(writer.heading("unsure"), (writer.write("unsure" if asks else "unsure-later"),), items=items)


def earlier(writer: Writer) -> Section:
    """What was found in mail from before."""
    found = writer.now.earlier
    items = tuple(writer.item(told, writer.what(told)) for told in found[-MOST_EARLIER:])
    left = len(found) - len(items)
    more = (writer.term("more", n=left),) if left else ()
    return Section(writer.heading("earlier") if items else "", items=(*items, *more))


def _open(writer: Writer) -> Section:
    now = writer.now
    if not now.rejections or now.good or now.heavy or now.final:
        return Section()
    return still_open(writer, MOST_OPEN)


def still_open(writer: Writer, most: int) -> Section:
    """What is alive."""
    found = [one for one in writer.now.still_open if one.by_mail][:most]
    if not found:
        return Section()
    words = (writer.write("open-alive"),) if writer.now.fresh else ()
    return Section(writer.heading("open"), words, items=tuple(_open_item(writer, one) for one in found))


def _open_item(writer: Writer, one: Open) -> str:
    name = "item_open" if one.role else "item_open_no_role"
    return writer.term(name, who=one.company, role=one.role, day=writer.day(one.last))
