"""What `triage check` looks at on this computer: the configuration, the log, the letters' words, the service."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from triage.checkup import Finding, failed, ok, on_machine, parted, systemd, wrong
from triage.checkup.machine import clock_is_set, disk, nearest, rights, writable
from triage.cli.running import running
from triage.cli.settings import Settings
from triage.config.locate import store_folder
from triage.config.outline import outline, seal
from triage.config.values import Config
from triage.errors import ConfigError, StoreError, TriageError
from triage.install import UNIT, unit_folder
from triage.store.folder import FILE
from triage.store.look import Looked, look, newest_backup

CONFIGURATION = "configuration"
_EVERYBODYS = Path("/etc/systemd/system/triage.service")


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together; without a title, this computer."""

    title: str
    findings: tuple[Finding, ...]


def of_this_computer(settings: Settings, now: datetime) -> Group:
    """All but the servers. Where the configuration is wrong, only that, and what a running service makes of it."""
    return Group("", tuple(_findings(settings, now)))


def _findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    faults = tuple(_configuration(settings))
    yield from faults
    if faults[-1].code:
        yield from _old_one_goes_on(settings, now)
        return
    config, folder = settings.config, settings.store_folder
    yield attempted("time zone", lambda: _zone(config, now))
    found, store = _store(settings)
    yield on_machine.clock(now, is_set=clock_is_set(), last_poll=found.polled if found else None)
    yield _disk(folder)
    yield _rights(settings)
    yield store
    yield attempted("templates", lambda: _templates(config))
    yield on_machine.service(_service(folder, now))
    if found and found.checked:
        is_read = found.checked == seal(settings.text)
        yield from _given(
            on_machine.old_configuration(running=bool(running(folder, now)), is_wrong=False, is_read=is_read)
        )


def attempted(what: str, look: Callable[[], Finding]) -> Finding:
    """What a look comes to, also where it raises TriageError."""
    try:
        return look()
    except TriageError as error:
        return failed(what, error)


def _given(finding: Finding | None) -> Iterator[Finding]:
    if finding is not None:
        yield finding


def _configuration(settings: Settings) -> Iterator[Finding]:
    """One finding for each fault."""
    try:
        count = len(settings.config.mailboxes)
    except ConfigError as error:
        for problem in error.problems:
            yield wrong(CONFIGURATION, *parted(problem), error.exit_code)
        return
    yield ok(CONFIGURATION, f"{_short(settings.path)}, {count} {'mailbox' if count == 1 else 'mailboxes'}")


def _short(path: Path) -> str:
    """With ~ for the home folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _old_one_goes_on(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The store may be elsewhere by the file that cannot be read: then nothing is said."""
    try:
        known = outline(settings.text)
    except ConfigError:
        known = None
    folder = store_folder(known.store if known else None, os.environ)
    found = running(folder, now)
    yield from _given(on_machine.old_configuration(running=bool(found), is_wrong=True, is_read=False))


def _zone(config: Config, now: datetime) -> Finding:
    zone = config.reader.zone
    return ok("time zone", f"{zone.key}, where it is {now.astimezone(zone):%H:%M} now")


def _disk(folder: Path) -> Finding:
    try:
        return on_machine.disk(disk(folder), folder)
    except OSError as error:
        return wrong("disk", f"{folder} cannot be looked at ({error.strerror}).", "", StoreError.exit_code)


def _rights(settings: Settings) -> Finding:
    folder = settings.store_folder
    places = [
        ("the configuration", settings.path, False),
        ("your log", folder, True),
        ("your log", folder / FILE, True),
    ]
    seen = [(what, rights(path), secret) for what, path, secret in places]
    guarded = {what: on_machine.Guarded(what, one, secret) for what, one, secret in seen if one is not None}
    return on_machine.rights(guarded.values())


def _store(settings: Settings) -> tuple[Looked | None, Finding]:
    """Looks into a store that exists, but does not make one: only where it would lie is looked at then."""
    folder = settings.store_folder
    try:
        if not (folder / FILE).exists():
            return None, _store_to_be(folder)
        found = look(folder, settings.cipher)
    except TriageError as error:
        return None, failed("log", error)
    copied = newest_backup(folder)
    parts = ["sound", *(["encrypted"] if settings.config.store.encrypted else []), on_machine.size(found.size)]
    parts += [f"newest backup {copied}" if copied else "no backup yet"]
    parts += [] if found.is_current else ["to be brought up to date when the service starts"]
    return found, ok("log", f"{', '.join(parts)} ({_short(folder)})")


def _store_to_be(folder: Path) -> Finding:
    from triage.store.engine import refuse_to_forget

    refuse_to_forget(folder / FILE)
    place = nearest(folder)
    if not (place.is_dir() and writable(place)):
        raise StoreError(f"The log cannot be made in {folder}: {place} cannot be written. Set [store] path.")
    return ok("log", f"to be made by the first run ({_short(folder)})")


def _templates(config: Config) -> Finding:
    """Every wording and layout is read, in the way that a letter does it."""
    from triage.cli.writing import stationery

    own = config.letters.templates
    try:
        stationery(config, b"check")
    except ConfigError as error:
        how, remedy = parted(str(error))
        mend = "Correct it, or take [letters] templates out." if own else "Install triage anew."
        return wrong("templates", how, remedy or mend, error.exit_code)
    whose = f"with those of your own in {_short(own)}" if own else "ours"
    return ok("templates", f"all can be used, in {config.reader.language!r}; {whose}".replace("'", '"'))


def _service(folder: Path, now: datetime) -> on_machine.Service:
    path = unit_folder() / UNIT
    unit = None
    if path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace")
        program = systemd.program(text)
        unit = on_machine.Unit(path, program, program is not None and systemd.startable(program))
    told = systemd.ask(UNIT) if unit else None
    return on_machine.Service(bool(running(folder, now)), unit, told, systemd.lingers(), _EVERYBODYS.exists())
