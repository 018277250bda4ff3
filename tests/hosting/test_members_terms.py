"""A member's settings: the ordinary ones are taken, and what needs a machine of one's own is refused by name."""

from __future__ import annotations

import pytest

from triage.config.locate import EXAMPLE
from triage.config.values import ImapMailbox, SmtpCourier
from triage.errors import ConfigError, InputError
from triage.hosting.members import named
from triage.hosting.outside import addresses, require_outside
from triage.hosting.terms import MOST_MAILBOXES, Terms, settled

READER = '[reader]\naddress = "robin@example.org"\ntime_zone = "Europe/Berlin"\n'
MAILBOX = '[[mailbox]]\nhost = "imap.example.org"\n'
OAUTH = 'sign_in = "oauth"\n[mailbox.oauth]\nauthority = "other"\nclient_id = "x"\ndevice_url = "https://a.example/d"\n'


def test_the_ordinary_settings_are_taken() -> None:
    config = settled(
        f'{READER}{MAILBOX}[letters]\ntone = "plain"\n[courier]\nkind = "smtp"\nhost = "mail.example.org"\n'
    )
    assert isinstance(config.mailboxes[0], ImapMailbox)
    assert isinstance(config.courier, SmtpCourier)
    assert config.letters.tone == "plain"


def test_the_example_needs_a_time_zone_only() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        settled(text)
    assert [problem for problem in error.value.problems if "time_zone" not in problem] == []
    assert settled(text.replace('#time_zone = ""', 'time_zone = "Europe/Paris"')).reader.time_zone == "Europe/Paris"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (READER.replace("time_zone", "name") + MAILBOX, "time_zone: this is missing"),
        (f'{READER}{MAILBOX}password_command = ["pass"]\n', "password_command: there are no files"),
        (f'{READER}{MAILBOX}password_file = "/etc/shadow"\n', "password_file: there are no files"),
        (f'{READER}{MAILBOX}ca_file = "/root/x.pem"\n', "ca_file: there are no files"),
        (f'{READER}{MAILBOX}sign_in = "oauth"\ntoken_command = ["id"]\n', "token_command: there are no files"),
        (
            f'{READER}[[mailbox]]\nkind = "maildir"\npath = "/x"\n[courier]\nkind = "maildir"\npath = "/x"\n',
            "kind",
        ),
        (f'{READER}{MAILBOX}[courier]\nkind = "maildir"\npath = "/tmp/x"\n', "no folder of yours here"),
        (
            f'{READER}{MAILBOX}[courier]\nkind = "smtp"\nhost = "m.example.org"\npassword_file = "/x"\n',
            "[courier] password",
        ),
        (f'{READER}{MAILBOX}[store]\npath = "/tmp/x"\n', "the log is kept by the service"),
        (f"{READER}{MAILBOX}[store]\nencrypted = true\n", "the log is kept by the service"),
        (f'{READER}{MAILBOX}[letters]\ntemplates = "/etc"\n', "templates: there is no folder"),
        (f"{READER}{MAILBOX}[service]\nnotifications = true\n", "[service]: the service does that"),
        (f'{READER}{MAILBOX}[service]\nlog_level = "debug"\n', "[service]: the service does that"),
        (f'{READER}[[mailbox]]\nhost = "localhost"\ntls = "none"\n', "go over the network"),
        (f'{READER}{MAILBOX}name = "robin@example.org"\n', "in place of an address"),
        (f'{READER}{MAILBOX}{OAUTH}token_url = "https://10.0.0.1/token"\n', "token_url: this is not the name"),
        (READER + "".join(f'{MAILBOX}name = "m{n}"\n' for n in range(MOST_MAILBOXES + 1)), "there is room for 5"),
        (f"{READER}{MAILBOX}# {'x' * 70_000}\n", "more than 64 kB"),
        (f'{READER}{MAILBOX}hots = "x"\n', "there is no such setting"),
    ],
)
def test_what_makes_no_sense_here_is_refused(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        settled(text)
    assert told in str(error.value)
    assert all(problem.startswith("your settings") and problem[-1] in ".?" for problem in error.value.problems)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "10.1.2.3", "[::1]"[1:-1], "mail", "db.internal", "nas.local.", "2130706433", "0.0"],
)
def test_neighbours_of_our_own_machines_are_no_mail_servers(host: str) -> None:
    text = f'{READER}[[mailbox]]\nhost = "{host}"\n'
    with pytest.raises(ConfigError, match="not the name of a server that all the world can reach"):
        settled(text)
    assert settled(text, Terms(inner_servers=True))


@pytest.mark.parametrize(
    ("found", "outside"),
    [
        ((), True),
        (("93.184.216.34",), True),
        (("2606:2800:220:1::1", "93.184.216.34"), True),
        (("93.184.216.34", "10.0.0.7"), False),
        (("127.0.0.1",), False),
        (("169.254.169.254",), False),
        (("::1",), False),
        (("::ffff:127.0.0.1",), False),
        (("::ffff:93.184.216.34",), True),
        (("fe80::1%eth0",), False),
        (("fd00::7",), False),
        (("224.0.0.1",), False),
        (("100.64.0.1",), False),
        (("0.0.0.0",), False),
    ],
)
def test_a_name_that_leads_to_a_neighbour_is_no_mail_server(found: tuple[str, ...], outside: bool) -> None:
    asked: list[str] = []

    def resolve(host: str) -> tuple[str, ...]:
        asked.append(host)
        return found if host == "a.example" else ()

    config = settled(READER + MAILBOX + OAUTH + 'token_url = "https://b.example/t"\n')
    if outside:
        require_outside(config, resolve)
        assert asked == ["imap.example.org", "b.example", "a.example"]
    else:
        with pytest.raises(InputError, match=r"a\.example leads to a machine that the world cannot reach"):
            require_outside(config, resolve)


def test_this_machine_is_no_neighbour_of_the_world() -> None:
    assert set(addresses("localhost")) <= {"127.0.0.1", "::1"}
    assert addresses("x" * 70) == []


def test_one_sign_in_does_for_all_that_it_allows() -> None:
    signed = 'sign_in = "oauth"\n[{}.oauth]\nauthority = "microsoft"\nclient_id = "x"\n'
    letters = '[courier]\nkind = "smtp"\nhost = "smtp.example.org"\n' + signed.format("courier")
    config = settled(READER + MAILBOX + 'name = "home"\n' + signed.format("mailbox") + letters)
    assert [named(config, account) for account in config.accounts] == ["home", "home"]
    config = settled(READER + MAILBOX + letters)
    assert [named(config, account) for account in config.accounts] == ["imap.example.org", "courier"]
