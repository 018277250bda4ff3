"""Servers that take every call and never say a word: whoever is at one that answers is not kept waiting for them."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.hosting.colony import Colony, Person, colony, terms
from tests.hosting.desk import desk
from tests.rig import employers
from tests.rig.dovecot import Dovecot
from tests.rig.installed import AT_ONCE
from tests.rig.listening import Listening
from tests.rig.postgres import Database

pytestmark = pytest.mark.server

HANDS = 8
FOR_EACH = 6
"""Members at each of the silent servers: those of two could keep all hands busy."""
PATIENT = f"timeout_seconds = 300\n{AT_ONCE}"


class Silent(Listening):
    """It keeps each connection, and says nothing."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host
        self.callers: list[socket.socket] = []

    def _serve(self, connection: socket.socket) -> None:
        self.callers.append(connection)


MOST = 6
"""Three quarters of the hands: the first visits to servers that nobody knows yet."""


@pytest.fixture
def town(tmp_path: Path, hosted: Database, dovecot: Dovecot) -> Iterator[Colony]:
    with colony(desk(tmp_path / "desk", hosted, terms(HANDS, takeover=60)), dovecot) as made:
        yield made


@contextmanager
def silent_servers(town: Colony, how_many: int) -> Iterator[list[Silent]]:
    """With so many patient members each that any two could keep all hands busy."""
    with ExitStack() as stack:
        servers = [stack.enter_context(Silent(f"127.0.0.{10 + number}")) for number in range(how_many)]
        for one in servers:
            town.settle(FOR_EACH, one.port, PATIENT, one.host)
        yield servers


def told(town: Colony, *people: Person, company: str) -> None:
    """Mail arrives for them, and is read."""
    for one in people:
        town.mail(one, employers.rejection(company))
    town.hurry(people)
    town.until(lambda: all(town.logged(one)[company] == 1 for one in people))


def test_mail_flows_whatever_the_number_of_silent_servers(town: Colony) -> None:
    robin, kim = town.settle(2)
    town.worker()
    told(town, robin, kim, company="Alderbridge Works")
    with silent_servers(town, 7) as servers:
        town.until(lambda: callers(servers) == MOST)
        told(town, robin, kim, company="Birchfield Studio")
        assert callers(servers) == MOST
    assert town.ask("SELECT max(failures) FROM member") == [(0,)]  # the first of them are waited for still


def test_a_server_that_answers_is_found_beside_silent_ones(town: Colony) -> None:
    """The worker has not met it before."""
    with silent_servers(town, 2) as servers:
        town.worker()
        town.until(lambda: callers(servers) >= HANDS // 2)
        told(town, *town.settle(2), company="Alderbridge Works")
        assert callers(servers) <= HANDS // 2 + 1
    assert town.ask("SELECT max(failures) FROM member") == [(0,)]


def callers(servers: Sequence[Silent]) -> int:
    return sum(len(one.callers) for one in servers)
