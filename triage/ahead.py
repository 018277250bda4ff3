"""Work on what comes next while the present one is taken care of. The order stays, and so do the errors.

Few mails take long, and these a hundred times as long as the others: so a good many may be done behind one that is not.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

from triage import resting

HANDS = 8
"""Threads: some wait for the network while everyday mail goes by in another."""
WAITING = 300
"""Items that wait for them, or for those before them: everyday mails that go by while the network reads a few."""
ROOM = 4_000_000
"""What these may weigh together, but for the first of them."""

T = TypeVar("T")
R = TypeVar("R")

_Orders = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]


@dataclass(frozen=True, slots=True)
class Longer(Generic[R]):
    """What is left of a work that takes long: a call for another thread."""

    call: Callable[[], R]


class Hands:
    """A few threads for all who have work to be done ahead, however many these are. They begin with the first order."""

    def __init__(self) -> None:
        self._orders: _Orders = SimpleQueue()
        self._starting = Lock()
        self._at_work = False

    def ahead(
        self, items: Iterable[T], work: Callable[[T], R | Longer[R]], weight: Callable[[T], int] = lambda _: 1
    ) -> Generator[tuple[T, Callable[[], R]], None, None]:
        """Each item in order, and with it a call that waits for `work(item)`: for its result, or its error.

        What is done quickly is done here: to hand it to a thread would cost more than it takes. `weight`: what an item
        counts of the `ROOM` there is. Where the items end in an error, it is raised behind the last item before it.
        """
        waiting: deque[tuple[T, Future[R]]] = deque()
        weighs = 0
        ends: list[Exception] = []
        try:
            for item in _until_an_error(items, ends):
                waiting.append((item, self._begun(item, work)))
                weighs += weight(item)
                # What is done is handed over at once: on a slow line the next item may take long.
                while waiting and (waiting[0][1].done() or _too_much(len(waiting), weighs)):
                    weighs -= weight(waiting[0][0])
                    yield _next(waiting)
            while waiting:
                yield _next(waiting)
        finally:
            for _, future in waiting:
                future.cancel()
        if ends:
            raise ends[0]

    def _begun(self, item: T, work: Callable[[T], R | Longer[R]]) -> Future[R]:
        future: Future[R] = Future()
        try:
            begun = work(item)
        except Exception as error:  # noqa: BLE001  # raised again, where the result is asked for
            future.set_exception(error)
            return future
        if isinstance(begun, Longer):
            return self._order(begun.call)
        future.set_result(begun)
        return future

    def _order(self, call: Callable[[], R]) -> Future[R]:
        with self._starting:
            if not self._at_work:
                self._start()
        future: Future[R] = Future()
        self._orders.put((future, call))
        return future

    def _start(self) -> None:
        resting.share()
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


def _too_much(count: int, weighs: int) -> bool:
    return count > WAITING or (weighs > ROOM and count > 1)


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
