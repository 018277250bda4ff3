"""The long forms of what is tried on the connection to a mailbox: `full` is a part of `./run.sh torture`."""

from __future__ import annotations

import imaplib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.at_work import companies, open_pipeline
from tests.conftest import Account
from tests.mailbox.peers import Frozen, peers, strike_and_meet, watch
from tests.mailbox.test_boundaries import garbage, parted
from tests.mailbox.test_excerpt import OVERHEAD, as_read, read_in_a_child, shaped
from tests.mailbox.test_parts import alike
from tests.rig import dovecot
from tests.rig.client import mail
from tests.rig.proxy import Proxy
from tests.torture.table import Row, Say
from triage.mailbox import excerpt
from triage.mailbox.imap import ImapMailbox
from triage.wire.imap import Session

POLL, TIMEOUT = 300.0, 30.0
"""The defaults."""
HUGE = 200 * 1024 * 1024
MANY = 10_000
CROWD = 128_000
SHAPES = 3_000
GARBLED = 3_000
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """What one trial came to."""

    points: int
    failures: list[str]
    note: str


def full(say: Say) -> Row:
    """All of it: about eight minutes, most of them spent waiting for peers that say nothing."""
    start = time.monotonic()
    running = dovecot.start()
    try:
        found = []
        for number, trial in enumerate((_huge, _crowd, _shapes, _boundaries, _flags, _silence)):
            say(f"mailbox: {trial.__name__.strip('_')}")
            found.append(trial(Account(running, f"torture{number}")))
    finally:
        running.stop()
    failures = tuple(failure for one in found for failure in one.failures)
    points, notes = sum(one.points for one in found), "; ".join(one.note for one in found)
    return Row("mailbox over IMAP", points, failures, time.monotonic() - start, notes)


def _huge(account: Account) -> Found:
    """A message of 200 MB: a few kB are fetched, and it takes no memory."""
    with Proxy(account.dovecot.port) as proxy:
        _, found, memory = read_in_a_child(account, proxy.port, HUGE)
        note = f"200 MB: {proxy.received:,} bytes fetched, {memory >> 20} MB of memory"
        sound = found and proxy.received < OVERHEAD and memory < 60 * 1024 * 1024
    return Found(1, [] if sound else [note], note)


_CROWD = r"""
import re, sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from triage.mailbox.imap import ImapMailbox
from triage.wire import Server, Tls

start = time.monotonic()
server = Server("127.0.0.1", int(sys.argv[1]), sys.argv[2], Tls.NONE, timeout=60)
mailbox = ImapMailbox("mine", server, lambda: sys.argv[3])
month = datetime.now(UTC) - timedelta(days=30)
first = mailbox.unread("INBOX", None, month)
read = len(list(first.messages))
watching = time.monotonic() - start
start = time.monotonic()
assert mailbox.unread("INBOX", first.upto, month).total == 0
peak = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
print(read, watching, time.monotonic() - start, int(peak[1]) // 1024)
"""


def _crowd(account: Account) -> Found:
    """A mailbox of a hundred thousand: the first look takes in the last month, and the next ones nothing."""
    old, new = datetime.now(UTC) - timedelta(days=60), 50
    account.client.append_all([(mail(), old)] * (CROWD // 128))
    for _ in range(7):
        account.dovecot.admin("copy", "-u", account.user, "INBOX", "mailbox", "INBOX", "all")
    account.client.append_all([(mail(), None)] * new)
    command = [sys.executable, "-c", _CROWD, str(account.dovecot.port), account.user, account.password()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    read, watching, again, memory = map(float, done.stdout.split())
    note = f"{CROWD:,} messages: watching after {watching:.1f} s, next look {again:.2f} s, {memory:.0f} MB of memory"
    sound = read == new and watching < 60 and again < 1 and memory < 150
    return Found(CROWD, [] if sound else [note], note)


def _shapes(account: Account) -> Found:
    """Mails of any shape read the same, with their attachments and without."""
    choice = random.Random(5)
    whole = [shaped(choice).as_bytes().replace(b"\n", b"\r\n") for _ in range(SHAPES)]
    account.client.append_all([(data, None) for data in whole])
    session = Session(account.server(), account.password)
    session.examine("INBOX")
    failures = []
    for uid, data in enumerate(whole, 1):
        found = excerpt.fetch(session, uid)
        if found is not None and as_read(found) != as_read(data):
            failures.append(f"shape {uid} of seed 5 reads differently without its attachments")
    session.close()
    return Found(SHAPES, failures, f"{SHAPES:,} shapes")


def _boundaries(account: Account) -> Found:
    """Mails with garbage on the lines between their parts read the same, made of their parts or whole.

    A few need not: garbage that takes as many bytes as may as well be missing there (see `triage.mailbox.parts`).
    """
    whole, made = parted(account, garbage(GARBLED, seed=2))
    differ = [uid for uid, data in made.items() if not alike(data, whole[uid - 1])]
    note = f"{len(whole):,} mails with garbage on their boundaries, {len(made)} made of parts, {len(differ)} differ"
    return Found(len(whole), [note] if len(differ) > len(whole) // 500 else [], note)


def _flags(account: Account) -> Found:
    """Another program changes flags all the time while ten thousand messages are read."""
    account.client.append_all([(mail(), None)] * MANY)
    done, choice, changed = threading.Event(), random.Random(5), [0]

    def change() -> None:
        with imaplib.IMAP4("127.0.0.1", account.dovecot.port) as program:
            program.login(account.user, account.password())
            program.select()
            while not done.is_set():
                first = choice.randrange(1, MANY - 100)
                sign = choice.choice(["+", "-"])
                program.uid("STORE", f"{first}:{first + 99}", f"{sign}FLAGS.SILENT", r"(\Seen \Flagged)")
                changed[0] += 100

    changing = threading.Thread(target=change)
    changing.start()
    with Proxy(account.dovecot.port) as proxy:
        mailbox = ImapMailbox("mine", account.through(proxy), account.password)
        try:
            read = [message.cursor.uid for message in mailbox.unread("INBOX", None, LONG_AGO).messages]
        finally:
            done.set()
            changing.join()
            mailbox.close()
        sound = read == list(range(1, MANY + 1)) and proxy.connections == 1
    return Found(MANY, [] if sound else [f"{len(read)} of {MANY} read"], f"{changed[0]:,} flags changed meanwhile")


def _silence(account: Account) -> Found:
    """Peers that fall silent, at the default times."""
    frozen = Frozen()
    faults: dict[str, Callable[[Account, Proxy], object]] = {
        "frozen": frozen.freeze,
        "forgotten": lambda _, proxy: proxy.forget(),
        "unplugged": lambda _, proxy: setattr(proxy, "silent", True),
    }
    with TemporaryDirectory() as folder, peers(account, faults, TIMEOUT) as struck:
        pipeline = open_pipeline(Path(folder))
        try:
            watch(pipeline, struck, POLL, lambda: strike_and_meet(struck, POLL + 2 * TIMEOUT))
            found = sorted(companies(pipeline))
        finally:
            frozen.thaw()
            pipeline.store.close()
    note = "silence noticed after " + ", ".join(f"{one.noticed():.1f}" for one in struck) + " s"
    late = [f"{one.mailbox.name}: {one.noticed():.1f} s" for one in struck if one.noticed() > POLL + TIMEOUT + 1]
    missed = [] if found == ["Forgotten", "Frozen", "Unplugged"] else [f"after the silence only {found} were found"]
    return Found(len(faults), late + missed, note)
