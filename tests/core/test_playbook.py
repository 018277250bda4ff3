"""Which step fits, which situations want none, and whether the tips are what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.core.letters.desk import WORDS, Desk
from tests.core.letters.scenes import HALDEN, JOBFJORD, NOW, OPEN, hard_week, no
from triage.core.letter import LetterKind, Plan
from triage.core.playbook import LATER, TIPS, Tip, choose, restraint
from triage.core.situation import Situation, Told
from triage.core.values import Event, Reason, Stage

NAMES = [tip.name for tip in TIPS]
MINUTES = {3: "three", 5: "five", 8: "eight", 10: "ten"}


def situation(*news: Event, before: tuple[Event, ...] = ()) -> Situation:
    desk = Desk()
    desk.enter(*before, told=True)
    desk.enter(*news)
    return desk.situation(Plan(LetterKind.DAILY, tuple(desk.events[len(before) :])), NOW)


LONG_AGO = (no(HALDEN, "2026-02-10 10:00"),)
THIS_WEEK = (no(HALDEN, "2026-02-27 10:00"),)


@pytest.mark.parametrize(
    ("now", "block"),
    [
        pytest.param(situation(no()), "no-step", id="the first no of all"),
        pytest.param(situation(no(stage=Stage.SCREEN)), "", id="the first, but after a round"),
        pytest.param(situation(no(), before=LONG_AGO), "", id="a second"),
        pytest.param(situation(no(), before=tuple(hard_week())), "no-step-heavy", id="five in a week"),
        pytest.param(situation(no(stage=Stage.FINAL), before=LONG_AGO), "no-step-heavy", id="the last round"),
        pytest.param(situation(no(feedback=("Clear.",)), before=LONG_AGO), "no-step", id="feedback"),
        pytest.param(
            situation(no(reason=Reason.POSITION_CLOSED), before=LONG_AGO), "no-step-external", id="a stopped role"
        ),
        pytest.param(
            situation(no(reason=Reason.POSITION_CLOSED, stage=Stage.INTERVIEW), no(JOBFJORD)),
            "no-step",
            id="a stopped role, and another no",
        ),
        pytest.param(
            situation(no(reason=Reason.POSITION_CLOSED), no(JOBFJORD, stage=Stage.SCREEN)),
            "",
            id="the other went further",
        ),
        pytest.param(situation(no(), before=(*LONG_AGO, OPEN[1])), "", id="good news days ago"),
    ],
)
def test_restraint(now: Situation, block: str) -> None:
    assert restraint(now) == block


@pytest.mark.parametrize(
    ("now", "fitting"),
    [
        (situation(no(), before=LONG_AGO), {"conversation"}),
        (situation(no(), before=THIS_WEEK), {"friend", "conversation"}),
        (situation(no(reason=Reason.OTHER_CANDIDATE), before=LONG_AGO), {"compare-ad", "conversation"}),
        (situation(no(reason=Reason.SKILLS_GAP), before=LONG_AGO), {"compare-ad", "conversation"}),
        (situation(no(stage=Stage.SCREEN), before=THIS_WEEK), {"keeps"}),
        (situation(no(stage=Stage.INTERVIEW), before=THIS_WEEK), {"better-answer", "columns"}),
    ],
)
def test_every_fitting_tip_has_its_turn(now: Situation, fitting: set[str]) -> None:
    used: list[int] = []
    for _ in range(2 * len(fitting)):
        chosen = choose(now, used)
        assert chosen is not None
        used.insert(0, chosen)
    turns = [NAMES[index] for index in used]
    assert set(turns[: len(fitting)]) == set(turns[len(fitting) :]) == fitting


def test_without_a_no_there_is_no_tip() -> None:
    assert choose(situation(), ()) is None


@pytest.mark.parametrize("tip", TIPS, ids=NAMES)
def test_a_tip_names_its_article_its_source_and_its_time(tip: Tip) -> None:
    assert re.search(r"\b[AB]\d", tip.article)
    assert re.search(r"\d{4}", tip.source)
    for wording in WORDS.blocks[tip.block]:
        assert f"{MINUTES[tip.minutes]} minutes" in wording.lower()


@pytest.mark.parametrize("tip", TIPS, ids=NAMES)
def test_a_tip_for_later_stages_is_for_tomorrow(tip: Tip) -> None:
    later = [stage for stage in LATER if tip.fits(situation(no(), before=THIS_WEEK), _told(stage))]
    for wording in WORDS.blocks[tip.block]:
        assert ("omorrow" in wording) is bool(later)


def _told(stage: Stage) -> Told:
    return situation(no(stage=stage)).rejections[0]


def test_the_order_of_the_tips_is_part_of_the_store() -> None:
    """The store remembers a tip by its place: new ones go to the end."""
    assert NAMES == ["compare-ad", "better-answer", "keeps", "columns", "friend", "conversation"]


@pytest.mark.parametrize("tip", TIPS, ids=NAMES)
def test_the_docs_tell_where_each_step_comes_from(tip: Tip) -> None:
    row = f"| {tip.name.replace('-', ' ')} | {tip.minutes} min | {tip.article} | {tip.source} |"
    assert row in (Path(__file__).parents[2] / "docs" / "letters.md").read_text(encoding="utf-8").splitlines()
