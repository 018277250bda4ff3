"""Lasting sign-ins in the database: exchanged by one at a time, on whatever machine, and seen by nobody else's job."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.hosting.desk import SETTINGS, Desk
from tests.rig.authority import Authority, Fault, authority
from tests.rig.postgres import Database
from triage.errors import CredentialError
from triage.hosting import members, revoking
from triage.hosting.acting import acting_for
from triage.hosting.members import Member
from triage.hosting.sealing import Keys
from triage.hosting.vault import Secrets, Vault, sign_in_row, token_row
from triage.oauth import Kept, RevokedError
from triage.oauth.tokens import Tokens
from triage.store.postgres import take

pytestmark = pytest.mark.server


@pytest.fixture
def hosted(together: Database) -> Database:
    """One for all tests here: members do not get in each other's way."""
    return together


@pytest.fixture
def there() -> Iterator[Authority]:
    with authority() as running:
        yield running


@pytest.fixture
def engine(here: Desk) -> Iterator[Engine]:
    with here.engine("worker") as opened:
        yield opened


@pytest.fixture
def number(here: Desk, there: Authority) -> int:
    """A member who signs in there."""
    settings = SETTINGS + 'sign_in = "oauth"\n' + there.config()
    return here.member(settings, **{sign_in_row("home"): Kept(there.grants("robin")).text})[0]


def _loaded(engine: Engine, here: Desk, number: int) -> Member:
    return members.load(engine, here.keys, number, take(engine, number))


def _tokens(found: Member) -> Tokens:
    password = found.password(found.config.accounts[0])
    assert isinstance(password, Tokens)
    return password


def test_one_token_serves_one_job_after_the_other(engine: Engine, here: Desk, there: Authority, number: int) -> None:
    given = [_tokens(_loaded(engine, here, number))() for _ in range(3)]
    assert len(set(given)) == 1
    assert len(there.asked_at("/token")) == 1
    assert given[0] not in here.everything()


def test_a_token_that_is_refused_or_near_its_end_is_not_used_again(
    engine: Engine, here: Desk, there: Authority, number: int
) -> None:
    first = _tokens(_loaded(engine, here, number))()
    tokens = _tokens(_loaded(engine, here, number))
    assert tokens() == first
    second = tokens.renewed(first)
    assert second != first
    there.lasts = 200  # less than is worth trying
    third = tokens.renewed(second)
    assert _tokens(_loaded(engine, here, number))() not in (first, second, third)


def test_a_sign_in_that_is_exchanged_at_each_use_survives_many_jobs_at_once(
    engine: Engine, here: Desk, there: Authority, number: int
) -> None:
    """The old one used twice would end it for good: so the authority is asked by one after the other."""
    there.rotates, there.lasts = True, 60
    told: list[str] = []

    def job(tokens: Tokens) -> None:
        told.append(tokens())

    loaded = [_tokens(_loaded(engine, here, number)) for _ in range(3)]  # as when one is slow and another takes over
    jobs = [threading.Thread(target=job, args=(tokens,)) for tokens in loaded]
    for one in jobs:
        one.start()
    for one in jobs:
        one.join()
    assert len(set(told)) == 3
    assert _tokens(_loaded(engine, here, number))()
    assert len(there.asked_at("/token")) == len(there.used) == 4


def test_a_sign_in_that_was_ended_is_a_sentence_for_the_member(
    engine: Engine, here: Desk, there: Authority, number: int
) -> None:
    there.end_all()
    with pytest.raises(RevokedError, match="`triage enrol`"):
        _tokens(_loaded(engine, here, number))()


def test_who_leaves_has_the_sign_in_taken_back(engine: Engine, here: Desk, there: Authority, number: int) -> None:
    assert revoking.revoke(engine, here.keys, number) == ()
    assert there.refresh == {}
    (told,) = revoking.revoke(engine, Keys([bytes(32)]), number)  # without the key it is theirs to do
    assert "take this service off the apps with access" in told
    there.faults["/revoke"] = [Fault(500)]
    assert len(revoking.revoke(engine, here.keys, number)) == 1


def test_what_was_forgotten_meanwhile_is_not_written_again(engine: Engine, here: Desk, number: int) -> None:
    vault = Vault(engine, here.keys, number, sign_in_row("home"))
    assert vault.read()
    members.forget(engine, number)
    vault.replace("another")
    assert vault.read() == ""


def test_no_member_reaches_the_secrets_of_another(engine: Engine, here: Desk, number: int) -> None:
    other, *_ = here.member()
    with acting_for(engine, other) as connection:
        others = Secrets(connection, here.keys, other)
        assert others.names() == {"settings", "password/home"}
        assert others.get(sign_in_row("home")) is None
        assert not others.replace(sign_in_row("home"), b"mine")
        others.drop(sign_in_row("home"), token_row("home"))
    assert Vault(engine, here.keys, number, sign_in_row("home")).read()


def test_what_goes_wrong_in_a_tokens_exchange_leaves_the_sign_in_as_it_was(
    engine: Engine, here: Desk, number: int
) -> None:
    vault = Vault(engine, here.keys, number, sign_in_row("home"))
    before = vault.read()

    def half() -> None:
        with vault.alone():
            vault.replace("half")
            raise CredentialError("no")

    with pytest.raises(CredentialError):
        half()
    assert vault.read() == before
