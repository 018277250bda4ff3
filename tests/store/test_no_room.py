"""A disk that is full, or can only be read: it is said, nothing is lost, and all goes on once there is room again.

On a real file system of one megabyte, with the real core around the store.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.at_work import (
    AWAY,
    TEN,
    all_is_told_once,
    companies,
    cursor,
    health,
    open_pipeline,
    read,
    service,
    settled,
    tick,
    watched,
)
from tests.fakes import MONDAY, FakeCourier, FakeMailbox, mail
from tests.store.making import NOW, log_of, recorded
from tests.store.test_backup import DAY, names, of_days
from triage.errors import StoreError
from triage.pipeline import Pipeline
from triage.store import Store, backup, restore
from triage.store.folder import drafts

MAILS = [f"Fjord{number}" for number in range(36)]


class Disk:
    """A file system of its own, and whoever else writes to it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.store = place / "store"
        self._ballast = place / "ballast"

    def fill(self, leave: int = 0) -> None:
        """Another program writes until there are only so many bytes left."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                size = file.tell()
        os.truncate(self._ballast, max(0, size - leave))

    def clear(self) -> None:
        self._ballast.unlink()

    def freeze(self) -> None:
        """From now on it can only be read, as after a fault of the disk."""
        run("mount", "-o", "remount,ro", str(self.place))

    def thaw(self) -> None:
        run("mount", "-o", "remount,rw", str(self.place))


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a file system of one megabyte needs root")
    yield Disk(place)
    run("umount", "-l", str(place))


@pytest.fixture
def pipeline(disk: Disk) -> Iterator[Pipeline]:
    made = open_pipeline(disk.store)
    yield made
    made.store.close()


def full_mailbox(pipeline: Pipeline) -> FakeMailbox:
    mailbox = settled(pipeline)
    for company in MAILS:
        mailbox.receive(mail("rejection", company), MONDAY)
    return mailbox


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(StoreError) as caught:
        work()
    assert caught.value.exit_code == 74
    return str(caught.value)


@pytest.mark.parametrize("room", [0, 100_000, 300_000])
def test_a_disk_that_fills_while_mail_is_read(disk: Disk, pipeline: Pipeline, room: int) -> None:
    mailbox = full_mailbox(pipeline)
    disk.fill(leave=room)
    assert "full" in refused(lambda: read(pipeline, mailbox))
    logged = companies(pipeline)
    assert logged == MAILS[: len(logged)]
    assert len(logged) < len(MAILS)
    assert cursor(pipeline).uid == len(logged), "the cursor stands where the log ends"
    assert "full" in refused(lambda: read(pipeline, mailbox)), "and waits there"
    assert companies(pipeline) == logged
    disk.clear()
    run("mount", "-o", "remount,size=16m", str(disk.place))
    read(pipeline, mailbox)
    assert companies(pipeline) == MAILS
    assert cursor(pipeline).uid == len(MAILS)


def test_the_service_is_told_and_recovers(disk: Disk, pipeline: Pipeline) -> None:
    """Even where the trouble itself cannot be noted; and the trouble of a server does not hide that of the disk."""
    mailbox = full_mailbox(pipeline)
    disk.fill()
    working = service(pipeline, [watched(mailbox)])
    assert "full" in refused(lambda: working.poll(working.watched[0]))
    mailbox.fail(AWAY)
    assert "full" in refused(lambda: working.poll(working.watched[0]))
    mailbox.recover()
    disk.clear()
    run("mount", "-o", "remount,size=16m", str(disk.place))
    assert working.poll(working.watched[0]).read == len(MAILS)
    assert [one.error for one in health(pipeline)] == [""]


def test_a_disk_that_fills_before_a_letter_is_written(disk: Disk, pipeline: Pipeline) -> None:
    courier = FakeCourier()
    mailbox = settled(pipeline)
    mailbox.receive(mail("rejection", "Fjord"), MONDAY)
    read(pipeline, mailbox)
    disk.fill()
    assert "full" in refused(lambda: tick(pipeline, courier))
    assert courier.tries == 0
    disk.clear()
    assert tick(pipeline, courier) == 1
    assert all_is_told_once(pipeline, courier)


def test_a_disk_that_fills_while_a_letter_is_handed_over(disk: Disk, pipeline: Pipeline) -> None:
    """It has arrived, and that cannot be noted: it is looked for before it is sent again."""
    courier = FakeCourier(meanwhile=disk.fill)
    mailbox = settled(pipeline)
    mailbox.receive(mail("rejection", "Fjord"), MONDAY)
    read(pipeline, mailbox)
    assert "full" in refused(lambda: tick(pipeline, courier))
    assert len(courier.inbox) == 1
    disk.clear()
    for hours in range(1, 4):
        tick(pipeline, courier, TEN + timedelta(hours=hours))
    assert (courier.tries, courier.looks) == (1, 1)
    assert all_is_told_once(pipeline, courier)


def test_a_first_start_on_a_full_disk_leaves_nothing(disk: Disk) -> None:
    disk.fill()
    assert "full" in refused(lambda: Store(disk.store))
    assert drafts(disk.store) == ()
    disk.clear()
    disk.fill(leave=60_000)
    assert "full" in refused(lambda: Store(disk.store))
    assert drafts(disk.store) == ()
    disk.clear()
    Store(disk.store).close()
    assert log_of(disk.store) == []


def test_backups_stay_where_there_is_no_room_for_another(disk: Disk) -> None:
    store = Store(disk.store)
    recorded(store, "one")
    backup.daily(disk.store, NOW)
    for leave in (0, 50_000, 120_000):
        disk.fill(leave=leave)
        assert "full" in refused(lambda: backup.daily(disk.store, NOW + DAY))
        assert names(disk.store) == of_days(NOW)
        assert not backup.existing(disk.store)[0].fault
        disk.clear()
    assert backup.daily(disk.store, NOW + DAY)
    store.close()


def test_a_restore_without_room_changes_nothing(disk: Disk) -> None:
    store = Store(disk.store)
    backup.make(disk.store, NOW)
    recorded(store, "one")
    store.close()
    disk.fill(leave=60_000)

    def go_back() -> None:
        with restore.prepared(disk.store, restore.chosen(disk.store)) as found:
            restore.put_back(disk.store, found.path, NOW)

    assert "full" in refused(go_back)
    assert drafts(disk.store) == ()
    disk.clear()
    assert len(log_of(disk.store)) == 1
    go_back()
    assert log_of(disk.store) == []


def test_what_can_only_be_read_is_said_and_goes_on_when_it_can_be_written_again(disk: Disk) -> None:
    pipeline = open_pipeline(disk.store)
    mailbox = settled(pipeline)
    mailbox.receive(mail("rejection", "Fjord"), MONDAY)
    read(pipeline, mailbox)
    backup.make(disk.store, NOW)
    pipeline.store.close()
    before = {path.name: path.read_bytes() for path in disk.store.iterdir() if path.is_file()}
    disk.freeze()
    for work in (lambda: Store(disk.store), lambda: backup.make(disk.store, NOW + DAY), lambda: go_on(disk.store)):
        assert "cannot be written" in refused(work)
    assert {path.name: path.read_bytes() for path in disk.store.iterdir() if path.is_file()} == before
    disk.thaw()
    again = open_pipeline(disk.store)
    mailbox.receive(mail("rejection", "Half"), MONDAY)
    read(again, mailbox)
    courier = FakeCourier()
    tick(again, courier)
    assert companies(again) == ["Fjord", "Half"]
    assert all_is_told_once(again, courier)
    again.store.close()


def go_on(folder: Path) -> None:
    with restore.prepared(folder, restore.chosen(folder)):
        pass
