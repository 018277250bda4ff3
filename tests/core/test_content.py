"""Letters as their reader gets them: golden ones for every kind of day, and what holds for all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.conftest import LETTERS as GOLDEN
from tests.core.letters.desk import CADENCE, WORDS, Desk, at, days, mail
from tests.core.letters.reading import part
from tests.core.letters.scenes import (
    MONDAY,
    NOW,
    OPEN_BOOK,
    SCENES,
    TIDEWELL,
    Scene,
    got,
    no,
)
from tests.core.letters.writing import every_letter, scenes
from triage.core.content.writer import clock
from triage.core.due import due
from triage.core.letter import LetterKind, Plan, Sent
from triage.core.page import Letter
from triage.core.values import Details, Kind, Reason, Stage
from triage.core.wording.blocks import BLOCKS

HEADINGS = WORDS.terms["heading"]
SILENT = (HEADINGS["quiet"], HEADINGS["silent"])
STEP, SUPPORT_HEADING = HEADINGS["step"], HEADINGS["support"]
SUPPORT = "If it gets too much, you can talk to someone today."


def letter_of(name: str) -> Letter:
    return scenes()[name].letter()[0]


def headings(letter: Letter) -> list[str]:
    return [section.heading for section in letter.sections if section.heading]


def all_words(letter: Letter) -> str:
    sections = (" ".join((one.heading, *one.paragraphs, *one.items, one.copy)) for one in letter.sections)
    return " ".join((letter.greeting, *sections, *letter.footer))


@pytest.mark.parametrize("name", SCENES)
def test_golden_letter(name: str, golden: Callable[[str, str], None]) -> None:
    """Each scene takes the next wording of every block, so that the letters show all of them in use."""
    letter, mailed = SCENES[name]().letter(turn=1 + list(SCENES).index(name))
    golden(name, f"Subject: {letter.subject}\n\n{part(mailed, 'plain')}")


def test_no_golden_letter_is_left_from_a_scene_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(SCENES)


KINDS = {
    **dict.fromkeys(("look-back", "look-back-hard-week"), LetterKind.SUMMARY),
    "two-unreadable-and-an-invitation": LetterKind.PROMPT,
    **dict.fromkeys(
        ("invitation", "task-with-deadline", "offer", "invitation-in-a-hard-week", "after-long-silence"),
        LetterKind.PROMPT,
    ),
    **dict.fromkeys(("reopened", "reopened-with-an-offer"), LetterKind.CORRECTION),
    **dict.fromkeys(("before-a-first-talk", "before-with-notes"), LetterKind.BEFORE),
    "after-a-talk": LetterKind.AFTER,
    **dict.fromkeys(("paused", "stopped", "forgotten"), LetterKind.RECEIPT),
    **dict.fromkeys(("member-leaving", "member-left", "leaving-nothing"), LetterKind.RECEIPT),
}


@pytest.mark.parametrize("name", SCENES)
def test_which_letter_a_scene_is(name: str) -> None:
    daily = LetterKind.WEEKLY if name.startswith("week") else LetterKind.DAILY
    assert letter_of(name).kind is KINDS.get(name, daily)


@pytest.mark.parametrize("name", SCENES)
def test_the_support_line_is_there_once_except_beside_an_offer(name: str) -> None:
    offer = name in ("offer", "reopened-with-an-offer")
    assert all_words(letter_of(name)).count(SUPPORT) == (0 if offer else 1)


RAISED = {
    "fifth-this-week": 1,
    "five-at-once": 1,
    "after-final": 1,
    "own-evening": 1,
    "helplines": 1,
    "hard-week-and-unsure": 1,
    "look-back-hard-week": 1,
    "mixed-day-hard": 2,
    "week-hard": 2,
    "week-of-a-year": 2,
}
"""Where the support line has moved up, and what stands before it: the good news, the week, and what happened."""


@pytest.mark.parametrize("name", SCENES)
def test_the_support_line_moves_up_right_after_what_happened_and_nowhere_else(name: str) -> None:
    letter = letter_of(name)
    raised = [number for number, section in enumerate(letter.sections) if section.heading == SUPPORT_HEADING]
    assert raised == ([RAISED[name]] if name in RAISED else [])
    assert all(letter.sections[number].paragraphs[0].startswith(SUPPORT) for number in raised)


def test_lines_to_call_are_named_where_the_country_is_known() -> None:
    words = all_words(letter_of("helplines"))
    assert "Samaritans: 116 123 (free, day and night); Shout: text 85258." in words
    assert "If you are in danger, call 999." in words
    assert "Numbers for your country are at findahelpline.com." in all_words(letter_of("fifth-this-week"))


@pytest.mark.parametrize("name", SCENES)
def test_what_happened_comes_first_and_the_end_last(name: str) -> None:
    letter = letter_of(name)
    order = [block for block, _ in letter.wordings]
    first = next(n for n, block in enumerate(order) if block.startswith(("opening", "good", "receipt")))
    later = ("step", "plan", "no-step", "feeling", "today", "tonight", "context", "before-practice", "after-")
    assert all(n > first for n, block in enumerate(order) if block.startswith(later))
    assert not letter.sections[0].heading
    if letter.kind is not LetterKind.RECEIPT:
        assert letter.sections[-1].paragraphs[0] in WORDS.blocks["close"]


@pytest.mark.parametrize("name", scenes())
def test_the_first_lines_are_neutral(name: str) -> None:
    """They may show on a locked screen: the subject and the greeting say nothing of employers or answers."""
    letter = letter_of(name)
    assert re.fullmatch(r"(?:[\w ,]+: )?(?:Y|y|the )(?:our )?note for (?:Monday|Tuesday)", letter.subject)
    assert re.match(r"Hello( Robin)?\. This is (a|your) note for ", letter.greeting)
    private = r"Tidewell|Skarv|\bno\b|reject|application|offer|interview|job|employer"
    assert not re.search(private, f"{letter.subject} {letter.greeting}", re.I)


def test_the_outside_reason_stands_before_anything_else() -> None:
    first, feeling = letter_of("role-stopped").sections[0].paragraphs
    assert any(first.endswith(reason) for reason in WORDS.blocks["says-position_closed"])
    assert feeling in WORDS.blocks["feeling-application"]
    assert HEADINGS["mail"] not in headings(letter_of("role-stopped"))


def test_a_plain_tone_leaves_feelings_alone() -> None:
    gentle, plain = letter_of("first-no"), letter_of("first-no-plain-nameless")
    assert {block for block, _ in gentle.wordings} ^ {block for block, _ in plain.wordings} == {
        "feeling-application",
        "context-first",
    }


def test_who_wants_figures_gets_them_first() -> None:
    (figures, happened) = letter_of("third-no-numbers-first").sections[0].paragraphs
    assert figures == "Answers that were a no: 3 in seven days, 3 in all. Still open: 2."
    assert "Tidewell" in happened


def test_a_letter_about_one_mail_always_says_whose_it_is() -> None:
    for name in ("first-no", "fifth-this-week", "after-final", "role-stopped", "invitation", "offer", "reopened"):
        assert "Tidewell" in letter_of(name).sections[0].paragraphs[0]


def test_an_unknown_sender_leaves_no_hole() -> None:
    assert "from (sender unknown) to your application." in all_words(letter_of("nobody-knows-who"))


def test_good_news_comes_first_on_a_mixed_day() -> None:
    letter = letter_of("mixed-day")
    assert "Skarv" in letter.sections[0].paragraphs[0]
    assert "Tidewell" in letter.sections[1].paragraphs[0]
    assert "Thursday 12 March at 14:30" in letter.sections[0].paragraphs[0]


def test_an_offer_after_a_no_is_told_as_an_offer() -> None:
    blocks = [block for block, _ in letter_of("reopened-with-an-offer").wordings]
    assert blocks[:2] == ["good-reopened", "good-offer"]
    assert "offer-stop" in blocks


def test_a_draft_is_set_apart_to_copy() -> None:
    scene = SCENES["ask-a-person"]()
    desk = scene.desk()
    desk.given |= {block: NOW - days(9) for block in ("step-better-answer", "step-columns", "step-keeps")}
    ((letter, _),) = desk.letters(NOW)
    (step,) = [section for section in letter.sections if section.heading == STEP]
    assert any(block == "step-ask" for block, _ in letter.wordings)
    assert "Robin" in step.copy
    assert all(not section.copy for section in letter.sections if section.heading != STEP)


def test_what_was_said_is_confirmed_in_one_line_each() -> None:
    (noted,) = [one for one in letter_of("understood").sections if one.heading == HEADINGS["noted"]]
    said = WORDS.terms["noted"]
    kinds = ("let_go", "named", "changed", "resumed", "corrected", "note", "step", "withdrew", "unknown", "which")
    assert noted.items == tuple(said[kind] for kind in kinds)


def test_a_receipt_is_only_that() -> None:
    letter = letter_of("paused")
    assert "17 March" in letter.sections[0].paragraphs[0]
    assert [section.items for section in letter.sections[1:]] == [(WORDS.terms["noted"]["step"],)]
    assert len(letter.footer) == 2
    assert (letter.events, letter.acts) == ((), (1, 2))


def test_the_letter_before_a_talk_brings_notes_and_feedback_word_for_word() -> None:
    words = all_words(letter_of("before-with-notes"))
    assert "“They asked about a late train. I went too fast.”" in words
    assert "“You explained the plan well, and the figures less so.”" in words
    assert "Friday 6 March at 14:30" in words
    assert "“soup, and early to bed”" in words.replace("“Soup", "“soup")


def test_before_a_talk_there_is_one_thing_to_put_down_or_to_keep_and_one_to_practise() -> None:
    for name in ("before-with-notes", "before-after-a-no"):
        blocks = [block for block, _ in letter_of(name).wordings]
        assert len({"before-put-down", "before-again"} & set(blocks)) == 1
        assert len({"before-practice", "before-practice-alone"} & set(blocks)) == 1


def test_who_is_silent_for_good_is_not_to_be_asked() -> None:
    quiet, silent = (one for one in letter_of("week-of-silence").sections if one.heading in SILENT)
    assert "Geodata Analyst" in quiet.copy
    assert silent.copy == ""


def test_feedback_is_folded_in_every_other_letter() -> None:
    sentence = "Your maps were clear."
    for name, letter in every_letter():
        assert sentence not in all_words(letter) or letter.kind is LetterKind.BEFORE, name


def test_the_letter_after_a_talk_asks_three_lines_and_nothing_else() -> None:
    (form,) = [one for one in letter_of("after-a-talk").sections if one.heading == HEADINGS["form"]]
    assert form.items == tuple(WORDS.terms["after_questions"])


# --- The weekly letter ----------------------------------------------------------------------------------------------


def section_of(letter: Letter, heading: str) -> tuple[str, ...]:
    return next((one.items for one in letter.sections if one.heading == HEADINGS[heading]), ())


def test_a_week_lists_what_was_done_and_what_went_well() -> None:
    letter = letter_of("week")
    assert section_of(letter, "did") == (
        "Northlight, Technical Writer: you applied (Tuesday 24 February)",
        "Halden Rail, Planner: you applied (Thursday 26 February)",
        "you took the step of a note (Friday 27 February)",
    )
    assert section_of(letter, "wins") == (
        "Skarv Maps, Geodata Analyst: an invitation to talk (Wednesday 25 February)",
        "Halden Rail, Planner: a person answered (Thursday 26 February)",
    )
    (bars,) = [one.bars for one in letter.sections if one.bars]
    # An application that is confirmed on the same day is a step and a mail.
    assert [(bar.label, bar.amount) for bar in bars][:4] == [
        ("Monday", 0),
        ("Tuesday", 2),
        ("Wednesday", 1),
        ("Thursday", 3),
    ]


def test_no_week_claims_that_a_talk_took_place() -> None:
    """Who was invited has not always talked."""
    assert "you talked" not in WORDS.terms["did"]["talked"]


def test_silences_are_listed_by_how_long_they_are() -> None:
    letter = letter_of("week-of-silence")
    assert [item.partition(",")[0] for item in section_of(letter, "quiet")] == [
        "Old Quay",
        "Northlight",
        "Skarv Maps",
        "Jobfjord",
    ]
    assert [item.partition(",")[0] for item in section_of(letter, "silent")] == ["Halden Rail", "Tidewell"]
    assert "Friday 27 February" in all_words(letter)


def test_a_quiet_week_with_old_news_is_not_called_quiet() -> None:
    scene = Scene(
        (got(Kind.ACKNOWLEDGEMENT, TIDEWELL, "2026-01-20 12:00"),),
        (no(received="2026-02-18 09:00"),),
        sent=(Sent(LetterKind.WEEKLY, MONDAY - days(14)),),
        now=MONDAY,
    )
    blocks = [block for block, _ in scene.letter()[0].wordings]
    assert blocks[0] == "opening-application"
    assert "opening-weekly-quiet" not in blocks


def test_the_end_of_the_daily_notes_is_said_once() -> None:
    scene = SCENES["week-that-ends-the-daily-notes"]()
    desk = scene.desk()
    assert "weekly-taper" in {block for block, _ in desk.words(desk_plan(desk, scene.now), scene.now).wordings}
    desk.given["weekly-taper"] = scene.now - days(7)
    assert "weekly-taper" not in {block for block, _ in desk.words(desk_plan(desk, scene.now), scene.now).wordings}


def desk_plan(desk: Desk, now: datetime) -> Plan:
    (plan,) = due(desk.facts(), desk.cadence, now)
    return plan


@pytest.mark.parametrize(("ended", "table"), [(4, False), (5, True)])
def test_where_it_stops_needs_some_endings(ended: int, table: bool) -> None:
    before = tuple(no(Details(f"Employer {n}", "Clerk"), f"2026-02-{15 + n} 10:00") for n in range(ended))
    scene = Scene((got(Kind.ACKNOWLEDGEMENT, TIDEWELL, "2026-02-24 12:00"), *before), (), sent=(), now=MONDAY)
    letter = replace(scene, sent=(Sent(LetterKind.WEEKLY, MONDAY - days(7)),)).letter()[0]
    assert section_of(letter, "stops") == (("at the first stage: 5",) if table else ())


# --- Dates and figures ------------------------------------------------------------------------------------------------


def test_a_deadline_is_told_beside_a_date() -> None:
    dates = Details("Tidewell", "Analyst", interview_at="2026-03-12T14:30", deadline="2026-03-05")
    letter, _ = Scene((), (mail(Kind.INTERVIEW, "2026-03-03 08:00", dates),)).letter()
    assert "Thursday 12 March at 14:30" in all_words(letter)
    assert "Thursday 5 March" in all_words(letter)


@pytest.mark.parametrize("gone", ["2026-03-02", "2026-03-02T14:30", "2025-03-12"])
def test_a_date_that_is_over_is_not_told_as_one_to_keep(gone: str) -> None:
    dates = Details("Tidewell", "Analyst", interview_at=gone, deadline=gone[:10])
    letter, _ = Scene((), (mail(Kind.INTERVIEW, "2026-03-03 08:00", dates),)).letter()
    assert not {"good-interview-when", "good-deadline"} & {block for block, _ in letter.wordings}


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("2026-03-12T14:30+01:00", "Thursday 12 March at 14:30"),
        ("2026-03-12T09:30-04:00", "Thursday 12 March at 14:30 your time"),
        ("2026-03-12T14:30 IST", "Thursday 12 March at 14:30 IST"),
    ],
)
def test_a_time_in_a_zone_is_told_as_the_readers_where_that_is_sure(stored: str, told: str) -> None:
    invitation = mail(Kind.INTERVIEW, "2026-03-03 08:00", Details("Tidewell", "Analyst", interview_at=stored))
    words = all_words(Scene((), (invitation,)).letter()[0])
    assert told in words
    assert ("your time" in words) == ("your time" in told)


@pytest.mark.parametrize(("rejections", "written"), [(1, "one"), (5, "five"), (12, "twelve"), (13, "13"), (99, "99")])
def test_numbers_are_words_while_they_are_small(rejections: int, written: str) -> None:
    old = tuple(replace(no(company=f"Employer {n}"), lookback=True) for n in range(rejections))
    letter, _ = Scene((), old, sent=()).letter()
    assert written in letter.sections[0].paragraphs[0]


def test_the_clock_has_two_digits() -> None:
    assert clock(at("2026-03-03 08:05").time()) == "07:05"


# --- Every block ----------------------------------------------------------------------------------------------------


def test_every_block_is_used_and_every_used_block_is_there() -> None:
    used = {block for _, letter in every_letter() for block, _ in letter.wordings}
    assert used == set(BLOCKS)


def test_no_step_where_it_would_hurt() -> None:
    for name, letter in every_letter():
        blocks = {block for block, _ in letter.wordings}
        if STEP in headings(letter):
            assert SUPPORT_HEADING not in headings(letter), name
            assert not blocks & {"opening-final", "feedback", "says-position_closed", "opening-heavy"}, name


def test_after_a_talk_a_step_is_not_for_today() -> None:
    for name, letter in every_letter():
        blocks = {block for block, _ in letter.wordings}
        if blocks & {"opening-screen", "opening-interview"} and STEP in headings(letter):
            (step,) = [section for section in letter.sections if section.heading == STEP]
            assert re.search("omorrow|next working day|not today", step.paragraphs[0]), name


def test_nobody_is_sent_to_their_mail_for_feedback_and_told_there_is_none() -> None:
    for name, letter in every_letter():
        blocks = {block for block, _ in letter.wordings}
        assert not {"feedback", "not-said"} <= blocks or "opening-several" in blocks, name


def test_every_letter_is_short() -> None:
    """Somebody reads it on a bad morning: one screen of words, and a weekly letter two."""
    for name, letter in every_letter():
        words = len(all_words(letter).split())
        assert words <= (520 if letter.kind is LetterKind.WEEKLY else 400), (name, words)


# --- Over a whole search --------------------------------------------------------------------------------------------

happenings = st.tuples(
    st.sampled_from([Kind.REJECTION, Kind.REJECTION, Kind.REJECTION, Kind.UNSURE, Kind.INTERVIEW, Kind.OFFER]),
    st.sampled_from(["Tidewell", "Jobfjord", "Skarv Maps", "Northlight", "Halden Rail"]),
    st.sampled_from([one for one in Reason if one]),
    st.sampled_from(list(Stage)),
)


def live(search: list[tuple[Kind, str, Reason, Stage]]) -> Iterator[Letter]:
    """One mail every day at nine; letters at the hour."""
    desk, day = Desk(OPEN_BOOK, replace(CADENCE, most_per_week=7, taper_weeks=0)), at("2026-03-03 09:00")
    for kind, company, reason, stage in search:
        desk.enter(mail(kind, day, Details(company, f"Role {stage}", stage, reason)))
        yield from _letters(desk, day + timedelta(hours=1))
        day += days(1)


def _letters(desk: Desk, now: datetime) -> Iterator[Letter]:
    yield from (letter for letter, _ in desk.letters(now))


@settings(max_examples=25, deadline=None)
@given(st.lists(happenings, min_size=10, max_size=40))
def test_no_wording_comes_again_within_three_letters(search: list[tuple[Kind, str, Reason, Stage]]) -> None:
    uses: dict[str, list[int]] = {}
    for letter in live(search):
        for block, variant in letter.wordings:
            uses.setdefault(block, []).append(variant)
    changing = {block: used for block, used in uses.items() if len(WORDS.blocks[block]) > 1}
    assert "close" in changing
    for used in changing.values():
        assert all(variant not in used[max(0, index - 3) : index] for index, variant in enumerate(used))


def test_two_invitations_in_one_note_are_not_in_the_same_words() -> None:
    desk = Desk()
    desk.enter(got(Kind.INTERVIEW, TIDEWELL, "2026-03-03 08:00"))
    desk.enter(got(Kind.INTERVIEW, TIDEWELL, "2026-03-03 08:10", company="Jobfjord"))
    ((letter, _),) = desk.letters(NOW)
    assert letter.kind is LetterKind.PROMPT
    first, second = (section.paragraphs[0] for section in letter.sections[:2])
    assert first.replace("Tidewell", "Jobfjord") != second
