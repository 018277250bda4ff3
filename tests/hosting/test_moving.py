"""A member's store moves to the hosted one and back: the same, row by row, and nothing is told twice on either side."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Boolean, Column, Engine, Float, Integer, LargeBinary, Table, insert, select

from tests.at_work import (
    DAY,
    TEN,
    all_is_told_once,
    open_pipeline,
    read,
    remembering_judge,
    service,
    settled,
    stationery,
    tick,
    watched,
)
from tests.fakes import MONDAY, FakeCourier, FakeMailbox, mail
from tests.hosting.desk import NOW, SOON, Desk
from tests.rig.postgres import Database
from triage.core.acts import Did
from triage.core.values import Kind, Reason, Stage
from triage.errors import BusyError, InputError, StoreError, Superseded
from triage.hosting import enrolment, members, moving, roll
from triage.pipeline import Pipeline
from triage.service import Service
from triage.store import FILE, Store, backup, held
from triage.store import schema as t
from triage.store.backup import COPIED
from triage.store.postgres import MemberStore, take
from triage.store.schema import UtcDateTime
from triage.store.work import Memory

pytestmark = pytest.mark.server
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def hosted(together: Database) -> Database:
    """One for all tests here: members do not get in each other's way."""
    return together


@pytest.fixture
def engine(here: Desk) -> Iterator[Engine]:
    with here.engine("worker") as opened:
        yield opened


def invited(here: Desk) -> int:
    with here.engine("operator") as operator, here.engine("worker") as worker:
        return enrolment.invited(worker, enrolment.invite(operator, SOON).code, NOW).number


def rows(store: Memory) -> Rows:
    """All that is in a store, but for the mark that it is a copy."""
    with store.reading() as work:
        found = {
            table.name: sorted((tuple(row) for row in work.connection.execute(select(table))), key=repr)
            for table in t.metadata.sorted_tables
        }
    found["setting"] = [row for row in found["setting"] if row[0] != COPIED]
    return found


# --- Stores of any content ---------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
moments = st.datetimes(timezones=st.just(UTC))
_KINDS: tuple[tuple[type[Any], st.SearchStrategy[Any]], ...] = (
    (UtcDateTime, moments),
    (JSON, st.lists(texts, max_size=3)),
    (Boolean, st.booleans()),
    (Float, st.floats(allow_nan=False, allow_infinity=False)),
    (LargeBinary, st.binary(max_size=20)),
    (Integer, st.integers(0, 2**31 - 1)),
)
_SENSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "event.kind": st.sampled_from([kind.value for kind in Kind]),
    "event.stage": st.sampled_from([stage.value for stage in Stage]),
    "event.reason": st.sampled_from([reason.value for reason in Reason]),
    "act.kind": st.sampled_from([did.value for did in Did]),
    **dict.fromkeys(
        ("event.deadline", "event.interview_at", "event.answer_by", "event.trust", "event.judged"), st.just("")
    ),
}
"""What is read again before it is kept: what follows from the log is made of it."""


def _values(column: Column[Any], known: dict[str, list[int]]) -> st.SearchStrategy[Any]:
    place = f"{column.table.name}.{column.name}"
    if place in _SENSIBLE:
        return _SENSIBLE[place]
    found = next((values for kind, values in _KINDS if isinstance(column.type, kind)), texts)
    for key in column.foreign_keys:
        ids = known[key.column.table.name]
        found = st.sampled_from(ids) if ids else st.none()
    return st.none() | found if column.nullable and not column.primary_key else found


@st.composite
def stores(draw: st.DrawFn) -> list[tuple[Table, list[dict[str, Any]]]]:
    """Rows for every table, in an order in which they can be entered."""
    known: dict[str, list[int]] = {}
    made = []
    for table in moving.BASE:
        if any(not key.parent.nullable and not known[key.column.table.name] for key in table.foreign_keys):
            continue
        row = st.fixed_dictionaries({column.name: _values(column, known) for column in table.columns})
        single = [name for name in ("id", "key", "message_id") if name in table.columns and table is not t.act]
        keys = [lambda row, name=name: row[name] for name in single]
        keys.append(lambda row, table=table: tuple(row[column.name] for column in table.primary_key))
        drawn = draw(st.lists(row, max_size=4, unique_by=tuple(keys)))
        known[table.name] = [one["id"] for one in drawn if "id" in one]
        made.append((table, drawn))
    return made


@given(stores())
@settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_there_and_back_again_it_is_the_same_row_by_row(
    tmp_path: Path, here: Desk, engine: Engine, content: list[tuple[Table, list[dict[str, Any]]]]
) -> None:
    folders = tmp_path / "theirs", tmp_path / "again"
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    store = Store(folders[0])
    with store.writing() as work:
        for table, drawn in content:
            if drawn and table is not t.setting:
                work.connection.execute(insert(table), drawn)
    before = rows(store)
    store.close()
    number = invited(here)
    brought = moving.bring(engine, number, folders[0], NOW)
    assert rows(MemberStore(engine, number, take(engine, number))) == before
    taken = moving.take_along(engine, number, folders[1], NOW)
    assert taken == brought
    again = Store(folders[1])
    assert rows(again) == before
    again.close()
    members.forget(engine, number)


# --- A search that goes on ---------------------------------------------------------------------------------------


def _searching(folder: Path) -> tuple[FakeMailbox, FakeCourier]:
    """A store where two employers have answered, and one letter was written and delivered."""
    pipeline, courier = open_pipeline(folder), FakeCourier()
    mailbox = settled(pipeline)
    for company in ("Northwind", "Acme"):
        mailbox.receive(mail("rejection", company), MONDAY)
    read(pipeline, mailbox)
    assert tick(pipeline, courier) == 1
    pipeline.store.close()
    return mailbox, courier


def _hosted(engine: Engine, number: int) -> Pipeline:
    store = MemberStore(engine, number, take(engine, number))
    return Pipeline(store, remembering_judge(), stationery(store.secret))


def test_nothing_is_told_twice_and_the_search_goes_on(tmp_path: Path, here: Desk, engine: Engine) -> None:
    mailbox, courier = _searching(tmp_path / "store")
    number = invited(here)
    moving.bring(engine, number, tmp_path / "store", TEN)
    pipeline = _hosted(engine, number)
    for day in range(1, 4):
        read(pipeline, mailbox)
        assert tick(pipeline, courier, TEN + day * DAY) == 0
    mailbox.receive(mail("rejection", "Contoso"), MONDAY + 4 * DAY)
    read(pipeline, mailbox)
    assert tick(pipeline, courier, TEN + 4 * DAY) == 1
    assert len(courier.inbox) == 2
    assert all_is_told_once(pipeline, courier)


def test_what_was_told_after_the_copy_was_made_is_learnt_from_the_mailbox(
    tmp_path: Path, here: Desk, engine: Engine
) -> None:
    """The service at home went on after the backup was made that was brought."""
    home = open_pipeline(tmp_path / "store")
    mailbox, courier = settled(home), FakeCourier()
    mailbox.receive(mail("rejection", "Northwind"), MONDAY)
    service(home, [watched(mailbox)], courier).poll(watched(mailbox))
    copy = backup.make(tmp_path / "store", TEN)
    assert tick(home, courier) == 1
    (letter,) = courier.letters
    mailbox.receive(letter, TEN)
    number = invited(here)
    moving.bring(engine, number, copy, TEN)
    hosted = Service(_hosted(engine, number), [watched(mailbox)], courier, lambda: TEN + DAY)
    assert hosted.tick() == 0  # before it has read what came since
    hosted.poll(watched(mailbox))
    assert hosted.tick() == 0
    assert len(courier.inbox) == 1


def test_who_takes_it_along_is_suspended_and_a_slow_worker_writes_nothing_more(
    tmp_path: Path, here: Desk, engine: Engine
) -> None:
    _searching(tmp_path / "store")
    number, handle, _ = here.member()
    slow = MemberStore(engine, number, take(engine, number))
    moved = moving.take_along(engine, number, tmp_path / "taken", TEN)
    with pytest.raises(Superseded), slow.writing() as work:
        work.notes.set("late", "yes")
    with here.engine("operator") as operator:
        assert roll.one(operator, handle).state == "suspended"
    assert moved.rows["setting"] == 2  # the secret, and by what rules the log is kept
    assert (tmp_path / "taken" / FILE).stat().st_mode & 0o777 == 0o600


# --- What is refused ----------------------------------------------------------------------------------------------


def test_only_one_log_a_member(tmp_path: Path, here: Desk, engine: Engine) -> None:
    _searching(tmp_path / "store")
    number = invited(here)
    moving.bring(engine, number, tmp_path / "store", TEN)
    before = rows(_hosted(engine, number).store)
    with pytest.raises(InputError, match="has a log already"):
        moving.bring(engine, number, tmp_path / "store", TEN)
    assert rows(_hosted(engine, number).store) == before
    moving.take_along(engine, number, tmp_path / "taken", TEN)
    with pytest.raises(InputError, match="There is a store in"):
        moving.take_along(engine, number, tmp_path / "taken", TEN)


def test_a_store_at_work_a_damaged_one_and_none(tmp_path: Path, here: Desk, engine: Engine) -> None:
    number = invited(here)
    _searching(tmp_path / "store")
    with held(tmp_path / "store"), pytest.raises(BusyError):
        moving.bring(engine, number, tmp_path / "store", TEN)
    (tmp_path / "broken").write_bytes((tmp_path / "store" / FILE).read_bytes()[:20_000] + b"x" * 20_000)
    with pytest.raises(StoreError, match="damaged"):
        moving.bring(engine, number, tmp_path / "broken", TEN)
    with pytest.raises(InputError, match="There is no store at"):
        moving.bring(engine, number, tmp_path / "nowhere", TEN)
    assert not list(Path(tempfile.gettempdir()).glob("triage-moving-*"))


def test_as_typed(tmp_path: Path, here: Desk) -> None:
    _searching(tmp_path / "store")
    handle = here.told("admin", "invite")[0]["handle"]
    tried = here.told("admin", "import", handle, str(tmp_path / "store"), "--dry-run")
    brought = here.told("admin", "import", handle, str(tmp_path / "store"))  # the trial has left nothing
    assert tried == brought
    weighed = here.told("admin", "export", handle, str(tmp_path / "taken"), "--dry-run")
    assert not (tmp_path / "taken").exists()
    assert [one["state"] for one in here.told("admin", "list") if one["handle"] == handle] == ["invited"]
    taken = here.told("admin", "export", handle, str(tmp_path / "taken"))
    assert weighed["rows"] == taken["rows"]
    assert taken == brought
    with pytest.raises(InputError, match="There is no member m-nobody"):
        here.types("admin", "export", "m-nobody", str(tmp_path / "other"))
