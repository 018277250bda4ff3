"""Signals and network together: who is asked when, and what becomes of what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.judging import LANGUAGES, MODEL, READER, SENDERS, message
from triage import resources
from triage.core.detect import Detector
from triage.core.detect.listening import Reading
from triage.core.detect.second import Second
from triage.core.detect.weighing import Strength, together, weigh
from triage.core.model.labels import KINDS
from triage.core.model.prefilter import Prefilter, present
from triage.core.model.reader import Model
from triage.core.model.said import Said
from triage.core.values import Evidence, Kind, Opinion

PREFILTER = Prefilter(resources.arrays("prefilter"))
DETECTOR = Detector(LANGUAGES, SENDERS, Second(lambda: PREFILTER, lambda: MODEL))


def _words(**weights: float) -> Prefilter:
    return Prefilter(
        {
            "words": np.frombuffer("\n".join(weights).encode(), np.uint8),
            "weights": np.array(list(weights.values()), np.float32),
            "bias": np.array(-1.0, np.float32),
        }
    )


@pytest.mark.parametrize(
    ("subject", "text", "odds"),
    [
        ("", "", 0.0),
        ("", "Zzz zzz", 0.0),
        ("Job", "", 1.0),
        ("JOB", "A job is a job.", 1.0),
        ("", "parcel", -5.0),
        ("job", "parcel", -1 + (2 - 4) / 2**0.5),
    ],
)
def test_words_speak_for_a_job_or_against(subject: str, text: str, odds: float) -> None:
    said = Said("", subject, [text])
    assert _words(job=2.0, parcel=-4.0).log_odds(said) == pytest.approx(odds)


def test_the_end_of_a_long_mail_is_looked_at_too() -> None:
    said = Said("", "", ["filler " * 5000, "We gave the post to a neighbour."])
    assert "neighbour" in present(said)


class Untouched:
    """A network that must not be asked."""

    def __call__(self) -> Model:
        raise AssertionError("the network was asked")


EVERYDAY = _words(parcel=-8.0, friday=-1.0, job=4.0, application=4.0)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Your parcel", "It comes on Friday."),
        ("Friday", "It is a parcel, we think. We have decided not to go on with your application for it."),
        ("Friday", "Fish, as ever."),
    ],
)
def test_everyday_mail_never_reaches_the_network(subject: str, text: str) -> None:
    quick = Detector(LANGUAGES, SENDERS, Second(lambda: EVERYDAY, Untouched()))
    verdict = quick.judge(message(text, subject=subject, sender="Shop <news@shop.example>"), READER)
    assert verdict.kind is Kind.OTHER


def test_a_signal_about_a_job_is_reason_enough_to_ask() -> None:
    words = _words(friday=-1.0)
    mail = message("Your application for the position of baker: come on Friday.", subject="Friday")
    assert Detector(LANGUAGES, SENDERS, Second(lambda: words, lambda: MODEL)).judge(mail, READER).opinion is not None


def test_an_applicant_system_is_always_read() -> None:
    text = "Your parcel is there on Friday."
    asked = Detector(LANGUAGES, SENDERS, Second(lambda: EVERYDAY, lambda: MODEL))
    assert asked.judge(message(text, sender="Elm <no-reply@elm.example>"), READER).opinion is None
    assert asked.judge(message(text, sender="Elm <no-reply@greenhouse.io>"), READER).opinion is not None


GLAD = [
    "Dear Kit, unfortunately for the other candidates, our choice fell on you. We would like to offer you the post.",
    "Liebe Kit, leider mussten wir den anderen absagen - denn du bist es geworden. Wann kannst du anfangen?",
    "Bonjour Kit, j'ai dit non aux autres : le poste est pour vous, si vous le voulez toujours.",
    "Hola Kit, hemos descartado a los demás candidatos: el puesto es tuyo. Te mando el contrato.",
    "Hoi Kit, de anderen hebben we afgewezen, want jij bent het geworden! Wanneer kun je beginnen?",
]


@pytest.mark.parametrize("text", GLAD, ids=[text[:20] for text in GLAD])
def test_nobody_is_comforted_for_an_offer(text: str) -> None:
    verdict = DETECTOR.judge(message(text, subject="The post", sender="Jo <jo@elm.example>"), READER)
    assert verdict.kind is not Kind.REJECTION


def _opinion(**scores: float) -> Opinion:
    return Opinion({kind: scores.get(kind.value, 0.0) for kind in KINDS})


def test_an_unsure_refusal_is_a_question() -> None:
    reading = Reading((), 1.0, 0.0)
    assert weigh(reading, _opinion(rejection=12.0)).kind is Kind.REJECTION
    assert weigh(reading, _opinion(rejection=5.0, other=4.2)).kind is Kind.UNSURE
    assert weigh(reading, _opinion(other=4.0)).kind is Kind.OTHER
    assert weigh(reading, _opinion(rejection=12.0, offer=11.5)).kind is Kind.UNSURE


def test_a_refusal_of_who_knows_what_takes_more() -> None:
    refused = _opinion(rejection=7.0, other=4.0)
    assert weigh(Reading((), 1.0, 0.0), refused).kind is Kind.REJECTION
    assert weigh(Reading((), 0.0, 0.0), refused).kind is Kind.UNSURE
    assert weigh(Reading((), 0.0, 0.0), _opinion(rejection=12.0)).kind is Kind.REJECTION


def test_a_friend_who_asks_about_sunday_is_no_question() -> None:
    perhaps = _opinion(interview=2.0, other=3.0)
    assert weigh(Reading((), 0.0, 0.0), perhaps).kind is Kind.OTHER
    assert weigh(Reading((), 1.0, 0.0), _opinion(interview=5.0, other=3.0)).kind is Kind.UNSURE


def test_the_evidence_holds_what_both_heard() -> None:
    reading = Reading((Evidence("chose-another", Kind.REJECTION, 6.0, "text", "another"),), 1.5, 0.0)
    verdict = weigh(reading, _opinion(rejection=5.0))
    assert [evidence.signal for evidence in verdict.evidence] == ["chose-another", "network"]
    assert verdict.evidence[-1].weight == 5.0


@given(
    st.dictionaries(st.sampled_from(KINDS), st.floats(0, 1)),
    st.lists(st.floats(-20, 20), min_size=8, max_size=8),
    st.sampled_from(Strength),
)
@settings(max_examples=50)
def test_shares_of_both_are_shares(signals: dict[Kind, float], scores: list[float], strength: Strength) -> None:
    shares = together(signals, Opinion(dict(zip(KINDS, scores, strict=True))), strength)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert all(0.0 <= share <= 1.0 for share in shares.values())


@given(st.sampled_from(KINDS), st.lists(st.floats(-5, 5), min_size=8, max_size=8))
def test_more_of_one_kind_never_makes_it_less_likely(kind: Kind, scores: list[float]) -> None:
    before = Opinion(dict(zip(KINDS, scores, strict=True)))
    after = Opinion({**before.scores, kind: before.scores[kind] + 1.0})
    assert together({}, after, Strength.SILENT)[kind] >= together({}, before, Strength.SILENT)[kind]
