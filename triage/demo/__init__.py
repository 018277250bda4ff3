"""A made-up search, three weeks long, for `triage demo`: who writes when lies in `sample/search.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

AFTERWARDS = timedelta(days=4)
"""How long the play goes on after the last mail, so that the last letters still come."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail of the sample, and when it arrives."""

    at: datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class Sample:
    """The whole script, in order of time."""

    zone: ZoneInfo
    start: datetime
    arrivals: tuple[Arrival, ...]

    @property
    def end(self) -> datetime:
        return self.arrivals[-1].at + AFTERWARDS

    def hours(self) -> Iterator[datetime]:
        """The hours of the play, one after the other."""
        for number in count():
            moment = self.start + timedelta(hours=number)
            if moment > self.end:
                return
            yield moment

    def arriving(self, after: datetime, until: datetime) -> Iterator[Arrival]:
        return (arrival for arrival in self.arrivals if after < arrival.at <= until)


def sample() -> Sample:
    """Read the script and its mails."""
    folder = files("triage.demo") / "sample"
    script = tomllib.loads((folder / "search.toml").read_text(encoding="utf-8"))
    zone = ZoneInfo(script["time_zone"])
    arrivals = tuple(
        Arrival(row["received"].replace(tzinfo=zone), (folder / row["file"]).read_bytes()) for row in script["mail"]
    )
    return Sample(zone, datetime.combine(script["start"], datetime.min.time(), zone), arrivals)


def deliver(arrival: Arrival, maildir: Path, number: int) -> None:
    """What a synchronising program does: put the mail into the Maildir, with the time it came."""
    waiting = maildir / "tmp" / f"{number:04}.sample"
    waiting.write_bytes(arrival.data)
    os.utime(waiting, (arrival.at.timestamp(),) * 2)
    waiting.rename(maildir / "new" / waiting.name)


def config(folder: Path, *, name: str = "Robin", tone: str = "gentle", language: str = "en") -> str:
    """The configuration of the demo, which can be used afterwards to look at its log."""
    return f"""\
# Made by `triage demo`. To look at its log:  triage --config {folder}/config.toml log

[reader]
address = "robin@ekholm.example"
name = "{name}"
language = "{language}"
time_zone = "Europe/Stockholm"

[letters]
tone = "{tone}"

[[mailbox]]
kind = "maildir"
path = "{folder}/inbox"

[courier]
kind = "maildir"
path = "{folder}/inbox"

[store]
path = "{folder}/store"
"""
