"""The playbook: every tip of the articles has its place, is heard there, and is silent where it would hurt."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.core.letters.desk import PLAYBOOK, WORDS, at
from tests.core.letters.scenes import (
    HALDEN,
    JOBFJORD,
    NOW,
    ONE_BEFORE,
    OPEN,
    OPEN_BOOK,
    PLAIN,
    SCENES,
    Scene,
    got,
    hard_week,
    no,
    plans,
)
from tests.core.letters.writing import every_letter, in_turn
from triage import resources
from triage.core.due import due
from triage.core.letter import LetterKind
from triage.core.page import Letter
from triage.core.playbook import CHOSEN, FILE, Place, Tip, allowance, parse, restraint, rows
from triage.core.playbook.triggers import TRIGGERS
from triage.core.situation import Situation
from triage.core.values import Event, Kind, Reason, Stage
from triage.core.wording import WordingError
from triage.core.wording.blocks import BLOCKS

DOCS = Path(__file__).parents[2] / "docs"
IN = [tip for tip in PLAYBOOK.tips if tip.place is not Place.OUT]
OUT = [tip for tip in PLAYBOOK.tips if tip.place is Place.OUT]


def blocks(letter: Letter) -> set[str]:
    return {block for block, _ in letter.wordings}


# --- Every tip has its place ------------------------------------------------------------------------------------------

A = ["A0", *(f"A{n}" for n in range(1, 8)), "A7b", *(f"A{n}" for n in range(8, 29))]
B = [
    "B0a",
    "B0b",
    "B0c",
    "B0d",
    "B1a",
    "B1b",
    "B2a",
    "B2b",
    "B2c",
    "B2d",
    "B3a",
    "B3b",
    "B4a",
    "B4b",
    "B5a",
    "B5b",
    "B5c",
]


def test_every_tip_of_both_articles_is_there_in_their_order() -> None:
    assert [tip.tip for tip in PLAYBOOK.tips] == A + B
    assert len(A + B) == 47


def test_four_are_kept_out_each_for_a_reason() -> None:
    assert [tip.tip for tip in OUT] == ["A20", "A21", "A28", "B0c"]
    assert all(tip.why.endswith(".") and not tip.blocks and not tip.trigger for tip in OUT)


@pytest.mark.parametrize("tip", IN, ids=lambda tip: tip.tip)
def test_a_tip_is_heard_in_some_letter(tip: Tip) -> None:
    """Each of the blocks it is told in stands in a letter for some situation."""
    heard = {block for _, letter in every_letter() for block in blocks(letter)}
    assert set(tip.blocks) <= heard


HEARD = {
    "A0": "before-after-a-no",
    "A1": "first-no",
    "A2": "after-interview",
    "A3": "first-no-plain-nameless",
    "A4": "second-no-other-candidate",
    "A5": "week-of-silence",
    "A6": "plan-rounds",
    "A7": "plan-aim",
    "A7b": "plan-neighbours",
    "A8": "plan-own-name",
    "A9": "before-a-first-talk",
    "A10": "ask-a-person",
    "A11": "before-with-notes",
    "A12": "plan-measure",
    "A13": "role-stopped",
    "A14": "week",
    "A15": "invitation",
    "A16": "week",
    "A17": "week-of-a-year",
    "A18": "plan-skill",
    "A19": "plan-volunteer",
    "A22": "fifth-this-week",
    "A23": "after-screen",
    "A24": "own-list",
    "A25": "own-list",
    "A26": "three-at-once",
    "A27": "third-no-this-week",
    "B0a": "first-no",
    "B0b": "after-interview",
    "B0d": "after-screen",
    "B1a": "first-no",
    "B1b": "after-interview",
    "B2a": "feedback-and-reapply",
    "B2b": "plan-close",
    "B2c": "plan-skill",
    "B2d": "before-a-first-talk",
    "B3a": "first-no",
    "B3b": "third-no-numbers-first",
    "B4a": "before-with-notes",
    "B4b": "evening",
    "B5a": "third-no-this-week",
    "B5b": "plan-matters",
    "B5c": "own-person",
}


@pytest.mark.parametrize("tip", IN, ids=lambda tip: tip.tip)
def test_a_tip_is_heard_in_the_situation_it_is_for(tip: Tip) -> None:
    letters = [letter for name, letter in every_letter() if name == HEARD[tip.tip]]
    assert any(blocks(letter) & set(tip.blocks) for letter in letters)


@pytest.mark.parametrize("tip", [tip for tip in IN if tip.place in CHOSEN], ids=lambda tip: tip.tip)
def test_a_tip_that_is_chosen_is_not_always_heard(tip: Tip) -> None:
    assert any(not blocks(letter) & set(tip.blocks) for _, letter in every_letter())


def test_nothing_is_chosen_that_is_no_tip() -> None:
    """Steps, plans and the like come from the playbook alone, or say that there is none."""
    known = {block for tip in PLAYBOOK.tips for block in tip.blocks}
    chosen = {one for one in BLOCKS if one.startswith(("step-", "plan-", "today-", "tonight-", "context-"))}
    assert chosen <= known


# --- What each situation may hold ------------------------------------------------------------------------------------

FEELING = {"feeling-application", "feeling-talked", "feeling-final", "feeling-several"}
FIGURES = {"context-first", "context-run"}
STEPS = {block for block in BLOCKS if block.startswith(("step-", "plan-"))}
FIVE = tuple(hard_week())


def news(*events: Event, before: tuple[Event, ...] = ONE_BEFORE, plain: bool = False) -> Scene:
    return Scene(before, events, replace(PLAIN, name="Robin") if plain else OPEN_BOOK)


TWICE = (no(JOBFJORD, "2026-02-26 10:00"), no(HALDEN, "2026-02-27 10:00"))
Row = tuple[str, Callable[[bool], Scene], bool | None, bool | None, bool | None, str]
MATRIX: list[Row] = [
    # situation, scene, figures where the tone is plain, a step, feedback folded, the support line
    ("first, at the first stage", lambda plain: news(no(), before=(), plain=plain), True, False, False, "foot"),
    ("second", lambda plain: news(no(reason=Reason.SKILLS_GAP), plain=plain), True, True, False, "foot"),
    ("third in a week", lambda plain: news(no(), before=TWICE, plain=plain), True, True, False, "foot"),
    ("fourth in a week", lambda plain: news(no(), before=FIVE[:3], plain=plain), True, True, False, "foot"),
    ("fifth in a week", lambda plain: news(no(), before=FIVE, plain=plain), False, False, False, "up"),
    (
        "fifth, with feedback",
        lambda plain: news(no(feedback=("x",)), before=FIVE, plain=plain),
        False,
        False,
        True,
        "up",
    ),
    ("five at once", lambda plain: news(*FIVE, no(), before=(), plain=plain), False, False, False, "up"),
    ("after a screening", lambda plain: news(no(stage=Stage.SCREEN), plain=plain), True, True, False, "foot"),
    ("after an interview", lambda plain: news(no(stage=Stage.INTERVIEW), plain=plain), True, True, False, "foot"),
    ("after a last round", lambda plain: news(no(stage=Stage.FINAL), plain=plain), False, False, False, "up"),
    (
        "after a last round, with feedback",
        lambda plain: news(no(stage=Stage.FINAL, feedback=("x",)), plain=plain),
        False,
        False,
        True,
        "up",
    ),
    (
        "a stopped role",
        lambda plain: news(no(reason=Reason.POSITION_CLOSED), before=(*TWICE, OPEN[0]), plain=plain),
        False,
        False,
        False,
        "foot",
    ),
    ("feedback", lambda plain: news(no(feedback=("x",)), before=TWICE, plain=plain), False, False, True, "foot"),
    (
        "a mixed day",
        lambda plain: news(no(), got(Kind.INTERVIEW, HALDEN, "2026-03-03 08:00"), before=(), plain=plain),
        False,
        False,
        False,
        "foot",
    ),
    (
        "a mixed day, told in two",
        lambda plain: news(no(), before=(*TWICE, got(Kind.OFFER, OPEN[0].details, "2026-03-02 16:00")), plain=plain),
        None,
        None,
        None,
        "",
    ),
    (
        "the day after an invitation was told",
        lambda plain: news(
            no(), before=(*TWICE, got(Kind.INTERVIEW, OPEN[0].details, "2026-03-02 16:00")), plain=plain
        ),
        False,
        False,
        False,
        "foot",
    ),
    (
        "an invitation",
        lambda plain: news(got(Kind.INTERVIEW, HALDEN, "2026-03-03 08:00"), before=(), plain=plain),
        False,
        False,
        False,
        "foot",
    ),
    (
        "an offer",
        lambda plain: news(got(Kind.OFFER, HALDEN, "2026-03-03 08:00"), before=(), plain=plain),
        False,
        False,
        False,
        "none",
    ),
]


@pytest.mark.parametrize("plain", [False, True], ids=["gentle", "plain"])
@pytest.mark.parametrize("row", MATRIX, ids=[row[0] for row in MATRIX])
def test_what_a_situation_may_hold(row: Row, plain: bool) -> None:
    _, scene, figures, step, folded, support = row
    letters = [(letter, blocks(letter)) for letter in in_turn(scene(plain))]
    if figures is None:  # an offer holds everything else back
        assert letters == []
        return
    for letter, found in letters:
        assert not found & FIGURES or (figures and plain)
        assert bool(found & STEPS) == step
        assert ("feedback" in found) == folded
        assert bool(found & FEELING) == (
            not plain and bool(letter.sections) and any("opening-" in one for one in found)
        )
        raised = any(section.heading == WORDS.terms["heading"]["support"] for section in letter.sections)
        assert (raised, "support" in found) == {"up": (True, True), "foot": (False, True), "none": (False, False)}[
            support
        ]


@pytest.mark.parametrize("name", [name for name in SCENES if name.startswith("week")])
def test_silence_is_one_line_of_the_weekly_letter_and_asks_for_one_thing(name: str) -> None:
    letter, _ = SCENES[name]().letter()
    silences = [block for block, _ in letter.wordings if block.startswith(("quiet-", "silence-"))]
    assert len(silences) == len(set(silences))
    for _, other in every_letter():
        if other.kind is not LetterKind.WEEKLY:
            assert not any(block.startswith(("quiet-", "silence-")) for block in blocks(other))


def test_the_survey_about_silence_is_told_once_and_not_in_the_gentle_tone() -> None:
    def told(scene: Scene, days: int | None) -> bool:
        desk = scene.desk()
        if days is not None:
            desk.given["silence-survey"] = scene.now - timedelta(days=days)
        ((letter, _),) = desk.letters(scene.now)
        return "silence-survey" in blocks(letter)

    gentle = SCENES["week-of-silence"]()
    plain = replace(gentle, reader=PLAIN)
    assert [told(gentle, None), told(plain, None), told(plain, 300)] == [False, True, False]


# --- Restraint --------------------------------------------------------------------------------------------------------


def situation(*events: Event, before: tuple[Event, ...] = ()) -> Situation:
    scene = Scene(before, events)
    desk = scene.desk()
    (plan,) = due(desk.facts(), desk.cadence, NOW)
    return desk.situation(plan, NOW)


LONG_AGO = (no(HALDEN, "2026-02-10 10:00"),)


@pytest.mark.parametrize(
    ("now", "block"),
    [
        pytest.param(situation(no()), "no-step", id="the first no of all"),
        pytest.param(situation(no(stage=Stage.SCREEN)), "", id="the first, but after a round"),
        pytest.param(situation(no(), before=LONG_AGO), "", id="a second"),
        pytest.param(situation(no(), before=FIVE), "no-step-heavy", id="five in a week"),
        pytest.param(situation(no(stage=Stage.FINAL), before=LONG_AGO), "no-step-heavy", id="the last round"),
        pytest.param(situation(no(feedback=("Clear.",)), before=LONG_AGO), "no-step", id="feedback"),
        pytest.param(situation(no(reason=Reason.POSITION_CLOSED)), "no-step-external", id="a stopped role"),
        pytest.param(
            situation(no(reason=Reason.POSITION_CLOSED, stage=Stage.INTERVIEW), no(JOBFJORD)),
            "no-step",
            id="a stopped role, and another no",
        ),
        pytest.param(situation(no(), before=(*LONG_AGO, OPEN[1])), "", id="good news days ago"),
    ],
)
def test_restraint(now: Situation, block: str) -> None:
    assert restraint(now) == block


def test_steps_are_for_letters_of_the_day_and_plans_for_those_of_the_week() -> None:
    for name, letter in every_letter():
        found = blocks(letter)
        assert letter.kind is LetterKind.DAILY or not any(block.startswith("step-") for block in found), name
        assert letter.kind is LetterKind.WEEKLY or not any(block.startswith("plan-") for block in found), name
        assert sum(block.startswith(("step-", "plan-")) for block, _ in letter.wordings) <= 1, name


@pytest.mark.parametrize(
    ("news", "plan"),
    [
        ((no(received="2026-02-27 12:00"),), True),
        ((no(received="2026-02-27 12:00", stage=Stage.FINAL),), False),
        ((no(received="2026-02-27 12:00"), *(replace(one, received=at("2026-02-27 13:00")) for one in FIVE)), False),
        ((got(Kind.INTERVIEW, HALDEN, "2026-03-02 09:50"),), False),
    ],
    ids=["a no", "a last round", "five", "good news"],
)
def test_a_hard_week_and_a_good_one_have_no_plan(news: tuple[Event, ...], plan: bool) -> None:
    letter, _ = replace(plans()["plan-matters"], news=news).letter()
    assert letter.kind is LetterKind.WEEKLY
    assert bool(blocks(letter) & STEPS) is plan


@pytest.mark.parametrize("kind", sorted(set(LetterKind) - {LetterKind.DAILY, LetterKind.WEEKLY, LetterKind.BEFORE}))
def test_other_letters_offer_nothing(kind: LetterKind) -> None:
    assert allowance(replace(situation(no(), before=TWICE), kind=kind)) == frozenset()


# --- Turns and pauses -------------------------------------------------------------------------------------------------


def test_what_was_written_longest_ago_comes_next() -> None:
    scene = SCENES["after-interview"]()
    taken = [next(iter(blocks(letter) & STEPS)) for letter in in_turn(scene)]
    assert sorted(set(taken)) == ["step-better-answer", "step-columns", "step-keeps"]
    assert taken[:3] == taken[3:6]


def _again() -> Iterator[tuple[str, int]]:
    for tip in PLAYBOOK.tips:
        if tip.again:
            yield from ((block, tip.again.days) for block in tip.blocks)


@pytest.mark.parametrize(("block", "days"), sorted(set(_again())))
def test_a_plan_does_not_come_again_too_soon(block: str, days: int) -> None:
    scene = plans()[block]
    desk = scene.desk()
    (plan,) = due(desk.facts(), desk.cadence, scene.now)
    now = desk.situation(plan, scene.now)

    def fits(ago: timedelta | None) -> bool:
        given = {block: scene.now - ago} if ago else {}
        return any(block in PLAYBOOK.fitting(place, now, given) for place in (Place.PLAN, Place.SET_UP))

    assert fits(None)
    assert fits(timedelta(days=days))
    assert not fits(timedelta(days=days) - timedelta(minutes=1))


def test_what_is_said_once_is_said_once() -> None:
    (once,) = [tip for tip in PLAYBOOK.tips if tip.place is Place.SET_UP]
    assert once.again > timedelta(days=30_000)


# --- The file -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tip", PLAYBOOK.tips, ids=lambda tip: tip.tip)
def test_a_row_is_whole(tip: Tip) -> None:
    assert set(tip.blocks) <= set(BLOCKS)
    assert tip.source == "none" or re.search(r"\d{4}|^as [AB]\d|weak|small|Sheeran", tip.source)
    assert bool(tip.trigger) == (tip.place in CHOSEN)


def test_every_trigger_is_asked() -> None:
    assert {tip.trigger for tip in PLAYBOOK.tips if tip.trigger} == set(TRIGGERS)


TEXT = resources.playbook(None)
FIRST = '[[row]]\ntip = "A0"\n'
ROW = TEXT[TEXT.index(FIRST) : TEXT.index('[[row]]\ntip = "A1"')]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param("[[row]]", "[[row]", "not valid TOML", id="not TOML"),
        pytest.param("place =", "plaice =", "'plaice' is not known here; a row has tip, says", id="a key"),
        pytest.param('"before"', '"between"', "`place` is 'between', and must be one of line", id="a place"),
        pytest.param('"invited-after-a-no"', '"sometimes"', "`trigger` is 'sometimes'", id="a trigger"),
        pytest.param('trigger = "invited-after-a-no"\n', "", "`trigger` is ''", id="no trigger"),
        pytest.param('["before-again"]', '"before-again"', "`blocks` needs to be a list", id="no list"),
        pytest.param('["before-again"]', "[]", "`blocks` names at least one", id="no block"),
        pytest.param("minutes = 10", 'minutes = "ten"', "`minutes` needs a whole number", id="minutes"),
        pytest.param("minutes = 10", "minutes = -10", "`minutes` needs a whole number", id="negative"),
        pytest.param("minutes = 10", "minutes = true", "`minutes` needs a whole number", id="true"),
        pytest.param('tip = "A0"', 'tip = ""', "`tip` needs a text", id="no name"),
        pytest.param("when =", "why =", "`when` needs a text", id="no situation"),
    ],
)
def test_a_broken_playbook_says_what_is_wrong_and_where(old: str, new: str, says: str) -> None:
    assert old in ROW
    with pytest.raises(WordingError, match=rf"{re.escape(FILE)}.*{re.escape(says)}") as raised:
        parse(ROW.replace(old, new))
    assert "line 1:" in str(raised.value) or "TOML" in says


def test_a_row_that_is_out_says_why() -> None:
    out = (
        ROW.replace('"before"', '"out"')
        .replace('["before-again"]', "[]")
        .replace('trigger = "invited-after-a-no"\n', "")
    )
    with pytest.raises(WordingError, match="`why` needs a text"):
        parse(out)
    assert parse(out + 'why = "Because."\n').tips[0].why == "Because."


@pytest.mark.parametrize("text", ["", "row = 1", "row = []"])
def test_an_empty_playbook_is_broken_too(text: str) -> None:
    with pytest.raises(WordingError, match="needs rows"):
        parse(text)


# --- The documentation ------------------------------------------------------------------------------------------------

HEAD = """# The playbook

This service grew from two articles about being turned down: "Rejected after an interview" (A) and "How to handle
rejection after an interview" (B). Here is each of their tips, and what became of it in the letters. The table is made
of `templates/playbook.toml`, which says how to read its columns. After a change there:

    WRITE_DOCS=1 pytest tests/core/test_playbook.py

What is known about these tips is modest: most of it was measured on courses and talks, not on a mail from a program.
No study tests a letter like these. So no letter promises that anything helps.
"""
COLUMNS = ("tip", "the article says", "when", "where", "block", "time", "what speaks for it")


def table() -> str:
    """The whole of docs/playbook.md."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows(PLAYBOOK)]
    return HEAD + "\n" + "\n".join(lines) + "\n"


def test_the_documentation_has_the_playbook_as_it_is() -> None:
    path = DOCS / "playbook.md"
    if os.environ.get("WRITE_DOCS"):
        path.write_text(table(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == table(), "It is stale: run with WRITE_DOCS=1."


def test_the_documentation_of_the_letters_leads_to_it() -> None:
    assert "(playbook.md)" in (DOCS / "letters.md").read_text(encoding="utf-8")
