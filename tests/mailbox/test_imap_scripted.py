"""`ImapMailbox` against servers that are legal but odd, and against some that are not."""

from __future__ import annotations

import os
import socket
import threading
import time
from datetime import UTC, datetime

import pytest

from tests.mailbox.numbered import Numbered
from tests.rig.proxy import Proxy
from tests.rig.scripted import Scripted
from triage.core.values import Cursor
from triage.errors import ServerError, TriageError
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.limits import LARGE
from triage.wire import Server, Tls
from triage.wire.stream import ANSWER_LIMIT

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
CURSOR = Cursor("mine", "INBOX", 7, 5)
BARE = b"* 5 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n%s OK open\r\n"
"""An EXAMINE that does not tell UIDNEXT, which RFC 3501 allows."""


def listed(uid: int, size: int = 9, *, day: str = "02-Nov-2026") -> bytes:
    return b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "%s 10:00:00 +0100")\r\n' % (uid, uid, size, day.encode())


def body(uid: int, data: bytes = b"X: y\r\n\r\nz") -> bytes:
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(data), data)


OK = b"%s OK done\r\n"
NOISE = b"* 9 EXISTS\r\n* 2 FETCH (FLAGS (\\Seen))\r\n* 3 EXPUNGE\r\n* OK Still here\r\n"

READINGS: list[tuple[str, dict[str, bytes], Cursor | None, list[tuple[int, bytes]]]] = [
    (
        "without UIDNEXT the last message comes back from n:*, and is not read again",
        {"EXAMINE": BARE, "UID SEARCH": b"* SEARCH 5\r\n" + OK},
        CURSOR,
        [],
    ),
    (
        "without UIDNEXT new mail is found all the same",
        {
            "EXAMINE": BARE,
            "UID SEARCH": b"* SEARCH 7 6\r\n" + OK,
            "UID FETCH": listed(6) + listed(7) + body(6, b"six") + body(7, b"seven") + OK,
        },
        CURSOR,
        [(6, b"six"), (7, b"seven")],
    ),
    (
        "without UIDVALIDITY the numbers are believed, or all mail would be read at every look",
        {"EXAMINE": b"* 5 EXISTS\r\n* OK [UIDNEXT 6] .\r\n%s OK open\r\n"},
        Cursor("mine", "INBOX", 0, 5),
        [],
    ),
    (
        "news between the answers is no answer",
        {"UID SEARCH": NOISE + b"* SEARCH 4\r\n" + OK, "UID FETCH": NOISE + listed(4) + NOISE + body(4, b"four") + OK},
        None,
        [(4, b"four")],
    ),
    (
        "an answer that is left out, one that is NIL, and one that is empty (RFC 2180)",
        {
            "UID SEARCH": b"* SEARCH 1 2 3 4\r\n" + OK,
            "UID FETCH": b"".join(map(listed, (1, 3, 4)))
            + b"* 1 FETCH (UID 1 BODY[] NIL)\r\n* 3 FETCH (UID 3 FLAGS ())\r\n"
            + body(4, b"four")
            + OK,
        },
        None,
        [(4, b"four")],
    ),
    (
        "a date nobody can read makes no message disappear",
        {"UID SEARCH": b"* SEARCH 4\r\n" + OK, "UID FETCH": listed(4, day="99-Foo-2026") + body(4, b"four") + OK},
        None,
        [(4, b"four")],
    ),
    (
        "nor does one after the end of time",
        {
            "UID SEARCH": b"* SEARCH 4\r\n" + OK,
            "UID FETCH": listed(4, day="31-Dec-9999").replace(b"+01", b"-23") + body(4, b"four") + OK,
        },
        None,
        [(4, b"four")],
    ),
    (
        "what came between EXAMINE and SEARCH is left for the next time, as the cursor stops before it",
        {"UID SEARCH": b"* SEARCH 4 6\r\n" + OK, "UID FETCH": listed(4) + listed(6) + body(4) + body(6) + OK},
        None,
        [(4, b"X: y\r\n\r\nz")],
    ),
    ("SEARCH without any answer", {"UID SEARCH": OK}, None, []),
]


@pytest.mark.parametrize(
    ("answers", "cursor", "expected"), [case[1:] for case in READINGS], ids=[c[0] for c in READINGS]
)
def test_odd_servers(answers: dict[str, bytes], cursor: Cursor | None, expected: list[tuple[int, bytes]]) -> None:
    with Scripted(answers) as scripted:
        mailbox = ImapMailbox("mine", scripted.server(), lambda: "secret")
        unread = mailbox.unread("INBOX", cursor, LONG_AGO)
        assert [(message.cursor.uid, message.data) for message in unread.messages] == expected
        assert unread.renumbered is False
        assert unread.upto.uid >= 5
        mailbox.close()


def test_a_message_the_server_cannot_show_does_not_hide_the_others() -> None:
    """Exchange says NO to the whole FETCH for one message it cannot convert. It is read as empty, and so counted."""
    answers = {
        "UID SEARCH": b"* SEARCH 3 4\r\n%s OK done\r\n",
        "UID FETCH": listed(3) + listed(4) + OK,
    }
    with Scripted(answers) as scripted:
        # Only sizes are answered: the first FETCH is the listing, every later one is refused.
        scripted.once("UID FETCH", then=b"%s NO [CANNOT] could not be converted\r\n")
        mailbox = ImapMailbox("mine", scripted.server(), lambda: "secret")
        found = [(m.cursor.uid, m.data) for m in mailbox.unread("INBOX", None, LONG_AGO).messages]
        assert found == [(3, b""), (4, b"")]
        fetched = [line for line in scripted.commands if "BODY.PEEK" in line]
        assert [line.split()[3] for line in fetched] == ["3,4", "3", "4"]


@pytest.mark.parametrize("refusal", [b"%s NO [EXPUNGEISSUED] some are gone\r\n", b"%s NO no such message\r\n"])
@pytest.mark.parametrize("listed", [False, True], ids=["before the listing", "after the listing"])
def test_a_refusal_for_a_deleted_message_is_no_unreadable_message(refusal: bytes, listed: bool) -> None:
    """RFC 2180, 4.1.2: the whole command is refused. Asked for without it, those that are left come."""
    with Numbered() as server:
        for number in range(160):
            server.receive(b"A: b\r\n\r\n%d" % number)
        mailbox = ImapMailbox("mine", server.server(), lambda: "secret")
        messages = mailbox.unread("INBOX", None, LONG_AGO).messages
        read = [next(messages).cursor.uid] if listed else []
        server.delete(125, refusal)
        assert [*read, *(message.cursor.uid for message in messages)] == [uid for uid in range(1, 161) if uid != 125]
        mailbox.close()


def test_a_folder_that_is_shut_for_now_is_no_missing_one() -> None:
    """Exchange names no folders either while it is busy."""
    answers = {
        "EXAMINE": b"%s NO [UNAVAILABLE] busy\r\n",
        "LIST": b'* LIST () "/" Archive\r\n%s OK done\r\n',
    }
    with Scripted(answers) as scripted, pytest.raises(ServerError, match="UNAVAILABLE"):
        ImapMailbox("mine", scripted.server(), lambda: "secret").unread("INBOX", None, LONG_AGO)


def test_of_a_message_larger_than_the_server_said_no_more_is_kept_than_was_asked_for() -> None:
    """Asked for its first bytes only, this server sends all there is."""
    answers = {"UID SEARCH": b"* SEARCH 1\r\n" + OK, "UID FETCH": listed(1, 9) + body(1, b"y" * (3 * LARGE)) + OK}
    with Scripted(answers) as scripted:
        mailbox = ImapMailbox("mine", scripted.server(), lambda: "secret")
        (found,) = mailbox.unread("INBOX", None, LONG_AGO).messages
        mailbox.close()
    assert len(found.data) == LARGE
    assert any("BODY.PEEK[]<0.1048576>" in line for line in scripted.commands)


def test_mail_that_is_announced_with_the_end_of_idle_is_found_at_once() -> None:
    """And without RECENT, which not every server says."""
    reading, ringing = os.pipe()
    with Numbered() as server:
        server.receive(b"A: b\r\n\r\none")
        mailbox = ImapMailbox("mine", server.server(), lambda: "secret")
        upto = mailbox.unread("INBOX", None, LONG_AGO).upto
        server.announce_late(b"A: b\r\n\r\ntwo")
        mailbox.wait(0.2, reading)
        start = time.monotonic()
        found = [message.cursor.uid for message in mailbox.unread("INBOX", upto, LONG_AGO).messages]
        assert time.monotonic() - start < 1
        assert found == [2]
        assert sum("LOGIN" in line for line in server.commands) == 1
        mailbox.close()
    os.close(reading)
    os.close(ringing)


def test_a_refusal_for_now_is_not_taken_for_an_unreadable_message() -> None:
    answers = {"UID SEARCH": b"* SEARCH 3\r\n%s OK done\r\n", "UID FETCH": listed(3) + OK}
    with Scripted(answers) as scripted:
        scripted.once("UID FETCH", then=b"%s NO [UNAVAILABLE] try again later\r\n")
        mailbox = ImapMailbox("mine", scripted.server(), lambda: "secret")
        with pytest.raises(ServerError, match="UNAVAILABLE"):
            list(mailbox.unread("INBOX", None, LONG_AGO).messages)


HOSTILE = {
    "a literal of 2 GB": b"* 1 FETCH (UID 1 BODY[] {2147483647}\r\n",
    "a literal of 10^30 bytes": b"* 1 FETCH (UID 1 BODY[] {1000000000000000000000000000000}\r\n",
    "unbalanced": b"* 1 FETCH (UID 1 (((\r\n%s OK done\r\n",
    "deep nesting": b"* 1 FETCH (UID 1 X " + b"(" * 5000 + b")" * 5000 + b")\r\n%s OK done\r\n",
    "no number": b"* 1 FETCH (UID x RFC822.SIZE y)\r\n%s OK done\r\n",
    "size is text": b'* 1 FETCH (UID 1 RFC822.SIZE "big")\r\n%s OK done\r\n',
    "binary": bytes(range(256)) + b"\r\n",
    "another tag": b"ZZZZ1 OK done\r\n",
    "no end": b"* 1 FETCH (UID 1 X " + b"y" * (ANSWER_LIMIT + 1),
    "BYE": b"* BYE shutting down\r\n",
    "nothing at all": b"",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_nonsense_is_a_server_error(answer: bytes) -> None:
    with Scripted({"UID SEARCH": b"* SEARCH 1\r\n%s OK done\r\n", "UID FETCH": answer}) as scripted:
        mailbox = ImapMailbox("mine", scripted.server(timeout=0.3), lambda: "secret")
        with pytest.raises(ServerError):
            list(mailbox.unread("INBOX", None, LONG_AGO).messages)


@pytest.mark.parametrize(
    ("answer", "words"),
    [(HOSTILE["a literal of 2 GB"], "a literal of 2147483647"), (HOSTILE["no end"], "an answer of more than")],
)
def test_what_is_too_much_is_refused_before_it_fills_the_memory(answer: bytes, words: str) -> None:
    with Scripted({"UID SEARCH": b"* SEARCH 1\r\n%s OK done\r\n", "UID FETCH": answer}) as scripted:
        mailbox = ImapMailbox("mine", scripted.server(), lambda: "secret")
        with pytest.raises(ServerError, match=words):
            list(mailbox.unread("INBOX", None, LONG_AGO).messages)


def test_a_goodbye_in_idle_is_told_in_the_words_of_the_server() -> None:
    reading, ringing = os.pipe()
    with Scripted({"IDLE": b"+ idling\r\n* BYE maintenance until noon\r\n"}) as scripted:
        mailbox = ImapMailbox("mine", scripted.server(), lambda: "secret")
        with pytest.raises(ServerError, match="maintenance until noon"):
            mailbox.wait(5, reading)
    os.close(reading)
    os.close(ringing)


@pytest.mark.parametrize(
    "answer",
    [
        b"+ idling\r\n* 6 EXISTS\r\n",
        b"* 6 EXISTS\r\n+ idling\r\n",
        b"* 6 EXISTS\r\n* 1 RECENT\r\n+ idling\r\n* OK Still here\r\n",
    ],
    ids=["in one packet with the consent", "before the consent", "on both sides"],
)
def test_news_around_the_beginning_of_idle_are_heard(answer: bytes) -> None:
    reading, ringing = os.pipe()
    with Scripted({"IDLE": answer}) as scripted:
        mailbox = ImapMailbox("mine", scripted.server(), lambda: "secret")
        start = time.monotonic()
        mailbox.wait(10, reading)
        assert time.monotonic() - start < 2
        mailbox.unread("INBOX", CURSOR, LONG_AGO)
        assert sum("LOGIN" in line for line in scripted.commands) == 1, "the session is still in step"
        mailbox.close()
    os.close(reading)
    os.close(ringing)


@pytest.mark.parametrize(
    "noise",
    [b"* OK Still here\r\n", b"* 5 EXISTS\r\n", b"* 2 FETCH (FLAGS (\\Seen))\r\n", b"* 5 EXPUNGE\r\n* 4 EXISTS\r\n"],
    ids=["a sign of life", "as many as before", "a flag", "one less"],
)
def test_what_is_no_mail_does_not_end_the_wait(noise: bytes) -> None:
    reading, ringing = os.pipe()
    with Scripted({"IDLE": b"+ idling\r\n" + noise}) as scripted:
        mailbox = ImapMailbox("mine", scripted.server(), lambda: "secret")
        mailbox.unread("INBOX", CURSOR, LONG_AGO)
        start = time.monotonic()
        mailbox.wait(0.3, reading)
        assert time.monotonic() - start >= 0.3
        mailbox.close()
    os.close(reading)
    os.close(ringing)


def test_one_that_is_gone_does_not_hide_one_that_came() -> None:
    reading, ringing = os.pipe()
    with Scripted({"IDLE": b"+ idling\r\n* 2 EXPUNGE\r\n* 5 EXISTS\r\n"}) as scripted:
        mailbox = ImapMailbox("mine", scripted.server(), lambda: "secret")
        mailbox.unread("INBOX", CURSOR, LONG_AGO)
        start = time.monotonic()
        mailbox.wait(10, reading)
        assert time.monotonic() - start < 2
        mailbox.close()
    os.close(reading)
    os.close(ringing)


def test_news_after_a_long_silence_are_no_answer_that_took_too_long() -> None:
    """Ten time limits are what any answer may take; IDLE is asked, and answered whenever there is something to say."""
    reading, ringing = os.pipe()
    with Scripted() as scripted, Proxy(scripted.server().port) as proxy:
        server = Server("127.0.0.1", proxy.port, "reader", Tls.NONE, timeout=0.2)
        mailbox = ImapMailbox("mine", server, lambda: "secret")
        threading.Timer(2.5, proxy.say, [b"* 6 EXISTS\r\n"]).start()
        start = time.monotonic()
        mailbox.wait(20, reading)
        assert 2 < time.monotonic() - start < 10
        mailbox.close()
    os.close(reading)
    os.close(ringing)


@pytest.mark.parametrize(
    "answers",
    [
        {"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n%s OK done\r\n"},
        {"IDLE": b"%s NO [CANNOT] not now\r\n"},
        {"IDLE": b"%s BAD what?\r\n"},
    ],
    ids=["no IDLE", "IDLE refused", "IDLE unknown"],
)
def test_without_idle_it_sleeps(answers: dict[str, bytes]) -> None:
    reading, ringing = os.pipe()
    with Scripted(answers) as scripted:
        mailbox = ImapMailbox("mine", scripted.server(), lambda: "secret")
        for rung, low, high in ((False, 0.3, 1.5), (True, 0.0, 0.3)):
            if rung:
                os.write(ringing, b"x")
            start = time.monotonic()
            mailbox.wait(0.3, reading)
            assert low <= time.monotonic() - start < high
        mailbox.close()
        assert sum("LOGIN" in line for line in scripted.commands) == 1
    os.close(reading)
    os.close(ringing)


def test_every_error_is_one_of_ours_whatever_comes_first() -> None:
    for greeting in (b"", b"* BYE full\r\n", b"SSH-2.0-x\r\n", b"\xff" * 40 + b"\r\n", b"* NO\r\n", b"\r\n"):
        with Scripted(greeting=greeting) as scripted:
            mailbox = ImapMailbox("mine", scripted.server(timeout=0.2), lambda: "secret")
            with pytest.raises(TriageError):
                mailbox.unread("INBOX", None, LONG_AGO)


SIGN = b"* OK Still here\r\n"


class Listened:
    """A mailbox that listens, with nothing new, to a server through a network that can speak too."""

    def __init__(self, server: Scripted, proxy: Proxy, folders: tuple[str, ...] = ("INBOX",)) -> None:
        self.proxy = proxy
        self._server = server
        named = Server("127.0.0.1", proxy.port, "reader", Tls.NONE, timeout=2)
        self.mailbox = ImapMailbox("mine", named, lambda: "secret", folders)
        self._reading, self._ringing = os.pipe()
        self._upto = self.mailbox.unread("INBOX", CURSOR, LONG_AGO).upto
        self.waited()

    def waited(self, sign: bytes = b"") -> tuple[list[int], list[str]]:
        """What a wait and the look after it find, and say. The time is over at once, after the server has said this."""
        before = len(self._server.commands)
        if sign:
            self.proxy.say(sign)  # on this machine, it is there when this is over
        if self.mailbox.wait(0, self._reading):
            return [], self._names(before)
        unread = self.mailbox.unread("INBOX", self._upto, LONG_AGO)
        found = [message.cursor.uid for message in unread.messages]
        self._upto = unread.upto
        return found, self._names(before)

    def _names(self, before: int) -> list[str]:
        said = [line.split() for line in self._server.commands[before:]]
        return [words[-1] if words[-1] in ("IDLE", "DONE") else words[1] for words in said]

    def close(self) -> None:
        self.mailbox.close()
        os.close(self._reading)
        os.close(self._ringing)


class Forgetful(Scripted):
    """A server that reads one line, and loses what came in one piece with it."""

    def _spoken(self, connection: socket.socket) -> bool:
        tag = b""
        while data := connection.recv(65536):
            line = data.partition(b"\r\n")[0]
            words = line.split()
            if words != [b"DONE"]:
                tag = words.pop(0)
            self.commands.append(line.decode())
            connection.sendall(self._answer(words[0].decode().upper()).replace(b"%s", tag))
        return False


LOOK = ["DONE", "EXAMINE", "IDLE"]


def test_signs_of_life_save_two_looks_of_three() -> None:
    with Scripted() as server, Proxy(server.server().port) as proxy:
        listened = Listened(server, proxy)
        for _ in range(3):
            assert [listened.waited(SIGN)[1] for _ in range(3)] == [[], [], LOOK]
        assert listened.waited() == ([], LOOK), "who says nothing is looked at"
        listened.close()


def test_a_server_that_does_not_announce_mail_is_looked_at_each_time() -> None:
    """Signs of life are no promise. What one look has found unannounced, the next ones do not wait for."""
    with Numbered() as server, Proxy(server.server().port) as proxy:
        for _ in range(5):
            server.receive(b"A: b\r\n\r\nold")
        listened = Listened(server, proxy)
        server.receive(b"A: b\r\n\r\nnew")
        looks = [listened.waited(SIGN) for _ in range(3)]
        assert [found for found, _ in looks] == [[], [], [6]]
        server.receive(b"A: b\r\n\r\nnewer")
        assert listened.waited(SIGN)[0] == [7]
        for _ in range(3):
            assert listened.waited(SIGN)[1][-3:] == LOOK
        listened.close()


def test_a_folder_that_can_no_longer_be_opened_is_asked_for_again() -> None:
    with Scripted() as server, Proxy(server.server().port) as proxy:
        listened = Listened(server, proxy)
        server.once("EXAMINE", then=b"* 5 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 6] .\r\n%s OK open\r\n")
        server.answer("EXAMINE", b"%s NO [UNAVAILABLE] not now\r\n")
        assert listened.waited() == ([], [*LOOK, "DONE", "EXAMINE"])
        assert listened.waited() == ([], ["IDLE", *LOOK])
        listened.close()


def test_a_server_that_loses_what_follows_a_done_is_asked_step_by_step() -> None:
    """Twice a look costs the connection; then it is known that this one cannot read on."""
    with Forgetful() as server:
        mailbox = ImapMailbox("mine", server.server(timeout=0.2), lambda: "secret")
        reading, ringing = os.pipe()
        failures = 0
        for _ in range(5):
            try:
                mailbox.unread("INBOX", CURSOR, LONG_AGO)
                mailbox.wait(0, reading)
            except ServerError:
                failures += 1
        mailbox.close()
        assert failures == 2
        assert sum("LOGIN" in line for line in server.commands) == 3
        os.close(reading)
        os.close(ringing)


@pytest.mark.parametrize("folders", [("INBOX", "Zwei"), ("INBOX",)])
def test_several_folders_are_opened_one_by_one(folders: tuple[str, ...]) -> None:
    with Scripted() as server, Proxy(server.server().port) as proxy:
        listened = Listened(server, proxy, folders)
        one_by_one = ["IDLE", "DONE", "EXAMINE"]
        assert listened.waited() == ([], one_by_one if len(folders) > 1 else LOOK)
        listened.close()
