"""The store at rest, encrypted: its files show nothing, and all that works in plain works here too."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.store.flips import flips
from tests.store.killing import dies_at
from tests.store.making import COMPANIES, NOW, contents, event, letter, mode
from tests.store.test_backup import DAY, names
from triage.errors import CredentialError, StoreError, TriageError
from triage.store import FILE, Store, backup, copy, restore
from triage.store.cipher import PLAIN, Cipher, is_plain
from triage.store.convert import convert
from triage.store.folder import drafts, put_aside

pytest.importorskip("sqlcipher3", reason="encryption is an extra: pip install 'triage[encrypted]'")

CIPHER = Cipher("0f" * 32)
OTHER = Cipher("1e" * 32)
CANARY = "Zylophant"
HEADER = b"SQLite format 3"


def fill(folder: Path, cipher: Cipher) -> Path:
    store = Store(folder, cipher)
    with store.writing() as work:
        for company in COMPANIES:
            work.log.record(event(company, company))
        canary = work.log.record(event(CANARY, CANARY))
        work.outbox.enqueue(letter("<a@x>", canary, data=f"{CANARY} says no.".encode() * 500), NOW)
        work.notes.set("answers_of_a_kind", CANARY)
    store.close()
    return folder


def log_of(folder: Path, cipher: Cipher = CIPHER) -> list[str]:
    store = Store(folder, cipher)
    with store.reading() as work:
        companies = [known.details.company for known in work.log.events()]
    store.close()
    return companies


def traces(folder: Path) -> list[str]:
    """Files that show a word of the log, or that they are a database at all."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    shown = (CANARY.encode(), HEADER, b"Company", b"alembic", b"CREATE TABLE")
    return [path.name for path in files if any(word in path.read_bytes() for word in shown)]


ALL = [*COMPANIES, CANARY]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("encrypted") / "store", CIPHER)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("plain") / "store", PLAIN)


@pytest.fixture
def place(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "store"))


@pytest.fixture
def open_place(plain: Path, tmp_path: Path) -> Path:
    """A plain store with two backups and one that was put aside, as long use leaves it."""
    folder = Path(shutil.copytree(plain, tmp_path / "store"))
    for number in range(2):
        backup.make(folder, NOW + number * DAY)
    shutil.copyfile(folder / FILE, folder / f"{FILE}.replaced-20260301-080000")
    return folder


@pytest.fixture
def store(place: Path) -> Iterator[Store]:
    opened = Store(place, CIPHER)
    yield opened
    opened.close()


def test_no_file_shows_anything(store: Store, tmp_path: Path) -> None:
    """Neither at work, with the log of last changes beside it, nor closed, nor any copy."""
    folder = store.path.parent
    with store.writing() as work:
        work.log.record(event("more", CANARY))
    assert (folder / f"{FILE}-wal").stat().st_size > 0
    backup.make(folder, NOW, CIPHER)
    copy(folder, tmp_path / "copy", CIPHER)
    backup.write(folder, tmp_path / "elsewhere", NOW, CIPHER)
    assert traces(tmp_path) == []
    store.shrink()
    store.close()
    assert traces(tmp_path) == []
    assert log_of(tmp_path / "copy") == [*ALL, CANARY]
    assert {mode(path) for path in tmp_path.rglob("*") if path.is_file()} == {0o600}


def test_it_is_as_durable_as_a_plain_one(store: Store) -> None:
    with store.writing() as work:
        ask = work.log.connection.exec_driver_sql
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        assert [ask(f"PRAGMA {name}").scalar() for name in names] == ["wal", 2, 1, 1]


@pytest.mark.parametrize("cipher", [OTHER, PLAIN])
def test_another_key_or_none_is_refused_and_nothing_changes(place: Path, cipher: Cipher) -> None:
    backup.make(place, NOW, CIPHER)
    before = contents(place), (place / "backups" / names(place)[0]).read_bytes()
    for work in (
        lambda: Store(place, cipher),
        lambda: copy(place, place.parent / "copy", cipher),
        lambda: backup.make(place, NOW, cipher),
        lambda: backup.rewrite(place, NOW + DAY, cipher),
        lambda: restore.chosen(place, "", cipher),
        lambda: restore.prepared(place, place / "backups" / names(place)[0], cipher).__enter__(),
        lambda: convert(place, cipher, PLAIN if cipher.key else OTHER, NOW),
    ):
        with pytest.raises(TriageError) as caught:
            work()
        assert caught.value.exit_code in (66, 74)
    with pytest.raises(StoreError, match="another one" if cipher.key else "encrypted = true is missing"):
        Store(place, cipher)
    assert (contents(place), (place / "backups" / names(place)[0]).read_bytes()) == before
    assert log_of(place) == ALL


@pytest.mark.parametrize("key", ["x", "0f" * 31, "0F" * 32, "0f" * 32 + "'", "0f" * 33])
def test_what_is_no_key_is_refused_before_it_reaches_the_database(key: str) -> None:
    with pytest.raises(CredentialError) as caught:
        Cipher(key)
    assert key not in str(caught.value) or key == "x"


def test_a_key_is_shown_in_no_trace() -> None:
    assert CIPHER.key not in repr(CIPHER)


def test_a_plain_store_where_an_encrypted_one_is_wanted_is_refused(open_place: Path) -> None:
    before = contents(open_place)
    with pytest.raises(StoreError, match="triage encrypt"):
        Store(open_place, CIPHER)
    assert contents(open_place) == before


def test_every_flipped_byte_is_noticed_or_was_of_no_use(place: Path, quick: Path) -> None:
    """Unlike in a plain store: each page carries a code that no change of it fits."""
    whole = (place / FILE).read_bytes()
    refused = 0
    for flip in flips(len(whole), 180):
        data = bytearray(whole)
        flip(data)
        (quick / FILE).write_bytes(data)
        with pytest.raises(StoreError):
            Store(quick, CIPHER)
        assert (quick / FILE).read_bytes() == data
        refused += 1
        for left in quick.iterdir():
            left.unlink()
    assert refused == 180


def test_a_truncated_one_is_refused(place: Path, quick: Path) -> None:
    whole = (place / FILE).read_bytes()
    for length in random.Random(3).sample(range(len(whole)), 15):
        (quick / FILE).write_bytes(whole[:length])
        with pytest.raises(StoreError):
            Store(quick, CIPHER)
        assert contents(quick) == {FILE: whole[:length]}


def test_backup_and_restore(store: Store) -> None:
    folder = store.path.parent
    made = backup.daily(folder, NOW, CIPHER)
    assert made is not None
    assert not backup.inspect(made, CIPHER).fault
    for flip in flips(made.stat().st_size, 120):
        data = bytearray(made.read_bytes())
        flip(data)
        (folder / "lying").write_bytes(data)
        assert backup.inspect(folder / "lying", CIPHER).fault
    with store.writing() as work:
        work.log.record(event("later", "Later"))
    store.close()
    with restore.prepared(folder, restore.chosen(folder, "", CIPHER), CIPHER) as found:
        (kept,) = restore.put_back(folder, found.path, NOW, CIPHER)
    assert log_of(folder) == ALL
    assert not is_plain(kept)


# Turning one into the other.


def test_there_and_back_again(open_place: Path) -> None:
    assert len(traces(open_place)) == 4
    convert(open_place, PLAIN, CIPHER, NOW + 2 * DAY)
    assert traces(open_place) == []
    assert put_aside(open_place) == ()
    assert log_of(open_place) == ALL
    assert [one.fault for one in backup.existing(open_place, CIPHER)] == [""]
    convert(open_place, CIPHER, PLAIN, NOW + 2 * DAY)
    assert is_plain(open_place / FILE)
    assert log_of(open_place, PLAIN) == ALL
    assert [one.fault for one in backup.existing(open_place)] == [""]


def test_the_plain_bytes_are_overwritten(open_place: Path) -> None:
    """A descriptor that is open still sees the file that has no name any more."""
    with (open_place / FILE).open("rb") as before:
        convert(open_place, PLAIN, CIPHER, NOW)
        assert set(before.read()) == {0}


def test_with_last_changes_that_are_in_the_log_alone(open_place: Path) -> None:
    store = Store(open_place)
    with store.writing() as work:
        work.log.record(event("hot", "Hot"))
    files = contents(open_place)
    store.close()
    for name, data in files.items():
        (open_place / name).write_bytes(data)
    convert(open_place, PLAIN, CIPHER, NOW)
    assert log_of(open_place) == [*ALL, "Hot"]
    assert traces(open_place) == []


def test_not_while_another_program_reads(open_place: Path) -> None:
    store = Store(open_place)
    with store.reading() as work:
        work.log.events()
        with pytest.raises(StoreError, match="another program"):
            convert(open_place, PLAIN, CIPHER, NOW)
    store.close()
    assert log_of(open_place, PLAIN) == ALL
    assert drafts(open_place) == ()


def test_a_damaged_one_is_not_converted(open_place: Path) -> None:
    data = bytearray((open_place / FILE).read_bytes())
    data[30_000:50_000] = os.urandom(20_000)
    (open_place / FILE).write_bytes(data)
    backups = names(open_place)
    with pytest.raises(StoreError, match="damaged"):
        convert(open_place, PLAIN, CIPHER, NOW)
    assert (open_place / FILE).read_bytes() == data
    assert names(open_place) == backups


def test_killed_at_any_step_it_is_one_or_the_other_and_once_more_finishes_it(plain: Path, quick: Path) -> None:
    seen = set()
    step = 0
    while True:
        step += 1
        trial = Path(shutil.copytree(plain, quick / "trial"))
        backup.make(trial, NOW)
        over = not dies_at(step, partial(convert, trial, PLAIN, CIPHER, NOW))
        for cipher in (PLAIN, CIPHER):
            try:
                assert log_of(trial, cipher) == ALL
                seen.add(bool(cipher.key))
            except StoreError:
                continue
            break
        else:
            raise AssertionError(f"step {step}: neither opens")
        convert(trial, PLAIN, CIPHER, NOW)
        assert log_of(trial) == ALL
        assert traces(trial) == []
        shutil.rmtree(trial)
        if over:
            break
    assert seen == {True, False}
    assert step > 15
