"""One service to a store: a second one says so at once, and no lock outlives its service."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.cli.test_bad_input import sound
from tests.rig.installed import Installed, installed

pytestmark = pytest.mark.server

AT_ONCE = 2.0
"""Seconds of the processor: 0.8 on a free machine. What the clock on the wall shows depends on what else it does."""


@pytest.fixture
def program(tmp_path: Path) -> Installed:
    made = installed(tmp_path)
    sound(made)
    return made


@pytest.mark.parametrize("command", ["run", "poll"])
def test_a_second_one_ends_at_once_and_the_first_goes_on(program: Installed, command: str) -> None:
    with program.running() as first:
        before = os.times().children_user + os.times().children_system
        second = program.triage(command)
        spent = os.times().children_user + os.times().children_system - before
        assert (second.code, "Another triage service" in second.err) == (75, True)
        assert spent < AT_ONCE
        assert first.poll() is None


def test_one_that_was_killed_is_in_nobodys_way(program: Installed) -> None:
    first = program.start()
    program.await_polled(first)
    first.send_signal(signal.SIGKILL)
    assert first.wait(10) == -signal.SIGKILL
    assert (program.store / "lock").exists()
    (program.folder / "said").unlink()
    began = time.monotonic()
    with program.running() as second:
        assert time.monotonic() - began < 30
        assert second.poll() is None
        assert program.triage("poll").code == 75
