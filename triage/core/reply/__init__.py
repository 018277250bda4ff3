"""What a reader asks for in answer to a letter: text to commands. Total: every text is a tuple of commands.

A line is cut at commas, full stops and "and"; each piece is a command (`core.reply.asking`), a courtesy, or words of
the reader's own. What cannot be read is never guessed at: it comes out as FREE, word for word. Text of our own letters
that a mail program quoted without saying so ends at the line that names the commands, so that these never act.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from triage.core.reply.asking import Command, Ear, exact, heard, is_courtesy
from triage.core.reply.phrases import Ask, Phrases, norms, words
from triage.core.text import strip_signature

__all__ = ["Command", "between", "own_lines", "read"]

MOST_TEXT = 16_000
"""Characters of a reply that are read."""
MOST_COMMANDS = 20
_LONGEST_LINE, _MOST_WORDS = 300, 40
"""A longer line is no command."""
_SIGN_OFF = 3
"""Words of a name under a reply."""
_JOINED = 4
"""Pieces that may make one command: "pause until Monday, 7 December"."""
_STOP = re.compile(r"[;!?…]+(?=\s|$)|(?<!\d)(?<!\.\w)\.+(?=\s+[^\s(]|\s*$)")
_CUT = re.compile(r",+(?=\s|$)|\s[-–—]+\s")
_MOST_FREE = 12
"""Lines of the reader's own after which no command is looked for: so much may be a letter quoted without a mark."""
_QUOTED = re.compile(r"[“„«][^“”„«»]{1,60}[”“»]")
_WHOLE = frozenset({Ask.LET_GO, Ask.WITHDREW, Ask.FORGET, Ask.LEAVE})
"""Carried out only where a line says nothing else."""
_NO_QUESTION = frozenset({Ask.NOT_A_NO, Ask.LEAVE})
"""With a question mark, they are asked and not said."""
_NAMES = frozenset({Ask.COMPANY, Ask.ROLE})


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a reply; neither commands nor quiet: words of the reader's own."""

    text: str
    commands: tuple[Command, ...] = ()
    quiet: bool = False
    """Empty, a greeting, a thank-you, a name at the end."""

    @property
    def free(self) -> bool:
        return not (self.commands or self.quiet)


def read(text: str, tables: Sequence[Phrases], now: datetime, zone: ZoneInfo) -> tuple[Command, ...]:
    """The commands in a reply, in order, from text that is the reader's own (`Message.text`).

    `tables` are those of the languages the reader may use, the letter's own first. Times count from `now`, days begin
    in `zone`.
    """
    ear = Ear(tables, now, zone)
    lines = _without_sign_off([_line(one, ear) for one in own_lines(text, tables)], ear)
    return tuple(_merged(list(_commands(_plain_lines(lines)))))[:MOST_COMMANDS]


def own_lines(text: str, tables: Sequence[Phrases]) -> list[str]:
    """The lines that are read: without a signature, and without what follows the foot of a letter of ours."""
    lines = strip_signature(_before_help(text[:MOST_TEXT], tables)).split("\n")
    # A list of commands in quotation marks is such a foot too, whatever words are before it.
    return lines[: next((at for at, line in enumerate(lines) if len(_QUOTED.findall(line)) > 1), len(lines))]


def between(lines: Sequence[str], own: Sequence[Command], others: Sequence[Command]) -> str:
    """The passages of `own`, word for word with everything between them, but for the lines of `others`."""
    if not own:
        return ""
    start, end = min(one.at for one in own), max(one.at + one.said.count("\n") for one in own)
    left = {one.at for one in others}
    return "\n".join(line for number, line in enumerate(lines[: end + 1]) if number >= start and number not in left)


def _before_help(text: str, tables: Sequence[Phrases]) -> str:
    """The text up to where one of our own letters says what can be answered."""
    said = words(text)
    names = tuple(word.norm for word in said)
    for table in tables:
        mark = norms(table.help["before"])
        starts = (at for at, name in enumerate(names) if name == mark[0] and names[at : at + len(mark)] == mark)
        first = next(starts, None)
        if first is not None:
            text = text[: min(len(text), said[first].start)]
    return text


def _line(text: str, ear: Ear) -> _Line:
    if len(text) > _LONGEST_LINE or len(words(text)) > _MOST_WORDS:
        return _Line(text)
    if any(table.starts("signature", norms(text)) for table in ear.tables):
        return _Line(text, quiet=True)
    commands, rest = ([], [text]) if _mentions(text) else _pieces(text, ear)
    if not commands:
        return _Line(text, quiet=not rest)
    aside = ", ".join(rest)
    if rest and any(_needs_whole(one, aside) for one in commands):
        return _Line(text)
    if _in_doubt(commands, text):
        return _Line(text)
    return _Line(text, tuple(replace(one, said=text, aside=aside) for one in commands))


def _in_doubt(commands: Sequence[Command], text: str) -> bool:
    """Is it asked rather than said, or said beside something else what has to stand alone?"""
    asked = any(one.kind or one.ask in _NO_QUESTION for one in commands) and "?" in text
    return asked or (len(commands) > 1 and any(one.ask is Ask.LEAVE for one in commands))


def _mentions(text: str) -> bool:
    """Are there words in quotation marks that are not all of the line? It speaks about commands and gives none."""
    found = _QUOTED.search(text)
    return found is not None and bool(words(text[: found.start()]))


def _needs_whole(command: Command, aside: str) -> bool:
    """What cannot be taken back, and what is meant only where nothing else is said."""
    vague = command.ask is Ask.PAUSE and not command.named and any(character.isdigit() for character in aside)
    return vague or command.ask in _WHOLE or (command.ask is Ask.KIND and not command.framed)


def _pieces(text: str, ear: Ear) -> tuple[list[Command], list[str]]:
    """The commands in a line, and the pieces of it that are none. A command comes first in its sentence."""
    commands: list[Command] = []
    rest: list[str] = []
    for sentence in _sentences(text):
        spans = _spans(sentence, ear)
        other: list[str] = []
        at = 0
        while at < len(spans):
            command, end = _longest(sentence, spans, at, ear) if not other else (None, at + 1)
            piece = sentence[spans[at][0] : spans[end - 1][1]].strip()
            if command is not None:
                commands.append(command)
            elif not is_courtesy(piece, ear):
                other.append(piece)
            at = end
        rest += other
    return commands, rest


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a line, without what ends them; a name keeps the last dot of "S.L."."""
    start = 0
    for stop in _STOP.finditer(text):
        yield text[start : stop.start()]
        start = stop.end()
    yield text[start:]


def _spans(text: str, ear: Ear) -> list[tuple[int, int]]:
    """Where the pieces of a sentence begin and end; none is without a word."""
    cuts = [found.span() for found in _CUT.finditer(text)]
    said = words(text)
    cuts += [(word.start, word.end) for word in said if any(table.starts("and", (word.norm,)) for table in ear.tables)]
    edges = [(0, 0), *sorted(cuts), (len(text), len(text))]
    spans = [(one[1], other[0]) for one, other in pairwise(edges)]
    return [(start, end) for start, end in spans if any(start <= word.start < end for word in said)]


def _longest(text: str, spans: Sequence[tuple[int, int]], at: int, ear: Ear) -> tuple[Command | None, int]:
    """The command that begins with this piece, and the number of the piece after it."""
    start = spans[at][0]
    for after in range(min(len(spans), at + _JOINED), at + 1, -1):
        whole = exact(text[start : spans[after - 1][1]], ear)  # "nothing but good news"
        if whole is not None:
            return whole, after
    best, end = heard(text[start : spans[at][1]], ear), at + 1
    if best is None:
        return None, end
    for after in range(at + 1, min(len(spans), at + _JOINED)):
        piece = text[spans[after][0] : spans[after][1]]
        if heard(piece, ear) or is_courtesy(piece, ear):
            break
        longer = heard(text[start : spans[after][1]], ear)
        if longer is not None and _one(best, longer):
            best, end = longer, after + 1
    return best, end


def _one(command: Command, longer: Command) -> bool:
    """Do the further pieces belong to the command, rather than explain it?"""
    if command.ask is not longer.ask:
        return False
    return command.ask is Ask.PAUSE or command.ask in _NAMES or bool(command.which and longer.which)


def _without_sign_off(lines: list[_Line], ear: Ear) -> list[_Line]:
    """With what stands below "Best regards", or alone under a command, taken for a name."""
    last = max((number for number, line in enumerate(lines) if line.text.strip()), default=0)
    closings = (number for number, line in enumerate(lines) if any(_closes(line.text, table) for table in ear.tables))
    closing = next(closings, None)
    if closing is None:
        signed = any(line.commands for line in lines[:last]) and lines[last].text.strip()[:1].isupper()
        closing = last - 1 if signed else len(lines)
    below = lines[closing + 1 :]
    if any(len(words(line.text)) > _SIGN_OFF for line in below):
        return lines
    return [*lines[: closing + 1], *(replace(line, quiet=line.quiet or line.free) for line in below)]


def _plain_lines(lines: Sequence[_Line]) -> Sequence[_Line]:
    """With commands only where they cannot be words of something longer."""
    free = 0
    plain: list[_Line] = []
    bare = sum(not line.quiet for line in lines) == 1
    for number, line in enumerate(lines):
        unframed = any(one.ask is Ask.KIND and not one.framed for one in line.commands)
        denied = plain and any(one.ask is Ask.NOT_A_NO for one in (*plain[-1].commands, *line.commands))
        broken = any(one.ask is Ask.LEAVE for one in line.commands) and _in_prose(lines, number)
        if free > _MOST_FREE or broken or (unframed and not (bare or denied)):
            line = replace(line, commands=())  # noqa: PLW2901  # as if it had been no command from the first
        free += line.free
        plain.append(line)
    return plain


def _in_prose(lines: Sequence[_Line], number: int) -> bool:
    """Are there words of the reader's own right above or below? Then it may be a piece of their sentence."""
    return any(line.free for line in (*lines[max(number - 1, 0) : number], *lines[number + 1 : number + 2]))


def _closes(text: str, table: Phrases) -> bool:
    said = norms(text)
    return bool(said) and table.starts("closing", said) == len(said)


def _commands(lines: Sequence[_Line]) -> Iterator[Command]:
    """The commands, and between them passages of the reader's own, word for word with their blank lines."""
    numbered = enumerate(lines)
    for is_command, run in groupby(numbered, lambda line: bool(line[1].commands)):
        part = list(run)
        if is_command:
            yield from (replace(command, at=at) for at, line in part for command in line.commands)
            continue
        free = [number for number, (_, line) in enumerate(part) if line.free]
        if free:
            passage = "\n".join(line.text for _, line in part[free[0] : free[-1] + 1])
            yield Command(Ask.FREE, passage.strip(), at=part[free[0]][0])


def _merged(commands: list[Command]) -> Iterator[Command]:
    """ "Not a no" and then "an interview" is one thing said of one mail."""
    for number, command in enumerate(commands):
        above = commands[number - 1] if number else None
        below = commands[number + 1] if number + 1 < len(commands) else None
        if command.ask is Ask.NOT_A_NO and below is not None and _completes(command, below):
            continue
        if above is not None and above.ask is Ask.NOT_A_NO and _completes(above, command):
            yield replace(command, which=command.which or above.which, line=command.line or above.line)
        else:
            yield command


def _completes(denied: Command, command: Command) -> bool:
    if command.ask is not Ask.KIND or command.kind is None:
        return False
    return not (denied.which or denied.line) or not (command.which or command.line)
