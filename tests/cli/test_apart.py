"""A signal that arrives while a process is being made for something: it counts, and no lock stays behind."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

_FORKING = """
import logging, os, signal, sys, threading
from triage.cli.apart import apart

def told(*_):
    sys.exit(143)

signal.signal(signal.{name}, told)
# Hooks run in this order: ours is called last before the fork, and first after it, with the lock of logging held.
os.register_at_fork({hook}=lambda: os.kill(os.getpid(), signal.{name}))
try:
    apart(lambda: 1)
except SystemExit:
    free = []
    thread = threading.Thread(target=lambda: free.append(logging.getLogger("triage").isEnabledFor(0)), daemon=True)
    thread.start()
    thread.join(5)
    os._exit(7 if free else 8)
os._exit(9)
"""


@pytest.mark.parametrize("name", [signal.SIGTERM.name, signal.SIGINT.name])
@pytest.mark.parametrize("hook", ["before", "after_in_parent"])
def test_a_signal_at_the_fork_is_neither_lost_nor_leaves_a_lock(name: str, hook: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FORKING.format(name=name, hook=hook)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (7, "")
