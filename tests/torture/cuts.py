"""The line to a mail server breaks at every byte: nothing is lost, nothing doubled, no password called wrong.

After the fault the program looks again, with its clock moved on as its pauses demand. What a judge outside sees then
must equal what an undisturbed play leaves. One point anew: `python -m tests.torture.cuts imap/0/down/fin/117`.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from tests.torture import cut_large
from tests.torture.cut_points import Point
from tests.torture.cut_scenes import SCENES, Ear, Played, Rehearsed, play, rehearsed
from tests.torture.network import Kind, Way
from tests.torture.spoken import by_imap, by_smtp
from tests.torture.table import Row, Say
from tests.torture.world import World, world
from triage.wire import Tls

WORKERS = 2
SEED = 5
_BATCH = 50
_SAID_EVERY = 250
_PATIENCE = 600.0
"""Seconds within which a process that is alive has something to say."""
_AT_ONCE = 5
"""Points a process tries at the same time: where the network has a hole, they only wait."""
_ENDS = 120.0
"""Seconds: far more than a program needs whose patience is three, on a busy machine too; one without any never ends."""
_WRONG_PASSWORD = ("refused the user name or the password", "CredentialError")


@dataclass(frozen=True, slots=True)
class Theatre:
    """All scenes, ready to be played."""

    scenes: tuple[Rehearsed, ...]
    large: cut_large.Large

    def points(self) -> list[Point]:
        """All there are, in an order without order, so that any part of them is a fair one; always the same."""
        found = [*self.large.points, *(point for one in self.scenes for point in one.points)]
        random.Random(SEED).shuffle(found)
        return found

    def stream(self, scene: str, connection: int, way: Way) -> bytes:
        """What went over this connection when nothing was wrong."""
        return self._scene(scene).stream(connection, way)

    def _scene(self, name: str) -> Rehearsed:
        return next(one for one in self.scenes if one.scene.name == name)

    def tried(self, points: Iterable[Point]) -> Iterator[str]:
        """What went wrong at these points, a sentence each."""
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for complaints in threads.map(self._try, points):
                yield from complaints

    def _try(self, point: Point) -> list[str]:
        try:
            if point.scene == cut_large.NAME:
                return list(self.large.tried(point))
            return [f"{point}: {complaint}" for complaint in _complaints(point, self._scene(point.scene))]
        except Exception as error:  # noqa: BLE001  # nothing that a network does may raise anything but a TriageError
            return [f"{point}: raised {type(error).__name__}: {error}"]


def _complaints(point: Point, ready: Rehearsed) -> Iterator[str]:
    played, sound = play(ready.stage, point), ready.sound
    if not played.network.struck:
        yield "the fault never came about"
    if played.outcome != sound.outcome:
        yield f"{_difference(played, sound)} after {played.errors} {played.said}"
    if not played.settled:
        yield "a connection was never let go"
    if any(words in line for words in _WRONG_PASSWORD for line in (*played.errors, *played.said)):
        yield f"a network fault was taken for a wrong password: {played.errors} {played.said}"
    if ready.scene.tls is Tls.NONE:
        spoken = by_smtp if ready.scene.smtp else by_imap
        for call in played.network.calls:
            yield from spoken(bytes(call.passed[Way.UP]))
    if point.fault.kind is Kind.TRICKLE and (played.errors or played.said != sound.said):
        yield f"slow is not broken: {played.errors} {played.said}"
    if point.fault.kind is Kind.HOLE and played.seconds > _ENDS:
        yield f"took {played.seconds:.1f} s to get over it"


def _difference(played: Played, sound: Played) -> str:
    """Lost, doubled or corrupt, and in what."""
    now, then = played.outcome, sound.outcome
    if now.faults:
        return f"corrupt: {now.faults}"
    lost = [*(then.rows - now.rows), *(then.letters - now.letters)]
    more = [*(now.rows - then.rows), *(now.letters - then.letters)]
    rest = f"copies {now.copies}, unsent {now.unsent}, messages {now.messages}, flags {now.flags}"
    return f"lost: {lost}, doubled: {more}, {rest}"


@contextmanager
def theatre(inside: World) -> Iterator[Theatre]:
    """All scenes, each played once undisturbed."""
    ear, program = Ear(), logging.getLogger("triage")
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the sink warns of its own past
    program.addHandler(ear)
    program.setLevel(logging.INFO)
    try:
        yield Theatre(tuple(rehearsed(scene, inside) for scene in SCENES), cut_large.set_up(inside))
    finally:
        program.removeHandler(ear)


def full(say: Say) -> Row:
    """Every point of every scene, on two processes with a Dovecot each."""
    started = time.monotonic()
    failures: list[str] = []
    tried: Counter[str] = Counter()
    for what, words in _news():
        if what is _News.TRIED:
            tried[words] += 1
            if tried.total() % _SAID_EVERY == 0:
                say(f"cuts: {tried.total()} points, {len(failures)} failures, {time.monotonic() - started:.0f} s")
        else:
            failures.append(words)
            say(f"cuts: {words}")
    note = ", ".join(f"{kind} {count}" for kind, count in sorted(tried.items()))
    return Row("network cuts", tried.total(), tuple(failures), time.monotonic() - started, note)


class _News(Enum):
    """What a process has to say."""

    TRIED = auto()
    WRONG = auto()
    DONE = auto()


def _news() -> Iterator[tuple[_News, str]]:
    """Every point tried, and every complaint, of all processes."""
    context = multiprocessing.get_context("spawn")
    news: multiprocessing.Queue[tuple[_News, str]] = context.Queue()
    workers = [context.Process(target=_work, args=(share, news), daemon=True) for share in range(WORKERS)]
    for worker in workers:
        worker.start()
    working = WORKERS
    while working:
        what, words = news.get(timeout=_PATIENCE)
        working -= what is _News.DONE
        if what is not _News.DONE:
            yield what, words
    for worker in workers:
        worker.join(_PATIENCE)


def _work(share: int, news: multiprocessing.Queue[tuple[_News, str]]) -> None:
    """One process: its share of the points."""
    with tempfile.TemporaryDirectory(prefix="cuts-") as folder:
        Path(folder).chmod(0o755)
        with world(Path(folder)) as inside, theatre(inside) as ready:
            mine = ready.points()[share::WORKERS]
            for start in range(0, len(mine), _BATCH):
                batch = mine[start : start + _BATCH]
                for complaint in ready.tried(batch):
                    news.put((_News.WRONG, complaint))
                for point in batch:
                    news.put((_News.TRIED, f"{point.scene} {point.fault.way} {point.fault.kind}"))
    news.put((_News.DONE, ""))


def main(texts: Sequence[str]) -> int:
    """Try these points again; without any, say how many there are of each kind."""
    with tempfile.TemporaryDirectory(prefix="cuts-") as folder:
        Path(folder).chmod(0o755)
        with world(Path(folder)) as inside, theatre(inside) as ready:
            found = list(ready.tried(map(Point.of, texts)))
            counts = Counter(str(point).rpartition("/")[0] for point in ready.points())
    lines = [f"{kind}: {count}" for kind, count in sorted(counts.items())] if not texts else found or ["nothing wrong"]
    sys.stdout.write("\n".join(lines) + "\n")
    return os.EX_SOFTWARE if found else os.EX_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
