"""How a release goes, step by step; each says what it does, how long it took, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click


@dataclass(slots=True)
class Course:
    """The steps so far. `notes` are for the summary at the end."""

    notes: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, what: str) -> Iterator[Callable[[str], None]]:
        """One step: what it yields takes a sentence about how it went."""
        click.echo(f"{what} ...", err=True)
        begun, told = time.monotonic(), list[str]()
        yield told.append
        took = f"{time.monotonic() - begun:.0f} s"
        click.echo(f"    {'; '.join(told) or 'done'} ({took})", err=True)
        self.notes.append(f"{what}: {'; '.join(told) or 'done'} ({took})")

    def left_out(self, what: str, why: str) -> None:
        """A step that is not done, which the summary must not hide."""
        click.echo(f"{what}: NOT DONE, {why}", err=True)
        self.notes.append(f"{what}: NOT DONE, {why}")

    def minutes(self) -> str:
        """How long it all took."""
        return f"{(time.monotonic() - self.begun) / 60:.1f} minutes"
