"""`triage login` and `triage logout` as a person uses them, with a keyring, a browser, an authority and a Dovecot."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keyring
import pytest
from click.testing import CliRunner

from tests.rig import dovecot as rig
from tests.rig.authority import CLIENT_SECRET, Authority, Fault, authority
from tests.rig.installed import AT_ONCE, Finished, Installed, expect, installed
from tests.rig.ring import FileRing
from tests.test_credentials import NoKeyring
from triage.cli import cli, connecting
from triage.config.load import load
from triage.errors import TriageError
from triage.wire.imap import Session

RING = "tests.rig.ring.FileRing"
BROWSER = """\
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=10) as page:
    page.read()
"""


@pytest.fixture(scope="module")
def town() -> Iterator[tuple[Authority, rig.Dovecot]]:
    with authority() as there:
        dovecot = rig.start(introspection=f"{there.url}/introspect")
        try:
            yield there, dovecot
        finally:
            dovecot.stop()


@pytest.fixture
def server(town: tuple[Authority, rig.Dovecot]) -> Authority:
    """As nobody has used it before."""
    there = town[0]
    there.end_all()
    there.used.clear()
    there.asked.clear()
    there.faults.clear()
    there.rotates, there.secret, there.lasts, there.interval, there.says_no = False, "", 3600, 1, ""
    return there


@pytest.fixture
def program(tmp_path: Path, server: Authority, town: tuple[Authority, rig.Dovecot]) -> Installed:
    """A mailbox that signs in by OAuth, a keyring, and a browser in which somebody is signed in."""
    made = installed(tmp_path)
    (tmp_path / "browser.py").write_text(BROWSER)
    made.environ.update(
        PYTHON_KEYRING_BACKEND=RING,
        TEST_RING=str(tmp_path / "ring.json"),
        BROWSER=f"{sys.executable} {tmp_path / 'browser.py'} %s",
        DISPLAY="none",
    )
    made.configure(by_oauth(server, town[1]))
    return made


def by_oauth(server: Authority, dovecot: rig.Dovecot) -> str:
    return (
        f'{AT_ONCE}\n[[mailbox]]\nname = "work"\nhost = "127.0.0.1"\nport = {dovecot.port}\ntls = "none"\n'
        f'user = "{server.user}"\nsign_in = "oauth"\n{server.config()}'
    )


@dataclass(frozen=True, slots=True)
class Here:
    """The same installation, with commands that run in this process: a dozen times as fast."""

    program: Installed

    def triage(self, *arguments: str, stdin: str = "") -> Finished:
        connecting._tokens.cache_clear()
        called = ["--config", str(self.program.config), *arguments]
        done = CliRunner().invoke(cli, called, input=stdin, env=self.program.environ)
        error = done.exception
        if isinstance(error, TriageError):
            return Finished(error.exit_code, done.stdout, f"{done.stderr}{error}")
        assert error is None or isinstance(error, SystemExit), done.exc_info
        return Finished(done.exit_code, done.stdout, done.stderr)

    def signs_in(self) -> str:
        """Sign in as the service does; what is wrong, or nothing."""
        connecting._tokens.cache_clear()
        config = load(self.program.config)
        table = config.imap_mailboxes[0]
        try:
            Session(connecting.server(table), connecting.password(config.account(table))).close()
        except TriageError as error:
            return str(error)
        return ""


@pytest.fixture
def here(program: Installed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    for name in ("TEST_RING", "CREDENTIALS_DIRECTORY", "DISPLAY"):
        monkeypatch.setenv(name, program.environ[name])
    before = keyring.get_keyring()
    keyring.set_keyring(FileRing())  # type: ignore[no-untyped-call]  # keyring's own classes have no types
    yield Here(program)
    keyring.set_keyring(before)


def ring(program: Installed) -> dict[str, str]:
    path = Path(program.environ["TEST_RING"])
    return dict(json.loads(path.read_text())) if path.exists() else {}


def secrets_of(server: Authority) -> list[str]:
    return [*server.access, *server.refresh, *server.used]


@pytest.mark.server
def test_from_the_browser_to_the_mailbox_and_back_out(here: Here, server: Authority) -> None:
    assert "run `triage login work`" in here.signs_in()
    done = here.triage("login")
    assert done.code == 0, done.err
    assert "The sign-in with 127.0.0.1 is in the keyring" in done.err
    (kept,) = ring(here.program).values()
    assert json.loads(kept)["refresh_token"] in server.refresh
    assert here.signs_in() == ""
    shown = done.err + done.out + here.program.config.read_text()
    assert not [secret for secret in secrets_of(server) if secret in shown]
    out = here.triage("logout", "work")
    assert "told that the sign-in counts no more" in out.err
    assert (ring(here.program), server.refresh) == ({}, {})
    assert "Nothing was kept" in here.triage("logout").err


@pytest.mark.server
def test_a_code_for_a_machine_without_browser_and_keyring(here: Here, server: Authority) -> None:
    keyring.set_keyring(NoKeyring())
    server.pending, server.rotates = 1, True
    done = here.triage("login", "work", "--device")
    assert done.code == 0, done.err
    assert "ABCD-EFGH" in done.err
    (file,) = here.program.store.glob("sign-in-*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [here.signs_in() for _ in range(3)] == ["", "", ""]
    assert len(server.refresh) == 1, "each exchanges the token, and the next one has the new one"


@pytest.mark.server
def test_a_clients_secret_comes_from_standard_input_and_is_kept(here: Here, server: Authority) -> None:
    server.secret = CLIENT_SECRET
    done = here.triage("login", "--client-secret-stdin", stdin=f"{CLIENT_SECRET}\n")
    assert done.code == 0, done.err
    assert here.signs_in() == ""
    again = here.triage("login")
    assert again.code == 0, "it is known from before"
    assert CLIENT_SECRET not in done.err + again.err
    assert here.triage("login", "--client-secret-stdin", stdin="\n").code == 77


@pytest.mark.server
def test_another_account_in_the_browser_is_noticed_and_not_kept(here: Here, server: Authority) -> None:
    server.user, mine = "sam", server.user
    try:
        done = here.triage("login")
    finally:
        server.user = mine
    assert done.code == 77
    assert "Nothing was kept" in done.err
    assert "as robin and nobody else" in done.err
    assert ring(here.program) == {}


@pytest.mark.server
def test_what_goes_wrong_is_one_sentence(here: Here, server: Authority) -> None:
    server.says_no = "access_denied"
    no = here.triage("login")
    assert (no.code, no.out) == (77, "")
    assert "told no" in no.err
    server.says_no = ""
    server.faults["/token"] = [Fault(500)]
    away = here.triage("login")
    assert away.code == 69
    assert "trying again may help" in away.err
    pasted = here.triage("login", "--paste", stdin="no\nnor this\nhttp://127.0.0.1:1/?code=x&state=y\n")
    assert pasted.code == 66
    assert pasted.err.count("copy all of it") == 3


@pytest.mark.server
def test_for_systemd_it_is_printed_and_not_kept(here: Here, server: Authority) -> None:
    done = here.triage("login", "--print")
    assert done.code == 0, done.err
    assert ring(here.program) == {}
    here.program.keep_password(done.out, "triage.token.work")
    keyring.set_keyring(NoKeyring())
    server.rotates = True
    assert [here.signs_in() for _ in range(3)] == ["", "", ""]
    assert len(list(here.program.store.glob("sign-in-*.json"))) == 1, "what follows a credential can be written"


@pytest.mark.server
def test_a_service_whose_sign_in_ends_says_so_once_and_goes_on_after_a_new_one(
    program: Installed, server: Authority
) -> None:
    server.lasts = 2  # half of that it is used, and five seconds it is listened with at least
    program.triage("login")
    with program.running() as service:
        server.end_all()
        refused = len(server.asked_at("/token"))
        expect(lambda: "triage login work" in program.triage("status").out, lambda: server.asked)
        assert len(server.asked_at("/token")) == refused + 1
        program.triage("login")
        service.send_signal(signal.SIGHUP)
        expect(lambda: "triage login work" not in program.triage("status").out, lambda: server.asked)
    said = (program.folder / "said").read_text()
    assert "does not accept the sign-in any more" in said
    seen = {value for _, form in server.asked for key, value in form.items() if key not in ("client_id", "grant_type")}
    assert not [secret for secret in seen | set(secrets_of(server)) if len(secret) > 8 and secret in said]


@pytest.mark.server
def test_a_token_command(here: Here, server: Authority, tmp_path: Path) -> None:
    table = here.program.config.read_text().partition("[mailbox.oauth]")[0]
    server.gives("tok-1", server.user)
    (tmp_path / "tok").write_text('{"access_token": "tok-1", "expires_in": 3600}')
    here.program.config.write_text(f'{table}token_command = ["cat", "{tmp_path / "tok"}"]\n')
    assert here.signs_in() == ""
    assert "token_command cat" in here.triage("login").err
    server.end_access()
    assert "prints the same one again" in here.signs_in()


@pytest.mark.server
def test_a_password_command_a_password_file_and_the_keyring(here: Here, tmp_path: Path) -> None:
    table = here.program.config.read_text().partition("[mailbox.oauth]")[0]

    def write(line: str) -> None:
        here.program.config.write_text(table.replace('sign_in = "oauth"', line))

    (tmp_path / "pw").write_text(f"{rig.PASSWORD}\nsecond line\n")
    write(f"password_command = 'cat {tmp_path / 'pw'}'")
    assert here.signs_in() == ""
    assert "password_command cat" in here.triage("login").err
    assert ring(here.program) == {}
    (tmp_path / "pw").write_text("falsch\n")
    refused = here.signs_in()
    assert "refused the user name or the password" in refused
    assert "falsch" not in refused
    (tmp_path / "pw").unlink()
    assert "exit code 1" in here.signs_in()
    (tmp_path / "pw").write_text(rig.PASSWORD)
    (tmp_path / "pw").chmod(0o600)
    write(f'password_file = "{tmp_path / "pw"}"')
    assert here.signs_in() == ""
    assert f"password file {tmp_path / 'pw'}" in here.triage("login").err
    write("")
    assert here.triage("login", "--stdin", stdin=f"{rig.PASSWORD}\n").code == 0
    assert here.signs_in() == ""
    assert "Removed from the keyring" in here.triage("logout").err
    assert "no password" in here.signs_in()
