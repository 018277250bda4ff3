"""A real PostgreSQL of our own: its own directory, port and roles; gone when the test run is over."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import sql

from tests.rig.ports import free_port
from triage.store.postgres import PREPARE, migrate

SUPERUSER = "postgres"
START_SECONDS = 20.0
_PLACES = [os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
"""Where the programs are: Debian keeps those of a server by its version, and on nobody's PATH."""
_WITH_PARENT = ("setpriv", "--pdeathsig", "INT") if shutil.which("setpriv") else ()
"""So that even a test run that is killed leaves no server behind."""

_CONFIGURATION = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{root}'
max_connections = 60
shared_buffers = 32MB
# What outlives a loss of power is not tried here.
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 256MB
autovacuum = off
# Ten hours behind UTC: so its days are not ours, and times without a zone would show.
timezone = 'Etc/GMT+10'
"""


@dataclass(frozen=True, slots=True)
class Database:
    """A database that nobody used before, as each of the roles reaches it."""

    name: str
    port: int

    def url(self, role: str) -> str:
        return f"postgresql://{role}@127.0.0.1:{self.port}/{self.name}"

    @property
    def owner(self) -> str:
        return self.url("triage_owner")

    @property
    def worker(self) -> str:
        return self.url("triage_worker")

    @property
    def operator(self) -> str:
        return self.url("triage_operator")

    @property
    def superuser(self) -> str:
        return self.url(SUPERUSER)


@dataclass
class Cluster:
    """A running server. Anybody on this machine is believed to be whoever they say they are."""

    root: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def start(self) -> None:
        """Let it run, again. Raises RuntimeError saying why it could not."""
        self.process = subprocess.Popen(
            [*_as_its_user(), *_WITH_PARENT, _program("postgres"), "-D", str(self.root / "data")],
            stdin=subprocess.DEVNULL,
            stdout=(self.root / "log").open("ab"),
            stderr=subprocess.STDOUT,
            cwd=self.root,
        )
        self._await()

    def end(self) -> None:
        """Stop it as an administrator would who does not wait for anybody; what was committed stays."""
        if self.process is not None:
            self.process.send_signal(2)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def stop(self) -> None:
        """End it, and remove what it wrote."""
        self.end()
        shutil.rmtree(self.root, ignore_errors=True)

    def ask(self, statement: sql.SQL | sql.Composed, database: str = SUPERUSER) -> None:
        with psycopg.connect(Database(database, self.port).superuser, autocommit=True) as connection:
            connection.execute(statement)

    def empty(self) -> Database:
        """A new database that belongs to the owner's role, with nothing in it."""
        return self._create(sql.SQL("template0"))

    def fresh(self) -> Database:
        """A new one with all tables, and no member."""
        return self.copy(self._migrated)

    def copy(self, template: Database) -> Database:
        """A new one that is just like another one, which nobody may use meanwhile."""
        made = self._create(sql.Identifier(template.name))
        # What `migrate` says of the database as a whole is all that is not copied.
        self.ask(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(made.name)))
        return made

    def drop(self, database: Database) -> None:
        self.ask(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name)))

    @cached_property
    def _migrated(self) -> Database:
        made = self.empty()
        migrate(made.owner)
        return made

    def _create(self, template: sql.Composable) -> Database:
        found = Database(f"triage{next(self._numbers)}", self.port)
        create = "CREATE DATABASE {} OWNER triage_owner TEMPLATE {}"
        self.ask(sql.SQL(create).format(sql.Identifier(found.name), template))
        return found

    def _await(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process is not None and self.process.poll() is None:
            try:
                self.ask(sql.SQL("SELECT 1"))
                return
            except psycopg.OperationalError:
                time.sleep(0.02)
        raise RuntimeError(f"PostgreSQL did not start: {(self.root / 'log').read_text(errors='replace')[-2000:]}")


def start() -> Cluster:
    """A server that answers, with the three roles, in about two seconds. Raises RuntimeError saying why not."""
    # Not below pytest's own directory: only its owner may enter that, and paths of Unix sockets must be short.
    root = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    user = _user()
    os.chown(root, user.pw_uid, user.pw_gid)
    cluster = Cluster(root, free_port())
    try:
        options = ["-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        command = [*_as_its_user(), _program("initdb"), "-D", str(root / "data"), *options]
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd=root)
        with (root / "data/postgresql.conf").open("a") as file:
            file.write(_CONFIGURATION.format(port=cluster.port, root=root))
        cluster.start()
        cluster.ask(sql.SQL(PREPARE))
    except BaseException:
        cluster.stop()
        raise
    return cluster


@contextmanager
def running() -> Iterator[Cluster]:
    """A server for as long as this lasts."""
    cluster = start()
    try:
        yield cluster
    finally:
        cluster.stop()


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join(_PLACES))
    if found is None:
        raise RuntimeError("These tests need a real PostgreSQL. On Debian: apt-get install postgresql")
    return found


def _user() -> pwd.struct_passwd:
    """PostgreSQL runs for nobody who may do everything."""
    me = pwd.getpwuid(os.geteuid())
    return pwd.getpwnam(SUPERUSER) if me.pw_uid == 0 else me


def _as_its_user() -> list[str]:
    user = _user()
    if os.geteuid() == user.pw_uid:
        return []
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
