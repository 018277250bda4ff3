"""One signed-in IMAP session that only looks.

It opens folders with EXAMINE and reads with BODY.PEEK, so no flag ever changes; the one thing it can add is a
whole message (APPEND). IMAPClient speaks the protocol; time limits, protection and plain sentences are ours.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from triage.errors import InputError, ServerError
from triage.wire import Password, Server, Tls, faults, idle
from triage.wire.quoting import quote, quote_codes, quote_unless
from triage.wire.stream import Stream

_MESSAGE_ID = re.compile(r"<[!#-;=?-\[\]-~]+>")  # printable ASCII without space, quote, backslash, and < >
_GOODBYE = 2.0
"""Seconds a server has for its goodbye."""
_ATOM = re.compile(r"[A-Za-z0-9.@_+=-]+")


@dataclass(frozen=True, slots=True)
class Folder:
    """An opened folder. `uidnext` and `uidvalidity` are 0 where the server does not tell."""

    name: str
    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as listed: size in bytes; `received` is INTERNALDATE in UTC."""

    uid: int
    size: int
    received: datetime


@dataclass(frozen=True, slots=True)
class Outline:
    """The header of a message, as far as asked for, and its BODYSTRUCTURE as nested lists and tuples."""

    header: bytes
    structure: object


class _Client(IMAPClient):  # type: ignore[misc]  # IMAPClient ships no types
    """IMAPClient on our own stream; its constructor offers no other way to give it one."""

    def __init__(self, server: Server) -> None:
        self._server = server
        super().__init__(server.host, server.port, ssl=server.tls is Tls.IMPLICIT, timeout=server.timeout)
        # By default INTERNALDATE comes as local time without a zone, and an hour each autumn comes twice.
        self.normalise_times = False
        # IMAPClient has imaplib report every line, whole mails included, to `logging` at level DEBUG.
        self.stream.debug = 0

    def _create_IMAP4(self) -> Stream:  # noqa: N802  # IMAPClient's name
        self.stream = Stream(self._server)
        return self.stream

    def _checkok(self, command: str, typ: str, data: list[bytes]) -> None:
        # IMAPClient reads a refusal as ASCII, and logs what it cannot read: a server may quote a mail there.
        if typ != "OK":
            raise self.Error(f"{command} failed: {data[0].decode('utf-8', 'replace')}")


class Session:
    """Connects and signs in at once.

    Every method may raise ServerError. Unless that is a RefusedError, the session is of no use any more.
    """

    def __init__(self, server: Server, password: Password) -> None:
        self._server = server
        self._open: Folder | None = None
        with faults.translated(server):
            self._client = _Client(server)
        try:
            self._sign_in(password())
        except BaseException:
            self.close()
            raise

    def _sign_in(self, password: str) -> None:
        user = self._server.user
        faults.require_one_line(self._server, user + password)
        with faults.translated(self._server, quote_unless(user, password)):
            if self._client.stream.state == "AUTH":
                return  # PREAUTH: the connection itself was credential enough.
            try:
                # PLAIN first: LOGIN has no way to carry a password with letters beyond ASCII.
                if self._client.has_capability("AUTH=PLAIN"):
                    self._client.plain_login(user, password)
                else:
                    faults.require_ascii(self._server, user + password)
                    self._client.login(_quoted(user), password)
            except LoginError as error:
                raise faults.sign_in(self._server, error, password) from error

    @property
    def can_idle(self) -> bool:
        """Does the server tell of new mail by itself?"""
        with faults.translated(self._server):
            return bool(self._client.has_capability("IDLE"))

    def examine(self, name: str) -> Folder:
        """Open a folder for reading. Raises InputError, naming some that exist, if there is no such folder."""
        self._open = None
        try:
            with faults.translated(self._server):
                told = self._client.select_folder(name, readonly=True)
        except faults.RefusedError as refused:
            if not refused.temporary:
                self._require(name)
            raise
        self._open = Folder(name, told.get(b"UIDVALIDITY", 0), told.get(b"UIDNEXT", 0))
        return self._open

    def holds(self, folder: Folder) -> bool:
        """Is this folder, with these UIDs, the one that is open?"""
        now = self._open
        return now is not None and (now.name, now.uidvalidity) == (folder.name, folder.uidvalidity)

    def _require(self, name: str) -> None:
        try:
            with faults.translated(self._server):
                folders = self._client.list_folders()
        except faults.RefusedError:
            return  # Then it is not known.
        names = [str(found) for flags, _, found in folders if not _is_unusable(flags)]
        if name not in names:
            near = ", ".join(map(quote, difflib.get_close_matches(name, names, 5, 0.0))) or "none"
            raise InputError(f'{faults.place(self._server)} has no folder "{name}". There are, for instance: {near}.')

    def uids(self, first: int, last: int) -> list[int]:
        """UIDs from `first` to `last`, both included; `last` 0 means to the end. Ascending.

        "first:*" always names the last message, even if its UID is lower (RFC 9051, 6.4.8): hence the filter.
        """
        found = self._search(["UID", f"{first}:{last or '*'}"])
        return [uid for uid in found if uid >= first]

    def uids_since(self, day: date) -> list[int]:
        """UIDs of the messages received on `day` or later, as the server counts days; its zone is unknown."""
        return self._search(["SINCE", day])

    def has(self, message_id: str) -> bool:
        """Does the open folder hold a message with this Message-ID?"""
        if not _MESSAGE_ID.fullmatch(message_id):
            return False  # Not one of ours; and it would be a fragment, which matches parts of others.
        return bool(self._search(["HEADER", "Message-ID", message_id]))

    def _search(self, criteria: list[object]) -> list[int]:
        with faults.translated(self._server):
            return sorted(set(self._client.search(criteria)))

    def entries(self, uids: Sequence[int]) -> list[Entry]:
        """Sizes and dates of those of these messages that still exist. Ascending by UID."""
        with faults.translated(self._server, quote_codes):
            told = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
            return [
                Entry(uid, int(told[uid][b"RFC822.SIZE"]), _utc(told[uid].get(b"INTERNALDATE")))
                for uid in sorted(told)
                if b"RFC822.SIZE" in told[uid]
            ]

    def bodies(self, uids: Iterable[int], limit: int) -> dict[int, bytes]:
        """The messages by UID, as far as their first `limit` bytes. One that was deleted meanwhile is missing here.

        RFC 2180, 4.1: for such a message servers may leave out the answer, answer NIL, or refuse the command.
        """
        # Limited also where a message is said to be smaller: what a server says of a size need not be true.
        told = self._fetched(uids, f"BODY.PEEK[]<0.{limit}>")
        found = {uid: _piece(items, "", limit) for uid, items in told.items()}
        return {uid: body for uid, body in found.items() if body is not None}

    def outline(self, uid: int, limit: int) -> Outline | None:
        """What a message is made of; None if it is gone, or where the server says it in a way nobody can read."""
        try:
            items = self._fetched([uid], "BODYSTRUCTURE", f"BODY.PEEK[HEADER]<0.{limit}>").get(uid, {})
        except faults.RefusedError:
            raise
        except ServerError:
            if self._client.stream.is_asking:
                raise
            return None  # The answer was complete. It is of no use, but the session is.
        header, structure = _piece(items, "HEADER", limit), items.get(b"BODYSTRUCTURE")
        return Outline(header, structure) if header is not None and structure else None

    def sections(self, uid: int, wanted: Sequence[tuple[str, int]]) -> dict[str, bytes]:
        """Sections of a message (RFC 9051, 6.4.5) by name, each as far as so many bytes; without those it lacks."""
        items = self._fetched([uid], *(f"BODY.PEEK[{name}]<0.{limit}>" for name, limit in wanted)).get(uid, {})
        found = {name: _piece(items, name, limit) for name, limit in wanted}
        return {name: piece for name, piece in found.items() if piece is not None}

    def _fetched(self, uids: Iterable[int], *items: str) -> Mapping[int, Mapping[bytes, object]]:
        with faults.translated(self._server, quote_codes):
            told: Mapping[int, Mapping[bytes, object]] = self._client.fetch(list(uids), items)
        return told

    def special(self, use: bytes) -> str:
        r"""The folder the server has for this use (RFC 6154), such as "\Drafts"; empty where it names none."""
        with faults.translated(self._server):
            folders = self._client.list_folders()
        usable = (folder for folder in folders if not _is_unusable(folder[0]))
        return next((str(name) for flags, _, name in usable if use.lower() in {flag.lower() for flag in flags}), "")

    def append(self, folder: str, data: bytes, flags: Sequence[bytes] = ()) -> None:
        """Add one message. Raises faults.RefusedError if the server surely did not take it."""
        with faults.translated(self._server, quote_codes):
            self._client.append(folder, data, flags)

    def wait(self, seconds: float, wake: int) -> None:
        """IDLE on the open folder, until the server says anything, `seconds` are over, or `wake` is readable."""
        with faults.translated(self._server):
            idle.wait(self._client.stream, seconds, wake)

    def close(self) -> None:
        """Sign out; never raises. The server has a moment for its goodbye, but need not say any."""
        with contextlib.suppress(Exception):
            self._client.stream.sock.settimeout(_GOODBYE)
            self._client.logout()
        self.abandon()

    def abandon(self) -> None:
        """Let go without a word, because nobody is there to hear it."""
        self._client.stream.shutdown()


def _piece(items: Mapping[bytes, object], name: str, limit: int) -> bytes | None:
    """The answer to BODY.PEEK[name]<0.limit>, also of a server that leaves out the offset, or sends all there is."""
    key = f"BODY[{name}]".encode()
    told = items.get(key + b"<0>", items.get(key))
    return told[:limit] if isinstance(told, bytes) else None


def _utc(told: datetime | None) -> datetime:
    """A message without a readable date came just now, as far as anybody knows: better twice than never."""
    try:
        return told.astimezone(UTC) if told else datetime.now(UTC)
    except OverflowError:
        return datetime.now(UTC)


def _quoted(user: str) -> str:
    """imaplib quotes the password of LOGIN, but not the user."""
    return user if _ATOM.fullmatch(user) else '"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_unusable(flags: Iterable[bytes]) -> bool:
    return not {b"\\noselect", b"\\nonexistent"}.isdisjoint(flag.lower() for flag in flags)
