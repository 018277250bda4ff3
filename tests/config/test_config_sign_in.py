"""What may be written about signing in, what that becomes, and what is said where it makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.config.load import parse
from triage.config.values import Account, Config, OAuth
from triage.errors import ConfigError

READER = '[reader]\naddress = "ada@example.org"\n'
IMAP = '[[mailbox]]\nhost = "imap.example.org"\nname = "work"\n'
SMTP = '[courier]\nkind = "smtp"\nhost = "smtp.example.org"\n'
OAUTH = 'authority = "google"\nclient_id = "123.apps"\n'
IN_TABLE = 'sign_in = "oauth"\n[mailbox.oauth]\n'
IN_COURIER = 'sign_in = "oauth"\n[courier.oauth]\n'
OTHER = 'authority = "other"\nclient_id = "x"\n'
CANARY = "hunter2xyzzy"


def config(*parts: str) -> Config:
    return parse(READER + "".join(parts), "c.toml")


def account(*parts: str) -> Account:
    return config(IMAP, *parts).accounts[0]


def only_fault(*parts: str) -> str:
    with pytest.raises(ConfigError) as raised:
        config(*parts)
    (fault,) = raised.value.problems
    return fault


@pytest.mark.parametrize(
    ("written", "command"),
    [
        ('["pass", "show", "mail"]', ("pass", "show", "mail")),
        ('"pass show mail"', ("pass", "show", "mail")),
        ("'secret-tool lookup name \"my mail\"'", ("secret-tool", "lookup", "name", "my mail")),
        ("'echo $HOME; id'", ("echo", "$HOME;", "id")),
        ("[]", ()),
        ('""', ()),
    ],
)
def test_a_command_is_a_list_of_words_and_no_shell_reads_it(written: str, command: tuple[str, ...]) -> None:
    assert account(f"password_command = {written}\n").password_command == command


def test_an_account_knows_all_that_its_sign_in_takes() -> None:
    found = account(IN_TABLE, OAUTH, '[store]\npath = "/s"\n')
    assert found == Account(
        "ada@example.org",
        "imap.example.org",
        ("triage.token.work", "triage.token"),
        "work",
        "oauth",
        oauth=OAuth("google", "123.apps"),
        store=Path("/s"),
    )


def test_one_sign_in_serves_mailbox_and_mail_server() -> None:
    both = config(IMAP, IN_TABLE, OAUTH, SMTP, 'sign_in = "oauth"\n[courier.oauth]\n', OAUTH)
    assert both.accounts[1].credentials == ("triage.courier.token", "triage.token.work", "triage.token")
    assert both.accounts[1].oauth == both.accounts[0].oauth
    another = config(IMAP, SMTP, 'sign_in = "oauth"\n[courier.oauth]\n', OAUTH)
    assert another.accounts[1].credentials == ("triage.courier.token", "triage.token")


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ((IMAP, 'sign_in = "oauth"\n'), "c.toml:6: [[mailbox]] sign_in: sign_in = \"oauth\" takes either a table"),
        (
            (IMAP, 'sign_in = "oauth"\ntoken_command = ["t"]\n[mailbox.oauth]\n', OAUTH),
            "[[mailbox]] sign_in: sign_in = \"oauth\" takes either",
        ),
        ((IMAP, "[mailbox.oauth]\n", OAUTH), 'c.toml:6: [[mailbox]] oauth: this is for sign_in = "oauth"'),
        ((IMAP, 'token_command = "t"\n'), 'token_command: this is for sign_in = "oauth"'),
        ((IMAP, 'sign_in = "oauth"\ntoken_command = "t"\npassword_file = "/p"\n'), 'this is for sign_in = "password"'),
        ((IMAP, 'password_command = "p"\npassword_file = "/p"\n'), "take out one of them"),
        ((IMAP, "password_command = \"'unclosed\"\n"), "expected a command and its arguments"),
        ((IMAP, 'password_command = ["", "x"]\n'), "expected a command and its arguments"),
        ((IMAP, "password_command = [1]\n"), "expected a command and its arguments"),
        ((IMAP, 'password_file = "here"\n'), "expected the path of a file"),
        ((IMAP, 'sign_in = "oaut"\n'), 'did you mean "oauth"?'),
        ((IMAP, "oauth = 1\n"), "[[mailbox]] oauth: expected a table with authority and client_id, found a number"),
        ((IMAP, 'password_comand = "p"\n'), "did you mean password_command?"),
        ((IMAP, IN_TABLE, 'authority = "google"\n'), "c.toml:7: [mailbox.oauth] client_id: this is missing"),
        ((IMAP, IN_TABLE, OAUTH, "x = 1\n"), "[mailbox.oauth] x: there is no such setting here"),
        ((IMAP, IN_TABLE, OAUTH, 'tenant = "t"\n'), 'c.toml:10: [mailbox.oauth] tenant: this is for authority'),
        ((IMAP, IN_TABLE, OAUTH, 'token_url = "https://a/"\n'), 'token_url: this is for authority = "other"'),
        ((IMAP, IN_TABLE, OTHER), "[mailbox.oauth] token_url"),
        ((IMAP, IN_TABLE, OTHER, 'token_url = "http://a.example/"\n'), "begins with https://"),
        ((IMAP, IN_TABLE, OTHER, 'token_url = "https://u:p@a.example/"\n'), "begins with https://"),
        ((IMAP, IN_TABLE, 'authority = "gogle"\nclient_id = "x"\n'), 'did you mean "google"?'),
        ((IMAP, SMTP, IN_COURIER, 'authority = "google"\n'), "[courier.oauth] client_id: this is missing"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_in_one_sentence_with_its_line(parts: tuple[str, ...], told: str) -> None:
    assert told in only_fault(*parts)


@pytest.mark.parametrize(
    ("line", "table", "remedy"),
    [
        (f'password = "{CANARY}"', "", "`triage login`"),
        (f'token = "{CANARY}"', "", "`triage login`"),
        (f'client_secret = "{CANARY}"', IN_TABLE + OAUTH, "--client-secret-stdin`"),
        (f'refresh_token = "{CANARY}"', IN_TABLE + OAUTH, "`triage login"),
    ],
)
def test_a_secret_is_sent_to_login_and_not_repeated(line: str, table: str, remedy: str) -> None:
    fault = only_fault(IMAP, table, line + "\n")
    assert "passwords do not belong in this file" in fault
    assert remedy in fault
    assert CANARY not in fault


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8/token", "http://localhost/t", "http://[::1]/t", "https://a.example/t"]
)
def test_addresses_are_protected_or_on_this_machine(url: str) -> None:
    found = account(IN_TABLE, OTHER, f'token_url = "{url}"\ndevice_url = "{url}"\n')
    assert found.oauth is not None
    assert found.oauth.token_url == url
