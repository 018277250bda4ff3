"""One piece of a reply to one command: "let Fjord go", "line 12 is an interview", "please pause for two weeks".

Around a phrase of the table there may be courtesies, and for some commands the mail or employer that is meant: a number
of the log, or a name before a colon, before "is", after "from" or right behind the phrase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from triage.core.reply import until
from triage.core.reply.phrases import TARGETED, Ask, Norms, Phrase, Phrases, Word, words
from triage.core.text import line
from triage.core.values import Kind

MOST_NAME = 80
_MOST_WHICH = 8
"""Words that may name the mail that is meant."""
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that the reader asks for."""

    ask: Ask
    said: str = ""
    """The whole line, word for word; for FREE, all lines of a passage."""
    at: int = 0
    """The number of its first line in the reply (`core.reply.own_lines`)."""
    which: str = ""
    """Which mail, employer or application is meant, in the reader's words; empty where they do not say."""
    line: int = 0
    """The number of a line of the log, where they name one."""
    name: str = ""
    """The company or role."""
    kind: Kind | None = None
    """For KIND: what a mail is. For NOT_A_NO: what it is not, where that is something else than a no."""
    until: datetime | None = None
    """For PAUSE: its end, in UTC."""
    all: bool = False
    """All that can be meant are."""
    aside: str = ""
    """What else the line says."""
    named: bool = False
    """For PAUSE: they say how long."""
    framed: bool = False
    """For KIND: a whole sentence says so ("that is an offer")."""


@dataclass(frozen=True, slots=True)
class Ear:
    """What it takes to understand a reply."""

    tables: Sequence[Phrases]
    now: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class _Said:
    """Words of a piece that are left to be understood, and what is known of the mail that is meant."""

    words: tuple[Word, ...]
    text: str
    which: str = ""
    line: int = 0
    all: bool = False
    framed: bool = False
    negated: bool = False

    @property
    def norms(self) -> Norms:
        return tuple(word.norm for word in self.words)

    def part(self, start: int, end: int) -> str:
        """These of its words, as they were written."""
        return self.text[self.words[start].start : self.words[end - 1].end] if start < end else ""

    def after(self, count: int) -> _Said:
        return replace(self, words=self.words[count:])


def is_courtesy(text: str, ear: Ear) -> bool:
    """Does it say nothing but please, thank you or hello?"""
    return not _bared(words(text), ear.tables)[-1]


def heard(text: str, ear: Ear) -> Command | None:
    """The command that a piece of a reply is, or None. Total."""
    command = exact(text, ear)
    if command is not None:
        return command
    said = _Said(_bared(words(text), ear.tables)[-1], text)
    found = (_understood(said, table, ear) for table in ear.tables) if said.words else ()
    return next((command for command in found if command is not None), None)


def exact(text: str, ear: Ear) -> Command | None:
    """The command that a piece is, where nothing in it varies: a phrase of the table, with courtesies or without."""
    states = [_Said(said, text) for said in _bared(words(text), ear.tables) if said]
    found = (_plain(said, table, ear) for said in states for table in ear.tables)
    return next((command for command in found if command is not None), None)


def _bared(said: tuple[Word, ...], tables: Sequence[Phrases]) -> list[tuple[Word, ...]]:
    """With fewer and fewer of the courtesies at both ends: a phrase may itself begin or end like one."""
    states = [said]
    bare = _barer(said, tables)
    while bare is not None:
        states.append(bare)
        bare = _barer(bare, tables)
    return states


def _barer(said: tuple[Word, ...], tables: Sequence[Phrases]) -> tuple[Word, ...] | None:
    """With one courtesy less, or None where there is none left."""
    names = tuple(word.norm for word in said)
    for table in tables:
        start, end = table.starts("courtesy", names), table.ends("courtesy", names)
        if start or end:
            return said[start:] if start else said[: len(said) - end]
    return None


def _understood(said: _Said, table: Phrases, ear: Ear) -> Command | None:
    return _pause(said, table, ear) or _about(said, table) or _name(said, table)


def _plain(said: _Said, table: Phrases, ear: Ear) -> Command | None:
    ask, kind = table.exact.get(said.norms), table.kinds.get(said.norms)
    if ask is Ask.PAUSE:
        return Command(ask, until=ear.now + until.USUAL)
    if ask is None and kind is not None:
        return Command(Ask.KIND, kind=kind)
    return Command(ask) if ask else None


def _pause(said: _Said, table: Phrases, ear: Ear) -> Command | None:
    for phrase in table.open[Ask.PAUSE]:
        place = phrase.fill(said.norms)
        end = until.read(said.words[slice(*place)], said.text, table, ear.now, ear.zone) if place else None
        if end is not None:
            return Command(Ask.PAUSE, until=end, named=True)
    return None


def _name(said: _Said, table: Phrases) -> Command | None:
    """Whom a mail is from, or for what work."""
    for one in (*_numbered(said, table), *_numbered_last(said, table), said):
        for ask in (Ask.COMPANY, Ask.ROLE):
            place = next(filter(None, (_place(phrase, one) for phrase in table.open[ask])), None)
            if place and place[1] - place[0] <= _MOST_WHICH:
                return Command(ask, line=one.line, name=line(_with_dot(one, *place), MOST_NAME))
    return None


def _place(phrase: Phrase, said: _Said) -> tuple[int, int] | None:
    place = phrase.fill(said.norms)
    if place is None or not phrase.colon or place[0] == 0:
        return place
    return place if ":" in said.text[said.words[place[0] - 1].end : said.words[place[0]].start] else None


def _with_dot(said: _Said, start: int, end: int) -> str:
    """With the last dot of an abbreviation: "Tres S.L."."""
    name, stop = said.part(start, end), said.words[end - 1].end
    return name + "." if said.text[stop : stop + 1] == "." and "." in name[-4:] else name


def _numbered(said: _Said, table: Phrases) -> Iterator[_Said]:
    """Without "line 12" at the start."""
    skip = table.starts("line", said.norms)
    number = _decimal(said.norms[skip : skip + 1])
    if number and len(said.words) > skip + 1:
        yield replace(said.after(skip + 1), line=number)


def _numbered_last(said: _Said, table: Phrases) -> Iterator[_Said]:
    """Without "line 12" at the end. A name may end in a number of its own, so "line" must be said."""
    number, left = _decimal(said.norms[-1:]), said.norms[:-1]
    skip = table.ends("line", left)
    if number and skip and len(left) > skip:
        yield replace(said, words=said.words[: len(left) - skip], line=number)


def _decimal(names: Norms) -> int:
    """The number that a single word is; 0 where it is none."""
    fits = len(names) == 1 and names[0].isascii() and names[0].isdecimal() and len(names[0]) <= _MOST_DIGITS
    return int(names[0]) if fits else 0


def _about(said: _Said, table: Phrases) -> Command | None:
    """A command that may say which mail it is about."""
    led = (said, *_led(said, table))
    framed = [one for lead in led for one in (lead, *_framed(lead, table))]
    variants = [one for frame in framed for one in (*_negated(frame, table), frame)]
    whole = next(filter(None, (_whole(one.norms, one, table) for one in variants)), None)
    return whole or next(filter(None, (_targeted(one, table) for one in variants)), None)


def _negated(said: _Said, table: Phrases) -> Iterator[_Said]:
    """Without "not" in front of it."""
    skip = table.starts("not", said.norms)
    if 0 < skip < len(said.words):
        yield replace(said.after(skip), framed=True, negated=not said.negated)


def _led(said: _Said, table: Phrases) -> Iterator[_Said]:
    """Without what stands in front of it: "line 12", or "Fjord:"."""
    yield from _numbered(said, table)
    colon = said.text.find(":", said.words[0].end, said.words[-1].start)
    count = sum(word.end <= colon for word in said.words)
    if 0 < count <= _MOST_WHICH:
        yield _meant(said.after(count), said.part(0, count), table)


def _framed(said: _Said, table: Phrases) -> Iterator[_Said]:
    """Without "that is", "the mail from Fjord was"."""
    skip = table.starts("is", said.norms)
    if 0 < skip < len(said.words):
        yield replace(said.after(skip), framed=True)
    if said.which or said.line:
        return
    for frame in table.frames:
        place = _frame(frame, said.norms)
        if place:
            # "Fjord no es una entrevista": the word before the verb says that it is none.
            denied = table.ends("not", said.norms[place[0] : place[1]])
            rest = replace(said.after(place[1] + len(frame.after)), framed=True, negated=denied > 0)
            yield _meant(rest, said.part(place[0], place[1] - denied), table)


def _frame(frame: Phrase, names: Norms) -> tuple[int, int] | None:
    """The words of `names` that stand in the frame's place, with something left behind the frame."""
    start, width = len(frame.before), len(frame.after)
    if names[:start] != frame.before:
        return None
    ends = range(start + 1, min(len(names) - width, start + _MOST_WHICH + 1))
    return next(((start, end) for end in ends if names[end : end + width] == frame.after), None)


def _meant(said: _Said, which: str, table: Phrases) -> _Said:
    """With the mail that is meant, by its number or in the reader's words."""
    inner = _Said(words(which), which)
    number = _decimal(inner.norms[table.starts("line", inner.norms) :])
    if number:
        return replace(said, line=number)
    return replace(said, all=True) if inner.norms in table.lists["all"] else replace(said, which=which)


def _targeted(said: _Said, table: Phrases) -> Command | None:
    names = said.norms
    command = _whole(names, said, table)
    if command is not None or said.which or said.line or said.negated:
        return command
    for ask in TARGETED:
        places = (phrase.fill(names) for phrase in table.open.get(ask, ()))
        place = next((found for found in places if found), None)
        if place and place[1] - place[0] <= _MOST_WHICH:
            meant = _meant(said, said.part(*place), table)
            return Command(ask, which=meant.which, line=meant.line, all=meant.all)
    return _followed(said, table)


def _whole(names: Norms, said: _Said, table: Phrases) -> Command | None:
    """All the words are one command, or one kind."""
    ask, kind = table.exact.get(names), _kind(names, table)
    if ask in TARGETED and not said.negated:
        return Command(ask, which=said.which, line=said.line, all=said.all)
    if kind is None:
        return None
    if said.negated:
        denied = None if kind is Kind.REJECTION else kind
        return Command(Ask.NOT_A_NO, which=said.which, line=said.line, all=said.all, kind=denied)
    return Command(Ask.KIND, which=said.which, line=said.line, all=said.all, kind=kind, framed=said.framed)


def _kind(names: Norms, table: Phrases) -> Kind | None:
    return table.kinds.get(names) or table.kinds.get(names[table.starts("articles", names) :])


def _followed(said: _Said, table: Phrases) -> Command | None:
    """The longest command that the words begin with, where what follows names a mail."""
    names = said.norms
    for count in range(len(names) - 1, max(0, len(names) - 1 - _MOST_WHICH), -1):
        command = _whole(names[:count], said, table)
        skip = count + table.starts("of", names[count:])
        marked = skip > count or ":" in said.text[said.words[count - 1].end : said.words[count].start]
        if command is None or skip == len(names) or not (marked or command.kind is None or said.framed):
            continue
        meant = _meant(said, said.part(skip, len(names)), table)
        return replace(command, which=meant.which, line=meant.line, all=meant.all)
    return None
