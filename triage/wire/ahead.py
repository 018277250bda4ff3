"""FETCH commands that are sent ahead: the server works on the next answers while we work with this one.

A server may work on several of them at once, and tell the end of one before the middle of the other. But no two that
are under way are about the same message, so each answer belongs to the one that asked for it; and whoever wants to say
anything else hears out all of them first. So nothing can go astray.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from triage.errors import ServerError
from triage.wire import Server, answers, faults
from triage.wire.quoting import quote_codes
from triage.wire.stream import Stream

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Told = dict[int, answers.Items]
"""What was told of messages, by UID."""
Uids = frozenset[int] | range
"""Messages that a question is about; a range where nobody knows which there are."""


class Asked(Generic[T_co]):
    """A FETCH that was sent, and its answer when that is needed."""

    def __init__(self, line: Line, uids: Uids, meaning: Callable[[Told], T_co]) -> None:
        self.line = line
        self.uids = uids
        self.is_answered = False
        self._meaning = meaning
        self._told: Told = {}
        self._fault: ServerError | None = None

    def answer(self) -> T_co:
        """What the server said of these messages.

        Raises ServerError: a RefusedError if it refused this very FETCH, an UnreadableError if this very answer cannot
        be read.
        """
        if not self.is_answered:
            self.line.settle(self)
        if self._fault is not None:
            raise self._fault
        with faults.translated(self.line.server, quote_codes):
            return self._meaning(self._told)

    def is_about(self, uids: Iterable[int]) -> bool:
        """Is it about one of these?"""
        return any(uid in self.uids for uid in uids)

    def end(self, told: Told, fault: ServerError | None) -> None:
        """All is heard."""
        self._told, self._fault, self.is_answered = told, fault, True


class Line:
    """What was asked over one connection, and has not been answered yet."""

    def __init__(self, server: Server, stream: Stream) -> None:
        self.server = server
        self._stream = stream
        self._waiting: dict[bytes, Asked[object]] = {}
        self._told: dict[int, dict[bytes, object]] = {}
        self._unread: set[int] = set()
        """Messages of which something was told that could not be read; 0: of any."""

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def ask(self, words: Sequence[str], uids: Uids, meaning: Callable[[Told], T]) -> Asked[T]:
        """Send a FETCH in these words, which is about these messages."""
        if isinstance(uids, range) or any(asked.is_about(uids) for asked in self._waiting.values()):
            self.settle()
        with faults.translated(self.server, quote_codes):
            tag = self._stream.ask(*words)
        asked = Asked(self, uids, meaning)
        self._waiting[tag] = asked
        return asked

    def settle(self, last: Asked[object] | None = None) -> None:
        """Hear until this one is answered; without it, until all are. Raises ServerError where that does not come."""
        self._stream.begin()
        with faults.translated(self.server, quote_codes):
            while self._waiting and not (last is not None and last.is_answered):
                pieces = self._stream.hear()
                if pieces is None:
                    self._note_ends()
                else:
                    self._keep(pieces)

    def _keep(self, pieces: answers.Pieces) -> None:
        """One without a UID is news that nobody asked for. One that cannot be read may be about any message."""
        try:
            items = answers.read(pieces)
            uid = answers.number(items.get(b"UID"))
        except answers.UNREADABLE:
            self._unread.add(answers.likely_uid(pieces))
            return
        if uid is not None:
            self._told.setdefault(uid, {}).update(items)

    def _note_ends(self) -> None:
        for tag, asked in list(self._waiting.items()):
            ended, fault = self._end_of(tag)
            if not ended:
                continue
            del self._waiting[tag]
            if fault is None and (0 in self._unread or asked.is_about(self._unread)):
                fault = faults.UnreadableError(faults.unreadable(self.server))
            asked.end({uid: self._told.pop(uid) for uid in list(self._told) if uid in asked.uids}, fault)
        if not self._waiting:
            self._told.clear()
            self._unread.clear()

    def _end_of(self, tag: bytes) -> tuple[bool, ServerError | None]:
        try:
            with faults.translated(self.server, quote_codes):
                return self._stream.ended(tag), None
        except faults.RefusedError as refused:
            return True, refused
