"""What systemd says of the service. Looks only: nothing is started, and nothing is loaded anew."""

from __future__ import annotations

import getpass
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from triage.checkup.machine import output

LINGERING = Path("/var/lib/systemd/linger")
"""A file by the name of each person whose services run without them being signed in (loginctl(1))."""
_ASKED = ("LoadState", "ActiveState", "UnitFileState", "Result", "ExecMainStatus", "NeedDaemonReload", "FragmentPath")
_TOGGLES = "-@:+!|"
"""What may stand before a program's name in a unit (systemd.service(5))."""


@dataclass(frozen=True, slots=True)
class Told:
    """The answer of `systemctl --user show`."""

    found: bool
    active: str
    """Such as "active", "inactive", "failed", "activating"."""
    enabled: bool
    result: str
    status: int
    """The exit code of its last run."""
    stale: bool
    """The unit file has changed since systemd read it."""
    path: Path | None = None


def ask(unit: str) -> Told | None:
    """What this person's own systemd says of a unit; None where it cannot be asked."""
    told = output("systemctl", "--user", "show", unit, f"--property={','.join(_ASKED)}")
    return read(told) if told else None


def read(told: str) -> Told | None:
    """The same, from the text of the answer."""
    known = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    if "LoadState" not in known:
        return None
    status = known.get("ExecMainStatus", "0")
    return Told(
        found=known["LoadState"] == "loaded",
        active=known.get("ActiveState", ""),
        enabled=known.get("UnitFileState", "").startswith("enabled"),
        result=known.get("Result", ""),
        status=int(status) if status.isdecimal() else 0,
        stale=known.get("NeedDaemonReload") == "yes",
        path=Path(known["FragmentPath"]) if known.get("FragmentPath") else None,
    )


def lingers() -> bool:
    """Do this person's services go on when they sign out, and begin when the machine does?"""
    try:
        return (LINGERING / getpass.getuser()).exists()
    except (KeyError, OSError):  # nobody by that name, as in a container
        return False


def program(unit: str) -> Path | None:
    """The program that a unit starts, from the text of the unit; None where it names none."""
    line = next((one for one in unit.splitlines() if one.startswith("ExecStart=")), "")
    try:
        words = shlex.split(line.partition("=")[2])
    except ValueError:
        return None
    return Path(words[0].lstrip(_TOGGLES).replace("%%", "%")) if words else None


def startable(path: Path) -> bool:
    """Is there a program here?"""
    return path.is_file() and os.access(path, os.X_OK)
