"""A letter that went by another server is looked for in a member's mailboxes: their providers are spared there too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from tests.hosting.desk import SETTINGS, Desk
from tests.rig.ports import free_port
from triage.cli.hosting.assemble import home
from triage.courier import DeliveryError
from triage.hosting import members
from triage.hosting.home import Home
from triage.hosting.politeness import Limits, Politeness
from triage.hosting.vault import password_row
from triage.store.postgres import take

pytestmark = pytest.mark.server

HOST, OTHER = "127.0.0.1", "127.0.0.2"
BY_SMTP = '[courier]\nkind = "smtp"\nhost = "127.0.0.3"\nport = 25\ntls = "none"\nuser = "x"\n'
NO_ROOM = "no room just now"


@pytest.fixture
def engine(here: Desk) -> Iterator[Engine]:
    with here.engine("worker") as made:
        yield made


@pytest.fixture
def politeness(engine: Engine) -> Iterator[Politeness]:
    made = Politeness(engine, {}, Limits(connections=1, per_second=1000.0), 8)
    yield made
    made.close()


def moved_in(here: Desk, engine: Engine, politeness: Politeness, courier: str) -> Home:
    """The home of somebody with mailboxes at two servers, of which neither is there."""
    first = SETTINGS.replace('"imap.example.org"', f'"{HOST}"\nport = {free_port()}\ntls = "none"\nuser = "x"')
    second = f'[[mailbox]]\nhost = "{OTHER}"\nport = {free_port()}\ntls = "none"\nuser = "x"\nname = "old"\n'
    rows = {password_row(name): "secret" for name in ("home", "old", "courier")}
    number, *_ = here.member(first + second + courier, **rows)
    return home(members.load(engine, here.keys, number, take(engine, number)), politeness=politeness)


def looked(found: Home) -> str:
    """What comes of looking for a letter."""
    with pytest.raises(DeliveryError) as told:
        found.service._courier.delivered("<1@x>")
    return str(told.value)


@pytest.mark.parametrize("crowded", [HOST, OTHER])
def test_it_is_not_looked_for_where_there_is_no_room(
    here: Desk, engine: Engine, politeness: Politeness, crowded: str
) -> None:
    found = moved_in(here, engine, politeness, BY_SMTP)
    with politeness.visit("127.0.0.3"):
        assert NO_ROOM not in looked(found)
        with politeness.visit(crowded):
            assert NO_ROOM in looked(found)
        assert NO_ROOM not in looked(found)


def test_where_letters_stay_in_the_mailbox_there_is_room_already(
    here: Desk, engine: Engine, politeness: Politeness
) -> None:
    found = moved_in(here, engine, politeness, '[courier]\nkind = "imap"\nmailbox = "home"\n')
    with politeness.visit(HOST), politeness.visit(OTHER):
        assert NO_ROOM not in looked(found)


def test_a_provider_that_is_left_alone_is_not_searched(here: Desk, engine: Engine, politeness: Politeness) -> None:
    found = moved_in(here, engine, politeness, BY_SMTP)
    looked(found)
    with engine.begin() as connection:
        until = {"until": timedelta(minutes=20), "host": OTHER}
        connection.execute(text("UPDATE provider SET open_until = now() + :until WHERE host = :host"), until)
    with pytest.raises(DeliveryError, match=NO_ROOM) as told:
        found.service._courier.delivered("<1@x>")
    assert told.value.retry_after is not None
    assert told.value.retry_after >= timedelta(minutes=19).total_seconds()
