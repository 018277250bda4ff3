"""An upgrade over two versions with other tables, as docs/hosting.md has it, while workers work and mail arrives."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.hosting import editions
from tests.hosting.colony import Colony, terms
from tests.hosting.desk import Desk, desk
from tests.hosting.managed import ROOT, Managed
from tests.rig import employers
from tests.rig.dovecot import Dovecot
from tests.rig.postgres import Database

pytestmark = [pytest.mark.server, pytest.mark.timeout(400)]

OLDER, NEWER = "those of an older version", "made for newer versions"
NOT_BACK, AT_WORK, IN_USE = (
    "those of a newer version",
    "an older version are at work",
    "left as they are. Run this again",
)
SAID = OLDER, NEWER, NOT_BACK, AT_WORK, IN_USE
UNUSABLE = 74


@dataclass
class Upgrade:
    """A service, with this version of the program and two that are to come."""

    desk: Desk
    town: Colony
    managed: Managed
    later: Path
    last: Path

    def migrates(self, edition: Path) -> None:
        done = editions.types(edition, self.desk.config, "admin", "migrate")
        assert (done.code, done.err) == (0, "The tables of the store and of the queue are up to date.\n")

    def fails(self, edition: Path, *command: str) -> str:
        """Which of the sentences it ends with, as one who can try again later."""
        done = editions.types(edition, self.desk.config, *command)
        assert (done.code, done.err.count("\n")) == (UNUSABLE, 1), done
        return next((said for said in SAID if said in done.err), done.err)

    def begin(self, edition: Path, *instances: str) -> None:
        """Restart these workers, one after the other, with this version."""
        self.managed.code = edition
        for instance in instances:
            if instance in self.managed.workers:
                assert self.managed.stop(instance) == [0], self.managed.said()
            self.managed.start(instance)

    def refuses(self, number: int) -> None:
        """An employer says no to everybody, and everybody's letter tells of it."""
        company = employers.COMPANIES[number]
        for person in self.town.people:
            self.town.mail(person, employers.rejection(company))
        self.town.hurry()
        self.town.until(lambda: all(self.town.told(person)[company] == 1 for person in self.town.people), 120)


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("editions")
    first = editions.expanding(folder / "first")
    yield first, editions.contracting(folder / "second", first)
    shutil.rmtree(folder)


@pytest.fixture
def upgrade(tmp_path: Path, hosted: Database, dovecot: Dovecot, later: tuple[Path, Path]) -> Iterator[Upgrade]:
    here = desk(tmp_path / "etc", hosted, terms(takeover=12))
    (tmp_path / "etc/pgpass").touch()
    managed, town = Managed(tmp_path / "etc", tmp_path / "run"), Colony(here, dovecot)
    town.settle(2)
    yield Upgrade(here, town, managed, *later)
    managed.kill()


def test_two_versions_with_other_tables(upgrade: Upgrade) -> None:
    """Each step of the page, and each that comes too early or too late; everybody is told of everything once."""
    up = upgrade
    up.begin(ROOT, "1")
    up.refuses(0)
    assert up.fails(up.later, "worker") == OLDER, "too early"
    up.migrates(up.later)
    up.refuses(1)
    up.begin(up.later, "2")
    up.refuses(2)
    assert up.fails(up.last, "admin", "migrate") == AT_WORK, "this version still is"
    up.refuses(3)
    assert up.fails(ROOT, "admin", "migrate") == NOT_BACK
    up.begin(ROOT, "2")  # back from an upgrade
    up.begin(up.later, "2", "1")
    up.migrates(up.last)
    up.refuses(4)
    assert up.fails(ROOT, "worker") == NEWER, "too late"
    up.begin(up.last, "1", "2")
    up.refuses(5)
    for person in up.town.people:
        assert up.town.told(person) == up.town.logged(person) == dict.fromkeys(employers.COMPANIES[:6], 1)
    assert "was not done" not in up.managed.said()


def test_a_worker_that_was_away_while_its_tables_went_ends(upgrade: Upgrade) -> None:
    """Its machine slept, or was cut off: nobody could know of it."""
    up = upgrade
    up.begin(ROOT, "1")
    up.refuses(0)
    up.migrates(up.later)
    with up.managed.asleep("1"):
        up.town.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'triage_worker'")
        up.migrates(up.last)
    assert up.managed.workers.pop("1").wait(60) == UNUSABLE
    assert NEWER in up.managed.said()
    up.begin(up.last, "1")
    up.refuses(1)


def test_tables_that_are_in_use_are_left_as_they_are(upgrade: Upgrade) -> None:
    """A backup reads all of them in one long transaction."""
    with psycopg.connect(upgrade.desk.database.superuser) as connection:
        connection.execute("LOCK TABLE event IN ACCESS SHARE MODE")
        assert upgrade.fails(upgrade.later, "admin", "migrate") == IN_USE
    upgrade.begin(ROOT, "1")
    upgrade.refuses(0)
    upgrade.migrates(upgrade.later)
