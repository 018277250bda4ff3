"""Everything remembered, in one transaction domain. Contains no decisions.

    with store.writing() as work:
        work.log.record(event, ...)
        work.log.move(cursor)          # both or neither

Never stored: the body or the subject of a mail, and passwords.

The names below are loaded when they are first asked for: what reads the store at a glance (`glance`) does without
SQLAlchemy, which takes longer to load than all else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from triage.store.folder import FILE
from triage.store.lock import held

if TYPE_CHECKING:
    from triage.store.acts import Acts
    from triage.store.corrections import Corrections
    from triage.store.log import Log
    from triage.store.notes import Notes
    from triage.store.outbox import Outbox
    from triage.store.store import Store, copy
    from triage.store.trials import Trials
    from triage.store.work import Memory, Work

_PLACES = {
    "Acts": "acts",
    "Corrections": "corrections",
    "Log": "log",
    "Memory": "work",
    "Notes": "notes",
    "Outbox": "outbox",
    "Store": "store",
    "Trials": "trials",
    "Work": "work",
    "copy": "store",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    return found


__all__ = ["FILE", "Acts", "Corrections", "Log", "Memory", "Notes", "Outbox", "Store", "Trials", "Work", "copy", "held"]
