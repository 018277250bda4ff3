"""What a job has in hand: all that is built for one member, and how much of it is done at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

from triage.service import Service
from triage.store.postgres import MemberStore


@dataclass(frozen=True, slots=True)
class Home:
    """All that is built for one member, for one job. `hosts`: the providers of their mailboxes, in order."""

    handle: str
    store: MemberStore
    service: Service
    hosts: tuple[str, ...]
    courier_host: str


Build = Callable[[int, int], Home]
"""Makes it, for the member of this number, under this fence."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How much one job does, in seconds and messages; how often a mailbox is looked at, at most; and how far ahead of
    its time a job is put into the queue."""

    slice_seconds: float = 20.0
    slice_messages: int = 400
    shortest_poll: timedelta = timedelta(minutes=5)
    ahead: timedelta = timedelta(minutes=10)


USUAL = Terms()
AT_WORK: ContextVar[str] = ContextVar("handle", default="")
"""The handle of the member whose job this thread is at: for the log."""
