"""What kind of message this is, and why.

What decides is a sentence that states a decision about the reader's own application, in the mail's own words.
`signals` reads the phrase families, `languages` knows whose they are, `senders` the known systems; `listening` finds
them in a message, `second` asks the network about it, and `weighing` makes a verdict of what was found.
"""

from __future__ import annotations

from math import exp

from triage.core.detect.languages import Languages
from triage.core.detect.listening import Listener, Reading
from triage.core.detect.second import Second, everyday
from triage.core.detect.senders import Senders
from triage.core.detect.weighing import weigh
from triage.core.values import Evidence, Kind, Message, Verdict

__all__ = ["Detector"]


class Detector:
    """Judges messages by the signals of their language, and by what the network makes of them."""

    def __init__(self, languages: Languages, senders: Senders, second: Second | None = None) -> None:
        """Without a `second` reader, the signals judge alone."""
        self._languages = languages
        self._senders = senders
        self._second = second

    def judge(self, message: Message, reader: frozenset[str]) -> Verdict:
        """The kind of `message`; `reader` holds the reader's own addresses in lower case. Total: never raises.

        The confidence is the winner's likelihood (see `weighing`), or what the rule that decided deserves: mail from
        the reader, our own letters and bare forwards are settled by where they come from.
        """
        return self._questioned(message, _settled(message, reader) or self._everyday(message) or self._weighed(message))

    def at_once(self, message: Message, reader: frozenset[str]) -> Verdict | None:
        """The same for other mail that a quick look tells; None for all else, which takes a hundred times as long."""
        verdict = _settled(message, reader) or self._everyday(message)
        return verdict if verdict and self._questioned(message, verdict) is verdict else None

    def rest(self) -> None:
        """Let go of what takes much room and is quickly made again. Threads may be judging meanwhile."""
        self._languages.rest()
        if self._second is not None:
            self._second.rest()

    def _questioned(self, message: Message, verdict: Verdict) -> Verdict:
        return _ASK if verdict.kind is Kind.OTHER and self._says_nothing(message) else verdict

    def _everyday(self, message: Message) -> Verdict | None:
        """Other mail by its single words alone."""
        if self._second is None:
            return None
        odds = self._second.odds(message)
        if not everyday(odds) or self._senders.system(message.sender.domain):
            return None
        return _other("everyday-words", "text", round(1 / (1 + exp(odds)), 3))

    def _weighed(self, message: Message) -> Verdict:
        reading = self._heard(message)
        if self._second is None:
            return weigh(reading)
        return weigh(reading, self._second.opinion(message, reading, self._second.odds(message)))

    def _heard(self, message: Message) -> Reading:
        return Listener([*self._languages.ears(message), self._senders.ear], self._senders).listen(message)

    def _says_nothing(self, message: Message) -> bool:
        """An applicant system wrote, and there is nothing to read: some put the answer behind a link."""
        system = self._senders.system(message.sender.domain)
        return bool(system and not system.board and not message.text.strip())


def _settled(message: Message, reader: frozenset[str]) -> Verdict | None:
    """What is clear from where the mail comes from."""
    if message.sender.address in reader:
        return _other("from-the-reader", "sender")
    if message.forwarded and not message.text.strip():
        return _other("forwarded", "text", 0.9)
    return None


def _other(signal: str, where: str, confidence: float = 0.99) -> Verdict:
    return Verdict(Kind.OTHER, confidence, (Evidence(signal, Kind.OTHER, 0.0, where),))


_ASK = Verdict(Kind.UNSURE, 0.5, (Evidence("nothing-to-read", Kind.UNSURE, 0.0, "text"),))
