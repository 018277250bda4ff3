"""Where passwords come from: a systemd credential first, then the keyring; never the configuration file.

A service without a desktop session has no keyring, so systemd (`LoadCredentialEncrypted=`) comes first. No
password stands in an error, in a log line, or in anything returned but the result of `password_for`. A file that
others can read, a link, and a file of somebody else are refused.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from triage.errors import CredentialError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

NAMES = ("triage.password",)
"""The systemd credential of the only account. Each of several has its own, such as `triage.password.work`."""

_LARGEST = 64 * 1024
"""Bytes: room for any token, and a bound on what a wrong file costs."""

_READ, _ENTER = 0o4, 0o1
"""What somebody may do with a file and with a folder, as three bits."""
_ACL = "system.posix_acl_access"
_USER_OBJ, _USER, _MASK = 0x01, 0x02, 0x10
"""Kinds of entries in an access control list (linux/posix_acl_xattr.h)."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a password lies. `found` is False where there is none, and `name` then says why."""

    name: str
    found: bool = True


def password_for(
    account: str,
    host: str,
    names: Sequence[str] = NAMES,
    environ: Mapping[str, str] = os.environ,
    ring: KeyringBackend | None = None,
) -> str:
    """The password of `account` on `host`: the first systemd credential of `names`, else the keyring's.

    `ring` is the keyring to ask, by default the one this machine offers. Raises CredentialError with the remedy.
    """
    credential = _credential(names, environ)
    if credential is not None:
        return _read(credential)
    password = _ask(lambda: (ring or _own()).get_password(_service(host), account), host, names)
    if not password:
        raise CredentialError(f"There is no password for {host} yet. {_remedy(names)}")
    return password


def remember(account: str, host: str, password: str, ring: KeyringBackend | None = None) -> Source:
    """Keep a password in the keyring, and make sure that it is there. Raises CredentialError where it is not."""
    kept = _ask(lambda: _keep(ring or _own(), _service(host), account, password), host, NAMES)
    if not kept:
        # The null backend, for one, takes everything and keeps nothing.
        raise CredentialError(f"The keyring took the password for {host} but did not keep it. {_remedy(NAMES)}")
    return _keyring(ring)


def source_of(
    account: str,
    host: str,
    names: Sequence[str] = NAMES,
    environ: Mapping[str, str] = os.environ,
    ring: KeyringBackend | None = None,
) -> Source:
    """Which source `password_for` would use. Never raises for a missing password."""
    try:
        password_for(account, host, names, environ, ring)
    except CredentialError as error:
        return Source(str(error), found=False)
    credential = _credential(names, environ)
    return Source(f"systemd credential {credential.name}") if credential else _keyring(ring)


def _keyring(ring: KeyringBackend | None) -> Source:
    return Source(f"keyring {(ring or _own()).name}")


def _own() -> KeyringBackend:
    """The keyring that this machine offers."""
    import keyring  # noqa: PLC0415  # with its plug-ins it is large, and where systemd has the password nobody asks it

    return keyring.get_keyring()


def _keep(ring: KeyringBackend, service: str, account: str, password: str) -> bool:
    ring.set_password(service, account, password)
    return ring.get_password(service, account) == password


def _service(host: str) -> str:
    return f"triage:{host}"


def _ask(question: Callable[[], _T], host: str, names: Sequence[str]) -> _T:
    """Put a question to the keyring, and turn whatever it raises into a CredentialError."""
    try:
        return question()
    except Exception as error:  # noqa: BLE001 - a backend is whatever plug-in is installed; it raises what it likes
        fault = type(error).__name__
    # Outside the except block: the backend's error may hold what it was given, and must not travel along with ours.
    raise CredentialError(f"The keyring cannot be used for {host} ({fault}). {_remedy(names)}")


def _remedy(names: Sequence[str]) -> str:
    name = names[-1]
    return (
        "Run `triage login` in your desktop session, or on a machine without one give the service a systemd "
        f"credential: systemd-ask-password -n | systemd-creds encrypt --name={name} - "
        f"/etc/credstore.encrypted/{name}"
    )


def _credential(names: Sequence[str], environ: Mapping[str, str]) -> Path | None:
    """The first of the named credentials that the service was given (systemd.exec(5), "Credentials")."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    return next((path for path in (Path(folder) / name for name in names) if _is_file(path)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() or path.is_symlink()  # a link that leads nowhere is still no reason to look elsewhere
    except OSError:  # the folder of another service, inherited with the environment: nothing in it is for us
        return False


def _read(path: Path) -> str:
    """The password in a credential file: its one line, without the line end an editor or `echo` puts there."""
    data = _bytes(path)
    try:
        password = data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        password = ""
    if len(data) > _LARGEST or password.splitlines() != [password] or "\0" in password:
        raise CredentialError(f"The systemd credential {path.name} does not hold one line of text; encrypt it again.")
    return password


def _bytes(path: Path) -> bytes:
    """What stands in the file. It is looked at once it is open, so that it is the one that is read."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
            _require_private(path, file.fileno())
            return file.read(_LARGEST + 1)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise CredentialError(
                f"The credential {path.name} is a link; put the file itself into {path.parent}."
            ) from None
        raise CredentialError(
            f"The systemd credential {path.name} cannot be read: {error.strerror}; "
            "check LoadCredential= in the unit and restart the service."
        ) from None


def _require_private(path: Path, descriptor: int) -> None:
    """Raise CredentialError where somebody else owns the file or may read it: so it never is where systemd made it."""
    if os.fstat(descriptor).st_uid not in (0, os.geteuid()):
        raise CredentialError(
            f"The credential {path.name} belongs to another user; chown it to the one that the service runs as."
        )
    if _others_may(_READ, descriptor) and _others_may(_ENTER, path.parent):
        raise CredentialError(
            f"Other users of this machine can read the credential {path.name}; "
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
