"""Work on what comes next while the present one is taken care of. The order stays, and so do the errors.

The network is the slow part of judging, and NumPy lets other threads go on while it multiplies.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

HANDS = 2
"""Threads: the network reads in one while everyday mail goes by in the other. Nobody is to notice the service."""
WAITING = 16
"""Items that wait for them, or for those before them."""

T = TypeVar("T")
R = TypeVar("R")

_Orders = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]


class Hands:
    """Two threads for all who have work to be done ahead, however many these are. They begin with the first order."""

    def __init__(self) -> None:
        self._orders: _Orders = SimpleQueue()
        self._starting = Lock()
        self._at_work = False

    def ahead(self, items: Iterable[T], work: Callable[[T], R]) -> Generator[tuple[T, Callable[[], R]], None, None]:
        """Each item in order, and with it a call that waits for `work(item)`: for its result, or its error.

        Where the items end in an error, it is raised behind the last item that came before it.
        """
        waiting: deque[tuple[T, Future[R]]] = deque()
        ends: list[Exception] = []
        try:
            for item in _until_an_error(items, ends):
                waiting.append((item, self._order(partial(work, item))))
                if len(waiting) > WAITING:
                    yield _next(waiting)
            while waiting:
                yield _next(waiting)
        finally:
            for _, future in waiting:
                future.cancel()
        if ends:
            raise ends[0]

    def _order(self, call: Callable[[], R]) -> Future[R]:
        with self._starting:
            if not self._at_work:
                self._start()
        future: Future[R] = Future()
        self._orders.put((future, call))
        return future

    def _start(self) -> None:
        self._at_work = True
        for _ in range(HANDS):
            # A daemon: what hangs in there must not keep the program from ending.
            Thread(target=_toil, args=(self._orders,), daemon=True, name="judging").start()
        weakref.finalize(self, _dismiss, self._orders)


def _dismiss(orders: _Orders) -> None:
    for _ in range(HANDS):
        orders.put(None)


def _until_an_error(items: Iterable[T], ends: list[Exception]) -> Iterator[T]:
    try:
        yield from items
    except Exception as error:  # noqa: BLE001  # raised again, when its turn comes
        ends.append(error)


def _next(waiting: deque[tuple[T, Future[R]]]) -> tuple[T, Callable[[], R]]:
    item, future = waiting.popleft()
    return item, future.result


def _toil(orders: _Orders) -> None:
    while (order := orders.get()) is not None:
        future, call = order
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001  # whoever asks for the result gets it
                future.set_exception(error)
        del order, future, call  # nothing of a mail is kept until the next one comes
