"""What cannot be read is refused and left as it is, and never begun anew in silence."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.making import COMPANIES, NOW, contents, copied, event, log_of, mode
from triage.core.acts import Act, Did
from triage.errors import StoreError
from triage.store import FILE, Store


def refused_untouched(folder: Path, word: str = "damaged") -> None:
    before = contents(folder)
    with pytest.raises(StoreError, match=word):
        Store(folder)
    assert contents(folder) == before


def test_a_flipped_byte_is_refused_or_harmless(sound: Path, tmp_path: Path) -> None:
    """In the header every byte, beyond it 150 others. What opens has the whole log, but perhaps for that one byte."""
    whole = (sound / FILE).read_bytes()
    beyond = random.Random(1).sample(range(100, len(whole)), 150)
    refused = 0
    for offset in [*range(100), *beyond]:
        folder = copied(sound, tmp_path)
        damaged = bytearray(whole)
        damaged[offset] ^= 0xFF
        (folder / FILE).write_bytes(damaged)
        try:
            companies = log_of(folder)
        except StoreError:
            refused += 1
            assert contents(folder) == {FILE: bytes(damaged)}, f"byte {offset} was refused, but not left as it was"
        else:
            assert len(companies) == len(COMPANIES), f"byte {offset} lost events"
            assert sum(a != b for a, b in zip(companies, COMPANIES, strict=True)) <= 1
        shutil.rmtree(folder)
    assert refused > 30


@pytest.mark.parametrize("part", [0, 1, 15, 16, 99, 100, 512, 4095, 4096, 4097, 8192, 20_000, -4096, -1])
def test_a_truncated_store_is_refused(sound: Path, tmp_path: Path, part: int) -> None:
    folder = copied(sound, tmp_path)
    whole = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(whole[:part])
    refused_untouched(folder)


def test_an_index_that_disagrees_with_its_table_is_refused(sound: Path, tmp_path: Path) -> None:
    """Else a mail that is logged could pass for unknown, and be logged and told a second time."""
    folder = copied(sound, tmp_path)
    with closing(sqlite3.connect(folder / FILE)) as connection:
        name = "sqlite_autoindex_event_1"
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [name]).fetchone()
    damaged = bytearray((folder / FILE).read_bytes())
    where = damaged.index(b"Company ", (page - 1) * 4096, page * 4096)
    damaged[where + 6] = ord("x")
    (folder / FILE).write_bytes(damaged)
    refused_untouched(folder)


@pytest.mark.parametrize("column", ["kind", "stage", "reason", "received", "evidence", "feedback", "thread"])
def test_a_line_that_makes_no_sense_is_said_to_be_damaged(folder: Path, column: str) -> None:
    store = Store(folder)
    with store.writing() as work:
        work.log.record(event("one"))
        work.log.connection.exec_driver_sql(f"UPDATE event SET {column} = '['")
    with pytest.raises(StoreError, match="damaged"), store.reading() as work:
        work.log.events()
    store.close()


@pytest.mark.parametrize("column", ["kind", "made"])
def test_what_the_reader_said_is_said_to_be_damaged(folder: Path, column: str) -> None:
    store = Store(folder)
    with store.writing() as work:
        work.acts.keep(Act(Did.STEP, NOW))
        work.log.connection.exec_driver_sql(f"UPDATE act SET {column} = '['")
    with pytest.raises(StoreError, match="damaged"), store.reading() as work:
        work.acts.all()
    store.close()


@pytest.mark.parametrize(
    "content", [b"not a database\n", b"\0" * 8192, b"SQLite format 3\0", b"SQLite format 3\0" * 600]
)
def test_another_kind_of_file_is_refused(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / FILE).write_bytes(content)
    refused_untouched(folder)


def test_a_database_of_another_program_is_refused(folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    refused_untouched(folder)


def test_a_folder_in_its_place_is_refused(folder: Path) -> None:
    (folder / FILE).mkdir(parents=True)
    (folder / FILE).chmod(0o755)
    with pytest.raises(StoreError):
        Store(folder)
    assert (list((folder / FILE).iterdir()), mode(folder / FILE)) == ([], 0o755)


def test_a_file_in_place_of_the_folder_is_refused(folder: Path) -> None:
    folder.write_text("mine")
    with pytest.raises(StoreError, match="cannot be written"):
        Store(folder)
    assert folder.read_text() == "mine"


@pytest.mark.parametrize("version", ["0004", "9999"])
def test_a_store_of_a_newer_version_is_refused(sound: Path, tmp_path: Path, version: str) -> None:
    folder = copied(sound, tmp_path)
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
        connection.commit()
    refused_untouched(folder, f"newer version of triage .schema {version}")


def test_a_log_of_last_changes_without_its_store_is_never_played_into_a_new_one(folder: Path) -> None:
    """What is left where someone moves only the store away, after the service was killed."""
    store = Store(folder)
    with store.writing() as work:
        work.log.record(event("one"))
    left = contents(folder)
    store.close()
    (folder / FILE).unlink()
    (folder / f"{FILE}-wal").write_bytes(left[f"{FILE}-wal"])
    refused_untouched(folder, "-wal")
