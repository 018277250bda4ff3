"""What a message says about an application: company, role, stage, reason, feedback, dates, reference.

The phrases are the same data files that `core.detect` reads; `naming` knows what a company or a role looks like,
`company` where the employer shows, `outcome` what a refusal says besides no, `dates` by when and when, `waiting` by
when the employer will answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from triage.core.detect.languages import Ear, Languages
from triage.core.detect.listening import MOST_SENTENCES, Listener, bare_subject
from triage.core.detect.senders import Senders
from triage.core.extract.captures import Captures
from triage.core.extract.company import Companies
from triage.core.extract.dates import Dates
from triage.core.extract.naming import Names
from triage.core.extract.outcome import Outcomes
from triage.core.extract.role import Roles
from triage.core.extract.waiting import Waiting
from triage.core.extract.zones import Zones
from triage.core.text import sentences
from triage.core.values import Details, Kind, Message, Opinion, Verdict

__all__ = ["Extractor"]

_SILENT = frozenset({Kind.OTHER, Kind.JOB_ALERT, Kind.UNREADABLE})


class Extractor:
    """Reads details by the phrases of a message's language. Build once; safe to share."""

    def __init__(self, languages: Languages, senders: Senders, names: Names, zones: Zones) -> None:
        self._languages = languages
        self._senders = senders
        self._names = names
        self._zones = zones

    def details(self, message: Message, verdict: Verdict) -> Details:
        """What `message` says, given what it is. Total; empty for mail that is no employer's answer.

        Stage, reason, feedback and reapply are read from refusals, the dates from mail that asks for something.
        """
        if verdict.kind in _SILENT:
            return Details()
        said = sentences(message.text)[:MOST_SENTENCES]
        ears = [*self._languages.ears(message), self._senders.ear]
        details = self._named(message, verdict, said, ears)
        if verdict.kind is Kind.REJECTION or _refuses_perhaps(verdict):
            outcomes = Outcomes(ears, Listener(ears, self._senders))
            details = outcomes.add(details, [bare_subject(message.subject), *said], verdict)
        dates = Dates(ears, self._zones)
        deadline, interview_at = dates.of(verdict.kind, said, message.received, message.calendars)
        answer_by = Waiting(ears).until(verdict.kind, said, message.received, interview_at)
        return replace(details, deadline=deadline, interview_at=interview_at, answer_by=answer_by)

    def names(self, message: Message, verdict: Verdict) -> Details:
        """Company, role and reference alone, as `details` has them, but whatever kind of mail it is."""
        ears = [*self._languages.ears(message), self._senders.ear]
        return self._named(message, verdict, sentences(message.text)[:MOST_SENTENCES], ears)

    def _named(self, message: Message, verdict: Verdict, said: Sequence[str], ears: Sequence[Ear]) -> Details:
        captures = Captures(ears)
        opinion = verdict.opinion or Opinion({})
        return Details(
            company=Companies(captures, self._senders, self._names).company(message, said, opinion.company),
            role=Roles(captures, self._names).role(message, said, opinion.role),
            reference=captures.first("reference", bare_subject(message.subject), said),
        )

    def human(self, message: Message) -> bool:
        """Did a person write it? No list, no applicant system, no address at which nobody or everybody is."""
        sender = message.sender
        local = sender.address.partition("@")[0]
        system = self._senders.system(sender.domain) is not None
        return bool(local) and not (message.bulk or system or self._names.mailbox.match(local))


def _refuses_perhaps(verdict: Verdict) -> bool:
    return verdict.kind is Kind.UNSURE and any(evidence.kind is Kind.REJECTION for evidence in verdict.evidence)
