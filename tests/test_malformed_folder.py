"""All malformed mails in one folder go the whole way: each is logged as what it is, once, and letters are sound."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.at_work import TEN, events, read, settled, tick
from tests.fakes import FakeCourier, FakeMailbox
from tests.malformed import TABLE, Expected, parsed, wrong
from tests.mutated import seldom
from tests.sound_letters import faults
from triage.core.values import Event, Kind
from triage.pipeline import Pipeline

KEYS = {name: parsed(name).key for name in TABLE}


@pytest.mark.timeout(600)
def test_each_is_logged_as_what_it_is_and_once(pipeline: Pipeline, caplog: pytest.LogCaptureFixture) -> None:
    """In one test, as the first look takes the network half a minute."""
    mailbox = settled(pipeline)
    for expected in TABLE.values():
        mailbox.receive(expected.data())
    tally = read(pipeline, mailbox)
    logged = events(pipeline)
    assert tally.read == len(TABLE)
    assert tally.logged == Counter(event.kind for event in logged)
    assert [line for line in caplog.records if line.levelno >= logging.WARNING] == []
    assert list(_not_as_expected(logged)) == []
    _letters_are_sound(pipeline)
    _nothing_is_new(pipeline, mailbox, len(logged))


def _not_as_expected(logged: tuple[Event, ...]) -> Iterator[str]:
    log = {event.key: event for event in logged}
    if len(log) != len(logged):
        yield "a mail is logged twice"
    unreadable = [key for key, event in log.items() if event.kind is Kind.UNREADABLE]
    if len(unreadable) != 1:  # the one without bytes
        yield "a mail is logged as unreadable"
    log = {key: event for key, event in log.items() if key not in unreadable}
    yield from (f"{name}: {fault}" for name in TABLE for fault in _faults(TABLE[name], log.pop(KEYS[name], None)))
    yield from (f"nobody's: {event.kind}" for event in log.values())


def _faults(expected: Expected, event: Event | None) -> Iterator[str]:
    if expected.kind in (Kind.OTHER, Kind.UNREADABLE):
        yield from ["it is logged"] if event else []
    elif event is None:
        yield from ["it is not logged"] if expected.kind else []
    else:
        details = {"company": expected.company, "interview_at": expected.interview_at, "deadline": expected.deadline}
        yield from wrong({"kind": expected.kind}, event)
        yield from wrong(details, event.details)


def test_what_is_expected_can_fail() -> None:
    row = TABLE["crash-id-in-brackets"]
    assert list(_faults(row, None)) == ["it is not logged"]
    assert list(_faults(replace(row, kind=Kind.OTHER), _event())) == ["it is logged"]
    assert len(list(_faults(row, _event()))) == 3
    assert list(_not_as_expected((_event(), _event())))[:2] == [
        "a mail is logged twice",
        "a mail is logged as unreadable",
    ]
    assert "nobody's: offer" in list(_not_as_expected((_event(),)))


def _event() -> Event:
    return Event("no such key", "", "mine", "INBOX", TEN, Kind.OFFER, 1.0)


def _letters_are_sound(pipeline: Pipeline) -> None:
    courier = FakeCourier()
    assert tick(pipeline, courier, TEN) > 0
    assert [fault for letter in courier.letters for fault in faults(letter)] == []


def _nothing_is_new(pipeline: Pipeline, mailbox: FakeMailbox, before: int) -> None:
    """Neither at the next look, nor where the server has given all of them new numbers."""
    assert read(pipeline, mailbox).read == 0
    mailbox.renumber(first=70_000)
    # What is known by its content is not logged again, whatever it would be taken for now: so the signals are enough.
    again = read(replace(pipeline, judge=seldom()), mailbox)
    assert (again.read, again.logged.total(), len(events(pipeline))) == (len(TABLE), 0, before)


def test_mails_without_a_message_id_or_with_the_same_one_are_all_logged(pipeline: Pipeline) -> None:
    """Three have none, and From, Subject and Date are alike; two have one that is the same."""
    alike = b"From: Fjord <jobs@fjord.example>\nSubject: Your application\nDate: Mon, 02 Mar 2026 07:00:00 +0000\n"
    words = b"\nUnfortunately, we will not be moving forward with your application for the position of %s.\n"
    roles = (b"Analyst", b"Engineer", b"Baker", b"Driver", b"Teacher")
    mailbox = settled(pipeline)
    for number, role in enumerate(roles):
        mailbox.receive(alike + b"Message-ID: <1@fjord.example>\n" * (number > 2) + words % role)
    mailbox.receive(alike + words % roles[0])  # the first one again
    assert read(pipeline, mailbox).logged == {Kind.REJECTION: 5}
    mailbox.renumber(first=900)
    assert not read(pipeline, mailbox).logged
    assert len({event.key for event in events(pipeline)}) == len(events(pipeline)) == 5
