"""The table of providers: complete, sound, and found by what it is asked for."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain

import pytest

from triage.providers import (
    ODDITIES,
    Oddity,
    Provider,
    of_domain,
    of_host,
    of_mx,
    of_server,
    providers,
    without_imap,
)
from triage.providers.table import endpoint
from triage.providers.table import without_imap as without
from triage.providers.values import Endpoint

ALL = [pytest.param(one, id=one.key) for one in providers()]
HOSTED = [one for one in providers() if one.domains or one.mx]
OWN = [one for one in providers() if not (one.domains or one.mx)]
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}")
_MOST_LETTERS = 230


def sentences(text: str) -> int:
    """How many, where "POP3/IMAP)." and the like end one."""
    return len(re.findall(r"[.?!](?=\s|$)", text))


@pytest.mark.parametrize("one", ALL)
def test_an_entry_is_complete(one: Provider) -> None:
    assert one.name
    assert one.user in {"address", "local-part"}
    assert one.smtp_user in {"address", "local-part"}
    assert one.sign_in
    assert set(one.sign_in) <= {"app-password", "password", "oauth"}
    assert len(set(one.sign_in)) == len(one.sign_in)
    assert one.oauth in {"", "google", "microsoft", "yahoo"}
    assert ("oauth" in one.sign_in) is bool(one.oauth)
    assert tuple(one.grants_by) == one.sign_in
    assert one.grants == one.grants_by[one.sign_in[0]]
    assert one.page or "app-password" not in one.sign_in, "Where is an app password made?"
    assert set(one.oddities) <= ODDITIES.keys()
    assert one.enable.startswith("https://") or not one.enable


@pytest.mark.parametrize("one", ALL)
def test_what_a_person_reads_is_short_and_whole(one: Provider) -> None:
    assert sentences(one.hint) == 1
    assert one.hint.endswith(".")
    assert len(one.hint) <= _MOST_LETTERS
    for text in one.grants_by.values():
        assert text.endswith(".")
        assert "triage itself" in text, "What it could do stands beside what it does."


@pytest.mark.parametrize("one", ALL)
def test_pages_are_on_the_web_by_https(one: Provider) -> None:
    for page in filter(None, (one.page, one.enable)):
        assert re.fullmatch(r"https://[a-z0-9.-]+/\S*", page)


@pytest.mark.parametrize("one", ALL)
def test_names_are_as_they_are_compared(one: Provider) -> None:
    ends = [one.imap, *([one.smtp] if one.smtp else [])]
    for name in (
        *one.domains,
        *one.mx,
        *one.hosts,
        *(end.host for end in ends if end.host and not one.own_certificate),
    ):
        assert _HOST.fullmatch(name), name
    assert all(text == text.upper() for text in one.capabilities)
    assert all(text == text.lower() for text in one.ident)


@pytest.mark.parametrize("one", [pytest.param(one, id=one.key) for one in HOSTED])
def test_every_server_is_protected(one: Provider) -> None:
    assert one.imap.host
    assert one.smtp is not None
    assert (one.imap.port, one.imap.tls) == (993, "implicit") or one.own_certificate
    assert (one.smtp.port, one.smtp.tls) in {(465, "implicit"), (587, "starttls")} or one.own_certificate


@pytest.mark.parametrize("one", [pytest.param(one, id=one.key) for one in OWN])
def test_a_kind_of_server_is_known_by_what_it_says(one: Provider) -> None:
    assert (one.imap.host, one.smtp, one.hosts) == ("", None, ())
    assert one.capabilities or one.ident


def test_only_this_machine_is_a_number() -> None:
    numbers = {one.imap.host for one in HOSTED if not one.imap.host.rpartition(".")[2].isalpha()}
    assert numbers == {"127.0.0.1"}
    assert {one.key for one in HOSTED if one.own_certificate} == {"proton-bridge"}


@pytest.mark.parametrize("what", ["domains", "mx", "capabilities", "ident"])
def test_nothing_is_claimed_twice(what: str) -> None:
    claimed = Counter(chain.from_iterable(getattr(one, what) for one in providers()))
    assert [name for name, times in claimed.items() if times > 1] == []
    if what == "domains":
        assert not claimed.keys() & without().keys()


def test_no_mail_host_belongs_to_two() -> None:
    ends = [(end, one.key) for one in providers() for end in one.mx]
    assert not [(a, b) for a, one in ends for b, other in ends if one != other and a.endswith(f".{b}")]


@pytest.mark.parametrize("one", [pytest.param(one, id=one.key) for one in HOSTED])
def test_everything_in_an_entry_leads_to_it(one: Provider) -> None:
    assert all(of_domain(domain.upper() + ".") is one for domain in one.domains)
    assert all(of_mx(f"MX1.{end}.") is one for end in one.mx)
    if one.imap.host != "127.0.0.1":
        assert (of_host(one.imap.host) or one).imap == one.imap


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("aspmx.l.google.com", "google-workspace"),
        ("smtp.google.com.", "google-workspace"),
        ("aspmx3.googlemail.com", "google-workspace"),
        ("outlook-com.olc.protection.outlook.com", "outlook"),
        ("company.mail.protection.outlook.com", "microsoft365"),
        ("company.o-v1.mx.microsoft", "microsoft365"),
        ("mta7.am0.yahoodns.net", "yahoo"),
        ("mx-aol.mail.gm0.yahoodns.net", "aol"),
        ("mx01.mail.icloud.com", "icloud-domain"),
        ("mail.protonmail.ch", "proton-bridge"),
        ("smtpin.rzone.de", "strato"),
        ("mx00.kundenserver.de", "ionos-de"),
        ("mx1.example.org", None),
        ("notgoogle.com", None),
        ("google.com.evil.example", None),
        ("", None),
    ],
)
def test_who_takes_the_mail(host: str, key: str | None) -> None:
    found = of_mx(host)
    assert (found.key if found else None) == key


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("imap.gmail.com", "google"),
        ("IMAP.Gmail.com.", "google"),
        ("smtp.gmail.com", "google"),
        ("outlook.office365.com", "outlook"),
        ("smtp.office365.com", "microsoft365"),
        ("ssl0.ovh.net", "ovh"),
        ("127.0.0.1", None),
        ("", None),
        ("imap.example.org", None),
    ],
)
def test_whose_server_it_is(host: str, key: str | None) -> None:
    found = of_host(host)
    assert (found.key if found else None) == key


@pytest.mark.parametrize(
    ("capabilities", "ident", "key"),
    [
        (["IMAP4rev1", "X-GM-EXT-1", "IDLE"], {}, "google"),
        ([], {"name": "GImap", "vendor": "Google, Inc."}, "google"),
        ([], {"NAME": "Zimbra", "VERSION": "8.8"}, "zimbra"),
        ([], {"name": "Dovecot"}, "dovecot"),
        ([], {"name": "Microsoft.Exchange.Imap4.Imap4Server", "version": "15.20"}, "exchange"),
        ([], {"name": "Cyrus IMAPD"}, "cyrus"),
        ([], {"name": "Proton Mail Bridge"}, "proton-bridge"),
        ([], {"name": "Y!IMAP"}, "yahoo"),
        (["imap4rev1", "acl2=union"], {}, "courier"),
        (["IMAP4rev1", "IDLE"], {}, None),
        ([], {}, None),
        ([], {"name": "", "vendor": "Dovecot"}, None),
    ],
)
def test_servers_are_known_by_what_they_say(capabilities: list[str], ident: dict[str, str], key: str | None) -> None:
    found = of_server(capabilities, ident)
    assert (found.key if found else None) == key


def test_where_no_program_can_read() -> None:
    assert without_imap("Tuta.com.").startswith("Tuta has no IMAP")
    assert without_imap("gmail.com") == ""


@pytest.mark.parametrize("oddity", ODDITIES.values(), ids=list(ODDITIES))
def test_an_oddity_is_something_a_tired_person_can_read(oddity: Oddity) -> None:
    assert oddity.what.endswith(".")
    assert 1 <= sentences(oddity.what) <= 4
    assert len(oddity.what) <= 330
    assert any(oddity.key in one.oddities for one in providers()), "Nobody has it."


def test_why_a_sign_in_may_be_refused_is_told_apart() -> None:
    assert ODDITIES["imap-off"].signing_in
    assert not ODDITIES["gmail-labels"].signing_in


def test_the_oddities_that_were_asked_for() -> None:
    told = {
        "google",
        "outlook",
        "microsoft365",
        "icloud",
        "yahoo",
        "fastmail",
        "gmx",
        "proton-bridge",
        "dovecot",
        "exchange",
    }
    assert told <= {one.key for one in providers() if one.oddities}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("imap.example.org:993", Endpoint("imap.example.org", 993, "implicit")),
        ("smtp.example.org:587", Endpoint("smtp.example.org", 587, "starttls")),
        ("127.0.0.1:1143 none", Endpoint("127.0.0.1", 1143, "none")),
    ],
)
def test_how_the_file_names_a_server(text: str, told: Endpoint) -> None:
    assert endpoint(text) == told
