"""The second half of a letter's path: what waits in the outbox is handed to the courier, and never twice.

Killed between the handing over and the mark, the letter is looked for in the reader's own mailbox before it is tried
again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from triage.courier import Courier, DeliveryError
from triage.store import Memory
from triage.store.backup import COPIED
from triage.store.outbox import Queued

log = logging.getLogger(__name__)

PATIENCE = (timedelta(minutes=1), timedelta(minutes=70))
"""The first pause before a letter is tried again, and the longest; each is twice the one before."""


def send(store: Memory, courier: Courier, now: datetime) -> int:
    """Deliver what waits, oldest first. Returns how many are delivered now."""
    with store.reading() as work:
        waiting = work.outbox.waiting(now)
        # A store that was a backup once does not know of the letters that were sent since.
        restored = bool(work.notes.setting(COPIED))
    return sum(_send(store, letter, courier, now, look=restored or letter.attempts > 0) for letter in waiting)


def _send(store: Memory, letter: Queued, courier: Courier, now: datetime, *, look: bool) -> bool:
    """`look`: it may have arrived already, although nobody lived to note it."""
    with store.writing() as work:
        if not work.outbox.begin_attempt(letter.id, now + courier.transit):
            return False
    try:
        if not (look and courier.delivered(letter.message_id)):
            courier.deliver(letter.message_id, letter.data)
    except DeliveryError as error:
        log.warning("A letter could not be delivered: %s", error)
        _failed(store, letter, error, courier, now)
        return False
    except Exception as error:
        # A fault of ours, for the fence; the letter steps back, so that those behind it get their turn.
        _failed(store, letter, DeliveryError(f"Unexpected {type(error).__name__}; please report it."), courier, now)
        raise
    with store.writing() as work:
        work.outbox.mark_sent(letter.id, now)
    return True


def _failed(store: Memory, letter: Queued, error: DeliveryError, courier: Courier, now: datetime) -> None:
    pause = min(PATIENCE[0] * 2 ** min(letter.attempts, 10), PATIENCE[1])
    with store.writing() as work:
        if error.permanent:
            work.outbox.refuse(letter.id, str(error))
        else:
            # Only what may have arrived has to be given the time to show.
            pause = max(pause, courier.transit) if error.ambiguous else pause
            pause = max(pause, timedelta(seconds=error.retry_after or 0))
            work.outbox.postpone(letter.id, str(error), now + pause)
