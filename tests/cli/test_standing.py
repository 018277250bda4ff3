"""How things stand, in words: what needs the person stands first, with what to do, and nothing else cries for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from triage.cli import standing
from triage.cli.standing import Standing
from triage.core.letter import Only
from triage.store.glance import Glance
from triage.store.health import Health

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=3)
WELL = Glance((Health("home", EARLIER, "", None),), {"rejection": 3}, NOW + timedelta(hours=12), 0, ())
ALL_WELL = Standing(
    WELL, ("home",), ZoneInfo("Europe/Berlin"), NOW, running=True, since=NOW - timedelta(days=2, hours=3)
)
REFUSED = "h:993 refused the user name or the password: store the right one with `triage login home`."
AWAY = "h:993 takes no connections: check host and port, or try again later."


def failing(error: str, since: datetime, polled: datetime | None = EARLIER) -> Glance:
    return replace(WELL, health=(Health("home", polled, error, since),))


@pytest.mark.parametrize(
    ("found", "asks", "says", "remedy"),
    [
        (ALL_WELL, 0, "service: running for 2 days", ""),
        (ALL_WELL, 0, "mailbox home: last read 2026-11-22 21:57, 3 minutes ago", ""),
        (ALL_WELL, 0, "next letter: Monday 2026-11-23 10:00", ""),
        (ALL_WELL, 0, "log: 3 rejection", ""),
        (replace(ALL_WELL, running=False, since=None), 0, "service: not running", ""),
        (replace(ALL_WELL, running=False, stopped=True), 1, "needs you: The service does not run", "systemctl"),
        (replace(ALL_WELL, unread=True), 1, "needs you: The running service has not read", "`triage reload`"),
        (
            replace(ALL_WELL, found=failing(REFUSED, EARLIER)),
            1,
            "needs you: h:993 refused",
            "`triage login home`",
        ),
        (replace(ALL_WELL, found=failing(REFUSED, EARLIER)), 1, "mailbox home: cannot be read now; last read", ""),
        (replace(ALL_WELL, found=failing(REFUSED, EARLIER, None)), 1, "mailbox home: cannot be read now", ""),
        (
            replace(ALL_WELL, found=failing(AWAY, EARLIER)),
            0,
            "it is tried again by itself. h:993 takes no connections.",
            "",
        ),
        (
            replace(ALL_WELL, found=failing(AWAY, NOW - timedelta(days=2))),
            1,
            "needs you: home: h:993 takes no",
            "Check",
        ),
        (replace(ALL_WELL, found=replace(WELL, troubles=("550 no such person.",))), 1, "needs you: 550", ""),
        (replace(ALL_WELL, found=replace(WELL, counts={"unreadable": 2})), 1, "2 mail(s)", "triage log"),
        (replace(ALL_WELL, found=replace(WELL, health=())), 0, "mailbox home: never read so far", ""),
        (replace(ALL_WELL, found=replace(WELL, next_letter=None)), 0, "none is due", ""),
        (replace(ALL_WELL, found=replace(WELL, waiting=1)), 0, "on its way: 1 letter", ""),
        (replace(ALL_WELL, found=replace(WELL, counts={})), 0, "log: empty", ""),
        (
            replace(ALL_WELL, found=replace(WELL, paused_until=NOW + timedelta(days=7))),
            0,
            "next letter: paused until Sunday 2026-11-29 22:00",
            "triage resume",
        ),
        (replace(ALL_WELL, found=replace(WELL, paused_until=EARLIER)), 0, "next letter: Monday", ""),
        (replace(ALL_WELL, found=replace(WELL, only=Only.NONE)), 0, "no letters", "triage resume"),
    ],
)
def test_what_is_said(found: Standing, asks: int, says: str, remedy: str) -> None:
    lines = standing.lines(found)
    assert len(standing.needs_you(found)) == asks
    assert [line.what for line in lines[:asks]] == ["needs you"] * asks, "first"
    named = [line for line in lines if says in f"{line.what}: {line.how}"]
    assert named, lines
    assert remedy in named[0].remedy


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (ALL_WELL, "triage running, next letter 2026-11-23 10:00"),
        (replace(ALL_WELL, running=False), "triage not running, next letter 2026-11-23 10:00"),
        (replace(ALL_WELL, found=replace(WELL, next_letter=None)), "triage running"),
        (replace(ALL_WELL, found=replace(WELL, only="none")), "triage running, letters paused"),
        (replace(ALL_WELL, found=failing(REFUSED, EARLIER)), "triage needs you"),
        (replace(ALL_WELL, found=failing(REFUSED, EARLIER), unread=True), "triage needs you (2)"),
    ],
)
def test_one_line_that_names_nobody(found: Standing, says: str) -> None:
    assert standing.short(found) == says


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (-5, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 minute"),
        (3599, "59 minutes"),
        (3600, "1 hour"),
        (86399, "23 hours"),
        (86400 * 40, "40 days"),
    ],
)
def test_lengths_of_time(seconds: int, says: str) -> None:
    assert standing.span(timedelta(seconds=seconds)) == says
