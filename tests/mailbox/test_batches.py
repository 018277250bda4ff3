"""How messages are put together for fetching."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from triage.mailbox.batches import BYTES_AT_ONCE, FETCHED_AT_ONCE, batches
from triage.mailbox.limits import LARGE, PART
from triage.wire.entries import Entry

NOW = datetime(2026, 11, 2, tzinfo=UTC)
sizes = st.one_of(
    st.integers(0, 3 * LARGE), st.sampled_from([0, PART, LARGE - 1, LARGE, LARGE + 1, 10**12]), st.integers(0, 5000)
)


@given(st.lists(sizes, max_size=200))
def test_batches_are_complete_ordered_and_bounded(given_sizes: list[int]) -> None:
    entries = [Entry(uid, size, NOW) for uid, size in enumerate(given_sizes, 1)]
    found = list(batches(iter(entries)))
    assert [entry for batch in found for entry in batch] == entries
    for batch in found:
        assert 1 <= len(batch) <= FETCHED_AT_ONCE
        assert len(batch) == 1 or _is_fit(batch), "a large message has a conversation of its own"


@given(st.lists(sizes, min_size=1, max_size=200))
def test_no_batch_could_have_been_joined_with_the_next(given_sizes: list[int]) -> None:
    found = list(batches(iter(Entry(uid, size, NOW) for uid, size in enumerate(given_sizes, 1))))
    for one, two in itertools.pairwise(found):
        joined = [*one, two[0]]
        assert len(joined) > FETCHED_AT_ONCE or not _is_fit(joined)


def _is_fit(batch: list[Entry]) -> bool:
    return sum(entry.size for entry in batch) <= BYTES_AT_ONCE and all(entry.size <= LARGE for entry in batch)
