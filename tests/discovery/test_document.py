"""Autoconfig documents: what is taken from them, and what hostile ones come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.discovery.world import document, server
from triage.discovery.document import Offered, servers
from triage.discovery.values import UnreachableError

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "nothing": b"",
    "no XML": b"<html><body>Welcome to my domain</body>",
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><clientConfig>&l9;</clientConfig>'.encode(),
    "quadratic": b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 50_000 + b'">]><x>' + b"&a;" * 1000 + b"</x>",
    "a file": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><clientConfig>&a;</clientConfig>',
    "another host": b'<!DOCTYPE x SYSTEM "http://10.0.0.5/evil.dtd"><clientConfig/>',
    "a parameter": b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://10.0.0.5/"> %a;]><clientConfig/>',
    "an empty type": b"<!DOCTYPE x><clientConfig/>",
    "an unknown entity": b"<clientConfig>&nbsp;</clientConfig>",
    "deep": b"<a>" * 100_000,
    "wide": b"<clientConfig>" + b"<a/>" * 100_000 + b"</clientConfig>",
    "long": b"<clientConfig>" + b"x" * 100_000 + b"</clientConfig>",
    "attributes": b"<clientConfig " + b" ".join(b'a%d="x"' % n for n in range(3000)) + b"><a>" * 20,
    "zero": b"<clientConfig>\0</clientConfig>",
    "an unknown encoding": b'<?xml version="1.0" encoding="ebcdic-of-mars"?><clientConfig/>',
    "a wrong encoding": b'<?xml version="1.0" encoding="utf-8"?><clientConfig>\xff\xfe</clientConfig>',
    "two roots": b"<clientConfig/><clientConfig/>",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_documents_are_refused(data: bytes) -> None:
    with pytest.raises(UnreachableError):
        servers(data)


def read(*parts: str) -> list[Offered]:
    return servers(document(*parts).encode())


@pytest.mark.parametrize(
    "part",
    [
        server(kind="pop3"),
        server(kind="exchange"),
        server(socket_type="plain"),
        server(socket_type=""),
        server(port="imaps"),
        server(port=0),
        server(port=65536),
        server(port="-993"),
        server(port="993000000000000000000000"),
        server(port="９９３"),
        server(ways=("NTLM",)),
        server(ways=("GSSAPI", "TLS-client-cert")),
        server(ways=()),
        "<incomingServer/>",
        '<incomingServer type="imap"><hostname><b>imap.example.org</b></hostname></incomingServer>',
        f"<webMail>{server()}</webMail>",
        "<incomingServer type='imap'>" + server() + "</incomingServer>",
    ],
)
def test_what_cannot_be_used_is_left_out(part: str) -> None:
    assert read(part) == []


def test_servers_elsewhere_in_the_document_do_not_count() -> None:
    assert servers(f"<clientConfig>{server()}</clientConfig>".encode()) == []
    assert servers(server().encode()) == []


def test_what_stands_within_a_server_does_not_change_it() -> None:
    inner = '<incomingServer type="pop3"><hostname>evil.example</hostname></incomingServer><x><port>1</port></x>'
    whole = server()
    (one,) = read(whole.replace("</incomingServer>", f"{inner}</incomingServer>"))
    assert [one] == read(whole)


def test_the_best_comes_first_and_the_order_of_the_document_decides_otherwise() -> None:
    found = read(
        server("c", 143, "STARTTLS"),
        server("a", 993),
        server("x", kind="pop3"),
        server("b", 993),
        server("y", 143, "plain"),
    )
    assert [one.host for one in found] == ["a", "b", "c"]


def test_no_more_servers_are_told_than_anybody_has() -> None:
    """Each is looked up in DNS: a document must not make us ask for hundreds of names."""
    assert len(read(*(server(f"h{number}.example.org") for number in range(100)))) == 12


@pytest.mark.parametrize(
    ("ways", "taken"),
    [
        (("OAuth2", "password-cleartext"), ("oauth", "password")),
        (("password-encrypted", "password-cleartext", "OAuth2"), ("password", "oauth")),
        (("OAuth2",), ("oauth",)),
        (("NTLM", "plain"), ("password",)),
    ],
)
def test_ways_to_sign_in_keep_their_order(ways: tuple[str, ...], taken: tuple[str, ...]) -> None:
    (one,) = read(server(ways=ways))
    assert one.ways == taken


def test_space_comments_and_cdata_are_no_matter() -> None:
    part = server("\n  imap.example.org <!-- ours -->  ").replace("%EMAILADDRESS%", "<![CDATA[%EMAILADDRESS%]]>")
    (one,) = read(part)
    assert (one.host, one.user, one.port, one.tls) == ("imap.example.org", "%EMAILADDRESS%", 993, "implicit")


PIECES = st.sampled_from(
    [
        server(),
        server("b", 143, "STARTTLS"),
        "<",
        ">",
        "&",
        "&amp;",
        "</clientConfig>",
        "<a>",
        "</a>",
        "\0",
        "x",
        "<![CDATA[",
    ]
)


@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=12).map(lambda parts: document(*parts).encode())))
def test_whatever_comes_is_refused_or_gives_servers_that_can_be_used(data: bytes) -> None:
    try:
        found = servers(data)
    except UnreachableError:
        return
    for one in found:
        assert one.kind in {"imap", "smtp"}
        assert one.tls in {"implicit", "starttls"}
        assert 0 < one.port < 65536
        assert one.ways
