"""The words of the letters: every edition against the rules of docs/letters.md; broken files against clear errors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2.meta import find_undeclared_variables

from tests.core import readability
from tests.core.letters.desk import PLAYBOOK, WORDS
from tests.core.wording_rules import ENGLISH, LONGEST, MEAN, RULES, Rules
from triage import resources
from triage.core.playbook import Place
from triage.core.wording import FEWEST, Block, WordingError, Wordings, age, parse
from triage.core.wording.blocks import BLOCKS, LISTS, OWN_WORDS, TABLES, TERMS

OWN = "“(?P<quoted>[^”]*)”|„[^“]*“|«[^»]*»"
"""Words in quotation marks are the reader's own, or a command to answer with."""
SOURCE = re.compile(r" \((?:StepStone|CareerPlug)[^)]*\)")
FIXED = (
    "support", "colophon", "colophon-hosted", "first-letter", "unreadable", "unreadable-one", "locked-out",
    "receipt-leaving", "receipt-left", "receipt-leaving-own",
)  # fmt: skip
STEADYING = ("opening-", "feeling-", "no-step", "close", "support", "says-")
"""Blocks, by the beginning of their names, that somebody may read on a bad morning."""


@dataclass(frozen=True, slots=True)
class Edition:
    """The letters in one language, and in one way of address."""

    rules: Rules
    words: Wordings

    @property
    def blocks(self) -> Mapping[str, tuple[str, ...]]:
        return self.words.blocks

    def day(self, weekday: int, day: int, month: int) -> str:
        terms = self.words.terms
        return str(terms["day"]).format(weekday=terms["weekdays"][weekday], day=day, month=terms["months"][month - 1])

    def specimen(self) -> dict[str, object]:
        """Every fact there is, with something in it that may well stand there."""
        terms = self.words.terms
        when = str(terms["at"]).format(date=self.day(3, 12, 3), time="14:30")
        line = str(terms["item_helpline"]).format(name="Samaritans", contact="116 123", note="24/7")
        few = dict.fromkeys(("n", "week", "ever", "answers", "done"), terms["numbers"][3])
        own = {"good": "tea", "person": "Kim", "evening": "soup", "win": "one talk", "skill": "SQL"}
        return {
            **few,
            **own,
            "weeks": terms["numbers"][12],
            "open": 2,
            "who": "Tidewell",
            "application": str(terms["application_for"]).format(role=self.rules.role),
            "time": "08:40",
            "days": 21,
            "talks": 2,
            "number": 7,
            "count": 2,
            "answered": 24,
            "talked": 5,
            "lines": line,
            "emergency": "112",
            "when": when,
            **{fact: self.day(0, 9, 3) for fact in ("day", "date", "deadline", "promised")},
        }

    def written(self, name: str, variant: int, *, hosted: bool = False) -> str:
        count = len(self.blocks[name])
        specimen = self.specimen() | {"hosted": hosted}
        facts = {fact: value for fact, value in specimen.items() if fact in BLOCKS[name]}
        return self.words.write(name, facts, [other for other in range(count) if other != variant]).text

    def texts(self, *beginnings: str) -> Iterator[tuple[str, str]]:
        """Every wording of these blocks as it may stand in a letter, by the name of its block and its number.

        One that says something else to members of a service comes twice.
        """
        for name in self.blocks:
            if not beginnings or name.startswith(beginnings):
                for variant in range(len(self.blocks[name])):
                    said, to_members = (self.written(name, variant, hosted=hosted) for hosted in (False, True))
                    yield f"{name} {variant}", said
                    if to_members != said:
                        yield f"{name} {variant}, hosted", to_members

    def to_members(self) -> Iterator[tuple[str, str]]:
        """Every wording as it may stand in a letter to a member of a service."""
        for name in self.blocks.keys() - {"colophon", "receipt-leaving-own"}:
            for variant in range(len(self.blocks[name])):
                yield f"{name} {variant}", self.written(name, variant, hosted=True)

    def fixed(self) -> Iterator[tuple[str, str]]:
        """The fixed words, by name."""
        terms = self.words.terms
        yield from ((name, str(terms[name])) for name in TERMS)
        yield from ((f"{table}.{key}", text) for table in TABLES for key, text in terms[table].items())
        yield from ((f"{name} {number}", text) for name in LISTS for number, text in enumerate(terms[name]))


@cache
def edition(name: str) -> Edition:
    rules = next(one for one in RULES if one.name == name)
    formal = resources.formal_words(rules.language, None) if rules.formal else None
    return Edition(rules, parse(resources.words(rules.language, None), formal))


editions = pytest.mark.parametrize("tongue", [rules.name for rules in RULES])


def breaking(texts: Iterator[tuple[str, str]], pattern: str) -> dict[str, str]:
    """Where the pattern is found, but for quotations, and what was found."""
    found = ((where, re.search(pattern, re.sub(OWN, "“”", text), re.IGNORECASE)) for where, text in texts)
    return {where: match.group() for where, match in found if match}


@editions
def test_a_member_of_a_service_is_told_of_no_command_and_no_computer_of_theirs(tongue: str) -> None:
    theirs = re.compile(r"\btriage [a-z]+|computer|rechner|ordinateur|ordenador", re.IGNORECASE)
    assert [where for where, text in edition(tongue).to_members() if theirs.search(text)] == []


# --- The rules for words, as far as a machine can check them ----------------------------------------------------------


@pytest.mark.parametrize(
    ("tongue", "rule"), [(rules.name, rule) for rules in RULES for rule in rules.never], ids=lambda one: one
)
def test_no_wording_breaks_a_rule(tongue: str, rule: str) -> None:
    pattern = edition(tongue).rules.never[rule]
    assert breaking(edition(tongue).texts(), pattern) == {}
    assert breaking(edition(tongue).fixed(), pattern) == {}


@pytest.mark.parametrize(("rule", "pattern"), ENGLISH.never.items())
def test_every_language_has_the_same_rules(rule: str, pattern: str) -> None:
    assert pattern
    assert [rules.name for rules in RULES if not rules.never.get(rule)] == []


@editions
def test_some_blocks_have_rules_of_their_own(tongue: str) -> None:
    for beginning, pattern in edition(tongue).rules.blunt.items():
        assert breaking(edition(tongue).texts(beginning), pattern) == {}


@editions
def test_sentences_are_short(tongue: str) -> None:
    long = {
        where: one
        for where, text in edition(tongue).texts()
        for one in readability.sentences(text)
        if len(readability.words(one)) > LONGEST
    }
    assert long == {}


@editions
def test_sentences_are_short_on_the_whole(tongue: str) -> None:
    means = {}
    for name in BLOCKS.keys() - set(FIXED):
        texts = [edition(tongue).written(name, variant) for variant in range(len(edition(tongue).blocks[name]))]
        lengths = [len(readability.words(one)) for text in texts for one in readability.sentences(SOURCE.sub("", text))]
        means[name] = sum(lengths) / len(lengths)
    assert {name: round(mean, 1) for name, mean in means.items() if mean > MEAN} == {}


GRADED = [rules.name for rules in RULES if rules.grade is not None]


@pytest.mark.parametrize("tongue", GRADED)
def test_what_steadies_is_easy_to_read(tongue: str) -> None:
    asked = edition(tongue).rules.grade
    assert asked is not None
    grades = {}
    for name in [name for name in BLOCKS if name.startswith(STEADYING)]:
        texts = (edition(tongue).written(name, variant) for variant in range(len(edition(tongue).blocks[name])))
        grades[name] = readability.grade(" ".join(texts))
    assert {name: round(found, 1) for name, found in grades.items() if found > asked} == {}


@editions
def test_a_wording_is_whole_sentences_of_plain_text(tongue: str) -> None:
    for where, text in edition(tongue).texts():
        first = text.lstrip("“„«¿¡‹   ")[0]
        assert first.isupper() or first.isdigit(), (where, text)
        assert re.search(r"[.?][”»]?$", text), (where, text)
    assert breaking(edition(tongue).texts(), edition(tongue).rules.odd) == {}


@editions
def test_quotation_marks_come_in_pairs(tongue: str) -> None:
    for where, text in edition(tongue).texts():
        opened, closed = sum(map(text.count, "“«")), sum(map(text.count, "”»"))
        assert opened == closed or text.count("„") == text.count("“"), (where, text)
        assert '"' not in text, (where, text)


STAGES = ("opening-application", "opening-screen", "opening-interview", "opening-final")
READINGS = (
    *STAGES,
    "opening-several",
    "opening-before",
    "opening-after",
    "good-interview",
    "good-assessment",
    "good-offer",
    "good-reopened",
    "good-deadline",
)
"""What the program has read, and may have misread."""


@editions
def test_what_happened_is_told_as_a_reading(tongue: str) -> None:
    """The program may be wrong, and says so each time. "Please check" and "the mail has the last word" are ways too."""
    doubt = re.compile(edition(tongue).rules.doubt, re.IGNORECASE)
    texts = ((where, text) for where, text in edition(tongue).texts(*READINGS) if "-next" not in where)
    assert [(where, text) for where, text in texts if not doubt.search(text)] == []


@editions
def test_every_opening_about_one_mail_names_who_and_what_and_when(tongue: str) -> None:
    for name in STAGES:
        for wording in edition(tongue).blocks[name]:
            assert {"who", "application", "day"} <= asked(wording), (name, wording)


def asked(wording: str) -> set[str]:
    return find_undeclared_variables(Environment(autoescape=True).parse(wording))


SAID = {
    "good-interview-when": "when",
    "good-deadline": "deadline",
    "opening-before": "when",
    "quiet-promised": "promised",
    "receipt-paused": "date",
    "quiet-talked": "who",
    "silence-talked": "who",
    "opening-heavy": "week",
    "opening-summary": "n",
    "top-long": "weeks",
    "weekly-own-numbers": "answered",
}
"""Facts that every wording of a block is there to tell."""
SAID |= {name: fact for name in BLOCKS for fact in OWN_WORDS & BLOCKS[name]}


@editions
@pytest.mark.parametrize("name", SAID)
def test_a_block_says_what_it_is_there_for(tongue: str, name: str) -> None:
    assert [one for one in edition(tongue).blocks[name] if SAID[name] not in asked(one)] == []


@editions
def test_words_of_the_readers_own_are_quoted(tongue: str) -> None:
    """But for names of people: nobody is told of Kim in quotation marks."""
    for name, fact in SAID.items():
        if fact in OWN_WORDS - {"person"}:
            for wording in edition(tongue).blocks[name]:
                assert re.search(rf"[“„«]\s?{{{{ {fact}[^}}]*}}}}\s?[”“»]", wording), (name, wording)


@editions
def test_every_time_box_of_the_playbook_is_stated(tongue: str) -> None:
    """So nobody begins something that has no end."""
    rules = edition(tongue).rules
    boxes = {(block, tip.minutes) for tip in PLAYBOOK.tips if tip.minutes for block in tip.blocks}
    texts = ((where, text, box) for block, box in boxes for where, text in edition(tongue).texts(block))
    assert [(w, text) for w, text, box in texts if not re.search(rules.minutes[box], text, re.IGNORECASE)] == []
    assert set(rules.minutes) >= {minutes for _, minutes in boxes}


LATER_STEPS = {"talked", "person-talked", "past-the-first-round", "matter-of-fact"}
"""Triggers of steps that belong to the day after."""


@editions
def test_after_a_talk_a_step_is_for_another_day(tongue: str) -> None:
    pattern = re.compile(edition(tongue).rules.tomorrow, re.IGNORECASE)
    for tip in PLAYBOOK.tips:
        if tip.place is Place.STEP:
            for block in tip.blocks:
                said = [bool(pattern.search(text)) for _, text in edition(tongue).texts(block)]
                assert set(said) == {tip.trigger in LATER_STEPS}, (tip.tip, block)


@editions
def test_subjects_and_first_lines_tell_nobody_what_they_are_about(tongue: str) -> None:
    shown = [
        (name, text) for name, text in edition(tongue).fixed() if name.startswith(("subject_", "greeting_", "hello"))
    ]
    assert len(shown) == 2 * 8 + 2
    assert breaking(iter(shown), edition(tongue).rules.private) == {}
    assert {fact for name, _ in shown for fact in TERMS[name].split()} <= {"weekday", "date", "name"}


@editions
def test_blocks_have_enough_wordings_or_are_fixed(tongue: str) -> None:
    few = {name for name, variants in edition(tongue).blocks.items() if len(set(variants)) < FEWEST}
    assert few == set(FIXED)


@editions
def test_no_line_stands_in_two_blocks(tongue: str) -> None:
    lines = Counter(line for variants in edition(tongue).blocks.values() for line in variants)
    assert [line for line, times in lines.items() if times > 1] == []


@editions
def test_figures_name_their_source_and_year(tongue: str) -> None:
    for block in ("context-first", "context-run", "context-long", "silence-survey"):
        for where, text in edition(tongue).texts(block):
            assert re.search(r"\((?:StepStone|CareerPlug)[^)]*20\d\d", text), (where, text)


@editions
def test_there_is_nothing_that_nobody_asks_for(tongue: str) -> None:
    words = edition(tongue).words
    assert set(words.blocks) == set(BLOCKS)
    assert set(words.terms) - {"first"} == {*TERMS, *LISTS, *TABLES}
    assert {name: set(words.terms[name]) - set(keys.split()) for name, keys in TABLES.items() if name != "what"} == {
        name: set() for name in TABLES if name != "what"
    }


# --- The rules themselves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("cheering", "Great news!"),
        ("cheering", "Well done."),
        ("praise", "You are strong and talented."),
        ("pity of employers", "Unfortunately they said no."),
        ("blame", "Improve your approach."),
        ("orders", "Stay positive."),
        ("orders", "You should write to them."),
        ("the future", "The right job is around the corner."),
        ("the future", "It gets easier."),
        ("prizes", "Use it to win."),
        ("denying", "It is not personal."),
        ("denying", "Everything happens for a reason."),
        ("comparing", "Other people have it worse."),
        ("diagnosis", "You seem depressed."),
        ("volume", "Apply to more jobs."),
        ("a friend's voice", "I know how you feel."),
        ("silence", "They ghosted you."),
        ("promises", "Studies show that it helps."),
        ("links", "Click here."),
    ],
)
def test_a_line_that_breaks_a_rule_is_found(rule: str, line: str) -> None:
    assert breaking(iter([("line", line)]), ENGLISH.never[rule])


@pytest.mark.parametrize(
    "line",
    [
        "Disappointed, angry, numb, fine: all fit.",
        "Nobody can tell from one answer what the next one is like.",
        "They read your application and spoke to you twice.",
        "There is nothing to do about it today.",
        "You can answer with “not a rejection” or “we should talk!”.",
    ],
)
def test_a_line_that_keeps_the_rules_passes_them_all(line: str) -> None:
    assert [rule for rule, pattern in ENGLISH.never.items() if breaking(iter([("line", line)]), pattern)] == []


# --- Choosing -------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 3), max_size=12))
def test_the_wording_used_longest_ago_is_next(used: list[int]) -> None:
    chosen = WORDS.write("close", {}, used).variant
    assert all(age(other, used) <= age(chosen, used) for other in range(4))
    assert chosen not in used[:3]


def test_a_block_remembers_its_variant() -> None:
    text = WORDS.blocks["close"][2]
    assert WORDS.write("close", {}, [0, 1, 3]) == Block("close", 2, text)


def test_facts_stay_facts() -> None:
    """A name that looks like a template is a name."""
    facts = {"who": "{{ 7 * 7 }} {% raw %} {0}", "application": "your application", "day": "Tuesday"}
    assert "{{ 7 * 7 }} {% raw %} {0}" in WORDS.write("opening-application", facts, ()).text


def test_a_block_nobody_wrote() -> None:
    with pytest.raises(WordingError, match="no block 'opening-nothing'"):
        WORDS.write("opening-nothing", {}, ())


# --- Broken files ---------------------------------------------------------------------------------------------------

SHIPPED = resources.words("en", None)
FOOT, DAILY, GOOD, TERM_FILE = (f"en/{name}.toml" for name in ("foot", "daily", "good", "terms"))


def block(file: str, name: str) -> str:
    """The lines of a block as they stand in its file."""
    begin = SHIPPED[file].index(f"[{name}]")
    return SHIPPED[file][begin : SHIPPED[file].index("]\n\n", begin) + 3]


CLOSE = block(FOOT, "close")


def close(wordings: str) -> tuple[str, str, str]:
    return FOOT, CLOSE, f"[close]\n{wordings}\n\n"


def line_of(file: str, text: str) -> int:
    return SHIPPED[file][: SHIPPED[file].index(text)].count("\n") + 1


AT_CLOSE = line_of(FOOT, "[close]")


@pytest.mark.parametrize(
    ("file", "old", "new", "says", "line"),
    [
        pytest.param(FOOT, "[close]", "[close", "is not valid TOML", 0, id="not TOML"),
        pytest.param(FOOT, CLOSE, "", "No file of words has the block 'close'", 0, id="a block is missing"),
        pytest.param(
            FOOT, "[close]", "[clos]", "no letter with a block 'clos'. Is it misspelt", AT_CLOSE, id="misspelt"
        ),
        pytest.param(*close(""), "'close' needs `wordings`", AT_CLOSE, id="no wordings"),
        pytest.param(
            *close("wordings = 'one'"), "'close' needs `wordings`", AT_CLOSE, id="one text in place of a list"
        ),
        pytest.param(*close("wordings = [1, 2, 3, 4]"), "'close' needs `wordings`", AT_CLOSE, id="no texts"),
        pytest.param(
            *close("wordings = ['a', 'b', 'c', ' ']"), "'close' needs `wordings`", AT_CLOSE, id="an empty text"
        ),
        pytest.param(
            *close("wordings = ['a', 'b', 'c']"), "'close' has 3 different wordings; it needs 4", AT_CLOSE, id="too few"
        ),
        pytest.param(
            *close("wordings = ['a', 'b', 'c', 'c']"), "'close' has 3 different wordings", AT_CLOSE, id="one twice"
        ),
        pytest.param(*close("fixed = true\nwordings = []"), "'close' has 0 different", AT_CLOSE, id="fixed, but none"),
        pytest.param(
            *close("fixed = 'yes'\nwordings = ['a']"), "'close' has 1 different", AT_CLOSE, id="fixed is true or false"
        ),
        pytest.param(
            DAILY,
            "{{ n | capitalize }} answers",
            "{{ n | capitalize answers",
            "'opening-several' cannot be read",
            line_of(DAILY, "{{ n | capitalize }} answers"),
            id="braces",
        ),
        pytest.param(
            DAILY,
            "n | capitalize }} answers",
            "n | shout }} answers",
            "'opening-several' cannot be read",
            line_of(DAILY, "n | capitalize }} answers"),
            id="filter",
        ),
        pytest.param(
            DAILY,
            "{{ n | capitalize }} answers",
            "{{ who }} answers",
            "'opening-several' uses 'who'",
            line_of(DAILY, "{{ n | capitalize }} answers"),
            id="not its fact",
        ),
        pytest.param(
            GOOD,
            "They name {{ when }}",
            "They name {{ date }}",
            "'good-interview-when' uses 'date'",
            line_of(GOOD, "They name {{ when }}"),
            id="unknown fact",
        ),
        pytest.param(
            TERM_FILE,
            'subject_daily = "Your note for {weekday}"',
            "",
            "'subject_daily' is missing",
            line_of(TERM_FILE, "[terms]"),
            id="a term is missing",
        ),
        pytest.param(
            TERM_FILE,
            "Hello {name}.",
            "Hello {who}.",
            "'hello' in .* may use {name}",
            line_of(TERM_FILE, "Hello {name}."),
            id="a term with a wrong name",
        ),
        pytest.param(
            TERM_FILE,
            "Hello {name}.",
            "Hello {name.",
            "'hello' in .* may use {name}",
            line_of(TERM_FILE, "Hello {name}."),
            id="a term with one brace",
        ),
        pytest.param(
            TERM_FILE,
            "Hello {name}.",
            "Hello {}.",
            "'hello' in .* may use {name}",
            line_of(TERM_FILE, "Hello {name}."),
            id="a term with no name",
        ),
        pytest.param(
            TERM_FILE,
            '"Hello."',
            '"Hello {name}."',
            "'hello_nameless' .* may use nothing",
            line_of(TERM_FILE, '"Hello."'),
            id="a term that has no facts",
        ),
        pytest.param(
            TERM_FILE, '"Monday", ', "", "'weekdays' in .* needs 7", line_of(TERM_FILE, "weekdays ="), id="six days"
        ),
        pytest.param(
            TERM_FILE,
            '"May", "June"',
            '5, "June"',
            "'months' in .* needs 12",
            line_of(TERM_FILE, "months ="),
            id="a month that is no text",
        ),
        pytest.param(
            TERM_FILE,
            'step = "One small',
            'steps = "One small',
            "terms.heading. needs .* 'step'",
            line_of(TERM_FILE, "[terms.heading]"),
            id="a heading",
        ),
        pytest.param(
            TERM_FILE,
            'unsure = "not clear to me"',
            "",
            "terms.what. needs .* 'unsure'",
            line_of(TERM_FILE, "[terms.what]"),
            id="a word for a kind",
        ),
        pytest.param(TERM_FILE, "[terms.heading]", "[terms.headings]", "terms.heading. needs", 0, id="no headings"),
    ],
)
def test_a_broken_file_says_what_is_wrong_and_where(file: str, old: str, new: str, says: str, line: int) -> None:
    assert SHIPPED[file].count(old) == 1
    where = f"{file}, line {line}: " if line else ""
    with pytest.raises(WordingError, match=re.escape(where) + f".*{says}"):
        parse(SHIPPED | {file: SHIPPED[file].replace(old, new)})


def test_a_block_that_stands_in_two_files_is_found() -> None:
    with pytest.raises(WordingError, match=r"line \d+: the block 'close' stands in another file already"):
        parse(SHIPPED | {GOOD: SHIPPED[GOOD] + "\n" + CLOSE})


def test_empty_files_are_broken_too() -> None:
    with pytest.raises(WordingError, match="terms"):
        parse(dict.fromkeys(SHIPPED, ""))
    with pytest.raises(WordingError, match="terms"):
        parse({})


@pytest.mark.parametrize("file", SHIPPED)
def test_a_file_cut_short_is_never_taken(file: str) -> None:
    lines = SHIPPED[file].rstrip().splitlines()
    for line in range(0, len(lines) - 1, 7):
        with pytest.raises(WordingError):
            parse(SHIPPED | {file: "\n".join(lines[:line])})


def test_any_block_may_stand_in_any_file() -> None:
    moved = SHIPPED | {FOOT: SHIPPED[FOOT].replace(CLOSE, ""), GOOD: SHIPPED[GOOD] + "\n" + CLOSE}
    assert parse(moved) == WORDS
