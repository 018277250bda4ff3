"""Members are kept apart by the database itself: whatever a worker asks for one of them, it gets nothing of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tests.rig.hosted import Host
from tests.store.making import NOW, event, letter
from tests.store.postgres.catalogue import ROWS_OF_NOBODY, faults
from triage.core.acts import Act, Did
from triage.core.values import Cursor
from triage.pipeline import record
from triage.store.postgres import MemberStore

pytestmark = pytest.mark.server

THEIRS = "Zylophant"
Rows = list[tuple[Any, ...]]
Two = tuple[MemberStore, MemberStore]
refused = psycopg.errors.InsufficientPrivilege


def filled(store: MemberStore, company: str, lines: int) -> None:
    """Something in every table."""
    with store.writing() as work:
        for number in range(lines):
            record(work, replace(event(f"{company} {number}", company), evidence=("a word",)))
        first = work.log.events()[0]
        work.outbox.enqueue(letter(f"<{company}@x>", first.id), NOW)
        work.acts.keep(Act(Did.NOTE, NOW, application=first.application, event=first.id, text=company))
        work.log.move(Cursor(company, "INBOX", 1, 2, 3))
        work.notes.polled(company, NOW)
        work.trials.begin(company, "INBOX")
        work.connection.exec_driver_sql(f"INSERT INTO secret (name, sealed, key) VALUES ('{company}', 'x', 'k1')")


@pytest.fixture(scope="module")
def two(shared: Host) -> Two:
    """One member, in whose name all is asked; and another one, who has more of everything."""
    one, other = shared.store(shared.enrol()), shared.store(shared.enrol())
    filled(one, "Fjord", 2)
    filled(other, THEIRS, 5)
    return one, other


@pytest.fixture
def asking(shared: Host, two: Two) -> Iterator[psycopg.Connection[Any]]:
    """What a worker can say to the database, in the name of the one; nothing of it is kept."""
    with psycopg.connect(shared.database.worker) as connection:
        connection.execute("SELECT set_config('triage.member', %s, true)", [str(two[0].member)])
        yield connection
        connection.rollback()


def everything(host: Host, member: int) -> dict[str, Rows]:
    with psycopg.connect(host.database.superuser) as connection:
        names = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        return {
            name: connection.execute(f"SELECT * FROM {name} WHERE member = {member} ORDER BY 1, 2").fetchall()
            for name in names
            if name not in ROWS_OF_NOBODY
        }


# --- What the catalogue says ----------------------------------------------------------------------------------------


def test_every_table_keeps_members_apart(shared: Host) -> None:
    with psycopg.connect(shared.database.superuser) as connection:
        assert faults(connection) == set()


SPOILT = {
    "a table for all": ("CREATE TABLE public.extra (id bigint PRIMARY KEY)", "extra is open to other members"),
    "a table with no one's name": ("CREATE TABLE public.extra (id int)", "extra does not say whose a row is"),
    "a table that stays": ("CREATE TABLE public.extra (id int)", "extra can outlive its member"),
    "no rule": ("ALTER TABLE event DISABLE ROW LEVEL SECURITY", "event is open to other members"),
    "one rule more": ("CREATE POLICY more ON act USING (true)", "act is open to other members"),
    "another rule": ("ALTER POLICY own_all ON act USING (true)", "act is open to other members"),
    "a key for all": ("CREATE UNIQUE INDEX wide ON letter (message_id)", "letter: wide does not begin with the member"),
    "a right": ("GRANT SELECT ON event TO triage_operator", "triage_operator has SELECT on event"),
    "a right too many": ("GRANT TRUNCATE ON event TO triage_worker", "triage_worker has TRUNCATE on event"),
    "everybody": ("GRANT SELECT ON letter TO PUBLIC", "PUBLIC has SELECT on letter"),
    "a role": ("GRANT triage_owner TO triage_worker", "triage_worker may do more than it should"),
    "a view": ("CREATE VIEW hosting_more AS SELECT company FROM event", "hosting_more tells company"),
    "a function": (
        "CREATE FUNCTION peek() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT 1::bigint'",
        "peek() is open to others, or can be led astray",
    ),
}


@pytest.mark.parametrize(("change", "said"), SPOILT.values(), ids=SPOILT)
def test_what_would_let_one_see_another_is_noticed(shared: Host, change: str, said: str) -> None:
    with psycopg.connect(shared.database.superuser) as connection:
        connection.execute(change)
        assert said in faults(connection)
        connection.rollback()


# --- What a worker may try ------------------------------------------------------------------------------------------

SEEN_NOTHING = {
    "by a word": f"SELECT * FROM event WHERE company = '{THEIRS}'",
    "by whose it is": "SELECT * FROM event WHERE member = {other}",
    "by id": "SELECT * FROM event WHERE id = 5",
    "by a join": f"SELECT 1 FROM event e JOIN letter l USING (member) WHERE l.message_id = '<{THEIRS}@x>'",
    "by a fault that tells": f"SELECT * FROM event WHERE company = '{THEIRS}' AND 1 / (id - id) = 1",
    "by a fault in a cast": f"SELECT company::int FROM event WHERE company = '{THEIRS}'",
    "by a secret's name": f"SELECT sealed FROM secret WHERE name = '{THEIRS}'",
    "by changing it": f"UPDATE event SET company = 'Mine' WHERE company = '{THEIRS}' RETURNING 1",
    "by removing it": "DELETE FROM trial WHERE member = {other} RETURNING 1",
    "by locking it": "SELECT 1 FROM event WHERE member = {other} FOR UPDATE",
    "by merging it": "WITH gone AS (DELETE FROM act WHERE member = {other} RETURNING 1) SELECT * FROM gone",
    "by the planner's notes": "SELECT * FROM pg_stats WHERE schemaname = 'public' AND tablename = 'event'",
    "by what others ask": (
        "SELECT query FROM pg_stat_activity WHERE usename NOT IN ('triage_worker') AND query LIKE '%select%'"
        " AND query <> '<insufficient privilege>'"
    ),
    "by another's fence": "UPDATE member SET fence = 99 WHERE id = {other} RETURNING 1",
}
REFUSED = {
    "a row in another's name": (
        "INSERT INTO setting (name, value, member) VALUES ('a', 'b', {other})",
        "InsufficientPrivilege",
    ),
    "a row given away": ("UPDATE event SET member = {other}", "InsufficientPrivilege"),
    "an upsert in another's name": (
        "INSERT INTO cursor VALUES ('" + THEIRS + "', 'INBOX', 9, 9, 9, {other}) ON CONFLICT (member, mailbox, folder) "
        "DO UPDATE SET uid = 9",
        "InsufficientPrivilege",
    ),
    "a reference to another's event": ("INSERT INTO telling (event, letter) VALUES (5, 1)", "ForeignKeyViolation"),
    "a reference in another's name": (
        "INSERT INTO telling (event, letter, member) VALUES (4, 1, {other})",
        "InsufficientPrivilege",
    ),
    "rows by the basket": ("COPY event FROM STDIN", "FeatureNotSupported"),
    "the server's files": ("COPY event TO '/tmp/x'", "InsufficientPrivilege"),
    "a program of the server": ("COPY event TO PROGRAM 'cat'", "InsufficientPrivilege"),
    "to read files": ("SELECT pg_read_file('postgresql.conf')", "InsufficientPrivilege"),
    "to be the owner": ("SET ROLE triage_owner", "InsufficientPrivilege"),
    "to be the superuser": ("SET SESSION AUTHORIZATION postgres", "InsufficientPrivilege"),
    "to do without rules": ("SET row_security = off; SELECT * FROM event", "InsufficientPrivilege"),
    "to end the rules": ("ALTER TABLE event DISABLE ROW LEVEL SECURITY", "InsufficientPrivilege"),
    "to make a rule": ("CREATE POLICY mine ON event USING (true)", "InsufficientPrivilege"),
    "to empty a table": ("TRUNCATE event CASCADE", "InsufficientPrivilege"),
    "to stop a trigger": ("ALTER TABLE event DISABLE TRIGGER event_in", "InsufficientPrivilege"),
    "to stop all triggers": ("SET session_replication_role = replica", "InsufficientPrivilege"),
    "a trigger of one's own": (
        "CREATE TRIGGER mine AFTER INSERT ON event EXECUTE FUNCTION keep_event_in()",
        "InsufficientPrivilege",
    ),
    "a function of one's own": (
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "InsufficientPrivilege",
    ),
    "a view of one's own": ("CREATE VIEW mine AS SELECT * FROM event", "InsufficientPrivilege"),
    "a table in the way": ("CREATE TEMP TABLE tally (kind text)", "InsufficientPrivilege"),
    "code": ("DO LANGUAGE plpython3u 'pass'", "UndefinedObject"),
    "the operator's view": ("SELECT * FROM member_health", "InsufficientPrivilege"),
    "to invite": ("SELECT hosting_invite('m-x', 'x', now())", "InsufficientPrivilege"),
    "to forget another": (
        "SELECT hosting_forget((SELECT name FROM member WHERE id = {other}))",
        "InsufficientPrivilege",
    ),
    "a member": ("INSERT INTO member (name) VALUES ('m-y')", "InsufficientPrivilege"),
    "another's name": ("UPDATE member SET name = 'm-z'", "InsufficientPrivilege"),
    "another's place": ("UPDATE member SET id = 1", "GeneratedAlways"),
    "a member's end": ("DELETE FROM member", "InsufficientPrivilege"),
    "another's fence": ("SELECT hosting_hold({other}, 99)", "DatabaseError"),
}


@pytest.mark.parametrize("attack", SEEN_NOTHING.values(), ids=SEEN_NOTHING)
def test_nothing_of_another_is_there(shared: Host, two: Two, asking: psycopg.Connection[Any], attack: str) -> None:
    before = everything(shared, two[1].member)
    assert asking.execute(attack.format(other=two[1].member).encode()).fetchall() == []
    asking.commit()
    assert everything(shared, two[1].member) == before


@pytest.mark.parametrize(("attack", "error"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_ones_own_is_refused(two: Two, asking: psycopg.Connection[Any], attack: str, error: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        asking.execute(attack.format(other=two[1].member).encode())
    assert type(caught.value).__name__ == error


def test_every_table_shows_one_members_rows_alone(shared: Host, two: Two, asking: psycopg.Connection[Any]) -> None:
    mine, theirs = (everything(shared, one.member) for one in two)
    empty = {name for name, rows in theirs.items() if not rows}
    assert empty <= {"correction", "forgotten", "outlook", "unsettled"}, "nothing would be seen in any case"
    for name, rows in mine.items():
        assert asking.execute(f"SELECT * FROM {name} ORDER BY 1, 2".encode()).fetchall() == rows
        with asking.cursor() as cursor, cursor.copy(f"COPY {name} TO STDOUT".encode()) as copied:
            assert sum(1 for _ in copied.rows()) == len(rows)


def test_what_a_trigger_does_is_done_to_ones_own(shared: Host, two: Two, asking: psycopg.Connection[Any]) -> None:
    before = everything(shared, two[1].member)
    asking.execute("DELETE FROM telling; DELETE FROM wording; UPDATE event SET kind = 'offer', company = 'Other'")
    asking.execute("DELETE FROM act; DELETE FROM letter; UPDATE application SET role = 'Cook'; DELETE FROM setting")
    asking.commit()
    assert everything(shared, two[1].member) == before


def test_what_the_owner_does_to_one_is_not_done_to_others(host: Host) -> None:
    """Triggers run with the rights of whoever changes a table: the owner sees the rows of all."""
    one, other = host.store(host.enrol()), host.store(host.enrol())
    filled(one, "Fjord", 2)
    filled(other, THEIRS, 5)
    before = everything(host, other.member)
    with psycopg.connect(host.database.owner) as connection:
        connection.execute("DELETE FROM telling WHERE member = %s", [one.member])
        connection.execute("UPDATE event SET kind = 'offer' WHERE member = %s", [one.member])
        connection.execute("INSERT INTO setting VALUES ('letters_only', 'x', %s)", [one.member])
    assert everything(host, other.member) == before
    with one.reading() as work:
        assert work.log.counts() == {"offer": 2}


@pytest.mark.parametrize("forged", [None, "", "0", "-1"])
def test_in_nobodys_name_there_is_nothing(shared: Host, two: Two, forged: str | None) -> None:
    with psycopg.connect(shared.database.worker) as connection:
        if forged is not None:
            connection.execute("SELECT set_config('triage.member', %s, true)", [forged])
        for name in everything(shared, two[1].member):
            assert connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchall() == [(0,)]
        with pytest.raises(psycopg.Error):
            connection.execute("INSERT INTO setting (name, value) VALUES ('a', 'b')")


@pytest.mark.parametrize("forged", ["1 OR true", "*", "1,2", "1e3", "NULL"])
def test_a_name_that_is_none_is_an_error(shared: Host, forged: str) -> None:
    with psycopg.connect(shared.database.worker) as connection:
        connection.execute("SELECT set_config('triage.member', %s, true)", [forged])
        with pytest.raises(psycopg.DataError):
            connection.execute("SELECT count(*) FROM event")


def test_a_transaction_leaves_its_member_to_no_other(two: Two, shared: Host) -> None:
    """Connections are used by one after the other."""
    with shared.engine.connect() as connection, connection.begin():
        assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar() == 0
    with two[0].reading() as work:
        pid = work.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with shared.engine.connect() as connection, connection.begin():
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() == pid
        assert connection.exec_driver_sql("SELECT count(*) FROM event").scalar() == 0


def test_the_same_mail_is_a_line_for_each_who_got_it(two: Two) -> None:
    """And to log it tells nobody that another has it."""
    with two[0].writing() as work:
        assert not work.log.knows(f"{THEIRS} 1")
        work.log.forget([work.log.record(event(f"{THEIRS} 1"))])


# --- The operator ---------------------------------------------------------------------------------------------------

TRIED = (
    "SELECT * FROM {table}",
    "INSERT INTO {table} DEFAULT VALUES",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "COPY {table} TO STDOUT",
    "SELECT * FROM {table} FOR UPDATE",
    "CREATE VIEW mine AS SELECT * FROM {table}",
    "LOCK TABLE {table}",
)


@pytest.mark.parametrize("attempt", TRIED)
def test_the_operator_sees_no_table(shared: Host, two: Two, attempt: str) -> None:
    for table in [*everything(shared, two[0].member), "member"]:
        with (
            psycopg.connect(shared.database.operator) as connection,
            pytest.raises(refused),
        ):
            connection.execute(attempt.format(table=table).encode())


def test_the_operator_gets_no_further_by_forging_a_name_or_a_role(shared: Host, two: Two) -> None:
    for attempt in (
        f"SELECT set_config('triage.member', '{two[1].member}', true); SELECT * FROM event",
        "SET ROLE triage_worker",
        "SET ROLE triage_owner",
        f"SELECT hosting_wrote({two[1].member}, '<a@x>')",
        f"SELECT hosting_hold({two[1].member}, 1)",
    ):
        with (
            psycopg.connect(shared.database.operator) as connection,
            pytest.raises(refused),
        ):
            connection.execute(attempt.encode())


def test_what_the_operator_sees_names_nothing(shared: Host, two: Two) -> None:
    with psycopg.connect(shared.database.operator) as connection:
        seen = [
            connection.execute(f"SELECT * FROM {view}".encode()).fetchall()
            for view in ("member_health", "hosting_counts", "secret_keys")
        ]
    assert all(seen)
    assert not any(word in str(seen) for word in (THEIRS, "Fjord", "rejection", "INBOX", "a word"))


# --- Leaving --------------------------------------------------------------------------------------------------------


def test_who_is_forgotten_is_nowhere(host: Host) -> None:
    one, other = host.store(host.enrol()), host.store(host.enrol())
    filled(one, "Fjord", 2)
    filled(other, THEIRS, 5)
    before = everything(host, other.member)
    with psycopg.connect(host.database.superuser) as connection:
        ((name,),) = connection.execute("SELECT name FROM member WHERE id = %s", [one.member])
    assert host.operator.execute("SELECT hosting_forget(%s)", [name]).fetchall() == [(True,)]
    assert host.operator.execute("SELECT hosting_forget(%s)", [name]).fetchall() == [(False,)]
    assert not any(everything(host, one.member).values())
    assert everything(host, other.member) == before


def test_a_worker_forgets_the_member_it_is_at(host: Host) -> None:
    store = host.store(host.enrol())
    filled(store, "Fjord", 2)
    with store.writing() as work:
        ask = work.connection.exec_driver_sql
        assert ask("SELECT hosting_forget(name) FROM member WHERE id = %s", (store.member,)).scalar() is True
    assert not any(everything(host, store.member).values())


def test_no_member_can_go_while_something_of_theirs_is_there(host: Host) -> None:
    store = host.store(host.enrol())
    with psycopg.connect(host.database.superuser) as connection, pytest.raises(psycopg.errors.ForeignKeyViolation):
        connection.execute("DELETE FROM member WHERE id = %s", [store.member])
