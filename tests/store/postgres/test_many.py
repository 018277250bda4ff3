"""Among thousands of members: what is asked for one of them reads no rows of the others."""

from __future__ import annotations

import psycopg
import pytest

from tests.at_work import DAY, HOUR, MINUTE, TEN, pipeline_over, read, service, settled, tick, watched
from tests.fakes import MONDAY, FakeCourier, mail
from tests.rig.hosted import Host
from tests.store.postgres.test_fence import Steps
from triage.store import schema

pytestmark = pytest.mark.server

MEMBERS, LINES = 1_000, 12
# The rows of others, as a search leaves them. Written past the triggers, of which each would count.
CROWD = f"""
    SET session_replication_role = replica;
    INSERT INTO member (name, state) SELECT 'c-' || n, 'active' FROM generate_series(1, {MEMBERS}) n;
    CREATE TEMP TABLE crowd AS SELECT m.id AS member, n FROM member m, generate_series(1, {LINES}) n
        WHERE name LIKE 'c-%';
    INSERT INTO application SELECT n, 'Co' || n, '', '', member FROM crowd;
    INSERT INTO event (id, key, message_id, mailbox, folder, received, kind, confidence, evidence, company, role,
        stage, reason, feedback, reapply, deadline, interview_at, reference, thread, sender_domain, lookback,
        application, told, member)
        SELECT n, n, '<' || n || '@x>', 'mine', 'INBOX', timestamp '2026-01-01' + n * interval '1 day', 'rejection',
            0.9, '[]', 'Co' || n, '', '', 'not_stated', '[]', false, '', '', '', '[]', 'x', false, n, true, member
        FROM crowd;
    INSERT INTO letter (id, kind, message_id, composed, attempts, due, sent, refused, error, member)
        SELECT n, 'daily', '<l' || n || '@x>', timestamp '2026-01-01', 1, timestamp '2026-01-01',
            timestamp '2026-01-01', false, '', member FROM crowd;
    INSERT INTO telling SELECT n, n, member FROM crowd;
    INSERT INTO wording SELECT n, 'close', 1, member FROM crowd;
    INSERT INTO trait SELECT n * 1000, n, member FROM crowd;
    INSERT INTO standing SELECT n, timestamp '2026-09-01', timestamp '2026-01-01', NULL, '', false, false, '', member
        FROM crowd;
    INSERT INTO total SELECT '2026-01', 'what ' || n, 1, member FROM crowd;
    INSERT INTO tally SELECT 'rejection', {LINES}, member FROM crowd WHERE n = 1;
    INSERT INTO worn SELECT 'close', 1, {LINES}, member FROM crowd WHERE n = 1;
    INSERT INTO cursor SELECT 'mine', 'INBOX', 1, 2, 0, member FROM crowd WHERE n = 1;
    INSERT INTO health SELECT 'mine', timestamp '2026-01-01', '', NULL, member FROM crowd WHERE n = 1;
    INSERT INTO setting SELECT 'note ' || n, 'value', member FROM crowd WHERE n < 4;
    SET session_replication_role = origin;
    DROP TABLE crowd;
    ANALYZE;
"""


def read_whole(host: Host) -> set[str]:
    """Tables of which about as many rows were read one after the other as there are members, or more."""
    host.engine.dispose()
    with psycopg.connect(host.database.superuser, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        asked = "SELECT relname FROM pg_stat_user_tables WHERE seq_tup_read >= %s"
        return {name for (name,) in connection.execute(asked, [MEMBERS])} & set(schema.metadata.tables)


def test_what_is_asked_for_one_reads_no_rows_of_others(host: Host) -> None:
    with psycopg.connect(host.database.superuser, autocommit=True) as connection:
        connection.execute(CROWD.encode())
        connection.execute("SELECT pg_stat_reset()")
    pipeline, courier = pipeline_over(host.store(host.enrol())), FakeCourier()
    mailbox = settled(pipeline)
    for day, kind in enumerate(("acknowledgement", "rejection", "interview", "rejection")):
        mailbox.receive(mail(kind, f"Co{day % 3}"), MONDAY + day * DAY)
        read(pipeline, mailbox)
        tick(pipeline, courier, TEN + day * DAY)
        tick(pipeline, courier, TEN + day * DAY + HOUR)
    assert courier.letters
    assert read_whole(host) == set()
    with psycopg.connect(host.database.superuser) as connection:
        connection.execute("SELECT * FROM event WHERE confidence > 2")
    assert read_whole(host) == {"event"}, "it would have been noticed"


def test_how_many_steps_a_visit_takes_that_finds_nothing(host: Host) -> None:
    """From taking the member over to the last word, but for the mailbox itself and what the queue asks."""
    member = host.enrol()
    pipeline, courier = pipeline_over(host.store(member)), FakeCourier()
    mailbox = settled(pipeline)
    mailbox.receive(mail("rejection"), MONDAY)
    read(pipeline, mailbox)
    for minute in range(2):
        tick(pipeline, courier, TEN + minute * MINUTE)
    steps = Steps(host.engine)
    visit = service(pipeline_over(host.store(member)), [watched(mailbox)], courier)
    visit.poll(visit.watched[0])
    tick(visit.pipeline, courier, TEN + 2 * MINUTE)
    assert steps.count == 25
