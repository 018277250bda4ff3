"""One signed-in IMAP session that only looks.

It opens folders with EXAMINE and reads with BODY.PEEK, so no flag ever changes; the one thing it can add is a
whole message (APPEND). IMAPClient speaks the protocol; time limits, protection and plain sentences are ours.
"""

from __future__ import annotations

import contextlib
import difflib
import math
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from triage.errors import InputError
from triage.wire import Bearer, Password, Server, entries, faults
from triage.wire.ahead import Asked, Line, Told
from triage.wire.client import Client
from triage.wire.entries import Entry, Outline
from triage.wire.idle import Heard, Idle
from triage.wire.poll import Deadline
from triage.wire.quoting import Quote, quote, quote_codes

_MESSAGE_ID = re.compile(r"<[!#-;=?-\[\]-~]+>")  # printable ASCII without space, quote, backslash, and < >
_GOODBYE = 2.0
"""Seconds a server has for its goodbye."""
SEARCHED_AT_ONCE = 50_000
"""Messages. The UIDs of so many make an answer of half a megabyte."""
_ENDLESS = 2**32
"""More than any UID."""
OUTLINED = ("RFC822.SIZE", "INTERNALDATE", "BODYSTRUCTURE")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Folder:
    """An opened folder. `uidnext` and `uidvalidity` are 0 where the server does not tell."""

    name: str
    uidvalidity: int
    uidnext: int


class Session:
    """Connects and signs in at once.

    Every method may raise ServerError. Unless that is a RefusedError, the session is of no use any more.
    """

    def __init__(self, server: Server, password: Password) -> None:
        self._server = server
        self._open: Folder | None = None
        self._can_idle: bool | None = None
        with faults.translated(server):
            self._client = Client(server)
        self._line = Line(server, self._client.stream)
        self._idle = Idle(self._client.stream)
        try:
            self._client.sign_in(password)
            self._ends = Deadline(password.left() if isinstance(password, Bearer) else math.inf)
            if self._client.stream.untagged_responses.get("CAPABILITY"):
                self._can_idle = self.can_idle  # It has just been told, and would be forgotten.
        except BaseException:
            self.close()
            raise

    @property
    def left(self) -> float:
        """Seconds until the access token that it was signed in with ends: some servers hang up then."""
        return self._ends.left()

    @contextlib.contextmanager
    def _speaking(self, say: Quote = quote) -> Iterator[None]:
        """Say something, once all is read that was asked before, and no IDLE stands any more."""
        self._line.settle()
        self._rise()
        with faults.translated(self._server, say):
            yield

    def _rise(self) -> None:
        if self._idle.stands:
            with faults.translated(self._server):
                self._idle.end()

    @property
    def can_idle(self) -> bool:
        """Does the server tell of new mail by itself?"""
        if self._can_idle is None:
            with self._speaking():
                self._can_idle = bool(self._client.has_capability("IDLE"))
        return self._can_idle

    def examine(self, name: str) -> Folder:
        """Open a folder for reading. Raises InputError, naming some that exist, if there is no such folder."""
        self._open = None
        try:
            with self._speaking():
                told = self._client.select_folder(name, readonly=True)
        except faults.RefusedError as refused:
            if not refused.temporary:
                self._require(name)
            raise
        self._client.stream.arrived = 0
        self._open = Folder(name, told.get(b"UIDVALIDITY", 0), told.get(b"UIDNEXT", 0))
        return self._open

    @property
    def arrived(self) -> int:
        """Messages that were announced since the folder was opened or `arrivals` were asked for."""
        return self._client.stream.arrived

    def arrivals(self, opened: Folder) -> list[Entry]:
        """What has come to the open folder, which tells its UIDNEXT, since then, as far as the server shows it yet.

        With that, they count as no news any more. As `ask_entries` with `OUTLINED`.
        """
        first = opened.uidnext
        words = ("UID", "FETCH", f"{first}:*", f"({' '.join(OUTLINED)})")
        self._line.settle()
        self._rise()
        self._client.stream.arrived = 0
        found = self._line.ask(words, range(first, _ENDLESS), entries.listed).answer()
        self._open = replace(opened, uidnext=max([first, *(entry.uid + 1 for entry in found)]))
        return found

    @property
    def opened(self) -> Folder | None:
        """The folder that is open; `uidnext` as it was when last asked."""
        return self._open

    def holds(self, folder: Folder) -> bool:
        """Is this folder, with these UIDs, the one that is open?"""
        now = self._open
        return now is not None and (now.name, now.uidvalidity) == (folder.name, folder.uidvalidity)

    def _require(self, name: str) -> None:
        try:
            with self._speaking():
                folders = self._client.list_folders()
        except faults.RefusedError:
            return  # Then it is not known.
        names = [str(found) for flags, _, found in folders if not _is_unusable(flags)]
        if name not in names:
            near = ", ".join(map(quote, difflib.get_close_matches(name, names, 5, 0.0))) or "none"
            raise InputError(f'{faults.place(self._server)} has no folder "{name}". There are, for instance: {near}.')

    def uids(self, first: int, last: int) -> array[int]:
        """UIDs from `first` to `last`, both included; `last` 0 means to the end. Ascending.

        "first:*" always names the last message, even if its UID is lower (RFC 9051, 6.4.8): hence the filter.
        """
        return self._searched(first, last, [])

    def uids_since(self, day: date, last: int) -> array[int]:
        """UIDs of the messages received on `day` or later, as the server counts days; its zone is unknown."""
        since: list[object] = ["SINCE", day]
        return self._searched(1, last, since) if self._is_large else array("I", self._search(since))

    def _searched(self, first: int, last: int, criteria: list[object]) -> array[int]:
        """In as many searches as it takes to keep each answer short: a large folder is searched piece by piece."""
        found = array("I")
        for start, end in self._pieces(first, last):
            told = self._search(["UID", f"{start}:{end or '*'}", *criteria])
            found.extend(uid for uid in told if uid >= start)
        return found

    @property
    def _is_large(self) -> bool:
        return self._client.stream.exists > SEARCHED_AT_ONCE

    def _pieces(self, first: int, last: int) -> list[tuple[int, int]]:
        """Spans of UIDs that have no more than so many messages each."""
        if not self._is_large or 0 < last < first + SEARCHED_AT_ONCE:
            return [(first, last)]
        numbers = ",".join(map(str, range(1, self._client.stream.exists + 1, SEARCHED_AT_ONCE)))
        self._rise()
        told = self._line.ask(("FETCH", numbers, "(UID)"), range(1, _ENDLESS), list).answer()
        starts = [first, *(uid for uid in sorted(told)[1:] if uid > first and (not last or uid <= last))]
        return list(zip(starts, [*(start - 1 for start in starts[1:]), last], strict=True))

    def has(self, message_id: str) -> bool:
        """Does the open folder hold a message with this Message-ID?"""
        if not _MESSAGE_ID.fullmatch(message_id):
            return False  # Not one of ours; and it would be a fragment, which matches parts of others.
        return bool(self._search(["HEADER", "Message-ID", message_id]))

    def _search(self, criteria: list[object]) -> list[int]:
        with self._speaking():
            return sorted(set(self._client.search(criteria)))

    def entries(self, uids: Sequence[int]) -> list[Entry]:
        """Sizes and dates of those of these messages that still exist. Ascending by UID."""
        return self.ask_entries(uids, "RFC822.SIZE", "INTERNALDATE").answer()

    def ask_entries(self, uids: Sequence[int], *items: str) -> Asked[list[Entry]]:
        """The same, with the answer to be read later; with what they are made of, if `items` are `OUTLINED`."""
        return self._ask(uids, items, entries.listed)

    def bodies(self, uids: Sequence[int], limit: int) -> dict[int, bytes]:
        """The messages by UID, as far as their first `limit` bytes. One that was deleted meanwhile is missing here.

        RFC 2180, 4.1: for such a message servers may leave out the answer, answer NIL, or refuse the command.
        """
        return self.ask_bodies(uids, limit).answer()

    def ask_bodies(self, uids: Sequence[int], limit: int) -> Asked[dict[int, bytes]]:
        """The same, with the answer to be read later."""

        def meaning(told: Told) -> dict[int, bytes]:
            found = ((uid, entries.section(items, "", limit)) for uid, items in told.items())
            return {uid: body for uid, body in found if body is not None}

        return self._ask(uids, [f"BODY.PEEK[]<0.{limit}>"], meaning)

    def outline(self, uid: int, limit: int) -> Outline | None:
        """What a message is made of; None if it is gone, or where the server says it in a way nobody can read."""
        header = f"BODY.PEEK[HEADER]<0.{limit}>"
        try:
            items = self._ask([uid], ("BODYSTRUCTURE", header), lambda told: told.get(uid, {})).answer()
        except faults.UnreadableError:
            return None
        piece, structure = entries.section(items, "HEADER", limit), items.get(b"BODYSTRUCTURE")
        return Outline(piece, structure) if piece is not None and structure else None

    def sections(self, uid: int, wanted: Sequence[tuple[str, int]]) -> dict[str, bytes]:
        """Sections of a message (RFC 9051, 6.4.5) by name, each as far as so many bytes; without those it lacks."""
        return self.ask_sections([uid], wanted).answer().get(uid, {})

    def ask_sections(
        self, uids: Sequence[int], wanted: Sequence[tuple[str, int]], start: int = 0
    ) -> Asked[dict[int, dict[str, bytes]]]:
        """The same sections of several messages, by UID, with the answer to be read later.

        Each from its byte `start` on; an answer from any other byte on does not count.
        """

        # Limited also where a message is said to be smaller: what a server says of a size need not be true.
        def meaning(told: Told) -> dict[int, dict[str, bytes]]:
            return {uid: entries.sections(items, wanted, start) for uid, items in told.items()}

        return self._ask(uids, [f"BODY.PEEK[{name}]<{start}.{limit}>" for name, limit in wanted], meaning)

    def _ask(self, uids: Sequence[int], items: Iterable[str], meaning: Callable[[Told], T]) -> Asked[T]:
        words = ("UID", "FETCH", ",".join(map(str, uids)), f"({' '.join(items)})")
        self._rise()
        return self._line.ask(words, frozenset(uids), meaning)

    def has_asked(self, asked: Asked[T]) -> bool:
        """Can this answer still be had? Not if another session was to give it."""
        return asked.is_answered or self._line is asked.line

    def special(self, use: bytes) -> str:
        r"""The folder the server has for this use (RFC 6154), such as "\Drafts"; empty where it names none."""
        with self._speaking():
            folders = self._client.list_folders()
        usable = (folder for folder in folders if not _is_unusable(folder[0]))
        return next((str(name) for flags, _, name in usable if use.lower() in {flag.lower() for flag in flags}), "")

    def append(self, folder: str, data: bytes, flags: Sequence[bytes] = ()) -> None:
        """Add one message. Raises faults.RefusedError if the server surely did not take it."""
        with self._speaking(quote_codes):
            self._client.append(folder, data, flags)

    def wait(self, seconds: float, nearly: float, wake: int) -> Heard:
        """IDLE on the open folder: see `idle.Idle.listen`. It stands until something else is said."""
        self._line.settle()
        with faults.translated(self._server):
            return self._idle.listen(seconds, nearly, wake)

    @property
    def idle_left(self) -> float:
        """Seconds that the IDLE may stand yet."""
        return self._idle.left

    def look(self) -> bool:
        """Ask how the open folder stands, after a `wait`, while the IDLE goes on: is it as it was, with nothing new?"""
        known = self._open
        if known is None or not self._idle.stands:
            return False
        with faults.translated(self._server):
            seen = self._idle.look(known.name)
        if seen is None:
            self._open = None
        elif not self.arrived:
            self._open = replace(known, uidvalidity=seen.uidvalidity, uidnext=seen.uidnext)
        return self._open == known and not self.arrived

    def close(self) -> None:
        """Sign out; never raises. The server has a moment for its goodbye, but need not say any."""
        with contextlib.suppress(Exception):
            if not self._line:
                self._client.stream.sock.settimeout(_GOODBYE)
                self._idle.end()
                self._client.logout()
        self.abandon()

    def abandon(self) -> None:
        """Let go without a word, because nobody is there to hear it."""
        self._client.stream.shutdown()


def _is_unusable(flags: Iterable[bytes]) -> bool:
    return not {b"\\noselect", b"\\nonexistent"}.isdisjoint(flag.lower() for flag in flags)
