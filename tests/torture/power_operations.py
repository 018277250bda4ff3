"""What a program can do to files, as far as a disk knows it. All paths are absolute."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opened:
    """A file was opened that may be new (`create`), and is emptied where it is not (`empty`)."""

    path: str
    create: bool
    empty: bool


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes at an offset, or with None at the end."""

    path: str
    offset: int | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Copied:
    """Bytes of one file went into another."""

    source: str
    start: int
    path: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Resized:
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Synced:
    """The system has promised that this file, or this folder, is on the disk as it is now."""

    path: str


@dataclass(frozen=True, slots=True)
class SyncFailed:
    """The system could not write it. It may call the next attempt a success, and never write what failed now."""

    path: str


@dataclass(frozen=True, slots=True)
class FolderMade:
    path: str


@dataclass(frozen=True, slots=True)
class Linked:
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Renamed:
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A name is gone: of a file, or of an empty folder."""

    path: str


@dataclass(frozen=True, slots=True)
class Marked:
    """The program said something about itself, in the file of marks."""

    text: str


Operation = Opened | Written | Copied | Resized | Synced | SyncFailed | FolderMade | Linked | Renamed | Removed | Marked
