"""One look and one tick, how long it pauses after a failure, and what counts as a sign of life."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.at_work import AWAY, MONTH, TEN, events, health, service, watched
from tests.fakes import MONDAY, FakeCourier, FakeMailbox, mail
from triage.core import compose
from triage.desktop import Notice
from triage.errors import CredentialError, TriageError
from triage.pipeline import Pipeline
from triage.service import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    RARE,
    WRONG_PASSWORD,
    Service,
    pause_after,
    sentence,
)
from triage.store.health import Health
from triage.watch import STEP, Pulse

# Pauses.


@given(failures=st.integers(1, 10_000), seed=st.integers())
def test_a_pause_doubles_with_jitter_up_to_a_ceiling(failures: int, seed: int) -> None:
    random.seed(seed)
    ceiling = min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)
    assert ceiling / 2 <= pause_after(AWAY, failures) <= ceiling


def test_no_two_services_come_back_in_step() -> None:
    assert len({pause_after(AWAY, 8) for _ in range(50)}) > 40


@pytest.mark.parametrize("failures", range(1, 20))
def test_a_wrong_password_is_tried_rarely_after_a_while(failures: int) -> None:
    pause = pause_after(CredentialError("No."), failures)
    assert (pause == RARE) == (failures >= WRONG_PASSWORD)
    assert pause <= RARE


def test_an_hour_of_failures_is_few_connections() -> None:
    random.seed(1)
    pauses = [pause_after(AWAY, failures) for failures in range(1, 100)]
    assert sum(sum(pauses[:number]) < 3600 for number in range(100)) <= 20


# One look, one tick.


def test_a_look_reads_every_folder_and_says_that_all_is_well(pipeline: Pipeline) -> None:
    mailbox = FakeMailbox(folders=("INBOX", "Jobs"))
    mailbox.receive(mail("rejection", "Fjord"))
    mailbox.receive(mail("rejection", "Skarv"), folder="Jobs")
    tally = service(pipeline).poll(watched(mailbox))
    assert (tally.read, tally.logged.total()) == (2, 2)
    assert health(pipeline) == (Health("mine", TEN, "", None),)


def test_a_look_goes_back_as_far_as_it_was_told(pipeline: Pipeline) -> None:
    mailbox = FakeMailbox()
    mailbox.receive(mail("rejection", "Old"), TEN - MONTH - timedelta(minutes=1))
    mailbox.receive(mail("rejection", "Newer"), TEN - MONTH)
    service(pipeline).poll(watched(mailbox))
    assert [event.details.company for event in events(pipeline)] == ["Newer"]


@pytest.mark.parametrize(
    ("error", "noted"),
    [(AWAY, "The server is away."), (ZeroDivisionError("canary"), "unexpected ZeroDivisionError")],
)
def test_a_look_that_failed_is_noted_and_told(pipeline: Pipeline, error: Exception, noted: str) -> None:
    mailbox = FakeMailbox()
    mailbox.fail(error)
    with pytest.raises(type(error)):
        service(pipeline).poll(watched(mailbox))
    assert health(pipeline) == (Health("mine", None, noted, TEN),)
    mailbox.recover()
    service(pipeline).poll(watched(mailbox))
    assert health(pipeline) == (Health("mine", TEN, "", None),)


def test_only_our_own_errors_may_speak(pipeline: Pipeline) -> None:
    assert sentence(TriageError("Plain words.")) == "Plain words."
    assert "canary" not in sentence(ValueError("canary"))


def test_a_letter_that_cannot_be_written_holds_up_none_that_waits(pipeline: Pipeline) -> None:
    mailbox, courier = FakeMailbox(), FakeCourier()
    sound = service(pipeline, courier=courier)
    sound.poll(watched(mailbox))
    mailbox.receive(mail("rejection", "Fjord"), MONDAY)
    sound.poll(watched(mailbox))
    assert len(pipeline.write(TEN)) == 1
    mailbox.receive(mail("interview", "Skarv"), MONDAY)
    sound.poll(watched(mailbox))
    templates = compose.environment({"letter.txt.j2": "{{ 1 / 0 }}", "letter.html.j2": ""})
    broken = replace(pipeline, stationery=replace(pipeline.stationery, templates=templates))
    with pytest.raises(ZeroDivisionError):
        service(broken, courier=courier).tick()
    assert len(courier.inbox) == 1


# What the desktop hears of.


def test_a_letter_is_announced_when_it_has_been_delivered(pipeline: Pipeline) -> None:
    mailbox, courier, told = FakeMailbox(), FakeCourier(), list[Notice]()
    mailbox.receive(mail("rejection", "Fjord"))
    at_work = Service(pipeline, [watched(mailbox)], courier, lambda: TEN, told.append)
    at_work.poll(watched(mailbox))
    assert (at_work.tick(), told) == (1, [Notice.LETTER])
    assert (at_work.tick(), told) == (0, [Notice.LETTER])


def test_help_is_asked_for_once_until_all_is_well_again(pipeline: Pipeline) -> None:
    mailbox, told = FakeMailbox(), list[Notice]()
    at_work = Service(pipeline, [watched(mailbox)], FakeCourier(), lambda: TEN, told.append)
    for error, expected in ((AWAY, 0), (CredentialError("No."), 1), (CredentialError("No."), 1), (AWAY, 1)):
        mailbox.fail(error)
        with pytest.raises(type(error)):
            at_work.poll(watched(mailbox))
        assert told == [Notice.NEEDS_YOU] * expected
    mailbox.fail(CredentialError("No."))
    with pytest.raises(CredentialError):
        Service(pipeline, [watched(mailbox)], FakeCourier(), lambda: TEN, told.append).poll(watched(mailbox))
    assert told == [Notice.NEEDS_YOU], "nor is one that starts anew"
    mailbox.recover()
    at_work.poll(watched(mailbox))
    mailbox.fail(CredentialError("No."))
    with pytest.raises(CredentialError):
        at_work.poll(watched(mailbox))
    assert told == [Notice.NEEDS_YOU] * 2


def test_a_pulse_beats_as_long_as_the_next_step_may_take() -> None:
    pulse = Pulse()
    assert pulse.beats
    pulse.expect(-STEP - 0.001)
    assert not pulse.beats
    pulse.expect(-STEP + 60)
    assert pulse.beats
