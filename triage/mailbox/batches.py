"""How many messages one command fetches."""

from __future__ import annotations

from collections.abc import Iterator

from triage.mailbox.limits import LARGE
from triage.wire.entries import Entry

FETCHED_AT_ONCE = 50
BYTES_AT_ONCE = 4 * 1024 * 1024
"""So that a slow line brings them within a few minutes."""


def batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Runs of messages to fetch with one command, in order: few enough, small enough, and a large one by itself."""
    batch: list[Entry] = []
    for entry in entries:
        if batch and not _fits(batch, entry):
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch


def _fits(batch: list[Entry], entry: Entry) -> bool:
    whole = (*batch, entry)
    small = all(each.size <= LARGE for each in whole)
    return small and len(whole) <= FETCHED_AT_ONCE and sum(each.size for each in whole) <= BYTES_AT_ONCE
