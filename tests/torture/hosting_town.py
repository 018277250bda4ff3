"""A hosted service with many members, on providers that are well, slow and dead, and with workers that die.

Every member has employers of their own, whom nobody else has heard of: so what is found with the wrong member shows.
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
from email import message_from_bytes
from pathlib import Path

from tests.hosting.colony import Colony, Person, colony
from tests.hosting.desk import desk, of_dovecot
from tests.rig import dovecot as rig
from tests.rig import employers
from tests.rig.client import Client
from tests.rig.installed import AT_ONCE, COMMAND
from tests.rig.postgres import Cluster, Database
from tests.torture import hosting_audit as audit
from tests.torture.chaos_robot import companies, newsletter
from tests.torture.hosting_providers import Manner, Provider
from triage.hosting.vault import password_row

_numbers = itertools.count(1)
_ROOT = Path(__file__).parents[2]
_HOSTS = {Manner.WELL: "127.0.0.2", Manner.SLOW: "127.0.0.3", Manner.DEAD: "127.0.0.4"}
_BEARABLE = 9
"""Refusals in a fortnight. With more of them, letters come once a week, as they should: too late to be seen here."""
_AT_ONCE = 8
"""Mail programs of the members that are at work side by side."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a town is. `cap`: connections a provider bears at once. `every`: minutes between two looks.

    `hangs`: seconds for which a server is waited for that says nothing; longer than anybody else's mail may take.
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

    @property
    def hands(self) -> int:
        """Of one worker's hands, so many may be busy with one provider."""
        return max(1, self.concurrency * 3 // 4)

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


@dataclass(slots=True)
class Citizen:
    """A member, whose provider they are with, and what they were sent: the company by Message-ID, "" for other mail."""

    person: Person
    provider: Provider
    mails: dict[str, str] = field(default_factory=dict)

    @property
    def refusals(self) -> dict[str, str]:
        return {name: company for name, company in self.mails.items() if company}


@dataclass
class Town:
    """All of it. `killed`, `stopped` and `restarts` count what was done to it."""

    shape: Shape
    colony: Colony
    cluster: Cluster
    providers: dict[Manner, Provider]
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

    def of(self, manner: Manner) -> list[Citizen]:
        """Those who are with this provider."""
        return [one for one in self.citizens if one.provider is self.providers[manner]]

    def settle(self) -> None:
        """Everybody is enrolled; their mailboxes are empty."""
        sizes = {Manner.WELL: self.shape.well, Manner.SLOW: self.shape.slow, Manner.DEAD: self.shape.dead}
        for manner, size in sizes.items():
            for _ in range(size):
                self.citizens.append(self._citizen(manner, len(self.citizens) + 1))
        self.colony.people += [one.person for one in self.citizens]
        self.colony.hurry()

    def _citizen(self, manner: Manner, number: int) -> Citizen:
        provider, dovecot = self.providers[manner], self.colony.dovecot
        user = f"{self.mark}{number}"
        there = of_dovecot(
            dovecot, user, f"timeout_seconds = {self.shape.hangs}\npoll_minutes = {self.shape.every}\n{AT_ONCE}"
        )
        there = there.replace(
            f'host = "127.0.0.1"\nport = {dovecot.port}', f'host = "{provider.host}"\nport = {provider.port}'
        )
        made, handle, _ = self.colony.desk.member(
            there.replace("Europe/Berlin", "UTC"), **{password_row("home"): rig.PASSWORD}
        )
        self.colony.ask("UPDATE member SET due = now() WHERE id = %s", made)
        return Citizen(Person(made, handle, Client(dovecot.port, user)), provider)

    def post(self, to: Sequence[Citizen], refusals: int = 1, others: int = 1) -> None:
        """Mail arrives in their mailboxes, in an order of its own for each; and it is time to look at them."""
        batches = []
        for one in to:
            bad = min(refusals, _BEARABLE - len(one.refusals))
            mails = [(employers.rejection(company), company) for company in itertools.islice(companies, bad)]
            mails += [(self.chance.choice((employers.ordinary, newsletter))(), "") for _ in range(others)]
            self.chance.shuffle(mails)
            one.mails |= {str(message_from_bytes(data)["Message-ID"]): company for data, company in mails}
            batches.append((one.person.client, [(data, employers.yesterday()) for data, _ in mails]))
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(lambda batch: batch[0].append_all(batch[1]), batches))
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
        for one in self.providers.values():
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
        """Is something left to be read, told or delivered, but for letters that rest after a broken delivery?"""
        refusals = sum(len(one.refusals) for one in self.citizens)
        (fresh,) = self.colony.ask("SELECT count(*) FROM letter WHERE sent IS NULL AND attempts = 0")[0]
        return bool(fresh or self.progress()[1] < refusals or self.unlogged(self.citizens))

    def figures(self) -> str:
        """What was done, and what came of it."""
        rows, _, letters, _, attempts = self.progress()
        (takes,) = self.colony.ask("SELECT count(*) FROM audit WHERE what = 'take'")[0]
        up = sum(int(number) for number in re.findall(r"taken up: (\d+)", self.colony.said()))
        most = ", ".join(f"{one.most} ({one.ever})" for one in self.providers.values())
        return (
            f"{len(self.citizens)} members, {self.killed} kills, {self.stopped} stops, {self.restarts} restarts,"
            f" {self.replaced} ended by themselves; {self.mails} mails, {rows} rows, {letters} letters in {attempts}"
            f" deliveries; {takes} jobs, {up} taken up; at once {most} connections of {self.shape.cap}"
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
        port = ground.dovecot.port
        providers = {how: stack.enter_context(Provider(host, port, how).open()) for how, host in _HOSTS.items()}
        place = desk(folder, database, shape.terms(list(providers.values())))
        lasting = stack.enter_context(colony(place, ground.dovecot))
        audit.lay(database)
        # As databases are by default: what was committed outlives the server, if not the machine.
        lasting.ask(f"ALTER DATABASE {database.name} SET synchronous_commit = on")
        made = Town(shape, lasting, ground.cluster, providers, random.Random(seed), f"town{next(_numbers)}-")
        made.settle()
        yield made
