"""Times with time zones: which offset is sure, and that a word with two meanings is never guessed."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage import resources
from triage.core.extract.zones import Zones

ZONES = Zones(resources.zones())
TABLES = tomllib.loads(resources.zones())
WINTER, SUMMER = datetime(2026, 1, 20), datetime(2026, 7, 21)  # noqa: DTZ001 - local times, as in a mail


def told(language: str, said: str, at: datetime) -> list[tuple[str, str, float | None]]:
    """Each zoned time of a sentence: the time, the words of its zone, and the hours from UTC."""
    _, clocks = ZONES.spoken([language]).lift(said)
    offsets = [clock.offset(at) for clock in clocks]
    hours = [None if offset is None else offset / timedelta(hours=1) for offset in offsets]
    return [(clock.time, clock.words, hour) for clock, hour in zip(clocks, hours, strict=True)]


@pytest.mark.parametrize(
    ("language", "said", "time", "words", "winter", "summer"),
    [
        ("en", "Tuesday at 14:00 CET.", "14:00", "CET", 1, None),
        ("en", "Tuesday at 14:00 CEST.", "14:00", "CEST", None, 2),
        ("en", "at 14:00 (CET/CEST)", "14:00", "CET/CEST", 1, 2),
        ("en", "at 3 pm ET", "3 pm", "ET", -5, -4),
        ("en", "at 3pm et, please", "3pm", "et", -5, -4),
        ("en", "10:30 (UK time)", "10:30", "UK time", 0, 1),
        ("en", "10:30am London time", "10:30am", "London time", 0, 1),
        ("en", "2:00 PM - 3:00 PM Eastern Time (US and Canada)", "2:00 PM", "Eastern Time (US and Canada)", -5, -4),
        ("en", "14:00-15:00 UTC", "14:00", "UTC", 0, 0),
        ("en", "14:00 UTC+2", "14:00", "UTC+2", 2, 2),
        ("en", "14:00 GMT-05:30", "14:00", "GMT-05:30", -5.5, -5.5),
        ("en", "14:00 GMT", "14:00", "GMT", 0, None),
        ("en", "14:00 America/New_York", "14:00", "America/New_York", -5, -4),
        ("en", "on 2026-03-24T13:00:00Z", "13:00", "Z", 0, 0),
        ("en", "on 2026-03-24T13:00-05:00", "13:00", "-05:00", -5, -5),
        ("de", "um 11 Uhr MEZ", "11 Uhr", "MEZ", 1, None),
        ("de", "um 14.30 Uhr Berliner Zeit", "14.30 Uhr", "Berliner Zeit", 1, 2),
        ("fr", "à 15h (heure de Paris)", "15h", "heure de Paris", 1, 2),
        ("fr", "à 9h30, heure d’Abidjan", "9h30", "heure d’Abidjan", 0, 0),
        ("es", "a las 10:00 (hora peninsular)", "10:00", "hora peninsular", 1, 2),
        ("it", "alle 10:00 (ora italiana)", "10:00", "ora italiana", 1, 2),
        ("nl", "om 10.00 uur Nederlandse tijd", "10.00 uur", "Nederlandse tijd", 1, 2),
        ("pl", "o 10:00 czasu polskiego", "10:00", "czasu polskiego", 1, 2),
        ("pt", "às 10h (horário de Brasília)", "10h", "horário de Brasília", -3, -3),
        ("sv", "kl 14.00 svensk tid", "14.00", "svensk tid", 1, 2),
        # Several zones name one moment, and one may say which of its meanings a word has.
        ("en", "9:00 PT / 18:00 CET", "9:00", "PT", -8, -7),
        ("en", "9:00 PST (18:00 CET)", "9:00", "PST", -8, None),
        ("en", "9:00 CST / 10:00 ET", "9:00", "CST", -6, -5),
        ("en", "3pm EST (New York time)", "3pm", "EST", -5, -4),
        ("en", "9:00 PT / 12:00 CET", "9:00", "PT", None, None),
        # What has two meanings, or none, is told as it stands.
        ("en", "14:00 IST", "14:00", "IST", None, None),
        ("en", "14:00 CST", "14:00", "CST", None, None),
        ("en", "14:00 EST", "14:00", "EST", None, None),
        ("en", "14:00 BST", "14:00", "BST", None, None),
        ("en", "10am Eastern Time", "10am", "Eastern Time", None, None),
        ("pt", "15h PT", "15h", "PT", None, None),
        ("en", "14:00 (Trifouilly time)", "14:00", "Trifouilly time", None, None),
        ("en", "14:00 local time", "14:00", "local time", None, None),
        ("en", "14:00 (UTC+01:00) Amsterdam, Berlin, Rome", "14:00", "UTC+01:00", None, None),
        ("en", "14:00 GMT+15", "14:00", "GMT+15", None, None),
    ],
)
def test_a_time_with_a_zone(
    language: str, said: str, time: str, words: str, winter: float | None, summer: float | None
) -> None:
    assert told(language, said, WINTER) == [(time, words, winter)]
    assert told(language, said, SUMMER) == [(time, words, summer)]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "à 14h et demie"),
        ("fr", "le rendez-vous de 15h est confirmé"),
        ("fr", "à 15h cet après-midi"),
        ("de", "um 15 Uhr ist das Gespräch"),
        ("en", "10:00 - 11:00 in Room 5"),
        ("en", "14:00 Lunch time"),
        ("en", "We expect you at 9.30 next Monday"),
        ("en", "Call +44 20 7946 0000"),
        ("en", "on 12 March 2026 UTC"),
    ],
)
def test_what_only_looks_like_a_zone(language: str, said: str) -> None:
    assert ZONES.spoken([language]).lift(said) == (said, ())


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("10:30 CET on 3 March", "10:30 on 3 March"),
        ("3 March, 14:00-15:00 (UK time), in Leeds", "3 March, 14:00, in Leeds"),
        ("3 March at 9:00 PT / 18:00 CET, online", "3 March at 9:00, online"),
        ("10:00 CET or 14:00 CET", "10:00 or 14:00"),
        ("10:00 GMT-11:00 GMT", "10:00"),
    ],
)
def test_what_is_left_without_the_zones(said: str, plain: str) -> None:
    assert ZONES.spoken(["en"]).lift(said)[0] == plain


def abbreviations() -> dict[str, set[timedelta]]:
    """How far from UTC the zones of the IANA database are that go by each abbreviation, in winter and in summer."""
    found: dict[str, set[timedelta]] = defaultdict(set)
    for name in available_timezones():
        for at in (WINTER, SUMMER):
            local = at.replace(tzinfo=ZoneInfo(name))
            found[local.tzname() or ""].add(local.utcoffset() or timedelta())
    return found


def test_no_abbreviation_is_surer_than_the_facts_are() -> None:
    """Where the database has another meaning for a word, we do not settle on one. Cuba's CDT is let go by."""
    facts = abbreviations()
    for word in TABLES["any"].keys() & facts.keys() - {"CDT"}:
        for at in (WINTER, SUMMER):
            ((_, _, hours),) = told("en", f"14:00 {word}", at)
            assert hours is None or {timedelta(hours=hours)} == facts[word], word


def test_the_table_names_zones_that_there_are() -> None:
    named = [zone for table in TABLES.keys() - {"patterns", "places"} for row in TABLES[table].values() for zone in row]
    zones = {zone for zone in (*named, *TABLES["places"].values()) if zone[0] not in "+-"}
    assert zones <= available_timezones()


@settings(deadline=1000)
@given(
    st.lists(st.sampled_from(["10:00", "3 pm", " CET", " (UTC+1)", "/", " ", "(", "heure de ", "Paris", "-", "T", "Z"]))
)
def test_every_sentence_is_read(pieces: list[str]) -> None:
    said = "".join(pieces)
    plain, clocks = ZONES.spoken(["en", "fr"]).lift(said)
    assert len(plain) <= len(said)
    assert all(clock.time in plain for clock in clocks)


def test_a_long_sentence_takes_no_time() -> None:
    _, clocks = ZONES.spoken(["en", "fr"]).lift("10:00 (UTC+1) / heure de Paris 10:" * 2000)
    assert clocks
