"""The units as they are shipped, run by a real systemd: a worker, and the service of one person in both its forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.hosting.colony import Colony, terms
from tests.hosting.desk import desk, of_dovecot
from tests.rig import employers
from tests.rig.booted import PROGRAM, Machine, Refused, boot
from tests.rig.client import Client
from tests.rig.dovecot import PASSWORD, Dovecot
from tests.rig.installed import AT_ONCE, expect, letters
from tests.rig.postgres import Database
from triage.install import system_unit, user_unit, worker_unit

pytestmark = pytest.mark.server

WORKER, SERVICE = "triage-worker@7", "triage"
SHORTER = {"WatchdogSec": 8, "TimeoutStopSec": 4, "RestartSec": 1}
"""What a test cannot wait for: in seconds, in place of those of a unit."""
MAILDIR = f"""\
[reader]
address = "robin@example.org"
time_zone = "UTC"
[store]
path = "/home/robin/store"
[[mailbox]]
kind = "maildir"
path = "/home/robin/mail"
[courier]
kind = "maildir"
path = "/home/robin/mail"
{AT_ONCE}"""
ALDER, BIRCH = employers.COMPANIES[0], employers.COMPANIES[6]


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    units = {
        "etc/systemd/system/triage-worker@.service": worker_unit(PROGRAM),
        "etc/systemd/system/triage.service": system_unit(PROGRAM),
        "etc/systemd/user/triage.service": user_unit(PROGRAM, Path("/opt/robin.toml")),
    }
    try:
        with boot(units) as made:
            yield made
    except Refused as refused:
        pytest.skip(f"No systemd can be started here: {refused}.")


def hurry(machine: Machine, name: str, unit: str) -> None:
    """In a drop-in, as an administrator writes it. What the unit does not set stays so."""
    lines = [f"{key}={seconds}\n" for key, seconds in SHORTER.items() if f"\n{key}=" in unit]
    machine.put(f"/etc/systemd/system/{name}.service.d/hurried.conf", "".join(("[Service]\n", *lines)))
    machine.systemctl("daemon-reload")


def main_process(machine: Machine, unit: str) -> dict[str, str]:
    """What the kernel says of it."""
    told = machine.runs("cat", f"/proc/{machine.shows(unit, 'MainPID')}/status").stdout
    return dict(re.findall(r"^(\w+):\s*(.*)$", told, re.M))


def locked_in(machine: Machine, unit: str) -> None:
    status = main_process(machine, unit)
    assert (status["NoNewPrivs"], status["Seccomp"], int(status["CapBnd"], 16)) == ("1", "2", 0)
    assert int(status["Uid"].split()[0]) >= 61184, "a user of its own, of those that systemd makes up"
    pid = machine.shows(unit, "MainPID")
    inside = ["nsenter", f"--target={pid}", "--mount", "--root", "--wd"]
    assert machine.runs(*inside, "ls", "-A", "/home", "/root").stdout.split() == ["/home:", "/root:"]
    refused = machine.runs(*inside, "touch", "/etc/mine", "/usr/mine", "/opt/mine").stderr
    assert refused.count("Read-only file system") == 3
    rated = machine.runs("systemd-analyze", "security", "--threshold=15", "--no-pager", unit)
    assert rated.returncode == 0, rated.stdout


def ends_and_comes_back(machine: Machine, unit: str, signal: str) -> None:
    """Its process gets that signal, and another one stands there ready, for which nobody has asked."""
    before = machine.shows(unit, "MainPID")
    machine.systemctl("kill", "--kill-whom=main", f"--signal={signal}", unit)
    expect(lambda: machine.shows(unit, "MainPID") not in (before, "0"), machine.said, within=60)
    expect(lambda: machine.shows(unit, "SubState") == "running", machine.said, within=60)


def ends(machine: Machine, unit: str) -> None:
    """It was started anew twice, and ends when it is told to, by itself."""
    assert int(machine.shows(unit, "NRestarts")) >= 2
    machine.systemctl("stop", unit)
    ended = [machine.shows(unit, name) for name in ("Result", "ExecMainStatus", "ActiveState")]
    assert ended == ["success", "0", "inactive"]


def test_a_worker(machine: Machine, tmp_path: Path, hosted: Database, dovecot: Dovecot) -> None:
    here = desk(tmp_path / "desk", hosted, terms())
    town = Colony(here, dovecot)
    (robin,) = town.settle(1)
    machine.put("/etc/triage/hosting.toml", here.config.read_text().replace(str(here.folder), "/etc/triage"))
    machine.put("/etc/triage/keys", (here.folder / "keys").read_text())
    machine.put("/etc/triage/pgpass", "127.0.0.1:*:*:triage_worker:none\n")
    machine.runs("chmod", "600", "/etc/triage/keys", "/etc/triage/pgpass")
    hurry(machine, WORKER, worker_unit(PROGRAM))

    machine.systemctl("start", WORKER)
    with urlopen("http://127.0.0.1:9467/health") as told:
        assert told.status == 200, "started means that it takes jobs"
    locked_in(machine, WORKER)
    town.mail(robin, employers.rejection(ALDER))
    town.hurry()
    expect(lambda: town.told(robin)[ALDER] == 1, machine.said, within=60)
    for signal in ("SIGKILL", "SIGSTOP"):
        ends_and_comes_back(machine, WORKER, signal)
    assert "Watchdog timeout" in machine.said()
    town.mail(robin, employers.rejection(BIRCH))
    town.hurry()
    expect(lambda: town.told(robin)[BIRCH] == 1, machine.said, within=60)
    ends(machine, WORKER)

    machine.put("/etc/triage/hosting.toml", "[database]\nurk = 1\n")
    assert machine.runs("systemctl", "start", WORKER).returncode != 0
    ended = [machine.shows(WORKER, name) for name in ("ExecMainStatus", "NRestarts", "ActiveState")]
    assert ended == ["78", "0", "failed"], "trying again mends nothing"


def test_the_service_of_one_person(machine: Machine, dovecot: Dovecot) -> None:
    robin = Client(dovecot.port, "booted1")
    written = f'[store]\npath = "/var/lib/triage/store"\n{of_dovecot(dovecot, "booted1", AT_ONCE)}'
    machine.put("/etc/triage/config.toml", written)
    sealed = "systemd-creds encrypt --name=triage.password - /etc/credstore.encrypted/triage.password"
    assert machine.runs("sh", "-c", f"mkdir -p /etc/credstore.encrypted; {sealed}", stdin=PASSWORD).returncode == 0
    hurry(machine, SERVICE, system_unit(PROGRAM))
    robin.append_all([(employers.rejection(ALDER), employers.yesterday())])

    machine.systemctl("start", SERVICE)
    locked_in(machine, SERVICE)
    expect(lambda: len(letters(robin.bodies())) == 1, machine.said, within=60)
    before = machine.shows(SERVICE, "MainPID")
    for change, said in (("", "changed configuration holds"), ("no such line", "configuration is left as it was")):
        machine.put("/etc/triage/config.toml", f"{written.replace('= 24', '= 23')}{change}")
        machine.systemctl("reload", SERVICE)
        expect(lambda said=said: said in machine.said(), machine.said)  # type: ignore[misc]
    machine.put("/etc/triage/config.toml", written)
    assert machine.shows(SERVICE, "MainPID") == before
    for signal in ("SIGKILL", "SIGSTOP"):
        ends_and_comes_back(machine, SERVICE, signal)
    ends(machine, SERVICE)
    assert len(letters(robin.bodies())) == 1


def test_the_service_of_one_person_by_their_own_systemd(machine: Machine) -> None:
    machine.put("/opt/robin.toml", MAILDIR)
    machine.put("/home/robin/mail/new/1.triage", employers.rejection(ALDER).decode())
    made = "useradd --uid 4711 --no-create-home robin && mkdir /home/robin/mail/cur /home/robin/mail/tmp && "
    made += "touch --date=yesterday /home/robin/mail/new/1.triage && "
    assert machine.runs("sh", "-c", f"{made} chown -R robin: /home/robin").returncode == 0
    machine.systemctl("start", "user@4711")
    person = ["setpriv", "--reuid=4711", "--regid=4711", "--clear-groups", "env", "XDG_RUNTIME_DIR=/run/user/4711"]

    def systemctl(*arguments: str) -> str:
        done = machine.runs(*person, "systemctl", "--user", *arguments)
        assert done.returncode == 0, (arguments, done.stderr, machine.said()[-3000:])
        return done.stdout

    systemctl("start", SERVICE)
    status = machine.runs(
        "cat", f"/proc/{systemctl('show', '--value', '-p', 'MainPID', SERVICE).strip()}/status"
    ).stdout
    assert re.findall(r"^(?:Uid|NoNewPrivs|Seccomp):\s*(\d+)", status, re.M) == ["4711", "1", "2"]
    count = ["grep", "-rl", "^X-Triage-Letter:", "/home/robin/mail"]
    expect(lambda: len(machine.runs(*count).stdout.splitlines()) == 1, machine.said, within=60)
    systemctl("reload", SERVICE)
    systemctl("stop", SERVICE)
    ended = systemctl("show", "-p", "Result", "-p", "ExecMainStatus", "-p", "ActiveState", SERVICE)
    assert set(ended.split()) == {"Result=success", "ExecMainStatus=0", "ActiveState=inactive"}
