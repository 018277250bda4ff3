"""Files with a secret: read only where nobody else could have read them, or have put them there."""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from triage.errors import CredentialError

LARGEST = 64 * 1024
"""Bytes: room for any token, and a bound on what a wrong file costs."""

_READ, _ENTER = 0o4, 0o1
"""What somebody may do with a file and with a folder, as three bits."""
_ACL = "system.posix_acl_access"
_USER_OBJ, _USER, _MASK = 0x01, 0x02, 0x10
"""Kinds of entries in an access control list (linux/posix_acl_xattr.h)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a file of this kind is called in a sentence, and what to do where it is of no use."""

    noun: str
    unreadable: str
    """Where it cannot be read."""
    unusable: str
    """Where it holds no line of text."""


SYSTEMD = Kind("systemd credential", "check LoadCredential= in the unit and restart the service", "encrypt it again")
PASSWORD_FILE = Kind("password file", "check password_file in the configuration", "write the password into it again")
KEPT = Kind("file", "run `triage login` again", "run `triage login` again")


def line(path: Path, kind: Kind) -> str:
    """The one line in a file, without the line end an editor or `echo` puts there. Raises CredentialError."""
    data = contents(path, kind)
    try:
        text = data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        text = ""
    if len(data) > LARGEST or text.splitlines() != [text] or "\0" in text:
        raise CredentialError(f"The {kind.noun} {path.name} does not hold one line of text; {kind.unusable}.")
    return text


def contents(path: Path, kind: Kind) -> bytes:
    """What stands in the file. It is looked at once it is open, so that it is the one that is read."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
            _require_private(path, file.fileno(), kind)
            return file.read(LARGEST + 1)
    except OSError as error:
        if error.errno == errno.ELOOP:
            noun = kind.noun.removeprefix("systemd ")
            raise CredentialError(
                f"The {noun} {path.name} is a link; put the file itself into {path.parent}."
            ) from None
        raise CredentialError(
            f"The {kind.noun} {path.name} cannot be read: {error.strerror}; {kind.unreadable}."
        ) from None


def _require_private(path: Path, descriptor: int, kind: Kind) -> None:
    """Raise CredentialError where somebody else owns the file or may read it: so it never is where systemd made it."""
    noun = kind.noun.removeprefix("systemd ")
    if os.fstat(descriptor).st_uid not in (0, os.geteuid()):
        raise CredentialError(
            f"The {noun} {path.name} belongs to another user; chown it to the one that the service runs as."
        )
    if _others_may(_READ, descriptor) and _others_may(_ENTER, path.parent):
        raise CredentialError(
            f"Other users of this machine can read the {noun} {path.name}; "
            f"chmod 600 {path}, and change the password if others have accounts here."
        )


def _others_may(do: int, what: int | Path) -> bool:
    """May anybody but root and us do this?

    Where there is an access control list, as systemd makes one, the bits of the group hold no more than its mask.
    """
    try:
        listed = os.getxattr(what, _ACL)
    except (OSError, AttributeError):  # there is none: for this file, on this file system, or on this machine
        return bool(stat.S_IMODE(os.stat(what).st_mode) & (do | do << 3))  # noqa: PTH116  # a descriptor has no Path
    return any(rights & do for kind, rights, who in _entries(listed) if not _is_ours(kind, who))


def _entries(listed: bytes) -> Iterator[tuple[int, int, int]]:
    """The kind, the rights and the user or group of each entry, behind four bytes of the version."""
    yield from struct.iter_unpack("<HHI", listed[4:])


def _is_ours(kind: int, who: int) -> bool:
    """Of the owner, of ourselves, or no entry about anybody but the most that others may."""
    return kind in (_USER_OBJ, _MASK) or (kind == _USER and who in (0, os.geteuid()))
