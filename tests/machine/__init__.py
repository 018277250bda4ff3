"""A state machine over both paths: mail arrives, connections drop, clocks jump, the process dies; nothing is lost.

`machine` holds what can happen, `search` how, `expected` what must be true after each step and in the end, reckoned
beside the program; `record` reads the store with plain SQL, `world` is the reader's computer, `repertoire` the mails.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Machine

SETTINGS = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    print_blob=True,
)
"""Random, not the same every time: a failure prints what reproduces it, and is kept in .hypothesis."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of the machine."""

    examples: int
    steps: int
    """At most, in each example."""
    failures: int
    seconds: float
    letters: int
    deaths: int
    failure: str = ""


def full(examples: int = 2_000, steps: int = 50) -> Ran:
    """Run it so often and so long. A failure is said in words, with the steps that lead to it."""
    Machine.lived.clear()
    start, failure = time.monotonic(), ""
    try:
        run_state_machine_as_test(
            Machine, settings=settings(SETTINGS, max_examples=examples, stateful_step_count=steps, database=None)
        )
    except Exception as error:  # noqa: BLE001  # whatever it is, it belongs into the table
        failure = "\n".join([repr(error), *getattr(error, "__notes__", [])])
    lived = Machine.lived
    return Ran(
        lived["examples"],
        steps,
        int(bool(failure)),
        time.monotonic() - start,
        lived["letters"],
        lived["deaths"],
        failure,
    )
