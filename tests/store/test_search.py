"""What is loaded is what a look at the whole log would use, whatever was done to it; and no question reads it all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import event as happening
from sqlalchemy import select

from tests.at_work import ZONE, store_of
from tests.core.test_near import COMPANIES, DOMAINS, NAMES, NUMBERS, ROLES
from tests.store.making import NOW, letter
from triage import correcting, wishes
from triage.core.acts import Act, Did
from triage.core.due import TOLD
from triage.core.journey import find, near
from triage.core.letter import LetterKind, Plan
from triage.core.situation.standing import history, standing
from triage.core.values import Cursor, Details, Event, Kind, Stage
from triage.pipeline import Pipeline, record
from triage.store import Memory, Store, Work, schema
from triage.store.outlook import Outlook
from triage.store.triggers import CREATE
from triage.store.triggers import NAMES as TRIGGERS
from triage.store.work import TRAITS

DAY = timedelta(days=1)
DERIVED = ("tally", "worn", "trait", "standing", "total")


searched = pytest.mark.parametrize(
    ("memory", "seed"),
    [("sqlite", 0), ("sqlite", 1), pytest.param("postgresql", 2, marks=pytest.mark.server)],
    indirect=["memory"],
)


def any_mail(dice: Random, number: int) -> Event:
    details = Details(
        dice.choice(COMPANIES),
        dice.choice(ROLES),
        dice.choice([*Stage]),
        reference=dice.choice(NUMBERS),
        feedback=("You know SQL well.",) if dice.random() < 0.1 else (),
        interview_at=dice.choice(["", "", "2026-04-01", "soon"]),
    )
    return Event(
        key=f"{number}",
        message_id=f"<{number}@x>",
        mailbox="home",
        folder="INBOX",
        received=NOW - dice.randrange(dice.choice([40, 90, 900])) * DAY,
        kind=dice.choice([*Kind]),
        confidence=0.9,
        details=details,
        thread=tuple(dice.sample([*NAMES, f"<{number - 1}@x>", f"<{number - 7}@x>"], 2)),
        sender_domain=dice.choice(DOMAINS),
        human=dice.random() < 0.5,
    )


def anything(work: Work, dice: Random, number: int) -> None:
    """One of the things that happen to a log."""
    events, applications = work.log.events(), work.log.applications()
    one = dice.choice(events) if events else None
    its = dice.choice(applications).id if applications else 0
    happens = dice.randrange(10)
    if happens < 6 or one is None:
        record(work, any_mail(dice, number))
    elif happens == 6:
        kind = dice.choice(correcting.KINDS)
        correcting.apply(work, correcting.of_event(one, kind, NOW))
        if dice.random() < 0.5:
            correcting.undo(work, work.corrections.all()[-1])
    elif happens == 7:
        wishes.name(work, one, NOW, company=dice.choice(COMPANIES[1:]), role=dice.choice(ROLES))
    elif happens == 8:
        wishes.forget(work, [one.id], NOW)
    elif its:
        work.acts.keep(Act(dice.choice([*Did]), NOW - dice.randrange(900) * DAY, application=its, text="A note."))
    if dice.random() < 0.2 and (left := work.log.untold(TOLD)):
        work.outbox.enqueue(letter(f"<letter {number}>", left[0].id), NOW)


def lived(store: Memory, seed: int, steps: int = 60) -> None:
    dice = Random(seed)
    for number in range(steps):
        with store.writing() as work:
            for part in range(dice.choice([1, 1, 3])):
                anything(work, dice, number * 10 + part)


@searched
def test_what_is_kept_is_what_the_log_says(memory: Memory, seed: int) -> None:
    lived(memory, seed)
    with memory.reading() as work:
        every = work.log.applications()
        ask = work.log.connection.exec_driver_sql
        assert ask("SELECT count(*) FROM unsettled").scalar() == 0
        marks = {(number, key) for key, number in ask("SELECT key, application FROM trait")}
        assert marks == {(one.id, key) for one in every for key in near.traits(one)}
        kept = {row.application: row for row in work.log.connection.execute(schema.standing.select())}
        assert kept.keys() == {one.id for one in every}
        assert all(standing(one).until == kept[one.id].until for one in every)
        by_kind = ask("SELECT kind, count(*) FROM event GROUP BY kind ORDER BY kind")
        assert work.log.counts() == dict(tuple(row) for row in by_kind)
        told = ask("SELECT id FROM event WHERE told <> (id IN (SELECT event FROM telling))")
        assert told.all() == []
        uses = ask("SELECT block, variant, count(*) FROM wording GROUP BY block, variant ORDER BY 1, 2").all()
        assert ask("SELECT block, variant, uses FROM worn WHERE uses > 0 ORDER BY block, variant").all() == uses


@searched
def test_what_letters_count_is_what_the_whole_log_says(memory: Memory, seed: int) -> None:
    lived(memory, seed)
    with memory.reading() as work:
        every = work.log.applications()
        for back in (-30, 0, 1, 100, 400, 850, 2000):
            now = NOW - back * DAY
            assert work.search.history(now) == history(every, now)
        mails = [mail.received for one in every for mail in one.mails]
        assert work.search.first() == min(mails, default=None)


@searched
def test_what_is_near_is_all_that_can_be_found(memory: Memory, seed: int) -> None:
    lived(memory, seed)
    dice = Random(seed)
    with memory.reading() as work:
        every = work.log.applications()
        for number in range(80):
            event = any_mail(dice, 5_000 + number)
            assert find(event, work.search.near(event)) == find(event, every)


def test_what_was_made_by_other_rules_is_made_anew_when_the_store_is_opened(store: Store) -> None:
    """After an upgrade; and nothing is written where the rules are the same."""
    lived(store, seed=3, steps=20)
    right = derived(store.path)
    with store.writing() as work:
        work.notes.set(TRAITS, "other rules")
        work.log.connection.execute(schema.trait.delete().where(schema.trait.c.key > 0))
        work.log.connection.execute(schema.standing.update().values(stop="final"))
    store.close()
    again = Store(store.path.parent)
    assert derived(again.path) == right
    again.close()


def derived(path: Path) -> dict[str, set[Any]]:
    with closing(sqlite3.connect(path)) as raw:
        return {name: set(raw.execute(f"SELECT * FROM {name}")) for name in DERIVED}  # our own names


def test_what_changes_within_a_transaction_is_near_in_it(memory: Memory) -> None:
    first = Event("1", "<1@x>", "home", "INBOX", NOW, Kind.REJECTION, 0.9, details=Details("Fjord", "Cook"))
    second = replace(first, key="2", message_id="<2@x>", kind=Kind.INTERVIEW)
    with memory.writing() as work:
        assert record(work, first)
        assert record(work, second)
        assert [len(one.events) for one in work.log.applications()] == [2]


def test_nothing_is_left_of_an_application_that_was_forgotten(memory: Memory) -> None:
    one = Event("1", "<1@x>", "home", "INBOX", NOW, Kind.REJECTION, 0.9, details=Details("Fjord", "Cook"))
    with memory.writing() as work:
        record(work, one)
    with memory.writing() as work:
        work.log.forget([event.id for event in work.log.events()])
    with memory.reading() as work:
        left = {name: work.connection.execute(select(schema.metadata.tables[name])).all() for name in DERIVED}
    assert left == {"tally": [("rejection", 0)], "worn": [], "trait": [], "standing": [], "total": []}


def test_the_triggers_are_those_of_the_code(store: Store) -> None:
    with closing(sqlite3.connect(store.path)) as raw:
        found = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    assert {name for name, _ in found} == TRIGGERS
    assert {" ".join(sql.split()) for _, sql in found} == {" ".join(sql.split()) for sql in CREATE}


# --- What was foreseen ----------------------------------------------------------------------------------------------

FORESEEN = Outlook(NOW, NOW + DAY, NOW + timedelta(hours=1), "terms", "patience")

CHANGES: Sequence[tuple[str, Callable[[Work, int], Any]]] = [
    ("an event", lambda work, _: record(work, any_mail(Random(1), 77))),
    ("a correction", lambda work, one: work.log.correct(one, Kind.OFFER, Kind.REJECTION)),
    ("forgetting", lambda work, one: work.log.forget([one])),
    ("taking back", lambda work, one: work.log.take_back([one])),
    ("a letter", lambda work, one: work.outbox.enqueue(letter("<b@x>", one), NOW)),
    ("a letter withdrawn", lambda work, _: work.outbox.clear()),
    ("an act", lambda work, _: work.acts.keep(Act(Did.STEP, NOW))),
    ("a wish", lambda work, _: wishes.pause(work, NOW + DAY, ZONE, NOW)),
    ("a first look that begins", lambda work, _: work.log.move(Cursor("home", "New", 1, 0, 9))),
    ("a first look that ends", lambda work, _: work.log.move(Cursor("home", "INBOX", 1, 9, 9))),
]


def foreseen(store: Memory) -> int:
    """A log with a line, a letter and a first look under way; and what was foreseen then."""
    with store.writing() as work:
        record(work, any_mail(Random(1), 1))
        work.log.move(Cursor("home", "INBOX", 1, 3, 9))
        one = work.log.events()[0].id
        work.outbox.mark_sent(work.outbox.enqueue(letter("<a@x>"), NOW), NOW)
        work.notes.foresee(FORESEEN)
    return one


@pytest.mark.parametrize("change", [pytest.param(change, id=what) for what, change in CHANGES])
def test_what_was_foreseen_is_gone_with_what_it_depends_on(memory: Memory, change: Callable[[Work, int], Any]) -> None:
    one = foreseen(memory)
    with memory.writing() as work:
        assert work.notes.outlook() == FORESEEN
        change(work, one)
        assert work.notes.outlook() is None


def test_what_was_foreseen_outlasts_all_else(memory: Memory) -> None:
    foreseen(memory)
    with memory.writing() as work:
        work.notes.polled("home", NOW)
        work.log.move(Cursor("home", "INBOX", 1, 5, 9))
        work.notes.set("anything", "else")
        work.trials.begin("home", "INBOX")
        assert work.notes.outlook() == FORESEEN


@pytest.mark.parametrize(
    ("now", "terms", "rests", "foresees"),
    [
        (NOW, "terms", True, True),
        (NOW - DAY, "terms", False, False),
        (NOW + timedelta(hours=1), "terms", False, True),
        (NOW + DAY, "terms", False, False),
        (NOW, "other terms", False, False),
    ],
)
def test_how_long_it_holds(now: datetime, terms: str, *, rests: bool, foresees: bool) -> None:
    assert FORESEEN.rests(terms, "patience", now) is rests
    assert FORESEEN.foresees(terms, now) is foresees


def test_that_no_letter_is_to_come_holds_for_a_day() -> None:
    quiet = replace(FORESEEN, letter=None)
    assert [quiet.foresees("terms", NOW + hours * timedelta(hours=1)) for hours in (0, 23, 24)] == [True, True, False]


# --- No question reads the whole log --------------------------------------------------------------------------------

SMALL = {"ix_letter_unsent", "ix_event_untold"}
"""Indexes of what is on its way: to read all of them is to read little."""
ENOUGH = {"ix_event_feedback", "ix_event_placed"}
"""Those of which the first rows are read and no more."""
GROWING = {"event", "application", "telling", "trait", "standing", "wording", "letter", "act"}


class Questions:
    """Every statement that a store is asked, and how SQLite goes about it."""

    def __init__(self, store: Store) -> None:
        self.asked: dict[str, Any] = {}
        self.count = 0
        happening.listen(store._engine, "before_cursor_execute", self._note)

    def _note(self, _one: Any, _two: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        self.count += 1
        self.asked[statement] = parameters[0] if many else parameters

    def scans(self, path: Path) -> set[str]:
        """The tables that are read from end to end, with the statement."""
        with closing(sqlite3.connect(path)) as raw:
            plans = [
                (statement, row[3])
                for statement, parameters in self.asked.items()
                if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "\n", "WITH"))
                for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]
        scans = [(plan.split(), said) for said, plan in plans if plan.startswith("SCAN")]
        return {
            f"{' '.join(plan)}: {said}"
            for plan, said in scans
            if plan[1] in GROWING
            and plan[-1] not in SMALL
            and not (plan[-1] in ENOUGH and ("LIMIT" in said or "min(" in said))
        }


def test_neither_a_mail_nor_a_letter_reads_the_whole_log(pipeline: Pipeline) -> None:
    store = store_of(pipeline)
    lived(store, seed=1)
    questions = Questions(store)
    with store.writing() as work:
        assert record(work, any_mail(Random(5), 999))
    invited = replace(
        any_mail(Random(6), 998), kind=Kind.INTERVIEW, details=Details("Fjord", "Cook", interview_at="2026-03-04")
    )
    with store.writing() as work:
        record(work, invited)
    written = pipeline.write(NOW) + pipeline.write(NOW + DAY)
    assert {LetterKind.PROMPT} <= {one.kind for one in written}
    with store.reading() as work:
        work.log.counts(), work.outbox.troubles(), work.outbox.waiting(NOW), work.outbox.unsent(), work.notes.health()
        talk = work.log.event(invited.key)
        pipeline.composed(Plan(LetterKind.BEFORE, about="before 1 2026-03-04", talk=talk), work, NOW)
    assert questions.scans(store.path) == set()


def test_a_tick_with_nothing_due_asks_three_questions(pipeline: Pipeline) -> None:
    lived(pipeline.store, seed=2)
    now = NOW + 30 * DAY
    while pipeline.write(now):
        pass
    questions = Questions(store_of(pipeline))
    assert pipeline.write(now + timedelta(minutes=1)) == ()
    assert pipeline.next_look(now, timedelta(hours=2)) is not None
    assert questions.count <= 5


def test_to_log_a_mail_takes_as_many_questions_however_long_the_log_is(store: Store) -> None:
    counts = []
    for seed in range(2):
        lived(store, seed=seed, steps=10 + 60 * seed)
        questions = Questions(store)
        with store.writing() as work:
            one = any_mail(Random(9), 9_000 + seed)
            record(
                work, replace(one, kind=Kind.REJECTION, details=Details(f"New {seed}", "Cook"), thread=(), human=False)
            )
        counts.append(questions.count)
    assert counts[0] == counts[1] <= 30
