"""`MaildirMailbox`: everything new, once, in order, without touching a file."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.rig.client import mail
from tests.rig.maildir import Maildir
from triage.core.values import Cursor, RawMessage
from triage.errors import InputError
from triage.mailbox.limits import LARGE, PART
from triage.mailbox.maildir import OVERLAP, MaildirMailbox

NOW = datetime.now(UTC).replace(microsecond=0)
MONTH = NOW - timedelta(days=30)


@pytest.fixture
def maildir(tmp_path: Path) -> Maildir:
    return Maildir(tmp_path / "Mail").make()


@pytest.fixture
def mailbox(maildir: Maildir) -> Iterator[MaildirMailbox]:
    yield MaildirMailbox("mine", maildir.path)
    for part in ("new", "cur", "tmp"):
        assert (maildir.path / part).is_dir()


def named(messages: list[RawMessage]) -> list[str]:
    """The subjects, which the tests use as names."""
    return [message.data.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode() for message in messages]


def read(mailbox: MaildirMailbox, cursor: Cursor | None = None, folder: str = "INBOX") -> tuple[list[str], Cursor]:
    unread = mailbox.unread(folder, cursor, MONTH)
    found = named(list(unread.messages))
    assert unread.total >= len(found)
    return found, unread.upto


def age(path: Path) -> None:
    """Make the directory look settled, as it does a few seconds later."""
    past = time.time_ns() - 2 * OVERLAP
    for part in ("new", "cur"):
        os.utime(path / part, ns=(past, past))


def test_first_look_goes_back_to_the_given_moment(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    for name, days, part in (("old", 31, "cur"), ("edge", 30, "cur"), ("late", 1, "new"), ("mid", 9, "new")):
        maildir.add(mail(name), NOW - timedelta(days=days), part)
    unread = mailbox.unread("INBOX", None, MONTH)
    found = list(unread.messages)
    assert named(found) == ["edge", "mid", "late"]
    assert [message.received for message in found] == [NOW - timedelta(days=days) for days in (30, 9, 1)]
    assert found[-1].cursor == unread.upto


def test_afterwards_only_what_is_new_also_with_an_old_date(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    """A copying program sets the old date; the file is new here all the same."""
    maildir.add(mail("one"))
    found, upto = read(mailbox)
    assert found == ["one"]
    maildir.add(mail("two"), NOW - timedelta(days=400), "cur")
    assert read(mailbox, upto)[0] == ["two"]


def test_nothing_new_yields_nothing_again_and_again(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    maildir.add(mail("one"))
    cursor = read(mailbox)[1]
    for settled in (False, True, True):
        if settled:
            age(maildir.path)
        found, cursor = read(mailbox, replace(cursor, lookback=cursor.uid))
        assert found == []
    maildir.add(mail("two"))
    assert read(mailbox, cursor)[0] == ["two"]


def test_after_a_restart_only_the_last_moments_are_read_again(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    maildir.add(mail("one"))
    cursor = read(mailbox)[1]
    again = MaildirMailbox("mine", maildir.path)
    found, upto = read(again, cursor)
    assert found == ["one"], "within the overlap; the log knows it"
    assert read(again, upto)[0] == []
    assert read(MaildirMailbox("mine", maildir.path), replace(cursor, uid=cursor.uid + OVERLAP))[0] == []


def test_two_files_of_one_tick_of_the_clock(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    """File systems count in milliseconds: the second of two may carry the change time of the first."""
    for number in range(200):
        maildir.add(mail(f"a{number}"))
    found, upto = read(mailbox)
    maildir.add(mail("b"))
    assert len(found) == 200
    assert read(mailbox, replace(upto, uid=upto.uid + OVERLAP // 2))[0][-1] == "b"


def test_two_changes_of_a_directory_in_one_tick_of_the_clock(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    """Its time of change proves nothing while it is younger than the clock is coarse."""
    tick = time.time_ns()
    cursor: Cursor | None = None
    for name in ("one", "two"):
        maildir.add(mail(name))
        for part in ("new", "cur"):
            os.utime(maildir.path / part, ns=(tick, tick))
        found, cursor = read(mailbox, cursor)
        assert found == [name]


def test_killed_anywhere_no_message_is_skipped(maildir: Maildir) -> None:
    """The order is by date, the cursor by change: whatever the two do to each other, the rest is read next time."""
    order = random.Random(7)
    names = {f"m{number}" for number in range(30)}
    for name in sorted(names):
        maildir.add(mail(name), NOW - timedelta(minutes=order.randrange(10_000)), order.choice(["new", "cur"]))
        time.sleep(0.002)
    whole = list(MaildirMailbox("mine", maildir.path).unread("INBOX", None, MONTH).messages)
    assert [message.received for message in whole] == sorted(message.received for message in whole)
    assert [m.cursor.uid for m in whole] == sorted(m.cursor.uid for m in whole)
    for killed in range(len(whole)):
        done = set(named(whole[: killed + 1]))
        rest, _ = read(MaildirMailbox("mine", maildir.path), whole[killed].cursor)
        assert done | set(rest) == names, f"killed after {killed}"


def test_a_first_look_that_was_interrupted_goes_on_as_it_began(maildir: Maildir) -> None:
    maildir.add(mail("one"))
    maildir.add(mail("old"), NOW - timedelta(days=90))
    maildir.add(mail("two"))
    unread = MaildirMailbox("mine", maildir.path).unread("INBOX", None, MONTH)
    first = replace(next(unread.messages).cursor, lookback=unread.upto.uid)
    time.sleep(0.02)
    maildir.add(mail("moved here"), NOW - timedelta(days=90))
    found = read(MaildirMailbox("mine", maildir.path), first)[0]
    assert "old" not in found
    assert {"two", "moved here"} <= set(found)


def test_what_failed_in_the_middle_is_read_again(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    """Also where the cursor did not move, because all of it lay within the overlap."""
    maildir.add(mail("one"))
    upto = read(mailbox)[1]
    ahead = replace(upto, uid=upto.uid + OVERLAP // 2)
    maildir.add(mail("two"))
    maildir.add(mail("three"))
    messages = mailbox.unread("INBOX", ahead, MONTH).messages
    assert next(messages).cursor == ahead
    assert {"two", "three"} <= set(read(mailbox, ahead)[0])


@pytest.mark.parametrize("seconds", [-(10**9), 0, 10**11, 10**12])
def test_a_date_beyond_all_calendars_stops_nothing(maildir: Maildir, mailbox: MaildirMailbox, seconds: int) -> None:
    os.utime(maildir.add(mail("odd")), (seconds, seconds))
    maildir.add(mail("one"))
    found = list(mailbox.unread("INBOX", None, datetime(1970, 1, 1, tzinfo=UTC)).messages)
    assert sorted(named(found)) == ["odd", "one"]


def test_a_clock_that_was_set_back_hides_nothing(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    maildir.add(mail("one"))
    upto = read(mailbox)[1]
    future = replace(upto, uid=upto.uid + 3600 * 10**9)
    unread = mailbox.unread("INBOX", future, MONTH)
    assert (named(list(unread.messages)), unread.renumbered) == (["one"], True)
    assert unread.upto == upto


def test_a_mail_read_meanwhile_is_found_under_its_new_name(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    paths = [maildir.add(mail(name), NOW - timedelta(hours=9 - n)) for n, name in enumerate("abc")]
    unread = mailbox.unread("INBOX", None, MONTH)
    Maildir.read(paths[0])
    paths[1].unlink()
    assert named(list(unread.messages)) == ["a", "c"]


def test_no_mail_is_missed_while_a_reader_goes_through_them(maildir: Maildir) -> None:
    """Reading moves a file from "new" to "cur", out of a directory we may not have listed yet into one we have."""
    paths = [maildir.add(mail(str(number))) for number in range(1500)]
    reader = threading.Thread(target=lambda: [Maildir.read(path) for path in paths])
    reader.start()
    totals = {1500}
    while reader.is_alive():
        totals.add(MaildirMailbox("mine", maildir.path).unread("INBOX", None, MONTH).total)
    reader.join()
    assert totals == {1500}


def test_a_file_that_cannot_be_read_does_not_hide_the_others(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    (maildir.path / "new" / "1.broken").symlink_to("/proc/self/mem")  # a file whose beginning is an error to read
    maildir.add(mail("a"))
    (maildir.path / "new" / "3.directory").mkdir()
    (maildir.path / "new" / ".hidden").write_text("not mail")
    (maildir.path / "new" / "2.dangling").symlink_to(maildir.path / "nowhere")
    found, _ = read(mailbox)
    assert sorted(found) == ["", "a"], "what is there but cannot be read is counted"


def test_of_a_large_mail_only_the_first_part_is_read(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    large = mail("large", "x" * (2 * LARGE))
    maildir.add(large)
    (found,) = mailbox.unread("INBOX", None, MONTH).messages
    assert found.data == large[:PART]


def test_nothing_changes(maildir: Maildir, mailbox: MaildirMailbox) -> None:
    for part in ("new", "cur"):
        maildir.add(mail(message_id="<x@y>"), None, part)
    before = maildir.snapshot()
    _, upto = read(mailbox)
    read(mailbox, upto)
    assert mailbox.contains("<x@y>")
    mailbox.close()
    assert maildir.snapshot() == before


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("Absagen", "Absagen"),
        ("Absagen", ".Absagen"),
        ("Arbeit/Absagen", "Arbeit/Absagen"),
        ("Arbeit/Absagen", ".Arbeit.Absagen"),
        ("ü 测试", "ü 测试"),
    ],
)
def test_folders_lie_where_mail_programs_put_them(maildir: Maildir, folder: str, place: str) -> None:
    below = maildir.folder(place)
    below.add(mail("there", message_id="<there@x>"))
    maildir.add(mail("here"))
    mailbox = MaildirMailbox("mine", maildir.path, ("INBOX", folder))
    assert [read(mailbox, folder=name)[0] for name in mailbox.folders] == [["here"], ["there"]]
    assert mailbox.contains("<there@x>")


def test_inbox_may_be_a_directory_of_its_own(tmp_path: Path) -> None:
    """As in mbsync's usual configuration."""
    Maildir(tmp_path / "INBOX").make().add(mail("there"))
    assert read(MaildirMailbox("mine", tmp_path))[0] == ["there"]


@pytest.mark.parametrize("folder", ["Fehlt", "../Mail", "..", "/etc", "a/../../b"])
def test_what_is_no_folder_is_refused(maildir: Maildir, folder: str) -> None:
    with pytest.raises(InputError, match="Maildir"):
        MaildirMailbox("mine", maildir.path).unread(folder, None, MONTH)


def test_what_is_no_maildir_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(InputError, match='"cur" and "new"'):
            MaildirMailbox("mine", path).unread("INBOX", None, MONTH)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_contains_looks_at_headers_only(maildir: Maildir, mailbox: MaildirMailbox, end: str) -> None:
    text = mail(body="Message-ID: <body@x>\r\n", message_id="<one.1@x>").decode().replace("\r\n", end)
    maildir.add(text.encode(), part="cur")
    maildir.add(f"message-id:{end} <folded@x>{end}Subject: s{end}{end}".encode())
    assert mailbox.contains("<one.1@x>")
    assert mailbox.contains("<folded@x>")
    for other in ("<body@x>", "<one@x>", "<oneX1@x>", "one.1@x", "", ".*"):
        assert not mailbox.contains(other), other


def test_wait_ends_with_the_bell_or_the_clock(mailbox: MaildirMailbox) -> None:
    reading, ringing = os.pipe()
    for low, high in ((0.2, 1.0), (0.0, 0.2)):
        start = time.monotonic()
        mailbox.wait(0.2, reading)
        assert low <= time.monotonic() - start < high
        os.write(ringing, b"x")
    os.close(reading)
    os.close(ringing)
