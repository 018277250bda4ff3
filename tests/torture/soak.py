"""Four hours of bad luck in less than one: twenty thousand mails, a fault every half minute of a hurried clock.

The service must neither grow nor gather open files, and in the end each mail about work has one row, and each letter
is there once. Memory is measured from outside; its slope is that of least squares over the last two thirds.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

from tests.rig import dovecot as rig
from tests.rig import employers
from tests.rig.client import Client
from tests.rig.installed import AT_ONCE, Installed, expect, installed, letters
from tests.rig.keyboard import Keyboard
from tests.torture.chaos_robot import companies, newsletter
from tests.torture.network import Network, Way
from tests.torture.soak_child import Hurried
from tests.torture.soak_faults import Faults
from tests.torture.table import Row, Say
from tests.torture.world import store_faults
from triage.core.values import Kind
from triage.store import FILE, Store

MAILS = 20_000
SCALE = 10.0
"""How much faster the clock runs than time. Work is not hurried by it: so this is as much as leaves time for work."""
HOURS = 4.0
FAULT_SECONDS = 30.0
"""Of the hurried clock, as HOURS are."""
ABOUT_WORK = 50
"""One mail in so many is."""
LARGE, UNCLEAR = 100, 40
"""One mail in so many has two hundred kilobytes; and one is not to be told apart at a glance."""
SETTLE = 180.0
"""Real seconds within which there is something new to show, until all is caught up with; no more faults meanwhile."""
MOST_GROWTH = 1.0
"""Megabytes an hour of the hurried clock."""
MOST_FILES = 2
"""So many more open files than before are no leak: connections come and go."""
_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Sample:
    """The service as the system sees it, at an hour of the hurried clock."""

    hour: float
    megabytes: float
    files: int
    threads: int


@dataclass
class Reader:
    """The mailbox from the other side: mail arrives in it."""

    port: int
    user: str
    alone: threading.Lock = field(default_factory=threading.Lock)
    planted: list[str] = field(default_factory=list)
    """Message-IDs of the mails about work."""
    count: int = 0
    _keys: Keyboard | None = None

    def receive(self, clock: Hurried) -> None:
        """One more mail."""
        self.count += 1
        about_work = self.count % ABOUT_WORK == 0
        data = self._about_work() if about_work else self._other()
        with self.alone:
            self._keys = self._keys or Keyboard(self.port, self.user)
            self._keys.put(f'APPEND INBOX () "{clock():%d-%b-%Y %H:%M:%S} +0000"', data)
        if about_work:
            self.planted.append(str(message_from_bytes(data)["Message-ID"]))

    def _about_work(self) -> bytes:
        writes = (employers.rejection, employers.interview, employers.acknowledgement)
        return writes[self.count // ABOUT_WORK % len(writes)](next(companies))

    def _other(self) -> bytes:
        """What most mail is: plainly about something else, but for a few that need a second look."""
        if self.count % UNCLEAR == 1:
            return employers.ordinary()
        return newsletter(2000 if self.count % LARGE == 2 else 3)

    def forget(self) -> None:
        """The session is gone. To be called with `alone` held."""
        if self._keys is not None:
            self._keys.close()
        self._keys = None


@dataclass
class Soak:
    """One day."""

    program: Installed
    dovecot: rig.Dovecot
    reader: Reader
    clock: Hurried
    faults: Faults
    hours: float
    samples: list[Sample] = field(default_factory=list)

    @property
    def hour(self) -> float:
        return (self.clock() - self.clock.begun).total_seconds() / 3600

    def last(self, say: Say, mails: int) -> None:
        """Mail arrives evenly and faults happen, until the day is over; then time to catch up."""
        with ThreadPoolExecutor(2) as threads:
            jobs = threads.submit(self._arrive, mails), threads.submit(self._break)
            while self.hour < self.hours:
                time.sleep(2.0)
                self._sample()
                if len(self.samples) % 30 == 0:
                    say(f"soak: {self._state()}")
        for job in jobs:
            job.result()
        say(f"soak: catching up after {sum(self.faults.counts.values())} faults: {self._state()}")
        logged, end = 0, time.monotonic() + SETTLE
        while time.monotonic() < end and not self._caught_up():
            if (rows := self.logged().total()) > logged:
                logged, end = rows, time.monotonic() + SETTLE
            time.sleep(2.0)

    def _state(self) -> str:
        now, logged = self.samples[-1], sum(self.logged().values())
        return (
            f"hour {now.hour:.1f}, {self.reader.count} mails, {logged} of {len(self.reader.planted)} rows, "
            f"{now.megabytes:.1f} MB, {now.files} files, {now.threads} threads"
        )

    def _arrive(self, mails: int) -> None:
        while self.reader.count < mails:
            due = mails * min(1.0, self.hour / self.hours)
            while self.reader.count < due:
                self.reader.receive(self.clock)
            time.sleep(0.05)

    def _break(self) -> None:
        number = 0
        while self.hour < self.hours:
            number += 1
            self.faults.happen(number)
            time.sleep(max(0.0, (number * FAULT_SECONDS / 3600 - self.hour) * 3600 / SCALE))

    def _sample(self) -> None:
        process = Path(f"/proc/{self.faults.pid}")
        pages = int((process / "statm").read_text().split()[1])
        files, threads = (len(list((process / name).iterdir())) for name in ("fd", "task"))
        self.samples.append(Sample(self.hour, pages * _PAGE / 1e6, files, threads))

    def logged(self) -> Counter[str]:
        """How many rows each Message-ID has."""
        with closing(Store(self.program.store)) as store, store.reading() as work:
            return Counter(event.message_id for event in work.log.events())

    def _caught_up(self) -> bool:
        with closing(Store(self.program.store)) as store, store.reading() as work:
            logged = {event.message_id for event in work.log.events()}
            return work.outbox.unsent() == 0 and set(self.reader.planted) <= logged

    def slope(self) -> float:
        """Megabytes an hour of the hurried clock."""
        last = [one for one in self.samples if one.hour > self.hours / 3]
        line = statistics.linear_regression([one.hour for one in last], [one.megabytes for one in last])
        return line.slope

    def files(self) -> tuple[float, float]:
        """The median of open files in the middle third and in the last."""
        third = self.hours / 3
        middle = [one.files for one in self.samples if third < one.hour <= 2 * third]
        return statistics.median(middle), statistics.median(one.files for one in self.samples if one.hour > 2 * third)

    def complaints(self) -> Iterator[str]:
        """What has gone wrong, a sentence each."""
        rows, planted = self.logged(), set(self.reader.planted)
        if wrong := {one: rows[one] for one in planted if rows[one] != 1}:
            yield f"{len(wrong)} of {len(planted)} mails have none or several rows: {list(wrong.items())[:3]}"
        if strange := [one for one in rows if one not in planted]:
            yield f"{len(strange)} rows have no mail about work, such as {strange[0]!r}"
        with closing(Store(self.program.store)) as store, store.reading() as work:
            written, unsent = work.outbox.letters(), work.outbox.unsent()
            if unread := work.log.counts().get(Kind.UNREADABLE, 0):
                yield f"{unread} mails were given up as unreadable"
        there = Counter(str(one["Message-ID"]) for one in letters(self._client.bodies()))
        told = Counter(event for letter in written for event in letter.told)
        if unsent or len(there) != len(written) or {*there.values(), *told.values()} != {1}:
            yield f"{len(written)} letters written, {unsent} unsent, {len(there)} there, {max(there.values())} times"
        if any(self._client.flags().values()):
            yield "flags were changed"
        yield from store_faults(self.program.store / FILE)
        if self.slope() > MOST_GROWTH:
            yield f"memory grows by {self.slope():.2f} MB an hour"
        if self.files()[1] > self.files()[0] + MOST_FILES:
            yield f"open files: {self.files()}"

    @property
    def _client(self) -> Client:
        return Client(self.dovecot.port, self.reader.user)


def soaked(say: Say, mails: int = MAILS, hours: float = HOURS) -> tuple[Soak, list[str]]:
    """A day, or a part of one; and what went wrong."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        dovecot = rig.start()
        stack.callback(dovecot.stop)
        home, post = (stack.enter_context(Network(dovecot.port)) for _ in range(2))
        reader = Reader(dovecot.port, "soak")
        program = _program(folder, home.port)
        process = _service(program, post.port)
        clock = Hurried(SCALE)
        stack.callback(process.kill)
        expect(lambda: any(b" IDLE" in call.passed[Way.UP] for call in home.calls), program.said)
        password = folder / "credentials" / "triage.password"
        faults = Faults(dovecot, "soak", home, post, password, process.pid, reader.alone, reader.forget)
        soak = Soak(program, dovecot, reader, clock, faults, hours)
        soak.last(say, mails)
        process.terminate()
        code = process.wait(30)
        complaints = list(soak.complaints()) + ([f"the service ended with {code}"] if code else [])
    return soak, complaints


def _program(folder: Path, port: int) -> Installed:
    program = installed(folder)
    program.keep_password()
    program.configure(
        f'\n[[mailbox]]\nname = "home"\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nuser = "soak"\n'
        f"timeout_seconds = 2\n\n{AT_ONCE}"
    )
    return program


def _service(program: Installed, courier_port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.torture.soak_child", str(program.config), str(SCALE), str(courier_port)]
    with (program.folder / "said").open("a") as said:
        return subprocess.Popen(command, stdout=said, stderr=said, env=program.environ)


def full(say: Say) -> Row:
    """The whole day."""
    started = time.monotonic()
    soak, complaints = soaked(say)
    before, after = soak.files()
    counts = ", ".join(f"{name} {count}" for name, count in soak.faults.counts.most_common())
    note = (
        f"{soak.slope():+.2f} MB/h, files {before:.0f} then {after:.0f}, {soak.samples[-1].megabytes:.0f} MB; {counts}"
    )
    return Row("soak", soak.reader.count, tuple(complaints), time.monotonic() - started, note)
