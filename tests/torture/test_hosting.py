"""Twelve members of a hosted service in a storm; two hundred in `./run.sh torture hosting`. And whether it would show.

Half of the twelve get their letters by SMTP, four have two or three mailboxes.

TRIAGE_TORTURE_SEED=7 makes it another storm.
"""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.rig.dovecot import Dovecot
from tests.rig.postgres import Cluster
from tests.torture.hosting import SEED, Kind, calm, comes, deliver_the_rest, outcome, plan
from tests.torture.hosting_citizens import Citizen
from tests.torture.hosting_judge import complaints, complaints_at_work
from tests.torture.hosting_post import Fate, named
from tests.torture.hosting_providers import Manner
from tests.torture.hosting_town import Ground, Shape, Town, town
from triage.hosting.layout import lay_out

BLOWS = 7
FEW = Shape(well=2, slow=2, dead=4, workers=1, cap=1, by_smtp=0, several=0)
BY_SMTP = Shape(well=1, slow=0, dead=0, workers=1, by_smtp=1, several=0)
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
        assert {Fate.CUT, Fate.LATE, Fate.LOST} & set(here.post.came), came.figures
        assert any(fate.is_no for fate in here.post.came), came.figures
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


def _a_late_letter_once_more_than_it_may_be(here: Town, _robin: Citizen, _other: Citizen) -> None:
    letter = next(one for one in here.post.letters if named(one) not in here.post.late)
    here.post.late[named(letter)] = letter
    for address in letter.recipients:
        here.post.boxes[address].append_all([(letter.data, None)] * 2)


def _a_letter_in_the_wrong_mailbox(here: Town, robin: Citizen, _other: Citizen) -> None:
    several = next(one for one in here.citizens if one.boxes[1:] and one.mails)
    several.boxes[-1].client.append(_letter(robin))


def _the_letter_of_another_by_smtp(here: Town, robin: Citizen, _other: Citizen) -> None:
    letter = next(one for one in here.post.letters if robin.address not in one.recipients)
    here.post.letters.append(replace(letter, recipients=(robin.address,)))


def _a_letter_by_smtp_that_is_to_go_by_imap(here: Town, _robin: Citizen, _other: Citizen) -> None:
    one = next(one for one in here.citizens if one.post is None and one.refusals)
    here.post.letters.append(replace(here.post.letters[0], data=_letter(one)))


def _a_recipient_more_by_smtp(here: Town, _robin: Citizen, _other: Citizen) -> None:
    said = next(call.said for one in here.outside.posts.values() for call in one.calls)
    said[:0] = b"RCPT TO:<jobs@example.com>\r\n"


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
    (_a_late_letter_once_more_than_it_may_be, "a letter is there 3 times"),
    (_a_letter_in_the_wrong_mailbox, "in another mailbox of theirs"),
    (_the_letter_of_another_by_smtp, "from or to somebody else"),
    (_a_letter_by_smtp_that_is_to_go_by_imap, "that nobody wanted sent"),
    (_a_recipient_more_by_smtp, "wrote to jobs@example.com"),
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
        here.mail(here.of(Manner.SLOW))
        assert comes(lambda: here.busy(sound), PATIENCE)
        here.kill(sound)
        lacking.send_signal(signal.SIGCONT)
        assert comes(lambda: _noticed("in nobody's hand", complaints_at_work(here)), PATIENCE)
        here.colony.ask("DELETE FROM procrastinate_jobs")
        here.colony.ask("UPDATE member SET due = now()")
        assert _noticed("is forgotten", complaints_at_work(here))


@pytest.mark.server
@pytest.mark.timeout(300)
def test_a_worker_that_dies_when_a_letter_is_sent_has_it_told_once(ground: Ground, tmp_path: Path) -> None:
    with town(tmp_path / "desk", ground, (BY_SMTP, SEED)) as here:
        _dies_when_a_letter_is_there(here)
        here.worker()
        assert comes(lambda: ("w2",) in here.colony.ask("SELECT process FROM audit"), PATIENCE)
        assert here.end() == [0]
        assert deliver_the_rest(here) == 1
        assert list(complaints(here)) == []


@pytest.mark.server
@pytest.mark.timeout(300)
def test_a_worker_that_does_not_look_for_what_was_sent_is_found_out(ground: Ground, tmp_path: Path) -> None:
    with town(tmp_path / "desk", ground, (BY_SMTP, SEED)) as here:
        _dies_when_a_letter_is_there(here, "hasty")
        here.worker("hasty")
        assert comes(lambda: _noticed("a letter is there 2 times", complaints(here)), PATIENCE)


def _dies_when_a_letter_is_there(here: Town, *cripples: str) -> None:
    """It was sent by SMTP, and nobody has noted that."""
    here.post.fates = itertools.repeat(Fate.TAKEN)
    lives = here.worker(*cripples)
    here.post.forward = lambda _letter: here.kill(lives)
    here.mail(here.citizens)
    assert comes(lambda: lives.poll() is not None, PATIENCE)
    here.post.forward = lambda _letter: None


def _is_at_work_for(here: Town, one: Citizen) -> None:
    """In the middle of a look at the mailbox of somebody whose provider is slow."""
    here.mail([one])
    assert comes(lambda: any(b"EXAMINE" in call.said for call in one.provider.living), PATIENCE)


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_is_the_same_for_a_seed_and_has_every_kind_of_blow(seed: int) -> None:
    assert plan(seed, BLOWS, 1.0) == plan(seed, BLOWS, 1.0) != plan(seed + 1, BLOWS, 1.0)
    assert {blow.kind for blow in plan(seed, BLOWS, 1.0)} == set(Kind)
