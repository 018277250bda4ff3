"""The tables on disk are those of the code, and what goes in comes out."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from tests.store.making import NOW, as_kept, event
from triage.core.acts import LISTED, Act, Did
from triage.core.values import Cursor, Details, Event, Kind, Reason, Stage, Trust
from triage.store import FILE, Memory, Store, schema
from triage.store.engine import read_only
from triage.store.version import NEWEST

same_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)

# Everything that UTF-8 can hold, line ends and NUL included; a mail's text is never anything else.
texts = st.text(st.characters(codec="utf-8"), max_size=40)
several = st.lists(texts, max_size=4).map(tuple)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.builds(
    lambda since, zone: (datetime(1990, 1, 2, tzinfo=UTC) + since).astimezone(zone),
    st.timedeltas(timedelta(0), timedelta(days=40_000)),
    offsets,
)
details = st.builds(
    Details,
    company=texts,
    role=texts,
    stage=st.sampled_from(Stage),
    reason=st.sampled_from(Reason),
    feedback=several,
    reapply=st.booleans(),
    deadline=texts,
    interview_at=texts,
    reference=texts,
    answer_by=texts,
)
events = st.builds(
    Event,
    key=texts,
    message_id=texts,
    mailbox=texts,
    folder=texts,
    received=moments,
    kind=st.sampled_from(Kind),
    confidence=st.floats(0, 1),
    evidence=several,
    details=details,
    thread=several,
    sender_domain=texts,
    human=st.booleans(),
    trust=st.sampled_from(Trust),
    judged=st.none() | st.sampled_from(Kind),
    fingerprint=st.binary(max_size=80),
    lookback=st.booleans(),
)
acts = st.builds(Act, st.sampled_from(Did), moments, letter=texts, text=texts, key=texts)


def test_the_migrations_lead_to_the_tables_of_the_code(store: Store) -> None:
    engine = create_engine(f"sqlite:///{store.path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []


def test_a_column_more_would_be_noticed(store: Store) -> None:
    engine = create_engine(f"sqlite:///{store.path}")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE event ADD COLUMN more TEXT"))
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) != []


def test_the_newest_migration_is_the_one_the_code_knows() -> None:
    script = ScriptDirectory(str(files("triage.store") / "migrations"))
    assert script.get_current_head() == NEWEST


def test_every_migration_is_in_one_line_of_descent() -> None:
    script = ScriptDirectory(str(files("triage.store") / "migrations"))
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)
    assert len(script.get_heads()) == len(script.get_bases()) == 1


THEIR_OWN = {"act.text"}
"""What the reader wrote for themselves, such as lines about a talk: kept because they asked, and nobody else's."""


@pytest.mark.parametrize("word", ["body", "subject", "password", "text", "quote"])
def test_there_is_no_room_for_what_must_not_be_stored(word: str) -> None:
    columns = {f"{table.name}.{column.name}" for table in schema.metadata.tables.values() for column in table.columns}
    assert {name for name in columns if word in name.partition(".")[2]} <= THEIR_OWN <= columns


def test_opening_again_changes_nothing(folder: Path) -> None:
    first = Store(folder)
    with first.writing() as work:
        number = work.log.record(event("one"))
    first.close()
    before = (folder / FILE).read_bytes()
    second = Store(folder)
    with second.reading() as work:
        assert [known.id for known in work.log.events()] == [number]
    assert second.secret == first.secret
    second.close()
    assert (folder / FILE).read_bytes() == before


def test_the_secret_is_long_and_each_store_has_its_own(tmp_path: Path) -> None:
    one, other = Store(tmp_path / "one"), Store(tmp_path / "other")
    assert one.secret != other.secret
    assert len(one.secret) == len(other.secret) == 32


@given(entered=events)
@same_store
def test_an_event_comes_back_as_it_was(memory: Memory, entered: Event) -> None:
    with memory.writing() as work:
        work.log.forget(known.id for known in work.log.events())
        number = work.log.record(replace(entered, application=work.log.begin(entered.details)))
    with memory.reading() as work:
        (found,) = (known for known in work.log.events() if known.id == number)
    assert found == replace(as_kept(memory, entered), id=number, application=found.application)
    assert found.received.tzinfo is UTC


@given(said=acts)
@same_store
def test_what_the_reader_said_comes_back_as_it_was(memory: Memory, said: Act) -> None:
    with memory.writing() as work:
        work.acts.clear()
        event_id = work.log.record(event("one")) if not work.log.knows("one") else 1
        about = replace(said, event=event_id)
        number = work.acts.keep(about)
    with memory.reading() as work:
        (found,) = work.acts.all()
        assert found == replace(as_kept(memory, about), id=number)
        assert found.made.tzinfo is UTC
        assert work.acts.knows(said.key) is bool(said.key)
        assert work.acts.unconfirmed() == (() if _needs_no_answer(said) else (found,))


def _needs_no_answer(said: Act) -> bool:
    """A draft; what came with a list; and a pause at the terminal, which was answered there."""
    at_the_terminal = said.kind in (Did.PAUSED, Did.STOPPED) and not said.key
    return said.kind is Did.DRAFTED or at_the_terminal or said.key.startswith(LISTED)


@given(moment=moments)
@same_store
def test_a_moment_is_stored_in_utc_whatever_its_offset(store: Store, moment: datetime) -> None:
    with store.writing() as work:
        work.notes.polled("mine", moment)
    with closing(read_only(store.path)) as raw:
        (stored,) = raw.execute("SELECT polled FROM health").fetchone()
    assert datetime.fromisoformat(stored) == moment.astimezone(UTC).replace(tzinfo=None)
    with store.reading() as work:
        assert [health.polled for health in work.notes.health()] == [moment]


def test_moments_of_different_offsets_are_ordered_as_moments(memory: Memory) -> None:
    """As texts with their offsets, the later one of these would come first."""
    early = datetime(2026, 3, 2, 0, 30, tzinfo=timezone(timedelta(hours=14)))
    late = datetime(2026, 3, 1, 23, 0, tzinfo=timezone(timedelta(hours=-8)))
    with memory.writing() as work:
        work.log.record(replace(event("late"), received=late))
        work.log.record(replace(event("early"), received=early))
    with memory.reading() as work:
        assert [known.key for known in work.log.events()] == ["early", "late"]
        assert [known.key for known in work.log.events(since=late)] == ["late"]


@given(cursor=st.builds(Cursor, texts, texts, *[st.integers(0, 2**63 - 1)] * 3))
@same_store
def test_a_cursor_comes_back_as_it_was(memory: Memory, cursor: Cursor) -> None:
    with memory.writing() as work:
        work.log.move(cursor)
        work.log.move(cursor)
    with memory.reading() as work:
        assert work.log.cursor(cursor.mailbox, cursor.folder) == as_kept(memory, cursor)
        assert work.log.cursor(cursor.mailbox, cursor.folder + "?") is None


def test_a_failure_lasts_from_its_first_time_until_all_is_well(memory: Memory) -> None:
    hour = timedelta(hours=1)
    with memory.writing() as work:
        work.notes.polled("mine", NOW)
        work.notes.failed("mine", "The server is away.", NOW + hour)
        work.notes.failed("mine", "The server is still away.", NOW + 2 * hour)
        (health,) = work.notes.health()
        assert (health.polled, health.error, health.since) == (NOW, "The server is still away.", NOW + hour)
        work.notes.polled("mine", NOW + 3 * hour)
        (health,) = work.notes.health()
        assert (health.polled, health.error, health.since) == (NOW + 3 * hour, "", None)
