"""How much is tried, and what was found."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.hosting.asking import Asked
from bench.hosting.crowd import Crowded
from bench.hosting.rates import Pace
from bench.hosting.room import Held
from bench.hosting.trees import Memory
from bench.hosting.waiting import Waited


@dataclass(frozen=True, slots=True)
class Size:
    """How much is tried.

    `due`: mailboxes that are due at once; `usual`: workers where their number is not what is tried; `news`: mailboxes
    with a new mail; `bare`: jobs that do nothing; in `seconds` of watching, so many `mails` come; `queues`: jobs that
    wait while one is asked for.
    """

    mailboxes: int = 1000
    due: int = 400
    workers: tuple[int, ...] = (1, 2, 4)
    usual: int = 2
    rounds: int = 5
    news: int = 100
    bare: int = 1000
    seconds: float = 150.0
    mails: int = 60
    queues: tuple[int, ...] = (1_000, 10_000, 30_000, 100_000)


SMALL = Size(200, due=200, news=40, bare=1000, seconds=30.0, mails=6, queues=(1_000, 10_000))


@dataclass(slots=True)
class Found:
    """All that was measured. Paces and the bare queue's jobs a second by the number of workers, a round each."""

    size: Size
    idle: dict[int, list[Pace]] = field(default_factory=dict)
    bare: dict[int, list[float]] = field(default_factory=dict)
    everyday: list[Pace] = field(default_factory=list)
    employers: list[Pace] = field(default_factory=list)
    crowded: list[Crowded] = field(default_factory=list)
    dearest: list[tuple[str, float, float]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    waited: Waited = field(default_factory=Waited)
    workers: list[Memory] = field(default_factory=list)
    backends: list[Memory] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)


def medians(paces: Sequence[Pace]) -> Pace:
    """Of all rounds."""
    names = ("each_second", "worker", "database", "server", "jobs", "statements", "begin")
    values = {name: statistics.median(getattr(one, name) for one in paces) for name in names}
    return Pace(paces[0].workers, **values)
