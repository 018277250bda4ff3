"""The table of helplines: what letters get from it, broken tables against clear errors, and the shipped one.

One test here looks at today's date on purpose: a row that nobody has compared with its source for a year fails.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import resources
from triage.config import countries
from triage.core.helplines import Emergency, Helplines, Line, Row
from triage.core.helplines.table import HelplineError, parse

SHIPPED = parse(resources.helplines(None))
LANGUAGES = ("en", "de", "fr", "es")
WANTED = {
    "AT", "AU", "BE", "CA", "CH", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "NL", "NO", "NZ", "PL", "PT", "SE",
    "US",
}  # fmt: skip
WITHOUT_A_LINE = {"DK"}
"""Nothing recent enough was found for these; see the head of the table."""
YEAR = timedelta(days=365)

WORDS = """
[words.en]
free = "free"
always = "day and night"
hours = "daily from {start} to {end}"
text = "text messages to {text}"
call_or_text = "by call or text message"
chat = "chat at {chat}"
spoken = "in {languages}"
both = "{first} and {last}"
[words.en.languages]
en = "English"
fr = "French"
nl = "Dutch"
de = "German"
[words.de]
free = "kostenlos"
always = "rund um die Uhr"
hours = "täglich von {start} bis {end} Uhr"
text = "SMS an {text}"
call_or_text = "per Anruf oder SMS"
chat = "Chat auf {chat}"
spoken = "auf {languages}"
both = "{first} und {last}"
[words.de.languages]
en = "Englisch"
fr = "Französisch"
nl = "Niederländisch"
de = "Deutsch"
"""
LINE = """
[[line]]
country = "GB"
name = "The Listeners"
numbers = ["116 000"]
hours = "always"
free = true
languages = ["en"]
source = "https://listeners.example/contact"
saw = "2026: the number"
verified_on = 2026-11-22
"""
EMERGENCY = """
[[emergency]]
countries = ["GB", "IE"]
number = "999"
source = "https://list.example"
saw = "2026: the number"
verified_on = 2026-11-22
"""


def changed(*changes: tuple[str, str], table: str = LINE) -> str:
    for old, new in changes:
        assert old in table
        table = table.replace(old, new)
    return table


def note(table: str, language: str = "en") -> str:
    (line,) = parse(table + WORDS).lines("GB", language)
    return line.note


def test_a_line_has_a_name_a_contact_and_a_note() -> None:
    table = parse(LINE + EMERGENCY + WORDS)
    assert table.lines("GB") == (Line("The Listeners", "116 000", "free, day and night"),)
    assert (table.emergency("GB"), table.emergency("IE")) == ("999", "999")


@pytest.mark.parametrize("country", ["", "IE", "XX", "gb", "GBR"])
def test_a_country_that_is_not_there_has_no_line(country: str) -> None:
    assert parse(LINE + WORDS).lines(country) == ()
    assert parse(LINE + WORDS).emergency(country) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("free = true", "free = false")], "day and night"),
        ([('"always"', '"15:30-00:30"')], "free, daily from 15:30 to 00:30"),
        ([('"always"', '"10:00-24:00"')], "free, daily from 10:00 to 24:00"),
        ([("free = true", 'free = true\ntext = "116 000"')], "free, day and night, by call or text message"),
        ([("free = true", 'free = true\ntext = "0477 1"')], "free, day and night, text messages to 0477 1"),
        ([("free = true", 'free = true\nchat = "talk.example"')], "free, day and night, chat at talk.example"),
        ([('["en"]', '["fr"]')], "free, day and night, in French"),
        ([('["en"]', '["fr", "nl"]')], "free, day and night, in French and Dutch"),
        ([('["en"]', '["fr", "nl", "de"]')], "free, day and night, in French, Dutch and German"),
        ([('["en"]', '["fr", "en"]')], "free, day and night"),
    ],
)
def test_the_note_says_what_is_worth_knowing_before_a_call(changes: list[tuple[str, str]], said: str) -> None:
    assert note(changed(*changes)) == said


def test_the_note_is_in_the_language_of_the_letter() -> None:
    assert note(LINE, "de") == "kostenlos, rund um die Uhr, auf Englisch"
    assert note(changed(('["en"]', '["de"]')), "de") == "kostenlos, rund um die Uhr"
    assert note(LINE, "xx") == "free, day and night, in English", "English where there are no words for it"


def test_two_numbers_stand_side_by_side() -> None:
    (line,) = parse(changed(('["116 000"]', '["116 000", "0800 1"]')) + WORDS).lines("GB")
    assert line.contact == "116 000 / 0800 1"


def test_all_lines_of_a_country_come_those_in_the_letters_language_first() -> None:
    tables = [changed(("The Listeners", name), ('["en"]', f'["{name}"]')) for name in ("nl", "fr", "de")]
    table = parse("".join(tables) + WORDS)
    assert [line.name for line in table.lines("GB", "en")] == ["nl", "fr", "de"]
    assert [line.name for line in table.lines("GB", "de")] == ["de", "nl", "fr"]
    assert {len(table.lines("GB", language)) for language in LANGUAGES} == {3}, "all of them, or none"


# --- Broken tables ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('country = "GB"', 'country = "gb"', "country"),
        ('country = "GB"', 'country = "Britain"', "country"),
        ('country = "GB"', "", "country"),
        ('"The Listeners"', '""', "name"),
        ('"The Listeners"', '"two\\nlines"', "name"),
        ('"The Listeners"', '" blank"', "name"),
        ('["116 000"]', "[]", "numbers"),
        ('["116 000"]', '"116 000"', "numbers"),
        ('["116 000"]', '["116 000 ask for Ana"]', "numbers"),
        ('["116 000"]', "[116]", "numbers"),
        ('"always"', '"mostly"', "hours"),
        ('"always"', '"25:00-26:00"', "hours"),
        ('"always"', '"9-5"', "hours"),
        ("true", '"yes"', "free"),
        ("true", "1", "free"),
        ('["en"]', '["English"]', "languages"),
        ('["en"]', "[]", "languages"),
        ('"https://listeners.example/contact"', '"listeners.example"', "source"),
        ('"2026: the number"', '""', "saw"),
        ("2026-11-22", '"2026-11-22"', "verified_on"),
        ("2026-11-22", "2026-11-22T10:00:00", "verified_on"),
        ("verified_on = 2026-11-22", "", "verified_on"),
        ("free = true", 'free = true\nchat = "https://talk.example"', "chat"),
        ("free = true", 'free = true\nchat = 3', "chat"),
        ("free = true", 'free = true\ntext = "HELLO"', "text"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_with_what_is_expected(old: str, new: str, key: str) -> None:
    second = changed((old, new), table=changed(("The Listeners", "Other"), ("Other", "The Listeners")))
    with pytest.raises(HelplineError) as raised:
        parse(changed(("The Listeners", "First")) + second + WORDS)
    assert str(raised.value).startswith("The helplines' line no. 2")
    assert f"'{key}' is missing or cannot be used; expected " in str(raised.value)


def test_a_row_is_named_by_its_country_and_name() -> None:
    with pytest.raises(HelplineError, match=r"line no\. 1 \(GB, The Listeners\): 'hours'"):
        parse(changed(('"always"', '"never"')) + WORDS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[line]\n", "not valid TOML"),
        ("line = 3\n" + WORDS, "with two brackets"),
        ("line = [3]\n" + WORDS, "with two brackets"),
        ("[line]\n" + WORDS, "with two brackets"),
        (LINE + "phone = '1'\n" + WORDS, "has a 'phone', which means nothing here"),
        (EMERGENCY + "hours = 'always'\n" + WORDS, "has a 'hours', which means nothing here"),
        (changed(('["GB", "IE"]', '["Ireland"]'), table=EMERGENCY) + WORDS, "emergency no. 1: 'countries'"),
        (changed(('"999"', "999"), table=EMERGENCY) + WORDS, "emergency no. 1: 'number'"),
        (LINE + LINE + WORDS, "has the line of GB, The Listeners twice"),
        (EMERGENCY + EMERGENCY + WORDS, "has the emergency of GB twice"),
        (LINE, "has no [words]"),
        (LINE + WORDS.replace("words.en", "words.it"), "has no [words.en]"),
        (LINE + WORDS.replace('en = "English"', ""), "[words.en.languages] in the table of helplines has no en"),
        (LINE + WORDS.replace('en = "English"', "en = 3"), "[words.en.languages] in the table of helplines has no en"),
        (LINE + WORDS.replace("[words.en.languages]", "[words.en.tongues]"), "has no [words.en.languages]"),
        (LINE + WORDS.replace('free = "free"', ""), "[words.en] 'free' needs to be a text with nothing"),
        (LINE + WORDS.replace("daily from {start}", "daily"), "'hours' needs to be a text with {start}, {end}"),
        (LINE + WORDS.replace("{text}", "{text} {nothing}"), "'text' needs to be a text with {text}"),
        (LINE + WORDS.replace("chat at {chat}", "chat at {chat"), "'chat' needs to be a text with {chat}"),
        (LINE + WORDS.replace("in {languages}", "{languages} {languages.x}"), "'spoken' needs to be a text"),
    ],
)
def test_a_broken_table_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(HelplineError) as raised:
        parse(text)
    assert said in str(raised.value)


@given(st.sampled_from(LINE.splitlines()[2:]), st.text(alphabet='"[]{}=,\n0a-é', max_size=12))
def test_a_table_is_read_or_refused_and_nothing_else_happens(line: str, value: str) -> None:
    text = LINE.replace(line, f"{line.partition(' = ')[0]} = {value}")
    with suppress(HelplineError):
        assert isinstance(parse(text + WORDS), Helplines)


# --- The shipped table ------------------------------------------------------------------------------------------------

ROWS: tuple[Row | Emergency, ...] = (*SHIPPED.rows, *SHIPPED.emergencies)


def name_of(row: Row | Emergency) -> str:
    return f"{row.country} {row.name}" if isinstance(row, Row) else f"{row.number} in {row.countries[0]}"


def fresh(day: date, today: date) -> bool:
    """Not older than a year, and no slip into the future; a day more for those who are ahead of UTC."""
    return today - YEAR < day <= today + timedelta(days=1)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_somebody_has_compared_the_row_with_its_source_within_a_year(row: Row | Emergency) -> None:
    """Fails on a day when nobody has changed anything: then the row is to be compared with its source again."""
    assert fresh(row.verified_on, datetime.now(UTC).date()), f"see {row.source}, then set `saw` and `verified_on`"


@pytest.mark.parametrize(
    ("today", "passes"),
    [("2026-11-21", True), ("2026-11-22", True), ("2027-11-21", True), ("2027-11-22", False), ("2026-11-20", False)],
)
def test_the_year_ends_when_it_should(today: str, passes: bool) -> None:
    assert fresh(date(2026, 11, 22), date.fromisoformat(today)) is passes


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_every_row_says_from_when_its_source_is(row: Row | Emergency) -> None:
    assert re.search(r"\b(?:20[12]\d|undated)\b", row.saw)
    assert row.source.startswith("https://")


def test_every_country_that_was_asked_for_has_its_lines_or_is_known_to_have_none() -> None:
    assert {row.country for row in SHIPPED.rows} == WANTED - WITHOUT_A_LINE
    assert {country for one in SHIPPED.emergencies for country in one.countries} == WANTED
    assert countries.codes() >= WANTED


@pytest.mark.parametrize("language", LANGUAGES)
def test_notes_are_written_in_every_language_of_the_letters(language: str) -> None:
    assert set(SHIPPED.words) == set(LANGUAGES)
    assert SHIPPED.words[language] != SHIPPED.words["en"] or language == "en"
    notes = {line.note for row in SHIPPED.rows for line in SHIPPED.lines(row.country, language)}
    assert all(note and "{" not in note and len(note) <= 100 for note in notes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_names_what_the_worst_would_be(language: str) -> None:
    """Some of these lines bear it in their official name; the letters go to people who had a bad week."""
    dreadful = re.compile(r"suic|suiz|selbst|zelf|självm|selvm|itsem|samob", re.IGNORECASE)
    lines = [line for row in SHIPPED.rows for line in SHIPPED.lines(row.country, language)]
    assert not [line for line in lines if dreadful.search(f"{line.name} {line.contact} {line.note}")]


def test_numbers_are_those_people_know() -> None:
    """A slip of a finger in the table is the one fault that nothing else here would catch."""
    known = {
        "GB": {"116 123"},
        "IE": {"116 123"},
        "US": {"988"},
        "CA": {"9-8-8"},
        "AU": {"13 11 14"},
        "NZ": {"1737"},
        "DE": {"0800 111 0 111 / 0800 111 0 222"},
        "AT": {"142"},
        "CH": {"143"},
        "FR": {"09 72 39 40 50", "3114"},
        "BE": {"106", "107", "108"},
        "ES": {"717 003 717", "024"},
        "NL": {"088 0767 000", "113"},
        "IT": {"02 2327 2327"},
        "PT": {"213 544 545 / 912 802 669 / 963 524 660", "1411"},
        "PL": {"116 123"},
        "SE": {"90 390", "90101"},
        "NO": {"116 123", "22 40 00 40"},
        "FI": {"09 2525 0111"},
    }
    assert {country: {line.contact for line in SHIPPED.lines(country)} for country in known} == known
    assert set(known) == {row.country for row in SHIPPED.rows}


def test_an_own_table_wins(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("own")
    (folder / "helplines.toml").write_text(LINE + WORDS)
    assert [row.name for row in parse(resources.helplines(folder)).rows] == ["The Listeners"]
