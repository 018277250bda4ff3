"""What was seen of this machine and of systemd, as findings. Pure: what is seen, and the time, are given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from triage.checkup import Finding, note, ok, wrong
from triage.checkup.machine import Disk, Rights
from triage.checkup.systemd import Told
from triage.errors import ConfigError, CredentialError, StoreError

LEAST = 50 * 1024**2
"""Bytes: a log, its backups, and the copies that are made meanwhile need no more."""
SCARCE = 500 * 1024**2
_START = "systemctl --user enable --now triage"


def disk(seen: Disk, folder: Path) -> Finding:
    """Is there room for the log?"""
    free = f"{size(seen.free)} free" if seen.free is not None else "no limit"
    left = seen.free if seen.free is not None else SCARCE
    if seen.read_only:
        remedy = "Make it writable, or put the log elsewhere: [store] path."
        return wrong("disk", f"nothing can be written where the log is ({folder}).", remedy, StoreError.exit_code)
    if left < LEAST or seen.full_of_files:
        how = f"{free} where the log is." if not seen.full_of_files else "no further file can be made on this disk."
        return wrong("disk", how, f"Make room on the disk of {folder}.", StoreError.exit_code)
    if left < SCARCE:
        return note("disk", f"only {free} where the log is", "Make some room soon.")
    return ok("disk", free)


def size(count: int) -> str:
    """Bytes, as people say it."""
    units = ((1024**3, "GB"), (1024**2, "MB"), (1024, "kB"))
    unit, name = next(((unit, name) for unit, name in units if count >= unit), (1, "bytes"))
    amount = count / unit
    return f"{amount:.1f} {name}" if amount < 10 and unit > 1 else f"{amount:.0f} {name}"


@dataclass(frozen=True, slots=True)
class Guarded:
    """A file or folder of ours; with `secret`, nobody else should so much as read it."""

    what: str
    rights: Rights
    secret: bool = True


def rights(all_of_them: Iterable[Guarded]) -> Finding:
    """Who may read and change what is ours: the first thing that is not as it should be, or that all is well."""
    seen = list(all_of_them)
    for one in seen:
        if not one.rights.ours:
            remedy = f'sudo chown "$USER" {one.rights.path}'
            return wrong("rights", f"{one.what} belongs to somebody else.", remedy, CredentialError.exit_code)
        if one.rights.write:
            remedy = f"chmod go-rwx {one.rights.path}"
            return wrong("rights", f"other people can change {one.what}.", remedy, CredentialError.exit_code)
        if one.rights.read and one.secret:
            remedy = f"chmod go-rwx {one.rights.path}"
            return wrong("rights", f"other people can read {one.what}.", remedy, CredentialError.exit_code)
    readable = [one for one in seen if one.rights.read]
    if readable:
        how = f"other people on this computer can read {readable[0].what} (your address is in it)"
        return note("rights", how, f"chmod 600 {readable[0].rights.path}")
    return ok("rights", f"only you can read {_listed(one.what for one in seen)}")


def _listed(things: Iterable[str]) -> str:
    *first, last = things
    return f"{', '.join(first)} and {last}" if first else last


def clock(now: datetime, *, is_set: bool | None, last_poll: datetime | None) -> Finding:
    """This computer's clock: a letter comes by it. `last_poll`: when the service last looked, by the same clock."""
    if last_poll is not None and last_poll - now > timedelta(minutes=10):
        how = f"it is {now:%Y-%m-%d %H:%M} UTC here, but the service looked at your mail at {last_poll:%Y-%m-%d %H:%M}."
        return wrong("clock", how, "Set the clock: timedatectl set-ntp true", ConfigError.exit_code)
    if is_set is False:
        how = "not set by the network: it may be off without anybody noticing"
        return note("clock", how, "timedatectl set-ntp true")
    return ok("clock", "set by the network" if is_set else "nothing speaks against it")


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit file of this person, as it lies there. `program`: what it starts; `startable`: is that there?"""

    path: Path
    program: Path | None
    startable: bool
    config: str = ""
    """The configuration it names; empty where it leaves the search to the program."""


@dataclass(frozen=True, slots=True)
class Service:
    """What is known of the service. `unit` None: no unit file; `told` None: systemd cannot be asked."""

    running: bool
    unit: Unit | None
    told: Told | None
    lingers: bool
    others: bool = False
    """A system-wide unit is there."""


def service(seen: Service) -> Finding:
    """Does it run, will it again tomorrow, and if not, what does it take?"""
    if seen.unit is None:
        return _without_unit(seen)
    if not seen.unit.startable:
        how = f"the unit starts {seen.unit.program or 'nothing'}, and that is not there (any more)."
        return wrong("service", how, "triage install-service --force", ConfigError.exit_code)
    if seen.told is None:
        state = "running" if seen.running else "not running"
        return note("service", f"{state}; the unit is in place, and systemd could not be asked about it")
    return _by_systemd(seen, seen.told)


def _without_unit(seen: Service) -> Finding:
    if seen.others:
        return ok("service", "a system service; `systemctl status triage` says how it is")
    if seen.running:
        return note("service", "running, but nobody starts it again after a restart", "triage install-service")
    return note("service", "not set up: mail is looked at only by `triage poll`", "triage install-service")


def _by_systemd(seen: Service, told: Told) -> Finding:
    if told.stale:
        return note("service", "the unit has changed since systemd read it", "systemctl --user daemon-reload")
    if not told.found:
        how = "the unit is in place, but systemd does not know it yet"
        return note("service", how, f"systemctl --user daemon-reload && {_START}")
    if told.active == "failed":
        how = f"it has ended by itself and stays so ({told.result}, exit code {told.status})."
        remedy = f"Mend what is WRONG here, then: systemctl --user restart triage{_why(told.status)}"
        return wrong("service", how, remedy, 1)
    if lacking := _lacking(seen, told):
        return note("service", lacking, _START)
    if seen.lingers:
        return ok("service", "running, also while you are signed out")
    return ok("service", "running while you are signed in; `loginctl enable-linger` makes that always")


def _lacking(seen: Service, told: Told) -> str:
    """What keeps it from running now and tomorrow; empty where nothing does."""
    if not seen.running:
        return "not running"
    if told.active not in ("active", "activating", "reloading"):
        return "running, but not by systemd: it ends with the window it was started in"
    return "" if told.enabled else "running, but not to be started again after a restart"


def _why(status: int) -> str:
    words = {77: " (77: a password is missing or was refused)", 78: " (78: the configuration is wrong)"}
    return words.get(status, " (why: journalctl --user -u triage -n 20)")


def old_configuration(*, running: bool, is_wrong: bool, is_read: bool) -> Finding | None:
    """Does a running service go by another configuration than the one in the file? None where it does not."""
    if not running or (is_read and not is_wrong):
        return None
    if is_wrong:
        return note("running service", "goes on with the configuration as it was before it went wrong")
    return note("running service", "has not read the changed configuration yet", "triage reload")
