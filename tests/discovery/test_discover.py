"""From an address to its servers: the order of the places, what each of them learns, and what is believed."""

from __future__ import annotations

import pytest

from tests.discovery.conftest import MakeWorld
from tests.discovery.world import HERE, document, page, server
from triage.discovery import Found, Network, Source, discover, explain
from triage.providers import Endpoint

READER = "Anna.Berg@example.org"
NOBODY = Network(nameserver=(HERE, 1), patience=0.2, total=0.5)
"""A network in which nobody answers."""
AUTOCONFIG = "autoconfig.example.org A"
IMAP = "imap.example.org A"


def told(address: str, network: Network) -> tuple[Found | None, str]:
    """What is found, and all that is said."""
    said: list[str] = []
    return discover(address, network, said.append), "\n".join(said)


def found(address: str, network: Network) -> Found:
    one, said = told(address, network)
    assert one is not None, said
    return one


@pytest.mark.parametrize(
    ("address", "key", "user", "smtp_user"),
    [
        ("anna@gmail.com", "google", "anna@gmail.com", "anna@gmail.com"),
        ("Anna@GoogleMail.com.", "google", "Anna@googlemail.com", "Anna@googlemail.com"),
        ("anna@web.de", "web-de", "anna", "anna"),
        ("anna@icloud.com", "icloud", "anna", "anna@icloud.com"),
        ("anna@hotmail.co.uk", "outlook", "anna@hotmail.co.uk", "anna@hotmail.co.uk"),
        ("anna@proton.me", "proton-bridge", "anna@proton.me", "anna@proton.me"),
    ],
)
def test_large_providers_are_known_without_asking_anybody(address: str, key: str, user: str, smtp_user: str) -> None:
    said: list[str] = []
    one = discover(address, NOBODY, said.append)
    assert one is not None
    assert one.provider is not None
    assert (one.provider.key, one.user, one.smtp_user, one.source) == (key, user, smtp_user, Source.TABLE)
    assert said == []
    assert (one.imap, one.sign_in, one.ask) == (one.provider.imap, one.provider.sign_in, "")


def test_a_provider_without_imap_is_named() -> None:
    one, said = told("anna@tuta.com", NOBODY)
    assert one is None
    assert said.startswith("Tuta has no IMAP")


@pytest.mark.parametrize(
    "address", ["", "anna", "@example.org", "anna@", "anna@localhost", "anna@[127.0.0.1]", "a b@c.de"]
)
def test_what_is_no_address_is_said(address: str) -> None:
    one, said = told(address, NOBODY)
    assert one is None
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("mx", "key"),
    [
        (["10 alt1.aspmx.l.google.com.", "1 aspmx.l.google.com."], "google-workspace"),
        (["1 smtp.google.com."], "google-workspace"),
        (["0 example-org.mail.protection.outlook.com."], "microsoft365"),
        (["20 spam.filter.example.", "10 in1-smtp.messagingengine.com."], "fastmail"),
        (["10 spam.filter.example.", "20 mx.zoho.eu."], "zoho-domain-eu"),
    ],
)
def test_the_mail_of_a_company_may_be_at_a_large_provider(make_world: MakeWorld, mx: list[str], key: str) -> None:
    world = make_world({"example.org MX": mx})
    one = found(READER, world.network())
    assert one.provider is not None
    assert (one.provider.key, one.source, one.user) == (key, Source.MX, READER)
    assert world.names.asked == ["example.org MX"]


@pytest.mark.parametrize(
    "place", ["autoconfig.example.org/mail/config-v1.1.xml", "example.org/.well-known/autoconfig/mail/config-v1.1.xml"]
)
def test_the_document_of_the_domain(make_world: MakeWorld, place: str) -> None:
    world = make_world({AUTOCONFIG: [HERE], "example.org A": [HERE], IMAP: [HERE], "smtp.example.org A": [HERE]})
    servers = server(user="%EMAILLOCALPART%"), server("smtp.example.org", 465, kind="smtp")
    world.web({place: page(document(*servers))})
    one = found(READER, world.network())
    assert one == Found(
        Endpoint("imap.example.org", 993, "implicit"),
        Endpoint("smtp.example.org", 465, "implicit"),
        "Anna.Berg",
        READER,
        None,
        "the autoconfig document of the domain",
        Source.AUTOCONFIG,
        ("password",),
    )
    assert explain(one).startswith("imap.example.org, port 993 with TLS; found in the autoconfig document")


def test_nobody_learns_more_than_the_domain(make_world: MakeWorld) -> None:
    """Neither the name servers, nor a web server, nor a mail server is told who is asking."""
    world = make_world(
        {AUTOCONFIG: [HERE], "example.org A": [HERE], "autoconfig.thunderbird.net A": [HERE], IMAP: [HERE]}
    )
    web, mail = world.web(), world.mail(993)
    assert found(READER, world.network(ispdb=True)).source is Source.GUESS
    everything = [*world.names.asked, *(request.decode() for request in web.requests), *mail.commands]
    assert len(web.requests) == 3
    assert mail.commands
    assert not [line for line in everything if "anna" in line.lower() or "berg" in line.lower()]
    assert not [line for line in everything if "user-agent" in line.lower() or "cookie" in line.lower()]


@pytest.mark.parametrize(
    ("told_user", "user"),
    [
        ("%EMAILADDRESS%", READER),
        ("%EMAILLOCALPART%", "Anna.Berg"),
        ("%EMAILLOCALPART%#%EMAILDOMAIN%", "Anna.Berg#example.org"),
        ("m0123456", "m0123456"),
        ("", READER),
        ("%EMAILHASH%", READER),
        ("a&#10;LOGOUT", READER),
        ("x" * 300, READER),
    ],
)
def test_the_user_name_that_a_document_tells(make_world: MakeWorld, told_user: str, user: str) -> None:
    """What cannot be one is not taken: then it is the address."""
    world = make_world({AUTOCONFIG: [HERE], IMAP: [HERE]})
    world.web({"autoconfig.example.org/mail/config-v1.1.xml": page(document(server(user=told_user)))})
    assert found(READER, world.network()).user == user


def test_a_document_cannot_make_us_tell_more(make_world: MakeWorld) -> None:
    """A name of a host with the part before the @ in it would be told to every name server on the way."""
    world = make_world({AUTOCONFIG: [HERE], IMAP: [HERE]})
    hosts = "%EMAILLOCALPART%.example.org", "%EMAILADDRESS%", "%EMAILLOCALPART%.%EMAILDOMAIN%"
    place = "autoconfig.example.org/mail/config-v1.1.xml"
    world.web({place: page(document(*map(server, hosts), server("imap.%EMAILDOMAIN%")))})
    assert found(READER, world.network()).imap.host == "imap.example.org"
    assert not [name for name in world.names.asked if "anna" in name or "berg" in name]


@pytest.mark.parametrize("agreed", [True, False])
def test_the_public_database_is_asked_only_where_the_person_has_agreed(make_world: MakeWorld, agreed: bool) -> None:
    world = make_world({"autoconfig.thunderbird.net A": [HERE], IMAP: [HERE]})
    web = world.web({"autoconfig.thunderbird.net/v1.1/example.org": page(document(server()))})
    one, said = told(READER, world.network(ispdb=agreed))
    assert (one is not None and one.source is Source.ISPDB) is agreed
    assert web.asked == (["autoconfig.thunderbird.net/v1.1/example.org"] if agreed else [])
    assert ("thunderbird" in said.lower()) is agreed


@pytest.mark.parametrize("place", [Source.AUTOCONFIG, Source.ISPDB, Source.SRV, Source.GUESS])
def test_one_place_only(make_world: MakeWorld, place: Source) -> None:
    """Each of them would know; one is asked."""
    hosts = {AUTOCONFIG: [HERE], "autoconfig.thunderbird.net A": [HERE], IMAP: [HERE]}
    world = make_world({**hosts, "_imaps._tcp.example.org SRV": ["0 1 993 imap.example.org."]})
    known = page(document(server()))
    own = "autoconfig.example.org/mail/config-v1.1.xml"
    web = world.web({own: known, "autoconfig.thunderbird.net/v1.1/example.org": known})
    mail = world.mail(993)
    assert found(READER, world.network(only=place)).source is place
    assert len(web.asked) == (place in {Source.AUTOCONFIG, Source.ISPDB})
    assert bool(mail.commands) is (place is Source.GUESS)


def test_the_public_database_knows_hosts_by_who_takes_the_mail(make_world: MakeWorld) -> None:
    zone = {"autoconfig.thunderbird.net A": [HERE], "mail.hoster.example A": [HERE]}
    world = make_world({"example.org MX": ["10 mx1.hoster.example."], **zone})
    place = "autoconfig.thunderbird.net/v1.1/hoster.example"
    world.web({place: page(document(server("mail.hoster.example")))})
    assert found(READER, world.network(ispdb=True)).imap.host == "mail.hoster.example"


@pytest.mark.parametrize(
    ("records", "imap", "asks"),
    [
        ({"_imaps": ["0 1 993 imap.example.org."]}, Endpoint("imap.example.org", 993, "implicit"), False),
        ({"_imap": ["0 1 143 imap.example.org."]}, Endpoint("imap.example.org", 143, "starttls"), False),
        (
            {"_imap": ["0 1 143 imap.example.org."], "_imaps": ["9 1 993 imap.example.org."]},
            Endpoint("imap.example.org", 993, "implicit"),
            False,
        ),
        (
            {"_imaps": ["20 1 993 b.example.org.", "10 1 993 imap.example.org.", "10 9 994 imap.example.org."]},
            Endpoint("imap.example.org", 994, "implicit"),
            False,
        ),
        (
            {"_imaps": ["0 0 0 ."], "_imap": ["0 1 143 imap.example.org."]},
            Endpoint("imap.example.org", 143, "starttls"),
            False,
        ),
        ({"_imaps": ["0 1 993 mail.hoster.example."]}, Endpoint("mail.hoster.example", 993, "implicit"), True),
        ({"_imaps": ["0 1 993 imap.fastmail.com."]}, Endpoint("imap.fastmail.com", 993, "implicit"), False),
        (
            {"_imaps": ["0 1 993 inside.example.org.", "1 1 993 imap.example.org."]},
            Endpoint("imap.example.org", 993, "implicit"),
            False,
        ),
    ],
)
def test_the_records_of_the_domain(
    make_world: MakeWorld, records: dict[str, list[str]], imap: Endpoint, asks: bool
) -> None:
    """RFC 6186, section 6: a host outside of the domain is asked about, unless it is one of the table."""
    hosts = {IMAP: [HERE], "mail.hoster.example A": [HERE], "imap.fastmail.com A": [HERE], "b.example.org A": [HERE]}
    named = {f"{service}._tcp.example.org SRV": texts for service, texts in records.items()}
    world = make_world({**hosts, "inside.example.org A": ["10.0.0.5"], **named})
    one = found(READER, world.network())
    assert (one.imap, one.source, bool(one.ask)) == (imap, Source.SRV, asks)
    assert imap.host in one.ask or not asks


def test_the_records_name_where_letters_are_handed_in(make_world: MakeWorld) -> None:
    world = make_world(
        {
            "_imaps._tcp.example.org SRV": ["0 1 993 imap.example.org."],
            "_submission._tcp.example.org SRV": ["0 1 587 smtp.example.org."],
            "_submissions._tcp.example.org SRV": ["0 1 465 smtp.example.org."],
            "smtp.example.org A": [HERE],
            IMAP: [HERE],
        }
    )
    assert found(READER, world.network()).smtp == Endpoint("smtp.example.org", 465, "implicit")


def test_an_international_domain(make_world: MakeWorld) -> None:
    """IDNA 2008: the sharp s stays a letter of its own, where the older rules made two of it."""
    world = make_world({"autoconfig.xn--strae-oqa.example A": [HERE], "imap.xn--strae-oqa.example A": [HERE]})
    place = "autoconfig.xn--strae-oqa.example/mail/config-v1.1.xml"
    world.web({place: page(document(server("imap.%EMAILDOMAIN%")))})
    one = found("jörg@Straße.example", world.network())
    assert (one.imap.host, one.user) == ("imap.xn--strae-oqa.example", "jörg@straße.example")
