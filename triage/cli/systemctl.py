"""The person's own systemd, asked by its command; and whether there is one at all, as in a container there is not."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

from triage.install import UNIT

_PATIENCE = 120.0
"""Seconds: a service that starts reads the first mails before it is ready."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and the last line of what it said."""

    well: bool
    words: str


def there() -> bool:
    """Is a systemd of this user running?"""
    return _run("systemctl", "--user", "show-environment").well


def reload() -> Said:
    """Have it read the unit files anew."""
    return _run("systemctl", "--user", "daemon-reload")


def start() -> Said:
    """Start the service, anew if it runs, and with every session from now on."""
    enabled = _run("systemctl", "--user", "enable", UNIT)
    return _run("systemctl", "--user", "restart", UNIT) if enabled.well else enabled


def stop() -> Said:
    """Stop it, now and for the sessions to come."""
    return _run("systemctl", "--user", "disable", "--now", UNIT)


def is_running() -> bool:
    """Does the service run?"""
    return _run("systemctl", "--user", "is-active", UNIT).well


def lingers() -> bool:
    """Do this user's services run also while the user is signed out (logind's "linger")?"""
    return _run("loginctl", "show-user", "--property=Linger", "--value", str(os.getuid())).words == "yes"


def linger() -> Said:
    """Let them."""
    return _run("loginctl", "enable-linger")


def _run(*command: str) -> Said:
    program = shutil.which(command[0])
    if program is None:
        return Said(well=False, words=f"there is no {command[0]} here")
    try:
        done = subprocess.run([program, *command[1:]], capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Said(well=False, words=f"{command[0]}: {type(error).__name__}")
    words = (done.stderr or done.stdout).strip().splitlines()
    return Said(done.returncode == 0, words[-1] if words else "")
