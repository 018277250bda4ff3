"""`triage journey` and `triage show` on searches of all kinds, and what `triage log` says where no mail came."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.cli.test_bad_input import sound
from tests.rig.installed import Installed, installed
from triage.cli import cli
from triage.core.acts import Act, Did
from triage.core.journey import BEGINNERS, find
from triage.core.letter import Composed, LetterKind
from triage.core.values import Details, Event, Kind, Reason, Stage, Trust
from triage.errors import InputError
from triage.store import Store

ACK, INVITE, TASK, OFFER, NO = Kind.ACKNOWLEDGEMENT, Kind.INTERVIEW, Kind.ASSESSMENT, Kind.OFFER, Kind.REJECTION
NOW = datetime.now(UTC)
TIDEWELL = Details("Tidewell", "Data Analyst")


def mail(days_ago: float, kind: Kind, details: Details = TIDEWELL, **more: Any) -> Event:
    """A mail as the log has it, so many days before today."""
    key = f"{kind}-{days_ago}-{details.company}-{details.role}"
    event = Event(
        key=key,
        message_id=f"<{key}>",
        mailbox="home",
        folder="INBOX",
        received=NOW - timedelta(days=days_ago),
        kind=kind,
        confidence=0.97,
        details=details,
        sender_domain="jobs.tidewell.example",
    )
    return replace(event, **more)


def day(ahead: float) -> str:
    return f"{NOW + timedelta(days=ahead):%Y-%m-%d}"


@pytest.fixture
def program(tmp_path: Path) -> Installed:
    program = installed(tmp_path)
    sound(program)
    return program


@pytest.fixture
def store(program: Installed) -> Store:
    program.store.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Store(program.store)


def enter(store: Store, *events: Event) -> None:
    with store.writing() as work:
        for event in events:
            known = find(event, work.log.applications())
            number = known.id if known else work.log.begin(event.details) if event.kind in BEGINNERS else 0
            if known:
                work.log.complete(known.id, event.details)
            work.log.record(replace(event, application=event.application or number))


def do(store: Store, *acts: Act) -> None:
    with store.writing() as work:
        for act in acts:
            work.acts.keep(act)


Run = Callable[..., Result]


@pytest.fixture
def run(program: Installed) -> Run:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(program.config), *arguments], env=program.environ)

    return run


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def columns(result: Result, number: int = 0) -> list[str]:
    """A column of the table, by its words: the first where none is named."""
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.split("\n\n")[0].splitlines()[1:]]
    return [row[number] for row in rows if row]


def test_an_empty_search_is_no_error(store: Store, run: Run) -> None:
    result = run("journey")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "The first mail of an employer begins one" in result.stderr
    assert told(run("journey", "--json")) == []
    assert isinstance(run("show", "1").exception, InputError)


def test_the_newest_comes_first_and_the_end_counts(store: Store, run: Run) -> None:
    enter(
        store,
        mail(30, ACK, Details("Alder", "Editor")),
        mail(28, ACK, Details("Birch", "Editor")),
        mail(26, ACK, Details("Copper", "Editor")),
        mail(20, INVITE, Details("Birch", "Editor")),
        mail(10, NO, Details("Birch", "Editor")),
        mail(9, NO, Details("Drift", "Editor")),
        mail(5, INVITE, Details("Alder", "Editor")),
        mail(4, OFFER, Details("Elm", "Editor")),
    )
    result = run("journey")
    assert columns(result, 1) == ["Elm", "Alder", "Drift", "Birch", "Copper"]
    assert (
        "5 applications: 1 open; 1 talking; 1 offer; 2 ended: 2 with a no (1 after the application, 1 after the talk)."
    ) in result.stdout


def test_only_some_of_them(store: Store, run: Run) -> None:
    enter(store, mail(30, ACK), mail(20, ACK, Details("Fjord")), mail(9, NO, Details("Fjord")))
    enter(store, mail(60, ACK, Details("Birch")), mail(15, Kind.SILENCE, Details("Birch"), application=3))
    assert [one["company"] for one in told(run("journey", "--open", "--json"))] == ["Tidewell"]
    assert [one["company"] for one in told(run("journey", "--state", "closed", "--json"))] == ["Fjord"]
    assert [one["quiet_days"] for one in told(run("journey", "--state", "silent", "--json"))] == [60]
    assert "No application is like that" in run("journey", "--state", "offered").stderr
    assert run("journey", "--state", "ghosted").exit_code == 2
    assert "1 application: 1 ended: 1 silent." in run("journey", "--state", "silent").stdout


def test_days_of_quiet_are_for_what_is_waited_for(store: Store, run: Run) -> None:
    enter(store, mail(9.5, ACK), mail(20, NO, Details("Fjord")), mail(3, OFFER, Details("Birch")))
    lines = {line.split()[1]: line for line in run("journey").stdout.splitlines()[1:4]}
    assert lines["Tidewell"].rstrip().endswith("9 d")
    assert not lines["Fjord"].rstrip().endswith(" d")
    assert not lines["Birch"].rstrip().endswith(" d")


@pytest.mark.parametrize(
    ("events", "what", "on"),
    [
        ([mail(9, INVITE, replace(TIDEWELL, interview_at=day(3)))], "talk", day(3)),
        ([mail(9, INVITE, replace(TIDEWELL, interview_at=f"{day(3)}T10:00"))], "talk", f"{day(3)}T10:00:00+"),
        ([mail(9, INVITE, replace(TIDEWELL, interview_at=day(-3)))], "", ""),
        ([mail(9, TASK, replace(TIDEWELL, deadline=day(5)))], "due", day(5)),
        ([mail(9, TASK, replace(TIDEWELL, deadline=day(-5)))], "", ""),
        ([mail(9, ACK, replace(TIDEWELL, answer_by=day(5)))], "answer by", day(5)),
        (
            [
                mail(9, INVITE, replace(TIDEWELL, interview_at=day(6))),
                mail(8, TASK, replace(TIDEWELL, deadline=day(4))),
            ],
            "due",
            day(4),
        ),
        ([mail(9, TASK, replace(TIDEWELL, deadline=day(5))), mail(8, NO)], "", ""),
        ([mail(9, OFFER, replace(TIDEWELL, deadline=day(5)))], "due", day(5)),
    ],
)
def test_the_next_date(store: Store, run: Run, events: Sequence[Event], what: str, on: str) -> None:
    enter(store, *events)
    (one,) = told(run("journey", "--json"))
    coming = one["next"] or {"what": "", "on": ""}
    assert coming["what"] == what
    assert coming["on"].startswith(on)
    assert bool(coming["on"]) == bool(on)
    assert not on or f"{what} {on[:10]}" in run("journey").stdout
    assert on or day(5) not in run("journey").stdout


def test_everything_of_one_application(store: Store, run: Run) -> None:
    enter(
        store,
        mail(40, ACK, replace(TIDEWELL, reference="R-17", answer_by="2026-01-31")),
        mail(20, INVITE, replace(TIDEWELL, interview_at=f"{day(-15)}T10:00"), human=True),
        mail(12, Kind.QUIET, TIDEWELL, application=1),
        mail(
            5,
            NO,
            Details(
                "Tidewell AB",
                "Data Analyst (Malmö)",
                stage=Stage.FINAL,
                reason=Reason.SKILLS_GAP,
                feedback=("Your case study was clear.", "More SQL would have helped."),
                reapply=True,
            ),
            human=True,
            judged=Kind.OTHER,
            trust=Trust.UNVERIFIED,
        ),
    )
    do(
        store,
        Act(Did.NOTE, NOW - timedelta(days=14), application=1, text="They asked about SQL.\nAna leads the team."),
        Act(Did.CORRECTED, NOW - timedelta(days=4), event=4, text="rejection"),
        Act(Did.PAUSED, NOW - timedelta(days=4)),
    )
    with store.writing() as work:
        letter = Composed(LetterKind.DAILY, "<l1@x>", b"x", (4,), ())
        work.outbox.enqueue(letter, NOW - timedelta(days=3))
        work.outbox.enqueue(
            Composed(LetterKind.AFTER, "<l2@x>", b"x", (), (), about="after 2 2026-03-01"), NOW - timedelta(days=14.5)
        )
    result = run("show", "1")
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == "1 Tidewell, Data Analyst"
    for wanted in (
        "state a no",
        "reached last round",
        "reference R-17",
        "they mean to answer by 2026-01-31",
        "invitation to talk",
        "no mail none for 8 days",
        "your note They asked about SQL.",
        "Ana leads the team.",
        "after the last round; they name skills or experience; they invite you to apply again",
        "written by a person; taken for: other; sender not verified",
        "“Your case study was clear.”",
        "“More SQL would have helped.”",
        "4 you corrected rejection",
        "daily letter told line 4; on its way",
        "after letter about its talk, line 2; on its way",
        "jobs[.]tidewell[.]example",
        "triage draft 1 --kind feedback",
    ):
        assert any(wanted in line for line in lines), (wanted, result.stdout)
    assert "paused" not in result.stdout
    dates = [line[:16] for line in result.stdout.split("said", 1)[1].splitlines() if line[:2] == "20"]
    assert dates == sorted(dates)
    everything = told(run("show", "1", "--json"))
    assert [event["kind"] for event in everything["events"]] == [
        "acknowledgement",
        "interview",
        "quiet",
        "rejection",
    ]
    assert everything["events"][3]["feedback"][1] == "More SQL would have helped."
    assert [one["text"].splitlines()[0] for one in everything["acts"]] == ["They asked about SQL.", "rejection"]
    assert [(one["kind"], one["told"], one["sent"]) for one in everything["letters"]] == [
        ("daily", [4], None),
        ("after", [2], None),
    ]
    assert (everything["state"], everything["stage"], everything["mails"]) == ("closed", "final", 3)
    assert "feedback" in everything["drafts"]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        (("2",), 2),
        (("fjord",), 2),
        (("FJORD", "systems"), 2),
        (("tidewell", "data"), 1),
        (("Data Analyst",), 1),
        (("writer", "tide"), 3),
        (("koch",), 4),
        (("köch",), 4),
        (("R-17",), 1),
        (("Tidewell Energy",), 1),
    ],
)
def test_an_application_is_named_by_number_or_by_words(
    store: Store, run: Run, said: tuple[str, ...], number: int
) -> None:
    enter(
        store,
        mail(9, ACK, replace(TIDEWELL, reference="R-17")),
        mail(8, ACK, Details("Fjord Systems", "Editor")),
        mail(7, ACK, Details("Tidewell", "Writer")),
        mail(6, ACK, Details("Granite", "Köchin")),
        mail(
            5, INVITE, Details("Tidewell Energy", "Data Analyst", reference="R-17"), thread=(mail(9, ACK).message_id,)
        ),
    )
    assert told(run("show", *said, "--json"))["id"] == number


def test_what_could_be_several_is_listed(store: Store, run: Run) -> None:
    enter(store, mail(9, ACK), mail(8, NO, Details("Tidewell", "Writer")))
    error = run("show", "tidewell").exception
    assert isinstance(error, InputError)
    assert "'tidewell' fits 2 applications; name one by its number:" in str(error)
    assert "1  Tidewell, Data Analyst (open)\n  2  Tidewell, Writer (a no)" in str(error)


@pytest.mark.parametrize("said", ["9", "nobody", "-", "tidewell writer"])
def test_what_is_not_there(store: Store, run: Run, said: str) -> None:
    enter(store, mail(9, ACK))
    error = run("show", "--", said).exception
    assert isinstance(error, InputError)
    assert error.exit_code == 66
    assert "`triage journey` shows them all" in str(error)


def test_a_no_that_may_be_about_two(store: Store, run: Run) -> None:
    enter(store, mail(9, ACK), mail(8, ACK, Details("Tidewell", "Writer")), mail(3, NO, Details("Tidewell")))
    for command in (("journey",), ("show", "3")):
        assert (
            "3 names no role and may be about 1 or 2; `triage name 3 --role ROLE` puts it there."
            in run(*command).stderr
        )
    assert told(run("show", "3", "--json"))["perhaps"] == [1, 2]
    assert run("name", "3", "--role", "Writer").exit_code == 0
    assert [(one["id"], one["state"]) for one in told(run("journey", "--json"))] == [(2, "closed"), (1, "open")]
    assert run("journey").stderr == ""


def test_a_long_silence_can_be_let_go(store: Store, run: Run) -> None:
    enter(store, mail(60, ACK), mail(46, Kind.QUIET, application=1), mail(15, Kind.SILENCE, application=1))
    assert "triage let-go 1" in run("show", "1").stdout
    do(store, Act(Did.LET_GO, NOW, application=1))
    shown = run("show", "1").stdout
    assert "triage let-go 1" not in shown
    assert "you let it go" in shown
    assert "let go" in run("journey").stdout


def test_the_log_says_how_long_no_mail_came(store: Store, run: Run) -> None:
    enter(store, mail(60, ACK), mail(46, Kind.QUIET, application=1), mail(15, Kind.SILENCE, application=1))
    assert [line.split()[-5:] for line in run("log").stdout.splitlines()[2:]] == [
        ["no", "mail", "for", "14", "days"],
        ["no", "mail", "for", "45", "days"],
    ]
    assert "no mail for 45 days" in run("log", "--days", "20").stdout, "the mail before may be older than what is shown"
    assert "no mail for 45 days" in run("log", "--kind", "silence").stdout


def test_words_of_mails_are_made_harmless(store: Store, run: Run) -> None:
    evil = Details(
        "Evil\x1b[31m https://x.example [bold]", "Boss\u202e\n2  Other", feedback=("Click www.evil.example\x07 now",)
    )
    enter(store, mail(9, NO, evil))
    for result in (run("journey"), run("show", "1"), run("show", "evil")):
        assert result.exit_code == 0, result.output
        assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout)
        assert "https://" not in result.stdout
        assert "[bold]" in result.stdout
    assert "www[.]evil[.]example" in run("show", "1").stdout


@pytest.mark.server
def test_as_a_person_runs_them(program: Installed, store: Store) -> None:
    enter(store, mail(9, ACK))
    store.close()
    assert "Tidewell" in program.triage("journey").out
    assert program.triage("show", "tidewell").code == 0
    missing = program.triage("show", "7")
    assert (missing.code, missing.out) == (66, "")
    assert "no application '7'" in missing.err


@pytest.mark.parametrize("command", [("journey",), ("show", "1")])
def test_looking_creates_no_log(program: Installed, run: Run, command: tuple[str, ...]) -> None:
    error = run(*command).exception
    assert isinstance(error, InputError)
    assert "triage poll" in str(error)
    assert not program.store.exists()


def test_by_its_number_it_is_the_same_as_by_its_words(store: Store, run: Run) -> None:
    """By number, the whole log is not read."""
    enter(
        store,
        mail(700, NO, Details("Tidewell", "Old Work")),
        mail(40, ACK, Details("Tidewell", "Data Analyst")),
        mail(39, ACK, Details("Tidewell", "Planner")),
        mail(30, INVITE, Details("Tidewell Group GmbH")),
        mail(20, ACK, Details("Copperhaven", "Archivist")),
        mail(5, OFFER, Details("Marlow", "Editor")),
    )
    words = ("old work", "data analyst", "planner", "group", "copperhaven", "marlow")
    shown = [json.loads(run("show", word, "--json").stdout) for word in words]
    assert [one["id"] for one in shown] == [1, 2, 3, 4, 5, 6]
    assert [one["perhaps"] for one in shown] == [[], [], [], [2, 3], [], []]
    assert "withdrawal" in shown[4]["drafts"], "for there is an offer elsewhere"
    assert [json.loads(run("show", str(one["id"]), "--json").stdout) for one in shown] == shown
    assert isinstance(run("show", "7").exception, InputError)
