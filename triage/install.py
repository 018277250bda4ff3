"""Puts the service's unit file where the person's own systemd finds it. Starts nothing: it says which command does.

A first line with a checksum tells a unit as we wrote it, which a newer version may replace, from one that a
person has changed, which nobody may.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

import platformdirs

from triage import whole
from triage.errors import InputError

UNIT = "triage.service"
COMMANDS = ("systemctl --user daemon-reload && systemctl --user enable --now triage", "journalctl --user -u triage -f")
HINT = "To keep it running while you are signed out: loginctl enable-linger"
_MARK = "# Written by `triage install-service`; checksum of the lines below: "


class Outcome(StrEnum):
    """What was done to the unit file."""

    WRITTEN = "written"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the unit is, and the commands that follow: the first starts the service, the second shows its log."""

    path: Path
    outcome: Outcome
    commands: tuple[str, ...] = COMMANDS
    hint: str = HINT


def unit_folder() -> Path:
    """Where systemd looks for this person's own units (systemd.unit(5), "User Unit Search Path")."""
    return platformdirs.user_config_path("systemd", appauthor=False) / "user"


def user_unit(executable: Path, config: Path | None) -> str:
    """The unit of one person's own service. `config` None leaves the search for the file to the service."""
    setting = f'"{_escaped(f"TRIAGE_CONFIG={config.absolute()}")}"' if config else ""
    return _marked(_filled("triage.service", executable).replace("@CONFIG@", setting))


def system_unit(executable: Path) -> str:
    """The hardened unit for a machine without a desktop session, for its administrator to place."""
    return _filled("triage-system.service", executable)


def worker_unit(executable: Path) -> str:
    """The hardened template unit for the workers of a hosted service, for its administrator to place."""
    return _filled("triage-worker@.service", executable)


def place_user_unit(executable: Path, folder: Path, config: Path | None, *, force: bool = False) -> Placed:
    """Write the unit into `folder`. `force` overwrites even what a person has changed.

    Raises InputError where the program or the folder cannot be used, and for a changed unit without `force`.
    """
    _startable(executable)
    path, text = folder / UNIT, user_unit(executable, config)
    try:
        return Placed(path, _place(path, text, force=force))
    except OSError as error:
        raise InputError(f"{path}: the unit cannot be written: {error.strerror}.") from None


def remove_user_unit(folder: Path) -> bool:
    """Take our unit away, and the link by which it was switched on. False where it is not ours, and stays.

    One that is gone already is as good as removed. Raises InputError where it cannot be removed.
    """
    path = folder / UNIT
    if (path.is_symlink() or path.exists()) and not _ours(path):
        return False
    try:
        path.unlink(missing_ok=True)
        for link in folder.glob(f"*.wants/{UNIT}"):
            link.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path}: the unit cannot be removed: {error.strerror}.") from None
    return True


def _startable(executable: Path) -> None:
    if not os.access(executable, os.X_OK) or executable.is_dir():
        raise InputError(f"{executable}: there is no program here that systemd could start; install triage first.")
    if not str(executable).isprintable() or set(str(executable)) & set("\"'\\"):
        raise InputError(f"{executable}: systemd starts no program with such a name; install triage in another place.")


def _place(path: Path, text: str, *, force: bool) -> Outcome:
    if path.is_symlink() or path.exists():
        outcome = Outcome.UNCHANGED if _written(path) == text else Outcome.REPLACED
        if outcome is Outcome.REPLACED and not force and not _ours(path):
            raise InputError(
                f"{path}: this unit was changed by hand, so it is left alone; move your changes to a drop-in "
                "(systemctl --user edit triage), then repeat with --force."
            )
    else:
        outcome = Outcome.WRITTEN
    if outcome is not Outcome.UNCHANGED:
        whole.write(path, text.encode(), whole.PUBLIC)  # systemd never sees half a unit
    return outcome


def _written(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _ours(path: Path) -> bool:
    """Is this a file as we wrote it? A link is not: someone keeps the unit elsewhere, or has masked it."""
    first, _, rest = _written(path).partition("\n")
    return not path.is_symlink() and f"{first}\n{rest}" == _marked(rest)


def _marked(text: str) -> str:
    return f"{_MARK}{hashlib.sha256(text.encode()).hexdigest()[:16]}\n{text}"


def _filled(name: str, executable: Path) -> str:
    template = files("triage").joinpath("systemd", name).read_text(encoding="utf-8")
    return template.replace("@TRIAGE@", f'"{_escaped(str(executable.absolute()))}"')


def _escaped(text: str) -> str:
    r"""`text` for between double quotes in a unit file: \ and " by systemd.syntax(7), % by systemd.unit(5)."""
    return text.replace("\\", r"\\").replace('"', r"\"").replace("%", "%%")
