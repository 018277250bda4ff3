"""Every letter the tests can think of: all scenes, each step in its turn, and every kind of no there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import product

from tests.core.letters.desk import Desk
from tests.core.letters.scenes import HALDEN, NOW, OPEN_BOOK, PLAIN, SCENES, TIDEWELL, Scene, got, hard_week, no, plans
from triage.core.due import due
from triage.core.page import Letter
from triage.core.values import Kind, Reason, Stage

TURNS = 7
"""More than there are steps that fit one situation."""


def words(desk: Desk, now: datetime) -> Iterator[Letter]:
    """What is due now, as words."""
    yield from (desk.words(plan, now) for plan in due(desk.facts(), desk.cadence, now))


def in_turn(scene: Scene) -> Iterator[Letter]:
    """The letter of a scene again and again, each time with what may be chosen written longest ago."""
    given = dict(scene.desk().given)
    for turn in range(TURNS):
        desk = scene.desk()
        desk.given |= given
        for letter in words(desk, scene.now):
            yield letter
            given |= {block: scene.now - timedelta(days=90 - turn) for block, _ in letter.wordings}


@cache
def scenes() -> dict[str, Scene]:
    """All of them by name, those for the plans of a week too."""
    named = {name: make() for name, make in SCENES.items()}
    invited = got(Kind.INTERVIEW, TIDEWELL, "2026-02-20 09:00", interview_at="2026-03-06T14:30")
    more = {
        "week-of-silence-plain": replace(named["week-of-silence"], reader=PLAIN),
        "before-after-a-no": Scene((no(HALDEN, "2026-02-18 10:00"), invited), ()),
    }
    return named | plans() | more


@cache
def every_letter() -> tuple[tuple[str, Letter], ...]:
    """Letters with the names of their scenes."""
    return tuple(_scenes()) + tuple(_noes())


def _scenes() -> Iterator[tuple[str, Letter]]:
    for name, scene in scenes().items():
        yield from ((name, letter) for letter in in_turn(scene))


def _noes() -> Iterator[tuple[str, Letter]]:
    """Every stage, reason and count of a no, with and without feedback, and in the tones."""
    stages, reasons = [one for one in Stage if one], [one for one in Reason if one]
    for stage, reason, feedback, before, reader in product(
        stages, reasons, ((), ("Clear.",)), (0, 1, 2, 4), (OPEN_BOOK, PLAIN)
    ):
        news = no(stage=stage, reason=reason, feedback=feedback, reapply=before == 1)
        scene = Scene(tuple(hard_week())[:before], (news,), reader)
        for letter in words(scene.desk(), NOW):
            yield f"{stage} {reason} {before} {reader.tone}", letter
    evening = Scene((no(received="2026-02-20 10:00"),), (no(received="2026-03-03 08:00"),))
    yield from (("evening", letter) for letter in words(evening.desk(), NOW.replace(hour=16)))
