"""A search lived over SQLite and over PostgreSQL: the same rows in every table, and the same letters to the byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from sqlalchemy import select

from tests.at_work import open_pipeline, pipeline_over
from tests.rig.hosted import Host, host
from tests.rig.postgres import Cluster, Database
from tests.store.making import NOW, event
from tests.test_pipeline_fortnight import SEARCHES, STEP, live
from triage.core.values import Kind
from triage.pipeline import Pipeline
from triage.store import Memory, Store, schema
from triage.store.postgres import migrate
from triage.store.postgres.apart import numbered
from triage.store.work import SECRET

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("fortnight")]

KNOWN = "5e" * 32


def everything(store: Memory) -> Mapping[str, list[tuple[Any, ...]]]:
    """Every row of every table as the program sees it, in the order of their keys."""
    with store.reading() as work:
        return {
            table.name: [
                tuple(row) for row in work.connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in schema.metadata.sorted_tables
        }


def begun(store: Memory) -> None:
    """Message-IDs depend on the secret."""
    with store.writing() as work:
        work.notes.set(SECRET, KNOWN)


def test_a_fortnight_is_the_same_in_either(shared: Host, tmp_path: Path) -> None:
    start, cadence = SEARCHES["as set up"]
    file, member = Store(tmp_path / "store"), shared.store(shared.enrol())
    begun(file)
    begun(member)

    def hosted() -> Pipeline:
        """A restart is another worker that takes over."""
        return pipeline_over(shared.store(member.member), cadence)

    def alone() -> Pipeline:
        return open_pipeline(tmp_path / "store", cadence)

    one, other = live(alone, start, 3 * STEP), live(hosted, start, 3 * STEP)
    assert one.letters == other.letters
    assert one.copies == other.copies
    assert len(one.copies) > 3
    assert everything(file) == everything(member)
    file.close()


def test_ids_go_on_above_the_highest_as_in_sqlite(shared: Host, tmp_path: Path) -> None:
    file, member = Store(tmp_path / "store"), shared.store(shared.enrol())
    ids = []
    for store in (file, member):
        with store.writing() as work:
            its = [work.log.record(event(key)) for key in ("a", "b", "c")]
            work.log.forget(its[-1:])
            its.append(work.log.record(event("d")))
            work.connection.execute(schema.event.update().where(schema.event.c.key == "a").values(id=3_000_000_000))
            its.append(work.log.record(event("e")))
        ids.append(its)
    assert ids == [[1, 2, 3, 3, 3_000_000_001]] * 2
    with member.reading() as work:
        assert [one.id for one in work.log.untold([Kind.REJECTION])] == [2, 3, 3_000_000_000, 3_000_000_001]
    file.close()


@pytest.mark.parametrize("table", [table.name for table in schema.metadata.sorted_tables if numbered(table)])
def test_every_id_has_room(shared: Host, table: str) -> None:
    store = shared.store(shared.enrol())
    with store.reading() as work:
        asked = (
            "SELECT data_type FROM information_schema.columns WHERE column_name = 'id' AND table_name = %s",
            (table,),
        )
        assert work.connection.exec_driver_sql(*asked).scalar() == "bigint"


@pytest.fixture
def english(cluster: Cluster) -> Iterator[Database]:
    """A database in which texts are in the order of a dictionary, unless otherwise said."""
    made = Database("english", cluster.port)
    cluster.ask(
        sql.SQL("CREATE DATABASE english OWNER triage_owner TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
    )
    migrate(made.owner)
    yield made
    cluster.drop(made)


def test_texts_are_in_the_order_of_their_bytes(english: Database, tmp_path: Path) -> None:
    """And not in that of a language, in which an accent or a capital counts for less."""
    names = ["b", "B", "a", "ä", "Z", "é", "_", "10", "9", "\U0001f4ee"]
    found = []
    with host(english) as opened:
        for store in (Store(tmp_path / "store"), opened.store(opened.enrol())):
            with store.writing() as work:
                for name in names:
                    work.notes.polled(name, NOW)
                found.append([one.mailbox for one in work.notes.health()])
            store.close()
        with opened.engine.connect() as connection:
            asked = "SELECT x FROM unnest(ARRAY['b', 'B', 'a']) x ORDER BY x"
            assert connection.exec_driver_sql(asked).scalars().all() == ["a", "b", "B"]
    assert found[0] == found[1] == sorted(names)
