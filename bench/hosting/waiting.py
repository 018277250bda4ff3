"""How late a look is, and how long a mail waits for one, where each mailbox is looked at every five minutes."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import dataclass, field
from datetime import datetime

from bench.arriving import arrival
from bench.hosting import trees
from bench.hosting.house import House, lay

EVERY = 300.0
"""Seconds between two looks at a mailbox."""
_GLANCE = 0.5
_SETTLING = 30.0
"""Seconds until the sweep has given a job to everybody whose time comes soon."""
_numbers = itertools.count(1)


@dataclass(slots=True)
class Waited:
    """What was seen: seconds from due to done, from a mail to its row, and from due to that row."""

    seconds: float = 0.0
    late: list[float] = field(default_factory=list)
    mail_to_row: list[float] = field(default_factory=list)
    due_to_row: list[float] = field(default_factory=list)
    worker: float = 0.0
    database: float = 0.0
    server: float = 0.0
    """Processor seconds."""
    written: int = 0
    """Bytes of the database's journal (WAL)."""
    connections: int = 0
    locks: int = 0
    waiting: int = 0
    """For a lock, at the most."""
    jobs: int = 0
    """In the queue, at the most."""


@dataclass(slots=True)
class _Mail:
    """One on its way: when it was laid into a mailbox, and when that is due to be looked at."""

    laid: datetime
    due: datetime


def waited(house: House, workers: int, seconds: float, mails: int) -> Waited:
    """Watch so long. So many mails come meanwhile, spread over the first half, into mailboxes that are soon due."""
    _spread(house)
    house.work(workers)
    time.sleep(min(_SETTLING, seconds))
    watch = _Watch(house, seconds, mails)
    watch.run()
    house.rest()
    return watch.found


def _spread(house: House) -> None:
    """As they are spread after some hours."""
    house.ask("DELETE FROM procrastinate_jobs WHERE task_name <> 'sweep'")
    house.ask("UPDATE member SET due = now() + random() * %s * interval '1 second'", EVERY)
    house.ask("ANALYZE")


class _Watch:
    def __init__(self, house: House, seconds: float, mails: int) -> None:
        self.found = Waited()
        self._house = house
        self._seconds = seconds
        self._mails = mails
        self._dice = random.Random(mails)  # noqa: S311 - no secret
        self._due: dict[int, datetime] = {}
        self._polled: dict[int, datetime] = {}
        self._on_their_way: dict[str, _Mail] = {}

    def run(self) -> None:
        self._look()
        self.found.late.clear()
        began, before, written = time.monotonic(), self._cpu(), self._written()
        gap = self._seconds / 2 / max(1, self._mails)
        sent = 0
        while (passed := time.monotonic() - began) < self._seconds:
            while sent < self._mails and passed >= sent * gap:
                self._send()
                sent += 1
            self._look()
            self._rows()
            time.sleep(_GLANCE)
        after = self._cpu()
        self.found.seconds = time.monotonic() - began
        self.found.worker, self.found.database, self.found.server = (after[place] - before[place] for place in range(3))
        self.found.written = self._written() - written

    def _look(self) -> None:
        """Who was looked at since the last time, and how late that was."""
        for number, due, polled in self._house.ask("SELECT id, due, polled FROM member"):
            if polled and self._polled.get(number, polled) < polled:
                self.found.late.append((polled - self._due[number]).total_seconds())
            self._due[number], self._polled[number] = due, polled
        ((connections, locks, waiting, jobs),) = self._house.ask(_BESIDE)
        self.found.connections = max(self.found.connections, connections)
        self.found.locks = max(self.found.locks, locks)
        self.found.waiting = max(self.found.waiting, waiting)
        self.found.jobs = max(self.found.jobs, jobs)

    def _send(self) -> None:
        """To one whose turn comes within what is left, or nobody would see it arrive."""
        now = self._house.now()
        soon = [one for one, due in self._due.items() if 1 < (due - now).total_seconds() < self._seconds / 2]
        if not soon:
            return
        mail, member = arrival(), self._dice.choice(soon)
        lay(mail.data, self._house.mailbox(member), f"{int(time.time())}.M{next(_numbers):06}P1.bench")
        self._on_their_way[mail.message_id.strip("<>")] = _Mail(now, self._due[member])

    def _rows(self) -> None:
        """Which of them stand in the log now."""
        if not self._on_their_way:
            return
        names = [*self._on_their_way, *(f"<{one}>" for one in self._on_their_way)]
        for (name,) in self._house.ask("SELECT message_id FROM event WHERE message_id = ANY(%s)", names):
            found = self._on_their_way.pop(name.strip("<>"))
            now = self._house.now()
            self.found.mail_to_row.append((now - found.laid).total_seconds())
            self.found.due_to_row.append((now - found.due).total_seconds())

    def _cpu(self) -> tuple[float, float, float]:
        house = self._house
        database = trees.cpu(house.cluster.process.pid) if house.cluster.process else 0.0
        return trees.cpu(*(one.pid for one in house.workers)), database, trees.cpu(house.served.dovecot.process.pid)

    def _written(self) -> int:
        return int(self._house.ask("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")[0][0])


_BESIDE = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE usename = 'triage_worker'),
       (SELECT count(*) FROM pg_locks), (SELECT count(*) FROM pg_locks WHERE NOT granted),
       (SELECT count(*) FROM procrastinate_jobs)
"""
