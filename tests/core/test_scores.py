"""Rates and intervals, against figures worked out by hand or known from the literature."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.scores import Labelled, Outcome, Rate, calibration, confusion, details, macro_f1, score
from triage.core.values import Details, Kind, Verdict

NO, YES, OTHER, UNSURE = Kind.REJECTION, Kind.OFFER, Kind.OTHER, Kind.UNSURE


def outcome(label: Kind, found: Kind, confidence: float = 0.9, said: Details | None = None, **labels: Any) -> Outcome:
    return Outcome(Labelled("1", label, **labels), Verdict(found, confidence), said or Details())


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Newcombe 1998, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_rate(hits: int, of: int, low: float, high: float) -> None:
    assert Rate(hits, of).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_rate(hits: int, misses: int) -> None:
    rate = Rate(hits, hits + misses)
    low, high = rate.interval
    assert 0 <= low <= high <= 1
    if rate.of:
        assert low - 1e-9 <= rate.value <= high + 1e-9


def test_unsure_is_no_false_alarm_and_not_found() -> None:
    found = score([outcome(NO, NO), outcome(NO, UNSURE), outcome(OTHER, UNSURE), outcome(YES, NO)], NO)
    assert (found.found, found.missed_none, found.unsure) == (Rate(1, 2), Rate(1, 2), 1)
    assert found.f1 == pytest.approx(0.5)
    low, high = found.f1_interval
    assert low < 0.5 < high


def test_the_mean_counts_each_kind_once() -> None:
    outcomes = [*[outcome(OTHER, OTHER)] * 8, outcome(NO, OTHER), outcome(NO, NO)]
    assert macro_f1(outcomes) == pytest.approx((16 / 17 + 2 / 3) / 2)
    assert confusion(outcomes) == {(OTHER, OTHER): 8, (NO, OTHER): 1, (NO, NO): 1}


def test_confidence_is_held_against_how_often_it_was_right() -> None:
    outcomes = [outcome(NO, NO, 0.95), outcome(OTHER, NO, 0.92), outcome(NO, NO, 1.0), outcome(NO, UNSURE, 0.95)]
    assert list(calibration(outcomes, (0.0, 0.9, 0.99))) == [
        (0.0, 0.9, Rate(0, 0)),
        (0.9, 0.99, Rate(1, 2)),
        (0.99, 1.0, Rate(1, 1)),
    ]


@pytest.mark.parametrize(
    ("detail", "label", "said", "rate"),
    [
        ("company", {"company": "Birch & Co."}, Details(company="birch co"), Rate(1, 1)),
        ("company", {"company": "Birch"}, Details(company="Birch Hiring"), Rate(0, 1)),
        ("company", {"company": ""}, Details(company="Birch"), Rate(0, 0)),
        ("deadline", {"deadline": "2026-05-01"}, Details(deadline="2026-05-01"), Rate(1, 1)),
        (
            "feedback, precision",
            {"feedback": "Your French was rusty."},
            Details(feedback=("You were kind.", "I fear your French was rusty.")),
            Rate(1, 2),
        ),
        (
            "feedback, recall",
            {"feedback": "Your French was rusty. The soup was cold."},
            Details(feedback=("The soup was cold.",)),
            Rate(1, 2),
        ),
    ],
)
def test_details_count_where_the_kind_is_right(detail: str, label: dict[str, Any], said: Details, rate: Rate) -> None:
    assert details([outcome(NO, NO, said=said, **label)])[detail] == rate
    assert details([outcome(NO, OTHER, said=said, **label)])[detail].of == 0
