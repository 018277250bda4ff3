"""A scripted server that says of mails what they are made of and how large they are: rightly, or by an estimate."""

from __future__ import annotations

import re

from tests.mailbox.numbered import Numbered

_HEADER = b"From: hr@example.org\r\nContent-Type: multipart/mixed; boundary=bound\r\n\r\n"
_TEXT, _FILE = b"Content-Type: text/plain\r\n\r\n", b"Content-Type: application/pdf\r\n\r\n"
_ATTACHED = b"A" * 8_000


class Estimating(Numbered):
    """Its mails are a text and a file. `wrong_by`: bytes that it adds to the size of every mail that comes."""

    def __init__(self, wrong_by: int = 0) -> None:
        super().__init__()
        self.wrong_by = wrong_by
        self._sizes: dict[int, int] = {}
        self._texts: dict[int, bytes] = {}

    def receive_some(self, count: int) -> None:
        for _ in range(count):
            text = b"Leider nein, Nummer %d." % len(self.mails)
            parts = b"".join(b"--bound\r\n" + part + b"\r\n" for part in (_TEXT + text, _FILE + _ATTACHED))
            data = _HEADER + parts + b"--bound--\r\n"
            uid = self.receive(data)
            self._sizes[uid] = len(data) + self.wrong_by
            self._texts[uid] = text

    @property
    def asked_in_parts(self) -> list[int]:
        """The mails that were asked for in parts, each as often as it was."""
        return self._asked_for("BODY.PEEK[HEADER]")

    @property
    def asked_whole(self) -> list[int]:
        return self._asked_for("BODY.PEEK[]<0.")

    def _asked_for(self, section: str) -> list[int]:
        lines = [line.split() for line in self.commands if section in line]
        return [int(uid) for words in lines for uid in words[3].split(",")]

    def _told(self, uid: int, asked: str) -> bytes:
        if "BODY.PEEK[]<0." in asked:
            return super()._told(uid, asked)
        if "BODY.PEEK" in asked:
            wanted = re.findall(r"BODY\.PEEK\[([^]]*)\]<(\d+)\.(\d+)>", asked)
            told = (self._section(uid, name, int(start), int(most)) for name, start, most in wanted)
            return b"* 1 FETCH (UID %d %b)\r\n" % (uid, b" ".join(told))
        text = b'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" %d 1 NIL NIL NIL)' % len(self._texts[uid])
        file = b'("APPLICATION" "PDF" NIL NIL NIL "7BIT" %d NIL NIL NIL)' % len(_ATTACHED)
        items = (
            b"RFC822.SIZE %d" % self._sizes[uid],
            b'INTERNALDATE "02-Mar-2026 08:00:00 +0000"',
            b"BODYSTRUCTURE (" + text + file + b' "MIXED" ("BOUNDARY" "bound") NIL NIL)',
        )
        return b"* 1 FETCH (UID %d %b)\r\n" % (uid, b" ".join(items))

    def _section(self, uid: int, name: str, start: int, most: int) -> bytes:
        whole, text = self.mails[uid], self._texts[uid]
        body = whole.removeprefix(_HEADER)
        sections = {"": whole, "HEADER": _HEADER, "TEXT": body, "1.MIME": _TEXT, "1": text, "2.MIME": _FILE}
        data = sections[name][start : start + most]
        return b"BODY[%b]<%d> {%d}\r\n%b" % (name.encode(), start, len(data), data)
