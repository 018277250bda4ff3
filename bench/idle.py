"""What the service costs while nothing happens: the real process, watching a mailbox on a server of its own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.folder import everyday, say
from bench.options import Options
from bench.process import Usage, usage
from bench.program import Account, ours, running
from bench.report import Goal, Report, Table, number
from bench.server import serving

MAILS = 500
"""In the mailbox: their look is over when the watch begins."""
SETTLING = 20.0
"""Seconds after that look until it counts."""
MOST_CPU, MOST_MEMORY, MOST_WAKEUPS = 0.1, 80.0, 1.0
USER = "robin"


@dataclass(frozen=True, slots=True)
class Idling:
    """A service that has nothing to do, since `begun`."""

    pid: int
    begun: float
    before: Usage

    def report(self, minutes: float) -> Report:
        """What it took, once it has rested for so long; waits for that."""
        while (left := self.begun + 60 * minutes - time.monotonic()) > 0:
            say(f"watching a service that does nothing: {left / 60:.0f} minutes more ", end="\r")
            time.sleep(min(left, 10))
        after, seconds = usage(self.pid), time.monotonic() - self.begun
        say("")
        cpu = 100 * (after.cpu - self.before.cpu) / seconds
        counts = [count - self.before.wakeups.get(thread, 0) for thread, count in sorted(after.wakeups.items())]
        return _report(after, seconds, cpu, [60 * count / seconds for count in counts])


@contextmanager
def idling(options: Options) -> Iterator[Idling]:
    """The service at rest, for as long as it is not asked for its report."""
    box = everyday(options.folder, MAILS)
    with serving() as served, tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
        served.take(USER, box.path)
        program = ours(Account(served.port, USER, Path(folder), box.days))
        with running(program) as process:
            time.sleep(SETTLING)
            yield Idling(process.pid, time.monotonic(), usage(process.pid))


def _report(after: Usage, seconds: float, cpu: float, wakeups: Sequence[float]) -> Report:
    rows = (
        ("processor", f"{cpu:.4f} %"),
        ("wake-ups a minute", number(sum(wakeups))),
        ("of each thread, the oldest first", ", ".join(map(number, wakeups))),
        ("resident", f"{after.resident / 1e6:.1f} MB"),
        ("of it not shared with others (PSS)", f"{after.shared_out / 1e6:.1f} MB"),
        ("at the most so far (the first look)", f"{after.peak / 1e6:.1f} MB"),
    )
    title = f"idle: {seconds / 60:.1f} minutes of `triage run` while nothing happens"
    goals = (
        Goal("idle: processor", MOST_CPU, "%", (cpu,)),
        Goal("idle: resident memory", MOST_MEMORY, "MB", (after.resident / 1e6,)),
        Goal("idle: wake-ups", MOST_WAKEUPS, "a minute", (sum(wakeups),)),
    )
    return Report("idle", (Table(title, ("", ""), rows),), goals)
