"""What one job does and leaves behind: how the member stands then, and the one job that follows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes import FakeCourier
from tests.hosting.colony import Colony, Person
from tests.hosting.hands import MINUTE, Hands
from tests.rig import employers
from tests.rig.ports import free_port
from triage.errors import Superseded
from triage.hosting.fenced import Fenced
from triage.hosting.home import Terms
from triage.hosting.looking import Outcome
from triage.hosting.politeness import Limits
from triage.hosting.queue import Errand, Standing, Visit
from triage.hosting.vault import password_row
from triage.store.postgres import take

pytestmark = pytest.mark.server


def standing(town: Colony, person: Person) -> tuple[str, int]:
    return town.row(person, "fault"), town.row(person, "failures")


def test_a_look_is_followed_by_the_next_one_in_time(town: Colony, worker: Hands) -> None:
    (robin,) = town.settle(1)
    town.mail(robin, employers.rejection("Alderbridge Works"))
    assert worker.do(worker.next(robin)) is Outcome.DONE
    following = worker.next(robin)
    assert (following.errand, following.at) == (Errand.POLL, worker.now + 5 * MINUTE)
    assert town.row(robin, "due") == following.at
    assert town.row(robin, "polled") == worker.now
    assert standing(town, robin) == ("", 0)
    assert town.told(robin) == {"Alderbridge Works": 1}


def test_a_job_that_was_done_once_is_done_again_without_harm(town: Colony, worker: Hands) -> None:
    """It may have been all but ended when its worker died."""
    (robin,) = town.settle(1)
    town.mail(robin, employers.rejection("Alderbridge Works"))
    job = worker.next(robin)
    for _ in range(2):
        assert worker.do(job) is Outcome.DONE
    assert town.logged(robin) == town.told(robin) == {"Alderbridge Works": 1}
    worker.next(robin)


def test_a_first_look_is_cut_into_slices_at_low_priority(town: Colony, worker: Hands) -> None:
    (robin,) = town.settle(1)
    companies = employers.COMPANIES[:7]
    town.mail(robin, *(employers.rejection(company) for company in companies))
    worker.terms = Terms(slice_messages=3)
    job = worker.next(robin)
    errands: list[Errand] = []
    while not errands or errands[-1] is Errand.LOOK_BACK:
        before = sum(town.logged(robin).values())
        outcome = worker.do(job)
        assert sum(town.logged(robin).values()) - before <= 3
        job = worker.next(robin)
        errands.append(job.errand)
        assert (outcome is Outcome.MORE) == (job.errand is Errand.LOOK_BACK) == (job.priority < 0)
    assert errands == [Errand.LOOK_BACK, Errand.LOOK_BACK, Errand.POLL]
    assert town.logged(robin) == dict.fromkeys(companies, 1)
    assert town.ask("SELECT count(*) FROM trial") == [(0,)]  # no slice counts as broken off
    assert len(town.ask("SELECT 1 FROM letter")) == 1  # all of a first look is told in one letter


def test_told_to_end_it_gives_the_rest_back_at_once(town: Colony, worker: Hands) -> None:
    (robin,) = town.settle(1)
    town.mail(robin, employers.rejection("Alderbridge Works"))
    assert worker.do(worker.next(robin), stops=lambda: True) is Outcome.MORE
    following = worker.next(robin)
    assert following.at == worker.now
    assert town.logged(robin) == {}
    assert worker.do(following) is Outcome.DONE
    assert town.logged(robin) == {"Alderbridge Works": 1}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("locked-out", [5, 10, 60, 60]), ("unreachable", [5, 10, 20, 40, 60, 60])],
)
def test_what_fails_is_left_alone_for_longer_each_time(
    town: Colony, worker: Hands, fault: str, expected: list[int]
) -> None:
    (robin,) = town.settle(1, port=free_port() if fault == "unreachable" else None)
    town.ask("DELETE FROM secret WHERE name = %s", password_row("home"))
    worker.next(robin)
    worker.terms = Terms(ahead=60 * MINUTE)
    rests = []
    for failures in range(len(expected)):
        job = Visit(robin.number, worker.now, standings=(Standing(worker.now, failures),))
        assert worker.do(job) is Outcome.FAILED
        assert standing(town, robin) == (fault, failures + 1)
        stands = worker.next(robin).standings[0]
        rests.append((stands.due - worker.now) / MINUTE)
        worker.now = stands.due
    assert rests == expected


def test_it_is_well_again_after_one_good_look(town: Colony, worker: Hands) -> None:
    (robin,) = town.settle(1)
    town.ask("UPDATE member SET fault = 'unreachable', failures = 5")
    job = worker.next(robin)
    assert worker.do(Visit(robin.number, job.at, standings=(Standing(job.at, 5),))) is Outcome.DONE
    assert standing(town, robin) == ("", 0)
    assert worker.next(robin).standings[0].failures == 0


def test_a_fault_of_ours_is_one_members_and_tried_rarely(
    town: Colony, worker: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    robin, kim = town.settle(2)
    assert worker.do(worker.next(robin), build="fails_to_build") is Outcome.BROKEN
    assert standing(town, robin) == ("broken", 1)
    assert town.row(robin, "due") == worker.now + 60 * MINUTE
    assert "ValueError" in caplog.text
    assert "word of a mail" not in caplog.text
    assert worker.do(worker.next(kim)) is Outcome.DONE


def test_one_that_is_overtaken_leaves_nothing(town: Colony, worker: Hands) -> None:
    (robin,) = town.settle(1)
    town.mail(robin, employers.rejection("Alderbridge Works"))
    job, before = worker.next(robin), town.row(robin, "due")
    assert worker.do(job, build="is_overtaken") is Outcome.SUPERSEDED
    assert town.logged(robin) == town.told(robin) == {}
    assert (town.row(robin, "due"), town.jobs()) == (before, [])


@pytest.mark.parametrize("state", ["suspended", "leaving"])
def test_nothing_is_done_for_those_who_are_not_active(town: Colony, worker: Hands, state: str) -> None:
    (robin,) = town.settle(1)
    town.mail(robin, employers.rejection("Alderbridge Works"))
    town.ask("UPDATE member SET state = %s", state)
    assert worker.do(worker.next(robin)) is Outcome.GONE
    assert (town.jobs(), town.logged(robin)) == ([], {})


def test_a_job_of_nobody_ends(worker: Hands) -> None:
    assert worker.do(Visit(4711, worker.now)) is Outcome.GONE


def test_a_letter_is_handed_over_by_nobody_who_was_overtaken(town: Colony, worker: Hands) -> None:
    """It was written, and its delivery begun; then the worker slept."""
    (robin,) = town.settle(1)
    courier = FakeCourier()
    made = worker.build(robin.number, take(worker.engine, robin.number))
    fenced = Fenced(courier, made.store)
    fenced.deliver("<1@x>", b"")
    take(worker.engine, robin.number)
    with pytest.raises(Superseded):
        fenced.deliver("<2@x>", b"")
    assert courier.inbox == ["<1@x>"]


def test_it_waits_for_its_turn_without_having_failed(town: Colony, worker: Hands) -> None:
    robin, kim = town.settle(2)
    worker.limits = Limits(connections=5, per_second=0.1)
    assert worker.do(worker.next(robin)) is Outcome.DONE
    assert worker.do(worker.next(kim)) is Outcome.WAITS
    following = worker.next(kim)
    assert timedelta(0) < following.at - worker.now < MINUTE
    assert following.standings[0].turn
    assert standing(town, kim) == ("", 0)
    worker.now = following.at
    assert worker.do(following) is Outcome.DONE


def test_a_turn_that_comes_later_than_the_queue_looks_ahead_is_kept(town: Colony, worker: Hands) -> None:
    """It was lost: where a provider was crowded for long, most moments that it kept free went by unused."""
    robin, kim = town.settle(2)
    worker.limits, worker.terms = Limits(connections=5, per_second=0.01), Terms(ahead=timedelta(seconds=30))
    assert worker.do(worker.next(robin)) is Outcome.DONE
    assert worker.do(worker.next(kim)) is Outcome.WAITS
    following = worker.next(kim)
    assert following.standings[0].turn
    assert following.at - worker.now > timedelta(seconds=30)
    worker.now = following.at
    assert worker.do(following) is Outcome.DONE


def test_whoever_is_let_in_gets_their_letters_too(town: Colony, worker: Hands) -> None:
    """Where a provider is crowded, letters that asked for a turn of their own would always come last."""
    robin, kim = town.settle(2)
    for person in (robin, kim):
        town.mail(person, employers.rejection("Alderbridge Works"))
    worker.limits = Limits(connections=1, per_second=0.2)
    assert worker.do(worker.next(robin)) is Outcome.DONE
    assert town.told(robin) == {"Alderbridge Works": 1}
    assert worker.do(worker.next(kim)) is Outcome.WAITS
    following = worker.next(kim)
    worker.now = following.at
    assert worker.do(following) is Outcome.DONE
    assert town.told(kim) == {"Alderbridge Works": 1}


def test_letters_for_another_server_keep_their_own_turn(town: Colony, worker: Hands) -> None:
    (robin,) = town.settle(1)
    town.mail(robin, employers.rejection("Alderbridge Works"))
    worker.elsewhere = "smtp.example.org"
    worker.limits = Limits(connections=5, per_second=0.02)
    town.ask("INSERT INTO provider (host, turn) VALUES ('smtp.example.org', now() + interval '40 seconds')")
    assert worker.do(worker.next(robin)) is Outcome.DONE
    following = worker.next(robin)
    assert (following.errand, following.turn) == (Errand.LETTERS, True)
    assert timedelta(seconds=30) < following.at - worker.now < timedelta(seconds=50)
    assert town.told(robin) == {}
    worker.now = following.at
    assert worker.do(following) is Outcome.DONE
    assert town.told(robin) == {"Alderbridge Works": 1}


def test_of_several_mailboxes_the_one_that_rests_holds_up_no_other(town: Colony, worker: Hands) -> None:
    away = f'[[mailbox]]\nhost = "127.0.0.1"\nport = {free_port()}\ntls = "none"\nuser = "x"\nname = "old"\n'
    (robin,) = town.settle(1, more=f'{away}[courier]\nkind = "imap"\nmailbox = "home"\n')
    job, done = worker.next(robin), []
    for _ in range(5):
        done.append(worker.do(job))
        job = worker.next(robin)
        worker.now = max(worker.now, job.at)
    assert done == [Outcome.DONE, Outcome.FAILED, Outcome.DONE, Outcome.FAILED, Outcome.DONE]
    assert town.row(robin, "fault") == "unreachable"
    assert [one.failures for one in job.standings] == [0, 2]
