"""Invitations that nobody took up in time are cleared away, with the room that was made for somebody."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import dict_row

from triage.hosting.acting import ACT_FOR

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
"""So long after a code has run out, a new one for the same handle can still be given out."""
AT_ONCE = 500

_RUN_OUT: LiteralString = """
SELECT id, name FROM member WHERE invitation IS NOT NULL AND expires < now() - %(kept)s
ORDER BY id LIMIT %(most)s
"""
# Asked once more, under the lock: a new code may have been given out meanwhile. Who is a member keeps all but the code.
_CLEAR: LiteralString = """
UPDATE member SET invitation = NULL, expires = NULL
WHERE id = (SELECT id FROM member WHERE id = %(id)s AND invitation IS NOT NULL AND expires < now() - %(kept)s
            FOR NO KEY UPDATE SKIP LOCKED)
RETURNING state = 'invited' AS nobody
"""
_FORGET = "SELECT hosting_forget(%s)"


def clear(connection: Connection[Any]) -> int:
    """Clear what ran out more than `KEPT` ago, each in a transaction of its own. Returns how many it was.

    `connection` is a worker's, and has autocommit. A store that was brought for somebody who then did not enrol goes
    with them: nobody has agreed that it is kept.
    """
    cleared = 0
    with connection.cursor(row_factory=dict_row) as cursor:
        for one in cursor.execute(_RUN_OUT, {"kept": KEPT, "most": AT_ONCE}).fetchall():
            with connection.transaction():
                cursor.execute(ACT_FOR, (str(one["id"]),))
                found = cursor.execute(_CLEAR, {"id": one["id"], "kept": KEPT}).fetchone()
                if found and found["nobody"]:
                    cursor.execute(_FORGET, (one["name"],))
                cleared += found is not None
    if cleared:
        log.info("Invitations that ran out, cleared away: %d.", cleared)
    return cleared
