"""`triage enrol` and `triage leave` with a real mail server and a real authority: at a desk, and by a front end."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.hosting.desk import Desk, desk, of_dovecot
from tests.rig import dovecot as rig
from tests.rig.authority import Authority, authority
from tests.rig.postgres import Database
from tests.rig.smtp import PASSWORD as SMTP_PASSWORD
from tests.rig.smtp import sink
from triage.config.values import ImapMailbox
from triage.errors import ConfigError, CredentialError, InputError, ServerError
from triage.hosting import members
from triage.hosting.members import Member
from triage.store.postgres import take
from triage.wire import Server, Tls
from triage.wire.imap import Session

pytestmark = pytest.mark.server
_numbers = itertools.count(1)


@pytest.fixture
def hosted(together: Database) -> Database:
    """One for all tests here: members do not get in each other's way."""
    return together


@pytest.fixture
def without(tmp_path: Path) -> Desk:
    """One whose database cannot be reached: what is asked before anything is looked up there."""
    return desk(tmp_path / "desk", Database("nowhere", 1))


@pytest.fixture
def user() -> str:
    return f"member{next(_numbers)}"


def loaded(here: Desk, handle: str) -> Member:
    with here.engine("worker") as engine:
        number = members.number(engine, handle)
        return members.load(engine, here.keys, number, take(engine, number))


def answers(dovecot: rig.Dovecot, user: str, **more: object) -> str:
    """As a front end sends them."""
    told: dict[str, object] = {
        "consent": "2026-11/en",
        "language": "en",
        "address": f"{user}@example.org",
        "host": "127.0.0.1",
        "port": dovecot.port,
        "tls": "none",
        "user": user,
        "name": "Robin",
        "time_zone": "Europe/Berlin",
        "secrets": {"127.0.0.1": rig.PASSWORD},
    }
    return json.dumps(told | more)


def signs_in(here: Desk, handle: str) -> None:
    """A job of this member reaches the mailbox."""
    with here.engine("worker") as engine:
        number = members.number(engine, handle)
        found = members.load(engine, here.keys, number, take(engine, number))
        (table,) = found.config.mailboxes
        assert isinstance(table, ImapMailbox)
        server = Server(table.host, table.port, table.user, Tls(table.tls))
        Session(server, found.password(found.config.account(table))).close()


def test_a_front_end_enrols_a_member_by_standard_input(here: Desk, dovecot: rig.Dovecot, user: str) -> None:
    (made,) = here.told("admin", "invite")
    done = here.types(
        "enrol", "-", "--answers", "-", "--json", "--non-interactive", stdin=answers(dovecot, user, code=made["code"])
    )
    told = json.loads(done.stdout)
    assert told == {
        "handle": made["handle"],
        "state": "active",
        "consent": "2026-11/en",
        "leave_with": told["leave_with"],
    }
    signs_in(here, made["handle"])
    config = loaded(here, made["handle"]).config
    assert (config.reader.address, config.reader.name) == (f"{user}@example.org", "Robin")
    assert config.reader.time_zone == "Europe/Berlin"
    assert config.courier.kind == "imap"
    everything = here.everything()
    assert "2026-11/en" in everything
    assert not [secret for secret in (user, rig.PASSWORD, made["code"], told["leave_with"]) if secret in everything]
    done = here.types("leave", "-", "--yes", stdin=told["leave_with"] + "\n")
    assert f"{made['handle']}: everything is removed" in done.stderr
    assert made["handle"] not in here.everything()


def test_at_the_desk_one_question_after_the_other(here: Desk, dovecot: rig.Dovecot, user: str) -> None:
    code = here.told("admin", "invite")[0]["code"]
    options = ("--host", "127.0.0.1", "--port", str(dovecot.port), "--tls", "none", "--user", user, "--plain")
    typed = (code[:-1], code, "1", "y", f"{user}@example.org", "Robin", "Europe/Paris", "wrong", rig.PASSWORD)
    done = here.types("enrol", *options, stdin="\n".join(typed) + "\n")
    assert "That is not a whole code" in done.stderr
    assert "The Careers Desk offers to read your mailbox" in done.stderr
    assert "does not take it" in done.stderr
    assert "Keep this code for that day" in done.stderr
    assert rig.PASSWORD not in done.output
    assert done.stdout.startswith("m-")
    signs_in(here, done.stdout.strip())


def test_without_consent_nothing_is_asked_and_nothing_kept(here: Desk, dovecot: rig.Dovecot, user: str) -> None:
    code = here.told("admin", "invite")[0]["code"]
    with pytest.raises(InputError, match=r"Nothing was kept\. The code still counts"):
        here.types("enrol", "-", "--plain", stdin=f"{code}\n1\nn\n")
    with pytest.raises(InputError, match="Nothing was kept"):
        here.types("enrol", code, "--non-interactive")
    older = answers(dovecot, user, consent="2025-01/en")
    with pytest.raises(InputError, match=r"agreed to 2025-01/en, and the text is 2026-11/en now"):
        here.types("enrol", code, "--answers", "-", "--non-interactive", stdin=older)
    assert user not in here.everything()
    here.types("enrol", code, "--answers", "-", "--non-interactive", stdin=answers(dovecot, user))


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_the_text_is_shown_before_anything_else(without: Desk, language: str) -> None:
    told = without.told("enrol", "--show-consent", "--language", language)
    assert told["consent"] == f"2026-11/{language}"
    text = " ".join(told["paragraphs"])
    assert "The Careers Desk" in text
    assert "desk@example.org" in text
    assert "{" not in text


def test_a_wrong_password_is_told_and_the_code_still_counts(here: Desk, dovecot: rig.Dovecot, user: str) -> None:
    code = here.told("admin", "invite")[0]["code"]
    wrong = answers(dovecot, user, secrets={"127.0.0.1": "falsches-Wort"})
    with pytest.raises(CredentialError) as error:
        here.types("enrol", code, "--answers", "-", "--non-interactive", stdin=wrong)
    assert "falsches-Wort" not in str(error.value)
    with pytest.raises(InputError, match=r"no password for 127\.0\.0\.1: give it in the answers"):
        here.types("enrol", code, "--answers", "-", "--non-interactive", stdin=answers(dovecot, user, secrets={}))
    here.types("enrol", code, "--answers", "-", "--non-interactive", stdin=answers(dovecot, user))


def test_settings_of_their_own_are_taken_but_for_what_needs_a_machine(
    here: Desk, dovecot: rig.Dovecot, user: str, tmp_path: Path
) -> None:
    code = here.told("admin", "invite")[0]["code"]
    file = tmp_path / "config.toml"
    file.write_text(of_dovecot(dovecot, user, 'password_file = "/etc/passwd"\n[letters]\ntone = "plain"\n'))
    given = json.dumps({"consent": "2026-11/en", "secrets": {"127.0.0.1": rig.PASSWORD}})
    with pytest.raises(ConfigError, match="password_file: there are no files"):
        here.types("enrol", code, "--settings", str(file), "--answers", "-", stdin=given)
    file.write_text(of_dovecot(dovecot, user, '[letters]\ntone = "plain"\n'))
    told = here.told("enrol", code, "--settings", str(file), "--answers", "-", stdin=given)
    assert loaded(here, told["handle"]).config.letters.tone == "plain"


def test_every_password_is_tried_and_kept_with_its_own_account(
    here: Desk, dovecot: rig.Dovecot, user: str, tmp_path: Path
) -> None:
    """Two mailboxes, and a server for letters that takes another password."""
    second = f'[[mailbox]]\nhost = "127.0.0.1"\nport = {dovecot.port}\ntls = "none"\nuser = "{user}b"\nname = "work"\n'
    with sink(tmp_path, Tls.NONE) as letters:
        courier = f'[courier]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {letters.port}\ntls = "none"\n'
        told: dict[str, object] = {"consent": "2026-11/en", "settings": of_dovecot(dovecot, user) + second + courier}
        code = here.told("admin", "invite")[0]["code"]
        for wrong in ({"home": rig.PASSWORD}, {"home": rig.PASSWORD, "work": rig.PASSWORD, "courier": "falsch"}):
            with pytest.raises((InputError, CredentialError)):
                here.types(
                    "enrol", code, "--answers", "-", "--non-interactive", stdin=json.dumps(told | {"secrets": wrong})
                )
        told["secrets"] = {"127.0.0.1": rig.PASSWORD, "courier": SMTP_PASSWORD}
        handle = here.told("enrol", code, "--answers", "-", "--non-interactive", stdin=json.dumps(told))["handle"]
    with here.engine("worker") as engine:
        number = members.number(engine, handle)
        found = members.load(engine, here.keys, number, take(engine, number))
        kept = [found.password(account)() for account in found.config.accounts]
    assert kept == [rig.PASSWORD, rig.PASSWORD, SMTP_PASSWORD]


def test_neighbours_of_the_service_are_no_mail_servers(here: Desk, dovecot: rig.Dovecot, user: str) -> None:
    here.config.write_text(here.config.read_text().replace("inner_servers = true", "inner_servers = false"))
    code = here.told("admin", "invite")[0]["code"]
    with pytest.raises(ConfigError, match="all the world can reach"):
        here.types("enrol", code, "--answers", "-", "--non-interactive", stdin=answers(dovecot, user))


def test_without_a_language_the_text_is_shown_in_english_and_nothing_is_asked(without: Desk) -> None:
    assert "Do you agree? (--consent 2026-11/en)" in without.types("enrol", "--show-consent").stdout


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        ("", "no JSON object"),
        ("[1]", "no JSON object"),
        ('{"hots": "x"}', "there is no 'hots'"),
        ('{"host": 7}', '"host" has the wrong kind'),
        ('{"secrets": ["x"]}', '"secrets" is to be passwords'),
        ('{"consent": 1}', '"consent" is to be a text'),
    ],
)
def test_answers_that_are_no_use_are_a_sentence(without: Desk, stdin: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        without.types("enrol", "-", "--answers", "-", stdin=stdin)


def test_a_key_that_is_missing_is_told_before_anybody_types_a_password(here: Desk) -> None:
    code = here.told("admin", "invite")[0]["code"]
    (here.folder / "keys").unlink()
    with pytest.raises(CredentialError, match="The file of keys keys cannot be read"):
        here.types("enrol", code, "--consent", "2026-11/en", "--language", "en", "--non-interactive")


def test_a_server_that_is_away_is_told_and_nothing_is_kept(here: Desk, dovecot: rig.Dovecot, user: str) -> None:
    (made,) = here.told("admin", "invite")
    with pytest.raises(ServerError):
        here.types("enrol", made["code"], "--answers", "-", "--non-interactive", stdin=answers(dovecot, user, port=1))
    assert [one["state"] for one in here.told("admin", "list") if one["handle"] == made["handle"]] == ["invited"]


# --- OAuth ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def town() -> Iterator[tuple[Authority, rig.Dovecot]]:
    with authority() as there:
        running = rig.start(introspection=f"{there.url}/introspect")
        try:
            yield there, running
        finally:
            running.stop()


def test_by_a_code_in_a_browser_and_the_sign_in_lasts(here: Desk, town: tuple[Authority, rig.Dovecot]) -> None:
    there, dovecot = town
    there.user, there.interval, there.rotates = "robin", 1, True
    (made,) = here.told("admin", "invite")
    given = json.dumps(
        {
            "consent": "2026-11/de",
            "settings": of_dovecot(dovecot, "robin", f'sign_in = "oauth"\n{there.config()}'),
        }
    )
    done = here.types("enrol", made["code"], "--answers", "-", "--json", stdin=given)
    first, _, last = done.stdout.partition("\n")
    assert json.loads(first) == {"open": f"{there.url}/enter", "enter": "ABCD-EFGH", "seconds": 600}
    assert json.loads(last)["consent"] == "2026-11/de"
    there.end_access()
    signs_in(here, made["handle"])
    signs_in(here, made["handle"])
    assert len(there.asked_at("/token")) == 3  # the code, the trial, and one for both jobs
    assert not [token for token in (*there.refresh, *there.access) if token in here.everything()]


def test_a_provider_that_wants_its_own_page_and_does_not_know_us_is_a_sentence(here: Desk) -> None:
    code = here.told("admin", "invite")[0]["code"]
    given = json.dumps({"consent": "2026-11/en", "language": "en", "address": "robin@outlook.com"})
    with pytest.raises((InputError, click.UsageError), match="this service is not registered there yet"):
        here.types("enrol", code, "--answers", "-", "--non-interactive", stdin=given)
