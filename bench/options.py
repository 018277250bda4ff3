"""What can be chosen for a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """For all parts; each takes what concerns it."""

    folder: Path
    """Where mailboxes are kept between runs."""
    rounds: int
    mails: int
    """Of the mailbox of the first run."""
    scale: int
    """Of the large mailbox."""
    arrivals: int
    minutes: float
    only: frozenset[str]
    """Names of programs; empty: all that are installed."""
    used: bool
    """The server has shown the folder to a mail program before."""
    check: bool = True
    """Compare what was logged with what the whole mails are judged to be."""
    quick: bool = False
