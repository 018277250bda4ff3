"""Where the mail is: the servers of an address, found by `triage.discovery` or told by the person."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING

from triage.cli.wizard import checks
from triage.cli.wizard.answers import IMAP, SMTP, Answers
from triage.cli.wizard.asking import Question, note, say
from triage.cli.wizard.checks import parted
from triage.cli.wizard.course import Course
from triage.errors import InputError
from triage.providers import Provider, of_domain, of_host, without_imap

if TYPE_CHECKING:
    from triage.discovery import Found

Discover = Callable[[str, Callable[[str], None]], "Found | None"]
"""Finds the servers of an address, and tells what it does. Looks into the network unless the table knows."""


def discover(address: str, tell: Callable[[str], None]) -> Found | None:
    """By `triage.discovery`, on the real network."""
    from triage.discovery import Network
    from triage.discovery import discover as search

    return search(address, Network(), tell)


def settle(course: Course, search: Discover | None = discover) -> Provider | None:
    """Find or ask for the server, and keep it. `search` None: nothing but the table is to be asked.

    Returns the provider, where it is a known one. Raises InputError where the provider has no such access at all.
    """
    address = str(course.everything.address)
    domain = address.rpartition("@")[2]
    if sentence := without_imap(domain):
        raise InputError(sentence)
    if course.answers.host is None and not _stays(course):
        found = _found(course, address, search)
        if found:
            course.take(_of(found))
        else:
            _name(course)
    _complete(course)
    provider = of_host(str(course.everything.host)) or of_domain(domain)
    if provider and provider.own_certificate and course.everything.ca_file is None:
        say(f"{provider.name} makes its own certificate. Export it there to a file, so that triage can check it.")
        course.line("ca_file", Question("The file with the certificate:", "--ca-file"), checks.file)
    return provider


def _stays(course: Course) -> bool:
    """Is the configured server to be kept?"""
    known = course.known
    if known.host is None:
        return False
    if known.address == course.everything.address and not course.asker.alone:
        question = Question(f"Your mail server is {known.host}. Keep it?", "--host", "y")
        return course.asker.yes(question)
    return known.address == course.everything.address


def _found(course: Course, address: str, search: Discover | None) -> Found | None:
    """What a search comes to, and the person agrees to."""
    domain = address.rpartition("@")[2]
    known = of_domain(domain)
    if known is None and (search is None or not _may_search(course, domain)):
        return None
    found = (search or discover)(address, note)
    if found is None:
        say(f"No mail server was found for {domain}.")
        return None
    if known:
        say(f"That is {known.name}, whose mail server triage knows: {found.imap.host}.")
        return found
    say(f"Your mail server is {found.imap.host}. That is from {found.how}.")
    return found if _is_trusted(course, found) else None


def _may_search(course: Course, domain: str) -> bool:
    say(
        f"triage does not know {domain}. It can look for its mail server: it asks {domain} itself and the name "
        "servers, and tells them the domain, nothing else of yours."
    )
    return course.asker.yes(Question("Look for it?", "--no-discovery or --host", "y"))


def _is_trusted(course: Course, found: Found) -> bool:
    """What was found out there is used only where the person says so: their password will go to it."""
    words = found.ask or f"Your password will be sent to {found.imap.host} and to nobody else. Is that your provider?"
    question = Question(words, "--host or --yes", "n" if course.asker.alone else "y")
    return course.asker.yes(question)


def _of(found: Found) -> Answers:
    letters = found.smtp
    return Answers(
        host=found.imap.host,
        port=found.imap.port,
        tls=found.imap.tls,
        user=found.user,
        smtp_host=letters.host if letters else None,
        smtp_port=letters.port if letters else None,
        smtp_tls=letters.tls if letters else None,
        smtp_user=found.smtp_user if letters else None,
    )


def ask(course: Course) -> None:
    """Ask the person, and keep what goes with the answer."""
    _name(course)
    _complete(course)


def _name(course: Course) -> None:
    say("Your provider's help pages call it the “incoming server” or “IMAP server”.")
    course.line("host", Question("Your mail server, such as imap.example.org:", "--host"), checks.server)


def _complete(course: Course) -> None:
    """The port and the protection that go with a server that was named; and whether letters are sent through one."""
    host, port = parted(str(course.everything.host))
    if course.answers.host is not None:
        course.line("host", Question("Your mail server:", "--host"), checks.server)
        port = course.answers.port or port or (143 if course.answers.tls in ("starttls", "none") else 993)
        tls = course.answers.tls or ("implicit" if port == 993 else "none" if _is_here(host) else "starttls")
        course.given = Answers(host=host).over(course.given)
        course.take(Answers(host=host, port=port, tls=tls, user=course.answers.user or course.everything.address))
        if course.known.host not in (None, host):
            course.take(_elsewhere(course))
    kind = course.everything.courier or IMAP
    course.take(Answers(courier=kind))
    if kind == SMTP:
        _ask_smtp(course)


def _elsewhere(course: Course) -> Answers:
    """What was configured for another server, and is not for this one."""
    known, now = course.known, course.answers
    return Answers(
        ca_file=now.ca_file or ("" if known.ca_file else None),
        password_file=now.password_file or ("" if known.password_file else None),
    )


def _ask_smtp(course: Course) -> None:
    course.line("smtp_host", Question("The server your mail is sent through:", "--smtp-host"), checks.server)
    host, port = parted(str(course.everything.smtp_host))
    port = course.everything.smtp_port or port or 465
    tls = course.everything.smtp_tls or ("implicit" if port == 465 else "none" if _is_here(host) else "starttls")
    course.given = Answers(smtp_host=host).over(course.given)
    course.take(Answers(smtp_host=host, smtp_port=port, smtp_tls=tls))


def _is_here(host: str) -> bool:
    """Is it this very computer?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
