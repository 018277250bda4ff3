"""Block files: the shipped one against the rules of docs/letters.md, and broken ones against clear errors."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2.meta import find_undeclared_variables

from tests.core.letters.desk import WORDS
from triage import resources
from triage.core.wording import BLOCKS, FEWEST, LISTS, TABLES, TERMS, Block, WordingError, age, parse

SHIPPED = resources.blocks("en", None)
SPECIMEN = {
    "n": "three",
    "week": "five",
    "open": 2,
    "who": "Tidewell",
    "application": "your application for Data Analyst",
    "day": "Tuesday 3 March",
    "time": "08:40",
    "days": 21,
    "talks": 1,
    "when": "Thursday 12 March at 14:30",
    "deadline": "Monday 9 March",
}
FACTS = {name: {fact: SPECIMEN[fact] for fact in facts} for name, facts in BLOCKS.items()}
ALL = [(name, variant) for name, variants in WORDS.blocks.items() for variant in range(len(variants))]


def written(name: str, variant: int) -> str:
    count = len(WORDS.blocks[name])
    return WORDS.write(name, FACTS[name], [other for other in range(count) if other != variant]).text


def sentences(text: str) -> list[int]:
    """How many words each sentence has."""
    return [len(one.split()) for one in re.split(r"(?<=[.?!])\s+", text) if one]


# --- The rules for words, as far as a machine can check them ----------------------------------------------------------

NEVER = {
    "cheering": r"!|\b(?:congrat\w*|great|awesome|amazing|fantastic|exciting|well done|proud|yay|hooray)\b",
    "pity of employers": r"\b(?:unfortunately|regret\w*|sadly|sorry|alas|afraid)\b",
    "blame": r"\b(?:fail\w*|mistake\w*|fault|weak\w*|lack\w*|improve|should have|unsuccessful|rejected|loser)\b",
    "orders": r"\b(?:should|must|need to|have to do|make sure|remember to|stay positive|cheer up|don't|do not worry)\b",
    "the future": r"\b(?:better is|next time|around the corner|sooner or later|will (?:find|get|come|work)|soon)\b",
    "prizes": r"\b(?:win|wins|won|beat|crush|smash|prove|success\w*|opportunit\w*|journey|challenge|lesson)\b",
    "denying": r"\b(?:not personal|personally|at least|silver lining|everything happens|bright side)\b",
    "comparing": r"\b(?:other people|others have|everyone (?:goes|faces|gets)|worse off|you are not alone)\b",
    "diagnosis": r"\b(?:depress\w*|burn\w* out|anxi\w*|stress\w*|suicid\w*|discouraged|hopeless|mental)\b",
    "volume": r"\b(?:apply to more|more applications|keep applying|keep going|try harder)\b",
    "a friend's voice": r"\b(?:dear|hug|sweet|buddy|love|hang in|here for you|i feel|i know how|we)\b",
    "silence": r"\b(?:ghost\w*|ignored you)\b",
    "links": r"https?:|www\.|\bclick\b",
}


@pytest.mark.parametrize("rule", NEVER)
def test_no_wording_breaks_a_rule(rule: str) -> None:
    texts = {f"{name} {variant}": written(name, variant) for name, variant in ALL}
    texts |= {f"term {name}": str(WORDS.terms[name]) for name in TERMS}
    texts |= {f"{table} {key}": text for table in TABLES for key, text in WORDS.terms[table].items()}
    assert not [where for where, text in texts.items() if re.search(NEVER[rule], text, re.IGNORECASE)]


@pytest.mark.parametrize(("name", "variant"), ALL)
def test_sentences_are_short(name: str, variant: int) -> None:
    assert max(sentences(written(name, variant))) <= 25


@pytest.mark.parametrize("name", BLOCKS)
def test_sentences_are_short_on_the_whole(name: str) -> None:
    lengths = [length for variant in range(len(WORDS.blocks[name])) for length in sentences(written(name, variant))]
    assert sum(lengths) / len(lengths) <= 14


@pytest.mark.parametrize(("name", "variant"), ALL)
def test_a_wording_is_whole_sentences_of_plain_text(name: str, variant: int) -> None:
    text = written(name, variant)
    assert re.fullmatch(r"[A-Z0-9].*[.?]", text)
    assert not re.search(r"[—–…<>*_#\n]|  |\s[.,;:?]|--", text)


STAGES = ["opening-application", "opening-screen", "opening-interview", "opening-final"]
READINGS = [*STAGES, "opening-several", "good-interview", "good-assessment", "good-offer", "good-interview-when"]


@pytest.mark.parametrize("name", READINGS)
def test_what_happened_is_told_as_a_reading(name: str) -> None:
    """The program may be wrong, and says so each time."""
    doubt = re.compile(r"looks? like|reads as|I read|as far as I|seems|I found", re.IGNORECASE)
    texts = [written(name, variant) for variant in range(len(WORDS.blocks[name]))]
    assert [text for text in texts if not doubt.search(text)] == []


@pytest.mark.parametrize("name", STAGES)
def test_every_opening_about_one_mail_names_who_and_what_and_when(name: str) -> None:
    for wording in WORDS.blocks[name]:
        assert {"who", "application", "day"} <= find_undeclared_variables(Environment().parse(wording))


@pytest.mark.parametrize("name", [name for name in BLOCKS if name.endswith(("-when", "-deadline"))])
def test_a_date_block_says_its_date(name: str) -> None:
    fact = name.rpartition("-")[2]
    assert all(str(SPECIMEN[fact]) in written(name, variant) for variant in range(len(WORDS.blocks[name])))


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_have_enough_wordings_or_are_fixed(name: str) -> None:
    assert len(set(WORDS.blocks[name])) >= FEWEST or name in ("support", "colophon")


def test_no_line_stands_in_two_blocks() -> None:
    lines = [line for variants in WORDS.blocks.values() for line in variants]
    assert len(lines) == len(set(lines))


# --- Choosing -------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 3), max_size=12))
def test_the_wording_used_longest_ago_is_next(used: list[int]) -> None:
    chosen = WORDS.write("close", FACTS["close"], used).variant
    assert all(age(other, used) <= age(chosen, used) for other in range(4))
    assert chosen not in used[:3]


def test_a_block_remembers_its_variant() -> None:
    text = WORDS.blocks["close"][2]
    assert WORDS.write("close", {"n": 0, "week": 0, "open": 0}, [0, 1, 3]) == Block("close", 2, text)


def test_facts_stay_facts() -> None:
    """A name that looks like a template is a name."""
    facts = FACTS["opening-application"] | {"who": "{{ 7 * 7 }} {% raw %} {0}"}
    assert "{{ 7 * 7 }} {% raw %} {0}" in WORDS.write("opening-application", facts, ()).text


def test_a_block_nobody_wrote() -> None:
    with pytest.raises(WordingError, match="no block 'opening-nothing'"):
        WORDS.write("opening-nothing", {}, ())


# --- Broken files ---------------------------------------------------------------------------------------------------

CLOSE = SHIPPED[SHIPPED.index("[close]") : SHIPPED.index("# --- In every letter")]


def close(wordings: str) -> tuple[str, str]:
    return CLOSE, f"[close]\n{wordings}\n\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param("[close]", "[close", "not valid TOML", id="not TOML"),
        pytest.param(CLOSE, "", "no block 'close'", id="a block is missing"),
        pytest.param(*close(""), "'close' needs `wordings`", id="no wordings"),
        pytest.param(*close("wordings = 'one'"), "'close' needs `wordings`", id="one text in place of a list"),
        pytest.param(*close("wordings = [1, 2, 3, 4]"), "'close' needs `wordings`", id="no texts"),
        pytest.param(*close("wordings = ['a', 'b', 'c', ' ']"), "'close' needs `wordings`", id="an empty text"),
        pytest.param(
            *close("wordings = ['a', 'b', 'c']"), "'close' has 3 different wordings; it needs 4", id="too few"
        ),
        pytest.param(*close("wordings = ['a', 'b', 'c', 'c']"), "'close' has 3 different wordings", id="one twice"),
        pytest.param(*close("fixed = true\nwordings = []"), "'close' has 0 different", id="fixed, but none"),
        pytest.param(*close("fixed = 'yes'\nwordings = ['a']"), "'close' has 1 different", id="fixed is true or false"),
        pytest.param(
            "{{ n | capitalize }} answers", "{{ n | capitalize answers", "'opening-several' cannot be read", id="braces"
        ),
        pytest.param(
            "n | capitalize }} answers", "n | shout }} answers", "'opening-several' cannot be read", id="filter"
        ),
        pytest.param(
            "{{ n | capitalize }} answers", "{{ who }} answers", "'opening-several' uses 'who'", id="not its fact"
        ),
        pytest.param(
            "They name {{ when }}", "They name {{ date }}", "'good-interview-when' uses 'date'", id="unknown fact"
        ),
        pytest.param(
            'subject_daily = "Your note for {weekday}"', "", "'subject_daily' is missing", id="a term is missing"
        ),
        pytest.param("Hello {name}.", "Hello {who}.", "'hello' in .* may use {name}", id="a term with a wrong name"),
        pytest.param("Hello {name}.", "Hello {name.", "'hello' in .* may use {name}", id="a term with one brace"),
        pytest.param("Hello {name}.", "Hello {}.", "'hello' in .* may use {name}", id="a term with no name"),
        pytest.param(
            '"Hello."', '"Hello {name}."', "'hello_nameless' .* may use nothing", id="a term that has no facts"
        ),
        pytest.param('"Monday", ', "", "'weekdays' in .* needs 7", id="six days"),
        pytest.param('"May", "June"', '5, "June"', "'months' in .* needs 12", id="a month that is no text"),
        pytest.param('step = "One small', 'steps = "One small', "terms.heading. needs .* 'step'", id="a heading"),
        pytest.param('unsure = "not clear to me"', "", "terms.what. needs .* 'unsure'", id="a word for a kind"),
        pytest.param("[terms]", "[[terms]]", "terms. needs to be a table", id="terms as a list"),
        pytest.param("[terms.heading]", "[terms.headings]", "terms.heading. needs", id="no headings"),
    ],
)
def test_a_broken_block_file_says_what_is_wrong(old: str, new: str, says: str) -> None:
    assert SHIPPED.count(old) == 1
    with pytest.raises(WordingError, match=says):
        parse(SHIPPED.replace(old, new))


def test_an_empty_file_is_broken_too() -> None:
    with pytest.raises(WordingError, match="missing"):
        parse("")


@pytest.mark.parametrize("line", range(0, SHIPPED.count("\n"), 9))
def test_a_file_cut_short_is_never_taken(line: int) -> None:
    with pytest.raises(WordingError):
        parse("\n".join(SHIPPED.splitlines()[:line]))


def test_a_block_nobody_asks_for_does_no_harm() -> None:
    more = SHIPPED + '\n[mine]\nwordings = ["{{ a }}", "b", "c", "d"]\n'
    assert set(parse(more).blocks) == {*BLOCKS, "mine"}


def test_the_shipped_file_has_nothing_nobody_asks_for() -> None:
    assert set(WORDS.blocks) == set(BLOCKS)
    assert set(WORDS.terms) == {*TERMS, *LISTS, *TABLES}
    assert set(WORDS.terms["heading"]) == set(TABLES["heading"].split())
