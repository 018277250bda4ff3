"""Mails spoilt by chance go the whole way, from the mailbox to the letter: `python -m tests.mutate 1000000 --jobs 2`.

Every mail is made from the seed and its own number alone, so any of them can be made again: `--first 4700` and 100
mails are the batch of mail 4711. Stopped with Ctrl-C, it says what it came to, and from which mail on to go on.
"""

from __future__ import annotations

import argparse
import faulthandler
import resource
import signal
import sys
import time
import tomllib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console

from tests import mutated
from tests.mutated import BATCH, Batch, Failure
from triage.demo import sample

SLOW = 2.0
"""Seconds of the processor that one mail may take."""
MILLION = 1_000_000
_HANGS = 300.0
"""Seconds after which a batch says where it is, and its process ends: most take one."""
_AHEAD = 3
"""Batches for each process that wait for it, or for those before them to be counted."""
_OFTEN = 20
"""Batches between two words of progress."""
_CORPUS = Path(__file__).parent / "corpus"


@cache
def seeds() -> tuple[bytes, ...]:
    """Sound mails in nine languages, broken ones, and those of the demo."""
    broken = [path.read_bytes() for path in sorted(_CORPUS.rglob("*.eml"))]
    return (*broken, *(arrival.data for arrival in sample().arrivals), *_written())


def _written() -> Iterator[bytes]:
    for path in sorted((_CORPUS / "mails").glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["mail"]:
            head = (
                f"From: {row['from']}\nTo: kit@reader.example\nSubject: {row['subject']}\nMessage-ID: <{row['id']}@x>"
            )
            kind = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
            yield f"{head}\n{kind}\n\n{row['body']}".encode()


def mail(seed: int, number: int) -> bytes:
    """Mail `number` of the run with this seed."""
    return mutated.mail(seeds(), seed, number)


@dataclass(slots=True)
class Run:
    """What a run came to, or came to so far."""

    seed: int
    first: int = 0
    mails: int = 0
    logged: int = 0
    letters: int = 0
    failures: list[Failure] = field(default_factory=list)
    """Whatever was raised or logged, and what was wrong with a letter."""
    slow: int = 0
    """Mails that took longer than they may."""
    slowest: list[tuple[float, int]] = field(default_factory=list)
    memory: float = 0.0
    """The most that a process used, in megabytes."""
    seconds: float = 0.0
    processor: float = 0.0
    """Seconds of the processors', beside those that passed."""
    stopped: bool = False

    def take(self, batch: Batch, memory: float) -> None:
        """Add what came of a batch."""
        self.mails += batch.mails
        self.logged += batch.logged
        self.letters += batch.letters
        self.failures += batch.failures
        self.slow += sum(took > SLOW for took, _ in batch.slowest)
        self.slowest = sorted([*self.slowest, *batch.slowest], reverse=True)[:5]
        self.memory = max(self.memory, memory)
        self.processor += batch.processor

    @property
    def next(self) -> int:
        """The number of the first mail that is not done."""
        return self.first + self.mails

    def __str__(self) -> str:
        took, number = self.slowest[0] if self.slowest else (0.0, 0)
        return (
            f"{self.mails:,} mails from {self.first} on, seed {self.seed}: {len(self.failures)} failures, {self.slow} "
            f"over {SLOW:g} s, slowest {took:.2f} s (mail {number}), {self.logged:,} logged, {self.letters:,} letters, "
            f"{self.memory:.0f} MB at most, {self.seconds:.0f} s, {self.processor:.0f} s of the processor"
        )


def short(seed: int, first: int, mails: int) -> Run:
    """A run in this process."""
    run, start = Run(seed, first), time.monotonic()
    for number, count in _cut(first, mails):
        run.take(*_batch(seed, number, count))
    run.seconds = time.monotonic() - start
    return run


def full(mails: int = MILLION, jobs: int = 2, seed: int = 1, first: int = 0) -> Run:
    """A run in so many processes, with its progress on standard error. Ctrl-C ends it with what it came to so far.

    A process that dies, by a crash of a library or because a mail hangs, ends the run too, and is a failure.
    """
    run, out, start = Run(seed, first), Console(stderr=True, highlight=False, markup=False), time.monotonic()
    try:
        for number, done in enumerate(_batches(run, mails, jobs), 1):
            run.take(*done)
            run.seconds = time.monotonic() - start
            for failure in done[0].failures:
                out.print(f"mail {failure.number}: {failure.what}", soft_wrap=True)
            if number % _OFTEN == 0:
                out.print(f"{run}", soft_wrap=True)
    except BrokenProcessPool:
        run.failures.append(Failure(run.next, "a process died over a mail from this one on"))
    except KeyboardInterrupt:
        run.stopped = True
    out.print(f"{run}" + f"; stopped, to be continued with --first {run.next}" * run.stopped, soft_wrap=True)
    return run


def _batches(run: Run, mails: int, jobs: int) -> Iterator[tuple[Batch, float]]:
    """Every batch in order; no more are begun than keep the processes busy."""
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin)
    busy: deque[Future[tuple[Batch, float]]] = deque()
    try:
        for number, count in _cut(run.first, mails):
            busy.append(pool.submit(_batch, run.seed, number, count))
            if len(busy) > _AHEAD * jobs:
                yield busy.popleft().result()
        while busy:
            yield busy.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _cut(first: int, mails: int) -> Iterator[tuple[int, int]]:
    """Number and size of each batch."""
    for number in range(first, first + mails, BATCH):
        yield number, min(BATCH, first + mails - number)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of them, and only the first one shall end


def _batch(seed: int, number: int, count: int) -> tuple[Batch, float]:
    """A batch, and the most memory this process has used so far, in megabytes."""
    faulthandler.dump_traceback_later(_HANGS, exit=True)
    done = mutated.batch(seeds(), seed, number, count)
    faulthandler.cancel_dump_traceback_later()
    return done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    options = argparse.ArgumentParser(prog="tests.mutate", description=__doc__)
    options.add_argument("mails", type=int, nargs="?", default=MILLION)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--first", type=int, default=0, help="the number of the first mail")
    options.add_argument("--jobs", type=int, default=2, help="processes")
    given = options.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell that starts it in the background has it ignore the first
        signal.signal(number, signal.default_int_handler)
    run = full(given.mails, given.jobs, given.seed, given.first)
    return 1 if run.failures or run.slow else 0


if __name__ == "__main__":
    sys.exit(main())
