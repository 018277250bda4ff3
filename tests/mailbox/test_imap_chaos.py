"""While another mail program adds, flags and deletes at random, each message that stays is read once, and in order."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Account
from tests.rig.client import Client, mail
from triage.core.values import Cursor
from triage.mailbox.imap import ImapMailbox

pytestmark = pytest.mark.server

MONTH = datetime.now(UTC) - timedelta(days=30)


class Chaos(threading.Thread):
    """The other mail program. `deleted` are the UIDs it deleted, some of them before anybody could read them."""

    def __init__(self, client: Client, seed: int, deeds: int) -> None:
        super().__init__()
        self._client = client
        self._choice = random.Random(seed)
        self._deeds = deeds
        self.deleted: set[int] = set()
        self.added = 0

    def run(self) -> None:
        for _ in range(self._deeds):
            self._choice.choice([self._add, self._add, self._delete, self._flag])()

    def _add(self) -> None:
        count = self._choice.randrange(1, 6)
        old = datetime.now(UTC) - timedelta(days=self._choice.randrange(60))
        self._client.append_all([(mail(), self._choice.choice([None, old])) for _ in range(count)])
        self.added += count

    def _some(self) -> int:
        return self._choice.randrange(1, self.added + 1)

    def _delete(self) -> None:
        if self.added:
            uid = self._some()
            self._client.delete(uid)
            self.deleted.add(uid)

    def _flag(self) -> None:
        if self.added:
            self._client.flag(self._some(), self._choice.choice([r"\Seen", r"\Flagged"]))


@pytest.mark.parametrize("seed", range(3))
def test_exactly_once(account: Account, seed: int) -> None:
    chaos = Chaos(account.client, seed, deeds=80)
    mailbox = ImapMailbox("mine", account.server(), account.password)
    cursor: Cursor | None = mailbox.unread("INBOX", None, MONTH).upto
    read: list[int] = []
    chaos.start()
    while True:
        last = not chaos.is_alive()
        unread = mailbox.unread("INBOX", cursor, MONTH)
        found = [message.cursor.uid for message in unread.messages]
        assert not unread.renumbered
        assert len(found) <= unread.total
        read += found
        cursor = unread.upto
        if last:
            break
    mailbox.close()
    assert read == sorted(set(read))
    everything = set(range(1, chaos.added + 1))
    assert everything - chaos.deleted <= set(read) <= everything
    assert chaos.added > 50
