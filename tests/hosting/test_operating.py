"""docs/hosting.md, walked: from nothing to the first letter, through a backup and back, and a rolling restart."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql

from tests.hosting.colony import Colony, Person, terms
from tests.hosting.desk import Desk, desk, of_dovecot
from tests.hosting.managed import Managed
from tests.rig import employers
from tests.rig.client import Client
from tests.rig.dovecot import PASSWORD, Dovecot
from tests.rig.installed import AT_ONCE
from tests.rig.postgres import Cluster, Database
from triage.cli import cli

pytestmark = pytest.mark.server

PAGE = (Path(__file__).parents[2] / "docs/hosting.md").read_text()
NAME = "triage"
ALDER, BIRCH, COPPER, DRIFT = employers.COMPANIES[0], employers.COMPANIES[6], *employers.COMPANIES[12:14]


def blocks(heading: str, language: str = "sh") -> list[str]:
    """What stands to be typed below a heading of the page."""
    _, _, below = PAGE.partition(f"\n{heading}\n")
    assert below, heading
    return re.findall(rf"^```{language}\n(.*?)^```", re.split(r"^#+ ", below, maxsplit=1, flags=re.M)[0], re.M | re.S)


@dataclass
class Machine:
    """One where the page is followed by the letter. Folders of its own stand for /etc, /root and /var."""

    root: Path
    cluster: Cluster
    managed: Managed
    colony: Colony

    def follow(self, block: str) -> None:
        """Type it: what is for systemd to the machine's own workers, commands of ours here, all else to a shell."""
        script = ""
        for line in f"{block}systemctl\n".splitlines():
            ours = line.startswith("triage ") and not set(line) & set("|&;()")
            if not (ours or line.startswith("systemctl")):
                script += f"{line}\n"
                continue
            if script:
                self._shell(script)
            script = ""
            if ours:
                self._command(line)
            elif line != "systemctl":
                self._systemctl(line)

    def _command(self, line: str) -> None:
        typed, more, into = re.split(r" (>>?) ", f"{line} > ")[:3]
        done = self.types(*shlex.split(self._here(typed))[1:])
        assert done.exit_code == 0 or typed == "triage admin health", (line, done.output, done.exception)
        if into:
            with Path(self._here(into)).open("a" if more == ">>" else "w") as file:
                file.write(done.stdout)

    def _here(self, line: str) -> str:
        for place in ("/etc/triage", "/etc/systemd", "/root/", "/var/backups"):
            line = line.replace(place, f"{self.root}{place}")
        return line.replace("127.0.0.1:5432", f"127.0.0.1:{self.cluster.port}")

    def _systemctl(self, line: str) -> None:
        """There is one worker here; two are in the test of the rolling restart."""
        for command in line.split(" && "):
            verb = command.split()[1]
            if verb == "stop" or (verb == "restart" and "@1" in command):
                assert self.managed.stop() == [0], self.managed.said()
            if verb in ("start", "enable") or (verb == "restart" and "@1" in command):
                self.managed.start("1")

    def _shell(self, script: str) -> None:
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._here(script)],
            env=os.environ | {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}"},
            cwd=self.root, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, (script, ended.stderr)

    def types(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["-c", str(self.managed.etc / "hosting.toml"), *arguments])

    def enrol(self, user: str, dovecot: Dovecot) -> Person:
        """Somebody comes to the desk."""
        (made,) = json.loads(self.types("admin", "invite", "--json").stdout)
        (self.root / "settings").write_text(of_dovecot(dovecot, user, AT_ONCE))
        consent = json.loads(self.types("enrol", "--show-consent", "--language", "en", "--json").stdout)["consent"]
        (self.root / "answers").write_text(json.dumps({"consent": consent, "secrets": {"127.0.0.1": PASSWORD}}))
        given = ["--settings", str(self.root / "settings"), "--answers", str(self.root / "answers")]
        done = self.types("enrol", made["code"], *given, "--non-interactive", "--json")
        assert done.exit_code == 0, done.output
        number = self.colony.ask("SELECT id FROM member WHERE name = %s", made["handle"])[0][0]
        return Person(number, made["handle"], Client(dovecot.port, user))


def _script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, cluster: Cluster, dovecot: Dovecot) -> Iterator[Machine]:
    """It has its own /root, and PostgreSQL, and the program; there is no database yet."""
    etc = tmp_path / "etc/triage"
    for folder in (tmp_path / "root", tmp_path / "etc/systemd/system"):
        folder.mkdir(parents=True)
    reach = f"PGHOST=127.0.0.1 PGPORT={cluster.port} PGUSER=postgres"
    _script(tmp_path / "bin/runuser", f'#!/bin/sh\nshift 3\nexec env {reach} "$@"\n')
    program = " ".join(map(shlex.quote, (sys.executable, "-m", "triage")))
    _script(tmp_path / "bin/triage", f'#!/bin/sh\nPYTHONPATH={Path(__file__).parents[2]} exec {program} "$@"\n')
    database = Database(NAME, cluster.port)
    made = Machine(tmp_path, cluster, Managed(etc, tmp_path / "run"), Colony(Desk(etc, database), dovecot))
    yield made
    made.managed.kill()
    for name in (NAME, "triage_new", "triage_old"):
        cluster.drop(Database(name, cluster.port))
    for role in ("owner", "worker", "operator"):
        cluster.ask(sql.SQL("ALTER ROLE {} PASSWORD NULL").format(sql.Identifier(f"triage_{role}")))


def test_from_nothing_to_a_letter_through_a_backup_and_back(machine: Machine, dovecot: Dovecot) -> None:
    town = machine.colony
    install, database, key, tables, workers, _ = blocks("## From nothing to the first letter")
    assert "pip install" in install
    machine.follow(database + key)
    (written,) = blocks("## From nothing to the first letter", "toml")
    written = written.replace("127.0.0.1/", f"127.0.0.1:{machine.cluster.port}/")
    written = written.replace("/etc/triage", str(machine.managed.etc))
    (machine.managed.etc / "hosting.toml").write_text(f"{written}inner_servers = true\n{terms(takeover=12)}")
    machine.follow(tables)
    machine.follow("\n".join(line for line in workers.splitlines() if "journalctl" not in line) + "\n")

    robin, kim, lee = (machine.enrol(f"walker{number}", dovecot) for number in range(3))
    town.mail(robin, employers.rejection(ALDER))
    town.until(lambda: town.told(robin)[ALDER] == 1)

    (backup,) = blocks("## Backups")
    machine.follow(backup)
    town.mail(robin, employers.rejection(BIRCH))
    town.hurry([robin])
    town.until(lambda: town.told(robin)[BIRCH] == 1)
    machine.types("admin", "forget", kim.handle, "--yes")
    machine.types("admin", "suspend", lee.handle)
    late = machine.enrol("walker3", dovecot)

    (restore,) = blocks("### Putting one back")
    machine.follow(restore.replace("after-restore", "after-restore --yes"))
    for company in (COPPER, DRIFT):  # the look that catches up, and the one after it
        town.mail(robin, employers.rejection(company))
    town.hurry([robin])
    town.until(lambda: town.logged(robin)[DRIFT] == 1)
    town.hurry([robin])
    town.until(lambda: town.told(robin)[DRIFT] == 1)
    assert town.told(robin) == dict.fromkeys((ALDER, BIRCH, COPPER, DRIFT), 1)
    states = dict(town.ask("SELECT name, state FROM member"))
    assert states == {robin.handle: "active", lee.handle: "suspended"}
    assert late.handle not in states


def test_a_rolling_restart_and_new_tables_while_mail_arrives(
    tmp_path: Path, hosted: Database, dovecot: Dovecot
) -> None:
    """One worker after the other, as `systemctl` does it: it comes back when the new one takes jobs."""
    here = desk(tmp_path / "etc", hosted, terms(takeover=12))
    (tmp_path / "etc/pgpass").touch()
    managed, town = Managed(tmp_path / "etc", tmp_path / "run"), Colony(here, dovecot)
    people = town.settle(2)
    try:
        for instance in ("1", "2"):
            managed.start(instance)
        for company, instance in ((ALDER, "1"), (BIRCH, "2"), (COPPER, "")):
            for person in people:
                town.mail(person, employers.rejection(company))
            town.hurry()
            if instance:
                assert managed.stop(instance) == [0]
                managed.start(instance)
            else:
                here.types("admin", "migrate")
        town.until(lambda: all(sum(town.told(person).values()) >= 3 for person in people))
        assert town.forgotten() == []
        assert managed.stop() == [0, 0]
    finally:
        managed.kill()
    for person in people:
        assert town.told(person) == town.logged(person) == dict.fromkeys((ALDER, BIRCH, COPPER), 1)


def test_the_key_is_changed_by_what_stands_there(machine: Machine, hosted: Database) -> None:
    here = desk(machine.managed.etc, hosted)
    here.member()
    first = here.keys.newest
    (change,) = blocks("## Changing the key")
    machine.follow("\n".join(line for line in change.splitlines() if not line.startswith("systemctl")) + "\n")
    assert first == here.keys.names[1]
    with psycopg.connect(hosted.superuser) as connection:
        assert connection.execute("SELECT DISTINCT key FROM secret").fetchall() == [(here.keys.newest,)]
