"""Values taken out of texts by the captures of the language files, in the order of those files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import re2

from triage.core.detect.languages import Ear
from triage.core.detect.signals import Capture


class Captures:
    """The captures of some languages, the foremost language first."""

    def __init__(self, ears: Sequence[Ear]) -> None:
        self._ears = ears

    def all(self, value: str, subject: str, said: Sequence[str]) -> Iterator[str]:
        """Every text caught for `value`: by each capture in turn, in reading order."""
        for ear in self._ears:
            for capture, pattern in ear.captures(value):
                texts = [subject] if capture.where == "subject" else said
                yield from _found(pattern, texts)

    def first(self, value: str, subject: str, said: Sequence[str]) -> str:
        """The first of them, or an empty string."""
        return next(self.all(value, subject, said), "")

    def caught(self, capture: Capture, text: str) -> str:
        """What one capture takes out of one text, or an empty string."""
        return next(_found(re2.compile(capture.pattern), [text]), "")


def _found(pattern: re2._Regexp, texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        for match in pattern.finditer(text):
            yield match["value"].strip(" .,;:!?'’")
