"""Peers that go: accounts behind faulty networks, watched by the service itself, with a stopwatch."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests import fakes
from tests.conftest import Account
from tests.rig.proxy import Proxy
from triage.core.values import Cursor
from triage.errors import ServerError
from triage.mailbox import Unread
from triage.mailbox.imap import ImapMailbox
from triage.notify import Notifier
from triage.pipeline import Pipeline
from triage.service import Service, Watched
from triage.watch import Watch

LONG = 30.0
MONTH = timedelta(days=30)


class Timed(ImapMailbox):
    """Notes when each look began, and when a wait ended because the peer was gone."""

    def __init__(self, name: str, account: Account, proxy: Proxy, timeout: float) -> None:
        super().__init__(name, account.through(proxy, timeout=timeout), account.password)
        self.looks: list[float] = []
        self.losses: list[float] = []

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        self.looks.append(time.monotonic())
        return super().unread(folder, cursor, since, singly)

    def wait(self, seconds: float, wake: int) -> bool:
        try:
            return super().wait(seconds, wake)
        except ServerError:
            self.losses.append(time.monotonic())
            raise


@dataclass
class Peer:
    """An account, the network on the way to it, the mailbox as the service has it, and what befalls it."""

    account: Account
    proxy: Proxy
    mailbox: Timed
    fault: Callable[[Account, Proxy], object]
    struck: float = 0.0

    def strike(self) -> None:
        self.struck = time.monotonic()
        self.fault(self.account, self.proxy)

    @property
    def is_lost(self) -> bool:
        return bool(self.mailbox.losses)

    @property
    def is_met(self) -> bool:
        return self.is_lost and self.mailbox.looks[-1] > self.mailbox.losses[-1] and self.idles

    @property
    def idles(self) -> bool:
        return self.proxy.commands.names()[-1:] == ["IDLE"]

    def noticed(self) -> float:
        """Seconds it took to notice that the peer was gone."""
        return self.mailbox.losses[0] - self.struck

    def met(self) -> float:
        """Seconds until the server was asked again."""
        return next(at for at in self.mailbox.looks if at > self.mailbox.losses[0]) - self.struck


Fault = Callable[[Account, Proxy], object]


@contextmanager
def peers(account: Account, faults: dict[str, Fault], timeout: float) -> Iterator[list[Peer]]:
    """One for each fault, each with an account of its own."""
    with ExitStack() as stack:
        made = []
        for name, fault in faults.items():
            own = Account(account.dovecot, f"{account.user}-{name}")
            proxy = stack.enter_context(Proxy(account.dovecot.port))
            made.append(Peer(own, proxy, Timed(name, own, proxy, timeout), fault))
        yield made


def watch(pipeline: Pipeline, watched: Sequence[Peer], poll: float, meanwhile: Callable[[], None]) -> None:
    """Run the service on these mailboxes, until `meanwhile`, which begins when all wait for mail, is over."""
    service = Service(pipeline, [Watched(peer.mailbox, poll, MONTH) for peer in watched], fakes.FakeCourier())
    running = Watch(service, Notifier(None))

    def then_stop() -> None:
        try:
            until(lambda: all(peer.idles for peer in watched))
            meanwhile()
        finally:
            running.stop()

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(then_stop)
        running.run()
        done.result()


def strike_and_meet(struck: Sequence[Peer], seconds: float = LONG) -> None:
    """All at once; a mail comes to each while nobody looks; and all are met again."""
    for peer in struck:
        peer.strike()
    until(lambda: all(peer.is_lost for peer in struck), seconds)
    for peer in struck:
        peer.proxy.silent = False
        peer.account.client.append(fakes.mail("rejection", peer.mailbox.name.title()))
    until(lambda: all(peer.is_met for peer in struck))


def until(come: Callable[[], bool], seconds: float = LONG) -> None:
    """Return when it has come about."""
    end = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def load(after: float, seconds: float) -> list[float]:
    """Filled, once the time is over, with the share of a processor that this process used in it."""
    found: list[float] = []

    def measure() -> None:
        time.sleep(after)
        start, used = time.monotonic(), time.process_time()
        time.sleep(seconds)
        found.append((time.process_time() - used) / (time.monotonic() - start))

    threading.Thread(target=measure).start()
    return found


class Frozen:
    """Server processes that were stopped: they are there, and say nothing."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def freeze(self, account: Account, _proxy: Proxy) -> None:
        """Stop the process that serves this user."""
        who = account.dovecot.admin("who", "-1", account.user)
        found = [int(number) for number in re.findall(r"^\S+\s+imap\s+(\d+)", who, re.MULTILINE)]
        assert found, "nobody serves this user"
        for number in found:
            os.kill(number, signal.SIGSTOP)
        self.numbers += found

    def thaw(self) -> None:
        for number in self.numbers:
            os.kill(number, signal.SIGCONT)
