"""Where a password is taken from, and that it is found nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordSetError

from triage.credentials import Source, password_for, remember, source_of
from triage.errors import CredentialError

SECRET = "hunter2 xyzzy"
HOST = "imap.example.org"
USER = "ada@example.org"
NOTHING: dict[str, str] = {}


class MemoryKeyring(KeyringBackend):
    """A keyring that remembers, as long as it lives."""

    priority = 1
    name = "in memory"

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class BrokenKeyring(MemoryKeyring):
    """A keyring that fails, and is careless enough to say with what."""

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self.fault = fault

    def get_password(self, service: str, username: str) -> str | None:
        raise self.fault

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.fault


class NoKeyring(fail.Keyring):
    """What keyring offers on a machine that has none."""

    def __init__(self) -> None:
        """Nothing to set up."""


class ForgetfulKeyring(null.Keyring):
    """What keyring offers where it was switched off: it takes everything and keeps nothing."""

    def __init__(self) -> None:
        """Nothing to set up."""


def given(folder: Path, name: str = "triage.password", data: bytes = SECRET.encode()) -> dict[str, str]:
    """A service environment with one credential, with the modes systemd sets."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    (folder / name).chmod(0o400)
    folder.chmod(0o500)
    return {"CREDENTIALS_DIRECTORY": str(folder)}


@pytest.fixture
def ring() -> MemoryKeyring:
    keyring = MemoryKeyring()
    keyring.set_password(f"triage:{HOST}", USER, "from the keyring")
    return keyring


def test_what_login_remembers_the_service_finds() -> None:
    ring = MemoryKeyring()
    assert remember(USER, HOST, SECRET, ring) == Source("keyring in memory")
    assert ring.kept == {(f"triage:{HOST}", USER): SECRET}
    assert password_for(USER, HOST, environ=NOTHING, ring=ring) == SECRET
    assert source_of(USER, HOST, environ=NOTHING, ring=ring) == Source("keyring in memory")


def test_a_systemd_credential_wins_over_the_keyring(tmp_path: Path, ring: MemoryKeyring) -> None:
    environ = given(tmp_path / "c")
    assert password_for(USER, HOST, environ=environ, ring=ring) == SECRET
    assert source_of(USER, HOST, environ=environ, ring=ring) == Source("systemd credential triage.password")


def test_the_closest_credential_wins(tmp_path: Path, ring: MemoryKeyring) -> None:
    given(tmp_path / "c", "triage.password", b"of the only account")
    (tmp_path / "c").chmod(0o700)
    environ = given(tmp_path / "c", "triage.password.work", b"of this account")
    names = ("triage.password.work", "triage.password")
    assert password_for(USER, HOST, names, environ, ring) == "of this account"
    assert (
        password_for(USER, HOST, ("triage.password.other", "triage.password"), environ, ring) == "of the only account"
    )


def test_another_accounts_credential_is_left_alone(tmp_path: Path, ring: MemoryKeyring) -> None:
    environ = given(tmp_path / "c", "triage.password.work")
    assert password_for(USER, HOST, ("triage.password.private",), environ, ring) == "from the keyring"


def test_a_folder_of_credentials_that_is_not_there_is_no_credential(ring: MemoryKeyring) -> None:
    environ = {"CREDENTIALS_DIRECTORY": "/nowhere"}
    assert password_for(USER, HOST, environ=environ, ring=ring) == "from the keyring"


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (b"abc", "abc"),
        (b"abc\n", "abc"),
        (b"abc\r\n", "abc"),
        (b" abc \n", " abc "),
        ("pässwörd\u00a0x".encode(), "pässwörd\u00a0x"),
    ],
)
def test_only_the_line_end_is_taken_off(tmp_path: Path, data: bytes, password: str) -> None:
    environ = given(tmp_path / "c", data=data)
    assert password_for(USER, HOST, environ=environ, ring=MemoryKeyring()) == password


@pytest.mark.parametrize("data", [b"", b"\n", b"abc\n\n", b"abc\ndef", b"a\0b", b"\xff\xfe", b"x" * 70_000])
def test_a_credential_that_is_no_line_is_refused_and_the_keyring_not_asked(tmp_path: Path, data: bytes) -> None:
    environ = given(tmp_path / "c", data=data)
    with pytest.raises(CredentialError, match="does not hold one line") as raised:
        password_for(USER, HOST, environ=environ, ring=MemoryKeyring())
    assert raised.value.exit_code == 77
    assert "abc" not in str(raised.value)


@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "fine"),
    [
        (0o500, 0o400, True),
        (0o700, 0o644, True),
        (0o755, 0o600, True),
        (0o755, 0o644, False),
        (0o711, 0o604, False),
        (0o750, 0o640, False),
        (0o755, 0o640, False),
        (0o750, 0o604, False),
        (0o777, 0o666, False),
    ],
)
def test_a_credential_others_can_read_is_refused(tmp_path: Path, folder_mode: int, file_mode: int, fine: bool) -> None:
    environ = given(tmp_path / "c")
    (tmp_path / "c" / "triage.password").chmod(file_mode)
    (tmp_path / "c").chmod(folder_mode)
    if fine:
        assert password_for(USER, HOST, environ=environ, ring=MemoryKeyring()) == SECRET
    else:
        with pytest.raises(CredentialError, match="chmod 600"):
            password_for(USER, HOST, environ=environ, ring=MemoryKeyring())


def test_no_password_at_all_comes_with_both_remedies() -> None:
    with pytest.raises(CredentialError) as raised:
        password_for(USER, HOST, ("triage.password.work",), NOTHING, MemoryKeyring())
    told = str(raised.value)
    assert f"no password for {HOST}" in told
    assert "`triage login`" in told
    assert "systemd-creds encrypt --name=triage.password.work" in told
    assert USER not in told


def test_an_empty_password_is_none() -> None:
    ring = MemoryKeyring()
    ring.set_password(f"triage:{HOST}", USER, "")
    with pytest.raises(CredentialError, match="no password"):
        password_for(USER, HOST, environ=NOTHING, ring=ring)


FAULTS = [KeyringLocked(SECRET), PasswordSetError(SECRET), OSError(SECRET), RuntimeError(SECRET), EOFError(SECRET)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_whatever_a_keyring_raises_is_a_credential_error_without_its_words(fault: Exception) -> None:
    ring = BrokenKeyring(fault)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: password_for(USER, HOST, environ=NOTHING, ring=ring),
        lambda: remember(USER, HOST, SECRET, ring),
    )
    for attempt in attempts:
        with pytest.raises(CredentialError, match=type(fault).__name__) as raised:
            attempt()
        assert SECRET not in str(raised.value)
        assert (raised.value.__cause__, raised.value.__context__) == (None, None)


def test_a_machine_without_a_keyring_is_told_what_to_do() -> None:
    with pytest.raises(CredentialError, match=r"NoKeyringError.*systemd-creds"):
        password_for(USER, HOST, environ=NOTHING, ring=NoKeyring())
    source = source_of(USER, HOST, environ=NOTHING, ring=NoKeyring())
    assert not source.found
    assert "NoKeyringError" in source.name


def test_a_keyring_that_forgets_is_noticed_at_once() -> None:
    with pytest.raises(CredentialError, match="did not keep it"):
        remember(USER, HOST, SECRET, ForgetfulKeyring())


def test_a_source_never_holds_the_password(tmp_path: Path, ring: MemoryKeyring) -> None:
    ring.set_password(f"triage:{HOST}", USER, SECRET)
    sources = (
        source_of(USER, HOST, environ=given(tmp_path / "c"), ring=ring),
        source_of(USER, HOST, environ=NOTHING, ring=ring),
        source_of(USER, "other", environ=NOTHING, ring=ring),
    )
    assert [source.found for source in sources] == [True, True, False]
    assert SECRET not in repr(sources)
