"""A Maildir as mail programs fill it and change it."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Maildir:
    """One folder. Nothing here is looked at by the code under test but the files themselves."""

    path: Path

    def make(self) -> Maildir:
        for part in ("tmp", "new", "cur"):
            (self.path / part).mkdir(parents=True)
        return self

    def folder(self, name: str) -> Maildir:
        """A folder below this one."""
        return Maildir(self.path / name).make()

    def add(self, data: bytes, received: datetime | None = None, part: str = "new") -> Path:
        """A new mail, as a delivery agent writes it; with `received`, as a program that copies mail does."""
        name = f"{next(_numbers)}.M1P1.host" + (":2," if part == "cur" else "")
        written = self.path / "tmp" / name
        written.write_bytes(data)
        if received is not None:
            os.utime(written, (received.timestamp(), received.timestamp()))
        return written.rename(self.path / part / name)

    @staticmethod
    def read(mail: Path) -> Path:
        """The reader has seen it: the file moves to "cur" and carries a flag."""
        return mail.rename(mail.parent.parent / "cur" / f"{mail.name.partition(':')[0]}:2,S")

    def snapshot(self) -> dict[str, tuple[int, int, bytes]]:
        """Everything about every file that a change would show in."""
        files = [path for path in self.path.rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_ctime_ns, path.read_bytes()) for path in files}
