"""What a message says, sentence by sentence: the signals that spoke, and whether it is about a job at all.

Only the mail's own words count as statements: what is quoted below it or between quotation marks was said by
somebody else, and a sentence that begins with "if" states nothing. Quoted text still tells what a mail is about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from triage.core.detect.index import Hit
from triage.core.detect.languages import Ear
from triage.core.detect.senders import Senders
from triage.core.detect.signals import Signal
from triage.core.text import fold, sentences
from triage.core.values import Evidence, Kind, Message

_SPEECH = re.compile(r'[“„«][^“”„«»]{25,600}[”“»]|"[^"\n]{25,400}"')
_REPLY = re.compile(r"(?i)^\s*(?:(?:re|aw|antw|sv|vb|fwd?|wg|tr|rv|enc|odp|pd|doorst|rif|res|r|i)\s*(?:\[\d+\])?:\s*)+")
_GUARDED = frozenset({Kind.REJECTION, Kind.OFFER, Kind.INTERVIEW, Kind.ASSESSMENT})
_DECISIONS = frozenset({Kind.REJECTION, Kind.OFFER})
_FRIENDLIER = frozenset(
    {Kind.OFFER, Kind.INTERVIEW, Kind.ASSESSMENT, Kind.ACKNOWLEDGEMENT, Kind.OUTREACH, Kind.JOB_ALERT}
)
_SYSTEM_WEIGHT, _BOARD_WEIGHT = 2.0, 0.5
_ANY = "any"
_NEARLY = 2
"""A language heard half as often as another, or less, is a foreign word in that one: "casting", "call"."""
QUOTE = 160
"""Characters of a mail that are shown as evidence."""
_QUOTED_LINES = 100
_PLAINLY = 1.5
"""Job words of this weight say by themselves what a mail is about."""
_OPENING = 40
"""Sentences in which a mail says what it is about. In a long newsletter every word turns up somewhere."""
MOST_SENTENCES = 1500
"""More than a mail has: only a text made to be slow is cut here."""
_REACH = 250
"""How far, in characters, an "if" reaches: keeps a text without full stops linear."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The evidence of one message; `job` and `elsewhere` are summed weights of what it is about.

    `withheld`: there is news about an application, to be read somewhere else. `proposed`: the reader is asked to come,
    or to start.
    """

    evidence: tuple[Evidence, ...]
    job: float
    elsewhere: float
    withheld: bool = False
    proposed: bool = False


class Listener:
    """Finds the signals of some languages in a message. Cheap to make: what takes long belongs to the ears."""

    def __init__(self, ears: Sequence[Ear], senders: Senders) -> None:
        self._ears = ears
        self._senders = senders

    def listen(self, message: Message) -> Reading:
        """Total: every message can be listened to."""
        # Whoever forwards a mail wrote neither its subject nor what stands below.
        subject, quoted = ("", "") if message.forwarded else (bare_subject(message.subject), message.quoted)
        body = [("text", sentence) for sentence in sentences(own_words(message.text))[:MOST_SENTENCES]]
        opening = [
            *self._at("sender", [("sender", f"{message.sender.name} <{message.sender.address}>")]),
            *self._at("header", [("header", _flags(message))]),
            *self._at("subject", [("subject", subject)]),
            *self._told([("subject", subject), *body[:_OPENING]]),
        ]
        rest = self._told(body[_OPENING:])
        spoken = _languages([*opening, *rest])
        opening, rest = _only(opening, spoken), _only(rest, spoken)
        proposed = any(signal.speaks_for == "proposal" for signal, _ in (*opening, *rest))
        about = [signal for signal, _ in opening]
        about += self._quoted_topics(quoted, plain=_sum(about, "job") >= _PLAINLY)
        job = _sum(about, "job") + self._system(message.sender.domain)
        elsewhere = _sum([*about, *(signal for signal, _ in rest)], "elsewhere")
        evidence = tuple(_evidence([*opening, *rest], with_elsewhere=elsewhere >= job))
        return Reading(evidence, job, elsewhere, _withheld(about), proposed)

    def stated(self, sentence: str) -> Iterator[Hit]:
        """The signals that a folded sentence states, each once: those that the words around them do not take back.

        A sentence that refuses says nothing friendlier besides: "unable to offer you a post" holds no offer.
        """
        standing: dict[tuple[str, str], Hit] = {}
        for hit in self._hits("sentence", sentence):
            signal = hit.signal.language, hit.signal.name
            if signal not in standing and not self._taken_back(sentence, hit):
                standing[signal] = hit
        refused = any(hit.signal.decides and hit.signal.kind is Kind.REJECTION for hit in standing.values())
        return iter(hit for hit in standing.values() if not (refused and hit.signal.kind in _FRIENDLIER))

    def heard(self, where: str, text: str) -> frozenset[str]:
        """The names of the signals that speak in one folded text at one place."""
        if where == "sentence":
            return frozenset(hit.signal.name for hit in self.stated(text))
        return frozenset(hit.signal.name for hit in self._hits(where, text))

    def _hits(self, place: str, text: str) -> Iterator[Hit]:
        for ear in self._ears:
            yield from ear.at(place).hits(text)

    def _taken_back(self, sentence: str, hit: Hit) -> bool:
        if hit.signal.speaks_for == "elsewhere":
            after = self._hits("after", sentence[hit.end : hit.end + _REACH])
            return any(by.signal.speaks_for == "job" and by.signal.language == hit.signal.language for by in after)
        if hit.signal.speaks_for == "proposal":
            return bool(self._around(sentence, hit) & {"hypothetical", "another"})
        return hit.signal.kind in _GUARDED and self._hypothetical(sentence, hit)

    def _hypothetical(self, sentence: str, hit: Hit) -> bool:
        speaks = self._around(sentence, hit)
        return "hypothetical" in speaks or ("doubt" in speaks and hit.signal.kind in _DECISIONS)

    def _around(self, sentence: str, hit: Hit) -> set[str]:
        """What the words before the end of a hit and those after it speak for, in the language of the hit.

        A word that makes a condition in one language is anything in another.
        """
        before, after = sentence[max(0, hit.start - _REACH) : hit.end], sentence[hit.end : hit.end + _REACH]
        told = [*self._hits("before", before), *self._hits("after", after)]
        return {by.signal.speaks_for for by in told if by.signal.language == hit.signal.language}

    def _told(self, said: Iterable[tuple[str, str]]) -> list[tuple[Signal, Evidence]]:
        folded = [(where, fold(text)) for where, text in said]
        return [(hit.signal, _spoken(hit, where, text)) for where, text in folded for hit in self.stated(text)]

    def _at(self, place: str, texts: Iterable[tuple[str, str]]) -> Iterator[tuple[Signal, Evidence]]:
        for where, text in texts:
            folded = fold(text)
            for hit in self._hits(place, folded):
                yield hit.signal, _spoken(hit, where, folded)

    def _quoted_topics(self, quoted: str, *, plain: bool) -> list[Signal]:
        """What the mails quoted below were about. A refusal quoted there is being answered: it lends nothing.

        Where the mail itself is `plain` about a job, what else the quoted one mentions is beside the point.
        """
        signals = [hit.signal for said in sentences(quoted)[:_QUOTED_LINES] for hit in self.stated(fold(said))]
        if any(signal.decides and signal.kind is Kind.REJECTION for signal in signals):
            return []
        return [signal for signal in signals if signal.speaks_for in ({"job"} if plain else {"job", "elsewhere"})]

    def _system(self, domain: str) -> float:
        system = self._senders.system(domain)
        if system is None:
            return 0.0
        return _BOARD_WEIGHT if system.board else _SYSTEM_WEIGHT


def own_words(text: str) -> str:
    """The text without longer passages between quotation marks: somebody else's words."""
    return _SPEECH.sub(" … ", text)


def bare_subject(subject: str) -> str:
    """A subject without its Re: and Fwd:."""
    return _REPLY.sub("", subject)


def _flags(message: Message) -> str:
    flags = {"bulk": message.bulk, "calendar": message.calendar, "reply": bool(message.in_reply_to)}
    return " ".join(name for name, present in flags.items() if present)


def _spoken(hit: Hit, where: str, text: str) -> Evidence:
    quote = text[hit.start : hit.end][:QUOTE]
    return Evidence(hit.signal.name, hit.signal.kind, hit.signal.weight, where, quote)


def _evidence(found: Iterable[tuple[Signal, Evidence]], *, with_elsewhere: bool) -> Iterator[Evidence]:
    """Each signal once, where it was seen first: those that speak for a kind, and what the mail is about instead."""
    seen: set[str] = set()
    for signal, evidence in found:
        counts = signal.speaks_for == signal.kind or (with_elsewhere and signal.speaks_for == "elsewhere")
        if counts and signal.name not in seen:
            seen.add(signal.name)
            yield evidence


def _languages(found: Iterable[tuple[Signal, Evidence]]) -> frozenset[str]:
    """The languages a mail is written in: those heard nearly as often as the one heard most."""
    heard = Counter(language for language, _ in {(signal.language, signal.name) for signal, _ in found})
    most = max((count for language, count in heard.items() if language != _ANY), default=0)
    return frozenset({_ANY, *(language for language, count in heard.items() if count * _NEARLY > most)})


def _only(found: Iterable[tuple[Signal, Evidence]], languages: frozenset[str]) -> list[tuple[Signal, Evidence]]:
    return [(signal, evidence) for signal, evidence in found if signal.language in languages]


def _withheld(about: Iterable[Signal]) -> bool:
    return len({signal.name for signal in about if signal.speaks_for == "withheld"}) > 1


def _sum(signals: Iterable[Signal], topic: str) -> float:
    weights = {signal.name: signal.weight for signal in signals if signal.speaks_for == topic}
    return sum(weights.values())
