"""Members come in once by a code, are what they entrusted to us and nothing of anybody else, and go without a trace."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from tests.at_work import TEN, read, remembering_judge, settled, stationery
from tests.fakes import MONDAY, READER, mail
from tests.hosting.desk import ADDRESS, NOW, PASSWORD, SETTINGS, SOON, Desk
from triage.errors import CredentialError, InputError, Superseded, TriageError
from triage.hosting import codes, enrolment, members, roll
from triage.hosting.acting import acting_for
from triage.hosting.enrolment import Enrolment
from triage.hosting.sealing import Keys, SealingError
from triage.hosting.vault import Secrets, password_row
from triage.pipeline import Pipeline
from triage.store.postgres import MemberStore, take
from triage.store.work import SECRET, TRAITS

pytestmark = pytest.mark.server


def _jobs(here: Desk, number: int) -> list[str]:
    with psycopg.connect(here.database.superuser) as connection:
        rows = connection.execute(
            "SELECT task_name FROM procrastinate_jobs WHERE args->>'member' = %s AND status = 'todo'", [str(number)]
        )
        return [name for (name,) in rows]


def test_what_a_member_entrusts_is_there_for_a_job_of_theirs(here: Desk) -> None:
    number, handle, _ = here.member()
    with here.engine("worker") as engine:
        found = members.load(engine, here.keys, number, take(engine, number))
        assert found.handle == handle
        assert found.config.reader.address == ADDRESS
        (account,) = found.config.accounts
        assert found.password(account)() == PASSWORD
        with found.store.writing() as work:
            work.notes.set("x", "y")
    assert _jobs(here, number) == ["poll"]


def test_a_store_goes_by_what_stands_there_now(here: Desk) -> None:
    """A log that was brought along replaces the settings, and so does a worker of another version."""
    number, *_ = here.member()
    with here.engine("worker") as engine:
        first = members.load(engine, here.keys, number, take(engine, number)).store
        with first.writing() as work:
            rules = work.notes.setting(TRAITS)
            work.notes.set(TRAITS, "other rules")
            work.notes.set(SECRET, "ab" * 32)
        second = members.load(engine, here.keys, number, take(engine, number)).store
        with second.reading() as work:
            assert work.notes.setting(TRAITS) == rules
    assert first.secret != second.secret == bytes.fromhex("ab" * 32)


def test_nothing_of_it_can_be_read_in_the_database(here: Desk) -> None:
    here.member()
    everything = here.everything()
    assert "imap.example.org" in everything  # the provider is known, for politeness
    for secret in (PASSWORD, ADDRESS, "robin", "Europe/Berlin", (here.folder / "keys").read_text().strip()):
        assert secret not in everything


def test_another_key_opens_nothing_and_says_so(here: Desk) -> None:
    number, *_ = here.member()
    with here.engine("worker") as engine, pytest.raises(SealingError, match="Nothing is lost: put that key back"):
        members.load(engine, Keys([bytes(32)]), number, 1)


def test_a_secret_that_is_put_into_anothers_place_does_not_open(here: Desk) -> None:
    (mine, *_), (theirs, *_) = here.member(), here.member()
    with psycopg.connect(here.database.superuser) as connection:
        connection.execute(
            "UPDATE secret SET sealed = other.sealed FROM secret AS other"
            " WHERE secret.member = %s AND other.member = %s AND secret.name = other.name",
            [mine, theirs],
        )
    with here.engine("worker") as engine, pytest.raises(SealingError, match="does not open"):
        members.load(engine, here.keys, mine, 1)


def test_a_missing_password_is_a_sentence(here: Desk) -> None:
    number, *_ = here.member(**{password_row("elsewhere"): PASSWORD})
    with here.engine("worker") as engine:
        found = members.load(engine, here.keys, number, take(engine, number))
        with pytest.raises(CredentialError, match=r"no password for imap\.example\.org: it takes `triage enrol`"):
            found.password(found.config.accounts[0])()


def test_a_code_counts_once_and_until_it_ends(here: Desk) -> None:
    with here.engine("operator") as operator, here.engine("worker") as worker:
        made = enrolment.invite(operator, SOON)
        assert made.code not in here.everything()
        entrusted = Enrolment(SETTINGS, {}, "2026-11/en", "imap.example.org")
        with pytest.raises(InputError, match="too old"):
            enrolment.enrol(worker, here.keys, made.code, entrusted, SOON)
        with pytest.raises(InputError, match="not known"):
            enrolment.invited(worker, codes.made(), NOW)
        typed = made.code.lower().replace("-", " ").replace("0", "O").replace("1", "l")
        enrolment.enrol(worker, here.keys, typed, entrusted, NOW)
        with pytest.raises(InputError, match="used already"):
            enrolment.enrol(worker, here.keys, made.code, entrusted, NOW)


def test_of_two_who_enrol_at_once_with_one_code_one_does(here: Desk) -> None:
    entrusted = Enrolment(SETTINGS, {}, "2026-11/en", "imap.example.org")
    outcomes: list[str] = []

    def enrol() -> None:
        try:
            outcomes.append(enrolment.enrol(worker, here.keys, made.code, entrusted, NOW))
        except TriageError as error:
            outcomes.append(type(error).__name__)

    with here.engine("operator") as operator, here.engine("worker") as worker:
        made = enrolment.invite(operator, SOON)
        both = [threading.Thread(target=enrol) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
    assert outcomes.count("InputError") == 1
    assert len(outcomes) == 2


def test_an_enrolment_that_fails_leaves_the_code_good_and_nothing_else(here: Desk) -> None:
    with here.engine("operator") as operator, here.engine("worker") as worker:
        made = enrolment.invite(operator, SOON)
        number = enrolment.invited(worker, made.code, NOW).number
        broken = Enrolment(SETTINGS, {"x": "\udc80"}, "2026-11/en", "imap.example.org")
        with pytest.raises(UnicodeEncodeError):
            enrolment.enrol(worker, here.keys, made.code, broken, NOW)
        assert enrolment.invited(worker, made.code, NOW).state == "invited"
        with acting_for(worker, number) as connection:
            assert Secrets(connection, here.keys, number).names() == frozenset()
    assert _jobs(here, number) == []


def test_a_member_signs_in_anew_and_keeps_their_log(here: Desk) -> None:
    number, handle, leaving = here.member()
    with here.engine("operator") as operator, here.engine("worker") as worker:
        found = members.load(worker, here.keys, number, take(worker, number))
        with found.store.writing() as work:
            work.notes.set("kept", "yes")
        again = enrolment.invite_again(operator, handle, NOW + timedelta(days=1))
        entrusted = Enrolment(SETTINGS, {password_row("home"): "another"}, "2026-11/en", "imap.example.org")
        newer = enrolment.enrol(worker, here.keys, again.code, entrusted, NOW)
        found = members.load(worker, here.keys, number, take(worker, number))
        assert found.password(found.config.accounts[0])() == "another"
        with found.store.reading() as work:
            assert work.notes.setting("kept") == "yes"
        with pytest.raises(InputError, match="not known"):
            enrolment.leaving(worker, leaving)
        assert enrolment.leaving(worker, newer).handle == handle


def test_suspended_and_resumed(here: Desk) -> None:
    _, handle, _ = here.member()
    with here.engine("operator") as operator:
        enrolment.suspend(operator, handle)
        assert roll.one(operator, handle).state == "suspended"
        enrolment.resume(operator, handle)
        assert roll.one(operator, handle).state == "active"
        for change in (enrolment.suspend, enrolment.resume, enrolment.forget):
            with pytest.raises(InputError, match="There is no member m-nobody"):
                change(operator, "m-nobody")


def _by_the_operator(here: Desk, handle: str, _number: int, _leaving: str) -> None:
    with here.engine("operator") as engine:
        enrolment.forget(engine, handle)


def _by_a_job(here: Desk, _handle: str, number: int, _leaving: str) -> None:
    with here.engine("worker") as engine:
        members.forget(engine, number)
        members.forget(engine, number)  # done already


def _by_themselves(here: Desk, handle: str, _number: int, leaving: str) -> None:
    assert here.told("leave", leaving, "--yes") == {"handle": handle, "state": "forgotten", "by_hand": []}


def _search(store: MemberStore) -> None:
    """An employer has answered, a letter waits with the address in it, and the reader has said something."""
    pipeline = Pipeline(store, remembering_judge(), stationery(store.secret))
    mailbox = settled(pipeline)
    mailbox.receive(mail("rejection", "Northwind"), MONDAY)
    read(pipeline, mailbox)
    pipeline.write(TEN)
    with store.writing() as work:
        work.notes.set("Lillehammer", ADDRESS)


TRACES = ("Northwind", "Lillehammer", ADDRESS, READER, "Subject:")


@pytest.mark.parametrize("forget", [_by_the_operator, _by_a_job, _by_themselves])
def test_whoever_leaves_is_in_no_table_any_more(here: Desk, forget: Callable[[Desk, str, int, str], None]) -> None:
    """Searched for in every table: the number, the handle, the address, an employer, a letter."""
    other, *_ = here.member()
    number, handle, leaving = here.member()
    with here.engine("worker") as engine:
        store = members.load(engine, here.keys, number, take(engine, number)).store
        _search(store)
        everything = here.everything()
        assert not [trace for trace in (*TRACES, handle, f"'member:{number}'") if trace not in everything]
        forget(here, handle, number, leaving)
        everything = here.everything()
        assert not [trace for trace in (*TRACES, handle, f"'member:{number}'") if trace in everything]
        assert _rows_of(here, number) == []
        assert _jobs(here, number) == []
        with pytest.raises(Superseded), store.writing() as work:  # a worker that was only slow
            work.notes.set("Lillehammer", "again")
        assert "Lillehammer" not in here.everything()
    assert _rows_of(here, other)
    assert _jobs(here, other) == ["poll"]


def _rows_of(here: Desk, number: int) -> list[str]:
    """The tables that have rows of this member."""
    asked = "SELECT table_name FROM information_schema.columns WHERE column_name = 'member' AND table_schema = 'public'"
    with psycopg.connect(here.database.superuser, autocommit=True) as connection:
        names = [name for (name,) in connection.execute(asked)]
        assert len(names) > 15
        return [
            name for name in names if connection.execute(f"SELECT 1 FROM {name} WHERE member = %s", [number]).fetchone()
        ]
