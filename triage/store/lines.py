"""A line of the log as a row of its table, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from triage.core.values import Details, Event, Kind, Reason, Stage, Trust


def row(event: Event) -> dict[str, Any]:
    """As it is written."""
    details = event.details
    return {
        "key": event.key,
        "message_id": event.message_id,
        "mailbox": event.mailbox,
        "folder": event.folder,
        "received": event.received,
        "kind": event.kind.value,
        "confidence": event.confidence,
        "evidence": list(event.evidence),
        "company": details.company,
        "role": details.role,
        "stage": details.stage.value,
        "reason": details.reason.value,
        "feedback": list(details.feedback),
        "reapply": details.reapply,
        "deadline": details.deadline,
        "interview_at": details.interview_at,
        "reference": details.reference,
        "answer_by": details.answer_by,
        "thread": list(event.thread),
        "sender_domain": event.sender_domain,
        "lookback": event.lookback,
        "application": event.application or None,
        "trust": event.trust.value,
        "judged": event.judged.value if event.judged else "",
        "fingerprint": event.fingerprint or None,
        "human": event.human,
    }


def _details(row: Row[Any]) -> Details:
    return Details(
        company=row.company,
        role=row.role,
        stage=Stage(row.stage),
        reason=Reason(row.reason),
        feedback=tuple(row.feedback),
        reapply=row.reapply,
        deadline=row.deadline,
        interview_at=row.interview_at,
        reference=row.reference,
        answer_by=row.answer_by,
    )


def event(found: Row[Any]) -> Event:
    """As it was written. Raises ValueError and TypeError where the row makes no sense."""
    return Event(
        key=found.key,
        message_id=found.message_id,
        mailbox=found.mailbox,
        folder=found.folder,
        received=found.received,
        kind=Kind(found.kind),
        confidence=found.confidence,
        evidence=_texts(found.evidence),
        details=_details(found),
        thread=_texts(found.thread),
        sender_domain=found.sender_domain,
        lookback=found.lookback,
        application=found.application or 0,
        trust=Trust(found.trust),
        judged=Kind(found.judged) if found.judged else None,
        fingerprint=found.fingerprint or b"",
        human=found.human,
        id=found.id,
    )


def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(values)
