"""A server that asks to be left alone is: its words are read wherever they come, and handed on as seconds."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rig import smtp as rig
from tests.rig.scripted import GREETING, Scripted
from triage.courier import DeliveryError
from triage.courier.imap import ImapCourier
from triage.courier.smtp import SmtpCourier
from triage.errors import CredentialError, ServerError
from triage.mailbox.imap import ImapMailbox
from triage.wire import Tls
from triage.wire.backoff import LONGEST, stated
from triage.wire.imap import Session

WORDS: list[tuple[str, str, float | None]] = [
    ("Request is throttled. Suggested Backoff Time: 299961 milliseconds", "", 299.961),
    ("Request is throttled. Suggested Backoff Time: 500 milliseconds", "", 0.5),
    ("Too many connections, try again in 5 minutes", "", 300),
    ("4.7.1 Greylisting in action, please come back in 00:04:59", "", 299),
    ("4.2.0 Greylisted for 300 seconds", "", 300),
    ("4.7.0 Please try again later (in 2 min)", "", 120),
    ("Account locked for 24 hours", "", LONGEST),
    ("Retry-After: 120", "", 120),
    ("please wait 30s", "", 30),
    ("Rate limit hit", "LIMIT", 60),
    ("Account exceeded command or bandwidth limits. (Failure)", "OVERQUOTA", 600),
    ("slow down", "THROTTLED", 60),
    ("try again in 5 seconds", "LIMIT", 5),
    # None of these asks for anything.
    ("Temporary authentication failure", "UNAVAILABLE", None),
    ("Mailbox locked", "INUSE", None),
    ("Autologout; idle for 30 minutes", "", None),
    ("Disconnected after 30 minutes of silence", "", None),
    ("You have 10 sessions, try again later", "", None),
    ("try again with 12 sheep", "", None),
    ("wait 0 seconds", "", None),
    ("", "", None),
]


@pytest.mark.parametrize(("words", "code", "seconds"), WORDS, ids=[words or "nothing" for words, _, _ in WORDS])
def test_what_is_stated(words: str, code: str, seconds: float | None) -> None:
    assert stated(words, code) == (pytest.approx(seconds) if seconds else None)


@given(st.text(max_size=200), st.sampled_from(["", "LIMIT", "OVERQUOTA"]))
def test_it_is_never_more_than_an_hour_nor_less_than_nothing(words: str, code: str) -> None:
    for text in (words, f"wait {words} 9999999 hours", f"try again in {words}"):
        seconds = stated(text, code)
        assert seconds is None or 0 < seconds <= LONGEST


def test_a_long_answer_takes_no_time() -> None:
    assert stated("wait " * 1_000_000) is None


IN_300_S = b"please try again in 300 seconds"
FIVE_MINUTES = 300


def look(scripted: Scripted) -> None:
    ImapMailbox("mine", scripted.server(timeout=0.5), lambda: "secret").unread("INBOX", None, datetime.now(UTC))


def wait(scripted: Scripted) -> None:
    reading, ringing = os.pipe()
    mailbox = ImapMailbox("mine", scripted.server(timeout=0.5), lambda: "secret")
    try:
        mailbox.wait(5, reading)
        mailbox.unread("INBOX", None, datetime.now(UTC))
    finally:
        os.close(reading)
        os.close(ringing)


def fetch(scripted: Scripted) -> None:
    mailbox = ImapMailbox("mine", scripted.server(timeout=0.5), lambda: "secret")
    list(mailbox.unread("INBOX", None, datetime(2026, 1, 1, tzinfo=UTC)).messages)


FOUND = {
    "UID SEARCH": b"* SEARCH 3\r\n%s OK done\r\n",
    "UID FETCH": b'* 3 FETCH (UID 3 RFC822.SIZE 9 INTERNALDATE "02-Nov-2026 10:00:00 +0000")\r\n%s OK done\r\n',
}
PLACES: dict[str, tuple[str, bytes, Callable[[Scripted], None]]] = {
    "in place of a greeting": ("", b"* BYE [UNAVAILABLE] %b\r\n", look),
    "in answer to CAPABILITY": ("CAPABILITY", b"* BYE %b\r\n", look),
    "in answer to LOGIN": ("LOGIN", b"%%s NO [UNAVAILABLE] %b\r\n", look),
    "goodbye at LOGIN": ("LOGIN", b"* BYE %b\r\n", look),
    "in answer to EXAMINE": ("EXAMINE", b"%%s NO [THROTTLED] %b\r\n", look),
    "BAD, as Exchange does": ("EXAMINE", b"%%s BAD Request is throttled, %b\r\n", look),
    "goodbye behind an OK": ("EXAMINE", b"* BYE %b\r\n%%s OK done\r\n", look),
    "in answer to SEARCH": ("UID SEARCH", b"%%s NO [LIMIT] %b\r\n", look),
    "in answer to FETCH": ("THEN", b"%%s NO [LIMIT] %b\r\n", fetch),
    "goodbye in a FETCH": ("THEN", b"* BYE %b\r\n", fetch),
    "goodbye before IDLE begins": ("IDLE", b"* BYE %b\r\n", wait),
    "goodbye in IDLE": ("IDLE", b"+ idling\r\n* BYE %b\r\n", wait),
    "goodbye at the end of IDLE": ("IDLE", b"+ idling\r\n* 6 EXISTS\r\n* BYE %b\r\n", wait),
}


@pytest.mark.parametrize(("name", "answer", "act"), PLACES.values(), ids=PLACES)
def test_it_is_heard_wherever_it_is_said(name: str, answer: bytes, act: Callable[[Scripted], None]) -> None:
    said = answer.replace(b"%b", IN_300_S).replace(b"%%s", b"%s")
    answers = FOUND | ({name: said} if name not in ("", "THEN") else {})
    with Scripted(answers, GREETING if name else said) as scripted:
        if name == "THEN":
            scripted.once("UID FETCH", then=said)
        with pytest.raises(ServerError) as caught:
            act(scripted)
    assert caught.value.retry_after == FIVE_MINUTES


@pytest.mark.parametrize("code", [b"LIMIT", b"THROTTLED", b"OVERQUOTA", b"UNAVAILABLE", b"INUSE", b"SERVERBUG"])
def test_no_code_that_means_later_is_taken_for_a_wrong_password(code: bytes) -> None:
    with Scripted({"LOGIN": b"%s NO [" + code + b"] no\r\n"}) as scripted, pytest.raises(ServerError) as caught:
        Session(scripted.server(timeout=0.5), lambda: "secret")
    assert caught.value.retry_after == stated("", code.decode())


def test_a_bad_is_quoted_as_the_server_put_it() -> None:
    with (
        Scripted({"EXAMINE": b"%s BAD Request is throttled.\r\n"}) as scripted,
        pytest.raises(ServerError, match=r'refused: "Request is throttled\."\.'),
    ):
        look(scripted)


@pytest.mark.parametrize("name", ["", "LOGIN", "EXAMINE"])
def test_a_goodbye_is_quoted_without_what_the_protocol_puts_in_front(name: str) -> None:
    goodbye = b"* BYE [LIMIT] too many of you\r\n"
    answers = {name: goodbye} if name else {}
    with Scripted(answers, GREETING if name else goodbye) as scripted, pytest.raises(ServerError) as caught:
        look(scripted)
    assert "([LIMIT] too many of you)" in str(caught.value)
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"%s NO [AUTHENTICATIONFAILED] Invalid credentials, try again\r\n", CredentialError),
        (b"%s NO [AUTHENTICATIONFAILED] Too many failed attempts\r\n", ServerError),
        (b"%s NO [AUTHENTICATIONFAILED] Temporary failure, try again\r\n", ServerError),
        (b"%s NO try again\r\n", ServerError),
    ],
)
def test_to_try_again_may_mean_with_another_password(answer: bytes, fault: type[Exception]) -> None:
    """Whoever goes on with a wrong one is locked out."""
    with Scripted({"LOGIN": answer}) as scripted, pytest.raises(fault):
        Session(scripted.server(timeout=0.5), lambda: "secret")


def test_silence_and_cuts_ask_for_nothing() -> None:
    for answer in (b"", b"%s OK"):
        with Scripted({"EXAMINE": answer}) as scripted, pytest.raises(ServerError) as caught:
            look(scripted)
        assert caught.value.retry_after is None


READER = "reader@example.net"


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> object:
    with rig.sink(tmp_path_factory.mktemp("sink"), Tls.NONE) as running:
        yield running


@pytest.mark.parametrize("stage", ["AUTH", "MAIL", "RCPT", "DATA", "."])
def test_a_letter_waits_as_long_as_the_server_says(sink: rig.Sink, stage: str) -> None:
    sink.answers.clear()
    sink.answers[stage] = "451 4.7.1 Greylisted, " + IN_300_S.decode()
    with pytest.raises(DeliveryError) as caught:
        SmtpCourier(sink.server(), sink.password, READER, lambda _: False).deliver("<a@b>", b"A: b\r\n\r\nc\r\n")
    assert (caught.value.retry_after, caught.value.permanent) == (FIVE_MINUTES, False)


def test_a_letter_put_into_the_mailbox_waits_as_well() -> None:
    for name in ("LOGIN", "APPEND"):
        answers = {name: b"%s NO [UNAVAILABLE] " + IN_300_S + b"\r\n"}
        with Scripted(answers) as scripted, pytest.raises(DeliveryError) as caught:
            ImapCourier(scripted.server(), lambda: "secret").deliver("<a@b>", b"A: b\r\n\r\nc\r\n")
        assert (caught.value.retry_after, caught.value.permanent) == (FIVE_MINUTES, False)
