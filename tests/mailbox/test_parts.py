"""Of most mails only the texts are fetched; and what is read of them is what would be read of the whole."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.mails import SEED, Writer
from tests import malformed
from tests.conftest import Account
from tests.mailbox.test_excerpt import SHAPES, as_read, shaped
from tests.rig.proxy import Proxy
from triage.demo import sample
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.limits import LARGE
from triage.mailbox.parts import BACK, BACK_BYTES, FRONT, FRONT_BYTES, assembled, is_doubtful, is_enough, plan
from triage.wire.entries import Entry
from triage.wire.imap import OUTLINED, Session

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def stored(account: Account, mails: Iterator[bytes]) -> list[bytes]:
    """Put them into the folder; how they lie there."""
    account.client.append_all([(data, None) for data in mails if len(data) < LARGE * 9 // 10])
    return account.client.bodies()


def of_the_bench() -> Iterator[bytes]:
    return Writer(SEED + 1).mails(150)


def broken() -> Iterator[bytes]:
    return (row.data() for row in malformed.TABLE.values() if row.data())


def with_attachments() -> Iterator[bytes]:
    choice = random.Random(7)
    yield from (build(choice.randbytes(20_000)).as_bytes() for build in SHAPES.values())
    for _ in range(100):
        yield shaped(choice, size=6_000).as_bytes()


def of_the_demo() -> Iterator[bytes]:
    return (arrival.data for arrival in sample().arrivals)


SOURCES: list[Callable[[], Iterator[bytes]]] = [of_the_bench, broken, with_attachments, of_the_demo]


def alike(made: bytes, whole: bytes) -> bool:
    """Is all the same in them that a verdict goes by? Of defects there may be fewer: in parts that are not fetched."""
    first, second = as_read(made), as_read(whole)
    return replace(first, defects=()) == replace(second, defects=()) and {*first.defects} <= {*second.defects}


@pytest.mark.server
@pytest.mark.parametrize("source", SOURCES, ids=[source.__name__ for source in SOURCES])
def test_what_is_fetched_reads_like_the_whole(
    account: Account, source: Callable[[], Iterator[bytes]], record_property: Callable[[str, object], None]
) -> None:
    whole = stored(account, source())
    mailbox = ImapMailbox("mine", account.server(), account.password)
    found = {message.cursor.uid: message.data for message in mailbox.unread("INBOX", None, LONG_AGO).messages}
    mailbox.close()
    assert sorted(found) == list(range(1, len(whole) + 1))
    assert [uid for uid, data in enumerate(whole, 1) if not alike(found[uid], data)] == []
    record_property("share", sum(map(len, found.values())) / sum(map(len, whole)))


@pytest.mark.server
@pytest.mark.parametrize("source", SOURCES, ids=[source.__name__ for source in SOURCES])
def test_whatever_is_made_of_parts_reads_like_the_whole(
    account: Account, source: Callable[[], Iterator[bytes]], record_property: Callable[[str, object], None]
) -> None:
    """Also where so little would be saved that it is not done."""
    whole = stored(account, source())
    session = Session(account.server(), account.password)
    session.examine("INBOX")
    made = {}
    for entry in session.ask_entries(range(1, len(whole) + 1), *OUTLINED).answer():
        if (data := made_of_parts(session, entry)) is not None:
            made[entry.uid] = data
    session.close()
    assert [uid for uid, data in made.items() if not alike(data, whole[uid - 1])] == []
    record_property("made", len(made))
    assert len(made) > 20


def made_of_parts(session: Session, entry: Entry) -> bytes | None:
    if (wanted := plan(entry.structure, entry.size, worth=0)) is None:
        return None
    told = session.sections(entry.uid, [(name, LARGE) for name in wanted.needed])
    if is_doubtful(wanted, told):
        told |= session.sections(entry.uid, [(FRONT, FRONT_BYTES)])
        end = session.ask_sections([entry.uid], [(BACK, BACK_BYTES)], max(0, entry.size - BACK_BYTES))
        told |= end.answer().get(entry.uid, {})
    data = assembled(wanted, told)
    if data is None or is_enough(wanted, told, data):
        return data
    return assembled(wanted, told | session.sections(entry.uid, [(name, LARGE) for name in wanted.perhaps]))


@pytest.mark.server
def test_a_mailbox_of_every_day_is_half_as_long(account: Account, proxy: Proxy) -> None:
    """The bench's goal is three fifths of all bytes."""
    whole = stored(account, of_the_bench())
    mailbox = ImapMailbox("mine", account.through(proxy), account.password)
    assert len(list(mailbox.unread("INBOX", None, LONG_AGO).messages)) == len(whole)
    mailbox.close()
    assert proxy.received < 0.5 * sum(map(len, whole))
    assert len(proxy.commands.lines) < 10 + len(whole) / 5, "few commands, for many messages each"
