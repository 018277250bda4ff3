"""Many members on one real mail server, and workers as processes of their own: for tests that kill, stop and starve.

colony = Colony(desk(folder, hosted, TERMS), dovecot)
robin, = colony.settle(1)
colony.mail(robin, employers.rejection(company))
worker = colony.worker()
colony.until(lambda: colony.told(robin)[company] == 1)
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.hosting.desk import Desk, of_dovecot
from tests.rig import dovecot as rig
from tests.rig import employers
from tests.rig.client import Client
from tests.rig.installed import AT_ONCE, COMMAND, letters, text_of
from tests.rig.postgres import Database
from triage.hosting import queue
from triage.hosting.vault import password_row

_numbers = itertools.count(1)

PATIENCE = 60.0


def terms(concurrency: int = 4, takeover: int = 3, more: str = "") -> str:
    """For hosting.toml: a colony lives faster than a service."""
    return (
        f"[worker]\nconcurrency = {concurrency}\ntakeover_seconds = {takeover}\nfarewell_seconds = 5\n"
        f"fetch_seconds = 0.05\nshortest_poll_minutes = 0.05\n{more}"
        "[limits]\nconnections = 200\nper_second = 1000\n"
    )


@dataclass(frozen=True, slots=True)
class Person:
    """A member: their number, their handle, and their other mail program."""

    number: int
    handle: str
    client: Client


@dataclass
class Colony:
    """One hosted service with its members and its workers."""

    desk: Desk
    dovecot: rig.Dovecot
    people: list[Person] = field(default_factory=list)
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.desk.database

    def settle(
        self, how_many: int, port: int | None = None, more: str = AT_ONCE, host: str = "127.0.0.1"
    ) -> list[Person]:
        """So many more members, enrolled; their mailboxes are empty. `host`, `port`: where they find their server."""
        place = host, port or self.dovecot.port
        new = [self._member(f"member{next(_numbers)}", place, more) for _ in range(how_many)]
        self.people += new
        return new

    def _member(self, user: str, place: tuple[str, int], more: str) -> Person:
        usual = f'host = "127.0.0.1"\nport = {self.dovecot.port}\n'
        settings = of_dovecot(self.dovecot, user, more).replace(usual, 'host = "{}"\nport = {}\n'.format(*place))
        rows = {password_row("home"): rig.PASSWORD}
        number, handle, _ = self.desk.member(settings.replace("Europe/Berlin", "UTC"), **rows)
        self.ask("UPDATE member SET due = now() WHERE id = %s", number)  # the desk lives at an hour of its own
        return Person(number, handle, Client(self.dovecot.port, user))

    def worker(self, *arguments: str) -> subprocess.Popen[str]:
        """One more worker; what it says goes to the file `said`."""
        command = [*COMMAND, "-c", str(self.desk.config), "worker", *arguments]
        environ = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
        with (self.desk.folder / "said").open("a") as said:
            made = subprocess.Popen(command, stdout=said, stderr=said, text=True, env=environ)
        self.workers.append(made)
        return made

    def said(self) -> str:
        """Everything that workers have logged so far."""
        path = self.desk.folder / "said"
        return path.read_text() if path.exists() else ""

    def mail(self, person: Person, *mails: bytes) -> None:
        """Yesterday's mail has arrived, and is due to be told today."""
        person.client.append_all([(mail, employers.yesterday()) for mail in mails])

    def hurry(self, people: Sequence[Person] = ()) -> None:
        """Have their mailboxes looked at now."""
        with psycopg.connect(self.database.worker, autocommit=True) as connection:
            for person in people or self.people:
                queue.defer_poll(connection, person.number)

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Of the whole database, whoever a row belongs to."""
        with psycopg.connect(self.database.superuser, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def logged(self, person: Person) -> Counter[str]:
        """How many lines of their log are from each company."""
        return Counter(row[0] for row in self.ask("SELECT company FROM event WHERE member = %s", person.number))

    def told(self, person: Person) -> Counter[str]:
        """How many letters tell of each company; a list of what is still open does not count."""
        texts = [text_of(one).partition("Still open")[0] for one in letters(person.client.bodies())]
        return Counter(company for company in employers.COMPANIES for text in texts if company in text)

    def row(self, person: Person, column: str) -> Any:
        """What stands in their row of the table of members."""
        return self.ask(f"SELECT {column} FROM member WHERE id = %s", person.number)[0][0]

    def until(self, holds: Callable[[], bool], within: float = PATIENCE) -> None:
        """Wait until it holds."""
        end = time.monotonic() + within
        while not holds():
            assert time.monotonic() < end, f"not within {within:.0f} s: {self.jobs()} {self.said()[-3000:]}"
            time.sleep(0.2)

    def jobs(self) -> list[tuple[Any, ...]]:
        """What is in the queue: task, member, state."""
        return self.ask("SELECT task_name, args->>'member', status::text FROM procrastinate_jobs ORDER BY id")

    def forgotten(self) -> list[int]:
        """Active members whose time comes within minutes, and who have no job that waits or is in hand.

        There are none, at any moment, while the database is there and nobody but workers touches it.
        """
        rows = self.ask(
            "SELECT id FROM member WHERE state = 'active' AND due < now() + interval '9 minutes' AND NOT EXISTS"
            " (SELECT FROM procrastinate_jobs WHERE lock = 'member:' || member.id AND status IN ('todo', 'doing'))"
        )
        return [row[0] for row in rows]

    def end(self) -> None:
        """End all workers, whatever state they are in."""
        for one in self.workers:
            if one.poll() is None:
                one.send_signal(signal.SIGCONT)
                one.kill()
            one.wait(10)


@contextlib.contextmanager
def colony(desk: Desk, dovecot: rig.Dovecot) -> Iterator[Colony]:
    """One that is ended, whatever happens."""
    made = Colony(desk, dovecot)
    try:
        yield made
    finally:
        made.end()
