"""Who leaves is gone from every table, by a worker that may die over it; and so is who was invited and never came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from tests.hosting.colony import Colony, Person
from tests.hosting.desk import Desk
from tests.rig import employers
from triage.hosting import expiring, queue
from triage.hosting.expiring import KEPT
from triage.hosting.sweep import sweep

pytestmark = pytest.mark.server

COMPANIES = ("Alderbridge Works", "Birchfield Studio")
SILENCE = timedelta(seconds=20)
MOMENT = timedelta(minutes=1)


def of(town: Colony, person: Person) -> dict[str, list[str]]:
    """Every row there is about them, in whatever table: by its number, and in the queue by its name."""
    tables = town.ask(
        "SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'member')"
        " FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    )
    where = {"member": f"id = {person.number}", "procrastinate_jobs": f"(args->>'member')::int = {person.number}"}
    found = {}
    for name, owned in tables:
        which = where.get(name) or (f"member = {person.number}" if owned else "false")
        found[name] = sorted(row[0] for row in town.ask(f"SELECT row_to_json(x)::text FROM {name} x WHERE {which}"))
    locks = town.ask(
        "SELECT lock FROM procrastinate_jobs WHERE lock ~ %s OR queueing_lock ~ %s", *[f":{person.number}$"] * 2
    )
    found["lock"] = [row[0] for row in locks]
    return {name: rows for name, rows in found.items() if rows}


def _asked_with_a_job(town: Colony, person: Person) -> None:
    with psycopg.connect(town.database.worker) as connection:
        connection.execute("SELECT set_config('triage.member', %s, true)", (str(person.number),))
        connection.execute("UPDATE member SET state = 'leaving' WHERE id = %s", (person.number,))
        queue.defer_forget(connection, person.number)


def _asked_and_the_queue_is_lost(town: Colony, person: Person) -> None:
    _asked_with_a_job(town, person)
    town.ask("DELETE FROM procrastinate_jobs")


@pytest.mark.parametrize("ask", [_asked_with_a_job, _asked_and_the_queue_is_lost])
def test_a_worker_is_killed_over_it_and_nothing_of_them_is_left(
    town: Colony, ask: Callable[[Colony, Person], None]
) -> None:
    robin, kim, lou = town.settle(3)
    for person in (robin, kim, lou):
        town.mail(person, *map(employers.rejection, COMPANIES))
    first = town.worker()
    town.until(lambda: all(sum(town.told(person).values()) == 2 for person in (robin, kim, lou)))
    first.terminate()
    first.wait(20)
    town.desk.types("admin", "suspend", kim.handle)
    town.desk.types("admin", "export", robin.handle, "--send")
    ask(town, robin)
    theirs, kims = of(town, robin), of(town, kim)
    assert {"member", "event", "letter", "telling", "secret", "cursor", "setting"} <= set(theirs)

    with psycopg.connect(town.database.superuser) as other:
        other.execute("SELECT FROM setting WHERE member = %s FOR UPDATE", (robin.number,))
        second = town.worker()
        town.until(lambda: _waits_in(town, "hosting_forget"))
        second.kill()
        second.wait(10)
    town.until(lambda: not _waits_in(town, "hosting_forget"))
    others = {"procrastinate_jobs", "lock", "member"}  # who takes them over counts a fence up
    still = of(town, robin)
    assert {name: rows for name, rows in still.items() if name not in others} == {
        name: rows for name, rows in theirs.items() if name not in others
    }
    assert len(still["member"]) == 1
    town.worker()
    town.until(lambda: not of(town, robin))

    everything = town.desk.everything()
    assert robin.handle not in everything
    assert kim.handle in everything
    assert of(town, kim) == kims
    town.mail(lou, employers.rejection("Copperhaven Foods"))
    town.hurry([lou])
    town.until(lambda: sum(town.told(lou).values()) == 3)
    assert town.logged(lou) == town.told(lou) == dict.fromkeys((*COMPANIES, "Copperhaven Foods"), 1)
    assert sum(town.told(robin).values()) == 2  # what was delivered is theirs
    assert of(town, robin) == {}
    assert "Traceback" not in town.said()


def _waits_in(town: Colony, name: str) -> bool:
    """Is a worker's transaction in this function?"""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'triage_worker' AND state = 'active'"
    return town.ask(f"{waiting} AND query LIKE %s AND datname = %s", f"%{name}%", town.database.name) != [(0,)]


# --- Invitations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ago", "left"), [(-timedelta(days=1), True), (KEPT - MOMENT, True), (KEPT + MOMENT, False)], ids=str
)
def test_an_invitation_that_ran_out_is_cleared_after_a_while(here: Desk, ago: timedelta, left: bool) -> None:
    handle = here.told("admin", "invite")[0]["handle"]
    with psycopg.connect(here.database.superuser, autocommit=True) as connection:
        connection.execute("UPDATE member SET expires = now() - %s", (ago,))
    with psycopg.connect(here.database.worker, autocommit=True) as worker:
        sweep(worker, SILENCE)
    assert [one["handle"] for one in here.told("admin", "list")] == [handle] * left


def test_a_member_who_was_invited_again_and_did_not_come_keeps_all_but_the_code(here: Desk) -> None:
    number, handle, _ = here.member()
    here.types("admin", "invite", "--again", handle)
    with psycopg.connect(here.database.superuser, autocommit=True) as connection:
        secrets = "SELECT count(*) FROM secret WHERE member = %s", (number,)
        before = connection.execute(*secrets).fetchone()
        connection.execute("UPDATE member SET expires = now() - interval '1 year'")
        with psycopg.connect(here.database.worker, autocommit=True) as worker:
            assert [expiring.clear(worker), expiring.clear(worker)] == [1, 0]
        row = connection.execute("SELECT state, invitation, expires FROM member").fetchone()
        assert row == ("active", None, None)
        assert connection.execute(*secrets).fetchone() == before


def test_one_that_is_renewed_or_held_by_somebody_just_then_stays(here: Desk) -> None:
    handle = here.told("admin", "invite")[0]["handle"]
    with (
        psycopg.connect(here.database.superuser) as other,
        psycopg.connect(here.database.worker, autocommit=True) as worker,
    ):
        other.execute("UPDATE member SET expires = now() - interval '1 year'")
        other.commit()
        other.execute("UPDATE member SET expires = now() + interval '1 day'")
        assert expiring.clear(worker) == 0  # it neither waits nor goes by what it saw before
        other.commit()
        assert expiring.clear(worker) == 0
    assert [one["handle"] for one in here.told("admin", "list")] == [handle]


def test_one_that_is_renewed_between_two_steps_stays(here: Desk) -> None:
    """It was found, and before its turn came somebody gave out a new code: here, while the first one goes."""
    first, second = (here.told("admin", "invite")[0]["handle"] for _ in range(2))
    with psycopg.connect(here.database.superuser, autocommit=True) as connection:
        connection.execute("UPDATE member SET expires = now() - interval '1 year'")
        connection.execute(
            "CREATE FUNCTION renew() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS"
            " 'BEGIN UPDATE member SET expires = now() + interval ''1 day''; RETURN NULL; END';"
            "CREATE TRIGGER renewed AFTER DELETE ON member FOR EACH ROW EXECUTE FUNCTION renew()"
        )
    with psycopg.connect(here.database.worker, autocommit=True) as worker:
        assert expiring.clear(worker) == 1
    assert [one["handle"] for one in here.told("admin", "list")] == [second]
    assert first != second
