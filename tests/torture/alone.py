"""The program in one thread: the tracer counts calls by thread, and a point has to be the same call each time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from triage.ahead import Hands, Longer
from triage.cli import build
from triage.pipeline import Pipeline

T = TypeVar("T")
R = TypeVar("R")


class _Alone(Hands):
    """What is to be done ahead is done when it is needed. Nothing of it changes anything, so no point is lost."""

    def ahead(
        self, items: Iterable[T], work: Callable[[T], R | Longer[R]], weight: Callable[[T], int] = lambda _: 1
    ) -> Generator[tuple[T, Callable[[], R]], None, None]:
        """See `Hands.ahead`."""
        for item in items:
            yield item, partial(_done, work, item)


def _done(work: Callable[[T], R | Longer[R]], item: T) -> R:
    begun = work(item)
    return begun.call() if isinstance(begun, Longer) else begun


def alone(pipeline: Pipeline) -> Pipeline:
    """The same, in one thread of one process."""
    detector = build.judge(pipeline.judge.reader).detector
    return replace(pipeline, hands=_Alone(), judge=replace(pipeline.judge, detector=detector))
