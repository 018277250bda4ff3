"""A server that only estimates how large a mail is: parts of it do not add up, and are soon not asked for any more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mailbox.estimating import Estimating
from tests.mailbox.test_excerpt import as_read
from triage.core.values import Cursor
from triage.mailbox.batches import FETCHED_AT_ONCE
from triage.mailbox.bodies import Sizes
from triage.mailbox.imap import ImapMailbox

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
WRONG = [37, -37, 1, -1, 4, 3_000, -3_000]


class Polls:
    """A mailbox that is looked at again and again in one session. Each time, it must find what has come."""

    def __init__(self, server: Estimating) -> None:
        self.server = server
        self.mailbox = ImapMailbox("mine", server.server(), lambda: "secret")
        self.cursor: Cursor | None = None

    def find(self, count: int) -> None:
        self.server.receive_some(count)
        unread = self.mailbox.unread("INBOX", self.cursor, LONG_AGO)
        self.cursor = unread.upto
        found = {message.cursor.uid: message.data for message in unread.messages}
        assert len(found) == count
        assert all(as_read(data).text == as_read(self.server.mails[uid]).text for uid, data in found.items())


@pytest.mark.parametrize("count", [1, 120])
def test_where_sizes_are_right_nothing_is_fetched_whole(count: int) -> None:
    with Estimating() as server:
        Polls(server).find(count)
        assert (server.asked_in_parts, server.asked_whole) == ([*range(1, count + 1)], [])
        assert server.bodies == 0


@pytest.mark.parametrize("wrong_by", WRONG)
def test_after_three_estimates_mails_are_fetched_whole(wrong_by: int) -> None:
    with Estimating(wrong_by) as server:
        polls = Polls(server)
        for _ in range(6):
            polls.find(1)
        assert server.asked_in_parts == [1, 2, 3]
        assert server.asked_whole == [1, 2, 3, 4, 5, 6], "each once"


def test_of_a_first_look_one_batch_is_fetched_twice() -> None:
    with Estimating(37) as server:
        Polls(server).find(3 * FETCHED_AT_ONCE)
        assert server.asked_in_parts == [*range(1, FETCHED_AT_ONCE + 1)]
        assert server.asked_whole == [*range(1, 3 * FETCHED_AT_ONCE + 1)]


def test_another_session_begins_anew() -> None:
    with Estimating(37) as server:
        polls = Polls(server)
        for _ in range(5):
            polls.find(1)
        polls.mailbox.close()
        server.wrong_by = 0
        polls.find(5)
        assert server.asked_in_parts == [1, 2, 3, *range(6, 11)]
        assert server.asked_whole == [*range(1, 6)]


def test_a_few_wrong_sizes_among_right_ones_cost_themselves_only() -> None:
    with Estimating() as server:
        polls = Polls(server)
        for wrong_by in [0, 37, 37, 0, 37, 0] * 4:
            server.wrong_by = wrong_by
            polls.find(1)
        assert server.asked_in_parts == [*range(1, 25)]
        assert len(server.asked_whole) == 12


@given(st.lists(st.booleans(), max_size=60))
def test_sizes_are_given_up_only_where_most_of_them_are_wrong(fits: list[bool]) -> None:
    sizes = Sizes()
    for fit in fits:
        sizes.count(fit=fit)
    wrong, right = fits.count(False), fits.count(True)
    assert sizes.are_of_use or (wrong >= 3 and wrong >= 3 * right)
    assert not (sizes.are_of_use and wrong >= 3 * (right + 1))
    sizes.begin()
    assert sizes.are_of_use
