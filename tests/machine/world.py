"""The reader's computer and the world around it: clocks that can be wrong, a disk that can be full, sudden deaths."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from tests import at_work
from tests.fakes import FakeCourier, FakeMailbox, KilledError
from triage import resources
from triage.core.letter import Cadence
from triage.core.reply import phrases
from triage.errors import TriageError
from triage.pipeline import Pipeline
from triage.service import Service, Watched
from triage.store import Memory, Store, Work

_SHARED_MEMORY = Path("/dev/shm")
LOOK_BACK = timedelta(days=30)


@cache
def _phrases() -> tuple[phrases.Phrases, ...]:
    return (phrases.parse(resources.replies("en", None), "en"),)


def fast_folder() -> str | None:
    """Where there is no disk to wait for: what is tested here is the program, and what a disk may lose is elsewhere."""
    return str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None


@cache
def _new_store() -> TemporaryDirectory[str]:
    """A store where nothing has happened; made once, as that takes longer than a day of the service."""
    folder = TemporaryDirectory(prefix="triage-new-", dir=fast_folder())
    Store(Path(folder.name)).close()
    return folder


@dataclass(slots=True)
class Mishap:
    """Something that happens once, at the n-th step of the store's transactions from now on."""

    error: BaseException | None = None
    steps: int = 0
    at_death: Callable[[], None] = lambda: None

    def step(self) -> None:
        if self.error is None:
            return
        if self.steps:
            self.steps -= 1
            return
        error, self.error = self.error, None
        if isinstance(error, KilledError):
            self.at_death()
        raise error


class MortalStore(Store):
    """A store whose every transaction has three steps at which something can happen: before, at its end, and after."""

    def __init__(self, folder: Path, mishap: Mishap) -> None:
        self._mishap = mishap
        super().__init__(folder)

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Iterator[Work]:
        self._mishap.step()
        with super().writing(lasting=lasting) as work:
            yield work
            self._mishap.step()
        self._mishap.step()


class World:
    """One reader, from the first start of the service on."""

    def __init__(self, start: datetime, zone: ZoneInfo, transit: timedelta) -> None:
        self._root = TemporaryDirectory(prefix="triage-machine-", dir=fast_folder())
        self._numbers = count()
        self.true = start
        self.wrong = timedelta(0)
        """By how much the service's clock is ahead of the server's."""
        self.zone = zone
        self.mailbox = FakeMailbox(folders=("INBOX", "Jobs"))
        self.courier = FakeCourier(transit=transit)
        self.mishap = Mishap(at_death=self._leave_behind)
        self.deaths = 0
        self._left: Path | None = None
        self.folder = Path(shutil.copytree(_new_store().name, self._next_folder()))
        self.start()

    def now(self) -> datetime:
        """The service's clock."""
        return self.true + self.wrong

    def start(self) -> None:
        """As `triage run` does it."""
        store = MortalStore(self.folder, self.mishap)
        written = at_work.stationery(store.secret, Cadence(self.zone))
        written = replace(written, reader=replace(written.reader, zone=self.zone))
        pipeline = Pipeline(store, at_work.remembering_judge(), written, _phrases())
        self.service = Service(pipeline, [Watched(self.mailbox, 60, LOOK_BACK)], self.courier, self.now)
        with store.writing() as work:
            work.outbox.retry_refused(self.now())

    @property
    def store(self) -> Memory:
        return self.service.pipeline.store

    def other_program(self) -> Store:
        """What a command in another window works with."""
        return Store(self.folder)

    def poll(self) -> bool:
        return self._live(lambda: self.service.poll(self.service.watched[0]))

    def tick(self) -> bool:
        return self._live(self.service.tick)

    def restart(self) -> None:
        self.store.close()
        while not self._live(self.start):
            pass  # as systemd does

    def recovers(self) -> None:
        """All is well from now on."""
        self.mishap.error, self.wrong = None, timedelta(0)
        self.courier.fates.clear()
        self.courier.blind = self.courier.dies_looking = False
        self.courier.meanwhile = lambda: None
        self.mailbox.recover()
        self.restart()

    def _live(self, step: Callable[[], object]) -> bool:
        """Do something inside the fence of the service. True where it succeeded; killed, it is started again."""
        try:
            step()
        except KilledError:
            self._begin_again()
            return False
        except (TriageError, ZeroDivisionError):
            return False
        return True

    def _leave_behind(self) -> None:
        """What is on the disk at the moment of death: transactions are open, and nobody closes them."""
        self._left = Path(shutil.copytree(self.folder, self._next_folder()))

    def _begin_again(self) -> None:
        self.deaths += 1
        if self._left is None:
            self._leave_behind()
        assert self._left is not None
        self.store.close()
        self.folder, self._left = self._left, None
        self.mishap.error = None
        self.start()

    def _next_folder(self) -> Path:
        return Path(self._root.name) / str(next(self._numbers))

    def close(self) -> None:
        self.store.close()
        self._root.cleanup()
