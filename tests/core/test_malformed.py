"""Malformed mails, each with what has to come of it, read one by one. In one folder: tests/test_malformed_folder.py."""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest

from tests.bombs import BOMBS
from tests.malformed import FOLDER, TABLE, Expected, parsed, wrong
from tests.mutate import SLOW
from tests.mutated import look, seldom
from triage.core.values import Kind, Message

JOB_MAIL = [one for one in TABLE.values() if one.kind not in (None, Kind.OTHER, Kind.UNSURE, Kind.UNREADABLE)]
every = pytest.mark.parametrize("name", TABLE)


def _faults(expected: Expected, message: Message) -> Iterator[str]:
    yield from wrong(
        {
            "subject": expected.subject,
            "message_id": expected.message_id,
            "text": expected.text,
            "sole_sender": expected.sole,
            "forwarded": expected.forwarded,
            "calendar": expected.calendar,
        },
        message,
    )
    yield from wrong({"address": expected.sender, "name": expected.sender_name}, message.sender)
    yield from (f"no {words!r}" for words in expected.has if words not in message.text)
    yield from (f"has {words!r}" for words in expected.lacks if words in message.text)
    yield from (f"does not quote {words!r}" for words in expected.quoted if words not in message.quoted)
    if expected.defects is not None and list(message.defects) != expected.defects:
        yield f"defects {message.defects}"
    if not message.subject.startswith(expected.subject_starts) or expected.name_lacks in message.sender.name:
        yield "subject or name"
    if expected.message_id_length not in (None, len(message.message_id)):
        yield "length of the Message-ID"


def test_every_file_has_its_row_and_every_row_its_mail() -> None:
    files = {path.stem for path in FOLDER.glob("*.eml")}
    assert files | set(BOMBS) == set(TABLE)
    assert not files & set(BOMBS)
    assert len(TABLE) >= 150
    assert len(JOB_MAIL) >= 40
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_500_000


@every
def test_it_is_read_as_it_should_be(name: str, caplog: pytest.LogCaptureFixture) -> None:
    start = time.process_time()
    message = parsed(name)
    assert time.process_time() - start < SLOW
    assert list(_faults(TABLE[name], message)) == []
    assert caplog.records == []
    assert message.key == parsed(name).key


@pytest.mark.parametrize(
    "name", ["crash-id-in-brackets", "html-hidden-white", "twice-from", "multipart-twenty-one-deep"]
)
def test_the_table_can_fail(name: str) -> None:
    """Each expectation is compared: any of them, turned into another, is found to be wrong."""
    message, row = parsed(name), TABLE[name]
    assert not list(_faults(row, message))
    for change in (
        {"subject": "x"}, {"sender": "x"}, {"sender_name": "x"}, {"has": ["no such words"]}, {"text": "x"},
        {"lacks": [message.text[:9]]}, {"quoted": ["x"]}, {"defects": ["x"]}, {"sole": not message.sole_sender},
        {"forwarded": True}, {"calendar": True}, {"subject_starts": "x"}, {"message_id": "x"}, {"message_id_length": 1},
    ):  # fmt: skip
        assert list(_faults(replace(row, **change), message)), change


_OPENING = {"io.open", "_io.open", "posix.open", "posix.mkdir", "posix.link", "posix.rename"}


def _called(act: Callable[[], object]) -> set[str]:
    """The functions of Python's own libraries in C that are called meanwhile."""
    called: set[str] = set()

    def note(_frame: FrameType, event: str, called_now: object) -> None:
        if event == "c_call":
            owner = getattr(called_now, "__module__", None) or type(getattr(called_now, "__self__", None)).__module__
            called.add(f"{owner}.{getattr(called_now, '__name__', '')}")

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return called


@pytest.mark.parametrize("name", [name for name in TABLE if name.startswith(("attachment-", "smime-"))])
def test_no_attachment_is_unpacked_or_written(name: str) -> None:
    data = TABLE[name].data()
    look(data, 0, seldom())  # what is read from files of our own is read now
    called = _called(lambda: look(data, 0, seldom()))
    assert {one for one in called if "decompress" in one or one.startswith(("zlib.", "_bz2.", "_lzma."))} == set()
    assert called.isdisjoint(_OPENING)
    assert not Path("/tmp/pwn").exists()


def test_unpacking_and_writing_would_be_noticed(tmp_path: Path) -> None:
    assert "zlib.decompress" in _called(lambda: zlib.decompress(zlib.compress(b"x")))
    assert _OPENING & _called(lambda: (tmp_path / "y").write_text("y"))
    assert "posix.mkdir" in _called((tmp_path / "x").mkdir)
