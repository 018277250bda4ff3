"""A server that refuses for an hour is asked a few times.

The hour is played: each attempt is made at once, on a real connection, and the pause after it is only counted.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.rig.proxy import Proxy
from tests.rig.scripted import Scripted
from triage.errors import CredentialError, TriageError
from triage.mailbox.imap import ImapMailbox
from triage.service import WRONG_PASSWORD, pause_after
from triage.wire import Server, Tls

HOUR = 3600.0
MOST = 20
"""Connections in an hour."""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

REFUSALS: dict[str, dict[str, bytes]] = {
    "no greeting but a goodbye": {"": b"* BYE too busy\r\n"},
    "a greeting that is none": {"": b"SSH-2.0-x\r\n"},
    "capabilities and a goodbye": {"CAPABILITY": b"* BYE\r\n"},
    "too many sessions": {"LOGIN": b"%s NO [LIMIT] Maximum number of connections exceeded\r\n"},
    "out of order": {"LOGIN": b"%s NO [UNAVAILABLE] Temporary authentication failure\r\n"},
    "locked": {"EXAMINE": b"%s NO [INUSE] Mailbox is locked\r\n"},
    "over the limit": {"EXAMINE": b"%s NO [OVERQUOTA] Account exceeded command or bandwidth limits\r\n"},
    "throttled": {"EXAMINE": b"%s BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n"},
    "a goodbye in IDLE": {"IDLE": b"+ idling\r\n* BYE\r\n"},
    "nonsense for an answer": {"UID SEARCH": b"* SEARCH x\r\n%s OK done\r\n"},
}
WRONG = {"LOGIN": b"%s NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"}


@pytest.fixture
def bell() -> Iterator[int]:
    reading, ringing = os.pipe()
    yield reading
    os.close(reading)
    os.close(ringing)


def attempts(server: Server, bell: int, seed: int, seconds: float = HOUR) -> list[tuple[Exception, float]]:
    """What each attempt within that time came to, and the pause after it, as the service makes them."""
    random.seed(seed)
    mailbox = ImapMailbox("mine", server, lambda: "secret")
    made: list[tuple[Exception, float]] = []
    while sum(pause for _, pause in made) < seconds:
        try:
            list(mailbox.unread("INBOX", None, LONG_AGO).messages)
            mailbox.wait(5, bell)
        except TriageError as error:
            made.append((error, pause_after(error, len(made) + 1)))
        else:
            raise AssertionError("this server refuses nothing")
        mailbox.close()
    return made


def refusing(answers: dict[str, bytes]) -> Scripted:
    rest = {"UID SEARCH": b"* SEARCH\r\n%s OK done\r\n"} | {name: said for name, said in answers.items() if name}
    return Scripted(rest, answers[""]) if "" in answers else Scripted(rest)


@pytest.mark.parametrize("answers", REFUSALS.values(), ids=REFUSALS)
def test_an_hour_of_refusals_is_few_connections(answers: dict[str, bytes], bell: int) -> None:
    with refusing(answers) as scripted, Proxy(scripted.server().port) as proxy:
        server = Server("127.0.0.1", proxy.port, "reader", Tls.NONE, timeout=0.5)
        made = [attempts(server, bell, seed) for seed in range(3)]
        assert proxy.connections == sum(map(len, made)), "one for each attempt"
        assert max(map(len, made)) <= MOST
    first, second, _ = ([pause for _, pause in one] for one in made)
    assert first != second or min(first) >= 60, "no two services come back in step, unless each was told when"


def test_an_hour_without_anybody_there_is_few_connections(bell: int) -> None:
    with refusing({}) as scripted:
        nobody = scripted.server()
    assert len(attempts(nobody, bell, 1)) <= MOST


def test_a_wrong_password_is_tried_three_times_and_then_once_an_hour(bell: int) -> None:
    """Servers lock out those who insist, and their whole address with them."""
    with refusing(WRONG) as scripted:
        made = attempts(scripted.server(), bell, 1, 24 * HOUR)
        assert sum("LOGIN" in line for line in scripted.commands) == len(made) <= WRONG_PASSWORD + 24
    assert all(isinstance(error, CredentialError) for error, _ in made)
    assert {pause for _, pause in made[WRONG_PASSWORD - 1 :]} == {HOUR}


def test_a_time_that_was_stated_is_kept(bell: int) -> None:
    with refusing(REFUSALS["throttled"]) as scripted:
        made = attempts(scripted.server(), bell, 1)
    assert all(pause >= 299 for _, pause in made)
    assert len(made) <= HOUR / 299 + 1
