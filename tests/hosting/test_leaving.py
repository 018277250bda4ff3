"""A member leaves by answering a letter: real workers, a real database, a real mail server, and death at any moment."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from tests.hosting.colony import Colony, Person
from tests.hosting.desk import Desk, desk
from tests.rig import employers
from tests.rig.installed import letters, text_of
from tests.rig.ports import free_port
from tests.rig.postgres import Cluster
from triage import wishes
from triage.cli.hosting.assemble import home
from triage.errors import InputError
from triage.hosting import enrolment, leaving, members, revoking
from triage.hosting.home import Home
from triage.hosting.leaving import LONGEST, Farewell
from triage.hosting.letters import Letters
from triage.hosting.looking import Outcome
from triage.hosting.moving import take_along
from triage.hosting.politeness import Limits, Politeness
from triage.store.postgres import MemberStore, take

pytestmark = pytest.mark.server

COMPANY = "Alderbridge Works"
ASKED, LEFT = "You asked to leave. Nothing is removed yet.", "You have left."
LOCK = 4711


def saying(person: Person, words: str) -> list[EmailMessage]:
    """The letters in their inbox that say so."""
    return [one for one in letters(person.client.bodies()) if words in text_of(one)]


def answer(person: Person, letter: EmailMessage, text: str) -> None:
    """They answer a letter, and their mail program quotes it."""
    made = EmailMessage()
    made["From"] = made["To"] = f"{person.client.user}@example.org"
    made["Subject"], made["In-Reply-To"] = f"Re: {letter['Subject']}", letter["Message-ID"]
    quoted = "\n".join(f"> {line}" for line in text_of(letter).split(". "))
    made.set_content(f"{text}\n\nOn Monday, triage wrote:\n{quoted}\n")
    person.client.append(made.as_bytes(), datetime.now(UTC))


def with_a_letter(town: Colony, *people: Person) -> None:
    """Each has a letter that tells of a no."""
    for person in people:
        town.mail(person, employers.rejection(COMPANY))
    town.hurry(people)
    town.until(lambda: all(town.told(person) == {COMPANY: 1} for person in people))


def asked_back(town: Colony, person: Person) -> EmailMessage:
    """They answer a letter that they leave: the letter that asks back."""
    answer(person, letters(person.client.bodies())[-1], "leave")
    town.hurry([person])
    town.until(lambda: bool(saying(person, ASKED)))
    return saying(person, ASKED)[0]


def rows(town: Colony, person: Person) -> int:
    """How many rows are theirs, in every table that has any; and jobs of theirs."""
    tables = town.ask(
        "SELECT relname FROM pg_class JOIN pg_attribute a ON attrelid = pg_class.oid WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace AND attname = 'member' AND NOT attisdropped"
    )
    queries = [f"SELECT count(*) FROM {name} WHERE member = %s" for (name,) in tables]
    queries += ["SELECT count(*) FROM member WHERE id = %s"]
    queries += ["SELECT count(*) FROM procrastinate_jobs WHERE (args->>'member')::bigint = %s"]
    return sum(int(town.ask(query, person.number)[0][0]) for query in queries)


def test_a_member_leaves_and_nothing_is_left(town: Colony) -> None:
    robin, kim = town.settle(2)
    town.worker()
    with_a_letter(town, robin, kim)
    question = asked_back(town, robin)
    assert town.row(robin, "state") == "active"
    answer(robin, question, "Leave.")
    town.hurry([robin])
    town.until(lambda: rows(town, robin) == 0)
    assert [len(saying(robin, words)) for words in (ASKED, LEFT)] == [1, 1]
    assert robin.handle not in town.desk.everything()
    assert (town.row(kim, "state"), saying(kim, LEFT)) == ("active", [])
    town.mail(kim, employers.rejection("Birchfield Studio"))
    town.hurry([kim])
    town.until(lambda: town.told(kim)["Birchfield Studio"] == 1)
    assert town.told(robin) == {COMPANY: 1}


@contextmanager
def held(town: Colony, moment: str) -> Iterator[Callable[[], bool]]:
    """Whoever comes to this moment waits there; the call says whether anybody does."""
    with psycopg.connect(town.database.superuser, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        connection.execute(
            f"CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" PERFORM pg_advisory_xact_lock_shared({LOCK}); RETURN coalesce(NEW, OLD); END $$"
        )
        connection.execute(f"CREATE TRIGGER held BEFORE {moment} FOR EACH ROW EXECUTE FUNCTION held()")
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
        yield lambda: connection.execute(waiting, (LOCK,)).fetchone() != (0,)


MOMENTS = {
    "the last letter is not written yet": ("INSERT ON letter", 0),
    "it is about to be handed over": ("UPDATE OF attempts ON letter", 0),
    "it has come, and nobody has noted so": ("UPDATE OF sent ON letter", 1),
    "all is about to be removed": ("DELETE ON secret", 1),
    "all but the member is removed": ("DELETE ON member", 1),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_killed_on_the_way_out_nothing_is_lost_and_it_is_told_once(town: Colony, name: str) -> None:
    moment, come = MOMENTS[name]
    (robin,) = town.settle(1)
    first = town.worker()
    with_a_letter(town, robin)
    question = asked_back(town, robin)
    with held(town, moment) as reached:
        answer(robin, question, "leave")
        town.hurry([robin])
        town.until(reached)
        first.send_signal(signal.SIGKILL)
        first.wait(20)
        assert (town.row(robin, "state"), len(saying(robin, LEFT))) == ("leaving", come)
        assert rows(town, robin) > 5
    town.ask("UPDATE letter SET due = now()")  # what may have arrived is given a minute to show
    town.worker()
    town.until(lambda: rows(town, robin) == 0, within=180)
    assert [len(saying(robin, words)) for words in (ASKED, LEFT)] == [1, 1]
    assert robin.handle not in town.desk.everything()


def test_the_queue_is_lost_on_the_way_out(town: Colony) -> None:
    """The sweep finds who is leaving by their row alone."""
    (robin,) = town.settle(1)
    first = town.worker()
    with_a_letter(town, robin)
    question = asked_back(town, robin)
    with held(town, "INSERT ON letter") as reached:
        answer(robin, question, "leave")
        town.hurry([robin])
        town.until(reached)
        first.send_signal(signal.SIGKILL)
        first.wait(20)
        town.ask("DELETE FROM procrastinate_jobs")
    town.worker()
    town.until(lambda: rows(town, robin) == 0)
    assert len(saying(robin, LEFT)) == 1


# --- The job that forgets, by hand ---------------------------------------------------------------------------------


@pytest.fixture
def politeness(town: Colony) -> Iterator[Politeness]:
    with town.desk.engine("worker") as engine:
        made = Politeness(engine, {}, Limits(connections=50, per_second=1000), 8)
        yield made
        made.close()


def job(town: Colony, politeness: Politeness, now: datetime, took_back: list[int]) -> Farewell:
    engine = politeness._engine

    def build(member: int, fence: int) -> Home:
        return home(members.load(engine, town.desk.keys, member, fence), lambda: now)

    def take_back(member: int) -> None:
        took_back.append(member)
        revoking.revoke(engine, town.desk.keys, member)

    return Farewell(engine, build, Letters(politeness, lambda: now), take_back, lambda: now)


def leaves(town: Colony, politeness: Politeness, person: Person) -> bool:
    """They have said so twice; what the worker does with the answer."""
    engine = politeness._engine
    store = MemberStore(engine, person.number, take(engine, person.number))
    with store.writing() as work:
        work.acts.keep(wishes.left(work, datetime.now(UTC)))
        return leaving.leave(person.number, work)


def test_where_no_letter_can_come_it_is_waited_for_an_hour_and_not_longer(town: Colony, politeness: Politeness) -> None:
    (robin,) = town.settle(1, port=free_port())
    now = datetime.now(UTC) + timedelta(minutes=1)
    took_back: list[int] = []
    assert leaves(town, politeness, robin)
    assert not leaves(town, politeness, robin)
    assert ("forget", str(robin.number), "todo") in town.jobs()
    assert job(town, politeness, now, took_back).see_off(robin.number) is Outcome.WAITS
    assert (town.row(robin, "state"), took_back) == ("leaving", [])
    later = now + LONGEST
    assert job(town, politeness, later, took_back).see_off(robin.number) is Outcome.DONE
    assert (rows(town, robin), took_back) == (0, [robin.number])
    assert job(town, politeness, later, took_back).see_off(robin.number) is Outcome.GONE


def test_where_a_key_is_missing_nobody_is_kept(town: Colony, politeness: Politeness) -> None:
    (robin,) = town.settle(1)
    assert leaves(town, politeness, robin)
    town.ask("UPDATE secret SET key = 'lost', sealed = '\\x00'")
    took_back: list[int] = []
    assert job(town, politeness, datetime.now(UTC), took_back).see_off(robin.number) is Outcome.DONE
    assert rows(town, robin) == 0


@pytest.mark.parametrize("state", ["active", "suspended"])
def test_who_does_not_leave_is_left_alone(town: Colony, politeness: Politeness, state: str) -> None:
    """A job that was put twice, or for somebody who has changed their mind."""
    (robin,) = town.settle(1)
    town.ask("UPDATE member SET state = %s", state)
    before = rows(town, robin), town.row(robin, "fence")
    assert job(town, politeness, datetime.now(UTC), []).see_off(robin.number) is Outcome.GONE
    assert (rows(town, robin), town.row(robin, "fence")) == before


def test_who_leaves_otherwise_is_forgotten_without_a_letter(town: Colony, politeness: Politeness) -> None:
    (robin,) = town.settle(1)
    town.mail(robin, employers.rejection(COMPANY))
    town.ask("UPDATE member SET state = 'leaving'")
    assert job(town, politeness, datetime.now(UTC), []).see_off(robin.number) is Outcome.DONE
    assert (rows(town, robin), letters(robin.client.bodies())) == (0, [])


# --- No way back in ------------------------------------------------------------------------------------------------


def test_who_is_leaving_is_not_taken_along_nor_let_in_again(here: Desk, tmp_path: Path) -> None:
    number, handle, _ = here.member()
    with here.engine("operator") as operator, here.engine("worker") as worker:
        again = enrolment.invite_again(operator, handle, datetime.now(UTC) + timedelta(days=1))
        assert enrolment.invited(worker, again.code, datetime.now(UTC)).number == number
        with psycopg.connect(here.database.superuser, autocommit=True) as connection:
            connection.execute("UPDATE member SET state = 'leaving'")
        with pytest.raises(InputError, match="not known"):
            enrolment.invited(worker, again.code, datetime.now(UTC))
        with pytest.raises(InputError, match="is leaving"):
            take_along(worker, number, tmp_path / "taken", datetime.now(UTC))
    for command in ("suspend", "resume"):
        with pytest.raises(InputError):
            here.types("admin", command, handle)
    assert here.told("admin", "list")[0]["state"] == "leaving"


def test_who_was_leaving_when_the_list_was_made_is_removed_from_what_is_put_back(
    here: Desk, cluster: Cluster, tmp_path: Path
) -> None:
    _, goes, _ = here.member()
    _, stays, _ = here.member()
    copy = desk(tmp_path / "copy", cluster.copy(here.database))
    told = here.told("admin", "list")
    known = tmp_path / "members.json"
    known.write_text(json.dumps([one | {"state": "leaving"} if one["handle"] == goes else one for one in told]))
    done = copy.told("admin", "after-restore", "--members", str(known), "--yes")
    assert (done["left"], done["lost"]) == ([goes], [])
    assert [one["handle"] for one in copy.told("admin", "list")] == [stays]
    cluster.drop(copy.database)
