"""Servers that send too much, or never come to an end: neither memory nor patience runs out.

Run in a process of its own that has little memory, since what must not happen is that it takes more.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from tests.rig.proxy import Proxy
from tests.rig.scripted import Scripted
from triage.errors import ServerError
from triage.mailbox.imap import ImapMailbox
from triage.wire import Server, Tls
from triage.wire.imap import Session
from triage.wire.stream import ANSWER_LIMIT, LINES_LIMIT

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LITTLE = 300 * 1024 * 1024
"""Bytes of memory a child may ask for. The program as it stands there takes a third of that."""
CHILD = r"""
import re, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from triage.errors import ServerError
from triage.mailbox.imap import ImapMailbox
from triage.wire import Server, Tls

resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
mailbox = ImapMailbox("mine", Server("127.0.0.1", int(sys.argv[1]), "reader", Tls.NONE, timeout=10), lambda: "secret")
try:
    print(len(list(mailbox.unread("INBOX", None, datetime(2026, 1, 1, tzinfo=UTC)).messages)), "messages")
except ServerError as error:
    print(error)
peak = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
print(int(peak[1]) * 1024, file=sys.stderr)
"""

LISTED = b'* 1 FETCH (UID 1 RFC822.SIZE %d INTERNALDATE "02-Nov-2026 10:00:00 +0100")\r\n'
OK = b"%s OK done\r\n"
MUCH = ANSWER_LIMIT + 1
FLOODS: dict[str, tuple[str, bytes, str]] = {
    "a literal of 2 GB": ("UID FETCH", b"* 1 FETCH (UID 1 BODY[] {2147483647}\r\n" + b"x" * MUCH, "a literal of"),
    "a literal of 16 MB, again and again": (
        "UID FETCH",
        (b"* 1 FETCH (UID 1 BODY[] {5000000}\r\n" + b"x" * 5_000_000 + b")\r\n") * 4,
        "an answer of more",
    ),
    "a million lines of news": (
        "UID SEARCH",
        b"* 5 EXISTS\r\n" * 1_000_000 + b"* SEARCH\r\n" + OK,
        "an answer of more",
    ),
    "a million short lines": ("UID SEARCH", b"* A\r\n" * 1_000_000 + OK, "an answer of more"),
    "a million fetches": ("UID FETCH", b"* 1 FETCH (UID 1)\r\n" * 1_000_000 + OK, "an answer of more"),
    "a line without an end": ("UID SEARCH", b"* SEARCH" + b" 1" * MUCH, "an answer of more"),
    "a line of words": ("UID FETCH", b"* 1 FETCH (UID 1 X (" + b"a " * (LINES_LIMIT // 2 - 100) + b"))\r\n" + OK, ""),
    "a search as long as it may be": ("UID SEARCH", b"* SEARCH" + b" 1" * (LINES_LIMIT // 2 - 100) + b"\r\n" + OK, ""),
    "brackets": ("UID FETCH", b"* 1 FETCH (" + b"(" * (LINES_LIMIT - 100) + b"\r\n" + OK, "cannot be read"),
    "a size that is a lie": ("UID FETCH", LISTED % 9 + OK, "0 messages"),
}


def read_with_little(port: int) -> tuple[str, int]:
    """What a child came to, and the memory it took."""
    command = [sys.executable, "-c", CHILD, str(port), str(LITTLE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout.strip(), int(done.stderr.split()[-1])


@pytest.mark.parametrize(("name", "answer", "words"), FLOODS.values(), ids=FLOODS)
def test_a_flood_ends_before_the_memory_does(name: str, answer: bytes, words: str) -> None:
    with Scripted({"UID SEARCH": b"* SEARCH 1\r\n%s OK done\r\n", name: answer}) as scripted:
        said, peak = read_with_little(scripted.server().port)
    assert words in said
    assert peak < LITTLE // 2


# What comes in drops.


@contextmanager
def dripping(drop: bytes, pause: float, before: bytes = b"") -> Iterator[Server]:
    """A server that says `before`, and then a drop at a time for ever, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    connection.sendall(before)
                    while True:
                        connection.sendall(drop)
                        time.sleep(pause)
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        yield Server("127.0.0.1", listener.getsockname()[1], "reader", Tls.NONE, timeout=0.2)


@pytest.mark.parametrize(
    ("drop", "before"),
    [
        (b"x", b""),
        (b"x", b"* OK hello\r\n"),
        (b"* OK Still here\r\n", b"* OK hello\r\n"),
    ],
    ids=["a greeting without end", "a line without end", "lines without end"],
)
def test_no_answer_takes_for_ever(drop: bytes, before: bytes) -> None:
    """Each drop comes in time. All of them together do not: the limit is ten times that of a single wait."""
    start = time.monotonic()
    with dripping(drop, 0.1, before) as server, pytest.raises(ServerError, match="an answer of no end"):
        Session(server, lambda: "secret")
    assert 2 <= time.monotonic() - start < 8


def test_a_slow_line_is_not_taken_for_one_that_has_no_end() -> None:
    """A large answer may take long, as long as it comes on."""
    data = b"A: b\r\n\r\n" + b"x" * 25_000
    answers = {
        "UID SEARCH": b"* SEARCH 1\r\n" + OK,
        "UID FETCH": LISTED % len(data) + b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%s)\r\n" % (len(data), data) + OK,
    }
    with Scripted(answers) as scripted, Proxy(scripted.server().port) as proxy:
        proxy.pace = 10_000
        server = Server("127.0.0.1", proxy.port, "reader", Tls.NONE, timeout=0.2)
        mailbox = ImapMailbox("mine", server, lambda: "secret")
        start = time.monotonic()
        found = [message.data for message in mailbox.unread("INBOX", None, LONG_AGO).messages]
        assert time.monotonic() - start > 10 * server.timeout, "more than a trickle would be given"
        mailbox.close()
    assert found == [data]
