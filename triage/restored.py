"""After a restore: the store learns from the reader's own mailbox which letters were written since the backup.

The cursors go back with the store, so all mail since then is read again, and our letters among it. Until that is done
no letter is written, or what was told would be told once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from triage.core.compose import Seal, tells
from triage.core.values import Message
from triage.store import Memory, Work
from triage.store.backup import COPIED


def remember(store: Memory, seal: Seal, letter: Message) -> bool:
    """Enter one of our own letters into the record of letters, with what it told. False where that is not needed.

    `letter` must have our seal: whoever can make that can also make us believe that something was told.
    """
    with store.reading() as work:
        if not work.notes.setting(COPIED) or work.outbox.wrote(letter.message_id):
            return False
    told = tells.read(letter.letter_tells)
    if told is None or not seal.made(letter.message_id, letter.letter_mark):
        return False
    with store.writing() as work:
        # What another letter has told stays with that one.
        events = [number for number, key in work.log.untold_keys() if seal.sign(key) in told.signs]
        work.outbox.remember(told.kind, letter.message_id, told.about, events, letter.received)
    return True


def catching_up(work: Work, mailboxes: Iterable[str]) -> bool:
    """Was a backup put back, and has one of these mailboxes, if it can be read at all, not been read since?"""
    copied = work.notes.setting(COPIED)
    if not copied:
        return False
    since = datetime.fromisoformat(copied)
    behind = {one.mailbox for one in work.notes.health() if not one.error and one.polled and one.polled <= since}
    return not behind.isdisjoint(mailboxes)
