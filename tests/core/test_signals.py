"""Every signal against its own examples, the form of the data files, and what a faulty file is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.judging import EARS, SENDERS
from triage.core.detect.languages import Ear
from triage.core.detect.listening import Listener
from triage.core.detect.senders import parse_senders
from triage.core.detect.signals import Capture, Signal, Signals, check, parse_signals
from triage.core.extract.captures import Captures
from triage.core.text import fold

HEARING = (*EARS, Ear(SENDERS.signals))
FILES = tuple(ear.signals for ear in HEARING)
LISTENERS = {ear.language: Listener([ear, HEARING[-1]], SENDERS) for ear in HEARING}


def _examples(*, wanted: bool) -> Iterator[tuple[str, Signal, str]]:
    for language in FILES:
        for signal in language.signals:
            for text in signal.match if wanted else signal.no_match:
                yield language.language, signal, text


def _id(value: object) -> str:
    if isinstance(value, Signals):
        return value.language
    return value.name if isinstance(value, (Signal, Capture)) else str(value)[:50]


@pytest.mark.parametrize(("language", "signal", "text"), list(_examples(wanted=True)), ids=_id)
def test_a_signal_hears_its_examples(language: str, signal: Signal, text: str) -> None:
    assert signal.name in LISTENERS[language].heard(signal.where, fold(text))


@pytest.mark.parametrize(("language", "signal", "text"), list(_examples(wanted=False)), ids=_id)
def test_a_signal_is_deaf_to_its_counterexamples(language: str, signal: Signal, text: str) -> None:
    assert signal.name not in LISTENERS[language].heard(signal.where, fold(text))


def _captures() -> Iterator[tuple[Signals, Capture]]:
    for language in FILES:
        for capture in language.captures:
            yield language, capture


@pytest.mark.parametrize(("language", "capture"), list(_captures()), ids=_id)
def test_a_capture_takes_what_its_examples_say(language: Signals, capture: Capture) -> None:
    captures = Captures([Ear(language)])
    assert [captures.caught(capture, text) for text, _ in capture.match] == [value for _, value in capture.match]
    assert [captures.caught(capture, text) for text in capture.no_match] == [""] * len(capture.no_match)


def test_a_name_means_the_same_in_every_file() -> None:
    meanings: dict[str, set[tuple[str, ...]]] = {}
    for language in FILES:
        for signal in language.signals:
            meanings.setdefault(signal.name, set()).add((signal.speaks_for, signal.stage, signal.reason))
    assert {name for name, found in meanings.items() if len(found) > 1} == set()


@pytest.mark.parametrize("language", FILES, ids=lambda language: language.language)
def test_every_signal_has_examples_of_both_sorts(language: Signals) -> None:
    thin = [signal.name for signal in language.signals if min(len(signal.match), len(signal.no_match)) < 2]
    assert not thin


@pytest.mark.parametrize("language", FILES, ids=lambda language: language.language)
def test_every_pattern_can_be_read(language: Signals) -> None:
    check(language)


SOUND = """
language = "xx"
[words]
bread = "(?:loaf|roll)"
[[signal]]
name = "about-bread"
speaks_for = "job"
where = "sentence"
weight = 1
patterns = ['\\b{bread}s?\\b']
match = ["a loaf", "two rolls"]
no_match = ["a cake", "two pies"]
"""


def test_fragments_are_put_into_patterns() -> None:
    (signal,) = parse_signals(SOUND).signals
    assert signal.patterns == (r"\b(?:loaf|roll)s?\b",)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("about-bread", "About Bread", "Signal 'About Bread': a name is small letters"),
        ('speaks_for = "job"', 'speaks_for = "joy"', "Signal about-bread: `speaks_for` is 'joy'"),
        ('where = "sentence"', 'where = "footer"', "Signal about-bread: `where` is 'footer'"),
        ("weight = 1", 'weight = "heavy"', "Signal about-bread: could not convert"),
        ("{bread}s?", "(?=loaf)", "Signal about-bread: re2 cannot read the pattern"),
        ("{bread}s?", "(loaf", "Signal about-bread: re2 cannot read the pattern"),
        ('"a loaf", "two rolls"', '"a loaf"', "Signal about-bread: `match` needs a list of at least 2"),
        ('"a cake", "two pies"', "", "Signal about-bread: `no_match` needs a list of at least 2"),
        ("weight = 1", 'weight = 1\nreason = "mood"', "Signal about-bread: 'mood' is not a valid Reason"),
        ("[words]", "[words", "This is not TOML"),
    ],
)
def test_a_faulty_file_says_which_signal_and_what(old: str, new: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as error:
        check(parse_signals(SOUND.replace(old, new)))
    assert str(error.value).startswith(complaint)


def test_a_name_used_twice_is_refused() -> None:
    twice = SOUND + SOUND[SOUND.index("[[signal]]") :]
    with pytest.raises(ValueError, match="Signal about-bread: the name is used twice"):
        parse_signals(twice)


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("hire.lever.co", "Lever"),
        ("lever.co", "Lever"),
        ("notlever.co", None),
        ("lever.co.example.org", None),
        ("us.greenhouse-mail.io", "Greenhouse"),
        ("mill.wd3.myworkdayjobs.com", "Workday"),
        ("", None),
    ],
)
def test_systems_are_known_by_whole_labels(domain: str, name: str | None) -> None:
    system = SENDERS.system(domain)
    assert (system.name if system else None) == name


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ('name = "Mill"\ndomain = "Mill.io"', "System 'Mill': `domain` is 'Mill.io'"),
        ('name = "Mill"\ndomain = "mill.io"\ntenant = "roof"', "System mill.io: `tenant` is 'roof'"),
    ],
)
def test_a_faulty_sender_says_which_and_what(row: str, complaint: str) -> None:
    with pytest.raises(ValueError, match="System") as error:
        parse_senders(f"[[system]]\n{row}\n")
    assert str(error.value).startswith(complaint)
