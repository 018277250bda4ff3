"""One look at a folder that is open: the messages in their order, while the server already works on the next ones.

They are listed and fetched in batches. While the messages of one batch are given away, the next batch and the list
behind it have been asked for (`triage.wire.ahead`), and never more than that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from triage.core.values import Cursor, RawMessage
from triage.errors import ServerError, TriageError
from triage.mailbox import FetchError, excerpt
from triage.mailbox.batches import FETCHED_AT_ONCE, batches
from triage.mailbox.bodies import Batch, Sizes, ask, bodies, entries, take, unless_refused
from triage.mailbox.limits import LARGE
from triage.mailbox.span import Span
from triage.wire.ahead import Asked
from triage.wire.entries import Entry
from triage.wire.faults import RefusedError
from triage.wire.imap import OUTLINED, Session

_ASKED = 3
"""Times that a message is asked what it is made of, before its beginning is taken for the whole."""

Reading = Callable[[], AbstractContextManager[Session]]
"""The session with this very folder open: between two messages the caller may have read another one."""


class Look:
    """The messages of a span. `opaque` counts large ones that the connection did not survive to ask about.

    `sizes` are those of the session that `reading` gives.
    """

    def __init__(self, reading: Reading, at: Cursor, span: Span, opaque: Counter[Cursor], sizes: Sizes) -> None:
        """`at`: a cursor of this folder."""
        self._reading = reading
        self._at = at
        self._span = span
        self._opaque = opaque
        self._sizes = sizes

    def messages(self, uids: Sequence[int], singly: int) -> Iterator[RawMessage]:
        """The messages; the first `singly` of them, or some more, one by one, with nothing asked ahead."""
        start = 0
        while singly > 0 and start < len(uids):
            with self._reading() as session:
                listed = entries(session, uids[start : start + FETCHED_AT_ONCE])
            start += FETCHED_AT_ONCE
            for entry in filter(self._span.wants, listed):
                singly -= 1
                yield from self._given([entry], self._taken(Batch([entry])))
        yield from self._ahead(self._batches(uids, start))

    def listed(self, found: Sequence[Entry]) -> Iterator[RawMessage]:
        """The messages of these entries, which are told with what they are made of."""
        return self._ahead(batches(filter(self._span.wants, found)))

    def _ahead(self, listed: Iterator[list[Entry]]) -> Iterator[RawMessage]:
        """Each batch is asked for before the one in front of it is given away."""
        batch, broken = self._next(listed)
        while batch is not None:
            found = self._taken(batch)
            following, broken = self._next(listed)
            yield from self._given(batch.entries, found)
            batch = following
        if broken is not None:
            raise broken

    def _next(self, listed: Iterator[list[Entry]]) -> tuple[Batch | None, TriageError | None]:
        """The next batch, asked for; or why there is none, to be said once all before it is given away."""
        try:
            batch = next(listed, None)
            return (None if batch is None else self._asked(batch)), None
        except TriageError as error:
            return None, error

    def _batches(self, uids: Sequence[int], first: int) -> Iterator[list[Entry]]:
        """What there is to fetch. The next list is asked for as soon as one has come."""
        question: Asked[list[Entry]] | None = None
        for start in range(first, len(uids), FETCHED_AT_ONCE):
            end = start + FETCHED_AT_ONCE
            window, rest = uids[start:end], uids[end : end + FETCHED_AT_ONCE]
            with self._reading() as session:
                if question is None or not session.has_asked(question):
                    question = session.ask_entries(window, *OUTLINED)
                listed = _listed(session, window, question)
                question = session.ask_entries(rest, *OUTLINED) if rest else None
            yield from batches(filter(self._span.wants, listed))

    def _asked(self, batch: list[Entry]) -> Batch:
        """A large message is a conversation of its own, and nothing is asked ahead for it."""
        if batch[0].size > LARGE:
            return Batch(batch)
        with self._reading() as session:
            return ask(session, batch, self._sizes)

    def _taken(self, batch: Batch) -> dict[int, bytes]:
        """Raises FetchError where it is this one message that the connection does not survive."""
        with self._reading() as session:
            try:
                return self._answered(session, batch)
            except ServerError as error:
                if len(batch.entries) > 1 or isinstance(error, RefusedError):
                    raise
                (entry,) = batch.entries
                at = self._cursor(entry)
                raise FetchError(str(error), at, entry.received, retry_after=error.retry_after) from error

    def _answered(self, session: Session, batch: Batch) -> dict[int, bytes]:
        if not batch.questions:
            return self._texts(session, batch.entries[0]) or bodies(session, batch.entries)
        if not all(map(session.has_asked, batch.questions)):
            batch = ask(session, batch.entries, self._sizes)
        return take(session, batch, self._sizes)

    def _texts(self, session: Session, entry: Entry) -> dict[int, bytes]:
        """A large message without its attachments; nothing where there is none, or no way to."""
        at = self._cursor(entry)
        if entry.size <= LARGE or self._opaque[at] >= _ASKED:
            return {}
        try:
            found = excerpt.fetch(session, entry.uid)
        except RefusedError:
            raise
        except ServerError:
            self._opaque[at] += 1
            raise
        return {} if found is None else {entry.uid: found}

    def _given(self, batch: Sequence[Entry], found: dict[int, bytes]) -> Iterator[RawMessage]:
        for entry in batch:
            if (data := found.pop(entry.uid, None)) is not None:
                yield RawMessage(self._cursor(entry), entry.received, data)

    def _cursor(self, entry: Entry) -> Cursor:
        return replace(self._at, uid=entry.uid)


def _listed(session: Session, window: Sequence[int], question: Asked[list[Entry]]) -> list[Entry]:
    """Where the server will not say what messages are made of, they are fetched whole."""
    found = unless_refused(question.answer)
    return entries(session, window) if found is None else found
