"""What is often asked for is done in a second process; what becomes of that changes no answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import TypeVar

import pytest

from triage.cli.beside import LINE, OFTEN, Beside

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all is done in one process")

R = TypeVar("R")
ASKS = """
import os, time
from triage.cli.beside import OFTEN, Beside
ask = Beside(os.getpid)
print(*{ask() for _ in range(OFTEN)}, flush=True)
time.sleep(60)
"""


@contextmanager
def beside(work: Callable[[], R]) -> Iterator[Beside[[], R]]:
    """One that is about to be asked often."""
    made = Beside(work)
    for _ in range(OFTEN - 1):
        made()
    yield made
    made.rest()


def open_files() -> list[str]:
    """What is open in the process that does this."""
    paths = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]  # noqa: PTH208  # names, read at once
    return [str(path.readlink()) for path in paths if path.is_symlink()]


def gone(pid: int) -> bool:
    patience = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < patience:
        time.sleep(0.01)
    return not Path(f"/proc/{pid}").exists()


def test_only_what_is_asked_often_is_done_elsewhere() -> None:
    with beside(os.getpid) as ask:
        elsewhere = ask()
        assert ask() == elsewhere != os.getpid()
    seldom = Beside(os.getpid)
    assert {seldom() for _ in range(OFTEN - 1)} == {os.getpid()}
    never = Beside(os.getpid, possible=False)
    assert {never() for _ in range(2 * OFTEN)} == {os.getpid()}


def test_no_file_and_no_connection_goes_along(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock, beside(open_files) as ask:
        assert str(Path(lock.name).resolve()) in open_files()
        opened = ask()
        assert str(Path(lock.name).resolve()) not in opened
        assert len(opened) <= len(("input", "output", "errors", "our pipe", "the folder itself"))


def test_it_ends_when_it_is_let_go_and_is_made_again() -> None:
    with beside(os.getpid) as ask:
        first = ask()
        ask.rest()
        assert gone(first)
        assert {ask() for _ in range(OFTEN - 1)} == {os.getpid()}
        assert ask() not in (first, os.getpid())


def test_where_it_dies_everything_is_answered_here() -> None:
    with beside(os.getpid) as ask:
        os.kill(ask(), signal.SIGKILL)
        assert {ask() for _ in range(2 * OFTEN)} == {os.getpid()}


def test_what_fails_there_fails_here() -> None:
    answers = iter([1] * (OFTEN - 1))

    def work() -> int:
        return next(answers)

    with beside(work) as ask, pytest.raises(StopIteration):
        ask()


def test_who_finds_a_long_line_is_helped_here() -> None:
    """The one process answers one after the other; a thread more than may wait for it does not wait."""
    crowded, helped = Event(), Barrier(2, timeout=20)
    me = os.getpid()

    def work() -> int:
        if crowded.is_set() and os.getpid() == me:
            helped.wait()
        elif crowded.is_set():
            time.sleep(0.2)
        return os.getpid()

    found: list[int] = []
    with beside(work) as ask:
        crowded.set()
        threads = [Thread(target=lambda: found.append(ask())) for _ in range(LINE + 1)]
        for thread in threads:
            thread.start()
        helped.wait()
        for thread in threads:
            thread.join(20)
    assert found.count(me) == 1
    assert len(set(found)) == 2


def test_it_does_not_outlive_the_process_it_is_for() -> None:
    with subprocess.Popen([sys.executable, "-c", ASKS], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = {int(pid) for pid in parent.stdout.readline().split()}
        parent.kill()
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


BUSY = """
import logging, os, sys, threading, importlib
from triage.cli.beside import OFTEN, Beside

def busy(module):
    while True:
        log.error("at work")
        sys.modules.pop(module, None)
        importlib.import_module(module)
        bytearray(100_000)

log = logging.getLogger("busy")
log.addHandler(logging.StreamHandler(open(os.devnull, "w")))
log.propagate = False
for module in ("colorsys", "wave", "plistlib", "sched"):
    threading.Thread(target=busy, args=(module,), daemon=True).start()
ask = Beside(os.getpid)
made = set()
for _ in range(30):
    made |= {ask() for _ in range(OFTEN)}
    ask.rest()
print(len(made))
"""


def test_threads_at_work_when_it_is_made_are_no_harm_and_no_warning() -> None:
    """They hold locks at that moment, of which Python 3.12 and later warn; it needs none of them."""
    command = [sys.executable, "-W", "default", "-c", BUSY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (done.stdout, done.stderr) == ("31\n", ""), "thirty of them, and this one"
