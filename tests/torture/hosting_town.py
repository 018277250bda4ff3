"""A hosted service with many members, on providers that are well, slow and dead, and with workers that die.

Some have mailboxes at two or three of them, some get their letters by SMTP. Every member has employers of their own,
whom nobody else has heard of: so what is found with the wrong member shows.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

from tests.hosting.colony import Colony, Person, colony
from tests.hosting.desk import desk
from tests.rig import dovecot as rig
from tests.rig import employers
from tests.rig.client import Client
from tests.rig.installed import COMMAND
from tests.rig.postgres import Cluster, Database
from tests.torture import hosting_audit as audit
from tests.torture.chaos_robot import companies, newsletter
from tests.torture.hosting_citizens import Citizen, passwords, settings
from tests.torture.hosting_outside import Outside, outside
from tests.torture.hosting_post import Fate, Post, named
from tests.torture.hosting_providers import Manner, Provider
from triage.hosting.terms import Terms, settled

_numbers = itertools.count(1)
_ROOT = Path(__file__).parents[2]
_BEARABLE = 9
"""Refusals in a fortnight. With more of them, letters come once a week, as they should: too late to be seen here."""
_UNTOLD = (
    "SELECT count(*) FROM event LEFT JOIN telling ON telling.member = event.member AND telling.event = event.id"
    " WHERE telling.event IS NULL AND NOT (lookback AND event.member = ANY(%s))"
)
_AT_ONCE = 8
"""Mail programs of the members that are at work side by side."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a town is. `cap`: connections a provider bears at once. `every`: minutes between two looks.

    `hangs`: seconds for which a server is waited for that says nothing; longer than anybody else's mail may take.
    Each member of number `by_smtp` gets letters by SMTP, and each of number `several` has more than one mailbox; 0 for
    nobody.
    """

    well: int = 6
    slow: int = 2
    dead: int = 4
    workers: int = 2
    concurrency: int = 4
    cap: int = 4
    takeover: int = 3
    every: int = 1
    ahead: int = 30
    hangs: int = 60
    by_smtp: int = 2
    several: int = 3

    @property
    def hands(self) -> int:
        """Of one worker's hands, so many may be busy with providers that do not answer."""
        return max(1, self.concurrency // 2)

    def boxes(self, number: int) -> int:
        """How many mailboxes this member has: of those with several, each second has three."""
        turn, rest = divmod(number, self.several) if self.several else (0, 1)
        return 1 if rest else 2 + turn % 2

    def terms(self, providers: Sequence[Provider]) -> str:
        """The rest of hosting.toml."""
        caps = "".join(f'[providers."{one.host}"]\n{self._limits}' for one in providers)
        return (
            f"[worker]\nconcurrency = {self.concurrency}\ntakeover_seconds = {self.takeover}\nfarewell_seconds = 5\n"
            f"fetch_seconds = 0.1\nshortest_poll_minutes = 0.05\nahead_seconds = {self.ahead}\n"
            f"[limits]\n{self._limits}{caps}"
        )

    @property
    def _limits(self) -> str:
        return f"connections = {self.cap}\nper_second = 1000\nopen_for = 2\n"


@dataclass
class Town:
    """All of it. `killed`, `stopped` and `restarts` count what was done to it."""

    shape: Shape
    colony: Colony
    cluster: Cluster
    outside: Outside
    chance: random.Random
    mark: str
    """What all of its users' names begin with."""
    citizens: list[Citizen] = field(default_factory=list)
    killed: int = 0
    stopped: int = 0
    restarts: int = 0
    replaced: int = 0
    """Workers that ended by themselves, as where there was no database to begin with."""
    _names: dict[int, str] = field(default_factory=dict)
    """Of workers, by their process."""
    _processes: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def mails(self) -> int:
        return sum(len(one.mails) for one in self.citizens)

    @property
    def providers(self) -> dict[Manner, Provider]:
        return self.outside.providers

    @property
    def post(self) -> Post:
        return self.outside.post

    def of(self, manner: Manner) -> list[Citizen]:
        """Those whose first mailbox is with this provider."""
        return [one for one in self.citizens if one.provider is self.providers[manner]]

    def without(self, manner: Manner) -> list[Citizen]:
        """Those who have no mailbox with this provider."""
        return [one for one in self.citizens if not one.is_with(self.providers[manner])]

    def settle(self) -> None:
        """Everybody is enrolled; their mailboxes are empty."""
        sizes = {Manner.WELL: self.shape.well, Manner.SLOW: self.shape.slow, Manner.DEAD: self.shape.dead}
        for manner, size in sizes.items():
            for _ in range(size):
                self.citizens.append(self._citizen(manner, len(self.citizens) + 1))
        self.colony.people += [one.person for one in self.citizens]
        self.colony.hurry()

    def _citizen(self, manner: Manner, number: int) -> Citizen:
        boxes = self.outside.boxes(manner, f"{self.mark}{number}", self.shape.boxes(number))
        by = self._letters_through(number)
        each = f"timeout_seconds = {self.shape.hangs}\npoll_minutes = {self.shape.every}\n"
        theirs = settings(boxes, by, each)
        settled(theirs, Terms(inner_servers=True))
        made, handle, _ = self.colony.desk.member(theirs, **passwords(boxes, by))
        self.colony.ask("UPDATE member SET due = now() WHERE id = %s", made)
        citizen = Citizen(Person(made, handle, boxes[0].client), boxes, by)
        if by:
            self.post.boxes[citizen.address] = boxes[0].client
        return citizen

    def _letters_through(self, number: int) -> Provider | None:
        """Of whom letters go by SMTP, each second goes through the slow one."""
        turn, rest = divmod(number, self.shape.by_smtp) if self.shape.by_smtp else (0, 1)
        return None if rest else list(self.outside.posts.values())[turn % 2]

    def mail(self, to: Sequence[Citizen], refusals: int = 1, others: int = 1) -> None:
        """Mail arrives in their mailboxes, in an order of its own for each; and it is time to look at them.

        Whoever has several finds one in each third twice: it was sent on from one to another.
        """
        batches: dict[Client, list[tuple[bytes, datetime | None]]] = {}
        for one in to:
            bad = min(refusals, _BEARABLE - len(one.refusals))
            mails = [(employers.rejection(company), company) for company in itertools.islice(companies, bad)]
            mails += [(self.chance.choice((employers.ordinary, newsletter))(), "") for _ in range(others)]
            self.chance.shuffle(mails)
            one.mails |= {str(message_from_bytes(data)["Message-ID"]): company for data, company in mails}
            for data, _ in mails:
                boxes = self.chance.sample(one.boxes, min(len(one.boxes), self.chance.choice((1, 1, 2))))
                for box in boxes:
                    batches.setdefault(box.client, []).append((data, employers.yesterday()))
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(lambda one: one.append_all(batches[one]), batches))
        self.colony.hurry([one.person for one in to])

    def worker(self, *cripples: str) -> subprocess.Popen[str]:
        """One more worker; with `cripples`, one that lacks something (`tests.torture.hosting_crippled`)."""
        name = f"w{next(self._processes)}"
        config = self.colony.desk.config.with_name(f"{name}.toml")
        database = self.colony.database.worker
        config.write_text(self.colony.desk.config.read_text().replace(database, audit.named(database, name)))
        crippled = [sys.executable, "-m", "tests.torture.hosting_crippled", str(config), *cripples]
        command = crippled if cripples else [*COMMAND, "-c", str(config), "worker"]
        environ = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(_ROOT)}
        with (self.colony.desk.folder / "said").open("a") as said:
            made = subprocess.Popen(command, stdout=said, stderr=said, text=True, env=environ, cwd=_ROOT)
        self.colony.workers.append(made)
        self._names[made.pid] = name
        return made

    @property
    def workers(self) -> list[subprocess.Popen[str]]:
        """Those that live, stopped ones included."""
        return [one for one in self.colony.workers if one.poll() is None]

    def man(self) -> None:
        """There are as many workers as there should be, as whatever starts them anew sees to."""
        while len(self.workers) < self.shape.workers:
            self.worker()
        ended = sum(one.returncode not in (None, -signal.SIGKILL) for one in self.colony.workers)
        self.replaced = ended

    def kill(self, worker: subprocess.Popen[str]) -> None:
        """SIGKILL."""
        worker.kill()
        worker.wait(10)
        self.killed += 1

    def end(self) -> list[int]:
        """All workers are told to end. Returns their exit codes."""
        workers = self.workers
        for one in workers:
            one.send_signal(signal.SIGCONT)
            one.send_signal(signal.SIGTERM)
        return [one.wait(60) for one in workers]

    def restart(self, away: float) -> None:
        """The database ends as if its machine had: nothing is finished. It is back after so many seconds."""
        process = self.cluster.process
        assert process is not None
        process.send_signal(signal.SIGQUIT)
        process.wait(30)
        time.sleep(away)
        for one in self.outside.everybody:
            one.era += 1
        self.cluster.start()
        self.restarts += 1

    def busy(self, worker: subprocess.Popen[str]) -> bool:
        """Has it a job in hand?"""
        asked = (
            "SELECT process FROM procrastinate_jobs job JOIN LATERAL (SELECT process FROM audit"
            " WHERE what = 'take' AND member = (args->>'member')::bigint ORDER BY audit.id DESC LIMIT 1) taken ON true"
            " WHERE status = 'doing'"
        )
        return (self._names[worker.pid],) in self.colony.ask(asked)

    def unlogged(self, among: Sequence[Citizen]) -> int:
        """How many refusals have no row yet."""
        there = {(member, name) for member, name in self.colony.ask("SELECT member, message_id FROM event")}
        return sum((one.person.number, name) not in there for one in among for name in one.refusals)

    def progress(self) -> tuple[int, ...]:
        """Rows, tellings, letters, letters delivered, and deliveries begun."""
        asked = (
            "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM telling), count(*), count(sent),"
            " coalesce(sum(attempts), 0) FROM letter"
        )
        return tuple(int(one) for one in self.colony.ask(asked)[0])

    def unfinished(self) -> bool:
        """Is something left to be read, told or delivered, but for letters that rest after a broken delivery?

        Nor does it wait an hour for a second summary, of the mailbox that was away at the first.
        """
        several = [one.person.number for one in self.citizens if len(one.boxes) > 1]
        (fresh,) = self.colony.ask("SELECT count(*) FROM letter WHERE sent IS NULL AND attempts = 0")[0]
        (untold,) = self.colony.ask(_UNTOLD, several)[0]
        return bool(fresh or untold or self.unlogged(self.citizens))

    def figures(self) -> str:
        """What was done, and what came of it."""
        rows, _, letters, _, attempts = self.progress()
        (takes,) = self.colony.ask("SELECT count(*) FROM audit WHERE what = 'take'")[0]
        up = sum(int(number) for number in re.findall(r"taken up: (\d+)", self.colony.said()))
        most = ", ".join(f"{one.most} ({one.ever})" for one in self.outside.everybody)
        return (
            f"{len(self.citizens)} members, {self.killed} kills, {self.stopped} stops, {self.restarts} restarts,"
            f" {self.replaced} ended by themselves; {self.mails} mails, {rows} rows, {letters} letters in {attempts}"
            f" deliveries; {takes} jobs, {up} taken up; at once {most} connections of {self.shape.cap};"
            f"{self._smtp()}"
        )

    def _smtp(self) -> str:
        came = self.post.came
        letters = set(map(named, self.post.letters))
        several = [len(one.boxes) for one in self.citizens if len(one.boxes) > 1]
        return (
            f" {len(several)} have {sum(several)} mailboxes; {len(self.post.boxes)} by SMTP: {len(letters)} letters,"
            f" {sum(came[fate] for fate in Fate if fate.is_no)} times refused, {came[Fate.CUT]} cut off and there,"
            f" {came[Fate.LATE]} cut off and late, {came[Fate.LOST]} cut off and lost"
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What a town stands on. `template`: a database that has all tables and the queue."""

    cluster: Cluster
    template: Database
    dovecot: rig.Dovecot


@contextmanager
def town(folder: Path, ground: Ground, given: tuple[Shape, int]) -> Iterator[Town]:
    """One of this shape and seed, with nobody at work yet."""
    shape, seed = given
    with ExitStack() as stack:
        database = ground.cluster.copy(ground.template)
        stack.callback(ground.cluster.drop, database)
        there = stack.enter_context(outside(folder, ground.dovecot.port))
        place = desk(folder, database, shape.terms(there.everybody))
        lasting = stack.enter_context(colony(place, ground.dovecot))
        audit.lay(database)
        # As databases are by default: what was committed outlives the server, if not the machine.
        lasting.ask(f"ALTER DATABASE {database.name} SET synchronous_commit = on")
        made = Town(shape, lasting, ground.cluster, there, random.Random(seed), f"town{next(_numbers)}-")
        made.settle()
        yield made
