"""Twelve members of a hosted service in a storm; two hundred in `./run.sh torture hosting`. And whether it would show.

TRIAGE_TORTURE_SEED=7 makes it another storm.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg
import pytest

from tests.rig.dovecot import Dovecot
from tests.rig.postgres import Cluster
from tests.torture.hosting import SEED, Kind, calm, comes, outcome, plan
from tests.torture.hosting_judge import complaints, complaints_at_work
from tests.torture.hosting_providers import Manner
from tests.torture.hosting_town import Citizen, Ground, Shape, Town, town
from triage.hosting.layout import lay_out

BLOWS = 7
FEW = Shape(well=2, slow=2, dead=4, workers=1, cap=1)
PATIENCE = 60.0


@pytest.fixture(scope="module")
def ground(cluster: Cluster, dovecot: Dovecot) -> Ground:
    """What towns stand on."""
    template = cluster.fresh()
    with psycopg.connect(template.owner, autocommit=True) as connection:
        lay_out(connection)
    return Ground(cluster, template, dovecot)


@pytest.mark.server
@pytest.mark.timeout(300)
def test_in_a_storm_nothing_is_lost_doubled_or_told_to_somebody_else(ground: Ground, tmp_path: Path) -> None:
    with town(tmp_path / "desk", ground, (Shape(), SEED)) as here:
        came = outcome(here, plan(SEED, BLOWS, 0.8), lambda _line: None)
        assert came.wrong == (), came.figures
        robin, other = [one for one in here.citizens if one.refusals][:2]
        for fault, said in FAULTS:
            fault(here, robin, other)
            assert _noticed(said, complaints(here))


def _noticed(said: str, told: Iterable[str]) -> bool:
    return any(said in one for one in told)


def _letter(one: Citizen) -> bytes:
    return next(data for data in one.person.client.bodies() if b"X-Triage-Letter" in data)


def _a_letter_twice(_here: Town, robin: Citizen, _other: Citizen) -> None:
    robin.person.client.append(_letter(robin))


def _the_letter_of_another(_here: Town, robin: Citizen, other: Citizen) -> None:
    robin.person.client.append(_letter(other))


def _a_mail_that_was_not_read(_here: Town, robin: Citizen, _other: Citizen) -> None:
    robin.mails["<nobody@saw.example>"] = "Nobodysaw Analytics"


def _the_employer_of_another(here: Town, robin: Citizen, other: Citizen) -> None:
    company, row = next(iter(other.refusals.values())), next(iter(robin.refusals))
    here.colony.ask("UPDATE event SET company = %s WHERE message_id = %s", company, row)


def _a_letter_that_did_not_leave(here: Town, robin: Citizen, _other: Citizen) -> None:
    here.colony.ask("UPDATE letter SET sent = NULL WHERE member = %s", robin.person.number)


def _a_letter_to_a_stranger(here: Town, _robin: Citizen, _other: Citizen) -> None:
    (here.colony.dovecot.root / "home" / f"{here.mark}0").mkdir()


def _a_mail_that_was_opened(_here: Town, robin: Citizen, _other: Citizen) -> None:
    robin.provider.calls[0].said += b"T1 SELECT INBOX\r\n"


FAULTS: tuple[tuple[Callable[[Town, Citizen, Citizen], None], str], ...] = (
    (_a_letter_twice, "is there 2 times"),
    (_the_letter_of_another, "which is another member's"),
    (_the_letter_of_another, "written for somebody else"),
    (_a_mail_that_was_not_read, "has no row"),
    (_the_employer_of_another, "is not theirs"),
    (_a_letter_that_did_not_leave, "is not delivered"),
    (_a_letter_to_a_stranger, "whom nobody knows"),
    (_a_mail_that_was_opened, "said SELECT"),
)
"""What may go wrong, done by hand, and what has to be said of it."""


@pytest.mark.server
@pytest.mark.timeout(300)
def test_a_worker_that_lacks_something_is_found_out(ground: Ground, tmp_path: Path) -> None:
    with town(tmp_path / "desk", ground, (FEW, SEED)) as here:
        lacking = here.worker("unfenced", "unswept", "greedy", "crowding")
        dead, (robin, *_) = here.providers[Manner.DEAD], here.of(Manner.SLOW)
        assert comes(lambda: len(dead.living) == here.shape.concurrency, PATIENCE)
        assert _noticed("were not read while", calm(here, 2.0))
        assert _noticed("connections at once", complaints(here))
        dead.heal()
        assert comes(lambda: not here.unlogged(here.citizens), PATIENCE)

        _is_at_work_for(here, robin)
        lacking.send_signal(signal.SIGSTOP)
        sound = here.worker()
        assert comes(lambda: here.busy(sound), PATIENCE)
        lacking.send_signal(signal.SIGCONT)
        assert comes(lambda: _noticed("was at work for them", complaints(here)), PATIENCE)

        lacking.send_signal(signal.SIGSTOP)
        here.post(here.of(Manner.SLOW))
        assert comes(lambda: here.busy(sound), PATIENCE)
        here.kill(sound)
        lacking.send_signal(signal.SIGCONT)
        assert comes(lambda: _noticed("in nobody's hand", complaints_at_work(here)), PATIENCE)
        here.colony.ask("DELETE FROM procrastinate_jobs")
        here.colony.ask("UPDATE member SET due = now()")
        assert _noticed("is forgotten", complaints_at_work(here))


def _is_at_work_for(here: Town, one: Citizen) -> None:
    """In the middle of a look at the mailbox of somebody whose provider is slow."""
    here.post([one])
    assert comes(lambda: any(b"EXAMINE" in call.said for call in one.provider.living), PATIENCE)


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_is_the_same_for_a_seed_and_has_every_kind_of_blow(seed: int) -> None:
    assert plan(seed, BLOWS, 1.0) == plan(seed, BLOWS, 1.0) != plan(seed + 1, BLOWS, 1.0)
    assert {blow.kind for blow in plan(seed, BLOWS, 1.0)} == set(Kind)
