"""A server that is gone is noticed, however it went, and met again: measured on the service itself, at work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tests import fakes
from tests.at_work import companies
from tests.conftest import Account
from tests.mailbox.peers import Frozen, load, peers, strike_and_meet, watch
from tests.rig.proxy import Proxy
from triage.errors import ServerError
from triage.mailbox.imap import ImapMailbox
from triage.pipeline import Pipeline
from triage.service import FIRST_PAUSE

pytestmark = pytest.mark.server

NOTICED = 1.0
"""Seconds until a peer that said or showed its end is known to be gone. It takes a few thousandths."""
CROWDED = 1.5
"""Seconds that a crowded machine may add."""
POLL, TIMEOUT = 1.0, 1.0
"""Seconds between two looks, and for an answer. By default it is five minutes and half a minute."""


@pytest.fixture
def frozen() -> Iterator[Frozen]:
    made = Frozen()
    yield made
    made.thaw()


def test_goodbye_fin_and_reset_are_noticed_at_once(
    pipeline: Pipeline, account: Account, record_property: Callable[[str, object], None]
) -> None:
    """And while it pauses the service does nothing at all: the library alone would eat a whole processor."""
    faults = {
        "goodbye": lambda _, proxy: proxy.say(b"* BYE for today\r\n"),
        "kicked": lambda own, _: own.dovecot.admin("kick", own.user),
        "closed": lambda _, proxy: proxy.cut(),
        "reset": lambda _, proxy: proxy.reset(),
    }
    loads: list[list[float]] = []

    def meanwhile() -> None:
        loads.append(load(NOTICED, FIRST_PAUSE / 2 - NOTICED - 0.3))
        strike_and_meet(struck)

    with peers(account, faults, timeout=5) as struck:
        watch(pipeline, struck, 600, meanwhile)
    for one in struck:
        record_property(one.mailbox.name, (one.noticed(), one.met()))
        assert one.noticed() < NOTICED
        assert one.met() < FIRST_PAUSE + CROWDED
        assert one.proxy.most == 1, "never two sessions at once"
        assert one.proxy.connections == 2, "and one to meet again is enough"
    assert loads[0][0] < 0.02
    assert sorted(companies(pipeline)) == ["Closed", "Goodbye", "Kicked", "Reset"]


def test_a_peer_that_falls_silent_is_noticed_at_the_next_look(
    pipeline: Pipeline, account: Account, frozen: Frozen, record_property: Callable[[str, object], None]
) -> None:
    faults = {
        "frozen": frozen.freeze,
        "forgotten": lambda _, proxy: proxy.forget(),
        "unplugged": lambda _, proxy: setattr(proxy, "silent", True),
    }
    with peers(account, faults, TIMEOUT) as struck:
        watch(pipeline, struck, POLL, lambda: strike_and_meet(struck))
    for one in struck:
        record_property(one.mailbox.name, one.noticed())
        assert one.noticed() < POLL + TIMEOUT + CROWDED
        assert one.proxy.most <= 2, "what was lost may still be open beyond the router, and nothing else"
    assert sorted(companies(pipeline)) == ["Forgotten", "Frozen", "Unplugged"]


def test_a_server_that_stops_in_the_middle_of_a_look_is_noticed(account: Account, proxy: Proxy, frozen: Frozen) -> None:
    """Not only waiting has a time limit: so the sign of life to systemd stays honest."""
    account.client.append_all([(fakes.mail("rejection", str(number)), None) for number in range(160)])
    mailbox = ImapMailbox("mine", account.through(proxy, timeout=TIMEOUT), account.password)
    messages = mailbox.unread("INBOX", None, datetime(2026, 1, 1, tzinfo=UTC)).messages
    next(messages)
    frozen.freeze(account, proxy)
    start = time.monotonic()
    with pytest.raises(ServerError, match="no answer for 1 seconds"):
        list(messages)
    assert time.monotonic() - start < TIMEOUT + CROWDED
    assert len(list(mailbox.unread("INBOX", None, datetime(2026, 1, 1, tzinfo=UTC)).messages)) == 160
    mailbox.close()
