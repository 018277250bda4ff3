"""Opening: private from birth, durable, and for one service at a time."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event as happening

from tests.store.making import COMPANIES, contents, copied, event, log_of, mode
from triage.errors import BusyError, StoreError
from triage.store import FILE, Store, copy, held


@contextmanager
def umask(value: int) -> Iterator[None]:
    old = os.umask(value)
    try:
        yield
    finally:
        os.umask(old)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_all_files_are_the_readers_alone_from_birth(tmp_path: Path, mask: int) -> None:
    with umask(mask):
        folder = tmp_path / "a" / "store"
        store = Store(folder)
        with held(folder), store.writing() as work:
            work.log.record(event("one"))
            modes = {path.name: mode(path) for path in folder.iterdir()}
        store.close()
    assert modes == dict.fromkeys([FILE, f"{FILE}-wal", f"{FILE}-shm", "lock"], 0o600)
    assert mode(folder) == 0o700


def test_rights_that_were_loosened_are_tightened(sound: Path, tmp_path: Path) -> None:
    folder = copied(sound, tmp_path)
    folder.chmod(0o755)
    (folder / FILE).chmod(0o644)
    Store(folder).close()
    assert (mode(folder), mode(folder / FILE)) == (0o700, 0o600)


def test_a_copy_is_as_private(sound: Path, tmp_path: Path) -> None:
    with umask(0o022):
        copy(sound, tmp_path / "copy")
    assert (mode(tmp_path / "copy"), mode(tmp_path / "copy" / FILE)) == (0o700, 0o600)
    assert log_of(tmp_path / "copy") == COMPANIES


def test_every_connection_writes_through_to_the_disk(store: Store) -> None:
    seen = []
    for room in (store.reading, store.writing):
        with room() as work:
            ask = work.log.connection.exec_driver_sql
            names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
            seen.append([ask(f"PRAGMA {name}").scalar() for name in names])
    assert seen == [["wal", 2, 1, 1]] * 2


def test_what_need_not_last_is_not_waited_for_and_all_after_it_is(store: Store) -> None:
    seen = []
    for lasting in (True, False, True):
        with store.writing(lasting=lasting) as work:
            seen.append(work.log.connection.exec_driver_sql("PRAGMA synchronous").scalar())
    assert seen == [2, 1, 2]


def test_a_writer_takes_its_lock_before_it_reads(store: Store) -> None:
    """Else two that have both read could not both write, and one would fail although nothing is wrong."""
    said: list[str] = []
    happening.listen(store._engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    with store.writing(), store.reading():
        pass
    assert [words for words in said if words.startswith("BEGIN")] == said[:2] == ["BEGIN IMMEDIATE", "BEGIN"]


def test_nothing_is_kept_of_a_transaction_that_failed(store: Store) -> None:
    def half() -> None:
        with store.writing() as work:
            work.log.record(event("one"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with store.reading() as work:
        assert work.log.events() == ()


@pytest.mark.parametrize("name", ["100% mine", "a?b=c#d", "ä&ö", "with space", "mode=ro"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path / name)
    with store.writing() as work:
        work.log.record(event("one", "Fjord"))
    copy(tmp_path / name, tmp_path / "copy")
    store.close()
    assert log_of(tmp_path / name) == log_of(tmp_path / "copy") == ["Fjord"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "copy"])


def test_several_may_open_a_new_store_at_once(folder: Path) -> None:
    code = "import pathlib, sys; from triage.store import Store; print(Store(pathlib.Path(sys.argv[1])).secret)"
    command = [sys.executable, "-c", code, str(folder)]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [program.communicate(timeout=60) for program in programs]
    assert [program.returncode for program in programs] == [0] * 4, said
    assert len({secret for secret, _ in said}) == 1
    assert sorted(contents(folder)) == [FILE]


def test_what_was_committed_survives_without_a_farewell(folder: Path, tmp_path: Path) -> None:
    """The files of a store that is still open are those that a killed process leaves."""
    store = Store(folder)
    with store.writing() as work:
        work.log.record(event("one", "Fjord"))
    with store.writing() as work:
        work.log.record(event("two", "Half"))
        killed = Path(shutil.copytree(folder, tmp_path / "killed"))
    store.close()
    assert log_of(killed) == ["Fjord"]


def test_a_change_that_was_broken_off_is_taken_back(sound: Path, tmp_path: Path) -> None:
    """A store that was just put back has a rollback journal for a moment, until it is at work again."""
    folder = copied(sound, tmp_path)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        for order in (
            "PRAGMA journal_mode = DELETE",
            "PRAGMA cache_size = 1",
            "BEGIN",
            "UPDATE event SET company = 'x'",
        ):
            connection.execute(order)
        killed = Path(shutil.copytree(folder, tmp_path / "killed"))
    assert (killed / f"{FILE}-journal").stat().st_size > 0
    assert log_of(killed) == COMPANIES
    assert sorted(contents(killed)) == [FILE]


def test_a_read_only_place_is_said_to_be_one(folder: Path) -> None:
    """/proc stands for it: root, as whom the tests may run, may write to any folder whose rights forbid it."""
    with pytest.raises(StoreError, match="cannot be written"):
        Store(Path("/proc/triage"))
    with pytest.raises(StoreError, match="cannot be written"), held(Path("/proc/triage")):
        pass


def test_a_full_disk_is_said_to_be_full(store: Store) -> None:
    def fill() -> None:
        with store.writing() as work:
            work.log.connection.exec_driver_sql("PRAGMA max_page_count=1")
            for number in range(200):
                work.log.record(event(str(number), "x" * 1000))

    with pytest.raises(StoreError, match="full"):
        fill()
    with store.reading() as work:
        assert work.log.events() == ()


HOLDER = """
import sys, time
from pathlib import Path
from triage.store import held
with held(Path(sys.argv[1])) as lock:
    lock.is_for_good = len(sys.argv) > 2
    if not lock.is_for_good:
        print("held", flush=True)
        time.sleep(60)
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_service_is_turned_away_until_the_first_is_gone(folder: Path) -> None:
    with held(folder), pytest.raises(BusyError, match="Another triage service"), held(folder):
        pass
    with held(folder):
        pass


@pytest.mark.parametrize("for_good", [False, True])
def test_no_lock_outlives_its_holder_however_it_dies(folder: Path, for_good: bool) -> None:
    """One that is for good outlasts its block: a thread may still be at work when its service has said farewell."""
    call = [sys.executable, "-c", HOLDER, str(folder), *["for good"] * for_good]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError), held(folder):
            pass
        holder.send_signal(signal.SIGKILL)
        assert holder.wait(10) == -signal.SIGKILL
        with held(folder):
            pass


def test_an_error_of_the_work_itself_is_not_taken_for_another_service(folder: Path) -> None:
    with pytest.raises(BlockingIOError), held(folder):
        raise BlockingIOError
