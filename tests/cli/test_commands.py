"""The commands on a log with something in it, as a person runs them."""

from __future__ import annotations

import csv
import io
import json
import mailbox
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.test_bad_input import sound, table
from tests.rig import employers
from tests.rig.installed import AT_ONCE, Installed, expect, installed
from tests.rig.scripted import Scripted
from triage.demo import Arrival, deliver

pytestmark = pytest.mark.server

SCAN_FIELDS = {
    "path", "index", "message_id", "kind", "confidence", "company", "role", "stage", "reason", "feedback", "reapply",
    "deadline", "evidence",
}  # fmt: skip
"""The interface that other programs rely on."""


@pytest.fixture
def program(tmp_path: Path) -> Installed:
    """A search in which three employers have answered; nothing is told yet."""
    program = installed(tmp_path)
    sound(program)
    program.configure(table(program, AT_ONCE))
    program.triage("poll")
    mails = (
        employers.rejection("Alderbridge Works"),
        employers.interview("Copperhaven Foods"),
        employers.acknowledgement("Birchfield Studio"),
        employers.ordinary(),
    )
    for number, mail in enumerate(mails):
        deliver(Arrival(employers.yesterday(), mail), tmp_path / "inbox", number)
    return program


def test_a_dry_run_shows_everything_and_keeps_nothing(program: Installed) -> None:
    done = program.triage("poll", "--dry-run", "--json")
    told = json.loads(done.out)
    assert len(told["logged"]) == 3
    assert told["letters"] == 1
    assert program.log() == []
    assert len(list((program.folder / "inbox" / "new").iterdir())) == 4


def test_log_status_and_letter(program: Installed) -> None:
    program.configure(table(program, AT_ONCE.replace("weekends", "# weekends")))
    assert "rejection" in program.triage("poll", "--dry-run").out
    program.configure(table(program, AT_ONCE))
    program.triage("poll")
    shown = program.triage("log").out
    assert "Alderbridge Works" in shown
    assert "Corner Library" not in shown
    assert [row["kind"] for row in json.loads(program.triage("log", "--kind", "offer", "--json").out)] == []
    status = json.loads(program.triage("status", "--json").out)
    assert status["log"] == {"acknowledgement": 1, "interview": 1, "rejection": 1}
    assert (status["waiting"], status["needs_you"], status["next_letter"]) == (0, [], "")
    assert "No letter is due" in program.triage("letter").err


def test_a_letter_can_be_looked_at_before_it_is_written(program: Installed) -> None:
    program.triage("poll")
    deliver(Arrival(datetime.now(UTC), employers.rejection("Elmstone Press")), program.folder / "inbox", 9)
    program.triage("poll")
    done = program.triage("letter", "--preview", "--html", str(program.folder / "letter.html"))
    assert done.code == 0, done.err
    assert "Elmstone Press" in done.out
    assert "<h2" in (program.folder / "letter.html").read_text()
    assert program.triage("letter", "--preview").out == done.out, "looking changes nothing"


def test_export_as_json_and_csv(program: Installed) -> None:
    program.triage("poll")
    everything = json.loads(program.triage("export").out)
    assert {len(everything["events"]), len(everything["applications"])} == {3}
    assert len(everything["letters"]) == 1
    target = program.folder / "log.csv"
    assert program.triage("export", "--format", "csv", "-o", str(target)).code == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text())))
    assert [row["company"] for row in rows] == ["Alderbridge Works", "Copperhaven Foods", "Birchfield Studio"]
    assert target.stat().st_mode & 0o077 == 0


def test_forget_some(program: Installed) -> None:
    program.triage("poll")
    number = next(row["id"] for row in program.log() if row["kind"] == "rejection")
    assert "Alderbridge" in program.triage("forget", str(number), "--dry-run").out
    assert len(program.log()) == 3
    assert program.triage("forget", str(number), stdin="n\n").code != 0
    assert len(program.log()) == 3
    assert program.triage("forget", str(number), "--yes").code == 0
    assert program.triage("forget", "--company", "birchfield STUDIO", "--yes").code == 0
    assert [row["company"] for row in program.log()] == ["Copperhaven Foods"]
    raw = b"".join(path.read_bytes() for path in program.store.rglob("*") if path.is_file())
    assert b"Alderbridge" not in raw
    assert b"Birchfield" not in raw
    program.triage("poll")
    assert len(program.log()) == 1, "the same mail is not logged again"
    assert program.triage("forget", "999").code == 66
    assert program.triage("forget").code == 2


def test_forget_everything(program: Installed) -> None:
    program.triage("poll")
    assert program.triage("forget", "--all", "--yes").code == 0
    assert b"Alderbridge" not in b"".join(path.read_bytes() for path in program.store.rglob("*") if path.is_file())
    program.triage("poll")
    assert program.log() == [], "what was forgotten is not found again"
    assert "No letter is due" in program.triage("letter").err
    assert json.loads(program.triage("export").out)["letters"] == []


def test_a_dry_run_that_is_ended_leaves_nothing_behind(program: Installed) -> None:
    program.environ["TMPDIR"] = str(program.folder / "tmp")
    (program.folder / "tmp").mkdir()
    with Scripted({"UID SEARCH": b""}) as silent:
        where = f'\n[[mailbox]]\nname = "silent"\nhost = "127.0.0.1"\nport = {silent.server().port}\ntls = "none"\n'
        program.configure(table(program, AT_ONCE) + where)
        program.keep_password()
        process = program.start("poll", "--dry-run")
        expect(lambda: any((program.folder / "tmp").iterdir()), program.said)
        process.terminate()
        assert process.wait(20) == 128 + 15
    assert list((program.folder / "tmp").iterdir()) == []


def test_scan_reads_files_mboxes_and_maildirs_in_order(program: Installed, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "archive.mbox")
    for company in ("Elmstone Press", "Fernmere Systems"):
        box.add(mailbox.mboxMessage(employers.rejection(company)))
    box.close()
    (tmp_path / "one.eml").write_bytes(employers.interview("Granitefield Studio"))
    paths = [tmp_path / "archive.mbox", tmp_path / "one.eml", tmp_path / "inbox"]
    done = program.triage("scan", "--jsonl", *map(str, paths))
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert all(set(line) >= SCAN_FIELDS for line in lines)
    places = [(Path(line["path"]).name, line["index"], line["kind"]) for line in lines[:3]]
    assert places == [("archive.mbox", 0, "rejection"), ("archive.mbox", 1, "rejection"), ("one.eml", 0, "interview")]
    assert len(lines) == 7
    assert program.log() == []
    other = next(line for line in lines if line["kind"] == "other")
    assert (other["company"], other["feedback"], other["reapply"]) == ("", [], False)


def test_scan_and_explain_need_no_configuration(tmp_path: Path) -> None:
    program = installed(tmp_path)
    (tmp_path / "no.eml").write_bytes(employers.rejection("Driftmere Systems"))
    shown = program.triage("scan", str(tmp_path)).out
    assert "Driftmere Systems" in shown
    explained = program.triage("explain", str(tmp_path / "no.eml")).out
    assert explained.startswith("rejection, confidence")
    assert "decided not to" in explained
    told = json.loads(program.triage("explain", "--json", "-", stdin=employers.rejection("A Co").decode()).out)
    assert told["kind"] == "rejection"
    assert told["signals"]


def test_check_gives_a_verdict_each(program: Installed) -> None:
    done = program.triage("check")
    assert done.code == 0, done.out
    assert [line for line in done.out.splitlines() if line.startswith(("WRONG", "-"))] == []
    found = json.loads(program.triage("check", "--json").out)
    assert all(one["ok"] for one in found)


def test_check_names_what_is_wrong_and_goes_on(program: Installed) -> None:
    (program.folder / "inbox" / "new").rename(program.folder / "elsewhere")
    done = program.triage("check")
    assert done.code == 66
    assert "WRONG" in done.out
    assert "store" in done.out, "the rest is checked all the same"


def test_the_demo_needs_nothing_and_shows_the_log_and_the_letters(tmp_path: Path) -> None:
    program = installed(tmp_path)
    done = program.triage("demo", "--into", str(tmp_path / "demo"))
    assert done.code == 0, done.err
    assert "The log" in done.out
    assert done.out.count("=====") >= 10
    assert list((tmp_path / "demo" / "letters").glob("*.html"))
    assert program.triage("--config", str(tmp_path / "demo" / "config.toml"), "log").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo"], "nothing else is touched"


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "poll",
        "scan",
        "explain",
        "log",
        "status",
        "letter",
        "export",
        "forget",
        "correct",
        "questions",
        "check",
        "login",
        "demo",
    ],
)
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    done = installed(tmp_path).triage(command, "--help")
    assert done.code == 0
    assert len(done.out.splitlines()) >= 6


def test_the_user_unit_is_put_in_place(program: Installed) -> None:
    done = program.triage("install-service")
    unit = program.folder / "xdg-config" / "systemd" / "user" / "triage.service"
    assert done.code == 0, done.err
    assert "Type=notify" in unit.read_text()
    assert len(done.out.splitlines()) == 2, "the two commands that follow"
