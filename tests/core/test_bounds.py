"""The bounds of what is read, each one below, at, and one above its edge; and what a mail at all of them costs.

The figures: parts nested 20 deep, 200 parts, a header of 100 kB, 1 MB and 50,000 lines in all; and none takes more
than two seconds of the processor or 256 MB.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.bombs import BOMBS, busy, header_of, many, nested, semicolons
from tests.fakes import MONDAY
from tests.mutate import SLOW
from triage.core.headers import MAX_FIELD, MAX_HEADER
from triage.core.message import MAX_BYTES, MAX_LINES, parse
from triage.core.mime import MAX_DEPTH, MAX_PARTS
from triage.core.values import Cursor, Message, RawMessage

ROOM = 256 << 20
"""Bytes that reading a mail may take beside the program itself."""
SAYS_NO = "decided not to move forward"
DEEP, WIDE, LONG, LARGE = "too many nested parts", "too many parts", "header longer than is read", "longer than is read"


def read(data: bytes) -> Message:
    return parse(RawMessage(Cursor("home", "INBOX", 1, 1), MONDAY, data))


def sized(size: int) -> bytes:
    """A refusal of so many bytes."""
    start = many(0)
    return start + b"x" * (size - len(start))


def lines(number: int) -> bytes:
    """A refusal of so many line ends."""
    start = header_of(1_000)
    return start + b"\n" * (number - start.count(b"\n"))


def encoded(levels: int) -> bytes:
    """A refusal in so many multiparts, one of which stands in an attached mail."""
    start = b"From: a@b.example\nMessage-ID: <2@b.example>\nContent-Type: message/rfc822\n\n"
    return start + nested(levels - 1)


@pytest.mark.parametrize(
    ("make", "edge", "defect"),
    [
        (nested, MAX_DEPTH, DEEP),
        (many, MAX_PARTS - 2, WIDE),  # beside the multipart itself and the part with the words
        (header_of, MAX_HEADER, LONG),
        (sized, MAX_BYTES, LARGE),
        (lines, MAX_LINES, LARGE),
    ],
    ids=["depth", "parts", "header", "bytes", "lines"],
)
def test_what_is_within_a_bound_is_read_and_what_is_beyond_is_said(
    make: Callable[[int], bytes], edge: int, defect: str
) -> None:
    for size in (edge - 1, edge, edge + 1):
        message = read(make(size))
        assert (defect in message.defects) is (size > edge), (size, message.defects)
        assert SAYS_NO in message.text


@pytest.mark.parametrize("number", [60_000, 900_000])
def test_many_more_lines_are_said_too(number: int) -> None:
    assert LARGE in read(lines(number)).defects


def test_depth_goes_on_through_attached_mails() -> None:
    for levels in (MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1):
        message = read(encoded(levels))
        assert (DEEP in message.defects) is (levels > MAX_DEPTH)
        assert SAYS_NO in message.text + message.quoted


def test_a_field_is_cut_where_it_is_too_long() -> None:
    for size in (MAX_FIELD - 1, MAX_FIELD, MAX_FIELD + 1):
        assert len(read(b"Authentication-Results:" + b"x" * size + b"\n\nhello").authentication[0]) == min(
            size, MAX_FIELD
        )


def test_the_demanded_bounds_are_those_there_are() -> None:
    assert MAX_DEPTH <= 20
    assert MAX_PARTS <= 200
    assert MAX_HEADER <= 100_000


AT_THE_EDGE = {
    "depth": lambda: nested(MAX_DEPTH) + b"\n" * (MAX_LINES - 100),
    "depth of containers, never closed, on as many lines": lambda: nested(MAX_DEPTH) + b"--x\n" * 300 + b"y\n" * 49_000,
    "one deeper": lambda: nested(MAX_DEPTH + 1) + b"\n" * (MAX_LINES - 100),
    "parts": lambda: many(MAX_PARTS - 2).replace(b"\n\nx\n", b"\n\n" + b"word " * 1_000 + b"\n"),
    "one part more": lambda: many(MAX_PARTS - 1).replace(b"\n\nx\n", b"\n\n" + b"word " * 1_000 + b"\n"),
    "parts with semicolons": lambda: semicolons(MAX_PARTS - 2),
    "header": lambda: header_of(MAX_HEADER),
    "a longer header": lambda: header_of(MAX_HEADER + 1),
    "bytes": lambda: sized(MAX_BYTES),
    "fifty times the bytes": lambda: sized(50 * MAX_BYTES),
    "lines": lambda: lines(MAX_LINES),
    "a megabyte of tags": lambda: b"Content-Type: text/html\n\n" + b"<p><b>" * 170_000,
    "a megabyte of styles": lambda: b"Content-Type: text/html\n\n" + b"<p style='color:#fff;font-size:0'>x" * 29_000,
    "a megabyte of events": lambda: busy(12_000),
    **BOMBS,
}


@pytest.mark.parametrize("name", AT_THE_EDGE)
def test_no_mail_takes_more_than_two_seconds_or_256_megabytes(name: str) -> None:
    """In a process of its own that is given no more memory than that beside what it has."""
    data = AT_THE_EDGE[name]()
    read(data[:1_000])  # what the libraries load when they are first used
    child = os.fork()
    if not child:
        os._exit(_within(ROOM, data))
    _, status, used = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert used.ru_utime + used.ru_stime < SLOW


def _within(room: int, data: bytes) -> int:
    """0 where a mail can be read in so much memory."""
    resource.setrlimit(resource.RLIMIT_AS, (_size() + room,) * 2)
    try:
        read(data)
    except MemoryError:
        return 1
    return 0


def _size() -> int:
    """Bytes of this process's address space."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()


def test_a_mail_that_took_more_would_be_noticed() -> None:
    # In processes of their own: this one may have let go of room that would be taken first.
    assert [_afresh(room) for room in (1 << 20, ROOM)] == [1, 0]


def _afresh(room: int) -> int:
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(_megabyte_within, room).result()


def _megabyte_within(room: int) -> int:
    data = AT_THE_EDGE["a megabyte of tags"]()
    read(data[:1_000])
    return _within(room, data)
