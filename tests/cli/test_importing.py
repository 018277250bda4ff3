"""`triage import`: a list that somebody kept elsewhere goes into the log, as a whole or not at all, and out again."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_applications import Run, enter, mail, program, run, store  # noqa: F401  # fixtures
from tests.rig.installed import Installed
from triage.core.journey import state
from triage.core.values import Details, Kind
from triage.errors import InputError
from triage.store import Store

JOBS = """\
Company,Role,Date applied,Status,Notes,Link
Tidewell,Analyst,2026-03-04,Rejected,nice people,https://jobs.example/1
Copperhaven,Planner,2026-03-09,Interview,,
Marlow,Archivist,2026-04-01,withdrawn,,
"""


def listed(run: Run) -> list[tuple[str, str]]:  # noqa: F811  # the fixture is passed on
    found = json.loads(run("journey", "--json").stdout)
    return sorted((one["company"], one["state"]) for one in found)


@pytest.fixture
def jobs(program: Installed) -> Path:  # noqa: F811
    path = program.folder / "jobs.csv"
    path.write_text(JOBS)
    return path


def test_a_dry_run_shows_it_and_changes_nothing(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    result = run("import", str(jobs), "--dry-run")
    assert result.exit_code == 0, result.output
    assert "Tidewell" in result.stdout
    assert "Not kept: Link" in result.stderr
    assert listed(run) == []


def test_it_is_entered_once_and_taken_out_again(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    assert run("import", str(jobs)).exit_code == 0
    there = [("Copperhaven", "talking"), ("Marlow", "withdrawn"), ("Tidewell", "closed")]
    assert listed(run) == there
    again = run("import", str(jobs))
    assert "nothing new" in again.stderr
    assert listed(run) == there
    assert run("import", "--undo").exit_code == 0
    assert listed(run) == []
    with store.reading() as work:
        assert (work.log.events(), work.acts.all()) == ((), ())
    assert isinstance(run("import", "--undo").exception, InputError)
    assert run("import", str(jobs)).exit_code == 0
    assert listed(run) == there


def test_taking_it_out_leaves_what_mails_have_told(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    enter(store, mail(2, Kind.ACKNOWLEDGEMENT, Details("Elmstone", "Writer")))
    run("import", str(jobs))
    enter(store, mail(1, Kind.OFFER, Details("Copperhaven", "Planner")))
    run("import", "--undo")
    assert listed(run) == [("Copperhaven", "offered"), ("Elmstone", "open")]


def test_programs_are_told_the_same(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    found = json.loads(run("import", str(jobs), "--dry-run", "--json").stdout)
    assert [(row["line"], row["company"], row["status"]) for row in found["rows"]] == [
        (2, "Tidewell", "closed"),
        (3, "Copperhaven", "talking"),
        (4, "Marlow", "withdrawn"),
    ]
    assert found["columns"]["Date applied"] == "applied"
    assert (found["not_kept"], found["bad"]) == (["Link"], [])


@pytest.mark.parametrize("more", [["--dry-run"], ["--dry-run", "--json"], ["--map", "role="], []])
def test_only_what_is_entered_makes_a_log(program: Installed, run: Run, jobs: Path, more: list[str]) -> None:  # noqa: F811
    if "--dry-run" not in more:
        jobs.write_text(JOBS + "Quill,Editor,soon,sent,,\n")
    before = sorted(program.folder.rglob("*"))
    result = run("import", str(jobs), *more)
    assert ("Tidewell" in result.stdout) is True, result.output
    assert sorted(program.folder.rglob("*")) == before
    assert run("import", str(jobs), "--skip-bad").exit_code == 0
    assert len(listed(run)) == 3


def names(store: Store) -> set[tuple[str, str, str, tuple[str, ...]]]:  # noqa: F811
    """What the applications are called, and the mails of each."""
    with store.reading() as work:
        every = work.log.applications()
        assert {one.id for one in every} == {one.id for one in every if work.search.application(one.id)}
    return {(one.company, one.role, one.reference, tuple(event.key for event in one.events)) for one in every}


@pytest.mark.parametrize("list_first", [True, False])
def test_taken_out_it_is_as_if_it_had_never_been_there(store: Store, run: Run, jobs: Path, *, list_first: bool) -> None:  # noqa: F811
    mails = (
        mail(40, Kind.ACKNOWLEDGEMENT, Details("Tidewell GmbH", "")),
        mail(39, Kind.ACKNOWLEDGEMENT, Details("Copperhaven", "Planner (m/w/d)", reference="R-1")),
        mail(20, Kind.REJECTION, Details("Copperhaven", "Planner")),
    )
    days = [one.received + timedelta(days=9) for one in mails]
    jobs.write_text(
        "Company,Role,Date applied,Status,Notes\n"
        f"Tidewell,Analyst,{days[0]:%Y-%m-%d},Rejected,nice people\n"
        f"Copperhaven,Planner,{days[1]:%Y-%m-%d},,\n"
    )
    enter(store, *mails)
    alone = names(store)
    if list_first:
        assert run("forget", "--all", "--yes").exit_code == 0
        run("import", str(jobs))
        with store.writing() as work:
            work.log.connection.exec_driver_sql("DELETE FROM forgotten")
        enter(store, *mails)
    else:
        run("import", str(jobs))
    assert len(names(store)) == 2, "each row found its mail"
    assert names(store) != alone
    assert run("import", "--undo").exit_code == 0
    assert names(store) == alone


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_bad_row_stops_all_of_it(store: Store, run: Run, jobs: Path, more: list[str]) -> None:  # noqa: F811
    jobs.write_text(JOBS + "Quill,Editor,soon,sent,,\n")
    result = run("import", str(jobs), *more)
    assert isinstance(result.exception, InputError)
    assert "Line 5: 'soon' is no date" in result.stderr
    assert listed(run) == []


def test_or_is_left_out(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    jobs.write_text(JOBS + "Quill,Editor,soon,sent,,\n")
    assert run("import", str(jobs), "--skip-bad").exit_code == 0
    assert len(listed(run)) == 3


def test_options_say_what_is_meant(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    jobs.write_text("Who;When;State\nTidewell;03/04/2026;trial day\n")
    said = ["--map", "company=Who", "--map", "applied=When"]
    first = run("import", str(jobs), *said)
    assert "status 'trial day' is not known" in first.stderr
    said += ["--status", "trial day=talking"]
    assert "--dates dmy" in run("import", str(jobs), *said).stderr
    assert run("import", str(jobs), *said, "--dates", "dmy").exit_code == 0
    with store.reading() as work:
        assert {f"{event.received:%d %m}" for event in work.log.events()} == {"03 04"}


@pytest.mark.parametrize(
    "wrong", [["--map", "firm=Who"], ["--map", "company"], ["--status", "x=maybe"], ["--dates", "ymd"], []]
)
def test_wrong_usage(run: Run, jobs: Path, wrong: list[str]) -> None:  # noqa: F811
    assert run("import", *([str(jobs)] if wrong else []), *wrong).exit_code == 2


def test_no_letter_tells_or_confirms_it(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    run("import", str(jobs))
    with store.reading() as work:
        assert work.log.untold(set(Kind)) == ()
        assert work.acts.all()
        assert work.acts.unconfirmed() == ()


def test_what_was_forgotten_comes_back_when_it_is_brought_again(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    run("import", str(jobs))
    assert run("forget", "--company", "Tidewell", "--yes").exit_code == 0
    assert len(listed(run)) == 2
    run("import", str(jobs))
    assert len(listed(run)) == 3


def test_the_log_says_where_it_is_from(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    run("import", str(jobs))
    assert run("log").stdout.count("from your list") == 5
    shown = run("show", "Tidewell").stdout
    assert "you applied, from your list" in shown
    assert "nice people" in shown


def test_a_thousand_rows_are_no_matter(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    rows = [f"Employer {one},Role {one % 9},2026-0{one % 9 + 1}-1{one % 9},rejected,," for one in range(1_000)]
    jobs.write_text(JOBS.splitlines()[0] + "\n" + "\n".join(rows) + "\n")
    assert run("import", str(jobs)).exit_code == 0
    with store.reading() as work:
        assert len(work.log.applications()) == 1_000
    assert run("import", "--undo").exit_code == 0


# --- There and back -------------------------------------------------------------------------------------------------


def told(store: Store) -> list[Any]:  # noqa: F811
    with store.reading() as work:
        return sorted((one.company, one.role, state(one).value) for one in work.log.applications())


def test_what_is_exported_can_be_imported(store: Store, run: Run, program: Installed, tmp_path: Path) -> None:  # noqa: F811
    enter(
        store,
        mail(40, Kind.ACKNOWLEDGEMENT),
        mail(30, Kind.INTERVIEW, Details("Tidewell", "Data Analyst", interview_at="2026-09-01T10:00")),
        mail(9, Kind.REJECTION),
        mail(50, Kind.ACKNOWLEDGEMENT, Details("=SUM(A1)", "Tester")),
        mail(20, Kind.ASSESSMENT, Details("Copperhaven; -Foods", "Planner", deadline="2026-09-09")),
        mail(15, Kind.OFFER, Details("Müller “& Söhne”", "Prüfer, erste\tReihe")),
    )
    run("note", "1", "They asked about SQL;", "=1+1")
    table = program.folder / "mine.csv"
    assert run("export", "--format", "spreadsheet", "-o", str(table)).exit_code == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    there = told(store)
    assert run("import", str(table), "--yes").exit_code == 0
    assert told(store) == there, "what the log knows already is not entered once more"
    assert run("forget", "--all", "--yes").exit_code == 0
    assert run("import", str(table), "--yes").exit_code == 0
    assert [(one, stands) for one, _, stands in told(store)] == [(one, stands) for one, _, stands in there]
    again = program.folder / "again.csv"
    assert run("export", "--format", "spreadsheet", "-o", str(again)).exit_code == 0
    assert _rows(again) == _rows(table)


def _rows(path: Path) -> list[str]:
    """Without the numbers of the applications, which begin anew."""
    return sorted(line.partition(",")[2] for line in path.read_text(encoding="utf-8-sig").splitlines()[1:])


def test_a_name_that_the_reader_gave_stays_when_the_list_goes(store: Store, run: Run, jobs: Path) -> None:  # noqa: F811
    enter(store, mail(20, Kind.ACKNOWLEDGEMENT, Details("Tidewell", "Position 17")))
    day = store_day(store)
    jobs.write_text(f"Company,Role,Date applied\nTidewell,,{day}\n")
    run("import", str(jobs))
    assert run("name", "1", "--role", "Analyst").exit_code == 0
    assert run("import", "--undo").exit_code == 0
    assert {(company, role) for company, role, *_ in names(store)} == {("Tidewell", "Analyst")}


def store_day(store: Store) -> str:  # noqa: F811
    """Five days before the first mail of the log."""
    with store.reading() as work:
        return f"{work.log.events()[0].received - timedelta(days=5):%Y-%m-%d}"
