"""What the letters around a talk know: notes and feedback of earlier ones, and what came shortly before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.letters.desk import ZONE, Desk, at, days, mail
from triage.core.acts import Act, Did
from triage.core.situation.talk import MOST, Talk, gather_talk
from triage.core.values import Details, Event, Kind, Stage

INVITED = at("2026-03-02 09:00")


def came(kind: Kind, ago: float, company: str, **details: object) -> Event:
    known = replace(Details(company, "Analyst"), **details)  # type: ignore[arg-type]  # fields of Details
    return mail(kind, INVITED - days(ago), known)


def desk(*events: Event) -> Desk:
    made = Desk()
    made.enter(*events, told=True)
    made.enter(came(Kind.INTERVIEW, 0, "Tidewell", interview_at="2026-03-12T14:30"), told=True)
    return made


def talk(made: Desk) -> Talk:
    return gather_talk(made.events[-1], made.applications, ZONE)


def note(text: str, ago: float, application: int) -> Act:
    return Act(Did.NOTE, INVITED - days(ago), application=application, text=text)


def test_nothing_is_known_at_first() -> None:
    found = talk(desk())
    assert (found.notes, found.feedback, found.after_a_no, found.after_a_final_no, found.number) == (
        (),
        (),
        False,
        False,
        1,
    )
    assert found.told.company == "Tidewell"


def test_notes_come_back_the_latest_first_and_not_too_many() -> None:
    made = desk(came(Kind.INTERVIEW, 30, "Fjord"))
    made.do(*(note(f"Line {n}", 20 - n, 1) for n in range(MOST + 2)))
    found = talk(made).notes
    assert [one.text for one in found] == [f"Line {n}" for n in reversed(range(2, MOST + 2))]
    assert {one.who for one in found} == {"Fjord"}


def test_a_note_is_the_readers_own_words_on_one_line() -> None:
    made = desk(came(Kind.INTERVIEW, 30, "Fjord"))
    made.do(
        note("They asked\n about SQL.\nI said  yes.", 20, 1), note("", 19, 1), Act(Did.STEP, INVITED, application=1)
    )
    assert [one.text for one in talk(made).notes] == ["They asked about SQL. I said yes."]


def test_notes_of_the_same_employer_count_too() -> None:
    made = desk(came(Kind.INTERVIEW, 30, "Tidewell"))
    made.do(note("Ask for the team.", 20, 1))
    assert [one.who for one in talk(made).notes] == ["Tidewell"]


@pytest.mark.parametrize(
    ("stage", "kept"),
    [(Stage.APPLICATION, False), (Stage.SCREEN, True), (Stage.INTERVIEW, True), (Stage.FINAL, True)],
)
def test_feedback_of_talks_only(stage: Stage, kept: bool) -> None:
    """What an early no says is about papers."""
    found = talk(desk(came(Kind.REJECTION, 20, "Fjord", stage=stage, feedback=("Clear.", "More SQL."))))
    assert [one.text for one in found.feedback] == ["Clear. More SQL."] * kept


def test_words_of_strangers_pass_the_gate() -> None:
    found = talk(
        desk(came(Kind.REJECTION, 20, "www.evil.example", stage=Stage.FINAL, feedback=("See https://evil.example",)))
    )
    assert [(one.who, one.text) for one in found.feedback] == [("www[.]evil[.]example", "See https[:]//evil[.]example")]


@pytest.mark.parametrize(
    ("ago", "stage", "after_a_no", "after_a_final_no"),
    [
        (1, Stage.APPLICATION, True, False),
        (9.9, Stage.INTERVIEW, True, False),
        (10, Stage.INTERVIEW, False, False),
        (6.9, Stage.FINAL, True, True),
        (7, Stage.FINAL, True, False),
    ],
)
def test_a_no_shortly_before(ago: float, stage: Stage, after_a_no: bool, after_a_final_no: bool) -> None:
    found = talk(desk(came(Kind.REJECTION, ago, "Fjord", stage=stage)))
    assert (found.after_a_no, found.after_a_final_no) == (after_a_no, after_a_final_no)


def test_which_talk_with_them_it_is() -> None:
    assert talk(desk(came(Kind.INTERVIEW, 20, "Tidewell", interview_at="2026-02-16"))).number == 2
