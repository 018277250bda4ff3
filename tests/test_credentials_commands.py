"""Secrets from commands and files: what is run, how it ends, and which place counts."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from pathlib import Path

import pytest

from tests.test_credentials import HOST, NOTHING, SECRET, USER, BrokenKeyring, MemoryKeyring, NoKeyring, given
from triage.credentials import CommandTokens, Named, Source, commands, forget, password_for, remember, source_of
from triage.errors import CredentialError

NAMES = ("triage.password",)


def shell(script: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script)


def asked(script: str, seconds: float = 10) -> str:
    return commands.first_line(shell(script), "password_command", HOST, seconds)


@pytest.mark.parametrize(
    ("script", "password"),
    [
        (f"printf '{SECRET}'", SECRET),
        (f"echo '{SECRET}'", SECRET),
        (f"printf '{SECRET}\\r\\nlogin: ada\\nurl: x'", SECRET),
        ("printf ' ä \\n'", " ä "),
        ("echo x; exec 1>&-; sleep 0.05", "x"),
        ("echo x; sleep 300 & exit 0", "x"),
    ],
)
def test_the_first_line_is_the_password(script: str, password: str) -> None:
    assert asked(script) == password


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exit 3", "ended with exit code 3"),
        (f"echo {SECRET}; exit 1", "ended with exit code 1"),
        ("kill -9 $$", "was ended by signal 9"),
        ("true", "printed nothing in its first line"),
        (f"echo; echo {SECRET}", "printed nothing in its first line"),
        ("printf 'a\\0b'", "printed nothing in its first line"),
        ("printf '\\377'", "is not text"),
        ("yes " + SECRET, "far more than a password"),
        ("cat; exit 4", "exit code 4"),
    ],
)
def test_what_else_happens_is_one_sentence_without_what_was_printed(script: str, told: str) -> None:
    with pytest.raises(CredentialError, match=told) as raised:
        asked(script)
    assert str(raised.value).startswith(f"The password_command for {HOST} (sh) ")
    assert "hunter2" not in str(raised.value)
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)


@pytest.mark.parametrize(
    ("command", "told"), [(("/no/such/program",), "No such file"), (("a\0b",), "no command may have")]
)
def test_a_command_that_is_none(command: tuple[str, ...], told: str) -> None:
    with pytest.raises(CredentialError, match=told):
        commands.first_line(command, "password_command", HOST)


def test_one_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    script = f"sleep 60 & echo $! > {tmp_path}/child; echo {SECRET}; wait"
    with pytest.raises(CredentialError, match=r"did not end within 0\.5 seconds"):
        asked(script, 0.5)
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not _lives(child):
            return
        time.sleep(0.02)
    raise AssertionError("what it started lives on")


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_no_shell_reads_it(tmp_path: Path) -> None:
    code = "import sys; print(sys.argv[1])"
    word = f"$HOME; touch {tmp_path}/x"
    assert commands.first_line((sys.executable, "-c", code, word), "password_command", HOST) == word
    assert not (tmp_path / "x").exists()


# --- Which place counts ---------------------------------------------------------------------------------------------


def written(folder: Path, text: str = "from the file\n") -> Path:
    file = folder / "password"
    file.write_text(text)
    file.chmod(0o600)
    return file


def test_the_order_of_the_places(tmp_path: Path) -> None:
    ring = MemoryKeyring()
    named = Named(shell("echo from the command"), None)
    file = Named((), written(tmp_path))
    environ = given(tmp_path / "c", data=b"from systemd")
    assert password_for(USER, HOST, NAMES, NOTHING, ring, file) == "from the file"
    remember(USER, HOST, "from the keyring", ring)
    assert password_for(USER, HOST, NAMES, NOTHING, ring, file) == "from the keyring"
    assert password_for(USER, HOST, NAMES, NOTHING, ring, named) == "from the command"
    assert password_for(USER, HOST, NAMES, environ, ring, named) == "from systemd"
    told = [source_of(USER, HOST, NAMES, where, ring, what).name for where, what in (
        (NOTHING, file), (NOTHING, named), (environ, named),
    )]  # fmt: skip
    assert told == ["keyring in memory", "password_command /bin/sh", "systemd credential triage.password"]
    assert source_of(USER, HOST, NAMES, NOTHING, NoKeyring(), file) == Source(f"password file {tmp_path}/password")


def test_a_command_that_fails_is_told_and_nothing_else_is_asked() -> None:
    ring = MemoryKeyring()
    remember(USER, HOST, SECRET, ring)
    with pytest.raises(CredentialError, match="exit code 1"):
        password_for(USER, HOST, NAMES, NOTHING, ring, Named(shell("exit 1")))


@pytest.mark.parametrize(
    "ring", [NoKeyring(), BrokenKeyring(OSError("locked")), MemoryKeyring()], ids=["no", "broken", "empty"]
)
def test_a_file_is_the_last_resort(tmp_path: Path, ring: MemoryKeyring) -> None:
    assert password_for(USER, HOST, NAMES, NOTHING, ring, Named((), written(tmp_path))) == "from the file"


@pytest.mark.parametrize("text", ["", "\n", "a\nb\n", "x" * 70_000])
def test_a_file_that_is_no_line_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CredentialError, match="password file password does not hold one line"):
        password_for(USER, HOST, NAMES, NOTHING, NoKeyring(), Named((), written(tmp_path, text)))


def test_a_file_that_others_can_read_a_link_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    file = written(tmp_path)
    file.chmod(0o644)
    link, missing = tmp_path / "link", tmp_path / "missing"
    link.symlink_to(file)
    for path, told in ((file, "chmod 600"), (link, "is a link"), (missing, "cannot be read: No such file")):
        source = source_of(USER, HOST, NAMES, NOTHING, NoKeyring(), Named((), path))
        assert told in source.name
        assert not source.found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path)
    os.chown(file, 4242, 4242)
    assert "belongs to another user" in source_of(USER, HOST, NAMES, NOTHING, NoKeyring(), Named((), file)).name


def test_what_is_forgotten_is_gone() -> None:
    ring = MemoryKeyring()
    remember(USER, HOST, SECRET, ring)
    assert forget(USER, HOST, ring) == Source("keyring in memory")
    assert forget(USER, HOST, ring) is None
    assert forget(USER, HOST, NoKeyring()) is None
    with pytest.raises(CredentialError, match="OSError"):
        forget(USER, HOST, BrokenKeyring(OSError("locked")))


# --- Tokens of other programs ---------------------------------------------------------------------------------------

NOW = 1_800_000_000.0


class Clock:
    """Seconds, as somebody else tells them."""

    now = 500.0

    def __call__(self) -> float:
        return self.now


def tokens(printed: str, clock: Clock | None = None) -> CommandTokens:
    code = f"print({printed!r}, end='')"
    return CommandTokens((sys.executable, "-c", code), HOST, clock or Clock(), lambda: NOW)


@pytest.mark.parametrize(
    ("printed", "left"),
    [
        ("tok-1\n", math.inf),
        ("  tok-1  \nmore\n", math.inf),
        (json.dumps({"access_token": "tok-1"}), math.inf),
        (json.dumps({"access_token": "tok-1", "expires_in": 3600}), 3480),
        (json.dumps({"access_token": "tok-1", "expires_in": "3600"}), 3480),
        (json.dumps({"access_token": "tok-1", "expires_at": NOW + 1000}), 880),
        (json.dumps({"access_token": "tok-1", "expires_at": "2027-01-15T08:16:40+00:00"}), 880),
        (json.dumps({"access_token": "tok-1", "expires_at": "2027-01-15T08:16:40Z", "expires_in": 300}, indent=2), 180),
        (json.dumps({"access_token": "tok-1", "expires_at": NOW - 1000}), 0.5),
        (json.dumps({"access_token": "tok-1", "expires_in": "soon"}), math.inf),
        (json.dumps({"access_token": "tok-1", "expires_in": 1e400}), math.inf),
    ],
)
def test_a_token_alone_or_with_its_end(printed: str, left: float) -> None:
    found = tokens(printed)
    assert found() == "tok-1"
    assert found.left() == pytest.approx(left)


def test_time_passes_on_a_clock_that_nobody_sets() -> None:
    clock = Clock()
    found = tokens(json.dumps({"access_token": "t", "expires_in": 3600}), clock)
    found()
    clock.now += 3480
    assert found.left() == 0


@pytest.mark.parametrize(
    "printed", ["", "\n", "{", "{}", '{"access_token": 7}', '{"access_token": ""}', '{"a": ' * 10_000]
)
def test_what_is_no_token(printed: str) -> None:
    with pytest.raises(CredentialError, match="printed"):
        tokens(printed)()


def test_a_refused_one_is_asked_for_again_and_the_same_one_is_no_use(tmp_path: Path) -> None:
    counter = f"n=$(cat {tmp_path}/n 2>/dev/null || echo 0); echo $((n+1)) > {tmp_path}/n; echo tok-$n"
    found = CommandTokens(shell(counter), HOST)
    assert found() == "tok-0"
    assert found.renewed("tok-0") == "tok-1"
    with pytest.raises(CredentialError, match=f"{HOST} refuses the access token.*sign in anew in the program"):
        tokens("tok-1").renewed("tok-1")
