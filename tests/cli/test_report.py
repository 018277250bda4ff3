"""`triage report` and `triage export` as commands: where they write, for whose eyes, and that both say the same."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest
from icalendar import Calendar

from tests.cli.test_applications import NOW, Run, enter, mail, program, run, store  # noqa: F401  # some are fixtures
from tests.rig.installed import Installed
from triage.core.values import Details, Kind
from triage.errors import InputError, OutputError
from triage.store import Store


@pytest.fixture
def search(store: Store) -> Store:  # noqa: F811
    enter(
        store,
        mail(40, Kind.ACKNOWLEDGEMENT),
        mail(9, Kind.REJECTION),
        mail(20, Kind.INTERVIEW, Details("Copperhaven", "Planner", interview_at=f"{NOW.year + 1}-03-04T10:00")),
    )
    return store


def private(path: Path) -> bool:
    return path.stat().st_mode & 0o077 == 0


def test_the_page_lies_beside_the_log(search: Store, run: Run, program: Installed) -> None:  # noqa: F811
    result = run("report")
    path = program.store / "report.html"
    assert (result.exit_code, result.stdout) == (0, f"{path}\n")
    assert private(path)
    assert "Copperhaven" in path.read_text()
    assert run("report").exit_code == 0, "it is written anew"


def test_or_where_it_is_wanted(search: Store, run: Run, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "mine.html"
    path.write_text("old" * 100_000)
    path.chmod(0o644)
    assert run("report", "-o", str(path)).exit_code == 0
    assert private(path)
    assert path.read_text().endswith("</html>\n") or path.read_text().endswith("</html>")
    assert run("report", "-o", "-").stdout.startswith("<!DOCTYPE html>")
    assert isinstance(run("report", "-o", "/nowhere/at/all.html").exception, OutputError)


def test_what_is_forgotten_is_not_on_an_old_page(search: Store, run: Run, program: Installed) -> None:  # noqa: F811
    run("report")
    assert run("forget", "--company", "Copperhaven", "--yes").exit_code == 0
    assert not (program.store / "report.html").exists()


def test_an_encrypted_log_has_no_open_page_beside_it(search: Store, run: Run, program: Installed) -> None:  # noqa: F811
    text = program.config.read_text().replace("[store]\n", "[store]\nencrypted = true\n")
    program.config.write_text(text if "encrypted" in text else text + "\n[store]\nencrypted = true\n")
    assert run("report").exit_code != 0
    assert not (program.store / "report.html").exists()


def test_the_same_numbers_as_json(search: Store, run: Run, tmp_path: Path) -> None:  # noqa: F811
    found = json.loads(run("report", "--json").stdout)
    assert found["states"] == {"closed": 1, "talking": 1}
    assert found["moved"]["kinds"] == {"interview": 1}
    assert [row["company"] for row in found["journey"]["rows"]] == ["Copperhaven", "Tidewell"]
    path = tmp_path / "numbers.json"
    run("report", "--json", "-o", str(path))
    assert json.loads(path.read_text()) == found
    assert private(path)


def test_a_page_without_a_browser_says_where_it_is(search: Store, run: Run, program: Installed) -> None:  # noqa: F811
    """The `BROWSER` of this machine is a program that fails."""
    before = os.environ.get("BROWSER")
    os.environ["BROWSER"] = "/bin/false"
    try:
        result = run("report", "--open")
    finally:
        os.environ.pop("BROWSER") if before is None else os.environ.update(BROWSER=before)
    assert result.exit_code == 0
    assert str(program.store / "report.html") in result.stdout


def test_without_a_log_there_is_none(run: Run) -> None:  # noqa: F811
    assert isinstance(run("report").exception, InputError)


def test_an_empty_log_is_a_page_too(store: Store, run: Run) -> None:  # noqa: F811
    assert "nothing in the log so far" in run("report", "-o", "-").stdout


# --- Exports --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "csv", "spreadsheet", "ics"])
def test_every_export_is_for_its_owner_alone(search: Store, run: Run, tmp_path: Path, form: str) -> None:  # noqa: F811
    path = tmp_path / "out"
    assert run("export", "--format", form, "-o", str(path)).exit_code == 0
    assert private(path)
    assert path.read_bytes() == run("export", "--format", form).stdout_bytes


def test_a_row_for_each_application(search: Store, run: Run) -> None:  # noqa: F811
    text = run("export", "--format", "spreadsheet", "--no-bom").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["company"], row["status"], row["stage"]) for row in rows] == [
        ("Tidewell", "closed", "application"),
        ("Copperhaven", "talking", "interview"),
    ]
    assert run("export", "--format", "csv", "--bom").stdout.startswith("\ufeff")


def test_a_calendar_is_the_same_each_time(search: Store, run: Run) -> None:  # noqa: F811
    first = run("export", "--format", "ics").stdout_bytes
    assert [str(event["summary"]) for event in Calendar.from_ical(first).walk("VEVENT")] == ["Talk: Copperhaven"]
    assert run("export", "--format", "ics").stdout_bytes == first
