"""What the reader corrected: kept, found by sender, replaced, forgotten; and the step from a store without it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from tests.store.making import NOW, as_kept, event, recorded
from tests.store.test_schema import moments, several, texts
from triage.core.correction import Correction
from triage.core.situation.standing import history
from triage.core.values import Kind, Trust
from triage.errors import StoreError
from triage.store import FILE, Memory, Store

same_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
kinds = st.sampled_from(Kind)
corrections = st.builds(
    Correction,
    key=texts,
    domain=texts,
    fingerprint=st.binary(max_size=80),
    judged=kinds,
    kind=kinds,
    made=moments,
    evidence=several,
    before=kinds,
    placed=st.booleans(),
)


def correction(key: str, domain: str = "fjord.example", line: int = 0) -> Correction:
    return Correction(key, domain, b"print", Kind.REJECTION, Kind.OTHER, NOW, event=line)


def kept(store: Memory, *those: Correction) -> tuple[Correction, ...]:
    with store.writing() as work:
        for one in those:
            work.corrections.keep(one)
        return work.corrections.all()


@given(entered=corrections)
@same_store
def test_a_correction_comes_back_as_it_was(memory: Memory, entered: Correction) -> None:
    with memory.writing() as work:
        work.corrections.clear()
    (found,) = kept(memory, entered)
    assert found == replace(as_kept(memory, entered), id=found.id)
    with memory.reading() as work:
        assert work.corrections.about(entered.key) == found
        assert work.corrections.of(entered.domain) == ((found,) if entered.domain else ())


def test_of_one_mail_there_is_one_correction_and_it_keeps_its_id(memory: Memory) -> None:
    (first,) = kept(memory, correction("one"))
    (second,) = kept(memory, replace(correction("one"), kind=Kind.OFFER))
    assert (second.id, second.kind) == (first.id, Kind.OFFER)


def test_they_are_found_by_sender(memory: Memory) -> None:
    kept(memory, correction("one"), correction("two", "skarv.example"), correction("three"))
    with memory.reading() as work:
        assert [one.key for one in work.corrections.of("fjord.example")] == ["one", "three"]
        assert work.corrections.of("example") == ()


def test_forgetting_a_line_forgets_what_was_learnt_from_it(memory: Memory) -> None:
    one, two = recorded(memory, "one", "two")
    kept(memory, correction("one", line=one), correction("two", line=two), correction("file"))
    with memory.writing() as work:
        work.log.forget([one])
        assert [known.key for known in work.corrections.all()] == ["two", "file"]


def test_forgetting_a_line_forgets_a_correction_that_was_made_by_file(memory: Memory) -> None:
    kept(memory, correction("one"))
    with memory.writing() as work:
        work.log.forget([work.log.record(event("one"))])
        assert work.corrections.all() == ()


def test_what_was_forgotten_is_overwritten_in_the_file(store: Store) -> None:
    (one,) = recorded(store, "one")
    kept(store, replace(correction("one", line=one), fingerprint=b"canary" * 9, domain="canary.example"))
    with store.writing() as work:
        work.log.forget([one])
    store.shrink()
    store.close()
    assert b"canary" not in store.path.read_bytes()


def test_a_correction_that_cannot_be_read_is_a_damage(memory: Memory) -> None:
    kept(memory, correction("one"))
    with memory.writing() as work:
        work.connection.exec_driver_sql("UPDATE correction SET kind = 'nonsense'")
    with memory.reading() as work, pytest.raises(StoreError, match="damaged"):
        work.corrections.all()


@pytest.fixture
def old(folder: Path) -> Path:
    """A store as the first version left it: two lines in the log, one told, one of them an application's."""
    folder.mkdir(mode=0o700)
    engine = create_engine(f"sqlite:///{folder / FILE}")
    config = Config()
    config.set_main_option("script_location", "triage.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.executescript(
            """
            INSERT INTO application VALUES (1, 'Fjord', 'Cook', 'R-1');
            INSERT INTO event VALUES
              (1, 'one', '<1@x>', 'mine', 'INBOX', '2026-03-02 08:00:00.000000', 'rejection', 0.9, '["sorry"]', 'Fjord',
               'Cook', 'screen', 'not_stated', '["You cook well."]', 1, '', '', 'R-1', '[]', 'fjord.example', 0, 1),
              (2, 'two', '<2@x>', 'mine', 'INBOX', '2026-03-02 09:00:00.000000', 'unsure', 0.5, '[]', '',
               '', '', '', '[]', 0, '', '', '', '[]', 'skarv.example', 1, NULL);
            INSERT INTO letter VALUES
             (1, 'daily', '<l@x>', '2026-03-02 10:00:00', NULL, 1, '2026-03-02 10:00:00', '2026-03-02 10:01:00', 0, '');
            INSERT INTO telling VALUES (1, 1);
            INSERT INTO setting VALUES ('secret', 'abcd');
            INSERT INTO forgotten VALUES ('gone');
            INSERT INTO cursor VALUES ('mine', 'INBOX', 1, 2, 0);
            """
        )
    return folder


def test_a_store_of_the_first_version_is_brought_up_to_date_with_all_that_is_in_it(old: Path) -> None:
    store = Store(old)
    with store.writing() as work:
        one, two = work.log.events()
        assert (one.id, one.kind, one.details.feedback, one.application) == (1, Kind.REJECTION, ("You cook well.",), 1)
        assert (two.id, two.kind, two.lookback, two.application) == (2, Kind.UNSURE, True, 0)
        assert {(each.trust, each.judged, each.fingerprint) for each in (one, two)} == {(Trust.UNKNOWN, None, b"")}
        assert [known.role for known in work.log.applications()] == ["Cook"]
        assert [each.id for each in work.log.untold(Kind)] == [2]
        assert work.log.knows("gone")
        assert work.log.counts() == {"rejection": 1, "unsure": 1}
        assert [known.id for known in work.search.near(one)] == [1]
        assert work.search.history(NOW) == history(work.log.applications(), NOW)
        assert work.corrections.all() == ()
        work.corrections.keep(correction("one", line=1))
    store.close()
    assert store.secret == bytes.fromhex("abcd")
    again = Store(old)
    with again.reading() as work:
        assert [each.event for each in work.corrections.all()] == [1]
    again.close()


def test_a_store_that_cannot_be_brought_up_to_date_is_left_as_it_was(old: Path) -> None:
    with closing(sqlite3.connect(old / FILE)) as connection:
        connection.execute("CREATE TABLE correction (it INTEGER)")
        connection.commit()
    with pytest.raises(StoreError):
        Store(old)
    with closing(sqlite3.connect(old / FILE)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(event)")]
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert "fingerprint" not in columns
    assert version == ("0001",)
