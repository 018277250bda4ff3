"""`triage demo --weeks`: half a year of a made-up search, and every letter that comes of it, to leaf through.

The mails themselves are left out: what they say is entered into the log as if they had just been read. From there on
it is the same store, the same rules and the same templates as for you, with a clock that is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from triage.cli import build
from triage.cli.letter import part
from triage.config.load import load
from triage.core.acts import Act, Did
from triage.core.letter import Composed
from triage.core.shown import shown
from triage.core.values import Event
from triage.demo import config
from triage.demo.life import Happening, Jotted, Persona, live, moment
from triage.pipeline import Pipeline, record
from triage.store import Memory, Store, Work

ZONE = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 3, 2, tzinfo=ZONE)
_LOOKS = (9, 10, 14)
"""Hours of the day at which the play looks what is due, besides the moments when something happens."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One letter of the play."""

    at: datetime
    letter: Composed

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.letter.data, policy=policy.default)
        assert isinstance(found, EmailMessage)  # noqa: S101  # policy.default makes no other
        return found


def play(who: Persona, weeks: int, folder: Path, *, language: str = "en", seed: int = 1) -> Iterator[Leaf]:
    """Every letter of the made-up search of `who`, in order; the log lies in `folder` afterwards."""
    for name in ("", "inbox", "inbox/tmp", "inbox/new", "inbox/cur"):
        (folder / name).mkdir(mode=0o700, exist_ok=True, parents=True)
    text = config(folder, name=who.reader, tone=who.tone, language=language)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    settings = load(folder / "config.toml")
    store = Store(folder / "store")
    try:
        with store.writing() as work:
            work.notes.answer(who.answers)
        pipeline = replace(build.pipeline(settings, store), foresees=False)
        yield from _live(pipeline, live(who, START, weeks, seed), weeks)
    finally:
        store.close()


def _live(pipeline: Pipeline, happenings: list[Happening], weeks: int) -> Iterator[Leaf]:
    waiting = iter([*happenings, None])
    coming = next(waiting)
    for look in _looks(weeks):
        while coming is not None and moment(coming) <= look:
            _happen(pipeline.store, coming)
            yield from _write(pipeline, moment(coming))
            coming = next(waiting)
        yield from _write(pipeline, look)


def _looks(weeks: int) -> Iterator[datetime]:
    """Two weeks more than the search, so that the last letters still come."""
    for day in range((weeks + 2) * 7):
        for hour in _LOOKS:
            yield START + timedelta(days=day, hours=hour)


def _happen(store: Memory, happening: Happening) -> None:
    with store.writing() as work:
        if isinstance(happening, Event):
            record(work, happening)
        else:
            work.acts.keep(_note(work, happening))


def _note(work: Work, jotted: Jotted) -> Act:
    known = [one.id for one in work.log.applications() if one.company == jotted.company]
    return Act(Did.NOTE, jotted.at, application=known[-1] if known else 0, text=jotted.text)


def _write(pipeline: Pipeline, at: datetime) -> Iterator[Leaf]:
    now = at.astimezone(UTC)
    for letter in pipeline.write(now):
        yield Leaf(at, letter)
    with pipeline.store.writing() as work:
        for queued in work.outbox.waiting(now):
            work.outbox.mark_sent(queued.id, now)


def leaf_through(who: Persona, leaves: list[Leaf], folder: Path) -> Path:
    """Write each letter as a page of its own, and an index of them. Returns the index."""
    rows = []
    for number, leaf in enumerate(leaves, 1):
        name = f"{number:03}-{leaf.at:%Y-%m-%d}-{leaf.letter.kind}.html"
        (folder / name).write_text(part(leaf.message, "html"), encoding="utf-8")
        told = f"{leaf.at:%a %d %b %Y, %H:%M}"
        subject = escape(shown(str(leaf.message["Subject"])))
        rows.append(f'<li><a href="{name}">{told}: {subject}</a> <small>{leaf.letter.kind}</small></li>')
    index = folder / "index.html"
    index.write_text(_PAGE.format(name=escape(who.name), says=escape(who.says), rows="\n".join(rows)), encoding="utf-8")
    return index


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Letters of the search called {name}</title>
<style>
body {{ font: 17px/1.6 Georgia, serif; max-width: 40em; margin: 2em auto; padding: 0 1em; }}
small {{ opacity: .75; }}
</style>
</head>
<body>
<h1>The search called “{name}”</h1>
<p>{says} All of it is made up.</p>
<ol>
{rows}
</ol>
</body>
</html>
"""
