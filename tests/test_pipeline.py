"""The path of messages: whatever breaks off when, every mail is looked at, and none is logged twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.at_work import (
    BEFORE,
    DAY,
    companies,
    cursor,
    events,
    open_pipeline,
    read,
    settled,
    store_of,
)
from tests.either import either
from tests.fakes import (
    MONDAY,
    FakeMailbox,
    KilledError,
    mail,
)
from triage.ahead import WAITING
from triage.core.values import Kind
from triage.errors import ServerError
from triage.pipeline import Pipeline, summary
from triage.reading import CHECKPOINT
from triage.store import FILE


@either
def test_what_was_there_before_the_first_look_is_old_news(pipeline: Pipeline) -> None:
    mailbox = FakeMailbox()
    mailbox.receive(mail("rejection", "Toolong"), BEFORE - DAY)
    mailbox.receive(mail("rejection", "Old"), MONDAY - DAY)
    read(pipeline, mailbox)
    mailbox.receive(mail("rejection", "New"), MONDAY - DAY)
    read(pipeline, mailbox)
    assert [(one.details.company, one.lookback) for one in events(pipeline)] == [("Old", True), ("New", False)]


def test_an_empty_folder_has_its_first_look_too(pipeline: Pipeline) -> None:
    mailbox = FakeMailbox()
    assert read(pipeline, mailbox).read == 0
    mailbox.receive(mail("rejection", "New"))
    read(pipeline, mailbox)
    assert [one.lookback for one in events(pipeline)] == [False]


KINDS = ("rejection", "private", "interview", "private", "acknowledgement", "private", "rejection")


@pytest.mark.parametrize("sound", range(len(KINDS) + 1))
@pytest.mark.parametrize("error", [ServerError("The server is away."), KilledError()])
def test_a_first_look_that_is_broken_off_ends_as_if_it_had_not_been(
    tmp_path: Path, sound: int, error: BaseException
) -> None:
    """After each number of messages; and mail that comes before it goes on is news all the same."""
    pipeline, mailbox = open_pipeline(tmp_path / "store"), FakeMailbox()
    for number, kind in enumerate(KINDS):
        mailbox.receive(mail(kind, f"Old{number}"), MONDAY - DAY)
    mailbox.fail(error, after=sound)
    with pytest.raises(type(error)):
        read(pipeline, mailbox)
    pipeline.store.close()
    mailbox.recover()
    mailbox.receive(mail("rejection", "New"))
    pipeline = open_pipeline(tmp_path / "store")
    read(pipeline, mailbox)
    found = [(one.details.company, one.lookback) for one in events(pipeline)]
    assert found == [("Old0", True), ("Old2", True), ("Old4", True), ("Old6", True), ("New", False)]
    assert read(pipeline, mailbox).read == 0
    pipeline.store.close()


@either
@pytest.mark.parametrize("sound", range(6))
def test_a_look_that_is_broken_off_skips_nothing_and_logs_nothing_twice(pipeline: Pipeline, sound: int) -> None:
    mailbox = settled(pipeline)
    for number in range(5):
        mailbox.receive(mail("rejection", f"Co{number}"))
    for _ in range(3):
        mailbox.fail(ServerError("The server is away."), after=sound)
        with pytest.raises(ServerError):
            read(pipeline, mailbox)
    mailbox.recover()
    read(pipeline, mailbox)
    assert companies(pipeline) == [f"Co{number}" for number in range(5)]


def test_event_and_cursor_are_kept_together(pipeline: Pipeline, tmp_path: Path) -> None:
    """At each message the files are copied as a killed process would leave them: the log goes as far as the cursor."""
    mailbox = settled(pipeline)
    uids = {mailbox.receive(mail("rejection", f"Co{number}")): f"Co{number}" for number in range(4)}

    def kill(_name: str, done: int, _total: int) -> None:
        shutil.copytree(tmp_path / "store", tmp_path / f"killed{done}", dirs_exist_ok=True)

    pipeline.read(mailbox, "INBOX", BEFORE, kill)
    for done in range(1, 5):
        restarted = open_pipeline(tmp_path / f"killed{done}")
        assert companies(restarted) == [f"Co{number}" for number in range(done)]
        assert cursor(restarted).uid == list(uids)[done - 1]
        restarted.store.close()


def test_the_cursor_moves_although_nothing_was_logged(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    last = [mailbox.receive(mail("private")) for _ in range(3)][-1]
    assert read(pipeline, mailbox).logged == {}
    assert cursor(pipeline).uid == last


@either
def test_the_cursor_passes_what_was_deleted_before_it_was_seen(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    uid = mailbox.receive(mail("private"))
    mailbox.expunge(uid)
    read(pipeline, mailbox)
    assert cursor(pipeline).uid == uid


def test_the_cursor_is_saved_now_and_then_in_a_large_mailbox(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    everyday = mail("shop")
    count = CHECKPOINT + WAITING + 50
    for _ in range(count):
        mailbox.receive(everyday)
    # As many as may wait for what is judged ahead of them are not done when it ends.
    mailbox.fail(KilledError(), after=CHECKPOINT + WAITING + 20)
    with pytest.raises(KilledError):
        read(pipeline, mailbox)
    kept = cursor(pipeline).uid
    assert kept
    assert kept % CHECKPOINT == 0
    mailbox.recover()
    assert read(pipeline, mailbox).read == count - kept


def test_the_cursor_is_saved_where_the_connection_breaks(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    for _ in range(9):
        mailbox.receive(mail("private"))
    mailbox.fail(ServerError("The server is away."), after=5)
    with pytest.raises(ServerError):
        read(pipeline, mailbox)
    assert cursor(pipeline).uid == 5


def test_a_look_at_nothing_new_writes_nothing(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    before = (store_of(pipeline).path.parent / f"{FILE}-wal").read_bytes()
    read(pipeline, mailbox)
    assert (store_of(pipeline).path.parent / f"{FILE}-wal").read_bytes() == before


@either
@pytest.mark.parametrize("first", [1, 5, 1000])
def test_a_renumbered_folder_is_logged_once(pipeline: Pipeline, first: int) -> None:
    mailbox = settled(pipeline)
    for number in range(4):
        mailbox.receive(mail("rejection", f"Co{number}"))
    read(pipeline, mailbox)
    mailbox.renumber(first=first)
    mailbox.receive(mail("rejection", "Later"))
    assert read(pipeline, mailbox).logged == {Kind.REJECTION: 1}
    assert companies(pipeline) == ["Co0", "Co1", "Co2", "Co3", "Later"]
    mailbox.receive(mail("rejection", "Last"))
    read(pipeline, mailbox)
    assert [one.lookback for one in events(pipeline)][-1:] == [False]


def test_progress_is_told_message_by_message(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    for _ in range(3):
        mailbox.receive(mail("private"))
    told: list[tuple[str, int, int]] = []
    pipeline.read(mailbox, "INBOX", BEFORE, lambda *progress: told.append(progress))
    # That a message was fetched, and has to wait, is told too, without a new number.
    assert sorted({*told, ("mine", 0, 3)}) == [("mine", done, 3) for done in range(4)]
    assert told == sorted(told)


def test_a_summary_names_nobody() -> None:
    assert summary({Kind.REJECTION: 2, Kind.INTERVIEW: 1}) == "2 rejection, 1 interview"
    assert summary({}) == "nothing for the log"
