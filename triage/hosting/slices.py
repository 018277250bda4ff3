"""A look at a mailbox, cut into slices: so that a first look over years of mail holds no worker for long.

A slice ends between two messages. What was fetched by then is done first, and its cursor kept: so the next slice begins
where this one has ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from triage.core.values import Cursor, RawMessage
from triage.mailbox import Mailbox, Unread


class SliceEnd(Exception):  # noqa: N818  # nothing went wrong: there is more to read
    """Enough for now."""


@dataclass(slots=True)
class Slice:
    """How much is read at a time, in all folders together. One message is read in any case, unless it is to stop."""

    seconds: float
    messages: int
    stops: Callable[[], bool]
    clock: Callable[[], float] = time.monotonic
    _read: int = 0
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def cut(self, messages: Iterator[RawMessage]) -> Iterator[RawMessage]:
        """These messages, as far as this slice goes. Raises SliceEnd where there are more."""
        for message in messages:
            if self.stops() or self._is_full:
                raise SliceEnd
            self._read += 1
            yield message

    @property
    def _is_full(self) -> bool:
        return self._read > 0 and (self._read >= self.messages or self.clock() - self._began >= self.seconds)


@dataclass(frozen=True, slots=True)
class Sliced:
    """`triage.mailbox.Mailbox` over another one, of which a slice is read."""

    whole: Mailbox
    slice: Slice

    @property
    def name(self) -> str:
        return self.whole.name

    @property
    def folders(self) -> tuple[str, ...]:
        return self.whole.folders

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        """See `triage.mailbox.Mailbox`. The messages end in SliceEnd where there are more than a slice."""
        found = self.whole.unread(folder, cursor, since, singly)
        return replace(found, messages=self.slice.cut(found.messages))

    def wait(self, seconds: float, wake: int) -> bool | None:
        """See `triage.mailbox.Mailbox`."""
        return self.whole.wait(seconds, wake)

    def contains(self, message_id: str) -> bool:
        """See `triage.mailbox.Mailbox`."""
        return self.whole.contains(message_id)

    def close(self) -> None:
        """See `triage.mailbox.Mailbox`."""
        self.whole.close()
