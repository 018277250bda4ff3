"""A signed-in IMAP session that asks the server what it can do and what it holds, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from triage.wire.faults import RefusedError
from triage.wire.imap import Session


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder as listed; `junk` where the server itself calls it the one for spam (RFC 6154)."""

    name: str
    junk: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What a folder holds; `newest` is when its last message came, by the server's clock; None if there is none."""

    messages: int
    recent: int
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a server says of itself: its capabilities in capitals, and its name by RFC 2971."""

    capabilities: frozenset[str]
    ident: Mapping[str, str]


class Survey(Session):
    """A session of its own for `triage check`."""

    def abilities(self) -> Abilities:
        """What it can do, now that we are signed in: before that, servers tell less."""
        with self._speaking():
            told = self._client.capabilities()
            names = frozenset(one.decode("ascii", "replace").upper() for one in told)
        return Abilities(names, self._ident() if "ID" in names else {})

    def _ident(self) -> Mapping[str, str]:
        """The server is told nothing of us in return."""
        try:
            with self._speaking():
                told = self._client.id_(None)
        except RefusedError:
            return {}
        pairs = [_text(part) for part in next(iter(told or ()), ()) or ()]
        return {key.lower(): value for key, value in zip(pairs[::2], pairs[1::2], strict=False)}

    def folders(self) -> tuple[Listed, ...]:
        """All folders that can be opened."""
        with self._speaking():
            told = self._client.list_folders()
        flags = [({flag.lower() for flag in flags}, str(name)) for flags, _, name in told]
        return tuple(Listed(name, rb"\junk" in marks) for marks, name in flags if not marks & _CLOSED)

    def holds_since(self, name: str, day: date) -> Held:
        """Look into one folder. Raises InputError where there is none of this name."""
        self.examine(name)
        messages = int(self._client.stream.exists)
        recent = self.uids_since(day, 0)
        newest = self.entries(recent[-1:]) if recent else []
        return Held(messages, len(recent), newest[0].received if newest else None)


_CLOSED = {rb"\noselect", rb"\nonexistent"}


def _text(part: object) -> str:
    return part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part or "")
