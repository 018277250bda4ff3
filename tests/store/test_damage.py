"""What cannot be read is refused and left as it is, and never begun anew in silence."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from tests.store.flips import Fate, flips, lived_in, survey
from tests.store.making import COMPANIES, NOW, contents, copied, event, log_of, mode
from triage.core.acts import Act, Did
from triage.errors import StoreError
from triage.store import FILE, Store, backup
from triage.store.engine import SMALL
from triage.store.version import NEWEST

FLIPS, PAGE, NOBODY = 250, 4096, 65534


def refused_untouched(folder: Path, word: str = "damaged") -> None:
    before = contents(folder)
    with pytest.raises(StoreError, match=word):
        Store(folder)
    assert contents(folder) == before


def test_a_flipped_byte_is_refused_or_harmless_or_one_value(quick: Path) -> None:
    """No row is lost, no log is begun anew, and no error is any but ours.

    SQLite has no checksums: where a letter of a word becomes another letter, nobody can know. How often that is,
    compared with all that is noticed, is what the figures at the end hold.
    """
    source = lived_in(quick / "source", 150)
    (quick / "trial").mkdir()
    found = survey(source, quick / "trial", flips(source.stat().st_size, FLIPS))
    assert found[Fate.REFUSED] > FLIPS * 0.3
    assert found[Fate.ONE_VALUE] < FLIPS * 0.1


def test_a_truncated_store_is_refused(sound: Path, quick: Path) -> None:
    size = (sound / FILE).stat().st_size
    edges = [0, 1, 15, 16, 99, 100, 512, 4095, 4096, 4097, 8192, size - 4096, size - 1]
    for length in [*edges, *random.Random(2).sample(range(size), 37)]:
        (quick / FILE).write_bytes((sound / FILE).read_bytes()[:length])
        refused_untouched(quick)


def test_a_page_of_zeros_is_refused_or_was_one(quick: Path) -> None:
    source = lived_in(quick / "source", 150)
    (quick / "trial").mkdir()
    pages = range(source.stat().st_size // PAGE)
    found = survey(source, quick / "trial", [partial(blank, page) for page in pages])
    assert found[Fate.REFUSED] >= len(pages) - 2
    assert found[Fate.ONE_VALUE] == 0


def blank(page: int, data: bytearray) -> None:
    data[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)


@pytest.mark.parametrize("word", ["company", "evidence", "CREATE TABLE setting", "UNIQUE"])
def test_tables_that_are_described_otherwise_are_refused(sound: Path, tmp_path: Path, word: str) -> None:
    folder = copied(sound, tmp_path)
    data = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(data.replace(word.encode(), word[:-1].encode() + b"x"))
    refused_untouched(folder)


def misplace(folder: Path) -> None:
    """Let one entry of an index be another word than that in its table."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        name = "sqlite_autoindex_event_1"
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [name]).fetchone()
    with (folder / FILE).open("r+b") as file:
        file.seek((page - 1) * PAGE)
        where = file.read(PAGE).index(b"Company ") + 6
        file.seek((page - 1) * PAGE + where)
        file.write(b"x")


def test_an_index_that_disagrees_with_its_table_is_refused(sound: Path, tmp_path: Path) -> None:
    """Else a mail that is logged could pass for unknown, and be logged and told a second time."""
    folder = copied(sound, tmp_path)
    misplace(folder)
    refused_untouched(folder)


@pytest.fixture
def large(sound: Path, quick: Path) -> Path:
    """A store that is too large to be checked as a whole at each start."""
    (quick / FILE).write_bytes((sound / FILE).read_bytes())
    with closing(sqlite3.connect(quick / FILE)) as connection:
        connection.execute("INSERT INTO setting VALUES ('much', ?)", ["x" * (SMALL + 1)])
        connection.commit()
    return quick


def test_of_a_large_store_an_index_is_compared_before_each_backup(large: Path) -> None:
    misplace(large)
    Store(large).close()
    with pytest.raises(StoreError, match="damaged"):
        backup.make(large, NOW)
    assert not list((large / "backups").glob("triage-*")), "nor is a copy made of it"


@pytest.mark.parametrize("whole", [True, False], ids=["for the service", "for a look"])
def test_of_a_large_store_each_page_is_looked_at_before_the_service_works_on_it(large: Path, whole: bool) -> None:
    with closing(sqlite3.connect(large / FILE)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event'").fetchone()
    data = bytearray((large / FILE).read_bytes())
    blank(page - 1, data)
    (large / FILE).write_bytes(data)
    if not whole:
        Store(large, whole=False).close()
        return
    refused_untouched(large)


@pytest.mark.parametrize("column", ["kind", "stage", "reason", "received", "evidence", "feedback", "thread"])
def test_a_line_that_makes_no_sense_is_said_to_be_damaged(folder: Path, column: str) -> None:
    store = Store(folder)
    with store.writing() as work:
        work.log.record(event("one"))
        work.log.connection.exec_driver_sql(f"UPDATE event SET {column} = '['")
    with pytest.raises(StoreError, match="damaged"), store.reading() as work:
        work.log.events()
    store.close()


@pytest.mark.parametrize(
    ("table", "column"),
    [("letter", "kind"), ("letter", "composed"), ("letter", "due"), ("health", "polled"), ("correction", "kind")],
)
def test_any_other_row_that_makes_no_sense_is_said_to_be_damaged(quick: Path, table: str, column: str) -> None:
    source = lived_in(quick / "source", 6)
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("UPDATE letter SET sent = NULL")
        connection.execute(
            "INSERT INTO correction (key, domain, fingerprint, judged, evidence, before, kind, placed, made)"
            " VALUES ('k', 'x.example', x'00', 'other', '[]', 'other', 'other', 0, '2026-03-02 09:00:00.000000')"
        )
        connection.execute(f"UPDATE {table} SET {column} = 'nonsense'")
        connection.commit()
    store = Store(source.parent)
    with pytest.raises(StoreError, match=r"damaged.*triage restore"), store.reading() as work:
        (work.outbox.waiting(NOW), work.outbox.letters(), work.notes.health(), work.corrections.all())
    store.close()


def test_a_secret_that_makes_no_sense_is_said_to_be_damaged(quick: Path) -> None:
    source = lived_in(quick / "source", 1)
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("UPDATE setting SET value = 'xyz' WHERE name = 'secret'")
        connection.commit()
    refused_untouched(source.parent)


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
    with pytest.raises(StoreError, match="is a folder"):
        Store(folder)
    assert (list((folder / FILE).iterdir()), mode(folder / FILE)) == ([], 0o755)


def test_a_file_in_place_of_the_folder_is_refused(folder: Path) -> None:
    folder.write_text("mine")
    with pytest.raises(StoreError, match="cannot be written"):
        Store(folder)
    assert folder.read_text() == "mine"


@pytest.mark.parametrize("version", [f"{int(NEWEST) + 1:04}", "9999"])
def test_a_store_of_a_newer_version_is_refused(sound: Path, tmp_path: Path, version: str) -> None:
    folder = copied(sound, tmp_path)
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
        connection.commit()
    refused_untouched(folder, f"newer version of triage .schema {version}")


@pytest.mark.parametrize("version", [f"{number:04}" for number in range(1, int(NEWEST) + 1)])
def test_a_store_of_each_older_version_is_brought_up_with_all_that_is_in_it(folder: Path, version: str) -> None:
    folder.mkdir()
    config = Config()
    config.set_main_option("script_location", "triage.store:migrations")
    engine = create_engine(f"sqlite:///{folder / FILE}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.exec_driver_sql(FIRST_LINE)
    engine.dispose()
    assert log_of(folder) == ["Fjord"]
    with closing(sqlite3.connect(folder / FILE)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == (NEWEST,)


FIRST_LINE = """
    INSERT INTO event (key, message_id, mailbox, folder, received, kind, confidence, evidence, company, role, stage,
                       reason, feedback, reapply, deadline, interview_at, reference, thread, sender_domain, lookback)
    VALUES ('k', '<k@x>', 'mine', 'INBOX', '2026-03-02 09:00:00.000000', 'rejection', 0.9, '[]', 'Fjord', '',
            'application', 'not_stated', '[]', 0, '', '', '', '[]', 'x.example', 0)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o600, 0o755), (0o444, 0o755), (0o600, 0o000), (0o600, 0o500)])
def test_somebody_elses_store_is_refused_with_a_sentence(
    sound: Path, tmp_path: Path, file_mode: int, folder_mode: int
) -> None:
    """Files that root made, met by a service that runs as another user."""
    folder = copied(sound, tmp_path)
    before = contents(folder)
    for path in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        path.chmod(0o755)
    (folder / FILE).chmod(file_mode)
    folder.chmod(folder_mode)
    said = as_nobody(folder)
    assert "cannot be written" in said
    assert "owner and rights" in said
    folder.chmod(0o700)
    assert contents(folder) == before


def as_nobody(folder: Path) -> str:
    """What opening the store says in a process without any rights."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        try:
            Store(folder)
        except StoreError as error:
            os.write(writing, str(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as said:  # noqa: PTH123  # a descriptor has no path
        return said.read() + str(os.waitpid(child, 0)[1] or "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to everything")
@pytest.mark.parametrize("rights", [0o444, 0o000])
def test_a_folder_that_may_not_be_entered_is_refused(sound: Path, tmp_path: Path, rights: int) -> None:
    """Rights of our own folder are mended; those of the folder above are not ours."""
    above = tmp_path / "above"
    above.mkdir()
    folder = copied(sound, above)
    above.chmod(rights)
    try:
        with pytest.raises(StoreError, match="rights"):
            Store(folder)
    finally:
        above.chmod(0o700)
    assert log_of(folder) == COMPANIES


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
