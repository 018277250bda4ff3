"""Going back to a backup: checked before anything is touched, and one of the two stores is there at every moment."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.store.killing import dies_at
from tests.store.making import COMPANIES, NOW, contents, event, log_of, mode
from tests.store.test_backup import DAY, damage
from triage.errors import InputError, StoreError
from triage.store import FILE, Store, backup, restore
from triage.store.folder import put_aside

LATER = NOW + timedelta(days=2, hours=3)
NEW = [*COMPANIES, "Later"]


@pytest.fixture
def place(sound: Path, tmp_path: Path) -> Path:
    """A store that has gone on since its backup was made."""
    folder = Path(shutil.copytree(sound, tmp_path / "store"))
    backup.make(folder, NOW)
    store = Store(folder)
    with store.writing() as work:
        work.log.record(event("later", "Later"))
    store.close()
    return folder


def go_back(folder: Path, which: str = "", now: datetime = LATER) -> tuple[Path, ...]:
    with restore.prepared(folder, restore.chosen(folder, which)) as found:
        return restore.put_back(folder, found.path, now)


def hot(folder: Path) -> None:
    """The same store as a killed process leaves it: its last lines are in the write-ahead log alone."""
    store = Store(folder)
    with store.writing() as work:
        work.log.record(event("hot", "Hot"))
    files = contents(folder)
    store.close()
    for name, data in files.items():
        if name.startswith(FILE):
            (folder / name).write_bytes(data)


def setting(folder: Path, name: str) -> str:
    store = Store(folder)
    with store.reading() as work:
        value = work.notes.setting(name)
    store.close()
    return value


def test_it_is_the_log_of_the_backup_again_and_the_other_is_kept(place: Path, tmp_path: Path) -> None:
    (kept,) = go_back(place)
    assert log_of(place) == COMPANIES
    assert kept == place / "triage.sqlite3.replaced-20260304-120000"
    assert mode(place / FILE) == mode(kept) == 0o600
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copyfile(kept, elsewhere / FILE)
    assert log_of(elsewhere) == NEW


def test_the_last_changes_of_a_store_whose_process_was_killed_are_kept_with_it(place: Path, tmp_path: Path) -> None:
    hot(place)
    kept = go_back(place)
    assert log_of(place) == COMPANIES
    for path in kept:
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        shutil.copyfile(path, tmp_path / "elsewhere" / (FILE + path.name.removeprefix(kept[0].name)))
    assert log_of(tmp_path / "elsewhere") == [*NEW, "Hot"]


def test_a_damaged_store_is_kept_as_it_is_with_its_log_of_changes(place: Path) -> None:
    hot(place)
    damage(place / FILE, 30_000, 20_000)
    before = contents(place)
    kept = go_back(place)
    assert [path.read_bytes() for path in kept] == [before[FILE], before[f"{FILE}-wal"]]
    assert [path.name[-4:] for path in kept] == ["0000", "-wal"]
    assert log_of(place) == COMPANIES


def test_a_store_that_is_lost_comes_back(place: Path) -> None:
    (place / FILE).unlink()
    assert go_back(place) == ()
    assert log_of(place) == COMPANIES


def test_a_log_of_changes_without_its_store_is_kept(place: Path) -> None:
    hot(place)
    (place / FILE).unlink()
    (kept,) = go_back(place)
    assert kept.name.endswith("-wal")
    assert log_of(place) == COMPANIES


def test_the_newest_sound_one_is_taken(place: Path) -> None:
    for number in (1, 2):
        damage(backup.make(place, NOW + number * DAY))
    go_back(place)
    assert log_of(place) == COMPANIES


def test_a_day_or_a_file_may_be_named(place: Path, tmp_path: Path) -> None:
    later = backup.make(place, NOW + DAY)
    shutil.copyfile(later, tmp_path / "mine")
    for which, log in (("2026-03-02", COMPANIES), (str(tmp_path / "mine"), NEW), ("2026-03-03", NEW)):
        go_back(place, which)
        assert log_of(place) == log
    assert len(put_aside(place)) == 3, "names of one second do not clash"


def test_a_store_that_was_copied_while_it_was_at_work_can_be_taken_too(place: Path, tmp_path: Path) -> None:
    hot(place)
    copied = shutil.copytree(place, tmp_path / "copied")
    before = contents(copied)
    go_back(place, str(copied / FILE))
    assert log_of(place) == [*NEW, "Hot"]
    assert contents(copied) == before, "it is only read"


def test_a_restored_store_knows_that_it_was_one(place: Path, tmp_path: Path) -> None:
    """Letters may have left since, of which it has no record."""
    assert setting(place, backup.COPIED) == ""
    shutil.copyfile(place / FILE, tmp_path / "mine")
    go_back(place)
    assert setting(place, backup.COPIED) == NOW.isoformat()
    go_back(place, str(tmp_path / "mine"))
    assert datetime.fromisoformat(setting(place, backup.COPIED)).tzinfo is not None
    backup.make(place, LATER)
    go_back(place)
    assert setting(place, backup.COPIED) == LATER.isoformat()


def test_a_restored_store_goes_on_and_can_be_backed_up_and_restored_again(place: Path) -> None:
    for number in range(3):
        go_back(place, now=LATER + number * DAY)
        store = Store(place)
        with store.writing() as work:
            work.log.record(event(f"again {number}", f"Again {number}"))
        store.close()
        assert not backup.inspect(backup.make(place, LATER + number * DAY)).fault
    assert log_of(place) == [*COMPANIES, *(f"Again {number}" for number in range(3))]


# What is refused, with nothing changed.


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("Dear diary\n" * 1000)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5000])


def one_word(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"Company 99", b"Company 98"))


def of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for order in ("UPDATE alembic_version SET version_num = '9999'", *(f"PRAGMA {name} = 0" for name in MARKS)):
            connection.execute(order)


MARKS = ("user_version", "application_id")


@pytest.mark.parametrize("spoil", [empty, text, cut, one_word, of_another_program, newer, damage])
def test_a_copy_that_is_not_sound_is_refused_before_anything_is_touched(
    place: Path, spoil: Callable[[Path], None]
) -> None:
    path = place / "backups" / "triage-2026-03-02.sqlite3"
    spoil(path)
    before = contents_below(place)
    with pytest.raises(StoreError, match="Nothing was changed"):
        go_back(place, "2026-03-02")
    with pytest.raises(InputError, match="no backup that can be used"):
        go_back(place)
    assert contents_below(place) == before


def contents_below(folder: Path) -> dict[str, bytes]:
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in files.items() if not name.endswith("-shm") and (data or "backups" in name)}


@pytest.mark.parametrize("which", ["2026-03-09", "nowhere/file", "/"])
def test_a_copy_that_is_not_there_is_refused(place: Path, which: str) -> None:
    before = contents_below(place)
    with pytest.raises(InputError):
        go_back(place, which)
    assert contents_below(place) == before


def test_a_store_that_another_program_has_open_is_not_replaced(place: Path) -> None:
    """SQLite would, at that program's end, remove the new store's log of changes by its name."""
    store = Store(place)
    with store.reading() as work:
        work.log.events()
        with pytest.raises(StoreError, match="another program"):
            go_back(place)
    store.close()
    assert log_of(place) == NEW


def test_one_that_was_only_looked_at_leaves_nothing(place: Path) -> None:
    before = contents_below(place)
    with restore.prepared(place, restore.chosen(place)) as found:
        assert found.lines == len(COMPANIES)
    assert contents_below(place) == before


def test_a_missing_store_with_backups_is_never_begun_anew(place: Path) -> None:
    (place / FILE).unlink()
    with pytest.raises(StoreError, match="triage restore"):
        Store(place)
    shutil.rmtree(place / "backups")
    (place / f"{FILE}.replaced-20260304-120000").write_bytes(b"")
    with pytest.raises(StoreError, match="triage restore"):
        Store(place)
    (place / f"{FILE}.replaced-20260304-120000").unlink()
    assert log_of(place) == []


# Killed.


def spoilt(folder: Path) -> None:
    hot(folder)
    damage(folder / FILE, 30_000, 20_000)


def lost(folder: Path) -> None:
    (folder / FILE).unlink()


def as_it_is(folder: Path) -> None:
    pass


def outcome(folder: Path) -> str:
    """What a person finds who next starts the program."""
    try:
        log = log_of(folder)
    except StoreError as error:
        return "says `triage restore`" if "triage restore" in str(error) else str(error)
    return {len(COMPANIES): "restored", len(NEW): "as before", len(NEW) + 1: "as before, hot"}[len(log)]


@pytest.mark.parametrize(
    ("before", "found"),
    [
        (as_it_is, {"as before", "restored"}),
        (hot, {"as before, hot", "restored"}),
        (spoilt, {"says `triage restore`", "restored"}),
        (lost, {"says `triage restore`", "restored"}),
    ],
)
def test_killed_at_any_step_the_old_store_or_the_new_one_is_there(
    place: Path, quick: Path, before: Callable[[Path], None], found: set[str]
) -> None:
    before(place)
    original = contents(place).get(FILE, b"")
    step, seen = 0, set()
    while True:
        step += 1
        trial = Path(shutil.copytree(place, quick / "trial"))
        over = not dies_at(step, partial(go_back, trial))
        seen.add(outcome(trial))
        if before is spoilt:
            copies = [path.read_bytes() for path in (trial / FILE, *put_aside(trial))]
            assert original in copies, f"step {step}: the damaged store is gone"
        go_back(trial)
        assert outcome(trial) == "restored", "what a killed restore leaves is in the way of none"
        shutil.rmtree(trial)
        if over:
            break
    assert seen == found
    assert step > 15
