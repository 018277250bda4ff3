"""How long the commands take that are asked often: whole processes, beside a Python that does nothing."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.folder import say
from bench.grown import grown
from bench.measured import Measured, measure
from bench.options import Options
from bench.program import COMMAND, at_home
from bench.report import Goal, Report, Table, ratios, spread

NOTHING = "python -c pass"
STATUS, VERSION = "triage status", "triage --version"
MOST = {STATUS: 150.0, VERSION: 80.0}
"""Milliseconds."""
LINES = 1_000
"""In the log that `triage status` looks at."""


def run(options: Options) -> Report:
    """The part `start`."""
    rounds = max(3, options.rounds * 4) if options.quick else max(20, options.rounds * 4)
    with tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
        program = at_home(Path(folder))
        shutil.copytree(grown(options.folder, LINES).folder, program.store)
        for _ in range(2):  # as a service would have left it: letters written, nothing due
            if (done := program.triage("poll")).code:
                raise RuntimeError(done.err)
        ours = (*COMMAND, "--config", str(program.config))
        found = _raced(
            {
                NOTHING: (sys.executable, "-c", "pass"),
                "python -c 'import click'": (sys.executable, "-c", "import click"),
                VERSION: (*COMMAND, "--version"),
                STATUS: (*ours, "status"),
            },
            program.environ,
            rounds,
        )
    goals = [Goal(what, most, "ms", tuple(1000 * one.wall for one in found[what])) for what, most in MOST.items()]
    return Report("start", (_table(found, rounds),), tuple(goals))


def _raced(
    commands: Mapping[str, Sequence[str]], env: Mapping[str, str], rounds: int
) -> Mapping[str, Sequence[Measured]]:
    found: dict[str, list[Measured]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}", end="\r")
        for name, words in commands.items():
            found[name].append(measure(words, env))
    say("")
    return {name: values[1:] for name, values in found.items()}  # the first one may read from the disk


def _table(found: Mapping[str, Sequence[Measured]], rounds: int) -> Table:
    base = [one.wall for one in found[NOTHING]]
    rows = tuple(
        (
            name,
            spread([1000 * one.wall for one in taken]),
            spread([1000 * one.cpu for one in taken]),
            spread(ratios([one.wall for one in taken], base)),
        )
        for name, taken in found.items()
    )
    title = f"start, whole processes, {rounds} rounds; {LINES:,} lines in the log"
    return Table(title, ("", "milliseconds", "CPU ms", f"times {NOTHING}"), rows)
