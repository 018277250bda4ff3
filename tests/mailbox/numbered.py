"""A scripted server with a folder whose numbers can be anything: what no healthy server can be made to count."""

from __future__ import annotations

import re

from tests.rig.scripted import Scripted

OK = b"%s OK done\r\n"
NEWEST = 2**32 - 1
"""The last UID there is."""


class Numbered(Scripted):
    """One folder. `uidvalidity` and `uidnext` are what it says of itself; None: it says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: dict[int, bytes] = {}
        self.uidvalidity: int | None = 7
        self.uidnext: int | None = 1
        self.bodies = 0
        """Bytes of mail that were sent."""
        self._refusals: dict[int, bytes] = {}
        self._late = b""

    def receive(self, data: bytes, uid: int = 0) -> int:
        """A mail arrives, with this UID or the next one."""
        uid = uid or max(self.mails, default=0) + 1
        self.mails[uid] = data
        if self.uidnext is not None:
            self.uidnext = max(self.uidnext, uid + 1)
        return uid

    def renumber(self, uidvalidity: int | None, first: int = 1) -> None:
        """All mails get new UIDs, as after a restore."""
        self.uidvalidity = uidvalidity
        self.mails = dict(enumerate(self.mails.values(), first))
        if self.uidnext is not None:
            self.uidnext = first + len(self.mails)

    def delete(self, uid: int, refusal: bytes) -> None:
        """Another mail program deletes a mail: now a FETCH of it is refused, with all that is asked with it."""
        del self.mails[uid]
        self._refusals[uid] = refusal

    def announce_late(self, data: bytes) -> None:
        """A mail arrives, and is announced when the client ends its IDLE, and not before."""
        self._late = data

    def _answer(self, name: str) -> bytes:
        asked = self.commands[-1]
        if name == "DONE" and self._late:
            self.receive(self._late)
            self._late = b""
            return b"* %d EXISTS\r\n" % len(self.mails) + OK
        match name:
            case "EXAMINE":
                return self._opened()
            case "UID SEARCH":
                return b"* SEARCH %b\r\n" % b" ".join(b"%d" % uid for uid in self._found(asked)) + OK
            case "UID FETCH":
                wanted = self._named(asked.split()[3])
                if refused := wanted & set(self._refusals):
                    return self._refusals[min(refused)]
                return b"".join(self._told(uid, asked) for uid in self.mails if uid in wanted) + OK
        return super()._answer(name)

    def _opened(self) -> bytes:
        told = (("UIDVALIDITY", self.uidvalidity), ("UIDNEXT", self.uidnext))
        lines = [f"* OK [{what} {number}] .\r\n" for what, number in told if number is not None]
        return b"* %d EXISTS\r\n" % len(self.mails) + "".join(lines).encode() + b"%s OK [READ-ONLY] open\r\n"

    def _found(self, asked: str) -> list[int]:
        """By the rule that "n:*" is the same as "*:n", so that the last message is always among them."""
        if not (span := re.search(r" UID (\d+):(\d+|\*)", asked)):
            return list(self.mails)
        highest = max(self.mails, default=0)
        one, two = int(span[1]), highest if span[2] == "*" else int(span[2])
        return [uid for uid in self.mails if min(one, two) <= uid <= max(one, two)]

    def _named(self, numbers: str) -> set[int]:
        if numbers.endswith(":*"):
            start = min(int(numbers[:-2]), max(self.mails, default=0))
            return {uid for uid in self.mails if uid >= start}
        return {int(uid) for uid in numbers.split(",")}

    def _told(self, uid: int, asked: str) -> bytes:
        data = self.mails[uid]
        if "BODY.PEEK" not in asked:
            when = b'INTERNALDATE "02-Mar-2026 08:00:00 +0000"'
            return b"* 1 FETCH (UID %d RFC822.SIZE %d %b)\r\n" % (uid, len(data), when)
        self.bodies += len(data)
        return b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%b)\r\n" % (uid, len(data), data)
