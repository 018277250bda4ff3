"""`SmtpCourier` on servers that let nobody in, or never come to an end: the letter stays, and patience has bounds."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.rig.client import mail
from triage.courier import DeliveryError
from triage.courier.smtp import SmtpCourier
from triage.wire import Server, Tls

READER = "reader@example.net"
TIMEOUT = 0.2


@contextmanager
def saying(first: bytes, then: bytes = b"", pause: float = 0.0) -> Iterator[Server]:
    """A server that says one thing at first, and another again and again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(first)
                    while then:
                        connection.sendall(then)
                        time.sleep(pause)
                    connection.recv(100)

        threading.Thread(target=speak, daemon=True).start()
        yield Server("127.0.0.1", listener.getsockname()[1], "", Tls.NONE, timeout=TIMEOUT)


def failure(server: Server) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        SmtpCourier(server, lambda: "", READER, lambda _: False).deliver("<a@b>", mail())
    return caught.value


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"554 5.7.1 your address is on a list\r\n", "554"),
        (b"421 4.3.2 going down, try again in 20 minutes\r\n", "421"),
        (b"220 hello\r\n500 no EHLO\r\n500 no HELO either\r\n", "500"),
        (b"* OK IMAP here\r\n", "refused|lost"),
        (b"SSH-2.0-x\r\n", "refused|lost"),
        (b"", "lost"),
    ],
    ids=["no service", "later", "no hello", "IMAP", "SSH", "silence"],
)
def test_a_server_that_does_not_let_us_in_refuses_us_and_not_the_letter(greeting: bytes, words: str) -> None:
    with saying(greeting) as server:
        error = failure(server)
    assert (error.permanent, error.ambiguous) == (False, False)
    assert any(word in str(error) for word in words.split("|"))
    assert error.retry_after == (1200 if b"20 minutes" in greeting else None)


@pytest.mark.parametrize(
    ("first", "then", "pause"),
    [
        (b"220", b"x", 0.1),
        (b"", b"220-hello\r\n", 0.1),
        (b"220 hello\r\n", b"250-AUTH PLAIN\r\n", 0.05),
        (b"220-", b"x" * 10_000, 0.0),
        (b"", b"220-hello\r\n" * 1_000, 0.0),
    ],
    ids=["a line in drops", "lines in drops", "an answer in drops", "a line without end", "lines without end"],
)
def test_no_reply_takes_for_ever(first: bytes, then: bytes, pause: float) -> None:
    start = time.monotonic()
    with saying(first, then, pause) as server:
        error = failure(server)
    took = time.monotonic() - start
    assert took < (10 * TIMEOUT + 6 if pause else 10 * TIMEOUT), "what comes fast is too much before it is too long"
    assert (error.permanent, error.ambiguous) == (False, False)
