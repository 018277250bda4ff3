"""Fixtures: a database of a hosted service, with its queue."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.rig.postgres import Cluster, Database
from triage.hosting.layout import lay_out


@pytest.fixture(scope="session")
def hosted_template(cluster: Cluster) -> Database:
    """All tables and the queue, and nothing in them."""
    made = cluster.fresh()
    with psycopg.connect(made.owner, autocommit=True) as connection:
        lay_out(connection)
    return made


@pytest.fixture
def hosted(cluster: Cluster, hosted_template: Database) -> Iterator[Database]:
    """A hosted service's database where nothing has happened yet."""
    made = cluster.copy(hosted_template)
    yield made
    cluster.drop(made)
