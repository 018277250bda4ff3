"""Starting the service: by the person's own systemd where there is one, and honestly said where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from triage.cli import systemctl
from triage.cli.installing import executable
from triage.cli.wizard.asking import Question, listed, say
from triage.cli.wizard.course import Course
from triage.errors import TriageError
from triage.install import place_user_unit, unit_folder

STARTED, LATER, HERE = "started", "not started", "in this window"
_LINGER = (
    "On this computer, programs end when you sign out, and triage with them. It can go on while you are signed out, "
    "and after a restart; then all background services of yours may do so, not triage alone."
)
_KEYRING = (
    "triage works while you are signed in: only then your keyring is open, where the password is. What comes "
    "meanwhile is not missed, it is read when you are back."
)


def start(course: Course, config: Path | None, *, in_keyring: bool) -> str:
    """Ask, and start it. Returns what came of it. Raises TriageError.

    `config` is the file where it is not in the usual place.
    """
    if not systemctl.there():
        return _without(course, config)
    running = systemctl.is_running()
    words = "Start triage anew, with these settings?" if running else "Start triage now, in the background?"
    if not course.asker.yes(Question(words, "--no-service", "y")):
        return STARTED if running else LATER
    place_user_unit(executable(), unit_folder(), config)
    systemctl.reload()
    done = systemctl.start()
    if not done.well:
        why = done.words.rstrip(".")
        raise TriageError(f"triage did not start ({why}). What it said: journalctl --user -u triage -n 20")
    if running:
        say("triage is running with these settings now.")
    else:
        say("triage is running, and starts by itself from now on.")
        _stay(course, in_keyring=in_keyring)
    return STARTED


def _stay(course: Course, *, in_keyring: bool) -> None:
    """Whether it goes on while nobody is signed in."""
    if in_keyring:
        say(_KEYRING)
        return
    if systemctl.lingers():
        return
    say(_LINGER)
    if course.asker.yes(Question("Let it go on while you are signed out?", "--yes", "n")):
        done = systemctl.linger()
        if not done.well:
            say("That takes an administrator here. They can type:")
            listed(["sudo loginctl enable-linger $USER"])


def _without(course: Course, config: Path | None) -> str:
    say(
        "Nothing here can run triage in the background (there is no systemd for you, as in a container). It can run in "
        "a window that stays open. On a server, an administrator finds more under: triage install-service --system"
    )
    question = Question("Start it in this one now? Ctrl-C ends it.", "--no-service", "n")
    return HERE if not course.asker.alone and course.asker.yes(question) else LATER


def command(config: Path | None) -> Sequence[str]:
    """What to type to run it."""
    return ("triage", *(("--config", str(config)) if config else ()), "run")
