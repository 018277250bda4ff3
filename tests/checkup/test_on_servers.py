"""What is said of a server: for each thing that can be wrong, what it is, and what to do about it."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage.checkup import Finding, Verdict, on_servers, parted
from triage.checkup.network import Authority, Certificate, Handshake
from triage.checkup.on_servers import Needs
from triage.checkup.survey import Held, Listed
from triage.wire import Server, Tls

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
SERVER = Server("imap.example.org", 993, "me@example.org")
OWN = Server("imap.example.org", 993, "me@example.org", ca_file=Path("/own.pem"))


def certificate(
    days: int = 60, names: tuple[str, ...] = ("imap.example.org",), *, self_made: bool = False
) -> Certificate:
    return Certificate(NOW - timedelta(days=30), NOW + timedelta(days=days), names, self_made)


def vouched(days: int, *authorities: int, name: str = "Example R3") -> Handshake:
    """A good certificate, and authorities that end in so many days."""
    chain = tuple(Authority(name, NOW + timedelta(days=one)) for one in authorities)
    return Handshake("TLSv1.3", certificate(days), authorities=chain)


def ended_above(*authorities: int) -> Handshake:
    """One that is refused although the certificate itself is good."""
    chain = tuple(Authority("Example R3", NOW + timedelta(days=one)) for one in authorities)
    return Handshake("", certificate(), 10, "certificate has expired", chain)


def ssl_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("found", "verdict", "says", "remedy"),
    [
        (
            on_servers.protection(SERVER, Handshake("TLSv1.3", certificate()), NOW),
            "ok",
            "TLS 1.3, certificate good",
            "",
        ),
        (on_servers.protection(SERVER, Handshake("TLSv1.3", None), NOW), "ok", "TLS 1.3", ""),
        (on_servers.protection(SERVER, Handshake("TLSv1.2", certificate(14)), NOW), "ok", "(14 days)", ""),
        (on_servers.protection(SERVER, Handshake("TLSv1.2", certificate(13)), NOW), "note", "(13 days)", "renewed"),
        (on_servers.protection(SERVER, vouched(60, 900, 4000), NOW), "ok", "authorities until 2029-05-10", ""),
        (on_servers.protection(SERVER, vouched(60, 900, 14), NOW), "ok", "authorities until 2026-12-06", ""),
        (on_servers.protection(SERVER, vouched(60, 13, 4000), NOW), "note", "(Example R3) ends on", "up to date"),
        (on_servers.protection(SERVER, vouched(60, 13, name=""), NOW), "note", "behind it ends on 2026-12-05", "list"),
        (on_servers.protection(SERVER, vouched(13, 12), NOW), "note", "(13 days), those of", "renewed"),
        (
            on_servers.protection(SERVER, ended_above(-2, 4000), NOW),
            "WRONG",
            "(Example R3) ended on 2026-11-20",
            "list",
        ),
        (on_servers.protection(SERVER, ended_above(), NOW), "WRONG", "is good, but an authority", "list"),
        (
            on_servers.protection(SERVER, Handshake("", certificate(-3), 10), NOW),
            "WRONG",
            "ended on 2026-11-19",
            "clock",
        ),
        (on_servers.protection(SERVER, Handshake("", None, 10), NOW), "WRONG", "ended.", "2026-11-22"),
        (on_servers.protection(SERVER, Handshake("", certificate(), 9), NOW), "WRONG", "good only from", "clock is"),
        (
            on_servers.protection(SERVER, Handshake("", certificate(names=("mail.example.net",)), 62), NOW),
            "WRONG",
            "it is for mail.example.net",
            'host = "mail.example.net"',
        ),
        (
            on_servers.protection(SERVER, Handshake("", certificate(names=("*.example.net",)), 62), NOW),
            "WRONG",
            "*.example.net",
            "another network",
        ),
        (
            on_servers.protection(SERVER, Handshake("", certificate(names=("evil\x1b]0;x",)), 62), NOW),
            "WRONG",
            "not for imap.example.org.",
            "another network",
        ),
        (
            on_servers.protection(SERVER, Handshake("", certificate(self_made=True), 18), NOW),
            "WRONG",
            "made its certificate itself",
            "ca_file",
        ),
        (on_servers.protection(SERVER, Handshake("", certificate(), 20), NOW), "WRONG", "does not know", "ca_file"),
        (on_servers.protection(OWN, Handshake("", certificate(), 20), NOW), "WRONG", "/own.pem", "anew"),
        (on_servers.protection(SERVER, Handshake("", None, 23, "revoked"), NOW), "WRONG", "(revoked)", "Ask whoever"),
        (on_servers.tls_failed(SERVER, ssl_error("UNSUPPORTED_PROTOCOL")), "WRONG", "older than 1.2", "another server"),
        (on_servers.tls_failed(SERVER, ssl_error("WRONG_VERSION_NUMBER")), "WRONG", "does not begin", "starttls"),
        (
            on_servers.tls_failed(Server("h.example", 143, "me", Tls.STARTTLS), ConnectionRefusedError("no")),
            "WRONG",
            "STARTTLS",
            "implicit",
        ),
        (on_servers.tls_failed(SERVER, TimeoutError()), "WRONG", "no answer", "network"),
        (on_servers.unprotected(), "ok", "this computer", ""),
        (on_servers.names_nobody(SERVER, TimeoutError()), "WRONG", "no name server", "online"),
        (
            on_servers.names_nobody(SERVER, socket.gaierror(socket.EAI_AGAIN, "later")),
            "WRONG",
            "cannot be reached",
            "online",
        ),
        (
            on_servers.names_nobody(SERVER, socket.gaierror(socket.EAI_NONAME, "none")),
            "WRONG",
            "no server has this name",
            "provider",
        ),
        (on_servers.connection_failed(SERVER, ConnectionRefusedError()), "WRONG", "takes no", "running"),
        (on_servers.connection_failed(SERVER, TimeoutError()), "WRONG", "30 seconds", "firewall"),
        (on_servers.connection_failed(SERVER, OSError(113, "No route to host")), "WRONG", "No route", "again"),
        (on_servers.connected(SERVER, ("192.0.2.1",)), "ok", "(192.0.2.1)", ""),
        (on_servers.abilities({"IDLE", "CONDSTORE", "UIDPLUS", "SPECIAL-USE"}, Needs(5)), "ok", "at once", ""),
        (on_servers.abilities({"IDLE"}, Needs(5)), "ok", "without CONDSTORE, UIDPLUS, SPECIAL-USE", ""),
        (on_servers.abilities({"UIDPLUS"}, Needs(7)), "note", "7 minutes later", ""),
        (on_servers.abilities({"IDLE"}, Needs(5, finds_drafts=True)), "note", "SPECIAL-USE", "[drafts] folder"),
        (on_servers.folder("INBOX", Held(1203, 212, None), 30), "ok", "1,203 messages, 212 of the last 30", ""),
    ],
)
def test_what_is_said(found: Finding, verdict: str, says: str, remedy: str) -> None:
    assert found.verdict.value == verdict, found
    assert says in found.how
    assert remedy in found.remedy
    assert bool(found.code) == (found.verdict is Verdict.WRONG)
    assert bool(found.remedy) or found.verdict is not Verdict.WRONG, "what is wrong says what to do"
    assert found.how.isprintable()


@pytest.mark.parametrize(
    ("folders", "watched", "says"),
    [
        ([Listed("INBOX"), Listed("Jobs")], ["INBOX"], '"Jobs": not watched'),
        ([Listed("INBOX"), Listed("Privat/Bewerbungen")], ["inbox"], '"Privat/Bewerbungen"'),
        ([Listed("INBOX.job_search"), Listed("Spam")], ["INBOX"], "job_search"),
        ([Listed("INBOX"), Listed("Müll", junk=True)], ["INBOX"], '"Müll" is not watched'),
        ([Listed("INBOX"), Listed("[Gmail]/Spam", junk=True)], ["INBOX"], "now and then"),
        ([Listed("INBOX"), Listed("Junk E-mail")], ["INBOX"], "now and then"),
        ([Listed("INBOX"), Listed("Courrier indésirable")], ["INBOX"], "now and then"),
        ([Listed("INBOX"), Listed("Jobs"), Listed("Spam")], ["INBOX", "Jobs", "Spam"], ""),
        ([Listed("INBOX"), Listed("Steve Jobsen")], ["INBOX"], ""),
        ([], ["INBOX"], ""),
    ],
)
def test_folders_that_may_hold_employers_mail(folders: list[Listed], watched: list[str], says: str) -> None:
    found = on_servers.other_folders(folders, watched)
    assert (found is not None) == bool(says)
    assert found is None or says in found.how


@pytest.mark.parametrize(("minutes", "told"), [(-5, False), (0, False), (9, False), (11, True), (60 * 24 * 400, True)])
def test_a_clock_that_is_behind_the_servers(minutes: int, told: bool) -> None:
    found = on_servers.by_their_clock(NOW + timedelta(minutes=minutes), NOW)
    assert (found is not None) == told
    assert on_servers.by_their_clock(None, NOW) is None


@pytest.mark.parametrize(
    ("sentence", "how", "remedy"),
    [
        (
            "There is no password for imap.example.org yet. Run `triage login` in your desktop session.",
            "There is no password for imap.example.org yet.",
            "Run `triage login` in your desktop session.",
        ),
        (
            "imap.example.org:993 takes no connections: check host and port, or try again later.",
            "imap.example.org:993 takes no connections.",
            "Check host and port, or try again later.",
        ),
        ("The store /a/b: c is damaged", "The store /a/b: c is damaged", ""),
        ("h:993 gave no answer for 3 seconds: check it.", "h:993 gave no answer for 3 seconds.", "Check it."),
        ("", "", ""),
    ],
)
def test_an_error_is_parted_into_what_and_what_to_do(sentence: str, how: str, remedy: str) -> None:
    assert parted(sentence) == (how, remedy)
