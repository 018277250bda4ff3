"""A machine with a real systemd, for tests of units: this one's files below a layer of their own, and its network.

What is changed there is in memory and gone with it. It takes root, a systemd that is installed, and a kernel that lets
namespaces be made; where one of these is missing, `boot` says which.

with boot({"etc/systemd/system/some.service": unit}) as machine:
    machine.systemctl("start", "some.service")
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = Path("/opt/triage/bin/triage")
PATIENCE = 60.0
_SYSTEMD = Path("/lib/systemd/systemd")
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_TOOLS = "unshare", "nsenter", "setpriv", "pivot_root", "systemctl"
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
# A Python that lies in somebody's home is hidden from services there; elsewhere it has to be told where its library is.
_RUNS = f"""#!/bin/sh
export PYTHONPATH=/opt/triage/code:/opt/triage/packages LD_LIBRARY_PATH=/opt/triage/python/lib PYTHONDONTWRITEBYTECODE=1
exec /opt/triage/python/bin/{_PYTHON} -P -m triage "$@"
"""
# Its units are those that Debian starts by itself, and those that are given: nothing that was set up on this machine.
_BOOT = """set -eu
mount -t tmpfs -o mode=755 none "$1"
cd "$1"
mkdir files work root groups
mount -t cgroup2 none groups
mine=groups$(sed -n s/^0:://p /proc/self/cgroup)/$2
mkdir -p "$mine"
echo 0 > "$mine/cgroup.procs"
umount groups
cp -a "$3/." files/
mount -t overlay -o lowerdir=/,upperdir=files,workdir=work none root
cd root
mount -t proc none proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro none sys
for place in run dev dev/shm; do mkdir -p $place; mount -t tmpfs -o mode=755 none $place; done
mount -t tmpfs -o mode=1777 none tmp
mkdir dev/pts
for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
mount -t devpts -o newinstance,ptmxmode=0666 none dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 none etc/systemd/system
cp -a "$3/etc/systemd/system/." etc/systemd/system/
mkdir -p opt/triage/code opt/triage/packages opt/triage/python old
mount --bind "$4" opt/triage/code
mount --bind "$5" opt/triage/packages
mount --bind "$6" opt/triage/python
pivot_root . old
umount -l /old
# As at a real start: services find here what systemd mounts for them in namespaces of their own.
mount --make-rshared /
exec unshare --cgroup sh -c '
    mount -t cgroup2 none /sys/fs/cgroup
    exec env -i container=tests PATH=/usr/sbin:/usr/bin \
        /lib/systemd/systemd --system --unit=basic.target --log-target=journal --show-status=no'
"""
_CLEAN = """mount -t cgroup2 none "$1"
find "$1$(sed -n s/^0:://p /proc/self/cgroup)/$2" -depth -type d -exec rmdir {} +
"""


class Refused(Exception):  # noqa: N818  # not here, but elsewhere
    """No such machine can be had here; says why."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One that runs; `init` is its first process, as this machine numbers it."""

    init: int

    def runs(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """A command there, as root, to its end."""
        return subprocess.run(
            ["nsenter", "--target", str(self.init), "--all", "--root", "--wd", *command],
            env={"PATH": _PATH, "LC_ALL": "C.UTF-8"},
            input=stdin, capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip

    def systemctl(self, *arguments: str) -> None:
        done = self.runs("systemctl", *arguments)
        assert done.returncode == 0, (arguments, done.stderr, self.said()[-3000:])

    def shows(self, unit: str, name: str) -> str:
        """What systemd says of a unit."""
        return self.runs("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()

    def said(self) -> str:
        """Everything in its journal."""
        return self.runs("journalctl", "--no-pager", "--quiet", "--output=short-monotonic").stdout

    def put(self, path: str, text: str) -> None:
        """A file, with the folders above it."""
        done = self.runs("sh", "-c", 'mkdir -p "${1%/*}" && cat > "$1"', "sh", path, stdin=text)
        assert done.returncode == 0, done.stderr


@contextmanager
def boot(files: Mapping[str, str]) -> Iterator[Machine]:
    """One with these files, by their path without the first slash. Raises Refused."""
    _require()
    with tempfile.TemporaryDirectory(prefix="boot-", dir="/tmp") as folder:
        place = Path(folder)
        (place / "given/etc/systemd/system").mkdir(parents=True)
        given = {**files, "etc/fstab": "", "etc/machine-id": f"{'5eed' * 8}\n", str(PROGRAM)[1:]: _RUNS}
        for name, text in given.items():
            path = place / "given" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (place / "given" / str(PROGRAM)[1:]).chmod(0o755)
        (place / "machine").mkdir()
        begun = _begin(place)
        try:
            yield _ready(begun, place)
        finally:
            # With its first process all others go, and then the one that has waited for it.
            for one in _children(begun):
                os.kill(one, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                begun.wait(30)
            begun.kill()
            _clear(place)


def _require() -> None:
    if os.geteuid() != 0:
        raise Refused("only root can start a machine")
    if missing := [name for name in _TOOLS if not shutil.which(name, path=_PATH)]:
        raise Refused(f"not installed: {', '.join(missing)}")
    if not _SYSTEMD.exists():
        raise Refused("systemd is not installed")


def _begin(place: Path) -> subprocess.Popen[str]:
    packages = sysconfig.get_paths()["purelib"]
    apart = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--propagation=private"]
    # With this machine's network, it is not to change this machine's clock or kernel.
    alone = ["setpriv", "--pdeathsig=KILL", "--bounding-set=-sys_module,-sys_time,-syslog"]
    given = [str(place / "machine"), place.name, str(place / "given"), str(ROOT), packages, sys.base_prefix]
    with (place / "refused").open("w") as refused:
        return subprocess.Popen(
            [*alone, *apart, "sh", "-c", _BOOT, "sh", *given],
            stdin=subprocess.DEVNULL, stdout=refused, stderr=refused, text=True,
            env={"PATH": _PATH}, start_new_session=True,
        )  # fmt: skip


def _ready(begun: subprocess.Popen[str], place: Path) -> Machine:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and begun.poll() is None:
        children = _children(begun)
        if children and Path(f"/proc/{children[0]}/comm").read_text().strip() == "systemd":
            machine = Machine(children[0])
            if machine.runs("systemctl", "is-active", "--quiet", "basic.target").returncode == 0:
                return machine
        time.sleep(0.1)
    raise Refused(f"systemd did not start: {(place / 'refused').read_text()[-500:].strip()}")


def _children(begun: subprocess.Popen[str]) -> list[int]:
    path = Path(f"/proc/{begun.pid}/task/{begun.pid}/children")
    return [int(one) for one in path.read_text().split()] if begun.poll() is None else []


def _clear(place: Path) -> None:
    """What the kernel keeps of its groups of processes."""
    said = [str(place / "machine"), place.name]
    subprocess.run(
        ["unshare", "--mount", "--propagation=private", "sh", "-c", _CLEAN, "sh", *said],
        env={"PATH": _PATH},
        check=False,
    )
