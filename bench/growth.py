"""What a mail, a letter and the status cost, while the log grows from a thousand lines to a million."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from bench.folder import say
from bench.grown import grown
from bench.measured import measure
from bench.options import Options
from bench.program import BOX, COMMAND, at_home, pipeline
from bench.report import Goal, Report, Table, ratios, spread
from tests.fakes import FakeCourier, FakeMailbox
from tests.rig import employers
from triage.core.values import Kind
from triage.pipeline import Pipeline
from triage.service import Service, Watched
from triage.store import Store
from triage.store import schema as t

SIZES = (1_000, 30_000, 1_000_000)
QUICK = (1_000, 10_000)
POLL, LETTER, REST, STATUS = "a poll with one mail", "a tick with a letter", "a tick with nothing due", "triage status"
MOST = {POLL: 1.2, LETTER: 2.0, STATUS: 2.0}
"""Times the cost with a thousand lines."""
A_MONTH = timedelta(days=30)
SLOW = 20.0
"""Seconds: what takes longer is not repeated."""


@dataclass(slots=True)
class Log:
    """A service on a log of this size, and what its steps took, in seconds."""

    size: int
    service: Service
    mailbox: FakeMailbox
    companies: Sequence[str]
    status: Callable[[], float]
    taken: dict[str, list[float]] = field(default_factory=dict)

    def round(self, number: int) -> None:
        """One mail comes, is told, and the status is asked for."""
        company = self.companies[number % len(self.companies)]
        self.mailbox.receive(employers.interview(company), datetime.now(UTC))
        self._timed(POLL, lambda: self.service.poll(self.service.watched[0]).logged[Kind.INTERVIEW])
        self._timed(LETTER, self.service.tick)
        self._timed(REST, lambda: self.service.tick() == 0)
        self.taken.setdefault(STATUS, []).append(self.status())

    def slow(self) -> bool:
        return sum(values[-1] for values in self.taken.values()) > SLOW

    def _timed(self, what: str, step: Callable[[], object]) -> None:
        start = time.perf_counter()
        done = step()
        self.taken.setdefault(what, []).append(time.perf_counter() - start)
        if not done:
            raise AssertionError(f"with {self.size} lines, {what} did not do what it should")


def run(options: Options) -> Report:
    """The part `growth`."""
    rounds = options.rounds * 4
    with ExitStack() as stack:
        logs = [_opened(stack, options.folder, size) for size in (QUICK if options.quick else SIZES)]
        for number in range(rounds + 1):
            say(f"round {number} of {rounds}", end="\r")
            for log in logs:
                if number == 0 or not log.slow():
                    log.round(number)
        say("")
        for log in logs:
            # The first one loads what is loaded once.
            log.taken = {what: values[1:] or values for what, values in log.taken.items()}
        return Report("growth", (_table(logs, rounds),), _goals(logs))


def _opened(stack: ExitStack, below: Path, size: int) -> Log:
    """A copy of the log of this size, and a service that has settled on it."""
    kept = grown(below, size)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-bench-")))
    program = at_home(folder)
    shutil.copytree(kept.folder, program.store, ignore=shutil.ignore_patterns("made.json"))
    ours = (*COMMAND, "--config", str(program.config))
    measure((*ours, "poll"), program.environ)  # as a service would have, before
    store = Store(program.store)
    stack.callback(store.close)
    joined, mailbox = pipeline(program, store), FakeMailbox(BOX)
    service = Service(joined, (Watched(mailbox, 300.0, A_MONTH),), FakeCourier())
    service.poll(service.watched[0])
    while service.tick():  # the letters about what became due meanwhile
        pass
    return Log(size, service, mailbox, _companies(joined), lambda: measure((*ours, "status"), program.environ).wall)


def _companies(pipeline: Pipeline) -> list[str]:
    """Those that were last written to, and some new ones."""
    query = select(t.application.c.company).order_by(t.application.c.id.desc()).limit(40)
    with pipeline.store.reading() as work:
        known = work.log.connection.execute(query).scalars().all()
    return [name for pair in zip(known, employers.COMPANIES, strict=False) for name in pair]


def _table(logs: Sequence[Log], rounds: int) -> Table:
    base = logs[0].taken
    rows = []
    for what in base:
        cells = [spread([1000 * value for value in log.taken[what]]) for log in logs]
        times = [f"{_times(log, logs[0], what):.2f}" for log in logs[1:]]
        rows.append((what, *cells, *times))
    sizes = [f"{log.size:,}" for log in logs]
    columns = ("milliseconds with so many lines in the log", *sizes, *(f"{size}: times" for size in sizes[1:]))
    return Table(f"growth of the log, {rounds} rounds", columns, tuple(rows))


def _times(log: Log, base: Log, what: str) -> float:
    return statistics.median(log.taken[what]) / statistics.median(base.taken[what])


def _goals(logs: Sequence[Log]) -> tuple[Goal, ...]:
    last, base = logs[-1], logs[0]
    return tuple(
        Goal(f"{what}, {last.size:,} lines beside {base.size:,}", most, "times", _paired(last, base, what))
        for what, most in MOST.items()
    )


def _paired(last: Log, base: Log, what: str) -> tuple[float, ...]:
    """By rounds; where one was too slow to be repeated, by medians."""
    if len(last.taken[what]) != len(base.taken[what]):
        return (_times(last, base, what),)
    return ratios(last.taken[what], base.taken[what])
