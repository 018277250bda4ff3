"""What a member's store was told lasts, when the database dies in the next moment: whatever its configuration says."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from psycopg import sql

from tests.rig.hosted import Host
from tests.rig.postgres import Cluster
from triage.store.postgres import take

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def _lazy(cluster: Cluster) -> Iterator[None]:
    """The server commits at its leisure, by its own configuration; so may an operator's."""
    cluster.ask(sql.SQL("ALTER SYSTEM SET synchronous_commit = off"))
    cluster.ask(sql.SQL("ALTER SYSTEM SET wal_writer_delay = '10s'"))
    cluster.ask(sql.SQL("SELECT pg_reload_conf()"))
    cluster.ask(sql.SQL("CHECKPOINT"))  # what is there by now is not at stake
    yield
    cluster.ask(sql.SQL("ALTER SYSTEM RESET ALL"))
    cluster.ask(sql.SQL("SELECT pg_reload_conf()"))


@pytest.fixture
def member(cluster: Cluster, host: Host) -> int:
    """Somebody who is on the disk."""
    made = host.enrol()
    cluster.ask(sql.SQL("CHECKPOINT"))
    return made


def _die(cluster: Cluster) -> None:
    """Nothing is finished; what was not written yet is gone."""
    assert cluster.process is not None
    cluster.process.send_signal(signal.SIGQUIT)
    cluster.process.wait(30)
    cluster.start()


def test_what_was_committed_outlives_the_database(cluster: Cluster, host: Host, member: int) -> None:
    store = host.store(member)
    for turn in range(5):
        with store.writing() as work:
            work.notes.set("turn", str(turn))
        _die(cluster)
        host.engine.dispose()
        with store.reading() as work:
            assert work.notes.setting("turn") == str(turn)


def test_no_fence_is_given_twice(cluster: Cluster, host: Host, member: int) -> None:
    fences = []
    for _ in range(5):
        fences.append(take(host.engine, member))
        _die(cluster)
        host.engine.dispose()
    assert sorted(set(fences)) == fences
