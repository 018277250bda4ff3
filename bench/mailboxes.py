"""Many mailboxes in one process: what each costs in memory, and whether a dead or a slow server delays the others."""

from __future__ import annotations

import contextlib
import random
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.arriving import arrival, breathe, drop, logged
from bench.folder import everyday, say
from bench.latency import percentile
from bench.options import Options
from bench.process import Usage, usage
from bench.program import IMAP, LETTERS, Rows, beside, maildir, running
from bench.report import Goal, Report, Table
from bench.server import Served, serving
from tests.rig.proxy import Proxy

MANY, FEW = 50, 6
MAILS = 20
"""In each mailbox."""
SETTLING = 5.0
MOST_EACH, MOST_DELAY = 3.0, 1.25
CRAWL = 40
"""Bytes a second that the slow server sends."""
OLD = 3650
"""Days: all that is there is read."""


def run(options: Options) -> Report:
    """The part `mailboxes`."""
    many, arrivals = (10 if options.quick else MANY), max(6, options.arrivals // 3)
    box = everyday(options.folder, MAILS)
    with serving() as served:
        users = [f"m{number}" for number in range(many)]
        for user in (*users, *_others("a"), *_others("b")):
            served.take(user, box.path)
        one, all_ = (_memory(served, some) for some in (users[:1], users))
        alone, beside_ = _delays(served, arrivals)
    each = (all_.resident - one.resident) / (many - 1) / 1e6
    rows = tuple(
        (name, f"{found.resident / 1e6:.1f}", f"{found.shared_out / 1e6:.1f}", f"{found.peak / 1e6:.1f}")
        for name, found in (("1 mailbox", one), (f"{many} mailboxes", all_))
    )
    memory = Table("several mailboxes in one process, MB", ("", "resident", "PSS", "at the most"), rows)
    goals = (
        Goal(f"{many} mailboxes: memory a mailbox more", MOST_EACH, "MB", (each,)),
        Goal(
            "a dead and a slow server beside: p50 of the others, times",
            MOST_DELAY,
            "times",
            (percentile(beside_, 50) / percentile(alone, 50),),
        ),
    )
    return Report("mailboxes", (memory, _table(alone, beside_)), goals)


def _others(letter: str) -> list[str]:
    return [f"{letter}{number}" for number in range(FEW)]


def _memory(served: Served, users: Sequence[str]) -> Usage:
    """Of the service that watches these, once it rests."""
    say(f"a service with {len(users)} mailboxes")
    with tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
        boxes = _tables(served.port, users) + LETTERS.format(path=maildir(Path(folder) / "letters"))
        with running(beside(Path(folder), boxes, tuple(users)), len(users)) as process:
            time.sleep(SETTLING)
            return usage(process.pid)


def _tables(port: int, users: Sequence[str]) -> str:
    return "".join(IMAP.format(name=user, port=port, user=user, days=OLD) for user in users)


def _delays(served: Served, count: int) -> tuple[list[float], list[float]]:
    """Seconds from mail to row in a service of sound mailboxes, and in one with a dead and a slow server beside.

    Both at work at the same time, and each mail comes to both, one after the other.
    """
    with ExitStack() as stack:
        dead, slow = stack.enter_context(_dead()), stack.enter_context(Proxy(served.port))
        slow.pace = CRAWL
        served.make("slow")
        bad = _tables(dead, ["dead"]) + _tables(slow.port, ["slow"])
        sides = [_watching(stack, served, "a", "", ()), _watching(stack, served, "b", bad, ("dead", "slow"))]
        taken: tuple[list[float], list[float]] = ([], [])
        dice = random.Random(count)  # noqa: S311 - no secret
        for number in range(count + 1):
            say(f"mail {number} of {count}", end="\r")
            for (letter, rows), values in zip(sides, taken, strict=True):
                mail = arrival()
                sent = drop(served.maildir(f"{letter}{number % FEW}"), mail)
                values.append(logged(rows, mail) - sent)
                breathe(dice)
        say("")
    return taken[0][1:], taken[1][1:]  # the first one loads what is loaded once


def _watching(stack: ExitStack, served: Served, letter: str, more: str, names: tuple[str, ...]) -> tuple[str, Rows]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-bench-")))
    users = _others(letter)
    boxes = _tables(served.port, users) + more + LETTERS.format(path=maildir(folder / "letters"))
    program = beside(folder, boxes, (*users, *names))
    stack.enter_context(running(program, len(users)))
    rows = Rows(program)
    stack.callback(rows.close)
    return letter, rows


@contextmanager
def _dead() -> Iterator[int]:
    """A port where somebody takes every call, and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener, contextlib.suppress(OSError):
        yield int(listener.getsockname()[1])


def _table(alone: Sequence[float], beside_: Sequence[float]) -> Table:
    rows = tuple(
        (name, str(len(values)), *(f"{percentile(values, share):.3f}" for share in (50, 95)), f"{max(values):.3f}")
        for name, values in (
            (f"{FEW} sound servers", alone),
            (f"{FEW} sound ones, a dead and a slow one", beside_),
        )
    )
    return Table("mail to row in the log, seconds", ("in a process with", "mails", "p50", "p95", "most"), rows)
