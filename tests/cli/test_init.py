"""`triage init`, as a person goes through it: from nothing to a configuration, stopped anywhere, and run again."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from tests.cli.person import ADDRESS, Person, at_home, newcomer, run, script, typed, with_systemd
from tests.conftest import Account
from tests.rig import employers, smtp
from tests.rig.dovecot import PASSWORD
from tests.rig.installed import Installed, letters, text_of
from tests.rig.systemd import Systemd
from triage.cli.init import Manner
from triage.cli.settings import Settings
from triage.cli.wizard import begun, steps
from triage.cli.wizard.answers import Answers
from triage.cli.wizard.asking import Nobody
from triage.config.edit import BEFORE
from triage.config.load import load, parse
from triage.errors import ConfigError, CredentialError, InputError
from triage.wire import Tls

pytestmark = pytest.mark.server

USUAL = Manner(
    plain=False, non_interactive=False, yes=False, dry_run=False, as_json=False, reset=False, secret_stdin=False,
    discovery=False, look=False, sample=True, service=False,
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A new user's folders, with a keyring."""
    with at_home(newcomer(tmp_path)):
        yield tmp_path


@pytest.fixture
def config(home: Path) -> Path:
    return home / "xdg-config" / "triage" / "config.toml"


def answers(account: Account, **more: str | Sequence[str]) -> Mapping[str, str | Sequence[str]]:
    """What a person with this account says."""
    said: dict[str, str | Sequence[str]] = {
        "--address": f"{account.user}@reader.example",
        "--host": f"127.0.0.1:{account.dovecot.port}",
        "--name": "Robin",
        "--language": "en",
        "--secret-stdin": PASSWORD,
        "--sample": "y",
    }
    return said | {f"--{name.replace('_', '-')}": one for name, one in more.items()}


def silent(given: Answers, manner: Manner = USUAL) -> None:
    """Run it with nobody at the keyboard."""
    steps.go(Settings(None), given, manner, Nobody(consents=True))


def go(person: Person, given: Answers | None = None, manner: Manner = USUAL) -> Person:
    """Run it with this person at the keyboard."""
    steps.go(Settings(None), given or Answers(), manner, person)
    return person


def user(account: Account) -> Answers:
    """Dovecot knows the account by another name than its address."""
    return Answers(user=account.user)


def test_from_nothing_to_a_letter(account: Account, config: Path) -> None:
    person = go(Person(answers(account)), user(account))
    assert person.options == QUESTIONS
    written = load(config)
    assert (written.reader.name, written.imap_mailboxes[0].port) == ("Robin", account.dovecot.port)
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert "# The language of the letters" in config.read_text()
    (letter,) = letters(account.client.bodies())
    assert "sample" in str(letter["Subject"])
    assert "Nothing has happened" in text_of(letter)
    assert PASSWORD not in config.read_text()
    assert not begun.place().exists()


QUESTIONS = ["--address", "--host", "--language", "--name", "--secret-stdin", "--sample"]


@pytest.mark.parametrize("at", range(6), ids=QUESTIONS)
def test_killed_anywhere_it_goes_on_from_there(account: Account, config: Path, at: int) -> None:
    child = os.fork()
    if child == 0:
        go(Person(answers(account), at, killed=True), user(account))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    kept = begun.place()
    if kept.exists():
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert PASSWORD not in kept.read_text()
    again = go(Person(answers(account)), user(account))
    assert again.options == QUESTIONS[at:]
    assert (load(config).reader.name, len(letters(account.client.bodies()))) == ("Robin", 1)
    assert not kept.exists()


def test_run_again_it_changes_what_is_to_be_changed(account: Account, config: Path) -> None:
    go(Person(answers(account)), user(account))
    mine = config.read_text().replace("[letters]\n", "[letters]\n# I am up late.\nhour = '11:30'  # half past\n")
    config.write_text(mine)
    again = go(Person(answers(account)))
    assert (again.options, config.read_text()) == (["--address and the like", "--sample"], mine)
    go(Person({}), Answers(name="Kim", language="de"))
    assert config.read_text() == mine.replace('"Robin"', '"Kim"').replace('#language = "en"', 'language = "de"')
    assert config.with_name(config.name + BEFORE).read_text() == mine
    assert len(letters(account.client.bodies())) == 1, "there is never a second sample"


def test_a_change_is_asked_with_what_is_configured(account: Account, config: Path) -> None:
    go(Person(answers(account)), user(account))
    change = {"--address and the like": "n", "--name": "Kim"}
    person = go(Person(change))
    defaults = {question.option: question.default for question in person.asked}
    assert (defaults["--address"], defaults["--name"]) == (f"{account.user}@reader.example", "Robin")
    assert load(config).reader.name == "Kim"
    assert "--secret-stdin" not in person.options, "the password is kept already"


def test_starting_over_keeps_the_old_configuration_beside_it(account: Account, config: Path) -> None:
    go(Person(answers(account)), user(account))
    old = config.read_text() + "# mine\n"
    config.write_text(old)
    go(Person(answers(account, name="Kim")), user(account), replace(USUAL, reset=True))
    assert load(config).reader.name == "Kim"
    assert "# mine" not in config.read_text()
    assert config.with_name(config.name + BEFORE).read_text() == old


def test_a_configuration_that_cannot_be_used_is_left_alone(account: Account, config: Path) -> None:
    config.parent.mkdir(parents=True)
    config.write_text("[reader]\nadress = 'x'\n")
    with pytest.raises(ConfigError):
        go(Person(answers(account)))
    assert config.read_text() == "[reader]\nadress = 'x'\n"


def test_a_mistyped_password_may_be_typed_again(
    account: Account, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    go(Person(answers(account, secret_stdin=["wrong-Pferd", PASSWORD])), user(account))
    assert config.exists()
    said = capsys.readouterr().err
    assert "“Authentication failed.”" in said
    assert "Pferd" not in said


def test_the_third_wrong_password_is_the_last(account: Account, config: Path) -> None:
    with pytest.raises(CredentialError):
        go(person := Person(answers(account, secret_stdin="wrong-Pferd")), user(account))
    assert person.options.count("--secret-stdin") == 3
    assert not config.exists()
    assert begun.place().exists(), "the answers count next time"


def test_a_server_that_does_not_answer_may_be_another_one(account: Account, config: Path) -> None:
    # Port 1 is nobody's: the first yes is to naming another server.
    there = f"127.0.0.1:{account.dovecot.port}"
    go(Person(answers(account, host=["127.0.0.1:1", "y", there])), user(account))
    assert load(config).imap_mailboxes[0].port == account.dovecot.port


def test_a_password_that_is_kept_already_is_not_asked_for_again(account: Account, config: Path) -> None:
    """As after a kill between the keyring and the configuration."""
    config.parent.parent.mkdir()
    config.parent.touch()
    with pytest.raises(ConfigError, match="cannot be written"):
        go(Person(answers(account)), user(account))
    config.parent.unlink()
    person = go(Person(answers(account)))
    assert person.options == ["--sample"]
    assert load(config).reader.name == "Robin"


def test_letters_may_be_sent_by_a_mail_server(account: Account, config: Path, tmp_path: Path) -> None:
    with smtp.sink(tmp_path, Tls.IMPLICIT) as sink:
        given = Answers(
            user=account.user, courier="smtp", smtp_host="127.0.0.1", smtp_port=sink.port, smtp_tls="implicit",
            ca_file=str(sink.authority),
        )  # fmt: skip
        person = Person(answers(account, address=ADDRESS, secret_stdin=[PASSWORD, smtp.PASSWORD]))
        go(person, given)
        assert person.options.count("--secret-stdin") == 2, "it takes another password"
        assert [letter.recipients for letter in sink.letters] == [(ADDRESS,)]
    assert load(config).courier.kind == "smtp"


def test_a_sign_in_without_a_password_waits_for_the_person(account: Account, config: Path) -> None:
    given = replace(user(account), sign_in="oauth", authority="microsoft", client_id="an-id")
    person = Person(answers(account))
    person.alone = True
    with pytest.raises(CredentialError, match="triage login"):
        steps.go(Settings(None), given, USUAL, person)
    assert load(config).imap_mailboxes[0].sign_in == "oauth", "`triage login` needs it"


def test_what_it_would_have_found_is_counted_and_forgotten(
    account: Account, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = datetime.now(UTC) - timedelta(days=2)
    mails = (employers.rejection("Alderbridge Works"), employers.interview("Birchfield Studio"), employers.ordinary())
    account.client.append_all([(mail, day) for mail in mails])
    go(Person(answers(account)), user(account), replace(USUAL, look=True, sample=False, as_json=True))
    told = capsys.readouterr()
    assert json.loads(told.out)["found"] == {"rejection": 1, "interview": 1}
    assert "3 mails came in the last 30 days" in told.err
    assert "1  an invitation to a talk" in told.err
    assert "Alderbridge" not in told.err + told.out
    assert not (home / "xdg-data").exists(), "no store is made"
    assert account.client.flags() == {1: frozenset(), 2: frozenset(), 3: frozenset()}


# As a command of its own: without a terminal, with a systemd, without a keyring, and killed.


@pytest.fixture
def program(tmp_path: Path) -> Installed:
    return newcomer(tmp_path)


@pytest.fixture
def manager(program: Installed) -> Systemd:
    return with_systemd(program)


def test_a_script_sets_everything_up(program: Installed, account: Account, manager: Systemd) -> None:
    done = program.triage(*script(account, "--json"), stdin=f"{PASSWORD}\n")
    assert done.code == 0, done.err
    outcome = json.loads(done.out)
    assert (outcome["sample"], outcome["service"], outcome["host"]) == ("sent", "started", "127.0.0.1")
    assert "This sets up triage." in done.err
    assert "Ctrl-C" not in done.err, "nobody is there who could press it"
    assert manager.running
    unit = program.folder / "xdg-config" / "systemd" / "user" / "triage.service"
    assert f'"TRIAGE_CONFIG={program.config}"' in unit.read_text()
    assert "enable-linger" not in " ".join(manager.calls()), "the keyring is open only while somebody is signed in"
    assert typed(program, "poll").code == 0
    assert json.loads(typed(program, "log", "--json").out) == [], "the sample counts for nothing"


def test_a_service_that_does_not_start_is_no_success(program: Installed, account: Account, manager: Systemd) -> None:
    manager.fail()
    done = run(program, *script(account, "--no-sample"))
    assert done.code == 1
    assert "(Job for triage.service failed)" in " ".join(done.err.split())
    assert "It begins to watch when you start it" in " ".join(done.err.split())


def test_without_a_keyring_a_file_is_offered(program: Installed, account: Account, manager: Systemd) -> None:
    program.environ["TEST_RING"] = "/proc/none"
    assert run(program, *script(account, "--no-sample")).code == 77
    assert not program.config.exists()
    done = run(program, *script(account, "--no-sample", "--yes"))
    assert done.code == 0, done.err
    file = program.folder / "127.0.0.1.password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f'password_file = "{file}"' in program.config.read_text()
    assert "loginctl enable-linger" in manager.calls(), "nobody needs to be signed in for the file"
    assert run(program, "init", "--non-interactive", "--no-look", "--no-sample", "--no-service").code == 0
    gone = typed(program, "uninstall", "--yes")
    assert "disable-linger" in gone.out.partition("Left:")[2]
    assert not file.exists()


def test_what_takes_an_administrator_is_said(program: Installed, account: Account, manager: Systemd) -> None:
    program.environ["TEST_RING"] = "/proc/none"
    manager.refuse_lingering()
    done = run(program, *script(account, "--no-sample", "--yes"))
    assert done.code == 0
    assert "sudo loginctl enable-linger" in done.err


def test_without_a_systemd_it_can_run_in_this_window(account: Account, config: Path) -> None:
    person = Person(answers(account, no_service="y", sample="n"))
    command = steps.go(Settings(None), user(account), replace(USUAL, service=True), person)
    assert Path(command[0]).name == "triage"
    assert command[1:] == ["run"]


MISSING: list[tuple[str, list[str], int, str]] = [
    ("no address", ["--secret-stdin"], 2, "--address"),
    ("no address at all", ["--address", "nobody"], 2, "--address"),
    ("no such zone", ["--address", ADDRESS, "--host", "127.0.0.1", "--time-zone", "Mars"], 2, "--time-zone"),
    ("no server", ["--address", ADDRESS, "--no-discovery"], 2, "--host"),
    ("no answer", ["--address", ADDRESS, "--host", "127.0.0.1:1", "--secret-stdin"], 69, "127.0.0.1"),
]


@pytest.mark.parametrize(("options", "code", "named"), [row[1:] for row in MISSING], ids=[row[0] for row in MISSING])
def test_what_is_missing_is_named(program: Installed, options: list[str], code: int, named: str) -> None:
    done = run(program, "init", "--non-interactive", *options)
    assert (done.code, done.out) == (code, "")
    assert named in done.err
    assert "Traceback" not in done.err
    assert not program.config.exists()


def test_a_wrong_password_in_a_script_is_not_kept(program: Installed, account: Account) -> None:
    done = typed(program, *script(account), stdin="wrong\n")
    assert done.code == 77
    assert not (program.folder / "ring.json").exists()


def test_a_dry_run_shows_the_configuration_and_keeps_nothing(program: Installed, account: Account) -> None:
    done = run(program, *script(account, "--dry-run", "--name", "Robin"))
    assert 'name = "Robin"' in done.out
    assert not [path for path in program.folder.iterdir() if path.name != "systemd"]


def test_an_end_of_input_names_the_option(program: Installed) -> None:
    done = typed(program, "init", stdin=f"{ADDRESS}\nn\n")
    assert done.code == 2
    assert "--host" in done.err


def test_the_command_line_can_be_given_no_secret() -> None:
    """It would stand in the list of processes."""
    from triage.cli.init import init

    named = [option for one in init.params if isinstance(one, click.Option) for option in one.opts]
    assert not [name for name in named if "password" in name or ("secret" in name and name != "--secret-stdin")]


# --- Several mailboxes ------------------------------------------------------------------------------------------------

WORK = """
# Mine, for the old job.
[[mailbox]]
name = "work"  # quiet by now
host = "imap.work.example"
user = "robin.work"
folders = ["INBOX"]  # not the rest
"""


def added(account: Account) -> Answers:
    """One more mailbox, on the same server."""
    port = account.dovecot.port
    return Answers(add=True, address="robin@second.example", host="127.0.0.1", port=port, tls="none", user=account.user)


def test_one_more_is_added_behind_the_others(account: Account, config: Path) -> None:
    go(Person(answers(account)), user(account))
    config.write_text(mine := config.read_text() + WORK)
    person = go(Person(answers(account)), added(account))
    assert person.options == [], "letters, words and the password are there"
    assert config.read_text().startswith(mine)
    home, work, second = load(config).imap_mailboxes
    assert (home.user, work.folders) == (account.user, ("INBOX",))
    assert (second.name, second.host, second.port) == ("robin@second.example", "127.0.0.1", account.dovecot.port)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_one_more_may_sign_in_in_another_way(
    home: Path, config: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config.parent.mkdir(parents=True)
    mine = f'[reader]\naddress = "a@b.org"\n[[mailbox]]\nhost = "one.example"\n# how\n[letters]\nhour = "09:00"{ending}'
    config.write_text(mine, newline="")
    given = Answers(add=True, address="robin@gmail.com", sign_in="oauth", client_id="an-id", mailbox="private")
    silent(given, replace(USUAL, dry_run=True))
    text = capsys.readouterr().out
    assert text.startswith(mine), "nothing of it has moved"
    second = parse(text, "x").imap_mailboxes[1]
    assert (second.name, second.host, second.user) == ("private", "imap.gmail.com", "robin@gmail.com")
    assert second.oauth
    assert (second.oauth.authority, second.oauth.client_id) == ("google", "an-id")


@pytest.mark.parametrize("at", range(3))
def test_killed_while_it_adds_one_it_adds_one(
    account: Account, config: Path, at: int, capsys: pytest.CaptureFixture[str]
) -> None:
    go(Person(answers(account)), user(account))
    given = Answers(add=True, user=account.user)
    child = os.fork()
    if child == 0:
        said = {**answers(account), "--address": "robin@second.example"}
        go(Person(said, at, killed=True), given, replace(USUAL, look=at == 2))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    capsys.readouterr()
    go(Person({**answers(account), "--address": "robin@second.example"}), given)
    assert [one.name for one in load(config).imap_mailboxes] == ["127.0.0.1", "robin@second.example"]
    told = " ".join(capsys.readouterr().err.split())
    assert "`triage init --mailbox 127.0.0.1` leaves that" in told
    assert "--reset" not in told, "which would leave out the mailboxes there are"


def test_one_of_several_is_changed_and_the_others_are_not(account: Account, config: Path) -> None:
    go(Person(answers(account)), user(account))
    config.write_text(mine := config.read_text() + WORK)
    person = go(Person(answers(account)), replace(added(account), add=None, mailbox="work"))
    assert person.options == []
    changed = mine.replace('"imap.work.example"', '"127.0.0.1"').replace('"robin.work"', f'"{account.user}"')
    more = ['tls = "none"', f"port = {account.dovecot.port}"]
    assert sorted(config.read_text().splitlines()) == sorted([*changed.splitlines(), *more])
    assert config.read_text().startswith(mine.removesuffix(WORK))


@pytest.mark.parametrize(
    ("answer", "becomes"),
    [
        ("127.0.0.1", ("new.example", "imap.work.example")),
        ("work", ("127.0.0.1", "new.example")),
        (":", ("127.0.0.1", "imap.work.example", "new.example")),
    ],
)
def test_whoever_changes_something_is_asked_what(
    account: Account, config: Path, capsys: pytest.CaptureFixture[str], answer: str, becomes: tuple[str, ...]
) -> None:
    go(Person(answers(account)), user(account))
    config.write_text(config.read_text() + WORK)
    capsys.readouterr()
    said = {"--address and the like": "n", "--mailbox or --add": answer, "--host": ["n", "new.example"]}
    said |= {"--address": "robin@second.example", "--host": "new.example"} if answer == ":" else {}
    go(Person(said), manner=replace(USUAL, dry_run=True))
    assert tuple(one.host for one in parse(capsys.readouterr().out, "x").imap_mailboxes) == becomes


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (Answers(user="x"), "--mailbox"),
        (Answers(mailbox="other"), "There is no mailbox called other, but: 127.0.0.1, work"),
        (Answers(mailbox="work", add=True), "There is a mailbox called work already"),
        (Answers(mailbox="work", language="de"), "--language: not of one mailbox"),
        (Answers(add=True, smtp_host="x.example"), "--smtp-host: not of one mailbox"),
    ],
)
def test_it_must_be_clear_which_one_is_meant(account: Account, config: Path, given: Answers, named: str) -> None:
    go(Person(answers(account)), user(account))
    config.write_text(mine := config.read_text() + WORK)
    with pytest.raises((click.UsageError, InputError), match=named):
        silent(given)
    assert config.read_text() == mine


def test_the_first_one_is_added_to_nothing(account: Account, config: Path) -> None:
    go(Person(answers(account)), replace(user(account), add=True))
    assert len(load(config).imap_mailboxes) == 1


@pytest.mark.parametrize("given", [Answers(host="two.example", user="kim"), Answers(mailbox="two.example", user="kim")])
def test_a_script_may_name_it_by_its_server(
    home: Path, config: Path, given: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    config.parent.mkdir(parents=True)
    config.write_text(
        '[reader]\naddress = "a@b.org"\n[[mailbox]]\nhost = "one.example"\n[[mailbox]]\nhost = "two.example"\n# mine\n'
    )
    silent(given, replace(USUAL, dry_run=True))
    assert capsys.readouterr().out == config.read_text().replace(
        '[[mailbox]]\nhost = "two', '[[mailbox]]\nuser = "kim"\nhost = "two'
    )
