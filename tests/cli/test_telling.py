"""The commands by which the reader says what they want and did, as a person runs them."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_bad_input import sound, table
from tests.cli.test_correct import receive
from tests.rig import employers
from tests.rig.installed import AT_ONCE, Installed, installed
from triage.store import FILE

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("telling")]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A log with a no (line 1) and a confirmation (line 2), and no letter so far."""
    program = installed(tmp_path_factory.mktemp("original"))
    sound(program)
    program.configure(table(program, AT_ONCE.replace('hour = "00:00"', 'hour = "23:59"')))
    program.triage("poll")
    receive(program, 1, employers.rejection("Alderbridge Works"))
    receive(program, 2, employers.acknowledgement("Birchfield Studio"))
    program.triage("poll")
    return program


@pytest.fixture
def program(original: Installed, tmp_path: Path) -> Installed:
    """A copy of it, to be changed."""
    copied = installed(Path(shutil.copytree(original.folder, tmp_path / "copy")))
    copied.config.write_text(copied.config.read_text().replace(str(original.folder), str(copied.folder)))
    return copied


def asked(program: Installed, *arguments: str, stdin: str = "") -> Any:
    done = program.triage(*arguments, "--json", stdin=stdin)
    assert (done.code, done.err) == (0, ""), done
    return json.loads(done.out)


def told(program: Installed) -> list[dict[str, Any]]:
    """Everything the reader said, without the time."""
    said = json.loads(program.triage("export").out)["told"]
    return [{name: value for name, value in one.items() if name != "made"} for one in said]


def application(program: Installed, company: str) -> int:
    return next(int(line["application"]) for line in program.log() if line["company"] == company)


def test_a_pause_and_its_end(program: Installed) -> None:
    until = asked(program, "pause", "2", "weeks")["paused_until"]
    assert 13 <= (datetime.fromisoformat(until) - datetime.now().astimezone()).days <= 14
    assert "paused until" in program.triage("letters").out
    assert "paused until" in program.triage("status").out
    assert asked(program, "resume") == {"letters": "", "tone": "", "paused_until": ""}
    assert "paused" not in program.triage("letters").out
    assert [one["kind"] for one in told(program)] == ["paused", "resumed"]


@pytest.mark.parametrize("length", [(), ("7d",), ("until", "3 December"), ("2099-12-03",), ("for", "a", "month")])
def test_lengths_of_a_pause(program: Installed, length: tuple[str, ...]) -> None:
    assert asked(program, "pause", *length)["paused_until"]


def test_which_letters_and_in_which_tone(program: Installed) -> None:
    assert "as configured" in program.triage("letters").out
    for name in ("weekly", "good-news", "all", "none"):
        assert asked(program, "letters", name)["letters"] == name
        assert asked(program, "letters")["letters"] == name
    assert asked(program, "resume")["letters"] == ""
    for name in ("gentle", "plain", "numbers-first"):
        assert asked(program, "tone", name)["tone"] == name
    assert [(one["kind"], one["text"]) for one in told(program)] == [
        ("changed", "weekly"),
        ("changed", "good_news"),
        ("changed", "all"),
        ("stopped", ""),
        ("resumed", ""),
        ("changed", "gentle"),
        ("changed", "plain"),
        ("changed", "numbers-first"),
    ]


def test_steps_and_ends(program: Installed) -> None:
    fjord = application(program, "Birchfield Studio")
    assert program.triage("done").code == 0
    assert asked(program, "let-go", str(fjord))[0]["kind"] == "let_go"
    state = {one["company"]: one["state"] for one in json.loads(program.triage("export").out)["applications"]}
    assert state["Birchfield Studio"] == "let_go"
    assert f"application {fjord}" in program.triage("withdrew", str(fjord)).err
    state = {one["company"]: one["state"] for one in json.loads(program.triage("export").out)["applications"]}
    assert state["Birchfield Studio"] == "withdrawn"
    assert [(one["kind"], one["application"]) for one in told(program)] == [
        ("step", 0),
        ("let_go", fjord),
        ("withdrew", fjord),
    ]


def test_notes_are_kept_as_they_are_and_listed(program: Installed) -> None:
    number = str(application(program, "Birchfield Studio"))
    assert "There is no note" in program.triage("note").err
    program.triage("note", number, "They asked", "about SQL.")
    lines = "Ana leads the team.\n\n  - remote? yes\n"
    assert asked(program, "note", number, stdin=lines)[0]["text"] == lines.strip()
    assert [one["text"] for one in asked(program, "note")] == ["They asked about SQL.", lines.strip()]
    shown = program.triage("note").out
    assert "They asked about SQL." in shown
    assert "Birchfield Studio" in shown


def test_a_line_is_named(program: Installed) -> None:
    assert program.triage("name", "1", "--company", " Alder\nBridge ", "--role", "Cook").code == 0
    line = program.log()[0]
    assert (line["company"], line["role"]) == ("Alder Bridge", "Cook")
    assert [(one["kind"], one["line"], one["text"]) for one in told(program)] == [
        ("named", 1, "Alder Bridge"),
        ("named", 1, "Cook"),
    ]


def test_a_line_that_is_named_joins_its_application(program: Installed) -> None:
    role = program.log()[1]["role"]
    program.triage("name", "1", "--company", "Birchfield Studio", "--role", role)
    assert len({line["application"] for line in program.log()}) == 1


@pytest.mark.parametrize("everything", [True, False])
def test_what_is_forgotten_takes_what_was_said_along(program: Installed, everything: bool) -> None:
    number = str(application(program, "Birchfield Studio"))
    program.triage("note", number, "canaryword")
    program.triage("letters", "weekly")
    program.triage("forget", *(["--all"] if everything else ["2"]), "--yes")
    assert [one["kind"] for one in told(program)] == ([] if everything else ["changed"])
    assert asked(program, "letters")["letters"] == "weekly"
    assert b"canaryword" not in (program.store / FILE).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("pause", "until", "I", "say", "so"), 66, ("'until I say so'", "7d")),
        (("pause", "until", "yesterday"), 66, ("no day to come",)),
        (("pause", "0d"), 66, ("'0d'",)),
        (("letters", "some"), 2, ("good-news",)),
        (("tone", "loud"), 2, ("numbers-first",)),
        (("let-go", "99"), 66, ("no application 99", "Birchfield Studio (open)", "Alderbridge Works (closed)")),
        (("withdrew", "99"), 66, ("no application 99",)),
        (("let-go", "Birchfield"), 2, ("not a valid integer",)),
        (("let-go",), 2, ("Missing argument",)),
        (("note", "99", "hello"), 66, ("no application 99",)),
        (("note", "99"), 66, ("no application 99",)),
        (("name", "1"), 2, ("--company", "--role")),
        (("name", "1", "--company", " \t "), 2, ("--company",)),
        (("name", "99", "--company", "Fjord"), 66, ("no line 99", "triage log")),
    ],
)
def test_bad_input_is_one_sentence_and_changes_nothing(
    original: Installed, arguments: tuple[str, ...], code: int, says: tuple[str, ...]
) -> None:
    before = told(original)
    done = original.triage(*arguments)
    assert done.code == code, done
    assert all(words in done.err for words in says), done.err
    assert "Traceback" not in done.err
    assert told(original) == before


@pytest.mark.parametrize(
    "arguments",
    [("pause",), ("resume",), ("letters",), ("letters", "all"), ("tone", "plain"), ("done",), ("let-go", "1"),
     ("note",), ("name", "1", "--company", "Fjord")],
)  # fmt: skip
def test_without_a_log_there_is_nothing_to_tell(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    program = installed(tmp_path)
    sound(program)
    done = program.triage(*arguments)
    assert done.code == 66
    assert "triage poll" in done.err
    assert not program.store.exists()


@pytest.mark.parametrize(
    "command", ["pause", "resume", "letters", "tone", "done", "let-go", "withdrew", "note", "name"]
)
def test_each_explains_itself(tmp_path: Path, command: str) -> None:
    said = installed(tmp_path).triage(command, "--help").out
    assert f"Usage: python -m triage {command} " in said
    assert "--json" in said
