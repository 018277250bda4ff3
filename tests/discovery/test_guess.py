"""Guesses that are tried: what counts as an IMAP server that a password may go to."""

from __future__ import annotations

import pytest

from tests.discovery.conftest import MakeWorld
from tests.discovery.world import HERE, Paper, World
from triage.discovery import Found, Network, Source, discover
from triage.discovery.guess import answers_as_imap
from triage.providers import Endpoint

ZONE = {"imap.example.org A": [HERE], "mail.example.org A": [HERE]}


def told(network: Network) -> tuple[Found | None, str]:
    said: list[str] = []
    return discover("anna@example.org", network, said.append), "\n".join(said)


def tried(world: World, server: Endpoint) -> bool:
    network = world.network()
    return answers_as_imap(network, server, network.begin())


IMPLICIT = Endpoint("imap.example.org", 993, "implicit")
STARTTLS = Endpoint("mail.example.org", 143, "starttls")
GO = b"%s OK go\r\n"


@pytest.mark.parametrize("server", [IMPLICIT, STARTTLS])
def test_a_guess_is_tried(make_world: MakeWorld, server: Endpoint) -> None:
    world = make_world({f"{server.host} A": [HERE]})
    world.mail(server.port, {"STARTTLS": GO} if server is STARTTLS else {})
    one, _ = told(world.network())
    assert one is not None
    assert (one.imap, one.source, one.smtp) == (server, Source.GUESS, None)
    assert one.how == "the usual places, by trying"


def test_the_likeliest_guess_is_taken(make_world: MakeWorld) -> None:
    world = make_world(ZONE)
    world.mail(993)
    world.mail(143, {"STARTTLS": GO})
    one, _ = told(world.network())
    assert one is not None
    assert one.imap == IMPLICIT


@pytest.mark.parametrize(
    ("server", "answers"),
    [
        (IMPLICIT, {"CAPABILITY": b"* CAPABILITY POP3\r\n%s OK done\r\n"}),
        (IMPLICIT, {"CAPABILITY": b"* x\r\n" * 1000}),
        (IMPLICIT, {"CAPABILITY": b"x" * 100_000}),
        (IMPLICIT, {"CAPABILITY": b""}),
        (STARTTLS, {"STARTTLS": b"%s NO not here\r\n"}),
        (STARTTLS, {"STARTTLS": b"%s OK go\r\n* OK [CAPABILITY IMAP4rev1] injected\r\n"}),
    ],
    ids=["other", "endless", "long", "silent", "no", "injected"],
)
def test_guesses_that_fail(make_world: MakeWorld, server: Endpoint, answers: dict[str, bytes]) -> None:
    """Also what stands behind a yes to STARTTLS before TLS begins: somebody on the way can write that."""
    world = make_world(ZONE)
    world.mail(server.port, answers)
    network = world.network(patience=0.5)
    assert not answers_as_imap(network, server, network.begin())


def test_a_guess_with_the_certificate_of_another(make_world: MakeWorld, paper: Paper) -> None:
    world = make_world(ZONE)
    mail = world.mail(993, rules=paper.foreign)
    assert not tried(world, IMPLICIT)
    assert mail.commands == []


def test_a_guess_without_protection(make_world: MakeWorld) -> None:
    """A server that speaks plain text only is not found: the password would be readable on its way."""
    world = make_world(ZONE)
    mail = world.mail(143, {"STARTTLS": b"%s BAD unknown\r\n"})
    assert not tried(world, STARTTLS)
    assert [command.split()[1] for command in mail.commands] == ["STARTTLS"]


def test_a_server_that_turns_us_away_is_not_taken(make_world: MakeWorld) -> None:
    world = make_world(ZONE)
    world.mail(993, greeting=b"* BYE too many\r\n")
    assert not tried(world, IMPLICIT)
