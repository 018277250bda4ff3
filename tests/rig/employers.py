"""Invented employers and what they write: one mail of each kind, told apart by the company's name."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

_numbers = itertools.count(1)

COMPANIES = tuple(
    f"{first}{second}"
    for first, second in itertools.product(
        ("Alder", "Birch", "Copper", "Drift", "Elm", "Fern", "Granite", "Heath"),
        ("bridge Works", "field Studio", "haven Foods", "mere Systems", "stone Press", "well Logistics"),
    )
)
"""Forty-eight names, none part of another."""


def yesterday() -> datetime:
    """Yesterday morning: what came then is due today."""
    return (datetime.now(UTC) - timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)


def rejection(company: str, role: str = "Data Analyst") -> bytes:
    return _mail(
        company,
        f"Your application for {role} at {company}",
        f"Dear Robin,\n\nThank you for applying for the {role} position at {company}.\n\n"
        "After careful consideration we have decided not to move forward with your application.\n\n"
        f"Kind regards\n{company}",
    )


def interview(company: str, role: str = "Data Analyst") -> bytes:
    return _mail(
        company,
        f"Interview for {role} at {company}",
        f"Dear Robin,\n\nThank you for your application for the {role} position at {company}. "
        "We would like to invite you to an interview next week. Please let us know which day suits you.\n\n"
        f"Kind regards\n{company}",
    )


def acknowledgement(company: str, role: str = "Data Analyst") -> bytes:
    return _mail(
        company,
        f"We have received your application for {role}",
        f"Dear Robin,\n\nThank you for applying for the {role} position at {company}. We have received your "
        "application and will be in touch once we have reviewed it. If you are not selected for an interview, "
        f"you may hear from us later.\n\nKind regards\n{company}",
    )


def ordinary() -> bytes:
    return _mail("Corner Library", "Your books", "Hello Robin,\n\ntwo of your books are due on Friday.\n\nThe library")


def _mail(company: str, subject: str, body: str) -> bytes:
    domain = company.lower().replace(" ", "-") + ".example"
    lines = (
        f"From: {company} <jobs@{domain}>",
        "To: robin@reader.example",
        f"Subject: {subject}",
        f"Message-ID: <mail-{next(_numbers)}@{domain}>",
        f"Date: {yesterday():%a, %d %b %Y %H:%M:%S} +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        *body.split("\n"),
        "",
    )
    return "\r\n".join(lines).encode()
