"""What is said of this machine and of the service on it, for each way it can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage.checkup import Finding, Verdict, on_machine, systemd
from triage.checkup.machine import Disk, Rights, disk, rights, writable
from triage.checkup.on_machine import Guarded, Service, Unit
from triage.checkup.systemd import Told

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
HERE = Path("/home/robin/triage")
UNIT = Unit(Path("/u/triage.service"), Path("/opt/triage"), startable=True)
ACTIVE = Told(True, "active", True, "success", 0, False)
RUNS = Service(True, UNIT, ACTIVE, lingers=True)


def guarded(*, read: bool = False, write: bool = False, ours: bool = True, secret: bool = True) -> Guarded:
    return Guarded("your log", Rights(HERE, read, write, ours), secret)


@pytest.mark.parametrize(
    ("found", "verdict", "says", "remedy"),
    [
        (on_machine.disk(Disk(63 * 1024**3, False, False), HERE), "ok", "63 GB free", ""),
        (on_machine.disk(Disk(None, False, False), HERE), "ok", "no limit", ""),
        (on_machine.disk(Disk(400 * 1024**2, False, False), HERE), "note", "only 400 MB", "room"),
        (on_machine.disk(Disk(3 * 1024**2, False, False), HERE), "WRONG", "3.0 MB", "Make room"),
        (on_machine.disk(Disk(63 * 1024**3, False, True), HERE), "WRONG", "no further file", "Make room"),
        (on_machine.disk(Disk(63 * 1024**3, True, False), HERE), "WRONG", "nothing can be written", "[store] path"),
        (on_machine.rights([guarded(), guarded()]), "ok", "only you", ""),
        (on_machine.rights([guarded(), guarded(read=True)]), "WRONG", "can read your log", "chmod go-rwx /home"),
        (on_machine.rights([guarded(write=True)]), "WRONG", "can change", "chmod go-rwx /home"),
        (on_machine.rights([guarded(ours=False)]), "WRONG", "somebody else", "chown"),
        (on_machine.rights([guarded(read=True, secret=False)]), "note", "your address", "chmod 600"),
        (on_machine.clock(NOW, is_set=True, last_poll=NOW), "ok", "by the network", ""),
        (on_machine.clock(NOW, is_set=None, last_poll=None), "ok", "nothing speaks against it", ""),
        (on_machine.clock(NOW, is_set=False, last_poll=None), "note", "not set", "set-ntp"),
        (on_machine.clock(NOW, is_set=True, last_poll=NOW + timedelta(hours=1)), "WRONG", "22:00", "Set the clock"),
        (on_machine.service(RUNS), "ok", "also while you are signed out", ""),
        (on_machine.service(replace(RUNS, lingers=False)), "ok", "enable-linger", ""),
        (on_machine.service(replace(RUNS, running=False)), "note", "not running", "enable --now"),
        (on_machine.service(replace(RUNS, told=replace(ACTIVE, enabled=False))), "note", "after a restart", "--now"),
        (on_machine.service(replace(RUNS, told=replace(ACTIVE, active="inactive"))), "note", "the window", "--now"),
        (on_machine.service(replace(RUNS, told=replace(ACTIVE, stale=True))), "note", "has changed", "daemon-reload"),
        (on_machine.service(replace(RUNS, told=replace(ACTIVE, found=False))), "note", "not know it", "daemon-reload"),
        (
            on_machine.service(replace(RUNS, told=replace(ACTIVE, active="failed", result="exit-code", status=77))),
            "WRONG",
            "(exit-code, exit code 77)",
            "password is missing",
        ),
        (
            on_machine.service(replace(RUNS, told=replace(ACTIVE, active="failed", result="watchdog", status=0))),
            "WRONG",
            "watchdog",
            "journalctl",
        ),
        (on_machine.service(replace(RUNS, told=None)), "note", "running; the unit is in place", ""),
        (on_machine.service(replace(RUNS, unit=replace(UNIT, startable=False))), "WRONG", "/opt/triage", "--force"),
        (on_machine.service(replace(RUNS, unit=None)), "note", "after a restart", "install-service"),
        (on_machine.service(Service(False, None, None, False)), "note", "not set up", "install-service"),
        (on_machine.service(Service(False, None, None, False, others=True)), "ok", "a system service", ""),
    ],
)
def test_what_is_said(found: Finding, verdict: str, says: str, remedy: str) -> None:
    assert found.verdict.value == verdict, found
    assert says in found.how
    assert remedy in found.remedy
    assert bool(found.code) == (found.verdict is Verdict.WRONG)
    assert bool(found.remedy) or found.verdict is not Verdict.WRONG, "what is wrong says what to do"


@pytest.mark.parametrize(
    ("running", "is_wrong", "is_read", "says"),
    [
        (True, False, True, ""),
        (False, True, False, ""),
        (True, True, False, "as it was before"),
        (True, False, False, "has not read"),
    ],
)
def test_a_running_service_and_its_configuration(running: bool, is_wrong: bool, is_read: bool, says: str) -> None:
    found = on_machine.old_configuration(running=running, is_wrong=is_wrong, is_read=is_read)
    assert (found is not None) == bool(says)
    assert found is None or says in found.how


def test_the_answer_of_systemctl_is_read() -> None:
    told = (
        "Result=exit-code\nExecMainStatus=77\nLoadState=loaded\nActiveState=failed\nUnitFileState=enabled\n"
        "NeedDaemonReload=no\nFragmentPath=/home/robin/.config/systemd/user/triage.service\n"
    )
    path = Path("/home/robin/.config/systemd/user/triage.service")
    assert systemd.read(told) == Told(True, "failed", True, "exit-code", 77, False, path)
    unknown = systemd.read("LoadState=not-found\nActiveState=inactive\nUnitFileState=\nExecMainStatus=[not set]\n")
    assert unknown == Told(False, "inactive", False, "", 0, False)
    assert systemd.read("Failed to connect to bus: No medium found\n") is None


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ('ExecStart="/opt/my 50%%home/triage" run', "/opt/my 50%home/triage"),
        ("ExecStart=/usr/bin/triage run", "/usr/bin/triage"),
        ("ExecStart=-@/usr/bin/triage triage run", "/usr/bin/triage"),
        ("ExecStart=", None),
        ('ExecStart="/opt/unfinished', None),
        ("Description=none", None),
    ],
)
def test_the_program_of_a_unit(line: str, program: str | None) -> None:
    found = systemd.program(f"[Service]\nType=notify\n{line}\n")
    assert found == (Path(program) if program else None)


@pytest.mark.parametrize(
    ("folder", "file", "read", "write"),
    [
        (0o700, 0o666, False, False),
        (0o755, 0o600, False, False),
        (0o755, 0o644, True, False),
        (0o755, 0o622, False, True),
    ],
)
def test_rights_count_the_folders_on_the_way(tmp_path: Path, folder: int, file: int, read: bool, write: bool) -> None:
    """Below a folder that nobody else may enter, a file is nobody else's, whatever its own rights are."""
    place = Path("/tmp") / f"triage-rights-{tmp_path.name}"
    place.mkdir(exist_ok=True)
    try:
        (place / "config.toml").touch()
        (place / "config.toml").chmod(file)
        place.chmod(folder)
        seen = rights(place / "config.toml")
        assert seen is not None
        assert (seen.read, seen.write, seen.ours) == (read, write, True)
    finally:
        (place / "config.toml").unlink()
        place.rmdir()
    assert rights(tmp_path / "nothing") is None


def test_the_disk_and_whether_it_can_be_written(tmp_path: Path) -> None:
    seen = disk(tmp_path / "not" / "there" / "yet")
    assert seen.free
    assert not seen.read_only
    before = tmp_path.stat().st_mtime_ns
    assert writable(tmp_path)
    assert (list(tmp_path.iterdir()), tmp_path.stat().st_mtime_ns) == ([], before), "nothing is left, not even a trace"
    assert not writable(Path("/proc"))
    assert not writable(tmp_path / "nothing")
