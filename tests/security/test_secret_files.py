"""A file with a password is read only where nobody else could have read it, or have put it there."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from keyring.backends import fail

from triage.credentials import password_for, source_of
from triage.errors import CredentialError

SECRET = "hunter2 xyzzy"
NAME = "triage.password"
_OWNER, _USER, _GROUP, _NAMED_GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_NOBODY = 0xFFFFFFFF
STRANGER = 4242
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")


class NoKeyring(fail.Keyring):
    """What keyring offers on a machine that has none."""

    def __init__(self) -> None:
        """Nothing to set up."""


def asked(folder: Path) -> str:
    return password_for("ada", "imap.example.org", environ={"CREDENTIALS_DIRECTORY": str(folder)}, ring=NoKeyring())


def made(above: Path) -> Path:
    """As systemd makes it where the service runs as the user who owns it."""
    folder = above / "credentials"
    folder.mkdir(mode=0o700)
    (folder / NAME).write_text(SECRET)
    (folder / NAME).chmod(0o400)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made(tmp_path)


def listed(path: Path, *more: tuple[int, int, int], group: int = 0, others: int = 0) -> None:
    """Give a file an access control list: the owner may read, and these."""
    entries = sorted(
        [(_OWNER, 5, _NOBODY), (_GROUP, group, _NOBODY), (_MASK, 5, _NOBODY), (_OTHER, others, _NOBODY), *more]
    )
    packed = b"".join(struct.pack("<HHI", *one) for one in entries)
    try:
        os.setxattr(path, "system.posix_acl_access", struct.pack("<I", 2) + packed)
    except OSError:
        pytest.skip("this file system has no access control lists")


def test_a_private_file_is_read(folder: Path) -> None:
    assert asked(folder) == SECRET


def test_a_credential_of_systemd_is_read(folder: Path) -> None:
    """Owned by root, with a list that lets the service's user in: its mask shows as rights of the group."""
    for path in (folder / NAME, folder):
        listed(path, (_USER, 5, os.geteuid()))
    assert (folder / NAME).stat().st_mode & 0o070
    assert folder.stat().st_mode & 0o070
    assert asked(folder) == SECRET


LISTS: dict[str, Callable[[Path], None]] = {
    "another user": lambda path: listed(path, (_USER, 5, STRANGER)),
    "its group": lambda path: listed(path, group=5),
    "another group": lambda path: listed(path, (_NAMED_GROUP, 5, STRANGER)),
    "everybody": lambda path: listed(path, others=5),
}


@pytest.mark.parametrize("let_in", LISTS.values(), ids=LISTS)
def test_a_list_that_lets_others_in_is_seen(folder: Path, let_in: Callable[[Path], None]) -> None:
    let_in(folder / NAME)
    assert asked(folder) == SECRET, "nobody else can enter the folder"
    folder.chmod(0o755)
    with pytest.raises(CredentialError, match="chmod 600"):
        asked(folder)
    folder.chmod(0o700)
    let_in(folder)
    with pytest.raises(CredentialError, match="Other users"):
        asked(folder)


@pytest.mark.parametrize("target", [NAME, "elsewhere", "/etc/passwd", "missing"])
def test_a_link_is_refused(folder: Path, target: str) -> None:
    (folder / NAME).rename(folder / "elsewhere")
    (folder / NAME).symlink_to(target)
    with pytest.raises(CredentialError, match=r"is a link|cannot be read"):
        asked(folder)


def test_a_pipe_holds_nothing_up(folder: Path) -> None:
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME, 0o600)
    with pytest.raises(CredentialError):
        asked(folder)


@needs_root
def test_a_file_of_somebody_else_is_refused(folder: Path) -> None:
    """They could change it, and have us sign in as somebody else."""
    os.chown(folder / NAME, STRANGER, STRANGER)
    with pytest.raises(CredentialError, match="belongs to another user"):
        asked(folder)


@needs_root
def test_a_file_of_root_is_read_by_the_user_it_is_meant_for() -> None:
    """The service as it runs under its own user: root's file, and a list that names that user."""
    # Not below pytest's own directory: only its owner may enter that.
    with tempfile.TemporaryDirectory(dir="/tmp") as above:
        Path(above).chmod(0o711)
        folder = made(Path(above))
        for path in (folder / NAME, folder):
            listed(path, (_USER, 5, STRANGER))
        child = os.fork()
        if child == 0:
            _as_stranger(folder)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _as_stranger(folder: Path) -> NoReturn:
    """In a child: 0 where the password is read."""
    try:
        os.setgid(STRANGER)
        os.setuid(STRANGER)
        os._exit(0 if asked(folder) == SECRET else 1)
    finally:
        os._exit(1)


def test_what_is_refused_is_told_without_the_secret(folder: Path) -> None:
    (folder / NAME).chmod(0o644)
    folder.chmod(0o755)
    source = source_of("ada", "imap.example.org", environ={"CREDENTIALS_DIRECTORY": str(folder)}, ring=NoKeyring())
    assert not source.found
    assert "chmod 600" in source.name
    assert "hunter2" not in source.name
