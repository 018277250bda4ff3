"""The judge of a kill tells apart what is lost, doubled, corrupt, changed and left behind; and the tale of many."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.torture.kill import Tried, row, tally
from tests.torture.kill_seen import Seen, difference
from tests.torture.kill_trace import Point
from tests.torture.world import Outcome

NO, NEWS = ("key", "rejection", "Fjord", "Cook", "1"), ("other", "interview", "Skarv", "Cook", "1")
LETTER = ("Your note for Tuesday", "Hello Robin.")
SETTLED = Outcome(
    rows=Counter([NO, NEWS]),
    acts=Counter([("paused", "2026-03-10", "False")]),
    letters=Counter([LETTER]),
    copies=1,
    unsent=0,
    messages=3,
    flags=(frozenset(), frozenset({r"\Seen"}), frozenset()),
)
EXPECTED = Seen(SETTLED, Counter([("forgotten", "key")]), Counter([("backup", "")]))


def but(**changes: Any) -> Seen:
    return replace(EXPECTED, outcome=replace(SETTLED, **changes))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (EXPECTED, ""),
        (but(rows=Counter([NO])), "lost: row (other | interview | Skarv | Cook | 1)"),
        (
            but(rows=Counter([NO, NEWS, (*NO[:3], "Waiter", "0")])),
            "doubled: row (key | rejection | Fjord | Waiter | 0)",
        ),
        (but(rows=Counter([NO, (*NEWS[:4], "0")])), "changed: row (other | interview | Skarv | Cook | 0) in place of"),
        (but(letters=Counter()), "lost: letter (Your note for Tuesday | Hello Robin.)"),
        (but(letters=Counter([LETTER, LETTER])), "doubled: letter (Your note for Tuesday | Hello Robin.)"),
        (but(letters=Counter([LETTER, LETTER]), copies=2), "doubled: 2 copies of one letter"),
        (but(acts=Counter()), "lost: act (paused | 2026-03-10 | False)"),
        (but(unsent=1), "lost: 1 letters still on their way"),
        (but(flags=(frozenset(),) * 3), "changed: 3 messages with other flags"),
        (but(faults=("row 4 missing from index",)), "corrupt: row 4 missing from index"),
        (replace(EXPECTED, remembered=Counter()), "lost: in the store (forgotten | key)"),
        (replace(EXPECTED, beside=Counter([("backup", "It is damaged.")])), "changed: beside (backup"),
        (replace(EXPECTED, strays=("triage.sqlite3-new-",)), "left behind: triage.sqlite3-new- in place of nothing"),
    ],
)
def test_what_a_kill_has_done_has_a_name(found: Seen, verdict: str) -> None:
    said = difference(EXPECTED, found)
    assert said.startswith(verdict)
    assert bool(said) == bool(verdict)


def test_of_many_that_went_wrong_alike_one_is_told_and_what_was_not_reached_does_not_count() -> None:
    points = [Point(number, "write", number, "file") for number in range(1, 6)]
    lost = [Tried("daily", point, reached=True, wrong="lost: row (a)") for point in points[:2]]
    other = [Tried("daily", points[2], reached=True, wrong="doubled: row (a)")]
    tried = [*lost, *other, Tried("daily", points[3], reached=True), Tried("daily", points[4], reached=False)]
    told = row(tried, 1.0)
    assert (told.points, told.note) == (4, "1 doubled, 2 lost, 1 not reached, 1 survived") == (4, tally(tried))
    assert [one.partition(": ")[2] for one in told.failures] == [
        "lost: row (a) [python -m tests.torture kill --scenario daily --point 1] and 1 points more",
        "doubled: row (a) [python -m tests.torture kill --scenario daily --point 3]",
    ]
