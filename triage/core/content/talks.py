"""The letters around a talk: before it what was learnt in earlier ones, after it three lines to jot down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from triage.core.content.foot import noted
from triage.core.content.writer import Writer
from triage.core.page import Section
from triage.core.playbook import Place
from triage.core.situation.talk import Note, Talk


def before(writer: Writer) -> list[Section]:
    """Some days ahead: when it is, what was noted before, something to practise, and a thought for the evening."""
    talk = _talk(writer)
    fits = writer.fitting(Place.BEFORE)
    return [
        writer.paragraph("opening-before", talk.told, when=writer.when(talk.told)),
        *(writer.paragraph(block) for block in _after_a_no(fits)),
        _list(writer, "notes", "before-notes", talk.notes),
        _list(writer, "feedback", "before-feedback", talk.feedback),
        Section(writer.heading("practice"), tuple(_practice(writer, fits))),
        Section(writer.heading("evening"), (_evening(writer),)),
        noted(writer),
        writer.paragraph("close"),
    ]


def _after_a_no(fits: Sequence[str]) -> Sequence[str]:
    """One of them is enough beside the practice."""
    return [block for block in ("before-put-down", "before-again") if block in fits][:1]


def _talk(writer: Writer) -> Talk:
    talk = writer.now.talk
    assert talk is not None  # noqa: S101  # the plan of this letter names its invitation
    return talk


def _list(writer: Writer, heading: str, block: str, notes: Sequence[Note]) -> Section:
    if not notes:
        return Section()
    items = tuple(
        writer.term("item_note", who=note.who or writer.term("someone"), day=writer.day(note.at), text=note.text)
        for note in notes
    )
    return Section(writer.heading(heading), (writer.write(block),), items=items)


def _practice(writer: Writer, fits: Sequence[str]) -> Iterator[str]:
    yield writer.write("before-practice" if "before-practice" in fits else "before-practice-alone")
    yield writer.write("before-questions")


def _evening(writer: Writer) -> str:
    """A plan for the evening after a no is made while there is none, and is quoted when there is."""
    return writer.write("before-evening" if writer.can("before-evening") else "before-evening-ask")


def after(writer: Writer) -> list[Section]:
    """The day after."""
    questions = tuple(str(one) for one in writer.desk.words.terms["after_questions"])
    return [
        writer.paragraph("opening-after", _talk(writer).told),
        Section(writer.heading("form"), (writer.write("after-form"),), items=questions),
        writer.paragraph("after-nothing", _talk(writer).told),
        noted(writer),
        writer.paragraph("close"),
    ]
