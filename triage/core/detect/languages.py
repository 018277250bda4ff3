"""Which languages a message is written in, and what is known of each, made ready when it is first met.

Most readers get mail in one language or two, and each takes a fifth of a second and some megabytes to make ready.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property

import re2

from triage.core.detect.index import Index
from triage.core.detect.signals import Capture, Signals, parse_signals
from triage.core.text import fold
from triage.core.values import Message

_SAMPLE = 3000
"""Characters looked at: the language shows in the first lines."""
_SHORT = 40
"""A shorter message is told by what it answers, too."""
_WORD = re.compile(r"[^\W\d_]+")
_NEARLY = 2
"""A language counts where its words are at least half as many as those of the foremost."""
_MOST = 2
_FEW = 3
"""With fewer common words than this, one more or less proves nothing."""


class Promises:
    """How one language says when it will be answered: the words of time, and the captures that use them."""

    def __init__(self, ear: Ear) -> None:
        self.times = ear.signals.times
        self.timed = re2.compile(rf"\b{self.times.any}\b|\d[./-]\d")
        """Found in every text that names a time."""
        self._captures = ear.captures

    def patterns(self, value: str) -> Iterator[re2._Regexp]:
        """Of `answer`, `yours` or `besides`."""
        return (pattern for _, pattern in self._captures(value))


class Ear:
    """One language: its signals by place, and its captures."""

    def __init__(self, signals: Signals) -> None:
        self.signals = signals
        self._places: dict[str, Index] = {}
        self._captures: dict[str, re2._Regexp] = {}

    @property
    def language(self) -> str:
        """Its code (ISO 639-1), or `any`."""
        return self.signals.language

    def at(self, place: str) -> Index:
        """The signals looked for at one place (see `signals.PLACES`)."""
        index = self._places.get(place)
        if index is None:  # another thread may make it too, or rest: either way this one can be used
            index = self._places[place] = Index([one for one in self.signals.signals if one.where == place])
        return index

    def rest(self) -> None:
        """Let go of all that is compiled: it is made again when it is needed."""
        self._places.clear()
        self._captures.clear()
        for name in ("promises", "due"):
            self.__dict__.pop(name, None)

    def captures(self, value: str) -> Iterator[tuple[Capture, re2._Regexp]]:
        """The captures of a value, each compiled when it is its turn: most mails take one or two of a dozen."""
        for capture in self.signals.captures:
            if capture.value == value:
                pattern = self._captures.get(capture.name)
                if pattern is None:
                    pattern = self._captures[capture.name] = re2.compile(capture.pattern)
                yield capture, pattern

    @cached_property
    def promises(self) -> Promises:
        """How an employer says when it will answer."""
        return Promises(self)

    @cached_property
    def due(self) -> Index:
        """The words before a deadline."""
        return Index([signal for signal in self.signals.signals if signal.speaks_for == "due"])


class Languages:
    """The languages of the data files. Build once; safe to share between threads."""

    def __init__(self, texts: Mapping[str, str], common: str) -> None:
        """`texts`: the data file of each language; `common`: TOML, a line of everyday words for each."""
        self._texts = dict(texts)
        self._ears: dict[str, Ear] = {}
        words = tomllib.loads(common)
        self._speakers: dict[str, list[str]] = {}
        for language in self._texts:
            for word in str(words[language]).split():
                self._speakers.setdefault(word, []).append(language)

    def ear(self, language: str) -> Ear:
        """What is known of a language. Raises ValueError where its file cannot be used, naming the signal."""
        if language not in self._ears:
            self._ears[language] = Ear(parse_signals(self._texts[language]))
        return self._ears[language]

    def rest(self) -> None:
        """Let go of what is compiled of every language: some ten megabytes each, and a tenth of a second to make."""
        for ear in list(self._ears.values()):
            ear.rest()

    def ears(self, message: Message) -> list[Ear]:
        """Those of the languages that a message is written in."""
        text = f"{message.subject}\n{message.text[:_SAMPLE]}"
        if len(text) < _SHORT:
            text += message.quoted[:_SAMPLE]
        return [self.ear(language) for language in self.spoken(text)]

    def spoken(self, text: str) -> list[str]:
        """The likeliest languages of a text, foremost first; in a text of two languages, both."""
        heard: Counter[str] = Counter()
        for word in _WORD.findall(fold(text)):
            heard.update(self._speakers.get(word, ()))
        ranked = heard.most_common() or [(next(iter(self._texts)), 1)]
        enough = ranked[0][1] / _NEARLY if ranked[0][1] >= _FEW else 1
        return [language for language, count in ranked if count >= enough][:_MOST]
