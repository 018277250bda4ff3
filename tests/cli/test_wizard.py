"""The single steps of `triage init`: finding the server, asking in plain lines, filling in, and what is kept."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from tests.cli.person import Person
from triage.cli.wizard import begun, checks, servers, signing
from triage.cli.wizard.answers import Answers, of_config
from triage.cli.wizard.asking import AnswerError, Choice, Nobody, Plain, Question
from triage.cli.wizard.begun import Begun
from triage.cli.wizard.course import Course
from triage.cli.wizard.filling import example, filled
from triage.config.load import parse
from triage.discovery import Found, Source
from triage.errors import InputError
from triage.providers import Endpoint, of_domain

IMAP = Endpoint("imap.example.org", 993, "implicit")
SMTP = Endpoint("smtp.example.org", 587, "starttls")


class Network:
    """Out there: what a search finds, and whether anybody asked."""

    def __init__(self, found: Found | None = None) -> None:
        self._found = found
        self.asked: list[str] = []

    def search(self, address: str, tell: Callable[[str], None]) -> Found | None:
        self.asked.append(address)
        tell("Asking ...")
        return self._found


def found(**other: str) -> Found:
    said = {"how": "the domain's autoconfig document", "ask": ""} | other
    return Found(IMAP, SMTP, "robin", "robin", None, said["how"], Source.AUTOCONFIG, ("password",), said["ask"])


def course(address: str, **said: str) -> Course:
    person = Person({f"--{option.replace('_', ' ')}": answer for option, answer in said.items()})
    return Course(person, Begun(Path("/nowhere/config.toml")), Answers(address=address))


def test_what_is_found_is_used_where_the_person_trusts_it() -> None:
    going, network = course("robin@example.org"), Network(found())
    servers.settle(going, network.search)
    said = going.everything
    assert network.asked == ["robin@example.org"]
    assert (said.host, said.port, said.tls, said.user) == ("imap.example.org", 993, "implicit", "robin")


def test_what_nobody_trusts_is_not_used() -> None:
    going = course("robin@example.org")
    going.asker = Person({"--host or --yes": "n", "--host": "mail.example.org"})
    servers.settle(going, Network(found(ask="Is another.example your provider?")).search)
    assert going.everything.host == "mail.example.org"
    assert "Is another.example your provider?" in [question.words for question in going.asker.asked]


def test_nobody_is_asked_out_there_without_a_yes() -> None:
    going, network = course("robin@example.org"), Network(found())
    going.asker = Person({"--no-discovery or --host": "n", "--host": "mail.example.org"})
    servers.settle(going, network.search)
    assert (network.asked, going.everything.host) == ([], "mail.example.org")


def test_where_nothing_is_found_the_person_is_asked() -> None:
    going = course("robin@example.org")
    going.asker = Person({"--no-discovery or --host": "y", "--host": "mail.example.org:143"})
    servers.settle(going, Network().search)
    said = going.everything
    assert (said.host, said.port, said.tls, said.user) == ("mail.example.org", 143, "starttls", "robin@example.org")


def test_what_is_in_the_table_takes_no_question_and_no_network() -> None:
    going = course("robin@gmail.com")
    provider = servers.settle(going, None)
    assert provider is of_domain("gmail.com")
    assert (going.everything.host, going.asker.asked) == ("imap.gmail.com", [])  # type: ignore[attr-defined]  # Person


def test_a_provider_without_such_access_is_said_to_be_one() -> None:
    with pytest.raises(InputError, match="Tuta"):
        servers.settle(course("robin@tuta.com"), None)


@pytest.mark.parametrize(
    ("domain", "page"), [("gmail.com", "https://myaccount.google.com/apppasswords"), ("gmx.de", "https://")]
)
def test_the_providers_own_page_is_named(domain: str, page: str, capsys: pytest.CaptureFixture[str]) -> None:
    provider = of_domain(domain)
    assert provider
    signing.explain(provider, provider.sign_in[0])
    told = capsys.readouterr().err
    assert page in told
    assert " ".join(provider.hint.split()) in " ".join(told.split())
    assert "triage itself" in told, "what the access is used for"


@pytest.mark.parametrize(
    ("typed", "domain", "meant"),
    [
        ("abcd efgh ijkl mnop", "gmail.com", "abcdefghijklmnop"),
        (" korrekt Pferd ", "gmail.com", "korrekt Pferd"),
        ("abcd efgh ijkl mnop", "gmx.de", "abcd efgh ijkl mnop"),
    ],
)
def test_an_app_password_may_be_pasted_as_it_is_shown(typed: str, domain: str, meant: str) -> None:
    assert signing.tidy(typed, of_domain(domain)) == meant


def plain(*lines: str) -> Plain:
    return Plain(lines=io.StringIO("".join(f"{line}\n" for line in lines)))


CHOICES = (Choice("en", "English"), Choice("de", "Deutsch"))


def test_plain_questions_are_asked_until_they_are_answered() -> None:
    address = Question("Address:", "--address")
    assert plain("nobody", "robin@example", "robin@example.org").line(address, checks.address) == "robin@example.org"
    assert plain("maybe", "Yes").yes(Question("Well?", "--yes", "n"))
    assert plain("").yes(Question("Well?", "--yes", "y"))
    assert plain("7", "2").choice(Question("Language:", "--language", "en"), CHOICES) == "de"
    assert plain("").choice(Question("Language:", "--language", "en"), CHOICES) == "en"
    assert plain("secret").secret(Question("Password:", "--secret-stdin")) == "secret"


def test_where_input_ends_the_option_is_named() -> None:
    with pytest.raises(click.UsageError, match="--address"):
        plain().line(Question("Address:", "--address"), checks.address)


def test_nobody_answers_with_what_enter_means() -> None:
    nobody = Nobody()
    assert not nobody.yes(Question("Trust it?", "--yes", "n"))
    assert Nobody(consents=True).yes(Question("Trust it?", "--yes", "n"))
    assert nobody.choice(Question("Language:", "--language", "en"), CHOICES) == "en"
    for ask in (
        lambda question: nobody.line(question, checks.address),
        nobody.secret,
        lambda question: nobody.choice(question, CHOICES),
    ):
        with pytest.raises(click.UsageError, match="--some-option"):
            ask(Question("Well?", "--some-option"))


CHECKS: list[tuple[Callable[[str], str], str, str]] = [
    (checks.address, "robin@example", "whole mail address"),
    (checks.address, "robin", "whole mail address"),
    (checks.address, "ro bin@example.org", "not a mail address"),
    (checks.server, "imap example", "name of a server"),
    (checks.server, "imap.example.org:99999", "65535"),
    (checks.country, "Germany", "two letters"),
    (checks.zone, "Mars", "no time zone"),
    (checks.name, "a\nb", "one line"),
    (checks.file, "/nowhere/at/all", "no such file"),
]


@pytest.mark.parametrize(("check", "text", "told"), CHECKS)
def test_a_bad_answer_gets_a_sentence(check: Callable[[str], str], text: str, told: str) -> None:
    with pytest.raises(AnswerError, match=told):
        check(text)


FULL = Answers(
    address="robin@example.org", host="imap.example.org", port=143, tls="starttls", user="robin", language="fr",
    name="Robin", country="DE", time_zone="Europe/Berlin", courier="smtp", smtp_host="smtp.example.org",
    smtp_port=465, smtp_tls="implicit", smtp_user="rr", ca_file="/etc/ca.pem", password_file="/etc/pw",
    smtp_password_file="/etc/pw2", sign_in="password",
)  # fmt: skip
OAUTH = Answers(
    address="robin@outlook.com", host="outlook.office365.com", sign_in="oauth", authority="microsoft", client_id="id"
)


@pytest.mark.parametrize("said", [FULL, OAUTH], ids=["password", "OAuth"])
def test_what_is_filled_in_is_what_the_configuration_says(said: Answers) -> None:
    text = filled(example(), said, "x")
    assert of_config(parse(text, "x")).over(said) == said.over(of_config(parse(text, "x")))
    assert filled(text, of_config(parse(text, "x")), "x") == text, "what is so already stays"
    back = filled(text, Answers(host="127.0.0.1", tls="none", port=143, courier="imap", sign_in="password"), "x")
    mailbox = parse(back, "x").imap_mailboxes[0]
    assert (mailbox.host, mailbox.tls, mailbox.sign_in, parse(back, "x").courier.kind) == (
        "127.0.0.1",
        "none",
        "password",
        "imap",
    )


def test_only_the_first_mailbox_on_a_server_is_touched() -> None:
    text = (
        '[reader]\naddress = "a@b.org"\n[[mailbox]]\nkind = "maildir"\npath = "/mail"\n'
        '[[mailbox]]\nhost = "one.example"\n[[mailbox]]\nhost = "two.example"\n'
    )
    assert filled(text, Answers(host="three.example"), "x") == text.replace("one.example", "three.example")


def test_what_was_begun_is_kept_and_found(tmp_path: Path) -> None:
    kept = Begun(tmp_path / "config.toml", FULL, ("signed in",))
    begun.keep(tmp_path / "state" / "begun.json", kept)
    assert begun.load(tmp_path / "state" / "begun.json") == kept
    begun.forget(tmp_path / "state" / "begun.json")
    begun.forget(tmp_path / "state" / "begun.json")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"config": 1}', '{"config": "x", "answers": [], "done": []}'])
def test_what_was_begun_and_is_damaged_does_not_count(tmp_path: Path, text: str) -> None:
    (tmp_path / "begun.json").write_text(text)
    assert begun.load(tmp_path / "begun.json") is None


def test_what_asks_nicely_is_loaded_when_it_asks() -> None:
    """It takes a third of a second, and so does none of the commands but this one at a terminal."""
    code = "import sys, triage.cli.init, triage.cli.wizard.steps\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "triage.cli.wizard.steps" in done.stdout.split()
    assert not {"questionary", "prompt_toolkit", "tomlkit"} & set(done.stdout.split())
