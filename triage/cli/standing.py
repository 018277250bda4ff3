"""How things stand, in words: what `triage status` makes of what the store and the machine say. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from triage.checkup import parted
from triage.core.letter import Only
from triage.core.values import Kind
from triage.store.glance import Glance
from triage.store.health import Health

_TOO_LONG = timedelta(days=1)
"""What has not mended itself by then will not."""
_FOR_YOU = ("`triage ", "has no folder")
"""How sentences of ours tell that nothing but a person can mend it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known: the store's `found`, the mailboxes of the configuration, and the service, if there is one."""

    found: Glance
    mailboxes: tuple[str, ...]
    zone: ZoneInfo
    now: datetime
    running: bool
    since: datetime | None = None
    unread: bool = False
    """The running service has not read the configuration as it is now."""
    stopped: bool = False
    """A unit is in place, and no service runs."""


def needs_you(standing: Standing) -> tuple[str, ...]:
    """What only the person can mend, one sentence each, what to do in it."""
    return tuple(_asks(standing))


def _asks(standing: Standing) -> Iterator[str]:
    if standing.stopped:
        yield "The service does not run, though it is installed. `systemctl --user start triage` starts it."
    for name, health in _known(standing):
        if health and health.error and _is_for_you(health, standing.now):
            # Where there are several, `triage login` has to be told which.
            which = f'"{name}"' if " " in name else name
            login = f"`triage login {which}`" if len(standing.mailboxes) > 1 else "`triage login`"
            error = health.error.replace("`triage login`", login)
            yield f"{name}: {error}" if name not in health.error else error
    yield from standing.found.troubles
    if standing.unread:
        yield "The running service has not read your changed configuration yet. `triage reload` has it do so."
    if unreadable := standing.found.counts.get(Kind.UNREADABLE, 0):
        yield f"{unreadable} mail(s) could not be read. `triage log --kind unreadable` names them."


def _is_for_you(health: Health, now: datetime) -> bool:
    """Some things only a person can do, and our sentences then name the command; the rest has had its time."""
    mine = any(words in health.error for words in _FOR_YOU)
    return mine or (health.since is not None and now - health.since > _TOO_LONG)


def _known(standing: Standing) -> list[tuple[str, Health | None]]:
    health = {one.mailbox: one for one in standing.found.health}
    return [(name, health.get(name)) for name in standing.mailboxes]


def as_json(standing: Standing) -> dict[str, Any]:
    """For programs. Times are the reader's; what is not known is empty."""
    found = standing.found
    return {
        "running": standing.running,
        "since": _iso(standing.since, standing.zone),
        "mailboxes": [
            {
                "name": name,
                "polled": _iso(one.polled, standing.zone) if one else "",
                "error": one.error if one else "",
                "since": _iso(one.since, standing.zone) if one else "",
            }
            for name, one in _known(standing)
        ],
        "log": dict(found.counts),
        "next_letter": _iso(found.next_letter, standing.zone),
        "waiting": found.waiting,
        "letters": found.only,
        "paused_until": _iso(_pause(standing), standing.zone),
        "needs_you": list(needs_you(standing)),
    }


def _iso(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""


def _pause(standing: Standing) -> datetime | None:
    until = standing.found.paused_until
    return until if until and until > standing.now else None


@dataclass(frozen=True, slots=True)
class Line:
    """A thing, how it is, and what can be done, if anything."""

    what: str
    how: str
    remedy: str = ""


def lines(standing: Standing) -> tuple[Line, ...]:
    """For people: first what needs them."""
    return tuple(_lines(standing))


def _lines(standing: Standing) -> Iterator[Line]:
    for sentence in needs_you(standing):
        yield Line("needs you", *parted(sentence))
    yield Line("service", _service(standing))
    for name, health in _known(standing):
        yield Line(f"mailbox {name}", _mailbox(health, standing))
    yield _letters(standing)
    if standing.found.waiting:
        yield Line("on its way", _counted(standing.found.waiting, "letter"))
    counts = (f"{count} {kind}" for kind, count in standing.found.counts.items())
    yield Line("log", ", ".join(counts) or "empty")


def _service(standing: Standing) -> str:
    if not standing.running:
        return "not running"
    return f"running for {span(standing.now - standing.since)}" if standing.since else "running"


def _mailbox(health: Health | None, standing: Standing) -> str:
    if health is None or not (health.polled or health.error):
        return "never read so far"
    read = ""
    if health.polled:
        read = f"last read {_iso(health.polled, standing.zone)}, {span(standing.now - health.polled)} ago"
    if not health.error:
        return read
    if _is_for_you(health, standing.now):
        return f"cannot be read now{f'; {read}' if read else ''}"
    since = f" since {_iso(health.since, standing.zone)}" if health.since else ""
    return f"cannot be read{since}; it is tried again by itself. {parted(health.error)[0]}"


def _letters(standing: Standing) -> Line:
    found = standing.found
    if until := _pause(standing):
        return Line("next letter", f"paused until {day(until, standing.zone)}", "triage resume")
    if found.only == Only.NONE:
        return Line("next letter", "none: you asked for no letters", "triage resume")
    if found.next_letter is None:
        return Line("next letter", "none is due; one comes when there is something to tell")
    return Line("next letter", day(found.next_letter, standing.zone))


def day(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as the reader's clock has it, with the name of the day."""
    local = moment.astimezone(zone)
    return f"{_DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M}"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""In English, whatever the machine's language is: so is all of the command line."""


def short(standing: Standing) -> str:
    """All of it in one line, for a panel or a prompt; nothing that names a mailbox."""
    asks = len(needs_you(standing))
    if asks:
        return f"triage needs you ({asks})" if asks > 1 else "triage needs you"
    state = "running" if standing.running else "not running"
    if _pause(standing) or standing.found.only == Only.NONE:
        return f"triage {state}, letters paused"
    following = standing.found.next_letter
    return f"triage {state}, next letter {_iso(following, standing.zone)}" if following else f"triage {state}"


def span(length: timedelta) -> str:
    """A length of time as people say it, in its largest unit."""
    seconds = max(0.0, length.total_seconds())
    units = ((86400, "day"), (3600, "hour"), (60, "minute"))
    for size, name in units:
        if seconds >= size:
            return _counted(int(seconds // size), name)
    return "less than a minute"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
