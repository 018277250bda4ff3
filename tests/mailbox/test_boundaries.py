"""Where garbage stands on the lines between the parts of a mail, servers see other parts than readers do.

Dovecot takes a line for a boundary that only begins like one, and most readers do not.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator

import pytest

from bench.mails import SEED, Writer
from tests import mutate
from tests.conftest import Account
from tests.mailbox.boundaries import garbled
from tests.mailbox.test_excerpt import SHAPES, as_read, mail, shaped
from tests.mailbox.test_parts import alike, made_of_parts, stored
from triage.wire.imap import OUTLINED, Session


def seeds() -> list[bytes]:
    """Mails of several parts."""
    choice = random.Random(9)
    written = (*Writer(SEED + 2).mails(60), *mutate.seeds())
    files = (build(choice.randbytes(1_000)).as_bytes() for build in SHAPES.values())
    shapes = (shaped(choice).as_bytes() for _ in range(60))
    return [data for data in (*written, *files, *shapes) if b"\n--" in data and len(data) < 100_000]


def parted(account: Account, mails: Iterator[bytes]) -> tuple[list[bytes], dict[int, bytes]]:
    """The mails as they lie in the folder, and what is made of the parts of some of them, by UID."""
    whole = stored(account, mails)
    session = Session(account.server(), account.password)
    session.examine("INBOX")
    listed = session.ask_entries(range(1, len(whole) + 1), *OUTLINED).answer()
    made = {entry.uid: data for entry in listed if (data := made_of_parts(session, entry)) is not None}
    session.close()
    return whole, made


def garbage(count: int, seed: int) -> Iterator[bytes]:
    dice, pool = random.Random(seed), seeds()
    for _ in range(count):
        if (data := garbled(dice.choice(pool), dice)) is not None:
            yield data


@pytest.mark.server
def test_with_garbage_on_its_boundaries_a_mail_is_read_like_the_whole(account: Account) -> None:
    """The long form is in `./run.sh torture`."""
    whole, made = parted(account, garbage(600, seed=1))
    assert [uid for uid, data in made.items() if not alike(data, whole[uid - 1])] == []
    assert len(whole) > 500


PREFACES = {
    "nothing in front": b"",
    "an empty line in front": b"\n",
    "a word to old programs": b"This is a multi-part message in MIME format.\n",
    "several lines in front": b"This is a message of several parts.\n\nYour program does not show them.\n\n",
    "what looks like a boundary": b"--bo\n",
}
BEHIND = {"the last line ends": b"", "empty lines behind": b"\n\n\n", "a word behind": b"\nEnd of the message.\n"}


@pytest.mark.server
@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
@pytest.mark.parametrize("preface", PREFACES.values(), ids=PREFACES)
def test_what_stands_around_the_parts_is_no_garbage(account: Account, preface: bytes, behind: bytes) -> None:
    made = mail("Leider nein.", html="<p>Leider <b>nein</b>.</p>")
    made.set_boundary("bound")
    data = made.as_bytes().replace(b"\n\n--bound\n", b"\n\n" + preface + b"--bound\n", 1) + behind
    second = b"--bound\nContent-Type: text/html"
    garbage = (b"", b" ", b"zz", b"-", b"\t-- ")
    spoilt = (data.replace(second, second.replace(b"bound", b"bound" + one)) for one in garbage)
    unended = (data.replace(b"--bound--", one) for one in (b"--bound--zz", b"--bound-- x", b"--bound-", b""))
    whole, found = parted(account, itertools.chain(spoilt, unended))
    assert [*found] == [1], "only the clean one can be made of its parts"
    assert as_read(found[1]) == as_read(whole[0])


@pytest.mark.server
def test_a_part_without_a_header_begins_with_its_first_line(account: Account) -> None:
    made = mail("Leider nein.\n\nFirma", html="<p>Leider <b>nein</b>.</p>")
    made.set_boundary("bound")
    data = re.sub(rb"--bound\nContent-Type: text/plain.*?\n\n", b"--bound\n\n", made.as_bytes(), flags=re.DOTALL)
    (whole,), found = parted(account, iter([data]))
    assert b"--bound\r\n\r\nLeider" in whole
    assert as_read(found[1]) == as_read(whole)
