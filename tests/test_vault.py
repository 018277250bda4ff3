"""Where a lasting sign-in lies, and that the newest one is found wherever it had to be put."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend

from tests.test_credentials import BrokenKeyring, ForgetfulKeyring, MemoryKeyring, NoKeyring, given
from triage.credentials import KeepingError, Vault
from triage.errors import CredentialError

NOTHING: dict[str, str] = {}
NAMES = ("triage.token.work", "triage.token")


def vault(folder: Path, ring: KeyringBackend, environ: dict[str, str] | None = None) -> Vault:
    return Vault("robin@reader.example", "oauth:google", NAMES, folder / "store", environ or NOTHING, ring)


def replaced(vault: Vault, secret: str) -> None:
    """As it is done: read, exchanged, replaced."""
    assert vault.read()
    vault.replace(secret)


def files(folder: Path) -> list[Path]:
    return sorted((folder / "store").glob("*.json")) if (folder / "store").exists() else []


def test_it_lies_in_the_keyring_where_there_is_one(tmp_path: Path) -> None:
    ring = MemoryKeyring()
    assert vault(tmp_path, ring).read() == ""
    assert vault(tmp_path, ring).source is None
    assert vault(tmp_path, ring).keep("one").name == "keyring in memory"
    replaced(vault(tmp_path, ring), "two")
    assert vault(tmp_path, ring).read() == "two"
    assert list(ring.kept) == [("triage:oauth:google", "robin@reader.example")]
    assert files(tmp_path) == []


def test_without_a_keyring_it_lies_in_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    for ring in (NoKeyring(), ForgetfulKeyring()):
        with pytest.raises(KeepingError):
            vault(tmp_path, ring).keep("one")
    assert "sign-in-" in vault(tmp_path, NoKeyring()).keep_in_file("one").name
    replaced(vault(tmp_path, NoKeyring()), "two")
    assert vault(tmp_path, NoKeyring()).read() == "two"
    (file,) = files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "robin" not in file.name


def test_what_follows_a_credential_that_cannot_be_written_goes_into_the_file(tmp_path: Path) -> None:
    environ = given(tmp_path / "c", "triage.token.work", b"first")
    assert vault(tmp_path, NoKeyring(), environ).read() == "first"
    replaced(vault(tmp_path, NoKeyring(), environ), "second")
    replaced(vault(tmp_path, NoKeyring(), environ), "third")
    found = vault(tmp_path, NoKeyring(), environ)
    assert found.read() == "third"
    assert found.source is not None
    assert "sign-in-" in found.source.name


def test_a_credential_that_is_made_anew_counts_more_than_what_followed_the_old_one(tmp_path: Path) -> None:
    environ = given(tmp_path / "c", "triage.token.work", b"first")
    replaced(vault(tmp_path, NoKeyring(), environ), "second")
    (tmp_path / "c").chmod(0o700)
    (tmp_path / "c" / "triage.token.work").unlink()
    environ = given(tmp_path / "c", "triage.token.work", b"of a new sign-in")
    assert vault(tmp_path, NoKeyring(), environ).read() == "of a new sign-in"


def test_a_keyring_that_is_locked_just_then_loses_nothing(tmp_path: Path) -> None:
    ring = MemoryKeyring()
    vault(tmp_path, ring).keep("one")

    class Locked(MemoryKeyring):
        """It can be read and not be written."""

        kept = ring.kept

        def __init__(self) -> None:
            """It has what the other one has."""

        def set_password(self, service: str, username: str, password: str) -> None:
            raise OSError("locked")

    replaced(vault(tmp_path, Locked()), "two")
    assert ring.kept["triage:oauth:google", "robin@reader.example"] == "one"
    for again in (Locked(), ring, NoKeyring(), BrokenKeyring(OSError("x"))):
        assert vault(tmp_path, again).read() == "two"
    replaced(vault(tmp_path, ring), "three")
    assert files(tmp_path) == [], "once it is open again, all is in it"
    assert vault(tmp_path, ring).read() == "three"


def test_a_new_sign_in_counts_more_than_the_file_of_an_old_one(tmp_path: Path) -> None:
    vault(tmp_path, NoKeyring()).keep_in_file("old")
    ring = MemoryKeyring()
    vault(tmp_path, ring).keep("new")
    assert vault(tmp_path, ring).read() == "new"
    assert files(tmp_path) == []


def test_a_keyring_that_locks_in_between_loses_nothing(tmp_path: Path) -> None:
    class Locking(MemoryKeyring):
        """It can be locked."""

        locked = False

        def get_password(self, service: str, username: str) -> str | None:
            if self.locked:
                raise OSError("locked")
            return super().get_password(service, username)

        def set_password(self, service: str, username: str, password: str) -> None:
            if self.locked:
                raise OSError("locked")
            super().set_password(service, username, password)

    ring = Locking()
    mine = vault(tmp_path, ring)
    mine.keep("one")
    assert mine.read() == "one"
    ring.locked = True
    mine.replace("two")
    assert mine.read() == "two"
    mine.replace("three")
    ring.locked = False
    assert vault(tmp_path, ring).read() == "three"


@pytest.mark.parametrize("death", ["before", "after"])
def test_a_death_while_it_is_written_leaves_the_old_one_or_the_new(tmp_path: Path, death: str) -> None:
    vault(tmp_path, NoKeyring()).keep_in_file("old")
    (file,) = files(tmp_path)
    half = file.with_name(f".{file.name}.0123456789abcdef.new")
    half.write_text('{"secret": "ne')
    if death == "after":
        replaced(vault(tmp_path, NoKeyring()), "new")
        assert not half.exists()
    assert vault(tmp_path, NoKeyring()).read() == ("old" if death == "before" else "new")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"secret": "x"}', b"\xff", b'"x"'])
def test_a_damaged_file_is_told_without_its_words(tmp_path: Path, data: bytes) -> None:
    vault(tmp_path, NoKeyring()).keep_in_file("geheim")
    files(tmp_path)[0].write_bytes(data)
    with pytest.raises(CredentialError, match=r"damaged: run `triage login` again") as raised:
        vault(tmp_path, NoKeyring()).read()
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)


def test_a_file_that_others_can_read_or_a_link_is_refused(tmp_path: Path) -> None:
    vault(tmp_path, NoKeyring()).keep_in_file("geheim")
    (file,) = files(tmp_path)
    (tmp_path / "store").chmod(0o755)
    file.chmod(0o644)
    with pytest.raises(CredentialError, match="chmod 600"):
        vault(tmp_path, NoKeyring()).read()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CredentialError, match="is a link"):
        vault(tmp_path, NoKeyring()).read()


def test_all_of_it_is_removed(tmp_path: Path) -> None:
    ring = MemoryKeyring()
    vault(tmp_path, ring).keep("one")
    vault(tmp_path, NoKeyring()).keep_in_file("two")
    assert [source.name.split()[0] for source in vault(tmp_path, ring).drop()] == ["file", "keyring"]
    assert vault(tmp_path, ring).drop() == ()
    vault(tmp_path, NoKeyring()).keep_in_file("three")
    assert [source.name.split()[0] for source in vault(tmp_path, NoKeyring()).drop()] == ["file"]
    assert vault(tmp_path, NoKeyring()).drop() == ()
    with pytest.raises(CredentialError, match=r"cannot be used for google \(OSError\).*triage login --print"):
        vault(tmp_path, BrokenKeyring(OSError("x"))).drop()


def _add_one(folder: Path, times: int) -> None:
    mine = vault(folder, NoKeyring())
    for _ in range(times):
        with mine.alone():
            mine.keep_in_file(str(int(mine.read()) + 1))


def test_one_at_a_time_across_processes(tmp_path: Path) -> None:
    vault(tmp_path, NoKeyring()).keep_in_file("0")
    processes = [multiprocessing.get_context("fork").Process(target=_add_one, args=(tmp_path, 20)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert vault(tmp_path, NoKeyring()).read() == "60"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(CredentialError, match="cannot be written"), vault(tmp_path, NoKeyring()).alone():
        pass
    with pytest.raises(KeepingError, match="could not be kept"):
        vault(tmp_path, NoKeyring()).keep_in_file("x")
