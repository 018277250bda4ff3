"""The key is changed under members at work: all opens before, meanwhile and after; the old key is told to be idle."""

from __future__ import annotations

import pytest

from tests.hosting.desk import PASSWORD, Desk
from triage.hosting import members, rotating, sealing
from triage.hosting.acting import acting_for
from triage.hosting.sealing import Keys, SealingError
from triage.hosting.vault import Secrets, password_row
from triage.store.postgres import take

pytestmark = pytest.mark.server


def _new_key(here: Desk, *, on_top: bool = True) -> Keys:
    file = here.folder / "keys"
    lines = [sealing.made(), file.read_text().strip()]
    file.write_text("\n".join(lines if on_top else reversed(lines)) + "\n")
    return here.keys


def _passwords(here: Desk, keys: Keys, *numbers: int) -> list[str]:
    with here.engine("worker") as engine:
        loaded = [members.load(engine, keys, number, take(engine, number)) for number in numbers]
        return [found.password(found.config.accounts[0])() for found in loaded]


def test_the_key_is_changed_and_the_old_one_can_go(here: Desk) -> None:
    numbers = [here.member()[0] for _ in range(5)]
    old = here.keys
    both = _new_key(here)
    assert _passwords(here, both, *numbers) == [PASSWORD] * 5
    assert here.told("admin", "rotate-keys", "--dry-run")["old"] == {old.newest: 10}
    said = here.types("admin", "rotate-keys")
    assert f"The key {old.newest} opens nothing any more" in said.stderr
    assert f"Every secret is sealed by the key {both.newest}." in said.stderr
    (here.folder / "keys").write_text((here.folder / "keys").read_text().splitlines()[0])
    assert _passwords(here, here.keys, *numbers) == [PASSWORD] * 5
    assert here.told("admin", "rotate-keys") == {"newest": both.newest, "sealed": 0, "old": {}, "idle": []}


def test_broken_off_it_goes_on_where_it_stopped(here: Desk) -> None:
    numbers = [here.member()[0] for _ in range(3)]
    old = here.keys
    both = _new_key(here)
    with here.engine("worker") as engine:
        with acting_for(engine, numbers[0]) as connection:
            assert Secrets(connection, both, numbers[0]).reseal() == 2
        assert _passwords(here, both, *numbers) == [PASSWORD] * 3
        done = rotating.rotate(engine, both, lambda _: None)
    assert (done.sealed, done.old, done.idle) == (4, {}, (old.newest,))


def test_a_worker_with_the_old_file_is_noticed_and_harms_nobody(here: Desk) -> None:
    number, *_ = here.member()
    old = here.keys
    both = _new_key(here)
    with here.engine("worker") as engine:
        rotating.rotate(engine, both, lambda _: None)
        with acting_for(engine, number) as connection:  # it was not started again
            Secrets(connection, old, number).put(password_row("home"), b"newer")
        assert rotating.left(engine, both).old == {old.newest: 1}
        assert rotating.rotate(engine, both, lambda _: None).sealed == 1
    assert _passwords(here, both, number) == ["newer"]


def test_a_missing_old_key_stops_it_and_nothing_is_lost(here: Desk) -> None:
    number, *_ = here.member()
    old = here.keys
    (here.folder / "keys").write_text(sealing.made())
    with pytest.raises(SealingError, match="Nothing is lost: put that key back, below the newest one"):
        here.types("admin", "rotate-keys")
    assert _passwords(here, old, number) == [PASSWORD]
