"""How a worker's hands are shared out: servers that do not answer never have all of them, however many they are.

A host answers as long as its last visit here went well, and nobody has waited there for long since. All others have a
share together. One that was not tried yet finds room for one visit beyond that: or it could not show that it answers
while others do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

CROWDED = timedelta(seconds=2)
"""After which one tries again that found all connections, or all hands for this provider, in use."""
DOUBTED = timedelta(seconds=10)
"""The same, where they are in use by providers that do not answer: those take longer to let go."""
SILENT = 5.0
"""Seconds in which a host that answers has answered somebody: a look takes one, as a rule."""


@dataclass(slots=True)
class _Host:
    """`began`: when each visit that is under way did, the oldest first; `answered`: when the last one went well, or
    none where it did not."""

    began: list[float] = field(default_factory=list)
    answered: float | None = None
    tried: bool = False

    def answers(self, now: float) -> bool:
        if self.answered is None:
            return False
        waited_since = max(self.answered, self.began[0]) if self.began else now
        return now - waited_since <= SILENT


class Shares:
    """The hands of one worker process; safe to use from all of its threads."""

    def __init__(self, one: int, silent: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        """At once, any `one` host may have so many hands, and all that do not answer `silent` together (None: any
        number); with the first visits to some, no more than `one` host either."""
        self._one = one
        self._silent = silent
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        self._lock = Lock()

    @contextmanager
    def hand(self, host: str) -> Iterator[timedelta | None]:
        """Keep a hand for this host; where it may have none just now: when to ask again."""
        with self._lock:
            known = self._hosts.setdefault(host, _Host())
            wait, began = self._wait(known), self._clock()
            if wait is None:
                known.began.append(began)
                known.tried = True
        try:
            yield wait
        finally:
            if wait is None:
                with self._lock:
                    known.began.remove(began)

    def _wait(self, host: _Host) -> timedelta | None:
        if len(host.began) >= self._one:
            return CROWDED
        now = self._clock()
        if self._silent is None or host.answers(now):
            return None
        busy = sum(len(one.began) for one in self._hosts.values() if not one.answers(now))
        return DOUBTED if busy >= (self._silent if host.tried else self._one) else None

    def answered(self, host: str) -> None:
        """A visit there went well: called while its hand is kept."""
        with self._lock:
            self._hosts[host].answered = self._clock()

    def failed(self, host: str) -> None:
        """A visit there came to nothing: called likewise."""
        with self._lock:
            self._hosts[host].answered = None
