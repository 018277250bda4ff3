"""What name servers and web servers do to those who ask them: it is told, bounded, and never believed."""

from __future__ import annotations

import gzip
import ipaddress

import pytest

from tests.discovery.conftest import MakeWorld
from tests.discovery.world import HERE, World, document, moved, page, server
from triage.discovery import Found, Network, Source, discover, web
from triage.discovery.naming import is_public
from triage.discovery.values import UnreachableError

READER = "anna@example.org"
PLACE = "autoconfig.example.org/mail/config-v1.1.xml"
URL = f"https://{PLACE}"
ZONE = {"autoconfig.example.org A": [HERE], "imap.example.org A": [HERE], "mail.example.org A": [HERE]}


def told(network: Network) -> tuple[Found | None, str]:
    said: list[str] = []
    return discover(READER, network, said.append), "\n".join(said)


def fetched(world: World, url: str = URL, patience: float = 2.0) -> bytes:
    network = world.network(patience=patience)
    return web.fetch(network, url, network.begin())


# --- Names ------------------------------------------------------------------------------------------------------------


def test_a_domain_that_does_not_exist(make_world: MakeWorld) -> None:
    one, said = told(make_world({}).network())
    assert one is None
    assert "there is no host autoconfig.example.org" in said


def test_name_servers_that_fail(make_world: MakeWorld) -> None:
    world = make_world(ZONE)
    world.names.failing = {"example.org", "autoconfig.example.org", "_imaps._tcp.example.org"}
    world.mail(993)
    one, said = told(world.network())
    assert one is not None
    assert one.source is Source.GUESS
    assert said.count("the name servers could not say") == 4


def test_nobody_answers_and_the_time_is_bounded(make_world: MakeWorld) -> None:
    """A second in all, though each of eight steps would wait for longer than a tenth of one."""
    world = make_world(ZONE)
    world.names.silent = {name.split()[0] for name in ZONE} | {"example.org", "_imaps._tcp.example.org"}
    one, said = told(world.network(patience=0.3, total=0.8))
    assert one is None
    assert "the name servers gave no answer" in said
    assert said.count("the time was over") >= 1


def test_no_name_server_at_all() -> None:
    network = Network(nameserver=(HERE, 1), patience=0.2, total=0.5)
    one, said = told(network)
    assert one is None
    assert said.splitlines()[-1].strip().startswith("Nothing found")


def test_an_answer_that_is_too_long_for_a_packet_is_asked_for_again(make_world: MakeWorld) -> None:
    world = make_world({"example.org MX": ["1 smtp.google.com."]})
    world.names.truncated = True
    one, _ = told(world.network())
    assert one is not None
    assert one.source is Source.MX
    assert world.names.by_tcp == 1


@pytest.mark.parametrize("mx", ["0 .", "10 127.0.0.1.", "10 -bad-.example.", "10 google.com.evil.example."])
def test_a_mail_host_that_means_nothing(make_world: MakeWorld, mx: str) -> None:
    one, _ = told(make_world({"example.org MX": [mx]}).network())
    assert one is None


# --- Only the public Internet -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.0.0.5", False),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d70e", True),
        ("2002:7f00:1::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(
    "zone",
    [
        {"autoconfig.example.org A": ["10.0.0.5"]},
        {"autoconfig.example.org A": [HERE, "192.168.1.1"]},
        {"autoconfig.example.org A": [HERE], "autoconfig.example.org AAAA": ["fd00::1"]},
    ],
)
def test_a_host_with_a_private_address_is_not_tried(make_world: MakeWorld, zone: dict[str, list[str]]) -> None:
    world = make_world(zone)
    server = world.web({PLACE: page(document())})
    with pytest.raises(UnreachableError, match="not on the public Internet"):
        fetched(world)
    assert server.asked == []


def test_this_machine_is_not_tried_either(make_world: MakeWorld) -> None:
    """With the rules that hold out there: our whole little world is private."""
    world = make_world(ZONE | {"example.org A": [HERE]})
    servers = world.web(), world.mail(993), world.mail(143)
    there = world.network()
    one, said = told(Network(nameserver=there.nameserver, authority=there.authority, ports=there.ports, total=5.0))
    assert one is None
    assert said.count("not on the public Internet") == 2
    assert [server.asked for server in servers[:1]] == [[]]
    assert [server.commands for server in servers[1:]] == [[], []]


@pytest.mark.parametrize(
    "host", ["inside.example.org", "127.0.0.1", "localhost", "[::1]", "nowhere.example.org", "a b", "", "2130706433"]
)
def test_a_document_cannot_lead_inside(make_world: MakeWorld, host: str) -> None:
    world = make_world(ZONE | {"inside.example.org A": ["10.0.0.5"]})
    world.web({PLACE: page(document(server(host)))})
    assert told(world.network())[0] is None


def test_a_document_with_one_server_that_cannot_be_used(make_world: MakeWorld) -> None:
    world = make_world(ZONE | {"inside.example.org A": ["10.0.0.5"]})
    world.web(
        {PLACE: page(document(server("inside.example.org"), server("inside.example.org", kind="smtp"), server()))}
    )
    one, _ = told(world.network())
    assert one is not None
    assert (one.imap.host, one.smtp) == ("imap.example.org", None)


# --- The web ----------------------------------------------------------------------------------------------------------


def test_a_document_may_have_moved_within_https(make_world: MakeWorld) -> None:
    world = make_world(ZONE | {"www.example.org A": [HERE]})
    world.web({PLACE: moved("https://www.example.org/there?x=1"), "www.example.org/there?x=1": page("found")})
    assert fetched(world) == b"found"


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("http://autoconfig.example.org/plain", "leads away from https"),
        ("//autoconfig.example.org:8443/", "leads away from https"),
        ("https://autoconfig.example.org:22/", "leads away from https"),
        ("https://a:b@autoconfig.example.org/", "leads away from https"),
        ("file:///etc/passwd", "leads away from https"),
        ("gopher://autoconfig.example.org/", "leads away from https"),
        ("https://127.0.0.1/", "no name of a host"),
        ("https://[::1]/", "no name of a host"),
        ("https://[::1/", "leads to a place that is no address"),
        ("https://2130706433/", "no name of a host"),
        ("https://localhost/", "no name of a host"),
        ("https://inside.example.org/", "not on the public Internet"),
        ("/a b", "leads to a place that is no address"),
        ("/mail/config-v1.1.xml", "leads on and on"),
        ("", "has no such document"),
    ],
)
def test_where_a_document_must_not_lead(make_world: MakeWorld, to: str, why: str) -> None:
    world = make_world(ZONE | {"inside.example.org A": ["10.0.0.5"]})
    world.web({PLACE: moved(to)})
    with pytest.raises(UnreachableError, match=why):
        fetched(world)


@pytest.mark.parametrize(
    "answer",
    [
        page(b"x" * (web.LARGEST + 1)),
        page(b"x" * 10_000_000),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"2000\r\n" + b"x" * 0x2000 + b"\r\n" * 1000,
        page(gzip.compress(document(server()).encode()), "Content-Encoding: gzip\r\n"),
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 two OK\r\n\r\n",
        b"HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n",
        b"\x00" * 1000,
        b"",
    ],
    ids=["too-long", "ten-megabytes", "chunks", "packed", "headers", "header", "status", "error", "garbage", "nothing"],
)
def test_answers_that_are_not_taken(make_world: MakeWorld, answer: bytes) -> None:
    world = make_world(ZONE)
    world.web({PLACE: answer})
    with pytest.raises(UnreachableError):
        fetched(world)


def test_what_trickles_in_is_cut_off(make_world: MakeWorld) -> None:
    """One byte now and then would keep each single wait short, and the whole endless."""
    world = make_world(ZONE)
    server = world.web({PLACE: b"HTTP/1.1 200 OK\r\nX: "}, drip=b"x" * 500)
    with pytest.raises(UnreachableError):
        fetched(world, patience=0.5)
    assert server.dripped < 100


def test_a_web_server_with_the_certificate_of_another(make_world: MakeWorld) -> None:
    world = make_world({"elsewhere.example A": [HERE]})
    world.web({"elsewhere.example/": page("found")})
    with pytest.raises(UnreachableError, match="certificate"):
        fetched(world, "https://elsewhere.example/")
