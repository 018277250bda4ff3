"""A hosted service that is kept from working: workers are killed and stopped, the database dies, providers ail.

First a calm: all hands that may be busy with the dead provider are, and everybody else's mail is read all the same.
Then the storm, while mail goes on to arrive. The server that takes letters by SMTP has moods all the time. In the end
the dead provider is back, and everything has come to rest: every refusal is one line of its own member's log, and told
once, in their own mailbox.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import psycopg
from psycopg import sql

from tests.rig import dovecot as rig
from tests.rig import postgres
from tests.torture.hosting_judge import complaints, complaints_at_work
from tests.torture.hosting_providers import Manner
from tests.torture.hosting_town import Ground, Shape, Town, town
from tests.torture.table import Row, Say
from triage.cli.hosting.assemble import home
from triage.hosting import members
from triage.hosting.layout import lay_out
from triage.store.postgres import open_engine, take

LARGE = Shape(160, 20, 20, workers=3, cap=8, takeover=6, every=5, ahead=60, hangs=300, by_smtp=3, several=8)
BLOWS = 60
SEED = int(os.environ.get("TRIAGE_TORTURE_SEED", "1"))
SETTLE = 180.0
"""Seconds within which something more is read, told or delivered, until all is."""


_LEFT = (
    "SELECT member FROM letter WHERE sent IS NULL UNION SELECT event.member FROM event LEFT JOIN telling"
    " ON telling.member = event.member AND telling.event = event.id WHERE telling.event IS NULL ORDER BY member"
)
"""Members who are to hear something yet."""


class Kind(StrEnum):
    """What is done to a town."""

    MAIL = "mail"
    KILL = "kill"
    """A worker gets SIGKILL."""
    STOP = "stop"
    """A worker gets SIGSTOP, and SIGCONT when others have taken over from it."""
    RESTART = "restart"
    """The database dies, and comes back."""


_OFTEN = {Kind.MAIL: 5, Kind.KILL: 4, Kind.STOP: 3, Kind.RESTART: 1}


@dataclass(frozen=True, slots=True)
class Blow:
    """One thing that is done after a pause, in seconds. `share` says to which worker, or to how many members."""

    kind: Kind
    pause: float
    share: float


def plan(seed: int, blows: int, longest: float) -> list[Blow]:
    """So many blows, each after `longest` seconds at most: always the same ones for a seed. Each kind is among them."""
    chance = random.Random(seed)
    kinds = [*Kind, *chance.choices(list(_OFTEN), list(_OFTEN.values()), k=max(0, blows - len(Kind)))]
    chance.shuffle(kinds)
    return [Blow(kind, chance.uniform(0, longest), chance.random()) for kind in kinds]


@dataclass
class Storm:
    """Does it."""

    town: Town
    say: Say
    _sleeping: dict[subprocess.Popen[str], float] = field(default_factory=dict)
    """Until when each stopped worker is."""

    def rage(self, blows: list[Blow]) -> None:
        """All of these, one after the other; and everybody is awake again at the end."""
        for number, blow in enumerate(blows, 1):
            self._pass(blow.pause)
            self._strike(blow)
            self.town.man()
            self.say(f"hosting: {number} of {len(blows)}, {blow.kind}; {self.town.mails} mails")
        self._pass(max([0.0, *(end - time.monotonic() for end in self._sleeping.values())]) + 0.1)

    def _pass(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            for one in [one for one, until in self._sleeping.items() if until <= now]:
                one.send_signal(signal.SIGCONT)
                del self._sleeping[one]
            time.sleep(0.05)

    def _strike(self, blow: Blow) -> None:
        match blow.kind:
            case Kind.MAIL:
                here = self.town.citizens
                self.town.mail(self.town.chance.sample(here, max(1, round(blow.share / 2 * len(here)))))
            case Kind.KILL:
                one = self._one(blow, self.town.workers)
                self._sleeping.pop(one, None)
                self.town.kill(one)
            case Kind.STOP:
                awake = [one for one in self.town.workers if one not in self._sleeping]
                if len(awake) > 1:  # somebody has to take over
                    one = self._one(blow, awake)
                    one.send_signal(signal.SIGSTOP)
                    self._sleeping[one] = time.monotonic() + self.town.shape.takeover * 1.5
                    self.town.stopped += 1
            case Kind.RESTART:
                self.town.restart(blow.share)

    def _one(self, blow: Blow, workers: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
        """One of these that has a job in hand, if there is one."""
        busy = [one for one in workers if self.town.busy(one)] or workers
        return busy[int(blow.share * len(busy))]


def calm(town: Town, patience: float = 0.0) -> Iterator[str]:
    """One worker, and nothing goes wrong but the dead provider: whose members are waited for by nobody else."""
    patience = patience or town.shape.hangs
    dead = town.providers[Manner.DEAD]
    hands = min(town.shape.hands, town.shape.cap, town.shape.dead)
    if not comes(lambda: len(dead.living) >= hands, patience):
        yield f"{len(dead.living)} hands are busy with the dead provider, and {hands} were expected"
    held = set(dead.living)
    others = town.without(Manner.DEAD)
    town.mail(others)
    logged = comes(lambda: not town.unlogged(others) or not held <= set(dead.living), patience)
    if late := town.unlogged(others):
        yield f"{late} mails of others were not read while {len(held)} hands were busy with the dead provider"
    elif logged and not held & set(dead.living):
        yield "the mails of others were read only when the dead provider had let go"
    if len(dead.living) > town.shape.hands:
        yield f"{len(dead.living)} hands of one worker are busy with the dead provider"


def comes(holds: Callable[[], bool], within: float) -> bool:
    """Does it hold within so many seconds? Asked again and again."""
    end = time.monotonic() + within
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def settle(town: Town) -> None:
    """The dead provider is back; wait until nothing more comes of that."""
    dead = town.providers[Manner.DEAD]
    dead.heal()
    town.man()
    comes(lambda: not dead.living, SETTLE)
    town.colony.hurry()
    before, end = town.progress(), time.monotonic() + SETTLE
    while town.unfinished() and time.monotonic() < end:
        if (now := town.progress()) != before:
            before, end = now, time.monotonic() + SETTLE
        time.sleep(0.25)


def deliver_the_rest(town: Town) -> int:
    """Letters that rest after a delivery that failed, or that nobody lived to note: two hours later they are due.

    So is the second summary for whoever has several mailboxes, where one of them was away: it comes an hour after the
    first. Only then is there what came late. Returns how many letters they were.
    """
    town.post.heal()
    engine = open_engine(town.colony.database.worker, name="test", size=2)
    later, delivered = datetime.now(UTC) + timedelta(hours=2), 0
    try:
        for (member,) in town.colony.ask(_LEFT):
            found = members.load(engine, town.colony.desk.keys, member, take(engine, member))
            delivered += home(found, lambda: later).service.tick()
    finally:
        engine.dispose()
    town.post.arrive()
    return delivered


@dataclass(frozen=True, slots=True)
class Came:
    """What it came to."""

    wrong: tuple[str, ...]
    figures: str


def outcome(town: Town, blows: list[Blow], say: Say) -> Came:
    """All of it, from the first worker to the last letter."""
    town.worker()
    wrong = list(calm(town))
    town.man()
    Storm(town, say).rage(blows)
    settle(town)
    wrong += complaints_at_work(town)
    codes = town.end()
    wrong += [f"a worker that was told to end ended with {code}" for code in codes if code]
    rested = deliver_the_rest(town)
    wrong += complaints(town)
    return Came(tuple(wrong), f"{town.figures()}, {rested} letters looked for at the end")


@contextmanager
def ground() -> Iterator[Ground]:
    """A database server with a database to copy, and a mail server."""
    with postgres.running() as cluster:
        # Each worker has a connection for each of its hands, and half a dozen more.
        cluster.ask(sql.SQL("ALTER SYSTEM SET max_connections = 200"))
        cluster.end()
        cluster.start()
        template = cluster.fresh()
        with psycopg.connect(template.owner, autocommit=True) as connection:
            lay_out(connection)
        dovecot = rig.start()
        try:
            yield Ground(cluster, template, dovecot)
        finally:
            dovecot.stop()


def full(say: Say) -> Row:
    """Two hundred members, and sixty blows."""
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hosting-")))
        made = stack.enter_context(town(folder / "desk", stack.enter_context(ground()), (LARGE, SEED)))
        came = outcome(made, plan(SEED, BLOWS, 6.0), say)
    return Row("hosting", BLOWS, came.wrong, time.monotonic() - began, came.figures)
