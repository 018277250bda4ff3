"""Looking at something for so long and no longer: a look that hangs is left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Look(Generic[T]):
    """A look in a thread of its own, from the moment this is made."""

    def __init__(self, look: Callable[[], T]) -> None:
        self._look = look
        self._found: list[T] = []
        self._error: BaseException | None = None
        # A daemon: nobody waits for it at the end of the program either.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found.append(self._look())
        except BaseException as error:
            self._error = error
            if not isinstance(error, Exception):
                raise

    def result(self, seconds: float) -> T:
        """What was found. Raises what the look raised, or TimeoutError where it is not over after so many seconds."""
        self._thread.join(max(0.0, seconds))
        if self._error is not None:
            raise self._error
        if not self._found:
            raise TimeoutError("it takes too long")
        return self._found[0]


def within(seconds: float, look: Callable[[], T]) -> T:
    """What `look` returns. Raises what it raises, or TimeoutError."""
    return Look(look).result(seconds)
