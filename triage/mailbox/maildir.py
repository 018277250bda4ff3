"""A mailbox that another program (mbsync, OfflineIMAP, a mail server) keeps as a Maildir. Nothing in it changes.

A Maildir has no UIDs, so a cursor holds a time: the inode's change time in nanoseconds. The modification time
would not do: whoever copies a mail here sets it to the date of the mail, and an old mail that is new here would
be skipped. The change time nobody can set. A changed flag renews it as well, because that renames the file; then
the mail is read once more, and the log, which knows mails by their content, takes no second note of it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from triage.core.values import Cursor, RawMessage
from triage.errors import InputError
from triage.mailbox import Unread
from triage.mailbox.limits import LARGE, PART
from triage.wire.poll import readable

OVERLAP = 2_000_000_000
"""Nanoseconds. Clocks of file systems tick coarsely, and two machines' clocks differ."""
_SAME_UIDS = 1
"""Change times are never renumbered: a Maildir that was replaced has files with new ones."""
_LAST_SECOND = 253402300799
"""Of the year 9999. Files can claim to be younger."""
_HEADER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class _File:
    """`name` is the part before the flags, which stays when they change. Times in nanoseconds."""

    name: str
    path: Path
    changed: int
    modified: int
    size: int

    @property
    def version(self) -> tuple[Path, int]:
        return self.path, self.changed

    @property
    def received(self) -> datetime:
        return datetime.fromtimestamp(min(max(0, self.modified // 10**9), _LAST_SECOND), UTC)


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at a folder found, so that the next one can tell that there is nothing new."""

    upto: int
    latest: frozenset[tuple[Path, int]]
    """Files so new that the next look sees them again, within the overlap."""
    stamps: tuple[int, ...]
    """When its directories last changed; empty if that is too recent to rely on."""


class MaildirMailbox:
    """`triage.mailbox.Mailbox` over a Maildir. "INBOX" is the Maildir itself; the other folders lie in it."""

    def __init__(self, name: str, path: Path, folders: Sequence[str] = ("INBOX",)) -> None:
        self.name = name
        self.folders = tuple(folders)
        self._path = path
        self._looks: dict[str, _Look] = {}

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        """See `triage.mailbox.Mailbox`. Oldest first by when they were received, each from its own file."""
        now = time.time_ns()
        # After the clock was set back, new files would lie before the cursor.
        renumbered = cursor is not None and cursor.uid > now + OVERLAP
        start = Cursor(self.name, folder, _SAME_UIDS, 0) if cursor is None or renumbered else cursor
        with self._readable(folder) as directory:
            stamps = _stamps(directory)
            last = self._looks.get(folder)
            if last is None or last.upto != start.uid:
                last = _Look(start.uid, frozenset(), ())
            elif stamps and stamps == last.stamps:
                return Unread(0, iter(()), start)
            files = _files(directory)
        # Not past the moment the look began: what is renamed in the middle of it, it may miss.
        upto = replace(start, uid=max(start.uid, min(now, max((file.changed for file in files), default=0))))
        new = [file for file in _beyond(start, files, since) if file.version not in last.latest]
        latest = frozenset(file.version for file in files if file.changed > upto.uid - OVERLAP)
        messages = self._remembered(folder, _Look(upto.uid, latest, stamps), _messages(directory, new, start, upto))
        return Unread(len(new), messages, upto, renumbered)

    def _remembered(self, folder: str, look: _Look, messages: Iterator[RawMessage]) -> Iterator[RawMessage]:
        """The messages. Only a look that was carried to its end may spare the next one the same files."""
        yield from messages
        self._looks[folder] = look

    def wait(self, seconds: float, wake: int) -> None:
        """See `triage.mailbox.Mailbox`. Nobody tells of new files; an unchanged folder costs two `stat` a look."""
        readable(seconds, wake)

    def contains(self, message_id: str) -> bool:
        """See `triage.mailbox.Mailbox`. Newest first; only headers are read."""
        if not message_id:
            return False
        # The identity may stand on a line of its own, folded, as some programs write long headers.
        line = rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?" + re.escape(message_id.encode()) + rb"[ \t\r]*$"
        header = re.compile(line, re.IGNORECASE | re.MULTILINE)
        return any(self._holds(folder, header) for folder in self.folders)

    def close(self) -> None:
        """See `triage.mailbox.Mailbox`."""

    def _holds(self, folder: str, header: re.Pattern[bytes]) -> bool:
        with self._readable(folder) as directory:
            newest_first = sorted(_files(directory), key=lambda file: -file.changed)
            return any(header.search(_header(_read(file, _HEADER_BYTES) or b"")) for file in newest_first)

    @contextlib.contextmanager
    def _readable(self, folder: str) -> Iterator[Path]:
        try:
            yield self._directory(folder)
        except OSError as error:
            raise InputError(
                f"The Maildir {self._path} cannot be read ({error.strerror}): check that this user may read it."
            ) from error

    def _directory(self, folder: str) -> Path:
        for directory in _places(self._path, folder):
            if (directory / "cur").is_dir() and (directory / "new").is_dir():
                return directory
        raise InputError(
            f'There is no Maildir for the folder "{folder}" in {self._path}: it needs the directories '
            '"cur" and "new". Check the path, or let your mail program fill it first.'
        )


def _places(root: Path, folder: str) -> tuple[Path, ...]:
    """Where a folder may lie: as mbsync and OfflineIMAP name it, or with the dots of Maildir++."""
    if folder == "INBOX":
        return (root, root / "INBOX")
    if ".." in Path(folder).parts or Path(folder).is_absolute():
        raise InputError(f'"{folder}" is no folder of the Maildir {root}: name one that lies in it.')
    return (root / folder, root / f".{folder.replace('/', '.')}")


def _stamps(directory: Path) -> tuple[int, ...]:
    """When "new" and "cur" last changed, empty if that was just now: another change could leave the same time."""
    stamps = tuple((directory / part).stat().st_mtime_ns for part in ("new", "cur"))
    return () if max(stamps) > time.time_ns() - OVERLAP else stamps


def _files(directory: Path) -> list[_File]:
    """Every mail once. "new" first: one that is moved to "cur" meanwhile is then seen twice, and not missed."""
    found = {file.name: file for part in ("new", "cur") for file in _listed(directory / part)}
    return list(found.values())


def _listed(part: Path) -> Iterator[_File]:
    with os.scandir(part) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                seen = entry.stat()
            except OSError:  # Moved since, and found where it went; or deleted; or a link that leads nowhere.
                continue
            if not stat.S_ISREG(seen.st_mode):
                continue  # To open a pipe would hold us up for ever.
            name = entry.name.partition(":")[0]
            yield _File(name, part / entry.name, seen.st_ctime_ns, seen.st_mtime_ns, seen.st_size)


def _beyond(start: Cursor, files: list[_File], since: datetime) -> list[_File]:
    """A first look that was interrupted goes on as it began: mail from before `since` stays unread."""
    if start.uid == 0:
        return [file for file in files if file.received >= since]
    later = (file for file in files if file.changed > start.uid - OVERLAP)
    return [file for file in later if file.changed > start.lookback or file.received >= since]


def _messages(directory: Path, files: list[_File], start: Cursor, upto: Cursor) -> Iterator[RawMessage]:
    """Each with the cursor that may be kept once it is done.

    They come by when they were received, and cursors count by when they changed. So a cursor goes only as far as
    just before the first change not read yet, and to `upto` with the last message.
    """
    files = sorted(files, key=lambda file: (file.modified, file.name))
    ahead = list(itertools.accumulate((file.changed for file in reversed(files)), min))[-2::-1]
    for file, first_unread in itertools.zip_longest(files, ahead):
        uid = upto.uid if first_unread is None else max(start.uid, min(upto.uid, first_unread - 1))
        data = _read_or_find(directory, file)
        if data is not None:
            yield RawMessage(replace(upto, uid=uid), file.received, data, own_uid=file.changed)


def _read_or_find(directory: Path, file: _File) -> bytes | None:
    """The message. A reader who looked at it meanwhile has renamed its file; a deleted one gives None."""
    limit = PART if file.size > LARGE else LARGE
    data = _read(file, limit)
    if data is None:
        renamed = [other for other in _files(directory) if other.name == file.name]
        data = _read(renamed[0], limit) if renamed else None
    return data


def _read(file: _File, limit: int) -> bytes | None:
    """None if the file is gone, empty if it cannot be read: one bad file must not hide the others."""
    try:
        with file.path.open("rb") as stream:
            return stream.read(limit)
    except FileNotFoundError:
        return None
    except OSError:
        return b""


def _header(data: bytes) -> bytes:
    """Up to the first empty line."""
    return re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0]
