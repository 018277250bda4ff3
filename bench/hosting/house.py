"""A hosted service on this machine: a PostgreSQL that waits for its disk, a Dovecot with many users behind TLS, and
workers as processes of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import trustme

from bench.program import until
from bench.server import Served, hand_over, serving
from tests.rig import postgres
from tests.rig.dovecot import PASSWORD
from tests.rig.postgres import Cluster, Database
from triage.hosting import sealing
from triage.hosting.layout import lay_out
from triage.hosting.sealing import Keys
from triage.hosting.sweep import sweep
from triage.hosting.vault import SETTINGS, password_row

HOSTS = 16
"""Names under which the mail server is known: as many providers, so that none is spared for the others' sake."""
HANDS = 8
"""Jobs one worker does at once."""
_PATIENCE = 120.0
_AS_IN_EARNEST = """
fsync = on
full_page_writes = on
autovacuum = on
shared_buffers = 256MB
max_connections = 200
shared_preload_libraries = 'pg_stat_statements'
"""
# Large mail servers do not start a process for each sign-in.
_MANY_USERS = """
listen = {hosts}
ssl_cert = <{root}/many.pem
ssl_key = <{root}/many.key
service imap {{
  service_count = 1000
}}
"""
_HOSTING = """
[database]
url = "{url}"
[keys]
files = ["{folder}/keys"]
[worker]
concurrency = {hands}
[limits]
connections = 1000
per_second = 10000
[enrolment]
inner_servers = true
"""
_SETTINGS = """
[reader]
address = "m{number}@example.org"
time_zone = "{zone}"
[[mailbox]]
name = "home"
host = "{host}"
port = {port}
user = "m{number}"
"""


@dataclass
class House:
    """One service. Mailboxes are numbered as their members are; they lie on disk as Maildirs."""

    folder: Path
    cluster: Cluster
    database: Database
    served: Served
    keys: Keys
    desk: psycopg.Connection[tuple[Any, ...]]
    """Looks on; one for all that is asked, since to connect costs the database more than most questions."""
    members: list[int] = field(default_factory=list)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def settle(self, how_many: int) -> None:
        """So many members, enrolled, each with an empty mailbox; all are due to be looked at."""
        with psycopg.connect(self.database.superuser) as connection:
            made = connection.execute(_ENROL, (HOSTS, len(self.members), len(self.members) + how_many - 1)).fetchall()
            with connection.cursor().copy("COPY secret (member, name, sealed, key) FROM STDIN") as copy:
                for number, host in made:
                    for name, text in ((SETTINGS, self._settings(number, host)), (password_row("home"), PASSWORD)):
                        sealed = self.keys.seal(text.encode(), about=f"{number}/{name}")
                        copy.write_row((number, name, sealed.data, sealed.key))
        for number, _ in made:
            self.served.make(f"m{number}")
        self.members += [number for number, _ in made]

    def _settings(self, number: int, host: str) -> str:
        return _SETTINGS.format(number=number, host=host, port=self.served.dovecot.tls_port, zone=_asleep())

    def mailbox(self, member: int) -> Path:
        """Where a member's mail lies."""
        return self.served.maildir(f"m{member}")

    def work(self, how_many: int) -> None:
        """Start so many workers, and wait until they take jobs."""
        for _ in range(how_many):
            self.workers.append(self._worker(len(self.workers)))
        until(lambda: self._said("Worker started") >= how_many, _PATIENCE)

    def _worker(self, number: int) -> subprocess.Popen[bytes]:
        with (self.folder / f"said{number}").open("wb") as said:
            command = [sys.executable, "-m", "triage", "--config", str(self.folder / "hosting.toml"), "worker"]
            environ = os.environ | {"SSL_CERT_FILE": str(self.folder / "authorities"), "OPENBLAS_NUM_THREADS": "1"}
            return subprocess.Popen(command, stdout=said, stderr=said, env=environ, cwd=Path(__file__).parents[2])

    def _said(self, words: str) -> int:
        if ended := [one for one in self.workers if one.poll() is not None]:
            raise RuntimeError(f"a worker ended: {(self.folder / f'said{self.workers.index(ended[0])}').read_text()}")
        return sum(words in (self.folder / f"said{number}").read_text() for number in range(len(self.workers)))

    def rest(self) -> None:
        """Have all workers end, as a service manager does."""
        for one in self.workers:
            one.send_signal(signal.SIGTERM)
        for one in self.workers:
            try:
                one.wait(45)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait(10)
        self.workers.clear()

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Of the whole database, as nobody in the service could."""
        cursor = self.desk.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def sweep(self) -> None:
        """Give a job to everybody who is due."""
        with psycopg.connect(self.database.worker, autocommit=True) as connection:
            sweep(connection, timedelta(minutes=5))

    def looked_at(self, since: datetime) -> int:
        """How many mailboxes have been looked at, to the end, since this moment."""
        return int(self.ask("SELECT count(*) FROM member WHERE polled > %s", since)[0][0])

    def now(self) -> datetime:
        """By the clock that members' rows go by."""
        return datetime.now(UTC)


_ZONES = "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Pacific/Auckland", "Asia/Tokyo", "Asia/Karachi"
_ENROL = """
INSERT INTO member (name, state, consent, consented, enrolled, provider, due)
SELECT 'm-' || number, 'active', 'bench', now(), now(), '127.0.0.' || 1 + number %% %s, now()
FROM generate_series(%s::int, %s::int) AS number RETURNING id, provider
"""


def _asleep() -> str:
    """A time zone in which it is night: no letter is due for hours."""
    now = datetime.now(UTC)
    return min(_ZONES, key=lambda name: (now.astimezone(ZoneInfo(name)).hour - 1) % 24)


@contextmanager
def settled(how_many: int) -> Iterator[House]:
    """One with so many members, until it is no longer needed. Raises RuntimeError where a server does not start."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-bench-")))
        cluster = stack.enter_context(postgres.running())
        database = _in_earnest(cluster)
        served = stack.enter_context(serving())
        _many_users(served, folder)
        (folder / "keys").write_text(sealing.made() + "\n")
        (folder / "keys").chmod(0o600)
        (folder / "hosting.toml").write_text(_HOSTING.format(url=database.worker, folder=folder, hands=HANDS))
        desk = stack.enter_context(psycopg.connect(database.superuser, autocommit=True))
        house = House(folder, cluster, database, served, sealing.keys([folder / "keys"], {}), desk)
        stack.callback(house.rest)
        house.settle(how_many)
        yield house


def queue_alone(cluster: Cluster) -> Database:
    """A database with nothing in it but the queue."""
    made = cluster.empty()
    with psycopg.connect(made.owner, autocommit=True) as connection:
        lay_out(connection)
    with psycopg.connect(made.superuser, autocommit=True) as connection:
        connection.execute("GRANT USAGE ON SCHEMA public TO triage_worker")
    return made


def _in_earnest(cluster: Cluster) -> Database:
    """The tests' server does not wait for its disk; this one does."""
    cluster.end()
    with (cluster.root / "data/postgresql.conf").open("a") as file:
        file.write(_AS_IN_EARNEST)
    cluster.start()
    made = cluster.fresh()
    with psycopg.connect(made.owner, autocommit=True) as connection:
        lay_out(connection)
    with psycopg.connect(made.superuser, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
    return made


def _many_users(served: Served, folder: Path) -> None:
    """Known under many names, all of them with a certificate of an authority that workers know beside the usual."""
    hosts = [f"127.0.0.{number}" for number in range(1, HOSTS + 1)]
    dovecot, authority = served.dovecot, trustme.CA()
    certificate = authority.issue_cert(*hosts)
    certificate.private_key_pem.write_to_path(dovecot.root / "many.key")
    certificate.cert_chain_pems[0].write_to_path(dovecot.root / "many.pem")
    usual = ssl.get_default_verify_paths().cafile
    known = Path(usual).read_bytes() if usual else b""
    (folder / "authorities").write_bytes(known + authority.cert_pem.bytes())
    with (dovecot.root / "dovecot.conf").open("a") as file:
        file.write(_MANY_USERS.format(hosts=", ".join(hosts), root=dovecot.root))
    dovecot.admin("reload")
    rules = ssl.create_default_context(cafile=str(folder / "authorities"))
    until(lambda: all(_answers(host, dovecot.tls_port, rules) for host in hosts), 20)


def _answers(host: str, port: int, rules: ssl.SSLContext) -> bool:
    try:
        with (
            socket.create_connection((host, port), 5) as plain,
            rules.wrap_socket(plain, server_hostname=host) as safe,
        ):
            return bool(re.match(rb"\* OK", safe.recv(100)))
    except OSError:
        time.sleep(0.1)
        return False


def lay(mail: bytes, into: Path, name: str) -> None:
    """Deliver a mail."""
    written = into / "tmp" / name
    written.write_bytes(mail.replace(b"\r\n", b"\n"))
    hand_over(written)
    written.rename(into / "new" / name)
