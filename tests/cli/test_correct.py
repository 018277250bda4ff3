"""`triage correct` as a person runs it, and what `explain`, `scan`, `log`, `forget` and `export` show of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_bad_input import sound, table
from tests.rig import employers
from tests.rig.installed import AT_ONCE, Installed, installed
from triage.demo import Arrival, deliver
from triage.store import FILE

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("correct")]

VERIFIED = b"Authentication-Results: mx.example 1; dmarc=pass header.from=fernmere-systems.example\r\n"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A log with a no (line 1) and a confirmation (line 2), and mails in files: a no, one about books, and odd ones."""
    tmp_path = tmp_path_factory.mktemp("original")
    program = installed(tmp_path)
    sound(program)
    program.configure(table(program, AT_ONCE.replace('hour = "00:00"', 'hour = "23:59"')))
    program.triage("poll")
    receive(program, 1, employers.rejection("Alderbridge Works"))
    receive(program, 2, employers.acknowledgement("Birchfield Studio"))
    program.triage("poll")
    (tmp_path / "no.eml").write_bytes(employers.rejection("Copperhaven Foods"))
    (tmp_path / "books.eml").write_bytes(employers.ordinary())
    (tmp_path / "own.eml").write_bytes(
        employers.ordinary().replace(b"jobs@corner-library.example", b"robin@reader.example")
    )
    (tmp_path / "nobody.eml").write_bytes(b"Subject: Hello\r\n\r\nWho wrote this?\r\n")
    (tmp_path / "two.mbox").write_bytes(b"From x\n" + b"Subject: a\n\nb\n\nFrom y\nSubject: c\n\nd\n")
    return program


@pytest.fixture
def program(original: Installed, tmp_path: Path) -> Installed:
    """A copy of it, to be changed."""
    copied = installed(Path(shutil.copytree(original.folder, tmp_path / "copy")))
    copied.config.write_text(copied.config.read_text().replace(str(original.folder), str(copied.folder)))
    return copied


def receive(program: Installed, number: int, mail: bytes) -> None:
    deliver(Arrival(employers.yesterday(), mail), program.folder / "inbox", number)


def test_a_line_of_the_log_is_corrected_shown_and_taken_back(program: Installed) -> None:
    before = program.log()
    done = program.triage("correct", "1", "--kind", "other")
    assert (done.code, done.err) == (0, "")
    assert "alderbridge-works[.]example" in done.out
    line = program.log()[0]
    assert (line["kind"], line["judged"]) == ("other", "rejection")
    shown = program.triage("log").out
    assert "other*" in shown
    assert "taken for rejection" in shown
    listed = json.loads(program.triage("correct", "--list", "--json").out)
    assert [(one["id"], one["line"], one["judged"], one["kind"]) for one in listed] == [("c1", 1, "rejection", "other")]
    assert "c1" in program.triage("correct", "--list").out
    assert json.loads(program.triage("export").out)["corrections"] == listed
    assert program.triage("correct", "--undo", "1").code == 0
    assert program.log() == before
    assert json.loads(program.triage("correct", "--list", "--json").out) == []


def test_a_dry_run_changes_nothing(program: Installed) -> None:
    before = program.log()
    done = program.triage("correct", "1", "2", "--kind", "offer", "--dry-run", "--json")
    assert [one["line"] for one in json.loads(done.out)] == [1, 2]
    assert program.log() == before
    program.triage("correct", "1", "--kind", "offer")
    after = program.log()
    assert program.triage("correct", "--undo", "c1", "--dry-run").code == 0
    assert program.log() == after != before


def test_the_next_one_like_it_is_judged_as_was_said(program: Installed) -> None:
    program.triage("correct", "1", "--kind", "other")
    receive(program, 3, employers.rejection("Alderbridge Works", "Head of Kitchen"))
    receive(program, 4, employers.rejection("Driftmere Systems"))
    program.triage("poll")
    assert [line["company"] for line in program.log()] == [
        "Alderbridge Works",
        "Birchfield Studio",
        "Driftmere Systems",
    ]


def test_a_mail_in_a_file_is_a_lesson_and_stays_out_of_the_log(program: Installed) -> None:
    books = str(program.folder / "books.eml")
    assert program.triage("correct", books, "--kind", "interview").code == 0
    assert len(program.log()) == 2
    assert json.loads(program.triage("explain", books, "--json").out)["kind"] == "other"
    mine = json.loads(program.triage("explain", books, "--mine", "--json").out)
    assert (mine["kind"], mine["confidence"], mine["evidence"][0]) == ("interview", 1.0, "corrected-by-you")
    assert "would have said: other" in program.triage("explain", books, "--mine").out
    scanned = json.loads(program.triage("scan", books, "--mine", "--jsonl").out)
    assert scanned["kind"] == "interview"
    assert program.triage("correct", "--undo", books).code == 0
    assert json.loads(program.triage("explain", books, "--mine", "--json").out)["kind"] == "other"


def test_a_file_that_is_in_the_log_corrects_its_line(program: Installed) -> None:
    mail = next((program.folder / "inbox" / "new").glob("*"))
    done = json.loads(program.triage("correct", str(mail), "--kind", "outreach", "--json").out)
    assert [one["line"] for one in done] == [next(row["id"] for row in program.log() if row["kind"] == "outreach")]


def test_lines_of_the_same_text_are_named(program: Installed) -> None:
    receive(program, 3, employers.rejection("Alderbridge Works", "Head of Kitchen"))
    program.triage("poll")
    assert "not corrected: 3." in program.triage("correct", "1", "--kind", "other").err


def test_a_letter_that_told_it_already_is_mentioned(program: Installed) -> None:
    program.configure(table(program, AT_ONCE))
    program.triage("poll")
    assert "A letter has told of it already" in program.triage("correct", "1", "--kind", "other").err


@pytest.mark.parametrize("what", [("1",), ("--company", "alderbridge works"), ("--all",)])
def test_forgetting_takes_the_lesson_along(program: Installed, what: tuple[str, ...]) -> None:
    program.triage("correct", "1", "--kind", "other")
    program.triage("correct", str(program.folder / "books.eml"), "--kind", "interview")
    assert program.triage("forget", *what, "--yes").code == 0
    left = json.loads(program.triage("correct", "--list", "--json").out)
    assert [one["sender"] for one in left] == ([] if what == ("--all",) else ["corner-library.example"])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("7", "--kind", "other"), 66, ("no line 7", "triage log")),
        (("1", "7", "8", "--kind", "other"), 66, ("no line 7, 8",)),
        (("1", "--kind", "nonsense"), 2, ("rejection",)),
        (("1", "--kind", "unsure"), 2, ("rejection",)),
        (("1",), 2, ("--kind other", "--undo 12")),
        (("--kind", "other"), 2, ("Say which mail",)),
        ((), 2, ("Say which mail",)),
        (("1", "--kind", "other", "--undo"), 2, ("Say which mail",)),
        (("1", "--list"), 2, ("Say which mail",)),
        (("--undo",), 2, ("Say which mail",)),
        (("--undo", "1"), 66, ("no correction of 1", "--list")),
        (("--undo", "c9"), 66, ("no correction of c9",)),
        (("--undo", "{}/books.eml"), 66, ("no correction of",)),
        (("--undo", "{}/nowhere.eml"), 66, ("no file or folder",)),
        (("{}/nowhere.eml", "--kind", "other"), 66, ("no file or folder", "nowhere.eml")),
        (("{}/inbox/new/nothing", "--kind", "other"), 66, ("no file or folder",)),
        (("{}/store", "--kind", "other"), 66, ("neither a Maildir nor",)),
        (("{}/two.mbox", "--kind", "other"), 66, ("more than one mail",)),
        (("{}/own.eml", "--kind", "other"), 66, ("a mail of your own",)),
        (("{}/nobody.eml", "--kind", "other"), 66, ("names no sender",)),
        (("1", "{}/nowhere.eml", "--kind", "other"), 66, ("nowhere.eml",)),
        (("-1", "--kind", "other"), 2, ("-1",)),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_changes_nothing(
    original: Installed, arguments: tuple[str, ...], code: int, says: tuple[str, ...]
) -> None:
    before = (original.store / FILE).read_bytes()
    done = original.triage("correct", *(one.format(original.folder) for one in arguments))
    assert done.code == code, done
    assert all(words in done.err for words in says), done.err
    assert "Traceback" not in done.err
    assert (original.store / FILE).read_bytes() == before


@pytest.mark.parametrize("arguments", [("1", "--kind", "other"), ("--undo", "1"), ("--list",)])
def test_without_a_log_there_is_nothing_to_correct(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    program = installed(tmp_path)
    sound(program)
    done = program.triage("correct", *arguments)
    assert done.code == 66
    assert "triage poll" in done.err
    assert not program.store.exists()


def test_an_empty_log_has_no_line(tmp_path: Path) -> None:
    program = installed(tmp_path)
    sound(program)
    program.triage("poll")
    assert program.triage("correct", "1", "--kind", "other").code == 66
    assert "Nothing has been corrected" in program.triage("correct", "--list").err


def test_whether_a_sender_is_verified_is_shown_where_a_server_is_named(program: Installed) -> None:
    for number, head in enumerate((VERIFIED, b"")):
        (program.folder / f"{number}.eml").write_bytes(head + employers.rejection("Fernmere Systems"))
    files = [str(program.folder / f"{number}.eml") for number in range(2)]
    said = [json.loads(line)["trust"] for line in program.triage("scan", "--jsonl", *files).out.splitlines()]
    assert said == ["", ""]
    assert "verified" not in program.triage("scan", *files).out + program.triage("explain", files[0]).out
    named = ("--authserv-id", "mx.example")
    said = [json.loads(line)["trust"] for line in program.triage("scan", *named, "--jsonl", *files).out.splitlines()]
    assert said == ["verified", "unverified"]
    assert program.triage("scan", *named, *files).out.count("not verified") == 1
    assert "jobs at fernmere-systems[.]example, verified" in program.triage("explain", *named, files[0]).out
    assert json.loads(program.triage("explain", *named, "--json", files[1]).out)["trust"] == "unverified"


def test_the_log_marks_senders_that_are_not_verified_where_the_mailbox_claims_it(program: Installed) -> None:
    assert "verified" not in program.triage("log").out
    program.configure(table(program).replace('kind = "maildir"', 'kind = "maildir"\nauthserv_id = "mx.example"', 1))
    receive(program, 3, VERIFIED + employers.rejection("Fernmere Systems"))
    receive(program, 4, employers.rejection("Granitefield Studio"))
    program.triage("poll")
    assert [line["trust"] for line in program.log()] == ["", "", "verified", "unverified"]
    assert program.triage("log").out.count("sender not verified") == 1
    assert (
        json.loads(program.triage("explain", "--mine", "--json", str(program.folder / "no.eml")).out)["trust"]
        == "unverified"
    )
