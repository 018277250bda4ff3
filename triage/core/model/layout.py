"""How a message is laid out before the network: who sent it, its subject, its sentences, and a little of what it
answers.

    BEGIN sender's name END subject END sentence sentence ... END quoted words END

A message longer than the network's room keeps its beginning and its end, where decisions stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triage.core.model.said import Said
from triage.core.model.vocabulary import BEGIN, END, Vocabulary, words

ROOM = 384
"""Pieces laid out at most: what the network was trained with. A mail of 250 words has about as many."""
_SENDER, _SUBJECT, _QUOTED = 16, 48, 48
_BEGINNING = 0.6
"""The share of the room that goes to the beginning of a long message."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A message as the network gets it."""

    pieces: tuple[int, ...]
    sentences: tuple[str, ...]
    """The subject, if there is one, and what fitted in of the text."""
    spans: tuple[tuple[int, int], ...]
    """Where each sentence stands among the pieces, end excluded; none is empty."""
    words: tuple[tuple[int, str], ...]
    """Every word of sender and sentences with the place of its first piece."""
    quoted: int
    """Where the quoted words begin."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    words: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def length(self) -> int:
        return sum(len(pieces) for _, pieces in self.words)


def lay_out(said: Said, vocabulary: Vocabulary) -> Sheet:
    """Total: an empty message makes a sheet of frame pieces only."""
    sender, subject, quoted = (
        _line(text, most, vocabulary)
        for text, most in ((said.sender, _SENDER), (said.subject, _SUBJECT), (said.quoted, _QUOTED))
    )
    room = ROOM - sender.length - subject.length - quoted.length - 5
    body = _fitting([_line(sentence, room, vocabulary) for sentence in said.sentences[:ROOM]], room)
    pieces, named, spans = [BEGIN], list[tuple[int, str]](), list[tuple[int, int]]()

    def place(line: _Line) -> None:
        for word, parts in line.words:
            named.append((len(pieces), word))
            pieces.extend(parts)

    place(sender)
    pieces.append(END)
    told = [line for line in (subject, *body) if line.words]
    for line in told:
        start = len(pieces)
        place(line)
        spans.append((start, len(pieces)))
        if line is subject:
            pieces.append(END)
    pieces.append(END)
    frame = len(pieces)
    pieces += [piece for _, parts in quoted.words for piece in parts]
    pieces.append(END)
    return Sheet(tuple(pieces), tuple(line.text for line in told), tuple(spans), tuple(named), frame)


def _line(text: str, most: int, vocabulary: Vocabulary) -> _Line:
    kept = []
    said = words(text[: most * 60])[: most + 1]  # a word has a piece at least
    for word, pieces in zip(said, vocabulary.pieces(said), strict=True):
        most -= len(pieces)
        if most < 0:
            break
        kept.append((word, pieces))
    return _Line(text, tuple(kept))


def _fitting(lines: Sequence[_Line], room: int) -> list[_Line]:
    """All of them, or those of the beginning and of the end that fit."""
    if sum(line.length for line in lines) <= room:
        return list(lines)
    first = list(_until(lines, int(room * _BEGINNING)))
    rest = room - sum(line.length for line in first)
    last = list(_until(lines[len(first) :][::-1], rest))
    return [*first, *reversed(last)]


def _until(lines: Sequence[_Line], room: int) -> Iterator[_Line]:
    for line in lines:
        room -= line.length
        if room < 0:
            return
        yield line
