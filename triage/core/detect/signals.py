"""The signals of one language: a data file a native speaker can read, test and extend.

A file names its `language`, then fragments (`[words]`, used in patterns as `{name}`), then its signals and captures.
Patterns are google-re2, so they run in linear time whatever a stranger writes; look-around does not exist there.

A signal speaks for a kind of message, or for one of these topics:
- `job`: the mail is about an application; `elsewhere`: it is about a loan, a flat, a paper, anything but a job;
- `hypothetical`: the sentence states nothing ("if you are not selected"): looked for in the part of the
  sentence `before` the end of a decision, or `after` it; `doubt`: the same for refusals and offers only.
  `job` looked for `after` a word of `elsewhere` takes that word back: "lettings" in "lettings negotiator";
- `proposal`: the reader is asked to come, to meet or to start; with a refusal in the same mail, a question. `another`
  (as `before` and `after` above) takes a proposal back: it is for a talk about something else, or for feedback;
- `withheld`: there is news and the mail does not tell it; two such signals together are a question;
- `about`: how far an application had come (`stage`), or why it ended (`reason`); `feedback`, `boilerplate`,
  `reapply`, `due`: what else a sentence adds for `core.extract`.

A weight is log-odds. 3 and more decides by itself, less only supports.
A capture takes one value out of a text by a group named `value`; it reads the text as written, not folded. The value
`trail` is read off the end of a role: what stands there and is no part of it, such as a date.
`answer` is when the employer says it will answer ("within two weeks"), `yours` what makes such a time one that the
reader has to keep, `besides` what makes it the time of something else. These three read text that is folded and
without accents; the words of time in them (`{time.week}`) are those of the table `[time]` (`core.detect.times`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import re2

from triage.core.detect.times import Times, times_of
from triage.core.values import MAIL, Kind, Reason, Stage

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
DECISIVE = 3.0
TOPICS = frozenset(
    {
        "job", "elsewhere", "hypothetical", "doubt", "proposal", "another", "withheld",
        "about", "feedback", "boilerplate", "reapply", "due",
    }
)  # fmt: skip
KINDS = frozenset(kind.value for kind in MAIL)
PLACES = frozenset({"sentence", "subject", "sender", "header", "before", "after"})
VALUES = frozenset({"role", "company", "reference", "date", "trail", "answer", "yours", "besides"})


@dataclass(frozen=True, slots=True)
class Signal:
    """One family of phrases, with sentences that must and must not match it."""

    name: str
    speaks_for: str
    weight: float
    where: str
    patterns: tuple[str, ...]
    match: tuple[str, ...]
    no_match: tuple[str, ...]
    stage: Stage = Stage.UNKNOWN
    reason: Reason = Reason.NONE
    language: str = "any"

    @property
    def kind(self) -> Kind:
        """The kind it speaks for; OTHER for a topic."""
        return Kind(self.speaks_for) if self.speaks_for in KINDS else Kind.OTHER

    @property
    def decides(self) -> bool:
        """Enough by itself to settle the kind."""
        return self.speaks_for in KINDS and self.weight >= DECISIVE


@dataclass(frozen=True, slots=True)
class Capture:
    """A way in which a text names a value; `match` pairs a text with the value to be found there."""

    name: str
    value: str
    where: str
    pattern: str
    match: tuple[tuple[str, str], ...]
    no_match: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signals:
    """Everything known about one language; `any` for what belongs to none."""

    language: str
    signals: tuple[Signal, ...]
    captures: tuple[Capture, ...] = ()
    times: Times = field(default_factory=Times)


def parse_signals(text: str) -> Signals:
    """Read the TOML text of one language file.

    Raises ValueError with a sentence that names the signal and what is wrong with it; see `check` for its patterns.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"This is not TOML: {error}.") from error
    return signals_of(table)


def signals_of(table: Mapping[str, Any]) -> Signals:
    """The same from a table already read. Raises ValueError as `parse_signals` does."""
    times = times_of(table.get("time", {}))
    words = _words(table.get("words", {}), times)
    language = str(table.get("language", "any"))
    signals = tuple(replace(_signal(row, words), language=language) for row in table.get("signal", ()))
    captures = tuple(_capture(row, words) for row in table.get("capture", ()))
    _unique([*(s.name for s in signals), *(c.name for c in captures)])
    return Signals(language, signals, captures, times)


def check(signals: Signals) -> None:
    """Can re2 read every pattern? Raises ValueError as `parse_signals` does.

    For who writes the file: it takes as long as all the rest, and what is shipped was checked.
    """
    for signal in signals.signals:
        for pattern in signal.patterns:
            _compiled(signal.name, pattern)
    for capture in signals.captures:
        if "value" not in _compiled(capture.name, capture.pattern).groupindex:
            raise ValueError(f"Signal {capture.name}: the pattern has no group named `value`.")


def _words(table: Mapping[str, str], times: Times) -> dict[str, str]:
    """The fragments by placeholder. A fragment may use those above it, and the words of time."""
    words = times.fragments()
    for name, fragment in table.items():
        words[f"{{{name}}}"] = _filled(fragment, words)
    return words


def _filled(pattern: str, words: Mapping[str, str]) -> str:
    for placeholder, fragment in words.items():
        pattern = pattern.replace(placeholder, fragment)
    return pattern


def _signal(row: Mapping[str, Any], words: Mapping[str, str]) -> Signal:
    name = _name(row)
    _one_of(name, "speaks_for", row.get("speaks_for"), KINDS | TOPICS)
    _one_of(name, "where", row.get("where"), PLACES)
    try:
        stage, reason = Stage(row.get("stage", "")), Reason(row.get("reason", ""))
        weight = float(row.get("weight", 0.0))
    except (TypeError, ValueError) as error:
        raise ValueError(f"Signal {name}: {error}.") from error
    return Signal(
        name, row["speaks_for"], weight, row["where"],
        tuple(_filled(pattern, words) for pattern in _texts(name, row, "patterns", 1)),
        _texts(name, row, "match", 2), _texts(name, row, "no_match", 2), stage, reason,
    )  # fmt: skip


def _capture(row: Mapping[str, Any], words: Mapping[str, str]) -> Capture:
    name = _name(row)
    _one_of(name, "value", row.get("value"), VALUES)
    _one_of(name, "where", row.get("where"), {"subject", "text"})
    pattern = _filled(str(row.get("pattern", "")), words)
    match = tuple((str(pair[0]), str(pair[1])) for pair in row.get("match", ()))
    if not match:
        raise ValueError(f"Signal {name}: `match` needs at least 1 pair of a text and its value.")
    return Capture(name, row["value"], row["where"], pattern, match, _texts(name, row, "no_match", 1))


def _name(row: Mapping[str, Any]) -> str:
    name = row.get("name", "")
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise ValueError(f"Signal {name!r}: a name is small letters and digits, joined by hyphens.")
    return name


def _one_of(name: str, key: str, value: object, allowed: Iterable[str]) -> None:
    if value not in set(allowed):
        raise ValueError(f"Signal {name}: `{key}` is {value!r}, and must be one of {', '.join(sorted(allowed))}.")


def _texts(name: str, row: Mapping[str, Any], key: str, least: int) -> tuple[str, ...]:
    texts = row.get(key, [])
    if not isinstance(texts, list) or len(texts) < least or not all(isinstance(t, str) and t for t in texts):
        raise ValueError(f"Signal {name}: `{key}` needs a list of at least {least} texts.")
    return tuple(texts)


def _compiled(name: str, pattern: str) -> re2._Regexp:
    try:
        return re2.compile(pattern, _QUIET)
    except re2.error as error:
        raise ValueError(f"Signal {name}: re2 cannot read the pattern {pattern!r}: {error}.") from error


def _quiet() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options


_QUIET = _quiet()


def _unique(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Signal {name}: the name is used twice.")
