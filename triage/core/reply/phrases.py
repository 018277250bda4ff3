"""What a reader may write in answer to a letter, by language: tables of phrases (`templates/<language>/replies.toml`).

Phrases and replies are compared word by word, without case, accents, apostrophes and punctuation. In a phrase, words in
round brackets may be missing, `a/b` is either word, and `a_b` is two words that belong together.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import product

from triage.core.letter import LetterKind
from triage.core.text import fold
from triage.core.values import MAIL, Kind

Norms = tuple[str, ...]
"""Words as they are compared."""

_APOSTROPHES = "'\u2018\u2019\u02bc\u00b4\u0060"
_WORD = re.compile(rf"\w+(?:[{_APOSTROPHES}]\w+)*")
_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_SLOTS = frozenset({"{which}", "{name}", "{when}"})
_MOST = 500
"""Spellings that one phrase may stand for."""


class Ask(StrEnum):
    """What a reader can ask for. The values are the names in the table."""

    NOT_A_NO = "not_a_no"
    KIND = "kind"
    COMPANY = "company"
    ROLE = "role"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    WEEKLY = "weekly"
    GOOD_NEWS = "good_news"
    ALL = "all_letters"
    GENTLE = "gentle"
    PLAIN = "plain"
    NUMBERS_FIRST = "numbers_first"
    DONE = "done"
    LET_GO = "let_go"
    WITHDREW = "withdrew"
    FORGET = "forget"
    LEAVE = "leave"
    """Leave the service that reads for them."""
    FREE = "free"
    """None of these: words of the reader's own."""


TARGETED = frozenset({Ask.NOT_A_NO, Ask.KIND, Ask.LET_GO, Ask.WITHDREW, Ask.FORGET})
"""These may say which mail or employer is meant."""
_WORDS = ("courtesy", "closing", "signature", "and", "line", "of", "is", "not", "articles", "all", "until", "skip")
_SITUATIONS = ("no", "good", "quiet", "after", "any")
_LEAVING = ("leave", "again")


class PhrasesError(ValueError):
    """A table of phrases cannot be used."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a reply, and where it stands."""

    norm: str
    start: int
    end: int


def words(text: str) -> tuple[Word, ...]:
    """The words of a text, as they are compared."""
    return tuple(Word(_norm(found[0]), found.start(), found.end()) for found in _WORD.finditer(text))


def norms(text: str) -> Norms:
    return tuple(word.norm for word in words(text))


@lru_cache(maxsize=4096)
def _norm(word: str) -> str:
    apart = unicodedata.normalize("NFD", fold(word))
    return "".join(c for c in apart if c not in _APOSTROPHES and not unicodedata.combining(c))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words, of which one may be a place for others, such as `{which}`."""

    before: Norms
    slot: str = ""
    after: Norms = ()
    colon: bool = False
    """A colon stands before the place."""

    def fill(self, said: Norms) -> tuple[int, int] | None:
        """Where in `said` the words in the place begin and end; None where the phrase does not fit. They are some."""
        begin, end = len(self.before), len(said) - len(self.after)
        fits = begin < end and said[:begin] == self.before and said[end:] == self.after
        return (begin, end) if fits else None


@dataclass(frozen=True, slots=True)
class Phrases:
    """The table of one language."""

    language: str
    exact: Mapping[Norms, Ask]
    """Whole phrases."""
    open: Mapping[Ask, tuple[Phrase, ...]]
    """Phrases with a place in them, the longest first."""
    kinds: Mapping[Norms, Kind]
    lists: Mapping[str, tuple[Norms, ...]]
    """Small words by their role, the longest first."""
    frames: tuple[Phrase, ...]
    """"{which} was": what comes before the kind of a mail."""
    numbers: Mapping[str, int]
    units: Mapping[str, int]
    """Days of a unit of time."""
    ahead: Mapping[Norms, int]
    """Days until tomorrow, and the like."""
    weekdays: Mapping[str, int]
    help: Mapping[str, str]

    def starts(self, role: str, said: Norms) -> int:
        """How many words at the start of `said` are one of the small words of this role; 0 where they are not."""
        return next((len(one) for one in self.lists[role] if said[: len(one)] == one), 0)

    def ends(self, role: str, said: Norms) -> int:
        """The same at its end."""
        return next((len(one) for one in self.lists[role] if said[len(said) - len(one) :] == one), 0)

    def help_for(self, kind: LetterKind) -> str:
        """One short line for the foot of a letter of this kind: what can be answered."""
        name = _HELP.get(kind, "any")
        return f"{self.help['before']} {self.help[name]}"


_HELP = {
    LetterKind.DAILY: "no",
    LetterKind.SUMMARY: "no",
    LetterKind.PROMPT: "good",
    LetterKind.CORRECTION: "good",
    LetterKind.WEEKLY: "quiet",
    LetterKind.AFTER: "after",
}


def parse(text: str, language: str) -> Phrases:
    """Read a table. Raises PhrasesError, which names the entry."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PhrasesError(f"The table of replies is not valid TOML: {error}.") from error
    asks = {ask: _phrases(data, "replies", ask.value) for ask in Ask if ask not in (Ask.KIND, Ask.FREE)}
    kinds = {kind: _phrases(data, "kinds", kind.value) for kind in Kind if kind in MAIL}
    small = {role: _phrases(data, "words", role) for role in _WORDS}
    _check_distinct({**{ask.value: found for ask, found in asks.items()}, **{k.value: f for k, f in kinds.items()}})
    return Phrases(
        language=language,
        exact={one.before: ask for ask, found in asks.items() for one in found if not one.slot},
        open={ask: _longest_first(one for one in found if one.slot) for ask, found in asks.items()},
        kinds={one.before: kind for kind, found in kinds.items() for one in found},
        lists={
            role: tuple(one.before for one in _longest_first(iter(found)) if not one.slot)
            for role, found in small.items()
        },
        frames=_longest_first(one for one in small["is"] if one.slot),
        numbers={_single(name): days for name, days in _days(data, "numbers").items()},
        units={_single(name): days for name, days in _days(data, "units").items()},
        ahead={form: days for name, days in _days(data, "ahead").items() for form in _spellings(name)},
        weekdays=_weekdays(data),
        help={name: _text(data, "help", name) for name in ("before", *_SITUATIONS, *_LEAVING)},
    )


def _longest_first(found: Iterator[Phrase]) -> tuple[Phrase, ...]:
    return tuple(sorted(found, key=lambda one: -len(one.before) - len(one.after)))


def _entry(data: Mapping[str, object], table: str, name: str) -> object:
    entries = data.get(table)
    if not isinstance(entries, dict) or name not in entries:
        raise PhrasesError(f"The table of replies has no '{name}' in [{table}].")
    return entries[name]


def _phrases(data: Mapping[str, object], table: str, name: str) -> tuple[Phrase, ...]:
    entry = _entry(data, table, name)
    if not isinstance(entry, list) or not entry or not all(isinstance(one, str) and one.strip() for one in entry):
        raise PhrasesError(f"'{name}' in [{table}] needs to be a list of phrases.")
    found = {one: tuple(_expanded(one, name)) for one in entry}
    empty = next((one for one, phrases in found.items() if not phrases), None)
    if empty is not None:
        raise PhrasesError(f"A phrase of '{name}' has no words: {empty}")
    return tuple(phrase for phrases in found.values() for phrase in phrases)


def _expanded(text: str, name: str) -> Iterator[Phrase]:
    """Every spelling that a phrase stands for."""
    choices = [_choices(part) for part in re.findall(r"\([^()]*\)|[^\s()]+", text)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MOST:
        raise PhrasesError(f"A phrase of '{name}' stands for too many spellings: {text}")
    for parts in product(*choices):
        yield from _phrase(tuple(word for part in parts for word in part.split()), name)


def _choices(part: str) -> tuple[str, ...]:
    optional = part.startswith("(")
    either = tuple(one.strip() for one in part.strip("()").replace("_", " ").split("/"))
    return (*either, "") if optional else either


def _phrase(parts: Sequence[str], name: str) -> Iterator[Phrase]:
    slots = [number for number, part in enumerate(parts) if part in _SLOTS]
    if any("{" in part and part not in _SLOTS for part in parts) or len(slots) > 1:
        raise PhrasesError(f"A phrase of '{name}' has a place that is not known, or two: {' '.join(parts)}")
    if not slots:
        yield from (Phrase(form) for form in _spellings(" ".join(parts)) if form)
        return
    before, after = " ".join(parts[: slots[0]]), " ".join(parts[slots[0] + 1 :])
    if not (before or after):
        raise PhrasesError(f"A phrase of '{name}' is nothing but a place: {parts[slots[0]]}")
    for one, other in product(_spellings(before), _spellings(after)):
        yield Phrase(one, parts[slots[0]], other, before.endswith(":"))


def _spellings(text: str) -> tuple[Norms, ...]:
    """With its accents dropped, and with two letters where German and others write one."""
    return tuple(dict.fromkeys((norms(text), norms(unicodedata.normalize("NFC", text.lower()).translate(_DIGRAPHS)))))


def _check_distinct(found: Mapping[str, Sequence[Phrase]]) -> None:
    known: dict[Phrase, str] = {}
    for name, phrases in found.items():
        for phrase in phrases:
            if known.setdefault(phrase, name) != name:
                said = " ".join((*phrase.before, phrase.slot, *phrase.after)).strip()
                raise PhrasesError(f"'{name}' and '{known[phrase]}' both have the phrase: {said}")


def _days(data: Mapping[str, object], table: str) -> Mapping[str, int]:
    entries = data.get(table)
    if not isinstance(entries, dict) or not all(type(days) is int and days > 0 for days in entries.values()):
        raise PhrasesError(f"[{table}] in the table of replies needs to be words, each with a number.")
    return entries


def _single(name: str) -> str:
    return "".join(norms(name))


def _weekdays(data: Mapping[str, object]) -> Mapping[str, int]:
    entry = _entry(data, "words", "weekdays")
    if not isinstance(entry, list) or len(entry) != 7 or not all(isinstance(day, str) for day in entry):
        raise PhrasesError("'weekdays' in [words] needs to be seven texts, Monday first.")
    return {form[0]: day for day, names in enumerate(entry) for name in names.split("/") for form in _spellings(name)}


def _text(data: Mapping[str, object], table: str, name: str) -> str:
    entry = _entry(data, table, name)
    if not isinstance(entry, str) or not entry.strip():
        raise PhrasesError(f"'{name}' in [{table}] needs to be a text.")
    return " ".join(entry.split())
