"""What judges mail, built from the program's own files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, wraps
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from triage import resources
from triage.core.detect import Detector
from triage.core.detect.languages import Languages
from triage.core.detect.second import Second
from triage.core.detect.senders import parse_senders
from triage.core.extract import Extractor
from triage.core.extract.naming import Names
from triage.core.extract.zones import Zones
from triage.core.judge import Judge

if TYPE_CHECKING:
    from triage.core.model.prefilter import Prefilter
    from triage.core.model.reader import Model, Read

T = TypeVar("T")


def judge(
    reader: frozenset[str],
    languages: Sequence[str] = resources.LANGUAGES,
    *,
    keep_feedback: bool = True,
    beside: bool = False,
) -> Judge:
    """The detector and the extractor for mail in these languages, from the program's own files.

    `beside`: while there is much to read, the network does so in a second process too (`triage.cli.beside`).
    """
    senders = parse_senders(resources.senders())
    spoken = _spoken(tuple(languages))
    second = Second(_prefilter, _model_beside, _rest) if beside else Second(_prefilter, _model)
    extractor = Extractor(spoken, senders, Names(resources.names()), Zones(resources.zones()))
    return Judge(Detector(spoken, senders, second), extractor, reader, keep_feedback)


@cache
def _spoken(languages: tuple[str, ...]) -> Languages:
    return Languages(resources.signals(languages), resources.common_words())


def _once(load: Callable[[], T]) -> Callable[[], T]:
    """`load`, called once, when it is first asked for; who asks meanwhile waits for it."""
    found: list[T] = []
    loading = Lock()

    @wraps(load)
    def loaded() -> T:
        with loading:
            if not found:
                found.append(load())
            return found[0]

    return loaded


# Read when the first mail is: most commands judge none, and NumPy alone takes as long to load as they do to answer.
@_once
def _prefilter() -> Prefilter:
    from triage.core.model.prefilter import Prefilter

    return Prefilter(resources.arrays("prefilter"))


@_once
def _model() -> Model:
    from triage.core.model.reader import Model

    return Model(resources.arrays("weights"))


@_once
def _model_beside() -> Model:
    from triage import mapped
    from triage.cli.beside import Beside
    from triage.core.model.reader import Model

    def by(read: Read) -> Read:
        beside = Beside(read)
        _rests.append(beside.rest)
        return beside

    # All of the weights at once would be the most that a watching service ever takes.
    return Model(resources.arrays("weights"), by, mapped.rest)


_rests: list[Callable[[], None]] = []


def _rest() -> None:
    for rest in _rests:
        rest()
