"""A clean Debian to try the package in: made once by debootstrap, copied for each try."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from release.build import run
from release.deb import HERE, Debian
from release.errors import ReleaseError

NEEDED = ("debootstrap", "unshare", "chroot")


def possible() -> str:
    """Why it cannot be done here; empty where it can."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [name for name in NEEDED if not shutil.which(name, path=path)]
    if missing:
        return f"it needs {', '.join(missing)}: apt-get install debootstrap util-linux"
    return "" if os.geteuid() == 0 else "it needs root"


def try_package(deb: Path, debian: Debian, work: Path) -> str:
    """Install it there, use it, remove it, and compare what is left; returns what was said at the end."""
    os.environ["PATH"] = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    clean, used = work / debian.name, work / f"{debian.name}-used"
    if not (clean / "usr/bin/python3").exists():
        _make(clean, debian)
    shutil.rmtree(used, ignore_errors=True)
    subprocess.run(["cp", "-a", str(clean), str(used)], check=True)
    shutil.copy(deb, used / "tmp/triage.deb")
    shutil.copy(HERE / "tried", used / "tmp/tried")
    shutil.copy("/etc/resolv.conf", used / "etc/resolv.conf")
    # Processes of its own, which end with the first of them, and mounts of its own, which nobody else sees.
    within = ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={used}/proc", "chroot", str(used)]
    said = run([*within, "sh", "/tmp/tried"], work, 0)  # noqa: S108  # in there
    shutil.rmtree(used)
    return said.strip().splitlines()[-1]


def _make(folder: Path, debian: Debian) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        run(
            ["debootstrap", "--variant=minbase", "--include=ca-certificates,python3", debian.name, str(folder)],
            folder.parent,
            0,
        )
    except ReleaseError:
        shutil.rmtree(folder, ignore_errors=True)  # half of a Debian is worse than none the next time
        raise
