"""A progress bar on a terminal, for work that takes a while; silence everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

from triage.reading import Progress as Report
from triage.service import silent

WORTH_SHOWING = 50
"""Messages: fewer are read before a bar could be looked at."""


@contextmanager
def bars() -> Iterator[Report]:
    """One bar for each mailbox that has much to read; gone once it is done."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("Reading {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def report(mailbox: str, done: int, total: int) -> None:
            if total >= WORTH_SHOWING:
                if mailbox not in tasks:
                    tasks[mailbox] = progress.add_task(mailbox)
                progress.update(tasks[mailbox], completed=done, total=total, visible=done < total)

        yield report
