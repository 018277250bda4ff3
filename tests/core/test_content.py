"""Letters as their reader gets them: golden ones for every kind of day, and what holds for all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.letters.desk import ROBIN, WORDS, Desk, at, days, mail
from tests.core.letters.scenes import NOW, SCENES, TIDEWELL, got, hard_week, no
from triage.core.content import Letter, clock
from triage.core.letter import LetterKind
from triage.core.playbook import ONLY_STEP_BLOCK
from triage.core.values import Details, Kind, Reason, Stage
from triage.core.wording import BLOCKS

STEP = WORDS.terms["heading"]["step"]
SUPPORT_HEADING = WORDS.terms["heading"]["support"]
SUPPORT = WORDS.blocks["support"][0]


def letter_of(name: str) -> Letter:
    ((letter, _),) = SCENES[name]().desk().letters(NOW)
    return letter


def headings(letter: Letter) -> list[str]:
    return [section.heading for section in letter.sections if section.heading]


def all_words(letter: Letter) -> str:
    sections = (" ".join((section.heading, *section.paragraphs, *section.items)) for section in letter.sections)
    return " ".join((letter.greeting, *sections, *letter.footer))


@pytest.mark.parametrize("name", SCENES)
def test_golden_letter(name: str, golden: Callable[[str, str], None]) -> None:
    """Each scene takes the next wording of every block, so that the letters show all of them in use."""
    desk = SCENES[name]().desk()
    desk.use_up(list(SCENES).index(name))
    ((letter, mailed),) = desk.letters(NOW)
    body = message_from_bytes(mailed.data, policy=policy.default).get_body(("plain",))
    assert body is not None
    golden(name, f"Subject: {letter.subject}\n\n{body.get_content()}".replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("name", "step", "raised", "open_list"),
    [
        ("first-no", False, False, False),
        ("second-no-other-candidate", True, False, True),
        ("third-no-this-week", True, False, True),
        ("three-at-once", False, False, True),
        ("fifth-this-week", False, True, False),
        ("five-at-once", False, True, False),
        ("after-screen", True, False, False),
        ("after-interview", True, False, True),
        ("after-final", False, True, False),
        ("role-stopped", False, False, True),
        ("feedback-and-reapply", False, False, False),
        ("no-beside-good-news", False, False, True),
        ("unsure-alone", False, False, False),
        ("look-back", False, False, False),
        ("look-back-hard-week", False, True, False),
        ("invitation", False, False, False),
        ("invitation-in-a-hard-week", False, False, False),
    ],
)
def test_what_each_situation_may_hold(name: str, step: bool, raised: bool, open_list: bool) -> None:
    letter = letter_of(name)
    assert (STEP in headings(letter)) is step
    assert (SUPPORT_HEADING in headings(letter)) is raised
    assert (WORDS.terms["heading"]["open"] in headings(letter)) is open_list


@pytest.mark.parametrize("name", SCENES)
def test_the_support_line_is_there_once_except_beside_an_offer(name: str) -> None:
    assert all_words(letter_of(name)).count(SUPPORT) == (name != "offer")


@pytest.mark.parametrize("name", ["fifth-this-week", "five-at-once", "after-final", "look-back-hard-week"])
def test_the_raised_support_line_comes_right_after_what_happened(name: str) -> None:
    assert letter_of(name).sections[1].paragraphs == (SUPPORT,)


@pytest.mark.parametrize("name", SCENES)
def test_what_happened_comes_first_and_the_end_last(name: str) -> None:
    letter = letter_of(name)
    order = [block for block, _ in letter.wordings]
    first = next(index for index, block in enumerate(order) if block.startswith(("opening", "good")))
    assert all(index > first for index, block in enumerate(order) if block.startswith(("step", "no-step", "feeling")))
    assert letter.sections[-1].paragraphs[0] in WORDS.blocks["close"]
    assert not letter.sections[0].heading


@pytest.mark.parametrize("name", SCENES)
def test_the_first_lines_are_neutral(name: str) -> None:
    """They may show on a locked screen: the subject and the greeting say nothing of employers or answers."""
    letter = letter_of(name)
    weekday = re.escape("Tuesday")
    assert re.fullmatch(rf"(Worth a look: y|Y)our note for {weekday}", letter.subject)
    assert re.match(r"Hello( Robin)?\. This is (a|your) note for Tuesday 3 March", letter.greeting)
    assert not re.search(r"Tidewell|Skarv|\bno\b|reject|application|offer|interview|job", letter.greeting, re.I)


def test_a_plain_tone_leaves_feelings_alone() -> None:
    gentle, plain = letter_of("first-no"), letter_of("first-no-plain-nameless")
    assert {block for block, _ in gentle.wordings} - {block for block, _ in plain.wordings} == {"feeling-application"}


def test_who_wants_figures_gets_them_first() -> None:
    (figures, happened) = letter_of("third-no-numbers-first").sections[0].paragraphs
    assert figures == "Answers that were a no: 3 in seven days, 3 in all. Still open: 2."
    assert "Tidewell" in happened


def test_a_letter_about_one_mail_always_says_whose_it_is() -> None:
    for name in ("first-no", "fifth-this-week", "after-final", "role-stopped", "invitation", "offer"):
        assert "Tidewell" in letter_of(name).sections[0].paragraphs[0]


def test_an_unknown_sender_leaves_no_hole() -> None:
    assert "from (sender unknown) to your application." in all_words(letter_of("nobody-knows-who"))


def test_a_deadline_is_told_beside_a_date() -> None:
    desk = Desk()
    dates = Details("Tidewell", "Analyst", interview_at="2026-03-12T14:30", deadline="2026-03-05")
    desk.enter(mail(Kind.INTERVIEW, "2026-03-03 08:00", dates))
    ((letter, _),) = desk.letters(NOW)
    assert "Thursday 12 March at 14:30" in all_words(letter)
    assert "Thursday 5 March" in all_words(letter)


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("2026-03-12T14:30+01:00", "Thursday 12 March at 14:30"),
        ("2026-03-12T09:30-04:00", "Thursday 12 March at 14:30 your time"),
        ("2026-03-12T14:30 IST", "Thursday 12 March at 14:30 IST"),
    ],
)
def test_a_time_in_a_zone_is_told_as_the_readers_where_that_is_sure(stored: str, told: str) -> None:
    desk = Desk()
    desk.enter(mail(Kind.INTERVIEW, "2026-03-03 08:00", Details("Tidewell", "Analyst", interview_at=stored)))
    ((letter, _),) = desk.letters(NOW)
    words = all_words(letter)
    assert told in words
    assert ("your time" in words) == ("your time" in told)


@pytest.mark.parametrize(("rejections", "written"), [(1, "one"), (5, "five"), (12, "twelve"), (13, "13"), (99, "99")])
def test_numbers_are_words_while_they_are_small(rejections: int, written: str) -> None:
    desk = Desk()
    desk.enter(*(replace(no(company=f"Employer {n}"), lookback=True) for n in range(rejections)))
    ((letter, _),) = desk.letters(NOW)
    assert written in letter.sections[0].paragraphs[0]


def test_the_clock_has_two_digits() -> None:
    assert clock(at("2026-03-03 08:05").time()) == "07:05"


# --- Every block ----------------------------------------------------------------------------------------------------


@cache
def every_letter() -> tuple[Letter, ...]:
    return tuple(_every_letter())


def _every_letter() -> Iterator[Letter]:
    """Letters over all scenes, and over every stage, reason and count of a no, with and without feedback."""
    for make in SCENES.values():
        yield from (letter for letter, _ in make().desk().letters(NOW))
    stages, reasons = [one for one in Stage if one], [one for one in Reason if one]
    for stage, reason, feedback, reapply, before in product(
        stages, reasons, ((), ("Clear.",)), (False, True), (0, 1, 4)
    ):
        desk = Desk()
        desk.enter(*list(hard_week())[:before], told=True)
        desk.enter(no(stage=stage, reason=reason, feedback=feedback, reapply=reapply))
        desk.used[ONLY_STEP_BLOCK] = [0, 1] if reapply else []
        yield from (letter for letter, _ in desk.letters(NOW))


def test_every_block_is_used_and_every_used_block_is_there() -> None:
    asked = {block for letter in every_letter() for block, _ in letter.wordings} - {ONLY_STEP_BLOCK}
    assert asked == set(BLOCKS)
    assert set(WORDS.blocks) == set(BLOCKS)


def test_no_step_where_it_would_hurt() -> None:
    for letter in every_letter():
        if STEP in headings(letter):
            assert SUPPORT_HEADING not in headings(letter)
            blocks = {block for block, _ in letter.wordings}
            assert not blocks & {"opening-final", "feedback", "says-position_closed", "opening-heavy"}


def test_after_a_talk_a_step_is_for_tomorrow() -> None:
    for letter in every_letter():
        blocks = {block for block, _ in letter.wordings}
        if blocks & {"opening-screen", "opening-interview"} and STEP in headings(letter):
            (step,) = [section for section in letter.sections if section.heading == STEP]
            assert "omorrow" in step.paragraphs[0]


# --- Over a whole search --------------------------------------------------------------------------------------------

happenings = st.tuples(
    st.sampled_from([Kind.REJECTION, Kind.REJECTION, Kind.REJECTION, Kind.UNSURE, Kind.INTERVIEW, Kind.OFFER]),
    st.sampled_from(["Tidewell", "Jobfjord", "Skarv Maps", "Northlight", "Halden Rail"]),
    st.sampled_from([one for one in Reason if one]),
    st.sampled_from(list(Stage)),
)


def live(search: list[tuple[Kind, str, Reason, Stage]]) -> Iterator[Letter]:
    """One mail every day at nine; letters at the hour."""
    desk, day = Desk(ROBIN, replace(Desk().cadence, most_per_week=7)), at("2026-03-03 09:00")
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
    changing = {block: used for block, used in uses.items() if len(WORDS.blocks.get(block, ())) > 1}
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
