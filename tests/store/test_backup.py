"""A backup for each of seven days: whole or not there, sound or not kept, and never made of a damaged store."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.store.killing import dies_at
from tests.store.making import COMPANIES, NOW, copied, event, mode
from tests.store.test_together import at_once
from triage.errors import StoreError
from triage.store import FILE, Store, backup
from triage.store.folder import drafts
from triage.store.version import NEWEST

DAY = timedelta(days=1)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "backups").glob("*"))


def of_days(*days: datetime) -> list[str]:
    return sorted(f"triage-{day.date()}.sqlite3" for day in days)


def lines(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        return [row[0] for row in connection.execute("SELECT company FROM event ORDER BY id")]


def damage(path: Path, offset: int = -3000, length: int = 2000) -> None:
    data = bytearray(path.read_bytes())
    start = offset % len(data)
    data[start : start + length] = os.urandom(length)
    path.write_bytes(data)


@pytest.fixture
def place(sound: Path, tmp_path: Path) -> Path:
    """A folder of its own with a store in it."""
    return copied(sound, tmp_path)


def test_a_backup_is_the_store_whole_and_private(place: Path) -> None:
    path = backup.make(place, NOW)
    assert path == place / "backups" / "triage-2026-03-02.sqlite3"
    assert lines(path) == COMPANIES
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert names(place) == [path.name], "nothing lies beside it"
    found = backup.inspect(path)
    assert (found.made, found.schema, found.lines, found.fault) == (NOW, NEWEST, len(COMPANIES), "")
    assert names(place) == [path.name], "nor does looking put anything there"


def test_one_a_day(store: Store) -> None:
    folder = store.path.parent
    first = backup.daily(folder, NOW)
    with store.writing() as work:
        work.log.record(event("one", "Fjord"))
    assert first is not None
    assert backup.daily(folder, NOW + timedelta(hours=14)) is None
    assert lines(first) == []
    assert backup.daily(folder, NOW + DAY) is not None
    assert names(folder) == of_days(NOW, NOW + DAY)


def test_one_that_is_asked_for_takes_the_place_of_todays(store: Store) -> None:
    folder = store.path.parent
    backup.make(folder, NOW)
    with store.writing() as work:
        work.log.record(event("one", "Fjord"))
    assert lines(backup.make(folder, NOW + timedelta(hours=1))) == ["Fjord"]
    assert names(folder) == of_days(NOW)


def test_the_day_is_that_of_utc(place: Path) -> None:
    late = datetime.fromisoformat("2026-03-03T00:30:00+02:00")
    assert backup.daily(place, late) == place / "backups" / "triage-2026-03-02.sqlite3"


def test_seven_are_kept(place: Path) -> None:
    days = [NOW + number * DAY for number in range(10)]
    for day in days:
        backup.daily(place, day)
    assert names(place) == of_days(*days[3:])
    assert [one.path.name for one in backup.existing(place)] == of_days(*days[3:])[::-1], "the newest first"


def test_a_month_away_costs_one_backup_only(place: Path) -> None:
    days = [NOW + number * DAY for number in range(7)]
    for day in (*days, NOW + 40 * DAY):
        backup.daily(place, day)
    assert names(place) == of_days(*days[1:], NOW + 40 * DAY)


@pytest.mark.parametrize("wrong", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)])
def test_a_wrong_clock_costs_one_backup_only(place: Path, wrong: datetime) -> None:
    """A small computer without a battery begins in 1970, or jumps ahead, until it has heard the time."""
    days = [NOW + number * DAY for number in range(7)]
    for day in days:
        backup.daily(place, day)
    for _ in range(3):
        assert names(place).count(f"triage-{wrong.date()}.sqlite3") == (backup.daily(place, wrong) is None)
    assert names(place) == of_days(*days[1:], wrong)
    backup.daily(place, NOW + 7 * DAY)
    assert names(place) == of_days(*days[1:], NOW + 7 * DAY), "that of the wrong day is the first to go"


def test_files_that_are_no_backups_are_left_alone(place: Path) -> None:
    (place / "backups").mkdir()
    others = ["notes.txt", "triage-2020-01-01.sqlite3.old", "triage-2026-13-77.sqlite3", "triage-.sqlite3"]
    for name in others:
        (place / "backups" / name).write_text("mine")
    for number in range(9):
        backup.make(place, NOW + number * DAY)
    assert {name for name in names(place) if (place / "backups" / name).read_bytes() == b"mine"} == set(others)
    assert len(backup.existing(place)) == 7


def test_a_damaged_store_pushes_no_backup_out(place: Path) -> None:
    days = [NOW + number * DAY for number in range(7)]
    for day in days:
        backup.make(place, day)
    before = {name: (place / "backups" / name).read_bytes() for name in names(place)}
    damage(place / FILE)
    with pytest.raises(StoreError, match="triage restore"):
        backup.daily(place, NOW + 7 * DAY)
    assert {name: (place / "backups" / name).read_bytes() for name in names(place)} == before


def test_a_missing_store_makes_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        backup.make(tmp_path, NOW)
    assert names(tmp_path) == []


def test_every_flipped_byte_of_a_backup_is_noticed(place: Path, tmp_path: Path) -> None:
    """Also one that only turns one word into another, which SQLite would not notice."""
    whole = backup.make(place, NOW).read_bytes()
    lying = tmp_path / "lying"
    random_ = random.Random(5)
    for offset in [*range(100), *random_.sample(range(100, len(whole)), 200), whole.index(b"Company 7")]:
        flipped = bytearray(whole)
        flipped[offset] ^= 1 << random_.randrange(8)
        lying.write_bytes(flipped)
        assert backup.inspect(lying).fault, f"byte {offset}"
    lying.write_bytes(whole)
    assert not backup.inspect(lying).fault


@pytest.mark.parametrize("content", [b"", b"x", b"SQLite format 3\0", b"\0" * 4096, os.urandom(50_000)])
def test_anything_else_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert "damaged" in backup.inspect(tmp_path / "file").fault


def test_one_of_a_newer_version_is_said_to_be_one(place: Path) -> None:
    path = backup.make(place, NOW)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("PRAGMA user_version = 0")
        connection.execute("PRAGMA application_id = 0")
        connection.commit()
    found = backup.inspect(path)
    assert (found.schema, "newer version" in found.fault) == ("9999", True)


def test_a_backup_made_while_others_write_is_whole(store: Store) -> None:
    """Each transaction writes a pair; a backup has both or neither of each."""
    folder = store.path.parent
    done: list[None] = []

    def write() -> None:
        number = 0
        while not done:
            number += 1
            with store.writing() as work:
                work.log.record(event(f"{number}-a", f"{number}"))
                work.log.record(event(f"{number}-b", f"{number}"))

    def back_up() -> None:
        try:
            for number in range(12):
                backup.make(folder, NOW + number * DAY)
        finally:
            done.append(None)

    at_once(write, back_up)
    for one in backup.existing(folder):
        companies = lines(one.path)
        assert not one.fault
        assert all(companies.count(company) == 2 for company in companies)


def test_two_at_once_make_one(store: Store) -> None:
    folder = store.path.parent
    at_once(*[lambda: backup.make(folder, NOW)] * 4)
    assert names(folder) == of_days(NOW)
    assert not backup.existing(folder)[0].fault


def test_killed_at_any_step_it_leaves_the_old_ones_and_a_draft_at_most(place: Path, quick: Path) -> None:
    days = [NOW + number * DAY for number in range(7)]
    for day in days:
        backup.make(place, day)
    step = 0
    while True:
        step += 1
        trial = Path(shutil.copytree(place, quick / "trial"))
        if not dies_at(step, partial(backup.make, trial, NOW + 7 * DAY)):
            break
        found = backup.existing(trial)
        assert len(found) in (7, 8)
        assert not [one.fault for one in found if one.fault]
        backup.make(trial, NOW + 7 * DAY)
        assert names(trial) == of_days(*days[1:], NOW + 7 * DAY), "what was left unfinished is cleared away"
        assert drafts(trial) == ()
        shutil.rmtree(trial)
    assert step > 12


# Forgetting.


def traces(folder: Path, what: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if what.encode() in path.read_bytes()]


def test_what_is_forgotten_is_gone_from_every_copy(store: Store) -> None:
    folder = store.path.parent
    with store.writing() as work:
        ids = [work.log.record(event("canary", "Zylophant")), work.log.record(event("other", "Fjord"))]
    for number in range(3):
        backup.make(folder, NOW + number * DAY)
    aside = [folder / f"{FILE}.replaced-20260301-080000{end}" for end in ("", "-wal")]
    for path in aside:
        shutil.copyfile(store.path, path)
    (folder / "backups" / f".triage-2026-03-01.sqlite3-new-{'x' * 8}").write_bytes(b"Zylophant")
    assert len(traces(folder, "Zylophant")) >= 5
    with store.writing() as work:
        work.log.forget(ids[:1])
    store.shrink()
    backup.rewrite(folder, NOW + 2 * DAY)
    assert traces(folder, "Zylophant") == []
    assert names(folder) == of_days(NOW + 2 * DAY)
    assert lines(folder / "backups" / names(folder)[0]) == ["Fjord"]
    assert not any(path.exists() for path in aside)


def test_the_bytes_of_a_removed_backup_are_overwritten(place: Path) -> None:
    """An open descriptor still sees the file that has no name any more."""
    path = backup.make(place, NOW)
    with path.open("rb") as before:
        backup.rewrite(place, NOW + DAY)
        assert set(before.read()) == {0}


def test_a_second_name_of_the_store_itself_is_never_overwritten(place: Path) -> None:
    """What a restore leaves that was killed at its first step."""
    (place / f"{FILE}.replaced-20260301-080000").hardlink_to(place / FILE)
    backup.rewrite(place, NOW)
    assert lines(place / FILE) == COMPANIES
    assert not list(place.glob("*replaced*"))


@pytest.mark.parametrize("later", [timedelta(hours=1), DAY])
def test_a_copy_from_before_goes_with_the_next_backup_if_forgetting_was_broken_off(
    store: Store, later: timedelta
) -> None:
    """Also on the same day, and a store that was put aside too."""
    folder = store.path.parent
    with store.writing() as work:
        ids = [work.log.record(event("canary", "Zylophant"))]
    backup.make(folder, NOW - DAY)
    backup.make(folder, NOW)
    shutil.copyfile(backup.make(folder, NOW), folder / f"{FILE}.replaced-20260301-080000")
    with store.writing() as work:
        work.log.forget(ids)
    assert backup.daily(folder, NOW + later) is not None
    assert names(folder) == of_days(NOW + later)
    assert not list(folder.glob("*replaced*"))
    assert backup.daily(folder, NOW + later) is None
