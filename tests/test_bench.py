"""The benchmark still works, on a few mails, and what it promises holds by counts and ratios; never by seconds."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from bench import first_run, folder, grown, jobs, judging, latency
from bench.__main__ import options_of, parser
from bench.arriving import arrival
from bench.mails import SEED, Writer
from bench.measured import measure
from bench.options import Options
from bench.relay import Relay
from bench.report import Goal, as_json, number, spread
from tests.at_work import open_pipeline, watched
from tests.conftest import Account
from tests.fakes import FakeCourier, FakeMailbox
from tests.rig import employers
from tests.rig.client import mail
from triage.core import journey
from triage.core.values import Kind
from triage.mailbox.imap import ImapMailbox
from triage.service import Service, Watched
from triage.store import Store
from triage.wire import Server, Tls

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FEW, MORE = 100, 1_200
"""Lines of a log."""


def options(where: Path, *words: str) -> Options:
    return options_of(parser().parse_args(["--folder", str(where), "--rounds", "1", *words]))


@pytest.mark.server
def test_a_first_run_is_measured_and_judges_as_the_whole_mails_are_judged(tmp_path: Path) -> None:
    report = first_run.run(options(tmp_path, "--mails", "60", "--only", "imapclient"))
    (table,) = report.tables
    assert [row[0].split(",")[0] for row in table.rows] == ["bare socket", "triage poll", "IMAPClient and email"]
    assert any(note.startswith("Checked: all 60 mails") for note in report.notes)
    (wire,) = (goal for goal in report.goals if goal.unit == "%")
    assert 0 < wire.value < 60  # attachments stay where they are, and HTML that says the same as the text


@pytest.mark.server
def test_the_way_of_a_mail_is_measured(tmp_path: Path) -> None:
    report = latency.run(options(tmp_path, "--arrivals", "2"))
    (table,) = report.tables
    assert {row[0] for row in table.rows} == {
        latency.PUSH,
        latency.DROPPED,
        latency.OWN,
        latency.NOTE,
    }
    assert len(report.goals) == 3


@pytest.mark.server
def test_a_poll_with_nothing_new_asks_once_and_is_told_little(tmp_path: Path, account: Account) -> None:
    account.client.append_all([(mail(), None)] * 3)
    pipeline = open_pipeline(tmp_path / "store")
    with Relay(account.dovecot.port) as relay:
        server = Server("127.0.0.1", relay.port, account.user, Tls.NONE, None, 5.0)
        mailbox = ImapMailbox("mine", server, account.password)
        service = Service(pipeline, (Watched(mailbox, 60.0, timedelta(days=30)),), FakeCourier())
        assert service.poll(service.watched[0]).read == 3
        trips, asked, down = relay.trips, len(relay.commands.names()), relay.down
        assert service.poll(service.watched[0]).read == 0
        assert relay.trips - trips <= 2
        assert not any("FETCH" in name for name in relay.commands.names()[asked:])
        assert relay.down - down < 2_000
        mailbox.close()
    pipeline.store.close()


def test_a_mail_costs_as_many_steps_in_a_long_log_as_in_a_short_one(tmp_path: Path) -> None:
    short, long = (_steps_of_a_poll(tmp_path / str(lines), lines) for lines in (FEW, MORE))
    assert long < 1.5 * short


def _steps_of_a_poll(where: Path, lines: int) -> int:
    grown.make(where, lines, NOW)
    pipeline, mailbox = open_pipeline(where), FakeMailbox()
    service = Service(pipeline, (watched(mailbox),), FakeCourier(), lambda: NOW)
    service.poll(service.watched[0])
    for _ in range(2):  # the first one loads what is loaded once
        mailbox.receive(employers.interview("Alderbridge Works"), NOW)
        steps = _calls(lambda: service.poll(service.watched[0]))
    pipeline.store.close()
    return steps


def _calls(step: Callable[[], object]) -> int:
    """How many functions are called in it, in any thread."""
    counted = [0]

    def count(*_: object) -> None:
        counted[0] += 1

    threading.setprofile(count)
    sys.setprofile(count)
    try:
        step()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return counted[0]


def test_everyday_mail_is_judged_no_slower_than_the_standard_library_reads_it() -> None:
    mails = list(Writer(SEED).mails(60))
    ratios = [_seconds(judging.standard_library, mails) / _seconds(judging.judging, mails) for _ in range(4)]
    assert max(ratios[1:]) > 1


def _seconds(loop: Callable[[list[bytes]], None], mails: list[bytes]) -> float:
    start = time.process_time()
    loop(mails)
    return time.process_time() - start


def test_a_folder_holds_what_it_says_and_is_built_once(tmp_path: Path) -> None:
    box = folder.everyday(tmp_path, 100)
    mails = list(box.mails())
    assert len(mails) == box.count == 100
    assert sum(len(data) for data, _ in mails) == box.octets
    oldest = datetime.now(UTC) - timedelta(days=box.days)
    assert all(oldest < received for _, received in mails)
    assert len({message_from_bytes(data)["Message-ID"] for data, _ in mails}) == 100
    kept = {path: path.stat().st_mtime_ns for path in box.path.rglob("*")}
    assert folder.everyday(tmp_path, 100) == box
    assert kept == {path: path.stat().st_mtime_ns for path in box.path.rglob("*")}


def test_the_large_folder_is_mostly_links_and_a_month_of_it_is_real(tmp_path: Path) -> None:
    box = folder.large(tmp_path, 3_000)
    mails = list((box.path / "cur").iterdir())
    assert len(mails) == 3_000
    month = datetime.now(UTC) - timedelta(days=folder.MONTH)
    lately = [path for path in mails if path.stat().st_mtime >= month.timestamp()]
    assert len(lately) == pytest.approx(3_000 * folder.MONTH / folder.YEARS, abs=2)
    assert len({path.stat().st_ino for path in mails}) < 2_950


def test_the_same_dice_write_the_same_mails() -> None:
    assert list(Writer(7).mails(3)) == list(Writer(7).mails(3))
    assert list(Writer(7).mails(3)) != list(Writer(8).mails(3))


def test_employers_mails_are_different_ones() -> None:
    writer = Writer(1)
    made = [jobs.mail(writer, one, NOW) for one in range(60)]
    assert len(set(made)) == 60
    assert len({message_from_bytes(data)["From"] for data in made}) == 60


def test_a_grown_log_is_settled_and_told(tmp_path: Path) -> None:
    grown.make(tmp_path / "store", MORE, NOW)
    store = Store(tmp_path / "store")
    with store.reading() as work:
        events, untold = work.log.events(), work.log.untold(journey.LOGGED)
    store.close()
    assert len(events) == pytest.approx(MORE, rel=0.1)
    assert sum(event.received > NOW - grown.SEARCH for event in events) == pytest.approx(grown.RECENT, rel=0.1)
    assert {event.kind for event in events} >= {Kind.ACKNOWLEDGEMENT, Kind.INTERVIEW, Kind.REJECTION, Kind.SILENCE}
    assert len({event.details.company for event in events}) > 50
    assert not untold


def test_no_two_arrivals_are_the_same() -> None:
    made = [arrival() for _ in range(5)]
    assert len({one.message_id for one in made}) == 5
    assert all(one.message_id.encode() in one.data for one in made)


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal("seconds", 3.0, "s", (2.0, 2.9, 9.0)), True),
        (Goal("seconds", 3.0, "s", (2.0, 3.1, 9.0)), False),
        (Goal("times", 4.0, "times", (4.5,), least=True), True),
        (Goal("times", 4.0, "times", (3.9,), least=True), False),
    ],
)
def test_the_median_decides(goal: Goal, met: bool) -> None:
    assert goal.met is met
    assert goal.row()[-1] == ("yes" if met else "NO")


def test_figures_are_shown_with_their_spread() -> None:
    assert spread([3.0]) == "3"
    assert spread([1.234, 2.345, 12.3]) == "2.35 (1.23-12.3)"
    assert [number(value) for value in (0.01234, 150.4, 2000.0)] == ["0.0123", "150", "2000"]
    assert latency.percentile([float(value) for value in range(101)], 95) == 95


def test_figures_can_be_had_for_programs(tmp_path: Path) -> None:
    chosen = options(tmp_path, "--quick", "--no-check", "--used")
    assert (chosen.check, chosen.used, chosen.rounds) == (False, True, 1)
    assert as_json([]) == "[]"


_TWO = """
import os
os.fork()
open(str(os.getpid()), "w").close()
while True:
    open("written", "w").close()
"""


def test_a_program_that_is_broken_off_leaves_nobody_behind(tmp_path: Path) -> None:
    def at_work() -> list[int]:
        return [int(one.name) for one in tmp_path.iterdir() if one.name.isdecimal()]

    def look(_number: int, _frame: object) -> None:
        if len(at_work()) == 2:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            measure(["sh", "-c", 'cd "$0" && exec "$@"', str(tmp_path), sys.executable, "-c", _TWO])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert [pid for pid in at_work() if Path(f"/proc/{pid}/exe").exists()] == []
