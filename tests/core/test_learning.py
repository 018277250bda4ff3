"""A template is known again whoever it is filled in for, and no other one is taken for it, however much they share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.judging import DETECTOR, LANGUAGES, NAMES, SENDERS, ZONES
from tests.core.templates import Pair, Template, others, same, templates
from triage.core import learning, message
from triage.core.correction import Correction
from triage.core.detect import Detector
from triage.core.extract import Extractor
from triage.core.fingerprint import MOST, Likeness, fingerprint, likeness
from triage.core.judge import Judge, Lessons
from triage.core.learning import ALIKE, CORRECTED, RESEMBLES, SAME, VERY_SURE
from triage.core.values import Evidence, Kind, Verdict

KEY = b"k" * 32
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
JUDGE = Judge(DETECTOR, Extractor(LANGUAGES, SENDERS, NAMES, ZONES), frozenset())


@cache
def found(template: Template, which: int) -> tuple[Verdict, bytes]:
    read = message.parse(template.filled(which))
    verdict = JUDGE.detector.judge(read, frozenset())
    return verdict, JUDGE.fingerprint(read, verdict, KEY)


def test_a_fingerprint_is_the_same_where_the_details_are_known() -> None:
    for template, which, *_ in [*others(), *same()][::80]:
        read = message.parse(template.filled(which))
        verdict, details = JUDGE.verdict(read)
        assert JUDGE.fingerprint(read, verdict, KEY, details) == JUDGE.fingerprint(read, verdict, KEY)


def correction(verdict: Verdict, print_: bytes, kind: Kind = Kind.OTHER, key: str = "corrected") -> Correction:
    evidence = learning.signals(one.signal for one in verdict.evidence)
    return Correction(key, "fjord.example", print_, verdict.kind, kind, NOW, evidence)


def taken_for_one(pair: Pair) -> bool:
    one, a, other, b = pair
    return learning.of_one_template(*found(other, b), correction(*found(one, a)))


def alike(pair: Pair) -> Likeness:
    one, a, other, b = pair
    return likeness(found(one, a)[1], found(other, b)[1])


def test_other_templates_of_the_same_employer_are_never_taken_for_the_corrected_one() -> None:
    """400 pairs, among them such as differ in "unsuccessful", in "not", or in one line with a status."""
    pairs = [pair for pair in others() if pair[0].kind != pair[2].kind]
    assert len(pairs) == 384
    assert not [pair for pair in pairs if taken_for_one(pair)]
    assert max(alike(pair).weakest for pair in pairs) < SAME - 0.1


def test_the_same_template_is_known_again() -> None:
    pairs = list(same())
    known = sum(map(taken_for_one, pairs))
    assert len(pairs) == 192
    assert known >= 185, "measured: 189"
    assert sum(alike(pair).weakest >= SAME for pair in pairs) >= 100, "by its words alone; measured: 110"
    assert all(alike(pair).whole >= ALIKE for pair in pairs if not taken_for_one(pair)), "what is missed is asked"


def test_most_of_what_is_shared_is_not_enough_to_be_alike() -> None:
    """A confirmation and a no that share half their wording do not even make each other questions (measured: 64)."""
    near = [pair for pair in others() if alike(pair).whole >= ALIKE]
    assert {pair[0].employer for pair in near} == {"Portal Nine", "Harbour Council"}, "one line, or two words, differ"


@pytest.mark.parametrize("template", templates(), ids=lambda one: f"{one.employer}-{one.kind}")
def test_the_mail_itself_is_wholly_like_itself(template: Template) -> None:
    print_ = found(template, 0)[1]
    assert likeness(print_, print_) == Likeness(1.0, 1.0)


def test_without_the_key_a_fingerprint_says_nothing() -> None:
    read = message.parse(templates()[0].filled(0))
    one, other = (fingerprint(read.subject, read.text, (), key) for key in (b"a" * 32, b"b" * 32))
    assert likeness(one, other).whole < 0.05
    assert not [word for word in read.text.split() if len(word) > 3 and word.encode() in one]


STATUS = "Dear Kit,\n\nthank you for what you sent us, which we have read with care.\n\n{}\n\nKind regards"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("You have been selected.", "You have not been selected."),
        ("Status: Selected", "Status: Not Selected"),
        ("Status: Selected", "Status: Rejected"),
        ("Your application was successful.", "Your application was unsuccessful."),
        ("Zu Ihrer Bewerbung als Koch in der Kantine können wir Ihnen heute eine Zusage geben, Herr Ek.",
         "Zu Ihrer Bewerbung als Koch in der Kantine können wir Ihnen heute eine Absage geben, Herr Ek."),
        ("We would like to meet you and talk about the next steps in person over a coffee with all of the team.",
         "We would not like to meet you and talk about the next steps in person over a coffee with all of the team."),
        ("", "We are sorry to say no."),
    ],
)  # fmt: skip
def test_a_word_that_turns_a_mail_around_is_not_lost(one: str, other: str) -> None:
    prints = [fingerprint("Your application", STATUS.format(words), (), KEY) for words in (one, other)]
    assert likeness(*prints).weakest < SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("You applied on 3 March 2026.", "You applied on 17 September 2025."),
        ("You applied for Data Analyst.", "You applied for Cook."),
        ("Our number: R-2041.", "Our number: 99/7."),
        ("Write to ann@fjord.example or see https://fjord.example/a.", "Write to bo@f.example or see www.f.example/b."),
        ("Job: Data Analyst", "Job: driver"),
        ("Ask Anna Berg in Oslo.", "Ask Piotr Lis in Bergen."),
    ],
)  # fmt: skip
def test_what_is_filled_in_does_not_count(one: str, other: str) -> None:
    prints = [fingerprint("Your application", STATUS.format(words), (), KEY) for words in (one, other)]
    assert likeness(*prints) == Likeness(1.0, 1.0)


def test_names_that_are_known_do_not_count_in_any_language() -> None:
    text = STATUS.format("Ihre Bewerbung als {} bei uns haben wir gelesen, und die Stelle ist nun besetzt worden.")
    prints = [fingerprint("", text.format(role), (role,), KEY) for role in ("Köchin", "leitende Ärztin")]
    assert likeness(*prints) == Likeness(1.0, 1.0)


def verdict(kind: Kind, confidence: float = 0.9, *signals: str) -> Verdict:
    return Verdict(kind, confidence, tuple(Evidence(name, kind, 1.0, "text") for name in signals))


def print_of(words: str) -> bytes:
    return fingerprint("Your application", STATUS.format(words), (), KEY)


THIS = print_of("We have read it with care, and we have decided to go on with others who are closer to it.")
LIKE = print_of("We have read it with care, and we have decided to go on with others who are closer to him.")
NEAR = fingerprint("Your application", STATUS.format("We have read it with care. " * 9 + "We have moved on."), (), KEY)
NEARLY = fingerprint("Your application", STATUS.format("We have read it with care. " * 9 + "The bus is late."), (), KEY)
FAR = print_of("The bus is late.")


def of(kind: Kind, print_: bytes = THIS, judged: Kind = Kind.REJECTION, *, hours: int = 0) -> Correction:
    return Correction(f"{kind}{hours}", "x.example", print_, judged, kind, NOW + timedelta(hours=hours), ("sorry",))


def applied(found: Verdict, print_: bytes, *corrections: Correction, key: str = "k") -> tuple[Kind, float, str]:
    got = learning.applied(found, key, print_, corrections)
    return got.kind, got.confidence, got.evidence[0].signal if got.evidence else ""


REJECTED = verdict(Kind.REJECTION, 0.9, "sorry")


@pytest.mark.parametrize(
    ("found", "print_", "corrections", "wanted"),
    [
        # The same template: as the reader says, however sure we were.
        (REJECTED, THIS, [of(Kind.OTHER)], (Kind.OTHER, 1.0, CORRECTED)),
        (replace(REJECTED, confidence=0.999), THIS, [of(Kind.OTHER)], (Kind.OTHER, 1.0, CORRECTED)),
        (verdict(Kind.OTHER), THIS, [of(Kind.REJECTION)], (Kind.REJECTION, 1.0, CORRECTED)),
        (verdict(Kind.OFFER), THIS, [of(Kind.OFFER)], (Kind.OFFER, 1.0, CORRECTED)),
        # Nearly the same words: only where we hear the same again.
        (REJECTED, LIKE, [of(Kind.OTHER)], (Kind.OTHER, 1.0, CORRECTED)),
        (verdict(Kind.REJECTION, 0.9, "sorry", "network"), LIKE, [of(Kind.OTHER)], (Kind.OTHER, 1.0, CORRECTED)),
        (verdict(Kind.REJECTION, 0.9, "sorry", "filled"), LIKE, [of(Kind.OTHER)], (Kind.UNSURE, 0.9, RESEMBLES)),
        (verdict(Kind.INTERVIEW, 0.9, "sorry"), LIKE, [of(Kind.OTHER)], (Kind.UNSURE, 0.9, RESEMBLES)),
        (verdict(Kind.REJECTION, 0.9, "network"), LIKE, [of(Kind.OTHER)], (Kind.UNSURE, 0.9, RESEMBLES)),
        # Alike as a whole: a question, unless we agree, do not know, or are very sure.
        (REJECTED, NEARLY, [of(Kind.OTHER, NEAR)], (Kind.UNSURE, 0.9, RESEMBLES)),
        (replace(REJECTED, confidence=VERY_SURE), NEARLY, [of(Kind.OTHER, NEAR)], (Kind.REJECTION, VERY_SURE, "sorry")),
        (verdict(Kind.OTHER, 0.9), NEARLY, [of(Kind.OTHER, NEAR)], (Kind.OTHER, 0.9, "")),
        (verdict(Kind.UNSURE, 0.9), NEARLY, [of(Kind.OTHER, NEAR)], (Kind.UNSURE, 0.9, "")),
        (REJECTED, NEARLY, [of(Kind.OTHER, NEAR), of(Kind.REJECTION, NEAR)], (Kind.REJECTION, 0.9, "sorry")),
        # Something else.
        (REJECTED, FAR, [of(Kind.OTHER)], (Kind.REJECTION, 0.9, "sorry")),
        (REJECTED, THIS, [], (Kind.REJECTION, 0.9, "sorry")),
        (REJECTED, b"", [of(Kind.OTHER, b"")], (Kind.REJECTION, 0.9, "sorry")),
        # Of two, the later; but the word about this very mail counts most.
        (REJECTED, THIS, [of(Kind.OTHER, hours=2), of(Kind.OFFER, hours=1)], (Kind.OTHER, 1.0, CORRECTED)),
        (REJECTED, THIS, [of(Kind.OFFER, hours=1), of(Kind.OTHER, hours=2)], (Kind.OTHER, 1.0, CORRECTED)),
    ],
)  # fmt: skip
def test_what_a_correction_makes_of_a_verdict(
    found: Verdict, print_: bytes, corrections: list[Correction], wanted: tuple[Kind, float, str]
) -> None:
    assert applied(found, print_, *corrections) == wanted


def test_the_very_mail_that_was_corrected_is_known_without_any_text() -> None:
    about_it, later = of(Kind.OFFER, b""), of(Kind.OTHER, hours=9)
    assert applied(REJECTED, THIS, about_it, later, key=about_it.key) == (Kind.OFFER, 1.0, CORRECTED)
    assert applied(REJECTED, b"", about_it, key=about_it.key) == (Kind.OFFER, 1.0, CORRECTED)


def test_what_we_said_by_ourselves_is_kept_beside_what_the_reader_says() -> None:
    got = learning.applied(REJECTED, "k", THIS, [of(Kind.OTHER)])
    assert (got.kind, got.judged) == (Kind.OTHER, Kind.REJECTION)
    assert [one.signal for one in got.evidence] == [CORRECTED, "sorry"]


class Refuses(Detector):
    """Takes every mail for a rejection."""

    def __init__(self) -> None:
        pass

    def judge(self, *_: object) -> Verdict:
        return REJECTED


def test_mail_from_the_reader_is_not_compared() -> None:
    read = message.parse(templates()[0].filled(0))
    judge = replace(JUDGE, detector=Refuses())
    lessons = Lessons((replace(of(Kind.OTHER), key=read.key),), KEY)
    assert judge.verdict(read, lessons)[0].kind is Kind.OTHER
    assert replace(judge, reader=frozenset({read.sender.address})).verdict(read, lessons)[0] == REJECTED


@pytest.mark.parametrize(
    ("domain", "wanted"),
    [("mail.careers.mill.co.uk", "mill.co.uk"), ("fjord.example", "fjord.example"), ("local", "local"), ("", "")],
)  # fmt: skip
def test_senders_are_organisations(domain: str, wanted: str) -> None:
    assert learning.sender(domain) == wanted


@given(text=st.text(max_size=300), names=st.lists(st.text(max_size=10), max_size=3), subject=st.text(max_size=30))
@settings(deadline=None, max_examples=200)
def test_every_text_has_a_fingerprint_and_always_the_same(text: str, names: list[str], subject: str) -> None:
    print_ = fingerprint(subject, text, names, KEY)
    assert print_ == fingerprint(subject, text, names, KEY)
    assert likeness(print_, print_) == (Likeness(1.0, 1.0) if print_ else Likeness())


@given(one=st.binary(max_size=300), other=st.binary(max_size=300))
def test_any_bytes_can_be_compared(one: bytes, other: bytes) -> None:
    like = likeness(one, other)
    assert 0.0 <= like.weakest <= like.whole <= 1.0
    assert like == likeness(other, one)


LONG: dict[str, Callable[[], str]] = {
    "sentences": lambda: "We are sorry to say no. " * 2_600,
    "different": lambda: " ".join(f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)} went." for n in range(9_000)),
    "one-sentence": lambda: "word " * 12_800,
    "one-word": lambda: "w" * 64_000,
    "labels": lambda: "a: " * 21_000,
    "capitals": lambda: "Ab " * 21_000,
    "brackets": lambda: "((" * 32_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_mails_are_bounded(text: Callable[[], str]) -> None:
    start = time.process_time()
    print_ = fingerprint("x" * 300, text()[:64_000], ["w" * 200, "a b"], KEY)
    assert len(print_) <= MOST * 65
    for _ in range(20):
        likeness(print_, fingerprint("", "Something else.", (), KEY))
    assert time.process_time() - start < 2
