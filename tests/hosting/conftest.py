"""Fixtures: a database of a hosted service, with its queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.hosting.colony import Colony, colony, terms
from tests.hosting.desk import Desk, desk
from tests.hosting.hands import Hands
from tests.rig.dovecot import Dovecot
from tests.rig.postgres import Cluster, Database
from triage.hosting.layout import lay_out


@pytest.fixture(scope="session")
def hosted_template(cluster: Cluster) -> Database:
    """All tables and the queue, and nothing in them."""
    made = cluster.fresh()
    with psycopg.connect(made.owner, autocommit=True) as connection:
        lay_out(connection)
    return made


@pytest.fixture(scope="module")
def together(cluster: Cluster, hosted_template: Database) -> Iterator[Database]:
    """One for a whole file of tests, whose members do not get in each other's way."""
    made = cluster.copy(hosted_template)
    yield made
    cluster.drop(made)


@pytest.fixture
def hosted(cluster: Cluster, hosted_template: Database) -> Iterator[Database]:
    """A hosted service's database where nothing has happened yet."""
    made = cluster.copy(hosted_template)
    yield made
    cluster.drop(made)


@pytest.fixture
def here(tmp_path: Path, hosted: Database) -> Desk:
    """Where an operator sits, with a database of this kind."""
    return desk(tmp_path / "desk", hosted)


@pytest.fixture
def town(tmp_path: Path, hosted: Database, dovecot: Dovecot) -> Iterator[Colony]:
    """Members with mailboxes on a real mail server, and nobody at work yet."""
    with colony(desk(tmp_path / "desk", hosted, terms()), dovecot) as made:
        yield made


@pytest.fixture
def worker(town: Colony) -> Iterator[Hands]:
    """Does their jobs, one at a time."""
    with town.desk.engine("worker") as engine:
        yield Hands(town, engine)
