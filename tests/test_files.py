"""Mails in files: an mbox is cut as the standard library cuts it, a piece at a time and never whole."""

from __future__ import annotations

import mailbox
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.core.message import MAX_BYTES
from triage.errors import InputError
from triage.files import mails

MAIL = b"Date: Tue, 03 Mar 2026 10:00:00 +0100\nFrom: a@b.example\n\nhello\n"
PIECES = st.sampled_from([b"From x\n", b"\nFrom y\n\n", b"From", b">From z\n", b"From ", b"a" * 40_000, b"\n", MAIL])


def box(path: Path, *found: bytes) -> Path:
    path.write_bytes(b"".join(b"From a@b.example Tue Mar  3 10:00:00 2026\n%s\n" % mail for mail in found))
    return path


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=12))
def test_an_mbox_is_cut_as_by_the_standard_library(tmp_path: Path, pieces: list[bytes]) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(b"From x\n" + b"".join(pieces))
    theirs = mailbox.mbox(path, create=False)
    expected = [theirs.get_bytes(key).rstrip(b"\n") for key in theirs.iterkeys()]
    theirs.close()
    assert [filed.raw.data.rstrip(b"\n") for filed in mails(path)] == expected


def test_the_next_mail_is_found_wherever_the_reading_stops(tmp_path: Path) -> None:
    for length in range(65_460, 65_560):
        found = list(mails(box(tmp_path / "a.mbox", b"x" * length, MAIL)))
        assert [len(filed.raw.data) for filed in found] == [length, len(MAIL) + 1]


def test_of_an_endless_mail_only_the_beginning_is_held(tmp_path: Path) -> None:
    path = box(tmp_path / "a.mbox", MAIL + b"x\n" * 10 * MAX_BYTES, MAIL)
    tracemalloc.start()
    found = [(len(filed.raw.data), filed.raw.data[:80]) for filed in mails(path)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert MAX_BYTES < found[0][0] < 3 * MAX_BYTES
    assert found[0][1] == (MAIL + b"x\n" * 40)[:80]
    assert found[1] == (len(MAIL) + 1, MAIL + b"\n")
    assert peak < 10 * MAX_BYTES


TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    [
        b"Date: Tue, 03 Mar 2026 10:00:00 +0100\n",
        b"Subject: a\r\nDATE:\r\n Tue, 03 Mar 2026 10:00:00 +0100\r\nTo: b\r\n",
        b"Date: Tue, 03 Mar 2026 09:00:00\n",
        b"X-Date: 1\nDate: Tue, 03 Mar 2026\n 10:00:00 +0100\nDate: Mon, 02 Mar 2026 10:00:00 +0100\n",
    ],
)
def test_a_mail_came_when_it_says(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(head + b"\nDate: Sun, 01 Mar 2026 10:00:00 +0100\n")
    assert [filed.raw.received for filed in mails(path)] == [TUESDAY]


@pytest.mark.parametrize("head", [b"", b"Date: soon\n", b"\nDate: Tue, 03 Mar 2026 10:00:00 +0100\n", b"Date: \xff\n"])
def test_or_when_its_file_was_written(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(head + b"\nhello")
    os.utime(path, (TUESDAY.timestamp(),) * 2)
    assert [filed.raw.received for filed in mails(path)] == [TUESDAY]


def test_a_path_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file or folder"):
        list(mails(tmp_path / "nothing"))
