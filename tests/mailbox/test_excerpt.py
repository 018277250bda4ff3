"""Large messages: the texts come, wherever they stand, and the attachments stay where they are."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from tests.conftest import Account
from tests.rig.proxy import Proxy
from tests.rig.scripted import Scripted
from triage.core.message import parse
from triage.core.values import Cursor, Message, RawMessage
from triage.errors import ServerError
from triage.mailbox import FetchError, excerpt
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.limits import LARGE, PART
from triage.wire.imap import Session

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
AT = Cursor("mine", "INBOX", 1, 1)
OVERHEAD = 8_000
"""Bytes of signing in, of listing, and of what stands around the sections of one message."""
INVITATION = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261102T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

Build = Callable[[bytes], EmailMessage]
"""A mail with this as its attachment."""


def mail(text: str = "", *, subject: str = "Ihre Bewerbung", html: str = "", charset: str = "utf-8") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Erika Muster <erika@example.org>"
    made["To"] = "reader@example.net"
    made["Subject"] = subject
    made["Message-ID"] = "<one@example.org>"
    made["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    if text:
        made.set_content(text, charset=charset)
    if html:
        made.add_alternative(html, subtype="html") if text else made.set_content(html, subtype="html")
    return made


def attach(made: EmailMessage, content: bytes, file: str = "Brief.pdf", kind: str = "pdf") -> EmailMessage:
    made.add_attachment(content, "application", kind, filename=file)
    return made


def first(made: EmailMessage) -> EmailMessage:
    """With its parts the other way round: an attachment first, the text last."""
    parts = made.get_payload()
    assert isinstance(parts, list)
    parts.reverse()
    return made


def forwarding(inner: EmailMessage, text: str = "Siehe unten.") -> EmailMessage:
    made = mail(text, subject="WG: Ihre Bewerbung")
    made.add_attachment(inner)
    return made


def invited(content: bytes, kind: str) -> EmailMessage:
    made = first(attach(mail("Wir laden Sie ein."), content))
    made.add_attachment(INVITATION.encode(), *kind.split("/"), filename="Termin.ics")
    return made


def inline(content: bytes) -> EmailMessage:
    made = mail("Leider nein.", html="<p>Leider <b>nein</b>. <img src='cid:x'></p>")
    parts = made.get_payload()
    assert isinstance(parts, list)
    html = parts[1]
    assert isinstance(html, EmailMessage)
    html.add_related(content, "image", "png", cid="<x>")
    return made


def noted(content: bytes) -> EmailMessage:
    made = attach(mail("Leider nein."), content)
    made.add_attachment("Das steht in einer Anlage.", filename="notiz.txt")
    return made


def signed(content: bytes) -> EmailMessage:
    made = mail()
    made["Content-Type"] = 'multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256'
    made.attach(first(attach(mail("Leider nein."), content)))
    signature = EmailMessage()
    signature.set_content(b"-----BEGIN PGP SIGNATURE-----", "application", "pgp-signature")
    made.attach(signature)
    return made


def nested(content: bytes, depth: int = 12) -> EmailMessage:
    made = attach(mail("Leider nein."), content)
    for _ in range(depth):
        outer = mail()
        outer["Content-Type"] = "multipart/mixed"
        for name in list(made.keys()):
            if not name.lower().startswith("content-"):
                del made[name]
        outer.attach(made)
        made = outer
    return made


SHAPES: dict[str, Build] = {
    "text, then attachment": lambda content: attach(mail("Leider nein.\r\n" * 20), content),
    "attachment, then text": lambda content: first(attach(mail("Leider nein."), content)),
    "attachment, then both kinds of text": lambda content: first(
        attach(mail("Leider nein.", html="<p>Leider <b>nein</b>, und noch etwas mehr.</p>"), content)
    ),
    "attachment, then HTML": lambda content: first(attach(mail(html="<p>Leider nein.</p>"), content)),
    "an image in the HTML": inline,
    "another charset": lambda content: first(attach(mail("Für Sie: nein.", charset="iso-8859-1"), content)),
    "an invitation": lambda content: invited(content, "text/calendar"),
    "an invitation by its name only": lambda content: invited(content, "application/octet-stream"),
    "a text that is an attachment": noted,
    "nothing but an attachment": lambda content: attach(mail(), content),
    "signed": signed,
    "deep down": nested,
    "forwarded": lambda content: forwarding(first(attach(mail("Leider nein."), content))),
    "forwarded, and a plain one": lambda content: attach(forwarding(mail("Leider nein.")), content),
    "forwarded twice": lambda content: forwarding(forwarding(first(attach(mail("Leider nein."), content)))),
    "a subject of two lines, and a field of none": lambda content: first(
        attach(mail("Leider nein.", subject="Ihre Bewerbung " * 12 + "äöü"), content)
    ),
}


def as_read(data: bytes) -> Message:
    return parse(RawMessage(AT, LONG_AGO, data))


@pytest.fixture
def session(account: Account) -> Iterator[Session]:
    made = Session(account.server(), account.password)
    yield made
    made.close()


@pytest.mark.server
def test_an_excerpt_reads_like_the_whole(account: Account, session: Session) -> None:
    """Also its key, by which the log knows it, is the same."""
    whole = [build(b"%PDF-1.7 " + b"small" * 100).as_bytes() for build in SHAPES.values()]
    account.client.append_all([(data.replace(b"\n", b"\r\n"), None) for data in whole])
    session.examine("INBOX")
    for uid, (name, data) in enumerate(zip(SHAPES, whole, strict=True), 1):
        found = excerpt.fetch(session, uid)
        assert found is not None, name
        assert b"%PDF" not in found, name
        assert b"JVBERi" not in found, f"{name}: the attachment in base64"
        assert b"in einer Anlage" not in found, f"{name}: a text that is an attachment"
        assert as_read(found) == as_read(data), name


def shaped(choice: random.Random, depth: int = 0, size: int = 300) -> EmailMessage:
    """Any shape of mail, with attachments of so many bytes."""
    text = choice.choice(["Leider nein.", "Ä" * 30, "", "eins\nzwei\n"])
    made = mail(text, html=choice.choice(["", "", "<p>Leider <i>nein</i>.</p>" * 9]))
    for number in range(choice.randrange(3)):
        match choice.randrange(4):
            case 0 if depth < 3:
                made.make_mixed() if made.get_content_maintype() != "multipart" else None
                made.add_attachment(shaped(choice, depth + 1, size))
            case 1:
                made.add_attachment(INVITATION.encode(), "text", "calendar", filename=f"{number}.ics")
            case 2:
                made.add_attachment(f"Anlage {number}", filename="anlage.txt")
            case _:
                attach(made, choice.randbytes(size))
    if made.is_multipart() and choice.random() < 0.5:
        first(made)
    return made


@pytest.mark.server
@pytest.mark.parametrize("seed", range(2))
def test_an_excerpt_of_any_shape_reads_like_the_whole(account: Account, session: Session, seed: int) -> None:
    choice = random.Random(seed)
    whole = [shaped(choice).as_bytes().replace(b"\n", b"\r\n") for _ in range(100)]
    account.client.append_all([(data, None) for data in whole])
    session.examine("INBOX")
    excerpts = 0
    for uid, data in enumerate(whole, 1):
        if (found := excerpt.fetch(session, uid)) is not None:
            excerpts += 1
            assert as_read(found) == as_read(data), data.decode()
    assert excerpts > 50


@pytest.mark.server
@pytest.mark.parametrize("name", ["attachment, then text", "forwarded", "an invitation"])
def test_only_the_text_of_a_large_message_crosses_the_network(account: Account, proxy: Proxy, name: str) -> None:
    large = SHAPES[name](b"x" * (3 * LARGE)).as_bytes().replace(b"\n", b"\r\n")
    account.client.append_all([(mail("vorher").as_bytes(), None), (large, None), (mail("nachher").as_bytes(), None)])
    mailbox = ImapMailbox("mine", account.through(proxy), account.password)
    found = [message.data for message in mailbox.unread("INBOX", None, LONG_AGO).messages]
    mailbox.close()
    assert as_read(found[1]) == as_read(SHAPES[name](b"x").as_bytes())
    assert (b"vorher" in found[0], b"nachher" in found[2]) == (True, True)
    assert proxy.received < OVERHEAD


@pytest.mark.server
def test_however_much_text_there_is_256_kb_are_fetched(account: Account, proxy: Proxy) -> None:
    """Of many long texts, the plain one comes first; and a header may be long, too."""
    made = mail("Leider nein. " * 6_000, html="<p>" + "y" * 70 + "</p>\n" * 40_000)
    for number in range(1_000):
        made[f"X-Long-{number}"] = "z" * 70
    for _ in range(30):
        made.add_attachment(INVITATION.encode() * 500, "text", "calendar")
    account.client.append(attach(made, b"x" * LARGE).as_bytes().replace(b"\n", b"\r\n"))
    mailbox = ImapMailbox("mine", account.through(proxy), account.password)
    (found,) = [message.data for message in mailbox.unread("INBOX", None, LONG_AGO).messages]
    mailbox.close()
    assert len(found) <= PART
    assert PART // 2 < proxy.received <= PART + OVERHEAD
    assert as_read(found).text.count("Leider nein.") > 4_000


@pytest.mark.server
def test_a_message_of_very_many_parts_is_asked_for_with_one_short_command(account: Account, proxy: Proxy) -> None:
    """Servers refuse command lines of more than some kB."""
    made = attach(mail("Leider nein."), b"x" * LARGE)
    for number in range(300):
        made.attach(mail(f"Teil {number}"))
    account.client.append(made.as_bytes().replace(b"\n", b"\r\n"))
    mailbox = ImapMailbox("mine", account.through(proxy), account.password)
    (found,) = [message.data for message in mailbox.unread("INBOX", None, LONG_AGO).messages]
    mailbox.close()
    assert as_read(found).text.startswith("Leider nein.")
    assert max(map(len, proxy.commands.lines)) < 4_000


CHILD = r"""
import re, sys
from datetime import UTC, datetime
from pathlib import Path
from triage.mailbox.imap import ImapMailbox
from triage.wire import Server, Tls

server = Server("127.0.0.1", int(sys.argv[1]), sys.argv[2], Tls.NONE, timeout=60)
mailbox = ImapMailbox("mine", server, lambda: sys.argv[3])
(found,) = list(mailbox.unread("INBOX", None, datetime(2026, 1, 1, tzinfo=UTC)).messages)
peak = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
print(len(found.data), b"Leider nein" in found.data, int(peak[1]) * 1024)
"""


def read_in_a_child(account: Account, port: int, size: int) -> tuple[int, bool, int]:
    """Put a mail with an attachment of `size` bytes into the account and read it: bytes, was the text there, memory."""
    path = account.dovecot.root / f"{account.user}.eml"  # where Dovecot may read
    before, _, after = first(attach(mail("Leider nein."), b"%")).as_bytes().partition(b"\n\nJQ==\n")
    with path.open("wb") as file:
        file.write(before + b"\n\n")
        for _ in range(size // 760_000):
            file.write((b"A" * 75 + b"\n") * 10_000)
        file.write(after)
    account.dovecot.admin("save", "-u", account.user, str(path))
    path.unlink()
    command = [sys.executable, "-c", CHILD, str(port), account.user, account.password()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    length, found, memory = done.stdout.split()
    return int(length), found == "True", int(memory)


@pytest.mark.server
def test_a_huge_message_takes_no_memory(account: Account, proxy: Proxy) -> None:
    """Of 40 MB; `./run.sh torture` has one of 200 MB."""
    length, found, memory = read_in_a_child(account, proxy.port, 40 * 1024 * 1024)
    assert found
    assert length < OVERHEAD
    assert proxy.received < OVERHEAD
    assert memory < 60 * 1024 * 1024


# Servers that cannot tell what a message is made of.

OK = b"%s OK done\r\n"
LISTED = b'* 1 FETCH (UID 4 RFC822.SIZE 5000000 INTERNALDATE "02-Nov-2026 10:00:00 +0100")\r\n' + OK
HEADER = b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
TEXT_PART = b'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 12 1 NIL NIL NIL)'
FILE_PART = b'("APPLICATION" "PDF" NIL NIL NIL "BASE64" 4900000 NIL ("ATTACHMENT" NIL) NIL)'
SOUND = b"(" + FILE_PART + TEXT_PART + b' "MIXED" ("BOUNDARY" "b") NIL NIL)'
BEGINNING = HEADER + b"--b\r\n\r\nvom Anfang"


def literal(data: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(data), data)


def told(*items: bytes) -> bytes:
    return b"* 1 FETCH (UID 4 " + b" ".join(items) + b")\r\n" + OK


def outline(structure: bytes) -> bytes:
    return told(b"BODYSTRUCTURE " + structure, b"BODY[HEADER]<0> " + literal(HEADER))


SECTIONS = told(b"BODY[2.MIME]<0> " + literal(b"\r\n"), b"BODY[2]<0> " + literal(b"Leider nein."))
WHOLE = told(b"BODY[]<0> " + literal(BEGINNING))


class Telling(Scripted):
    """Answers each FETCH by what it asks for."""

    def __init__(self, structure: bytes, sections: bytes, beginning: bytes = WHOLE) -> None:
        super().__init__({"UID SEARCH": b"* SEARCH 4\r\n" + OK})
        self._fetches = (
            (r"RFC822\.SIZE", LISTED),
            (r"BODYSTRUCTURE", structure),
            (r"\.MIME\]", sections),
            (r"PEEK\[\]", beginning),
        )

    def _answer(self, name: str) -> bytes:
        asked = self.commands[-1]
        fetch = (answer for pattern, answer in self._fetches if re.search(pattern, asked))
        return next(fetch, LISTED) if name == "UID FETCH" else super()._answer(name)


def found_by(scripted: Scripted) -> list[bytes]:
    with scripted:
        mailbox = ImapMailbox("mine", scripted.server(timeout=0.5), lambda: "secret")
        found = [message.data for message in mailbox.unread("INBOX", None, LONG_AGO).messages]
        mailbox.close()
    assert sum("LOGIN" in line for line in scripted.commands) == 1, "the session is still in step"
    return found


@pytest.mark.parametrize(
    "sections",
    [
        SECTIONS,
        SECTIONS.replace(b"<0>", b""),
        b"* 9 EXISTS\r\n* 1 FETCH (UID 4 FLAGS (\\Seen))\r\n" + SECTIONS,
        b"* 1 FETCH (UID 4 BODY[2.MIME]<0> {2}\r\n\r\n)\r\n* 1 FETCH (UID 4 BODY[2]<0> {12}\r\nLeider nein.)\r\n" + OK,
        told(b"BODY[2.MIME]<0> " + literal(b"\r\n"), b'BODY[2]<0> "Leider nein."'),
    ],
    ids=["as it should", "without the offset", "with news before it", "one by one", "as a string"],
)
def test_a_server_that_knows_its_structure(sections: bytes) -> None:
    (found,) = found_by(Telling(outline(SOUND), sections))
    assert as_read(found).text == "Leider nein."
    assert as_read(found).sender.address == "a@example.org"


DEEP = b"(" * 200 + TEXT_PART + b' "MIXED")' * 200
ODD_STRUCTURES = {
    "refused": b"%s NO [CANNOT] no structure\r\n",
    "unknown": b"%s BAD what is that?\r\n",
    "left out": told(b"BODY[HEADER]<0> " + literal(HEADER)),
    "NIL": outline(b"NIL"),
    "empty": outline(b"()"),
    "a number": outline(b"7"),
    "a word": outline(b'"MIXED"'),
    "cut short": outline(b"(" + FILE_PART + b")"),
    "unbalanced": outline(b"((("),
    "of numbers": outline(b"(1 2 3 4 5 6 7 8)"),
    "of nothing": outline(b"(NIL NIL NIL NIL NIL NIL NIL NIL)"),
    "deep": outline(DEEP),
    "far too deep": outline(b"(" * 5000 + b")" * 5000),
    "a single text": outline(TEXT_PART),
    "one mail alone": outline(b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 9 NIL NIL 3)'),
    "without the header": told(b"BODYSTRUCTURE " + SOUND),
    "with a header of NIL": told(b"BODYSTRUCTURE " + SOUND, b"BODY[HEADER]<0> NIL"),
}
ODD_SECTIONS = {
    "refused": b"%s NO [CANNOT] no such section\r\n",
    "NIL": told(b"BODY[2.MIME]<0> NIL", b"BODY[2]<0> NIL"),
    "without its header": told(b"BODY[2]<0> " + literal(b"Leider nein.")),
    "another one": told(b"BODY[1.MIME]<0> " + literal(b"\r\n"), b"BODY[1]<0> " + literal(b"PDF")),
    "left out": OK,
    "of another message": SECTIONS.replace(b"UID 4", b"UID 5"),
}


@pytest.mark.parametrize(
    ("structure", "sections"),
    [*((odd, SECTIONS) for odd in ODD_STRUCTURES.values()), *((outline(SOUND), odd) for odd in ODD_SECTIONS.values())],
    ids=[*(f"structure {name}" for name in ODD_STRUCTURES), *(f"sections {name}" for name in ODD_SECTIONS)],
)
def test_otherwise_the_beginning_of_the_message_is_read(structure: bytes, sections: bytes) -> None:
    assert found_by(Telling(structure, sections)) == [BEGINNING]


def test_a_structure_of_files_alone_costs_no_more_than_the_header() -> None:
    only_files = b"(" + FILE_PART * 3 + b' "MIXED")'
    scripted = Telling(outline(only_files), SECTIONS)
    (found,) = found_by(scripted)
    assert as_read(found).sender.address == "a@example.org"
    assert as_read(found).text == ""
    assert sum("FETCH" in line for line in scripted.commands) == 2


def test_a_message_deleted_in_between_is_passed_over() -> None:
    assert found_by(Telling(OK, OK, OK)) == []


@pytest.mark.parametrize(
    "answer", [b"%s NO [UNAVAILABLE] later\r\n", b"* BYE\r\n", b"", b"* 1 FETCH (UID 4 {99999999999}\r\n"]
)
@pytest.mark.parametrize("at", ["structure", "sections"])
def test_what_the_session_does_not_survive_is_an_error(answer: bytes, at: str) -> None:
    scripted = Telling(answer, SECTIONS) if at == "structure" else Telling(outline(SOUND), answer)
    with pytest.raises(ServerError):
        found_by(scripted)


def test_a_message_that_always_ends_the_session_is_read_from_its_beginning_in_the_end() -> None:
    """Such as one of twenty thousand parts, which take more words to tell than any answer may have."""
    with Telling(b"* BYE too much\r\n", SECTIONS) as scripted:
        mailbox = ImapMailbox("mine", scripted.server(timeout=0.5), lambda: "secret")
        for _ in range(3):
            with pytest.raises(FetchError):
                list(mailbox.unread("INBOX", None, LONG_AGO).messages)
        found = [message.data for message in mailbox.unread("INBOX", None, LONG_AGO).messages]
        mailbox.close()
    assert found == [BEGINNING]
