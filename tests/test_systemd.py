"""The unit files, judged by systemd's own tools; how they are put in place; and the line to the service manager."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from triage.errors import InputError
from triage.hosting.settings import Worker
from triage.install import UNIT, Outcome, place_user_unit, system_unit, unit_folder, user_unit, worker_unit
from triage.notify import Notifier

ANALYZE = shutil.which("systemd-analyze", path=f"{os.environ.get('PATH', '')}:/usr/bin:/bin") or ""
needs_systemd = pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not installed")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program in a place with a name that is hard on a unit file."""
    path = tmp_path / "my 50%home $HOME é" / "triage"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def analyze(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    return subprocess.run(
        [ANALYZE, "--no-pager", *arguments], env=environ, capture_output=True, text=True, check=False, timeout=60
    )


def settings(unit: str) -> list[str]:
    return [line for line in unit.splitlines() if line and not line.startswith(("#", "["))]


@needs_systemd
@pytest.mark.parametrize("made", [system_unit, worker_unit])
def test_the_system_unit_is_well_locked_in(tmp_path: Path, program: Path, made: Callable[[Path], str]) -> None:
    """The threshold is ten times the exposure, which systemd rates from 0 (locked in) to 10 (free)."""
    unit = tmp_path / "triage-system.service"
    unit.write_text(made(program))
    rated = analyze(tmp_path, "security", "--offline=true", "--threshold=15", str(unit))
    assert rated.returncode == 0, rated.stdout


@needs_systemd
def test_the_rating_would_notice_a_loosened_unit(tmp_path: Path, program: Path) -> None:
    unit = tmp_path / "triage-system.service"
    loosened = [line for line in system_unit(program).splitlines() if not line.startswith("ProtectSystem=")]
    unit.write_text("\n".join(line for line in loosened if not line.startswith(("SystemCallFilter", "Capability"))))
    assert analyze(tmp_path, "security", "--offline=true", "--threshold=15", str(unit)).returncode != 0


@needs_systemd
@pytest.mark.parametrize("kind", ["user", "system"])
def test_systemd_has_nothing_to_complain_about(tmp_path: Path, program: Path, kind: str) -> None:
    unit = tmp_path / "triage.service"
    unit.write_text(user_unit(program, tmp_path / "50%home.toml") if kind == "user" else system_unit(program))
    verified = analyze(tmp_path, f"--{kind}", "verify", str(unit))
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


@needs_systemd
@pytest.mark.parametrize("instance", ["", "1"])
def test_systemd_has_nothing_to_complain_about_a_worker(tmp_path: Path, program: Path, instance: str) -> None:
    unit = tmp_path / f"triage-worker@{instance}.service"
    unit.write_text(worker_unit(program))
    verified = analyze(tmp_path, "--system", "verify", str(unit))
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_a_worker_has_the_time_it_takes_to_end_and_never_gives_up(program: Path) -> None:
    lines = settings(worker_unit(program))
    (seconds,) = (int(line.partition("=")[2].rstrip("s")) for line in lines if line.startswith("TimeoutStopSec="))
    assert seconds > Worker().farewell_seconds + 5
    for line in ("Type=notify", "Restart=always", "RestartPreventExitStatus=77 78", "StartLimitIntervalSec=0"):
        assert line in lines
    assert [line for line in lines if "@" in line] == [
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
    ]


def test_a_worker_is_as_locked_in_as_the_service_of_one(program: Path) -> None:
    """The same shell around both, but for what each of them owns and may use up."""
    own = (
        "Type=",
        "ExecStart",
        "ExecReload",
        "Environment",
        "Watchdog",
        "Timeout",
        "Restart=",
        "RestartSec",
        "LoadCred",
    )
    both = [
        {line for line in settings(made(program)) if not line.startswith((*own, "Description", "After", "StartLimit"))}
        for made in (system_unit, worker_unit)
    ]
    assert {line.partition("=")[0] for line in both[0] ^ both[1]} == {
        *("StateDirectory", "StateDirectoryMode", "ConfigurationDirectory", "ConfigurationDirectoryMode"),
        *("RuntimeDirectory", "RuntimeDirectoryMode", "MemoryMax", "TasksMax", "LimitNOFILE"),
    }


@needs_systemd
def test_systemd_would_complain_about_a_missing_program(tmp_path: Path) -> None:
    unit = tmp_path / "triage.service"
    unit.write_text(system_unit(tmp_path / "missing"))
    assert "missing" in analyze(tmp_path, "--system", "verify", str(unit)).stderr


@pytest.mark.parametrize("kind", ["user", "system"])
def test_both_units_agree_on_when_to_give_up(program: Path, kind: str) -> None:
    lines = settings(user_unit(program, None) if kind == "user" else system_unit(program))
    for line in (
        "Type=notify",
        "Restart=on-failure",
        "RestartPreventExitStatus=77 78",
        "StartLimitBurst=5",
        "LimitCORE=0",
        "UMask=0077",
    ):
        assert line in lines
    assert [line for line in lines if "@" in line] == ["SystemCallFilter=@system-service"] + (
        ["SystemCallFilter=~@privileged @resources"] if kind == "system" else []
    )


def test_the_unit_is_written_and_the_commands_are_told(tmp_path: Path, program: Path) -> None:
    old = os.umask(0o077)
    try:
        placed = place_user_unit(program, tmp_path / "systemd" / "user", tmp_path / "c.toml")
    finally:
        os.umask(old)
    assert placed.outcome is Outcome.WRITTEN
    assert placed.path == tmp_path / "systemd" / "user" / UNIT
    assert stat.S_IMODE(placed.path.stat().st_mode) == 0o644
    assert f'Environment="TRIAGE_CONFIG={tmp_path}/c.toml"' in settings(placed.path.read_text())
    assert placed.commands[0] == "systemctl --user daemon-reload && systemctl --user enable --now triage"
    assert "enable-linger" in placed.hint
    assert [path.name for path in placed.path.parent.iterdir()] == [UNIT]


def test_without_a_configuration_the_service_looks_for_it(program: Path) -> None:
    assert "Environment=" in settings(user_unit(program, None))


def test_what_is_a_specifier_to_systemd_is_a_plain_name_in_the_unit(program: Path) -> None:
    lines = settings(user_unit(program, program.with_name('a "%h".toml')))
    folder = str(program.parent).replace("%", "%%")
    assert f'ExecStart="{folder}/triage" run' in lines
    assert f'Environment="TRIAGE_CONFIG={folder}/a \\"%%h\\".toml"' in lines


def test_writing_it_twice_changes_nothing(tmp_path: Path, program: Path) -> None:
    first = place_user_unit(program, tmp_path, None).path.stat()
    again = place_user_unit(program, tmp_path, None)
    assert again.outcome is Outcome.UNCHANGED
    assert (again.path.stat().st_ino, again.path.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)


def test_our_own_older_unit_is_replaced(tmp_path: Path, program: Path) -> None:
    place_user_unit(program, tmp_path, tmp_path / "old.toml")
    assert place_user_unit(program, tmp_path, tmp_path / "new.toml").outcome is Outcome.REPLACED
    assert "new.toml" in (tmp_path / UNIT).read_text()


@pytest.mark.parametrize("change", ["appended", "own", "linked", "linked to ours", "masked"])
def test_a_unit_the_person_changed_is_left_alone_unless_forced(tmp_path: Path, program: Path, change: str) -> None:
    path = tmp_path / UNIT
    if change == "appended":
        place_user_unit(program, tmp_path, None)
        path.write_text(path.read_text() + "Environment=TZ=UTC\n")
    elif change == "own":
        path.write_text("[Service]\nExecStart=/bin/true\n")
    elif change == "linked to ours":
        path.symlink_to(place_user_unit(program, tmp_path / "elsewhere", tmp_path / "old.toml").path)
    else:
        path.symlink_to("/dev/null" if change == "masked" else program)
    before = (path.is_symlink(), path.read_bytes())
    with pytest.raises(InputError, match="changed by hand"):
        place_user_unit(program, tmp_path, None)
    assert (path.is_symlink(), path.read_bytes()) == before
    assert place_user_unit(program, tmp_path, None, force=True).outcome is Outcome.REPLACED
    assert path.read_text() == user_unit(program, None)
    assert program.read_text() == "#!/bin/sh\n"


@pytest.mark.parametrize("name", ["missing", "", 'tri"age', "tri'age", "tri\\age", "tri\nage"])
def test_a_program_systemd_cannot_start_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name and name != "missing":
        path.touch(0o755)
    with pytest.raises(InputError):
        place_user_unit(path, tmp_path / "units", None)
    assert not (tmp_path / "units").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, program: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/triage\.service: the unit cannot be written"):
        place_user_unit(program, tmp_path / "file", None)


def test_the_units_place_is_the_persons_own() -> None:
    assert unit_folder().parts[-2:] == ("systemd", "user")


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """What a service manager listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        yield listening


def heard(listening: socket.socket) -> list[str]:
    return listening.recv(4096).decode().splitlines()


def test_the_service_manager_hears_every_word(systemd: socket.socket) -> None:
    notifier = Notifier(systemd.getsockname())
    notifier.ready()
    assert heard(systemd) == ["READY=1"]
    notifier.status("Watching 2 folders")
    assert heard(systemd) == ["STATUS=Watching 2 folders"]
    for _ in range(3):
        notifier.alive()
        assert heard(systemd) == ["WATCHDOG=1"]
    notifier.stopping()
    assert heard(systemd) == ["STATUS=Stopping", "STOPPING=1"]


@pytest.mark.parametrize(
    ("asked", "every"),
    [("600000000", 300.0), ("3000000", 1.5), ("", None), ("0", None), ("soon", None)],
    ids=["as our units have it", "hurried", "no watchdog", "switched off", "nonsense"],
)
def test_signs_of_life_come_as_often_as_they_are_waited_for(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch, asked: str, every: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", asked)
    assert Notifier(systemd.getsockname()).every == every
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert Notifier().every is None, "nobody listens"


def test_a_status_is_one_line_whatever_stands_in_it(systemd: socket.socket) -> None:
    Notifier(systemd.getsockname()).status("a\nSTOPPING=1\r\n" + "x" * 500)
    (line,) = heard(systemd)
    assert line.startswith("STATUS=a STOPPING=1 xxx")
    assert len(line) < 250


def test_the_environment_says_where_to_talk(systemd: socket.socket) -> None:
    code = "from triage.notify import Notifier; Notifier().ready()"
    environ = {**os.environ, "NOTIFY_SOCKET": str(systemd.getsockname()), "WATCHDOG_USEC": "600000000"}
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=30)
    assert heard(systemd) == ["READY=1"]


@pytest.mark.parametrize("address", [None, "/nowhere/at/all", "@nobody-listens-here"])
def test_to_be_unheard_is_no_reason_to_stop(address: str | None) -> None:
    notifier = Notifier(address)
    for word in (notifier.ready, notifier.alive, notifier.stopping):
        word()


def filled(address: str) -> int:
    """How many messages another program could leave there without waiting. A full buffer of its own ends that, too."""
    sent = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, suppress(BlockingIOError):
        other.setblocking(False)
        while True:
            other.sendto(b"STATUS=", address)
            sent += 1
    return sent


def test_a_service_manager_that_does_not_listen_holds_nothing_up(systemd: socket.socket) -> None:
    notifier = Notifier(systemd.getsockname())
    notifier.alive()
    while filled(systemd.getsockname()):
        pass
    notifier.alive()  # comes back although nobody has taken anything off the queue
    assert heard(systemd) == ["WATCHDOG=1"]
