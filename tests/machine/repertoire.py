"""The mails that arrive: what each of them is, said by hand, so that what the program makes of it can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from tests.fakes import READER
from triage.core.values import Kind

_SENTENCES = {
    Kind.REJECTION: (
        "Thank you for your application for the position of {role} at {company}. Unfortunately, we will not be moving "
        "forward with your application. We have decided to proceed with other candidates."
    ),
    Kind.INTERVIEW: (
        "Thank you for your application for the position of {role} at {company}. We would like to invite you to an "
        "interview on {day} at 10:00."
    ),
    Kind.ACKNOWLEDGEMENT: (
        "Thank you for applying for the position of {role} at {company}. We have received your application and will "
        "review it."
    ),
    Kind.ASSESSMENT: (
        "Thank you for your application for the position of {role} at {company}. As the next step, please complete the "
        "online assessment by {day}."
    ),
    Kind.OFFER: (
        "We are delighted to offer you the position of {role} at {company}. Your contract is attached. Please let us "
        "know by {day} whether you accept our offer."
    ),
    Kind.UNSURE: "",
    Kind.OTHER: "Shall we have lunch on Friday?",
}
_SYSTEM = "no-reply@greenhouse-mail.io"
"""A system that applicants know: what it sends is about an application, even where it says nothing."""
MUST_BE_TOLD = frozenset({Kind.REJECTION, Kind.UNSURE, Kind.INTERVIEW, Kind.ASSESSMENT, Kind.OFFER})


def name(message_id: str, company: str, role: str) -> str:
    return f"{message_id} {company}, {role}"


@dataclass(frozen=True, slots=True)
class Answer:
    """One mail of an employer, or of a friend. No two that differ are from one company for one role and of one kind."""

    kind: Kind
    company: str
    role: str = "Data Analyst"
    message_id: str | None = None
    """Empty for a mail that has none."""

    @property
    def logged(self) -> bool:
        """Does it belong into the log?"""
        return self.kind is not Kind.OTHER

    @property
    def name(self) -> str:
        """By which a line of the log is known to be of this mail."""
        return name(self.own_id, self.company, self.role)

    @property
    def own_id(self) -> str:
        made = f"<{self.kind}.{self.role[:4]}@{self.company or 'greenhouse-mail'}.example>".lower()
        return made if self.message_id is None else self.message_id

    @property
    def _sender(self) -> str:
        person = "kay" if self.kind is Kind.OTHER else "jobs"
        return f"{person}@{self.company.lower()}.example" if self.role else _SYSTEM

    def data(self, day: date) -> bytes:
        """The mail, with talks and deadlines a week after that day."""
        when = day + timedelta(days=8)
        said = _SENTENCES[self.kind].format(company=self.company, role=self.role, day=f"{when.day} {when:%B %Y}")
        lines = (
            f"From: {self.company} <{self._sender}>",
            f"To: Robin <{READER}>",
            "Subject: " + ("Lunch" if self.kind is Kind.OTHER else "Your application"),
            *([f"Message-ID: {self.own_id}"] if self.own_id else []),
            f"Date: {day:%a, %d %b %Y} 07:00:00 +0000",
            "",
            f"Dear Robin,\r\n\r\n{said}\r\n\r\nKind regards,\r\n{self.company}\r\n" if said else "",
        )
        return "\r\n".join(lines).encode()


FJORD = Answer(Kind.REJECTION, "Fjord")
ANSWERS = (
    FJORD,
    Answer(Kind.REJECTION, "Skarv"),
    Answer(Kind.REJECTION, "Tidewell", "Warehouse Clerk"),
    Answer(Kind.INTERVIEW, "Fjord"),
    Answer(Kind.INTERVIEW, "Kestrel"),
    Answer(Kind.REJECTION, "Kestrel"),
    Answer(Kind.ASSESSMENT, "Marlow"),
    Answer(Kind.OFFER, "Harbour"),
    Answer(Kind.ACKNOWLEDGEMENT, "Osprey"),
    Answer(Kind.ACKNOWLEDGEMENT, "Skarv"),
    Answer(Kind.REJECTION, "Thistle", message_id=FJORD.own_id),
    Answer(Kind.INTERVIEW, "Larkfield", message_id=FJORD.own_id),
    Answer(Kind.REJECTION, "Brooke", message_id=""),
    Answer(Kind.REJECTION, "Brooke", "Warehouse Clerk", message_id=""),
    Answer(Kind.UNSURE, "", ""),
    Answer(Kind.OTHER, "Kay"),
)


@cache
def by_data(day: date) -> dict[bytes, Answer]:
    """All of them as they arrive in a search that began on that day."""
    return {one.data(day): one for one in ANSWERS}
