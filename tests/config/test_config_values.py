"""What a sound configuration becomes: every default, and the rules by which one setting follows from another."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import available_timezones

import pytest

from triage.cli import build
from triage.config import countries
from triage.config.couriers import ImapCourierConfig, MaildirCourierConfig
from triage.config.load import parse, plain
from triage.config.mailboxes import ImapMailboxConfig, MaildirMailboxConfig
from triage.config.model import LettersConfig, PrivacyConfig, StoreConfig
from triage.config.values import Account, Config, ImapMailbox, Reader, SmtpCourier

READER = '[reader]\naddress = "ada@example.org"\n'
IMAP = '[[mailbox]]\nhost = "imap.example.org"\n'
MAILDIR = '[[mailbox]]\nkind = "maildir"\npath = "/mail/ada/"\n'


def config(*parts: str) -> Config:
    return parse(READER + "\n".join(parts), "config.toml")


def imap(*lines: str) -> ImapMailbox:
    return config(IMAP, *lines).imap_mailboxes[0]


def test_two_lines_are_enough() -> None:
    least = config(IMAP)
    (mailbox,) = least.mailboxes
    assert mailbox == plain(
        ImapMailboxConfig(
            host="imap.example.org",
            tls="implicit",
            port=993,
            user="ada@example.org",
            name="imap.example.org",
            folders=("INBOX",),
            poll_minutes=5,
            look_back_days=30,
        )
    )
    assert least.courier == plain(ImapCourierConfig(mailbox="imap.example.org", folder="INBOX"))
    assert least.letter_mailbox == least.mailboxes[0]
    assert (least.letters, least.store, least.privacy) == tuple(
        map(plain, (LettersConfig(), StoreConfig(), PrivacyConfig()))
    )


def test_the_letters_defaults() -> None:
    letters = LettersConfig()
    assert (letters.hour, letters.quiet_from, letters.quiet_to) == (time(10), time(20), time(8))
    assert (letters.weekends, letters.most_per_day, letters.most_per_week) == (False, 1, 3)
    assert (letters.tone, letters.templates) == ("gentle", None)


@pytest.mark.parametrize(
    ("lines", "port"),
    [
        ("", 993),
        ('tls = "implicit"', 993),
        ('tls = "starttls"', 143),
        ('tls = "starttls"\nport = 1143', 1143),
    ],
)
def test_the_port_follows_from_tls(lines: str, port: int) -> None:
    assert imap(lines).port == port


@pytest.mark.parametrize(("tls", "port"), [("implicit", 465), ("starttls", 587), ("none", 25)])
def test_the_port_of_a_mail_server_follows_from_tls(tls: str, port: int) -> None:
    courier = config(IMAP, f'[courier]\nkind = "smtp"\nhost = "localhost"\ntls = "{tls}"').courier
    assert isinstance(courier, SmtpCourier)
    assert (courier.port, courier.user) == (port, "ada@example.org")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1"])
def test_plain_text_is_allowed_to_this_machine(host: str) -> None:
    text = f'{READER}[[mailbox]]\nhost = "{host}"\ntls = "none"'
    assert parse(text, "x").imap_mailboxes[0].tls == "none"


def test_a_mailbox_is_named_after_its_server_and_never_after_an_address() -> None:
    assert imap().name == "imap.example.org"
    assert imap('name = "work"').name == "work"
    assert config('[[mailbox]]\nhost = "::1"').mailboxes[0].name == "--1"


@pytest.mark.parametrize(("path", "name"), [("/mail/ada/", "ada"), ("/mail/büro x", "b-ro-x"), ("/", "mailbox")])
def test_a_maildir_is_named_after_its_folder(path: str, name: str) -> None:
    courier = '[courier]\nkind = "maildir"\npath = "/mail/ada"'
    mailbox = config(f'[[mailbox]]\nkind = "maildir"\npath = "{path}"', courier).mailboxes[0]
    assert mailbox == plain(MaildirMailboxConfig(path=Path(path), name=name))


def test_a_tilde_is_the_home_folder() -> None:
    assert imap('ca_file = "~/ca.pem"').ca_file == Path.home() / "ca.pem"


@pytest.mark.parametrize(("line", "seconds"), [("", 30.0), ("timeout_seconds = 7\n", 7.0)])
def test_the_time_limit_reaches_both_servers(line: str, seconds: float) -> None:
    found = config(f"{IMAP}{line}", f'[courier]\nkind = "smtp"\nhost = "smtp.example.org"\n{line}')
    assert isinstance(found.courier, SmtpCourier)
    assert [build.server(table).timeout for table in (found.imap_mailboxes[0], found.courier)] == [seconds, seconds]


def test_the_letters_go_into_the_first_imap_mailbox_or_the_named_one() -> None:
    second = f'{IMAP}name = "work"\n'
    assert config(MAILDIR, IMAP, second).courier == plain(ImapCourierConfig(mailbox="imap.example.org"))
    named = config(MAILDIR, IMAP, second, '[courier]\nmailbox = "work"\nfolder = "Letters"')
    assert named.courier == plain(ImapCourierConfig(mailbox="work", folder="Letters"))
    assert named.letter_mailbox == named.imap_mailboxes[1]


def test_a_maildir_courier_needs_no_mailbox() -> None:
    only = config(MAILDIR, '[courier]\nkind = "maildir"\npath = "/mail/ada"')
    assert only.courier == plain(MaildirCourierConfig(path=Path("/mail/ada")))
    assert only.letter_mailbox is None
    assert only.accounts == ()


def test_one_account_may_use_the_plain_credential() -> None:
    smtp = '[courier]\nkind = "smtp"\nhost = "smtp.example.org"\n'
    assert config(IMAP, smtp).accounts == (
        Account(
            "ada@example.org",
            "imap.example.org",
            ("triage.password.imap.example.org", "triage.password"),
            "imap.example.org",
        ),
        Account("ada@example.org", "smtp.example.org", ("triage.courier.password", "triage.password"), "courier"),
    )


@pytest.mark.parametrize(
    "more",
    [
        '[[mailbox]]\nhost = "imap.example.net"\nname = "work"',
        '[[mailbox]]\nhost = "imap.example.net"\nuser = "other"',
        '[courier]\nkind = "smtp"\nhost = "smtp.example.net"\nuser = "other"',
    ],
)
def test_with_two_accounts_no_password_reaches_the_others_server(more: str) -> None:
    accounts = config(IMAP, more).accounts
    assert len(accounts) == 2
    assert len({name for account in accounts for name in account.credentials}) == 2


def test_times_may_be_written_as_toml_has_them() -> None:
    letters = config(IMAP, "[letters]\nhour = 11:30:00").letters
    assert letters.hour == time(11, 30)


@pytest.mark.parametrize(
    ("quiet", "hour"),
    [
        (("20:00", "08:00"), "08:00"),
        (("20:00", "08:00"), "19:59"),
        (("12:00", "14:00"), "11:59"),
        (("12:00", "14:00"), "14:00"),
        (("03:00", "03:00"), "03:00"),
    ],
)
def test_the_hour_may_lie_anywhere_outside_of_the_quiet_hours(quiet: tuple[str, str], hour: str) -> None:
    lines = f'[letters]\nquiet_from = "{quiet[0]}"\nquiet_to = "{quiet[1]}"\nhour = "{hour}"'
    assert config(IMAP, lines).letters.hour == time.fromisoformat(hour)


def test_the_zone_is_the_readers_or_this_machines() -> None:
    written = parse('[reader]\naddress = "a@b"\ntime_zone = "Asia/Tokyo"\n' + IMAP, "x").reader.zone
    assert written.utcoffset(datetime(2026, 1, 1, tzinfo=UTC)) is not None
    assert written.key == "Asia/Tokyo"
    here = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert here.astimezone(config(IMAP).reader.zone).utcoffset() == here.astimezone().utcoffset()


def reader(*lines: str) -> Reader:
    return parse("\n".join(('[reader]\naddress = "a@b"', *lines, IMAP)), "x").reader


@pytest.mark.parametrize(("written", "country"), [("GB", "GB"), ("de", "DE"), ("UK", "GB"), ("uk", "GB"), ("BR", "BR")])
def test_a_country_is_two_letters(written: str, country: str) -> None:
    assert reader(f'country = "{written}"', 'time_zone = "Asia/Tokyo"').home_country == country


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/Berlin", "DE"),
        ("Europe/Busingen", "DE"),
        ("Europe/Vienna", "AT"),
        ("Europe/Amsterdam", "NL"),
        ("Europe/Oslo", "NO"),
        ("America/New_York", "US"),
        ("America/Toronto", "CA"),
        ("Australia/Sydney", "AU"),
        ("US/Eastern", "US"),
        ("Australia/ACT", "AU"),
        ("Eire", "IE"),
        ("Asia/Calcutta", "IN"),
        ("Atlantic/Jan_Mayen", ""),
        ("Iceland", ""),
        ("America/Coral_Harbour", ""),
        ("UTC", ""),
        ("Etc/GMT-1", ""),
        ("CET", ""),
        ("EET", ""),
        ("EST5EDT", ""),
    ],
)
def test_a_country_is_told_by_its_time_zone_where_that_is_sure(zone: str, country: str) -> None:
    """A zone that now stands for several countries says nothing: a wrong country would name the wrong helpline."""
    assert reader(f'time_zone = "{zone}"').home_country == country


def test_no_zone_is_taken_for_a_country_that_does_not_exist() -> None:
    assert {countries.of_zone(zone) for zone in available_timezones()} <= countries.codes() | {""}


def test_most_zones_with_a_place_name_tell_their_country() -> None:
    places = {zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")}
    told = {zone for zone in places if countries.of_zone(zone)}
    assert len(told) / len(places) > 0.85


def test_nothing_can_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        config(IMAP).reader.name = "Eve"  # type: ignore[misc]  # that this is refused is what is tested
