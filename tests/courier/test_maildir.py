"""`MaildirCourier`: whole or not at all, and never twice."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.client import mail
from tests.rig.maildir import Maildir
from triage.courier import DeliveryError
from triage.courier.maildir import MaildirCourier
from triage.errors import InputError

ID = "<letter.3@triage.invalid>"
LETTER = mail("Ihr Brief", message_id=ID)


def contents(path: Path) -> list[bytes]:
    return [found.read_bytes() for part in ("new", "cur") for found in (path / part).iterdir()]


def test_a_missing_maildir_is_made_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "Post" / "Briefe"
    courier = MaildirCourier(path)
    assert "will be made" in courier.check()
    assert not path.exists()
    courier.deliver(ID, LETTER)
    assert contents(path) == [LETTER]
    assert list((path / "tmp").iterdir()) == []
    assert "can be written" in courier.check()
    for found in (path, *path.rglob("*")):
        assert stat.S_IMODE(found.stat().st_mode) & 0o077 == 0, found


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_can_read_a_letter_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        MaildirCourier(tmp_path / "m").deliver(ID, LETTER)
    finally:
        os.umask(before)
    for found in (tmp_path / "m", *(tmp_path / "m").rglob("*")):
        assert stat.S_IMODE(found.stat().st_mode) & 0o077 == 0, found


def test_a_second_delivery_meets_the_first(tmp_path: Path) -> None:
    courier = MaildirCourier(tmp_path / "m")
    assert not courier.delivered(ID)
    for _ in range(2):
        courier.deliver(ID, LETTER)
        assert courier.delivered(ID)
    assert contents(tmp_path / "m") == [LETTER]
    assert not courier.delivered("<other@triage.invalid>")


@pytest.mark.parametrize("name", ["{}:2,S", "{}:2,", "{},U=12:2,FS", "{},U=12"])
def test_also_once_mail_programs_have_renamed_it(tmp_path: Path, name: str) -> None:
    courier = MaildirCourier(tmp_path / "m")
    courier.deliver(ID, LETTER)
    (delivered,) = (tmp_path / "m" / "new").iterdir()
    delivered.rename(tmp_path / "m" / "cur" / name.format(delivered.name))
    assert courier.delivered(ID)
    courier.deliver(ID, LETTER)
    assert contents(tmp_path / "m") == [LETTER]


def test_whoever_looks_sees_whole_letters_only(tmp_path: Path) -> None:
    big = LETTER + b"x" * 2_000_000
    courier = MaildirCourier(Maildir(tmp_path / "m").make().path)
    done = threading.Event()
    torn: list[int] = []

    def look() -> None:
        while not done.is_set():
            torn.extend(len(seen) for seen in contents(tmp_path / "m") if seen != big)

    watching = threading.Thread(target=look)
    watching.start()
    for number in range(20):
        courier.deliver(f"<{number}@triage.invalid>", big)
    done.set()
    watching.join()
    assert torn == []
    assert len(contents(tmp_path / "m")) == 20


def test_leftovers_of_a_crash_do_not_count(tmp_path: Path) -> None:
    maildir = Maildir(tmp_path / "m").make()
    courier = MaildirCourier(maildir.path)
    courier.deliver(ID, LETTER)
    (delivered,) = (maildir.path / "new").iterdir()
    (maildir.path / "tmp" / f"{delivered.name}.half").write_bytes(LETTER[:50])
    delivered.unlink()
    assert not courier.delivered(ID)
    courier.deliver(ID, LETTER)
    assert contents(maildir.path) == [LETTER]


@pytest.fixture
def strange(tmp_path: Path) -> Iterator[Path]:
    """Somebody's home."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "Steuer.odt").write_text("wichtig")
    yield tmp_path / "home"
    assert [found.name for found in (tmp_path / "home").iterdir()] == ["Steuer.odt"]


def test_a_directory_with_other_things_is_left_alone(strange: Path) -> None:
    for path in (strange, strange / "Steuer.odt"):
        with pytest.raises(InputError, match="no Maildir"):
            MaildirCourier(path).check()
        with pytest.raises(DeliveryError) as caught:
            MaildirCourier(path).deliver(ID, LETTER)
        assert (caught.value.permanent, caught.value.ambiguous) == (True, False)


def test_an_empty_directory_becomes_a_maildir(tmp_path: Path) -> None:
    MaildirCourier(tmp_path).deliver(ID, LETTER)
    assert contents(tmp_path) == [LETTER]


@pytest.mark.parametrize("parts", [("tmp",), ("cur",), ("tmp", "cur"), ("new",)])
def test_a_maildir_that_somebody_died_making_is_finished(tmp_path: Path, parts: tuple[str, ...]) -> None:
    for part in parts:
        (tmp_path / "m" / part).mkdir(parents=True)
    MaildirCourier(tmp_path / "m").deliver(ID, LETTER)
    assert contents(tmp_path / "m") == [LETTER]


def test_a_place_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    """A full disk looks the same: here a file stands where a directory must be."""
    maildir = Maildir(tmp_path / "m").make()
    (maildir.path / "tmp").rmdir()
    (maildir.path / "tmp").write_text("in the way")
    with pytest.raises(DeliveryError, match="could not be written") as caught:
        MaildirCourier(maildir.path).deliver(ID, LETTER)
    assert (caught.value.permanent, caught.value.ambiguous) == (False, False)
    assert contents(maildir.path) == []
