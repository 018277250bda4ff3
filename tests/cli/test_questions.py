"""`triage questions` as a person runs it: asked on a terminal, given as options, shown, exported and taken away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_bad_input import sound
from tests.rig.installed import Finished, Installed, installed
from triage.store import Store

pytestmark = pytest.mark.server

NOTHING: dict[str, Any] = {"good": [], "people": [], "win": "", "evening": "", "tone": ""}
SAID: dict[str, Any] = {
    "good": ["walk by the canal", "tea"],
    "people": ["Ana"],
    "win": "one talk",
    "evening": "soup, then bed",
    "tone": "plain",
}
EVERYTHING = (
    "--good", "walk by the canal", "--good", "tea", "--person", "Ana", "--win", "one talk",
    "--evening", "soup, then bed", "--tone", "plain",
)  # fmt: skip


@pytest.fixture
def program(tmp_path: Path) -> Installed:
    program = installed(tmp_path)
    sound(program)
    return program


def asked(program: Installed, *lines: str) -> Finished:
    """Run it with these lines typed, each ended by Enter."""
    return program.triage("questions", stdin="".join(f"{line}\n" for line in lines))


def known(program: Installed) -> dict[str, Any]:
    done = program.triage("questions", "--json")
    assert done.code == 0, done.err
    return dict(json.loads(done.out))


def test_answers_are_given_as_options_and_shown(program: Installed) -> None:
    done = program.triage("questions", *EVERYTHING)
    assert (done.code, done.err) == (0, "")
    assert all(text in done.out for text in ("walk by the canal", "tea", "Ana", "one talk", "soup, then bed", "plain"))
    assert program.triage("questions", "--show").out == done.out
    assert known(program) == SAID


def test_looking_creates_nothing_and_asks_nothing(program: Installed) -> None:
    done = program.triage("questions", "--show")
    assert (done.code, done.out, done.err) == (0, "", "Nothing is answered so far.\n")
    assert known(program) == NOTHING
    assert program.triage("questions", "--clear").code == 0
    assert not program.store.exists()


def test_an_option_changes_its_own_answer_only(program: Installed) -> None:
    program.triage("questions", *EVERYTHING)
    program.triage("questions", "--good", "a song", "--win", "")
    assert known(program) == {**SAID, "good": ["a song"], "win": ""}
    program.triage("questions", "--good", "", "--person", "")
    assert known(program) == {**SAID, "good": [], "people": [], "win": ""}


def test_answers_are_asked_one_after_the_other(program: Installed) -> None:
    done = asked(program, "walk by the canal", "tea", "", "Ana", "", "one talk", "soup, then bed", "plain")
    assert done.code == 0, done.err
    assert known(program) == SAID
    assert done.err.count("?") == 5
    assert "canal" in done.out


def test_enter_leaves_every_answer_as_it_is(program: Installed) -> None:
    program.triage("questions", *EVERYTHING)
    done = asked(program, *[""] * 5)
    assert done.code == 0, done.err
    assert "[walk by the canal; tea]" in done.err, "what is known is shown"
    assert known(program) == SAID


def test_a_dash_takes_an_answer_away(program: Installed) -> None:
    program.triage("questions", *EVERYTHING)
    assert asked(program, *["-"] * 5).code == 0
    assert known(program) == NOTHING


def test_two_people_are_not_asked_for_a_third(program: Installed) -> None:
    assert asked(program, "", "Ana", "Bo", "", "", "").code == 0
    assert known(program)["people"] == ["Ana", "Bo"]


def test_an_answer_that_does_not_fit_is_asked_for_again(program: Installed) -> None:
    done = asked(program, "x" * 81, "tea", "", "", "", "", "shouting", "gentle")
    assert done.code == 0, done.err
    assert "80 characters" in done.err
    assert "There are gentle, plain, numbers-first" in done.err
    assert known(program) == {**NOTHING, "good": ["tea"], "tone": "gentle"}


def test_what_was_answered_is_kept_when_the_rest_is_not(program: Installed) -> None:
    done = asked(program, "tea", "", "Ana", "")
    assert (done.code, "Stopped." in done.err) == (1, True)
    assert known(program) == {**NOTHING, "good": ["tea"], "people": ["Ana"]}


def test_nothing_of_it_obeys_a_terminal(program: Installed) -> None:
    done = program.triage("questions", "--win", "a\x1b[31m talk\u202e [bold]x[/bold]")
    assert "a[31m talk [bold]x[/bold]" in done.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--win", "x" * 81), "80 characters"),
        (tuple(word for n in range(13) for word in ("--good", str(n))), "room for 12"),
        (("--person", "Ana", "--person", "Bo", "--person", "Cy"), "room for 2"),
        (("--tone", "loud"), "gentle"),
        (("--show", "--clear"), "one of them at a time"),
        (("--win", "x", "--clear"), "one of them at a time"),
        (("walk",), "unexpected extra argument"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    program: Installed, arguments: tuple[str, ...], says: str
) -> None:
    done = program.triage("questions", *arguments)
    assert done.code == 2
    assert says in done.err
    assert not program.store.exists()


def test_clear_takes_everything_away(program: Installed) -> None:
    program.triage("questions", *EVERYTHING)
    assert program.triage("questions", "--clear").code == 0
    assert known(program) == NOTHING


def test_export_has_them_and_forgetting_everything_takes_them_along(program: Installed) -> None:
    program.triage("poll")
    program.triage("questions", *EVERYTHING)
    exported = json.loads(program.triage("export").out)
    assert exported["answers"] == {key: value for key, value in SAID.items() if key != "tone"}
    assert program.triage("forget", "--all", "--yes").code == 0
    assert known(program) == {**NOTHING, "tone": "plain"}, "how letters sound is a setting, as a pause is"
    files = [path.read_bytes() for path in program.store.rglob("*") if path.is_file()]
    assert not any(word in data for data in files for word in (b"canal", b"Ana", b"soup"))


def test_answers_that_cannot_be_read_can_be_cleared(program: Installed) -> None:
    program.triage("questions", "--win", "one talk")
    store = Store(program.store)
    with store.writing() as work:
        work.notes.set("answers", "{")
    store.close()
    done = program.triage("questions", "--show")
    assert (done.code, "triage questions --clear" in done.err) == (74, True)
    assert program.triage("questions", "--clear").code == 0
    assert known(program) == NOTHING
