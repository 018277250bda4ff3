"""What there is of triage on this computer, piece by piece, for `triage uninstall`: where, how large, how it goes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import platformdirs

from triage import terminal, whole
from triage.cli import connecting, systemctl
from triage.cli.key import WHOSE
from triage.cli.signing_in import sign_out
from triage.cli.wizard import begun
from triage.cli.wizard.asking import shown
from triage.config.edit import BEFORE
from triage.config.values import Account, Config
from triage.credentials import forget, source_of
from triage.errors import CredentialError
from triage.install import UNIT, remove_user_unit, unit_folder
from triage.store.folder import BACKUPS, FILE, beside, drafts, erase, put_aside
from triage.store.lock import held

_LINGER = "Your background services go on while you are signed out; to end that: loginctl disable-linger"


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that can be removed by itself."""

    name: str
    """What it is, as a heading."""
    parts: tuple[str, ...]
    """What belongs to it: files with their sizes, or entries of a keyring."""
    question: str
    remove: Callable[[], Sequence[str]]
    """Removes it, and returns what it has left all the same, in words. Raises TriageError and OSError."""
    is_data: bool = False
    """Is it what nobody could bring back?"""


def service() -> Piece | None:
    """The unit, and with it the running service."""
    unit = unit_folder() / UNIT
    if not (unit.is_symlink() or unit.exists()):
        return None
    running = ", running" if systemctl.is_running() else ""
    return Piece("The service", (f"{shown(unit)}{running}",), "Stop it, and remove it?", lambda: _stop(unit))


def _stop(unit: Path) -> Sequence[str]:
    systemctl.stop()
    removed = remove_user_unit(unit.parent)
    systemctl.reload()
    changed = () if removed else (f"{shown(unit)}: it was changed by hand, so it is only stopped",)
    return (*changed, *((_LINGER,) if systemctl.lingers() else ()))


def passwords(accounts: Sequence[Account], files: Sequence[Path]) -> Piece | None:
    """What the keyring keeps for these accounts, and the files that hold a password in its place."""
    there = tuple(path for path in files if path.exists())
    names = (*(f"for {one.user} on {one.host}, {_where(one)}" for one in accounts), *map(sized, there))
    if not names:
        return None
    return Piece("Passwords", names, "Remove them?", lambda: _forget(accounts, there))


def _where(account: Account) -> str:
    return connecting.source(account).name if account.oauth else "in the keyring"


def _forget(accounts: Sequence[Account], files: Sequence[Path]) -> Sequence[str]:
    for one in accounts:
        if one.oauth:
            sign_out(one)
        else:
            forget(one.user, one.host)
    for path in files:
        erase(path)
        whole.remove(path)  # what a kill may have left beside it
    return ()


def settings(config: Path) -> Piece | None:
    """The configuration with its copy, and the answers of a set-up that was stopped."""
    copy = config.with_name(config.name + BEFORE)
    there = _there((config, copy, begun.place()))
    if not there:
        return None
    return Piece("Settings", tuple(map(sized, there)), "Remove them?", lambda: _remove(there))


def extras() -> Piece | None:
    """The manual page and the completions that were put in place."""
    there = tuple(terminal.placed(platformdirs.user_data_path()))
    if not there:
        return None
    return Piece("Help for the terminal", tuple(map(shown, there)), "Remove it?", lambda: _remove(there))


def log(folder: Path, *, encrypted: bool) -> Piece | None:
    """The log of the search with its backups: all that the store's folder has of ours."""
    there = _there(_of_store(folder))
    if not there:
        return None
    files = [path for path in there if path not in beside(folder / FILE)] or there
    remove = partial(_remove_log, folder, encrypted=encrypted)
    question = "Remove the log of your search too? It cannot be brought back."
    return Piece("The log", tuple(map(sized, files)), question, remove, is_data=True)


def _of_store(folder: Path) -> Iterator[Path]:
    store = folder / FILE
    yield from (store, *beside(store), *put_aside(folder), *drafts(folder))
    yield from sorted((folder / BACKUPS).glob("*"))


def _remove_log(folder: Path, *, encrypted: bool) -> Sequence[str]:
    with held(folder):  # a service that runs in a window would write into a file that has no name any more
        for path in _there(_of_store(folder)):
            erase(path)
        (folder / "lock").unlink(missing_ok=True)
        if encrypted:
            forget(*WHOSE)  # what it opened is gone
    return _tidy(folder / BACKUPS, folder)


def _remove(paths: Sequence[Path]) -> Sequence[str]:
    for path in paths:
        whole.remove(path)
    return _tidy(*dict.fromkeys(path.parent for path in paths))


def _tidy(*folders: Path) -> Sequence[str]:
    """Remove folders of ours that are empty now."""
    for folder in folders:
        if folder.name in ("triage", BACKUPS) or "triage" in folder.parent.name:
            with suppress(OSError):
                folder.rmdir()
    return ()


def _there(paths: Iterator[Path] | Sequence[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path for path in paths if path.is_symlink() or path.exists()))


def sized(path: Path) -> str:
    """A file and its size."""
    size = path.lstat().st_size
    return f"{shown(path)}, {size} bytes" if size < 1000 else f"{shown(path)}, {size / 1000:.0f} kB"


def accounts(config: Config | None) -> tuple[Account, ...]:
    """Whose passwords the keyring keeps: those of the configuration, else that of a set-up that was stopped."""
    return tuple(one for one in _accounts(config) if _is_ours(one))


def _is_ours(account: Account) -> bool:
    """Is it in the keyring, or where a sign-in by OAuth lies without one? Then it was we who put it there."""
    if account.oauth:
        with suppress(CredentialError):  # there is no keyring, and so nothing in it
            return connecting.vault(account).source is not None
        return False
    return source_of(account.user, account.host, environ={}).found


def _accounts(config: Config | None) -> tuple[Account, ...]:
    if config:
        return config.accounts
    stopped = begun.load(begun.place())
    if stopped and stopped.answers.host and stopped.answers.address:
        user = stopped.answers.user or stopped.answers.address
        return (Account(user, stopped.answers.host, ()),)
    return ()


def password_files(config: Config | None, target: Path, store: Path) -> tuple[Path, ...]:
    """Files with a secret that we made: beside the configuration at `target` and named in it, or in the store."""
    tables = (*config.imap_mailboxes, config.courier) if config else ()
    named = [getattr(one, "password_file", None) for one in tables]
    ours = (Path(one) for one in named if one and Path(one).parent == target.parent)
    return (*ours, *sorted(store.glob("sign-in*")))


def program(prefix: str, executable: Path) -> str:
    """How the program itself is removed, as far as its place tells."""
    if Path(prefix).name == "triage-app":  # by `./run.sh install`
        return f"rm -r {shown(Path(prefix))} ~/.local/bin/triage"
    if f"{os.sep}pipx{os.sep}" in prefix:
        return "pipx uninstall triage"
    if f"{os.sep}uv{os.sep}tools{os.sep}" in prefix:
        return "uv tool uninstall triage"
    if executable.parent in (Path("/usr/bin"), Path("/bin")):
        return "sudo apt remove triage"
    return "pip uninstall triage"
