"""What the log takes in and what leaves no trace; and that no mail, whatever it is, stops those that come after it."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.at_work import (
    DAY,
    HOUR,
    TEN,
    companies,
    cursor,
    events,
    judge,
    open_pipeline,
    read,
    settled,
    store_of,
)
from tests.fakes import (
    MONDAY,
    READER,
    FakeCourier,
    FakeMailbox,
    mail,
)
from triage.core import compose, message
from triage.core.detect import Detector
from triage.core.extract import Extractor
from triage.core.values import Cursor, Details, Kind, Message, RawMessage, Verdict
from triage.errors import StoreError
from triage.pipeline import Pipeline
from triage.store import FILE


class Moody(Detector):
    """A detector that cannot bear some words, and judges all other mail as the real one does."""

    def __init__(self, word: str, error: Exception) -> None:
        self._word, self._error = word, error

    def at_once(self, message: Message, reader: frozenset[str]) -> Verdict | None:
        return None

    def judge(self, message: Message, reader: frozenset[str]) -> Verdict:
        if self._word in message.text:
            raise self._error
        return judge().detector.judge(message, reader)


class Inventive(Extractor):
    """An extractor that always finds the same."""

    def __init__(self, found: Details) -> None:
        self._found = found

    def details(self, message: Message, verdict: Verdict) -> Details:
        return self._found if "Bad" in message.text else judge().extractor.details(message, verdict)

    def names(self, message: Message, verdict: Verdict) -> Details:
        return judge().extractor.names(message, verdict)

    def human(self, message: Message) -> bool:
        return judge().extractor.human(message)


def test_each_kind_of_mail_that_matters_is_logged_and_nothing_else(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    for kind in ("rejection", "private", "interview", "acknowledgement"):
        mailbox.receive(mail(kind, kind.title()))
    tally = read(pipeline, mailbox)
    assert (tally.read, tally.logged) == (4, {Kind.REJECTION: 1, Kind.INTERVIEW: 1, Kind.ACKNOWLEDGEMENT: 1})
    assert companies(pipeline) == ["Rejection", "Interview", "Acknowledgement"]
    assert b"lunch" not in (store_of(pipeline).path.parent / f"{FILE}-wal").read_bytes().lower()


def test_no_body_and_no_subject_is_kept(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    mailbox.receive(
        mail("rejection")
        .replace(b"Dear Robin,", b"Dear Robin, canaryinthebody")
        .replace(b"Subject: ", b"Subject: canaryabove ")
    )
    assert read(pipeline, mailbox).logged == {Kind.REJECTION: 1}
    pipeline.store.close()
    assert b"canary" not in store_of(pipeline).path.read_bytes()


def test_the_same_mail_in_two_folders_is_one_event(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline, "INBOX", "Archive")
    moved = mail("rejection")
    mailbox.receive(moved)
    mailbox.receive(moved.replace(b"\r\n", b"\n"), MONDAY + HOUR, "Archive")
    assert sum(sum(read(pipeline, mailbox, folder).logged.values()) for folder in mailbox.folders) == 1
    assert cursor(pipeline, "Archive").uid == 1


def test_two_mails_that_share_a_message_id_are_two(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    for company in ("Fjord", "Skarv"):
        mailbox.receive(mail("rejection", company, message_id="<same@system.example>"))
    read(pipeline, mailbox)
    assert companies(pipeline) == ["Fjord", "Skarv"]


def test_mails_without_a_message_id_are_told_apart(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    for company in ("Fjord", "Skarv", "Fjord"):
        data = mail("rejection", company)
        mailbox.receive(b"\r\n".join(line for line in data.split(b"\r\n") if not line.startswith(b"Message-ID")))
    read(pipeline, mailbox)
    assert companies(pipeline) == ["Fjord", "Skarv"]


def test_what_was_forgotten_is_not_logged_again(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    mailbox.receive(mail("rejection"))
    read(pipeline, mailbox)
    with pipeline.store.writing() as work:
        work.log.forget([one.id for one in work.log.events()])
    mailbox.renumber()
    read(pipeline, mailbox)
    assert events(pipeline) == ()


def test_mail_from_the_reader_leaves_no_trace(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    mailbox.receive(mail("rejection", sender=READER))
    mailbox.receive(mail("rejection", sender=READER.upper()))
    assert read(pipeline, mailbox).logged == {}


def letter(pipeline: Pipeline, mailbox: FakeMailbox) -> bytes:
    """A letter that tells of a no, as the reader's mailbox gets it."""
    mailbox.receive(mail("rejection"))
    read(pipeline, mailbox)
    courier = FakeCourier()
    pipeline.write(TEN)
    pipeline.send(courier, TEN)
    return courier.letters[0]


def without(data: bytes, header: str) -> bytes:
    lines = data.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.lower().startswith(header.lower().encode()))


@pytest.mark.parametrize("missing", ["", compose.MARK, "Message-ID"])
def test_our_own_letters_leave_no_trace(pipeline: Pipeline, missing: str) -> None:
    """Known by the mark, and by the Message-ID; and by the reader's address where both are lost."""
    mailbox = settled(pipeline)
    data = letter(pipeline, mailbox)
    mailbox.receive(without(data, missing) if missing else data)
    assert read(pipeline, mailbox).logged == {}


def from_a_stranger(data: bytes) -> bytes:
    """A list or a forwarding service writes its own sender over ours."""
    stranger = mail("rejection", "Stranger")
    body = stranger.partition(b"\r\n\r\n")[2]
    own = [line for line in data.split(b"\r\n") if line.lower().startswith((b"message-id:", b"x-triage-letter:"))]
    return b"\r\n".join([*own, b"From: x@list.example", b"Subject: Your application for Cook at Stranger", b"", body])


@pytest.mark.parametrize("missing", ["Nothing", compose.MARK])
def test_our_own_letters_are_known_whoever_seems_to_have_sent_them(pipeline: Pipeline, missing: str) -> None:
    mailbox = settled(pipeline)
    data = from_a_stranger(letter(pipeline, mailbox))
    mailbox.receive(without(data, missing))
    assert read(pipeline, mailbox).logged == {}
    mailbox.receive(without(without(data, compose.MARK), "Message-ID"))
    assert read(pipeline, mailbox).logged == {Kind.REJECTION: 1}


def test_a_mail_that_cannot_be_judged_is_counted_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sound = open_pipeline(tmp_path / "store")
    detector = Moody("Bad", RuntimeError("canary"))
    pipeline = replace(sound, judge=replace(judge(), detector=detector))
    mailbox = settled(pipeline)
    for company in ("One", "Bad", "Two"):
        last = mailbox.receive(mail("rejection", company))
    with caplog.at_level(logging.DEBUG, "triage"):
        assert read(pipeline, mailbox).logged == {Kind.REJECTION: 2, Kind.UNREADABLE: 1}
    assert cursor(pipeline).uid == last
    assert [one.kind for one in events(pipeline)] == [Kind.REJECTION, Kind.UNREADABLE, Kind.REJECTION]
    assert "canary" not in caplog.text
    mailbox.renumber()
    assert read(pipeline, mailbox).logged == {}
    sound.store.close()


def test_a_mail_whose_details_cannot_be_stored_stops_nothing(tmp_path: Path) -> None:
    sound = open_pipeline(tmp_path / "store")
    pipeline = replace(sound, judge=replace(judge(), extractor=Inventive(Details(company="\ud800"))))
    mailbox = settled(pipeline)
    for company in ("One", "Bad", "Two"):
        mailbox.receive(mail("rejection", company))
    assert read(pipeline, mailbox).logged == {Kind.REJECTION: 2, Kind.UNREADABLE: 1}
    sound.store.close()


def test_messages_that_the_server_cannot_show_are_counted_one_by_one(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    for minutes in range(2):
        mailbox.receive(b"", MONDAY + minutes * HOUR)
    assert read(pipeline, mailbox).logged == {Kind.UNREADABLE: 2}


def test_mail_from_long_before_is_old_news_whenever_it_turns_up(pipeline: Pipeline) -> None:
    """An archive was moved in, or a flag was changed in a Maildir: nobody is consoled for a story that is closed."""
    mailbox = settled(pipeline)
    for days, company in ((400, "Fjord"), (45, "Skarv"), (43, "Alke"), (1, "Terna")):
        mailbox.receive(mail("rejection", company), MONDAY - days * DAY)
    read(pipeline, mailbox)
    old = {event.details.company: event.lookback for event in events(pipeline)}
    assert old == {"Fjord": True, "Skarv": True, "Alke": False, "Terna": False}


def test_a_fault_of_the_store_is_not_taken_for_a_fault_of_the_mail(pipeline: Pipeline) -> None:
    """Else a passing fault would turn a no into something unreadable, for good."""
    mailbox = settled(pipeline)
    mailbox.receive(mail("rejection"))
    with closing(sqlite3.connect(store_of(pipeline).path)) as other:
        other.execute("ALTER TABLE letter RENAME TO away")
        with pytest.raises(StoreError):
            read(pipeline, mailbox)
        other.execute("ALTER TABLE away RENAME TO letter")
    assert read(pipeline, mailbox).logged == {Kind.REJECTION: 1}


noise = st.binary(max_size=120)


@given(
    data=st.one_of(
        noise, noise.map(lambda noise: mail("rejection") + noise), noise.map(lambda noise: noise + mail("rejection"))
    )
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_stop_the_path(pipeline: Pipeline, data: bytes) -> None:
    mailbox = FakeMailbox()
    mailbox.receive(data)
    with pipeline.store.writing() as work:
        work.log.move(Cursor("mine", "INBOX", 1, 0))
    assert read(pipeline, mailbox).read == 1
    assert cursor(pipeline).uid == 1


@pytest.mark.parametrize("keep", [True, False])
def test_feedback_is_kept_only_where_the_reader_wants_it(keep: bool) -> None:
    details = Details(company="Bad", feedback=("You spoke well.",))
    asked = replace(judge(), extractor=Inventive(details), keep_feedback=keep)
    read = message.parse(RawMessage(Cursor("mine", "INBOX", 1, 1), MONDAY, mail("rejection", "Bad")))
    assert asked.verdict(read)[1] == (details if keep else Details(company="Bad"))


def test_the_mails_of_one_application_find_each_other(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    for company in ("Fjord", "Skarv"):
        for kind in ("acknowledgement", "interview", "rejection"):
            mailbox.receive(mail(kind, company))
    read(pipeline, mailbox)
    with pipeline.store.reading() as work:
        assert [(one.company, len(one.events)) for one in work.log.applications()] == [("Fjord", 3), ("Skarv", 3)]
