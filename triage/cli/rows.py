"""What the store holds, as rows of a table and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from triage.cli.tables import local
from triage.core import moment
from triage.core.acts import Act
from triage.core.correction import Correction
from triage.core.shown import shown
from triage.core.values import NOTICES, Details, Event, Kind, Trust, Verdict

TRUST = {Trust.UNKNOWN: "", Trust.VERIFIED: "verified", Trust.UNVERIFIED: "not verified"}


def event_row(event: Event, zone: ZoneInfo, waits: Mapping[int, int] = MappingProxyType({})) -> tuple[str, ...]:
    """An event as a line of the log; a star marks what the reader has corrected. `waits`: see `waits`."""
    details = event.details
    return (
        str(event.id),
        local(event.received, zone)[:10],
        event.kind + ("*" if event.judged else ""),
        shown(details.company or event.sender_domain),
        shown(details.role),
        _no_mail(waits.get(event.id, 0)) if event.kind in NOTICES else _note(event, zone),
    )


def waits(events: Sequence[Event]) -> Mapping[int, int]:
    """For each of these lines that says that no mail came: for how many days, by its number."""
    last: dict[int, datetime] = {}
    found: dict[int, int] = {}
    for event in sorted(events, key=lambda one: (one.received, one.id)):
        if event.kind in NOTICES:
            found[event.id] = (event.received - last.get(event.application, event.received)).days
        elif event.application:
            last[event.application] = event.received
    return found


def _no_mail(days: int) -> str:
    return f"no mail for {days} days" if days else "no mail for long"


def _note(event: Event, zone: ZoneInfo) -> str:
    was = f"taken for {event.judged}" if event.judged else ""
    trust = "sender not verified" * (event.trust is Trust.UNVERIFIED)
    return "; ".join(filter(None, (_said(event, zone), was, trust, "from your list" * event.brought)))


def _said(event: Event, zone: ZoneInfo) -> str:
    details = event.details
    if event.kind is Kind.UNREADABLE:
        return f"in {event.mailbox}, {event.folder}, received {event.received:%Y-%m-%d %H:%M} UTC"
    if event.kind is Kind.REJECTION:
        return ", ".join(filter(None, (details.stage, details.reason.replace("_", " "))))
    if details.interview_at:
        return "on " + meeting_text(details.interview_at, zone)
    return f"by {details.deadline}" if details.deadline else ""


def meeting_text(text: str, zone: ZoneInfo) -> str:
    """When a talk is, on the reader's clock, as far as that can be told."""
    found = moment.read(text)
    if found is None:
        return shown(text)
    here = found.shown_in(zone)
    timed = isinstance(here.at, datetime)
    return " ".join(filter(None, (f"{here.at:%Y-%m-%d %H:%M}" if timed else f"{here.at}", shown(here.zone))))


EVENT_COLUMNS = ("#", "date", "kind", "company", "role", "note")


def details_json(details: Details) -> dict[str, Any]:
    """What a mail says, as programs get it; strings and lists are empty where it says nothing."""
    return {
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
    }


def event_json(event: Event) -> dict[str, Any]:
    """An event as programs get it: every field that is stored."""
    return {
        "id": event.id,
        "received": event.received.isoformat(),
        "kind": event.kind.value,
        "confidence": event.confidence,
        **details_json(event.details),
        "application": event.application,
        "evidence": list(event.evidence),
        "message_id": event.message_id,
        "thread": list(event.thread),
        "sender_domain": event.sender_domain,
        "trust": event.trust.value,
        "judged": event.judged.value if event.judged else "",
        "mailbox": event.mailbox,
        "folder": event.folder,
        "lookback": event.lookback,
    }


def evidence_names(verdict: Verdict) -> list[str]:
    return list(dict.fromkeys(one.signal for one in verdict.evidence))


def correction_json(correction: Correction) -> dict[str, Any]:
    """A correction as programs get it: all that is stored but the fingerprint, which says nothing elsewhere."""
    return {
        "id": f"c{correction.id}" if correction.id else "",
        "line": correction.event,
        "made": correction.made.isoformat(),
        "sender": correction.domain,
        "judged": correction.judged.value,
        "kind": correction.kind.value,
        "evidence": list(correction.evidence),
    }


def act_json(act: Act) -> dict[str, Any]:
    """What the reader did, as programs get it."""
    return {
        "kind": act.kind.value,
        "made": act.made.isoformat(),
        "application": act.application,
        "line": act.event,
        "text": act.text,
    }
