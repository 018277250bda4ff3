"""Fixtures: a fresh store with the real core; a Dovecot and a PostgreSQL for each test process, and of the one a fresh
account, of the other a fresh database for each test."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.at_work import open_pipeline, pipeline_over
from tests.rig import dovecot as rig
from tests.rig import hosted, postgres
from tests.rig.client import Client
from tests.rig.proxy import Proxy
from triage.pipeline import Pipeline
from triage.store.postgres import MemberStore
from triage.wire import Server, Tls

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Account:
    """One reader's account: where it is, and the reader's other mail program on it."""

    dovecot: rig.Dovecot
    user: str

    def server(self, tls: Tls = Tls.NONE, timeout: float = 5.0) -> Server:
        return self.dovecot.server(self.user, tls, timeout)

    def through(self, proxy: Proxy, tls: Tls = Tls.NONE, timeout: float = 5.0) -> Server:
        """The same account, reached through `proxy`."""
        return Server("127.0.0.1", proxy.port, self.user, tls, self.dovecot.authority, timeout)

    @staticmethod
    def password() -> str:
        return rig.PASSWORD

    @property
    def client(self) -> Client:
        return Client(self.dovecot.port, self.user)


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A command sets up what the program logs, and where; the next test hears all again."""
    logger = logging.getLogger("triage")
    handlers, level, propagate = logger.handlers, logger.level, logger.propagate
    yield
    logger.handlers, logger.propagate = handlers, propagate
    logger.setLevel(level)


@pytest.fixture
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pipeline]:
    """A store where nothing has happened yet, with the real core around it; a file, unless `either` is asked for."""
    if getattr(request, "param", "sqlite") == "sqlite":
        opened = open_pipeline(tmp_path / "store")
    else:
        opened = pipeline_over(request.getfixturevalue("member_store"))
    yield opened
    opened.store.close()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[rig.Dovecot]:
    """A real IMAP server, one for each test process."""
    running = rig.start()
    yield running
    running.stop()


@pytest.fixture
def account(dovecot: rig.Dovecot) -> Account:
    """An account nobody used before."""
    return Account(dovecot, f"reader{next(_numbers)}")


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A real PostgreSQL, one for each test process."""
    with postgres.running() as server:
        yield server


@pytest.fixture
def database(cluster: postgres.Cluster) -> Iterator[postgres.Database]:
    """A database with all tables, and no member."""
    made = cluster.fresh()
    yield made
    cluster.drop(made)


@pytest.fixture(scope="session")
def shared(cluster: postgres.Cluster) -> Iterator[hosted.Host]:
    """One database for all tests that only look at members of their own."""
    made = cluster.fresh()
    with hosted.host(made) as opened:
        yield opened
    cluster.drop(made)


@pytest.fixture
def member_store(shared: hosted.Host) -> MemberStore:
    """The store of a member who has just come."""
    return shared.store(shared.enrol())


@pytest.fixture
def host(database: postgres.Database) -> Iterator[hosted.Host]:
    """A database of one's own."""
    with hosted.host(database) as opened:
        yield opened


@pytest.fixture
def proxy(dovecot: rig.Dovecot) -> Iterator[Proxy]:
    """A network on the way to Dovecot's plain-text port."""
    with Proxy(dovecot.port) as running:
        yield running


@pytest.fixture
def tls_proxy(dovecot: rig.Dovecot) -> Iterator[Proxy]:
    """A network on the way to Dovecot's TLS port."""
    with Proxy(dovecot.tls_port) as running:
        yield running
