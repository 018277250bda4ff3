"""`triage run` as a child of the torture's nursery, told to stop, or to read its configuration anew, at any moment."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from tests.machine.record import read, sound
from tests.rig import employers
from tests.rig.installed import AT_ONCE, READER, letters, text_of
from tests.rig.maildir import Maildir
from tests.torture.world import Nursery
from triage import cli
from triage.store import Store

WATCHING = "Watching 1 mailbox(es)."
_PLACE = 20
"""Mails for one reader: from 24 letters a day on, the next ones wait for tomorrow (`AT_ONCE`)."""
STARTING = 128 + signal.SIGTERM
"""The exit code of a service that is told to stop before it has begun to watch."""
PATIENCE = 5.0
"""Seconds in which it ends."""


def serve(config: str) -> None:
    """What the program does when it is called so."""
    sys.argv = ["triage", "--config", config, "run"]
    cli.main()


@dataclass(frozen=True, slots=True)
class Stopped:
    """One service that was told to stop."""

    code: int
    said: str
    seconds: float
    """That the end took."""

    @property
    def begun(self) -> bool:
        return WATCHING in self.said

    @property
    def as_promised(self) -> bool:
        """Before its first line of code the system answers the signal, which is a clean end to systemd."""
        before = (0, STARTING, *([-signal.SIGTERM] if not self.said else []))
        return self.seconds <= PATIENCE and self.code in ((0,) if self.begun else before)


def stopped(
    nursery: Nursery,
    config: Path,
    after: float,
    *,
    begun: bool,
    reloads: Sequence[float] = (),
    first: Callable[[], None] = lambda: None,
) -> Stopped:
    """Start a service, and tell it to stop so many seconds after it began: to run, or to watch.

    Before that, once `first` is done, it is told to read its configuration anew, with these pauses in between.
    """
    log = config.parent / "said"
    log.unlink(missing_ok=True)
    pid = nursery.start(log, "tests.stopping:serve", config=str(config))
    told: list[float] = []
    over = threading.Event()

    def tell() -> None:
        while begun and not over.wait(0.01) and not (log.exists() and WATCHING in log.read_text()):
            pass
        first()
        for pause in reloads:
            _send(pid, signal.SIGHUP)
            time.sleep(pause)
        time.sleep(after)
        told.append(time.monotonic())
        _send(pid, signal.SIGTERM)

    teller = threading.Thread(target=tell)
    teller.start()
    ending = nursery.finish(log)
    ended = time.monotonic()
    over.set()
    teller.join()
    return Stopped(ending.code, ending.said, ended - told[0])


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it has ended by itself, and its code will say so
        os.kill(pid, number)


@dataclass(frozen=True, slots=True)
class Place:
    """An installation whose mailbox and letters are Maildirs: no server is needed."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def inbox(self) -> Maildir:
        return Maildir(self.folder / "inbox")

    def make(self) -> Place:
        self.inbox.make()
        self.configure(
            f'[reader]\naddress = "{READER}"\nname = "Robin"\ntime_zone = "UTC"\n\n[store]\npath = "{self.store}"\n\n'
            f'[[mailbox]]\nkind = "maildir"\npath = "{self.inbox.path}"\n\n'
            f'[courier]\nkind = "maildir"\npath = "{self.inbox.path}"\n\n{AT_ONCE}'
        )
        return self

    def configure(self, text: str) -> None:
        self.config.write_text(text)

    def mails(self) -> list[bytes]:
        return [path.read_bytes() for part in ("new", "cur") for path in sorted((self.inbox.path / part).iterdir())]

    def told(self) -> Counter[str]:
        """How many letters tell of each employer; a list of what is still open does not count."""
        texts = [text_of(letter).partition("Still open")[0] for letter in letters(self.mails())]
        return Counter(company for company in employers.COMPANIES for text in texts if company in text)

    def copies(self) -> int:
        """Of the letter that is there most often."""
        return max(Counter(str(letter["Message-ID"]) for letter in letters(self.mails())).values(), default=0)


def run(place: Place, *arguments: str) -> BaseException | None:
    return CliRunner().invoke(cli.cli, ["--config", str(place.config), *arguments]).exception


@dataclass(frozen=True, slots=True)
class Stops:
    """Many of them, and what was left in the end."""

    times: int
    broken: tuple[Stopped, ...]
    """Those that took too long, or ended with another code."""
    starting: int
    """Those that were told so before they had begun to watch."""
    slowest: float
    lost: int
    doubled: int
    sound: bool
    seconds: float


def full_sigterm(times: int = 200, seed: int | None = None) -> Stops:
    """Tell the service to stop at so many random moments; each time a mail has come that it has not seen.

    One in four is told while it starts, the others while it reads, writes and delivers.
    """
    start, chance = time.monotonic(), random.Random(seed)
    stops: list[Stopped] = []
    lost = doubled = 0
    whole = True
    with Nursery() as nursery:
        while len(stops) < times:
            with TemporaryDirectory(prefix="triage-stops-") as folder:
                place = Place(Path(folder)).make()
                number = min(times - len(stops), _PLACE)
                stops += _stops(nursery, place, number, chance)
                told, rows = place.told(), _rows(place)
                expected = set(employers.COMPANIES[:number])
                lost += len(expected - told.keys()) + len(expected - rows.keys())
                doubled += sum(count - 1 for count in (*told.values(), *rows.values())) + max(place.copies() - 1, 0)
                whole = whole and _sound(place)
    broken = tuple(one for one in stops if not one.as_promised)
    starting = sum(not one.begun for one in stops)
    slowest = max(one.seconds for one in stops)
    return Stops(times, broken, starting, slowest, lost, doubled, whole, time.monotonic() - start)


def _stops(nursery: Nursery, place: Place, times: int, chance: random.Random) -> Iterator[Stopped]:
    run(place, "poll")
    for number, company in enumerate(employers.COMPANIES[:times]):
        mail = employers.interview(company) if number % 2 else employers.rejection(company)
        place.inbox.add(mail, employers.yesterday())
        begun = chance.random() < 0.75
        yield stopped(nursery, place.config, chance.uniform(0, 0.6 if begun else 0.3), begun=begun)
    for _ in range(3):
        run(place, "poll")


def _rows(place: Place) -> Counter[str]:
    store = Store(place.store)
    rows = Counter(line.company for line in read(store).mails)
    store.close()
    return rows


def _sound(place: Place) -> bool:
    store = Store(place.store)
    whole = sound(store) and read(store).dangling == 0
    store.close()
    return whole
