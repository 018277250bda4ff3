"""The path of letters: what is written once, what is sent once, and what happens when the courier fails."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.at_work import (
    DAY,
    HOUR,
    MINUTE,
    TEN,
    all_is_told_once,
    events,
    on_its_way,
    open_pipeline,
    read,
    receive,
    tick,
    ticks,
    troubles,
)
from tests.either import either
from tests.fakes import MONDAY, FakeCourier, FakeMailbox, Fate, KilledError, mail
from triage.core.acts import Act, Did
from triage.core.letter import LetterKind, Preferences
from triage.core.values import Kind
from triage.core.wording import WordingError
from triage.delivery import PATIENCE
from triage.pipeline import Pipeline


@pytest.fixture
def pipeline(pipeline: Pipeline) -> Pipeline:
    """A no came this morning, and nobody has told it yet."""
    receive(pipeline, "Fjord")
    return pipeline


def two_letters(pipeline: Pipeline) -> None:
    """Good news of the morning and the letter of the day, both still to be sent."""
    pipeline.write(MONDAY + MINUTE)
    pipeline.write(TEN)
    assert on_its_way(pipeline) == 2


@either
def test_a_letter_is_written_once_and_sent_once(pipeline: Pipeline) -> None:
    courier = FakeCourier()
    assert [tick(pipeline, courier, TEN + number * MINUTE) for number in range(5)] == [1, 0, 0, 0, 0]
    assert all_is_told_once(pipeline, courier)
    assert (len(courier.inbox), courier.looks) == (1, 0)
    assert b"Fjord" in courier.letters[0]


def test_fifty_restarts_are_no_reason_for_a_second_letter(tmp_path: Path, pipeline: Pipeline) -> None:
    courier = FakeCourier()
    for number in range(50):
        again = open_pipeline(tmp_path / "store")
        tick(again, courier, TEN + number * MINUTE)
        again.store.close()
    assert len(courier.inbox) == 1


def test_a_plan_can_be_looked_at_without_being_carried_out(pipeline: Pipeline) -> None:
    for _ in range(2):
        (plan,) = pipeline.plans(TEN)
        assert (plan.kind, [one.details.company for one in plan.events]) == (LetterKind.DAILY, ["Fjord"])
    assert on_its_way(pipeline) == 0


def test_nothing_is_written_where_nothing_came(tmp_path: Path) -> None:
    pipeline, courier = open_pipeline(tmp_path / "store"), FakeCourier()
    assert ticks(pipeline, courier, TEN, TEN + HOUR) == []
    pipeline.store.close()


@either
def test_a_mixed_day_is_one_letter(pipeline: Pipeline) -> None:
    receive(pipeline, "Skarv", kind="interview")
    courier = FakeCourier()
    assert tick(pipeline, courier, TEN) == 1
    assert courier.letters[0].index(b"Skarv") < courier.letters[0].index(b"Fjord")
    assert all_is_told_once(pipeline, courier)


@either
def test_what_the_reader_said_is_confirmed_once(pipeline: Pipeline) -> None:
    with pipeline.store.writing() as work:
        work.acts.keep(Act(Did.STEP, MONDAY))
        work.acts.keep(Act(Did.PAUSED, MONDAY, text="2026-03-09", key="a reply"))
        work.notes.prefer(Preferences(paused_until=MONDAY + 7 * DAY))
    courier = FakeCourier()
    ticks(pipeline, courier, MONDAY, TEN + HOUR)
    assert len(courier.inbox) == 1
    with pipeline.store.reading() as work:
        assert work.acts.unconfirmed() == ()
    assert b"Fjord" not in courier.letters[0]
    assert tick(pipeline, courier, TEN + 7 * DAY) == 1
    assert all_is_told_once(pipeline, courier)


def test_a_pause_at_the_terminal_brings_no_letter(pipeline: Pipeline) -> None:
    """It was answered there, and who wants no letters should not get one that says so."""
    with pipeline.store.writing() as work:
        work.acts.keep(Act(Did.PAUSED, MONDAY, text="2026-03-09"))
        work.notes.prefer(Preferences(paused_until=MONDAY + 7 * DAY))
    courier = FakeCourier()
    ticks(pipeline, courier, MONDAY, TEN + HOUR)
    assert courier.letters == []
    assert tick(pipeline, courier, TEN + 7 * DAY) == 1
    assert all_is_told_once(pipeline, courier)


@either
def test_a_letter_that_is_withdrawn_confirmed_nothing(pipeline: Pipeline) -> None:
    with pipeline.store.writing() as work:
        work.acts.keep(Act(Did.STEP, MONDAY))
    pipeline.write(TEN)
    (no,) = events(pipeline)
    with pipeline.store.writing() as work:
        assert work.acts.unconfirmed() == ()
        work.outbox.withdraw([no.id])
        assert [act.kind for act in work.acts.unconfirmed()] == [Did.STEP]


@either
def test_a_silence_is_entered_once_and_told_in_the_weekly_letter(pipeline: Pipeline) -> None:
    receive(pipeline, "Skarv", kind="acknowledgement")
    courier = FakeCourier()
    assert tick(pipeline, courier, TEN) == 1
    for number in range(13, 30):
        tick(pipeline, courier, TEN + number * DAY)
    assert [one.kind for one in events(pipeline)].count(Kind.QUIET) == 1
    weekly = [data for data in courier.letters if b"Subject: Your week" in data]
    assert [b"Skarv" in data for data in weekly] == [True]


@either
def test_good_news_has_a_letter_of_its_own_at_once(pipeline: Pipeline) -> None:
    receive(pipeline, "Skarv", kind="interview")
    courier = FakeCourier()
    assert tick(pipeline, courier, MONDAY + MINUTE) == 1
    assert tick(pipeline, courier, TEN) == 1
    assert all_is_told_once(pipeline, courier)


def test_what_the_first_look_found_is_one_summary(tmp_path: Path) -> None:
    pipeline, mailbox, courier = open_pipeline(tmp_path / "store"), FakeMailbox(), FakeCourier()
    for number in range(12):
        mailbox.receive(mail("interview" if number % 3 else "rejection", f"Co{number}"), MONDAY - DAY * (number + 1))
    read(pipeline, mailbox)
    ticks(pipeline, courier, MONDAY, MONDAY + 5 * HOUR)
    assert len(courier.inbox) == 1
    assert all_is_told_once(pipeline, courier)
    pipeline.store.close()


@either
def test_after_an_ambiguous_failure_it_is_looked_for_before_it_is_sent_again(pipeline: Pipeline) -> None:
    courier = FakeCourier(fates=[Fate.LOSES_ANSWER])
    assert tick(pipeline, courier) == 0
    assert troubles(pipeline) == ("It LOSES_ANSWER.",)
    assert tick(pipeline, courier, TEN + HOUR) == 1
    assert (courier.tries, courier.looks) == (1, 1)
    assert all_is_told_once(pipeline, courier)
    assert troubles(pipeline) == ()


def test_nothing_is_sent_again_while_the_mailbox_cannot_be_searched(pipeline: Pipeline) -> None:
    courier = FakeCourier(fates=[Fate.LOSES_ANSWER], blind=True)
    ticks(pipeline, courier, TEN, TEN + 5 * HOUR)
    assert courier.tries == 1
    assert troubles(pipeline) == ("The mailbox cannot be searched.",)


def test_a_letter_in_transit_is_given_the_time_to_arrive(pipeline: Pipeline) -> None:
    """By SMTP a letter that was accepted shows up later: looked for too early, it would seem to be lost."""
    courier = FakeCourier(transit=timedelta(minutes=10), fates=[Fate.LOSES_ANSWER])
    assert ticks(pipeline, courier, TEN, TEN + 11 * MINUTE) == [TEN, TEN + 10 * MINUTE]
    assert courier.tries == 1


@either
def test_a_restart_does_not_shorten_the_transit(pipeline: Pipeline) -> None:
    courier = FakeCourier(transit=timedelta(minutes=10), fates=[Fate.DIES_AFTER])
    with pytest.raises(KilledError):
        tick(pipeline, courier)
    assert ticks(pipeline, courier, TEN, TEN + 11 * MINUTE) == [TEN + 10 * MINUTE]
    assert courier.tries == 1


@pytest.mark.parametrize("blind", [True, False])
def test_the_pauses_between_two_tries_grow_up_to_a_limit(pipeline: Pipeline, blind: bool) -> None:
    """Also where it is the search before another try that fails: a wrong password fails in both places."""
    courier = FakeCourier(fates=[Fate.FAILS] * 99, blind=blind)
    called = ticks(pipeline, courier, TEN, TEN + 12 * HOUR)
    pauses = [later - earlier for earlier, later in pairwise(called)]
    assert pauses[:7] == [MINUTE * 2**number for number in range(7)]
    assert set(pauses[7:]) == {PATIENCE[1]}


@either
def test_what_is_refused_for_good_is_kept_and_tried_again_on_request(pipeline: Pipeline) -> None:
    courier = FakeCourier(fates=[Fate.IS_REFUSED])
    assert ticks(pipeline, courier, TEN, TEN + 5 * HOUR) == [TEN]
    assert (troubles(pipeline), on_its_way(pipeline)) == (("It IS_REFUSED.",), 1)
    with pipeline.store.writing() as work:
        assert work.outbox.retry_refused(TEN + 6 * HOUR) == 1
    assert tick(pipeline, courier, TEN + 6 * HOUR) == 1
    assert all_is_told_once(pipeline, courier)


@either
@pytest.mark.parametrize("fate", [Fate.FAILS, Fate.IS_REFUSED, Fate.LOSES_LETTER, Fate.BREAKS])
def test_a_letter_in_trouble_does_not_hold_up_those_behind_it(pipeline: Pipeline, fate: Fate) -> None:
    courier = FakeCourier(fates=[fate])
    receive(pipeline, "Skarv", kind="interview")
    two_letters(pipeline)
    if fate is Fate.BREAKS:
        with pytest.raises(ZeroDivisionError):
            pipeline.send(courier, TEN)
        assert troubles(pipeline) == ("Unexpected ZeroDivisionError; please report it.",)
    pipeline.send(courier, TEN + MINUTE / 2)
    assert len(courier.inbox) == 1


@either
def test_a_letter_withdrawn_at_the_last_moment_is_not_sent(pipeline: Pipeline) -> None:
    """`triage forget` in another window, between two letters that are sent one after the other."""
    receive(pipeline, "Skarv", kind="interview")
    courier = FakeCourier()
    two_letters(pipeline)
    (first, second) = sorted(events(pipeline), key=lambda one: one.kind is not Kind.INTERVIEW)

    def forget() -> None:
        with pipeline.store.writing() as work:
            work.outbox.withdraw([second.id])
            work.log.forget([second.id])

    courier.meanwhile = forget
    assert pipeline.send(courier, TEN) == 1
    assert [one.id for one in events(pipeline)] == [first.id]
    assert all_is_told_once(pipeline, courier)
    assert b"Fjord" not in b"".join(courier.letters)


def test_forgetting_one_of_two_while_their_letter_may_have_arrived_tells_neither_twice(pipeline: Pipeline) -> None:
    receive(pipeline, "Skarv")
    courier = FakeCourier(fates=[Fate.LOSES_ANSWER])
    assert tick(pipeline, courier, TEN) == 0
    gone = next(one for one in events(pipeline) if one.details.company == "Fjord")
    with pipeline.store.writing() as work:
        work.outbox.withdraw([gone.id])
        work.log.forget([gone.id])
    ticks(pipeline, courier, TEN, TEN + 2 * DAY)
    assert len(courier.inbox) == 1
    assert on_its_way(pipeline) == 0


def test_one_letter_that_cannot_be_written_holds_up_no_other(pipeline: Pipeline) -> None:
    """A receipt, and the letter of the day at the same moment."""
    with pipeline.store.writing() as work:
        work.acts.keep(Act(Did.FORGOT, MONDAY))
    words = pipeline.stationery.words
    broken = replace(words, blocks={name: text for name, text in words.blocks.items() if name != "receipt-forgot"})
    crippled = replace(pipeline, stationery=replace(pipeline.stationery, words=broken))
    with pytest.raises(WordingError):
        crippled.write(TEN)
    courier = FakeCourier()
    crippled.send(courier, TEN)
    (letter,) = courier.letters
    assert b"Fjord" in letter


@pytest.mark.parametrize("fate", [Fate.FAILS, Fate.LOSES_ANSWER, Fate.DIES_AFTER])
def test_a_letter_put_off_by_a_wrong_clock_is_not_put_off_for_years(pipeline: Pipeline, fate: Fate) -> None:
    courier = FakeCourier(fates=[fate], transit=timedelta(minutes=10))
    with suppress(KilledError):
        tick(pipeline, courier, TEN + 3650 * DAY)
    assert tick(pipeline, courier, TEN) == 1
    assert all_is_told_once(pipeline, courier)


@either
def test_letters_written_by_a_wrong_clock_are_no_reason_to_write_no_more(pipeline: Pipeline) -> None:
    """As many as a week has room for, on a Monday, a Tuesday and a Wednesday some years ahead."""
    courier, ahead = FakeCourier(), 520 * 7 * DAY
    for number in range(3):
        tick(pipeline, courier, TEN + ahead + number * DAY)
        receive(pipeline, f"Co{number}", at=MONDAY + number * MINUTE)
    assert len(courier.inbox) == 3
    assert tick(pipeline, courier, TEN) == 1
    assert all_is_told_once(pipeline, courier)
