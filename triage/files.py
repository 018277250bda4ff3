"""Mails that lie in files: single .eml files, mbox files, Maildir folders, and folders of these. Nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

from triage.core.message import MAX_BYTES
from triage.core.values import Cursor, RawMessage
from triage.errors import InputError

_HEADER = 64 * 1024
"""Bytes of a message in which its Date header is looked for."""
_VALUE = re.compile(rb".*(?:\n[ \t].*)*")
_NEXT = b"\nFrom "
_CHUNK = 64 * 1024
"""Bytes of an mbox file that are read at once."""
_MOST = 2 * MAX_BYTES
"""Bytes kept of one of its mails: no more are ever read of it."""


@dataclass(frozen=True, slots=True)
class Filed:
    """One mail, where it lies, and its place among the mails there, from 0."""

    path: Path
    index: int
    raw: RawMessage


def mails(path: Path) -> Iterator[Filed]:
    """Every mail at `path`, in order. Raises InputError where there is nothing to read."""
    try:
        if path.is_dir():
            yield from _folder(path)
        elif _is_mbox(path):
            yield from _mbox(path)
        else:
            yield _filed(path, 0, path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(f"There is no file or folder {path}.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def _folder(path: Path) -> Iterator[Filed]:
    if (path / "cur").is_dir() and (path / "new").is_dir():
        names = sorted([*(path / "cur").iterdir(), *(path / "new").iterdir()], key=lambda one: one.name)
        for index, name in enumerate(name for name in names if name.is_file()):
            yield _filed(path, index, name.read_bytes())
        return
    found = sorted(one for one in path.rglob("*") if one.suffix.lower() in (".eml", ".mbox") and one.is_file())
    if not found:
        raise InputError(f"{path} is neither a Maildir nor a folder with .eml or .mbox files in it.")
    for one in found:
        yield from mails(one)


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "


def _mbox(path: Path) -> Iterator[Filed]:
    with path.open("rb") as file:
        for index, text in enumerate(_between(file)):
            yield _filed(path, index, text.partition(b"\n")[2])


def _between(file: BinaryIO) -> Iterator[bytes]:
    """What stands between one "From " at the beginning of a line and the next, however large the file is."""
    file.seek(len(_NEXT) - 1)
    rest = b""
    while chunk := file.read(_CHUNK):
        *ended, rest = (rest + chunk).split(_NEXT)
        yield from ended
        if len(rest) > _MOST:
            # The end may be the beginning of the next "From "; the dots are there so that the cut makes none.
            rest = rest[:_MOST] + b"..." + rest[1 - len(_NEXT) :]
    yield rest


def _filed(path: Path, index: int, data: bytes) -> Filed:
    cursor = Cursor(str(path), "", 0, index)
    return Filed(path, index, RawMessage(cursor, _received(data, path), data))


def _received(data: bytes, path: Path) -> datetime:
    """A file has no INTERNALDATE: the Date header is the best there is, then the file's own time."""
    try:
        sent = parsedate_to_datetime(_date(data))
        return sent.astimezone(UTC) if sent.tzinfo else sent.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _date(data: bytes) -> str:
    head = data[:_HEADER].partition(b"\n\n")[0].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    head = b"\n" + head
    name = b"\ndate:"
    at = head.lower().find(name)
    value = _VALUE.match(head, at + len(name)) if at >= 0 else None
    return value[0].decode("ascii", "replace") if value else ""
