"""Four hasty mail programs beside the service on one account, and a server that throws everybody out now and then.

At the end: every mail about work that is still where the service reads has one row, no row is without a mail, each
letter is there once, and nothing else in the mailbox is other than the hasty programs left it.
"""

from __future__ import annotations

import base64
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.rig import dovecot as rig
from tests.rig.client import Client
from tests.rig.installed import AT_ONCE, READER, Installed, installed, letters
from tests.torture.chaos_robot import WATCHED, Robot
from tests.torture.network import Kind, Network, Way
from tests.torture.spoken import by_imap
from tests.torture.table import Row, Say
from tests.torture.world import store_faults
from triage.cli import build
from triage.cli.settings import Settings
from triage.courier.imap import ImapCourier
from triage.store import FILE, Store

ROBOTS = 4
KICK_SECONDS = 15.0
"""From one trouble with the server to the next. After each the service rests for up to five seconds."""
SETTLE = 60.0
"""Seconds within which the service has something new to show, until it has caught up with everybody else."""
_SECRETS = (
    rig.PASSWORD,
    base64.b64encode(rig.PASSWORD.encode()).decode().rstrip("="),
    "careful consideration",
    "two of your books",
    "Data Analyst",
    "jobs@",
    READER,
)


@dataclass(frozen=True, slots=True)
class Chaos:
    """Everything that takes part."""

    program: Installed
    dovecot: rig.Dovecot
    user: str
    network: Network
    robots: tuple[Robot, ...]

    @property
    def client(self) -> Client:
        return Client(self.dovecot.port, self.user)

    @property
    def operations(self) -> int:
        return sum(robot.operations for robot in self.robots)

    def rage(self, seconds: float, rate: float, say: Say) -> None:
        """All robots at once, together so many things a second; the service is thrown out now and then."""
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(ROBOTS) as threads:
            working = [threads.submit(one.work, until, ROBOTS / rate) for one in self.robots]
            for turn in itertools.count():
                left = until - time.monotonic()
                if left <= 0:
                    break
                time.sleep(min(left, KICK_SECONDS))
                self._trouble(turn)
                say(f"chaos: {self.operations} operations, {left:.0f} s left")
        for one in working:
            one.result()

    def _trouble(self, turn: int) -> None:
        """In turn: the server ends all sessions (BYE), or the network those of the service."""
        if turn % 2:
            self.network.strike(Kind.RST)
            return
        for robot in self.robots:
            robot.alone.acquire()
        self.dovecot.admin("kick", self.user)
        for robot in self.robots:
            robot.drop()
            robot.alone.release()

    def settle(self) -> None:
        """Wait until the service has seen all there is to see, or has seen nothing more for too long."""
        logged, end = 0, time.monotonic() + SETTLE
        while time.monotonic() < end and not self._must_be_logged() <= set(rows := self._logged()):
            if rows.total() > logged:
                logged, end = rows.total(), time.monotonic() + SETTLE
            time.sleep(0.5)

    def _must_be_logged(self) -> set[str]:
        """What is about work and lies where the service reads."""
        kept = (robot.folders[name].values() for robot in self.robots for name in WATCHED)
        return {mail.message_id for mails in kept for mail in mails if mail.about_work}

    def _logged(self) -> Counter[str]:
        with closing(Store(self.program.store)) as store, store.reading() as work:
            return Counter(event.message_id for event in work.log.events())

    def deliver_the_rest(self) -> None:
        """Letters that wait after a failed delivery: two hours later they are due, wherever they are by now."""
        config = Settings(self.program.config).config
        with closing(Store(self.program.store)) as store:
            courier = ImapCourier(self.dovecot.server(self.user), lambda: rig.PASSWORD)
            build.pipeline(config, store).send(courier, datetime.now(UTC) + timedelta(hours=2))

    def complaints(self) -> Iterator[str]:
        """What has gone wrong, a sentence each."""
        yield from self._rows()
        yield from self._letters()
        yield from self._folders()
        yield from self._words()

    def _rows(self) -> Iterator[str]:
        rows, planted = self._logged(), {}
        for robot in self.robots:
            planted.update(robot.planted)
        if missing := self._must_be_logged() - set(rows):
            yield f"{len(missing)} mails have no row, such as {min(missing)}"
        if doubled := [one for one, count in rows.items() if count > 1]:
            yield f"{len(doubled)} mails have several rows, such as {doubled[0]}"
        if strange := [one for one in rows if not planted.get(one)]:
            yield f"{len(strange)} rows have no mail about work, such as {strange[0]!r}"
        yield from store_faults(self.program.store / FILE)

    def _letters(self) -> Iterator[str]:
        found = Counter(str(one["Message-ID"]) for one in letters(self.client.bodies()))
        with closing(Store(self.program.store)) as store, store.reading() as work:
            written, unsent = len(work.outbox.letters()), work.outbox.unsent()
            told = Counter(event for letter in work.outbox.letters() for event in letter.told)
        if unsent or len(found) != written or written == 0:
            yield f"{written} letters were written, {unsent} are not sent, {len(found)} are there"
        if max(found.values(), default=0) > 1 or max(told.values(), default=0) > 1:
            yield f"a letter is there {max(found.values())} times, or tells what another has told"

    def _folders(self) -> Iterator[str]:
        """What the robots left is there, flags included; beside it lie our letters, which nobody has read."""
        names = {name for robot in self.robots for name in robot.folders}
        for name in sorted(names):
            expected: dict[int, frozenset[str]] = {}
            for robot in self.robots:
                expected |= {uid: frozenset(mail.flags) for uid, mail in robot.folders.get(name, {}).items()}
            there = self.client.flags(name)
            ours = {uid: flags for uid, flags in there.items() if uid not in expected}
            if {uid: there.get(uid) for uid in expected} != expected:
                yield f"in {name} mail was changed that nobody but the reader may change"
            if any(ours.values()) or (ours and name != "INBOX"):
                yield f"in {name} lies what nobody put there, or a letter of ours has flags: {ours}"

    def _words(self) -> Iterator[str]:
        """What the service said to the server, and into its log."""
        for call in self.network.calls:
            yield from by_imap(bytes(call.passed[Way.UP]))
        said = self.program.said()
        yield from (f"the log holds {secret!r}" for secret in _SECRETS if secret in said)
        if "unexpected" in said or "Traceback" in said:
            yield f"the log tells of a fault of ours: {said[-500:]}"


@contextmanager
def begun(folder: Path, dovecot: rig.Dovecot, user: str) -> Iterator[Chaos]:
    """A service that watches two folders through a network, and robots that have not begun."""
    program = installed(folder)
    program.keep_password()
    client = Client(dovecot.port, user)
    client.create("Jobs")
    with Network(dovecot.port) as network:
        program.configure(
            f'\n[[mailbox]]\nname = "home"\nhost = "127.0.0.1"\nport = {network.port}\ntls = "none"\nuser = "{user}"\n'
            f"folders = {list(WATCHED)}\n\n{AT_ONCE}"
        )
        with program.running():
            yield Chaos(program, dovecot, user, network, tuple(Robot(dovecot.port, user, one) for one in range(ROBOTS)))


def outcome(
    folder: Path, dovecot: rig.Dovecot, user: str, seconds: float, rate: float, say: Say
) -> tuple[int, list[str]]:
    """How many things were done in so many seconds, and what went wrong."""
    with begun(folder, dovecot, user) as chaos:
        chaos.rage(seconds, rate, say)
        chaos.settle()
    chaos.deliver_the_rest()
    return chaos.operations, list(chaos.complaints())


def full(say: Say) -> Row:
    """Ten minutes, and twenty thousand things done in them."""
    started = time.monotonic()
    dovecot = rig.start()
    try:
        with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
            done, failures = outcome(Path(folder), dovecot, "chaos", 600.0, 40.0, say)
    finally:
        dovecot.stop()
    return Row("chaos co-client", done, tuple(failures), time.monotonic() - started)
