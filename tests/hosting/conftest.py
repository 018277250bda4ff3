"""Fixtures: a database of a hosted service, with its queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.hosting.desk import Desk, desk
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
