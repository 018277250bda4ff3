"""Good news: what came, by when it wants an answer, and what it may be good to do. No cheering."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from triage.core.content.foot import noted
from triage.core.content.writer import Writer
from triage.core.journey import State
from triage.core.page import Section
from triage.core.situation import Situation
from triage.core.situation.told import Told
from triage.core.values import Kind


def sections(writer: Writer) -> list[Section]:
    """The prompt note."""
    return [*news(writer), noted(writer), writer.paragraph("close")]


def correction(writer: Writer) -> list[Section]:
    """An employer has come back after a no: told as it is, and what it now needs."""
    return [*(_reopened(writer, told) for told in writer.now.good), noted(writer), writer.paragraph("close")]


def news(writer: Writer) -> Iterator[Section]:
    """A paragraph for each piece of good news."""
    for told in writer.now.good:
        yield Section(paragraphs=(_good(writer, told),))


def _good(writer: Writer, told: Told) -> str:
    lines = [writer.write(f"good-{told.kind}", told)]
    if told.after is State.SILENT:
        lines.append(writer.write("good-after-silence", told, days=told.waited))
    lines += _dates(writer, told)
    lines.append(writer.write(f"good-{told.kind}-next", told))
    if told.kind is Kind.OFFER:
        lines.append(writer.write("offer-stop", told))
    return " ".join(lines)


def _reopened(writer: Writer, told: Told) -> Section:
    lines = [writer.write("good-reopened", told)]
    if told.kind is Kind.OFFER:
        return Section(paragraphs=(" ".join(lines), _good(writer, told)))
    lines += [*_dates(writer, told), writer.write("good-reopened-next", told)]
    return Section(paragraphs=(" ".join(lines),))


def _dates(writer: Writer, told: Told) -> Iterator[str]:
    if told.when is not None and to_come(told.when, writer.now):
        yield writer.write("good-interview-when", told, when=writer.when(told))
    if told.deadline is not None and to_come(told.deadline, writer.now):
        yield writer.write("good-deadline", told, deadline=writer.day(told.deadline))


def to_come(when: datetime | date, now: Situation) -> bool:
    """A date that has gone by, or was misread, is not told as one to keep."""
    return (when.date() if isinstance(when, datetime) else when) >= now.now.date()
