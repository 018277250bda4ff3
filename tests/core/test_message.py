"""Bytes to a Message: what is read, what is refused, and that every byte string is a message."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.core.message import (
    ENOUGH,
    MAX_BYTES,
    MAX_RECIPIENTS,
    MAX_REFERENCES,
    MAX_SUBJECT,
    MAX_TEXT,
    parse,
    plain_suffices,
)
from triage.core.values import Address, Cursor, Message, RawMessage

CORPUS = Path(__file__).parents[1] / "corpus" / "mime"
RECEIVED = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


def read(data: bytes, folder: str = "INBOX", uid: int = 1, received: datetime = RECEIVED) -> Message:
    return parse(RawMessage(Cursor("home", folder, 1, uid), received, data))


def mail(*headers: str, body: str = "hello") -> bytes:
    return ("\r\n".join(headers) + "\r\n\r\n" + body.replace("\n", "\r\n")).encode()


@dataclass(frozen=True)
class Expected:
    """What a broken mail should come to; a defect is given by its first words."""

    text: str = "hello"
    quoted: str = ""
    subject: str | None = None
    sender: str | None = None
    name: str | None = None
    defect: str = ""


BROKEN = {
    "accents": Expected(text="hello a" + "\u0301\u0316" * 4, defect="endless accents"),
    "attached-mail": Expected(text="see below", quoted="forwarded words"),
    "attached-mail-base64": Expected(text="see below", quoted="forwarded words"),
    "attachment-text": Expected(),
    "boundary-and-word": Expected(),
    "calendar": Expected(text="see you"),
    "charset-lies": Expected(text="Leider m\u00fcssen wir absagen.", defect="text is not in the charset"),
    "charset-nul": Expected(text="\u00e3", defect="text is not in the charset"),
    "charset-quadratic": Expected(text="We regret to say no."),
    "charset-unknown": Expected(text="We regret to say no.", defect="text is not in the charset"),
    "cut-base64": Expected(text="We regret to say n", defect="invalid base64"),
    "deep-brackets": Expected(sender=""),
    "flowed": Expected(
        text="Dear Ann, we are sorry to say no.\nFrom here on, good luck.\n-- \nBo", quoted="> old words"
    ),
    "flowed-delsp": Expected(text="unfortunately"),
    "from-broken": Expected(sender="bo@acme.example", name="Bo Berg"),
    "from-nothing": Expected(sender=""),
    "from-poses": Expected(sender="eve@evil.example", name="hr@corp.example"),
    "from-word-in-quotes": Expected(sender="bo@acme.example", name="M\u00fcller, Bo"),
    "half-word-in-type": Expected(),
    "header-endless": Expected(defect="header longer"),
    "html-called-plain": Expected(text="Dear Ann,\n\nno."),
    "html-only": Expected(text="Gr\u00fc\u00dfe,\nBo"),
    "id-in-brackets": Expected(),
    "mbox-line": Expected(sender="bo@acme.example", subject="Your application"),
    "message-without-body": Expected(text="Content-Type:multipart/;boundary"),
    "multipart-inner-broken": Expected(defect="a multipart without its parts"),
    "named-body": Expected(),
    "nested-200": Expected(defect="too many nested parts"),
    "no-boundary": Expected(defect="a multipart without its parts"),
    "no-charset-latin1": Expected(
        text="Leider m\u00fcssen wir absagen. Gr\u00fc\u00dfe", defect="text is not in the charset"
    ),
    "no-closing-boundary": Expected(defect="close boundary not found"),
    "no-empty-line": Expected(text="hello there, this is no header\nSubject: late", subject=""),
    "no-header": Expected(defect="no header"),
    "params-3000": Expected(),
    "parts-1000": Expected(text="\n\n".join(["hello"] * 20), defect="too many parts"),
    "plain-first": Expected(text="Dear Ann, we are sorry."),
    "quoted-semicolons": Expected(sender="bo@acme.example"),
    "stub": Expected(
        text="Dear Ann,\n\nunfortunately we have chosen another candidate for this role, and we wish you well."
    ),
    "subject-injects": Expected(subject="No Bcc: evil@x.example"),
    "subject-nul-word": Expected(sender="bo@acme.example"),
    "subject-overrides": Expected(subject="exe.time"),
    "subject-split-character": Expected(subject="Gr\u00fc\u00dfe"),
    "to-half-word": Expected(sender="bo@acme.example"),
    "two-boundaries": Expected(text="hello\n--two--", defect="close boundary not found"),
    "two-from": Expected(sender="bo@acme.example", name="Bo", defect="several From"),
    "wrong-boundary": Expected(text="--r\nContent-Type: text/plain\n\nhello\n--r--", defect="a multipart without"),
}


def test_every_broken_mail_has_its_expectation() -> None:
    assert {path.stem for path in CORPUS.glob("*.eml")} == set(BROKEN)


@pytest.mark.parametrize(("name", "expected"), BROKEN.items(), ids=BROKEN.keys())
def test_a_broken_mail_still_says_what_it_says(name: str, expected: Expected) -> None:
    message = read((CORPUS / f"{name}.eml").read_bytes())
    assert (message.text, message.quoted) == (expected.text, expected.quoted)
    assert expected.subject is None or message.subject == expected.subject
    assert expected.sender is None or message.sender.address == expected.sender
    assert expected.name is None or message.sender.name == expected.name
    assert any(defect.startswith(expected.defect) for defect in message.defects) or not expected.defect


@pytest.mark.parametrize("name", BROKEN)
def test_nothing_of_a_mail_is_logged(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    read((CORPUS / f"{name}.eml").read_bytes())
    assert caplog.records == []


def test_what_a_sound_mail_comes_to() -> None:
    message = read(
        mail(
            "From: =?utf-8?q?M=C3=BCller=2C_Bo?= <Bo@ACME.example>",
            "To: Ann <ann@example.org>, cy@example.org",
            "Cc: Di <di@example.org>",
            "Reply-To: jobs@acme.example",
            "Subject: =?utf-8?q?Ihre?= =?utf-8?q?_Bewerbung?=",
            "Message-ID: <1@acme.example>",
            "In-Reply-To: <0@example.org>",
            "References: <x@example.org>",
            " <0@example.org>",
            "X-Triage-Letter: 7",
            body="No, sorry.\n\nOn 3 Mar 2025, at 10:00, Ann wrote:\n> please",
        )
    )
    assert message == Message(
        key=message.key,
        message_id="<1@acme.example>",
        received=RECEIVED,
        sender=Address("M\u00fcller, Bo", "bo@acme.example"),
        recipients=(
            Address("Ann", "ann@example.org"),
            Address("", "cy@example.org"),
            Address("Di", "di@example.org"),
        ),
        subject="Ihre Bewerbung",
        text="No, sorry.",
        quoted="On 3 Mar 2025, at 10:00, Ann wrote:\n> please",
        in_reply_to="<0@example.org>",
        references=("<x@example.org>", "<0@example.org>"),
        reply_to=Address("", "jobs@acme.example"),
        letter_mark="7",
        sole_sender=True,
    )


@pytest.mark.parametrize(
    ("header", "bulk"),
    [
        ("List-Unsubscribe: <mailto:x@acme.example>", True),
        ("List-Id: <x.acme.example>", True),
        ("Precedence: Bulk", True),
        ("Precedence: first-class", False),
        ("Auto-Submitted: auto-generated", False),
    ],
)
def test_bulk_mail_is_marked(header: str, bulk: bool) -> None:
    assert read(mail("From: a@b.example", header)).bulk is bulk


@pytest.mark.parametrize(
    ("subject", "forwarded"),
    [
        ("Fwd: no", True),
        ("FW: no", True),
        ("WG: Absage", True),
        ("TR : non", True),
        ("RV: no", True),
        ("I: no", True),
        ("Re: no", False),
        ("Re: Fwd: no", False),
        ("Forward planning", False),
        ("I am sorry", False),
    ],
)
def test_forwarded_mail_is_known_by_its_subject(subject: str, forwarded: bool) -> None:
    assert read(mail("From: a@b.example", f"Subject: {subject}")).forwarded is forwarded


def test_a_mail_that_only_hands_on_another_has_no_text_of_its_own() -> None:
    message = read(mail("From: a@b.example", body="---------- Forwarded message ---------\nFrom: c@d.example\n\nno"))
    assert (message.text, message.forwarded) == ("", True)
    assert message.quoted.endswith("no")


@pytest.mark.parametrize("name", ["attached-mail", "attached-mail-base64"])
def test_an_attached_mail_is_forwarded(name: str) -> None:
    assert read((CORPUS / f"{name}.eml").read_bytes()).forwarded


def test_a_calendar_part_is_noticed() -> None:
    assert read((CORPUS / "calendar.eml").read_bytes()).calendar
    assert read(mail("Content-Type: text/calendar")).calendar
    assert not read(mail("From: a@b.example")).calendar


SOUND = mail(
    "Received: from x by y; Mon, 3 Mar 2025 10:00:00 +0100",
    "From: Bo <bo@acme.example>",
    "To: ann@example.org",
    "Subject: Your application",
    "Message-ID: <1@acme.example>",
    "Date: Mon, 3 Mar 2025 10:00:00 +0100",
    body="No, sorry.\n\nBo",
)


def test_the_same_mail_elsewhere_has_the_same_key() -> None:
    there = read(SOUND, folder="Archive", uid=99, received=datetime(2026, 1, 1, tzinfo=UTC))
    assert there.key == read(SOUND).key
    assert read(b"Received: by z\r\nX-Spam: no\r\n" + SOUND).key == read(SOUND).key
    assert read(SOUND.replace(b"\r\n", b"\n")).key == read(SOUND).key
    assert read(SOUND + b"\r\n\r\n").key == read(SOUND).key


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<1@acme", b"<2@acme"),
        (b"bo@acme.example>", b"di@acme.example>"),
        (b"Date: Mon, 3", b"Date: Mon, 4"),
        (b"Your application", b"Another application"),
        (b"No, sorry.", b"Yes, please."),
        (b"\r\n\r\nBo", b"\r\n> quoted"),
    ],
)
def test_another_mail_has_another_key(old: bytes, new: bytes) -> None:
    assert read(SOUND.replace(old, new)).key != read(SOUND).key


def test_a_key_is_sixty_four_hex_digits_and_never_moves() -> None:
    assert read(SOUND).key == "891e8fc7591d26d97763b2ba177d2d0d9c52df4940ab02bd0da9c9336334bc66"


def test_long_values_are_cut() -> None:
    message = read(
        mail(
            "Subject: " + "s" * 5000,
            *["To: " + ", ".join(f"a{number}@b.example" for number in range(90))] * 4,
            "References: " + " ".join(f"<{number}@b>" for number in range(200)),
            body="word " * 50_000 + "\n> old" * 50_000,
        )
    )
    assert len(message.subject) == MAX_SUBJECT
    assert len(message.recipients) == MAX_RECIPIENTS
    assert len(message.references) == MAX_REFERENCES
    assert message.references[-1] == "<199@b>"
    assert len(message.text) <= MAX_TEXT
    assert len(message.quoted) <= MAX_TEXT


def test_only_the_first_part_of_a_huge_mail_is_read() -> None:
    message = read(mail("From: a@b.example", body="hello") + b"x" * (2 * MAX_BYTES))
    assert "longer than is read" in message.defects
    assert message.text.startswith("hello")


def assert_sound(message: Message) -> None:
    """What holds for every message, whatever it was made of."""
    names = (message.sender, message.reply_to, *message.recipients)
    values = (message.subject, message.message_id, message.in_reply_to, message.letter_mark, *message.references)
    for value in (*values, *(address.name for address in names), *(address.address for address in names)):
        assert value == " ".join(value.split())
        assert not any(char in value for char in "\x00\x1b\u202e\u200b\u2066")
    assert all(address.address == address.address.lower() for address in names)
    assert len(message.key) == 64
    f"{message}".encode()


@given(st.binary())
def test_every_byte_string_is_a_message(data: bytes) -> None:
    assert_sound(read(data))


FIELDS = st.sampled_from(
    [b"From", b"To", b"Subject", b"Content-Type", b"Content-Transfer-Encoding", b"Message-ID", b"References", b" "]
)
VALUES = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(
        [
            b"multipart/mixed; boundary=q",
            b"message/rfc822",
            b"text/html; charset=utf-16",
            b"text/plain; format=flowed; charset=utf-7",
            b"base64",
            b"quoted-printable",
            b"=?utf-8?b?w?= =?x?q?=0A?=",
            b'"a\\" <b@c>, ((x) d@e; f:;',
        ]
    ),
)
LINES = st.one_of(st.binary(max_size=60), st.sampled_from([b"--q", b"--q--", b"", b"From: a", b"> x", b"PHA+eA=="]))


@given(st.lists(st.tuples(FIELDS, VALUES), max_size=8), st.lists(LINES, max_size=12))
def test_everything_shaped_like_a_mail_is_a_message(fields: list[tuple[bytes, bytes]], lines: list[bytes]) -> None:
    head = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    assert_sound(read(head + b"\r\n" + b"\r\n".join(lines)))


SEEDS = [path.read_bytes()[:4000] for path in sorted(CORPUS.glob("*.eml"))]


@settings(max_examples=300)
@given(st.sampled_from(SEEDS), st.integers(min_value=0, max_value=2**32))
def test_every_mutated_mail_is_a_message(seed: bytes, chance: int) -> None:
    dice = random.Random(chance)
    data = bytearray(seed)
    for _ in range(dice.randrange(1, 8)):
        at = dice.randrange(len(data) + 1)
        data[at : at + dice.choice((0, 1, 1, 20))] = dice.choice(
            (b"", b"\x00", b"\xff", b"\r\n", b"--", b"=?", b";", bytes(data[:at][-60:]), bytes([dice.randrange(256)]))
        )
    assert_sound(read(bytes(data[: dice.choice((len(data), at))])))


def deep(kind: str, levels: int) -> bytes:
    return "".join(f"Content-Type: {kind}; boundary=b{n}\n\n--b{n}\n" for n in range(levels)).encode() + b"\nhello"


ONE = b"From: a@b.example\n\n"
BOMBS = {
    "a thousand levels": deep("multipart/mixed", 1000),
    "as many levels as are read, and as many lines": deep("multipart/mixed", 39) + b"\n" * 50_000,
    "mails in mails": b"Content-Type: message/rfc822\n\n" * 20_000,
    "twenty thousand parts": b"Content-Type: multipart/mixed; boundary=q\n\n" + b"--q\n\nx\n" * 20_000,
    "parameters": b"Content-Type: text/plain" + b";\n a*1=x" * 20_000 + b"\n\nhello",
    "semicolons in a part": deep("multipart/mixed", 1) + b'\nContent-Type: a/b; c="' + b";" * 900_000,
    "fields": b"".join(b"X-%d: y\n" % n for n in range(100_000)) + b"\nhello",
    "continuations": b"Subject: a\n" + b" b\n" * 300_000,
    "brackets": (b"To: " + b"(" * 15_000 + b"\n") * 6 + b"\nhello",
    "addresses": b"To: " + b"a@b.example," * 80_000 + b"\n\nhello",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 70_000 + b"\n\nhello",
    "accents": ONE + b"a" + "\u0301\u0316".encode() * 250_000,
    "accents in a field": b"Subject: " + "\u0301\u0316".encode() * 20_000 + b"\n\nhello",
    "accents as entities": b"Content-Type: text/html\n\n" + b"&#x301;&#x316;" * 60_000,
    "a codec that takes long": b"Content-Type: text/plain; charset=punycode\n\nabc-" + b"z9" * 500_000,
    "one line": ONE + b"a" * (2 * MAX_BYTES),
    "only lines": ONE + b"\r" * (2 * MAX_BYTES),
    "quotes": ONE + b"> " * 500_000,
    "attributions": ONE + b"On 3 wrote:\n" * 90_000,
    "soft breaks": b"Content-Type: text/plain; format=flowed\n\n" + b">a \n" * 49_000,
    "open tags": b"Content-Type: text/html\n\n" + b"<table><tr><td>" * 60_000,
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_a_message_like_any_other(data: bytes) -> None:
    message = read(data)
    assert len(message.text) <= MAX_TEXT
    assert len(message.quoted) <= MAX_TEXT
    assert_sound(message)


def _parts(*parts: tuple[str, str]) -> bytes:
    """A mail of parts, each with its kind and its text."""
    told = "".join(f"--x\n{kind and f'Content-Type: {kind}; charset=utf-8'}\n\n{text}\n" for kind, text in parts)
    return f"From: a@b.example\nContent-Type: multipart/alternative; boundary=x\n\n{told}--x--\n".encode()


@pytest.mark.parametrize("length", [0, 1, ENOUGH - 1, ENOUGH, 5 * ENOUGH])
@pytest.mark.parametrize("letter", ["a", "é", "€"])
def test_the_page_is_looked_at_where_the_plain_text_does_not_suffice(length: int, letter: str) -> None:
    plain, page = ("text/plain", letter * length), ("text/html", f"<p>{'The page says more. ' * 1_000}</p>")
    suffices = length >= ENOUGH
    assert plain_suffices(_parts(plain)) is suffices
    assert plain_suffices(mail("Subject: x", body=letter * length)) is suffices
    assert ("The page" in read(_parts(plain, page)).text) is not suffices
    if suffices:
        assert read(_parts(plain)) == read(_parts(plain, page))


def test_an_attached_mail_needs_plain_text_enough_of_its_own() -> None:
    own = ("text/plain", "a" * ENOUGH)
    for length in (ENOUGH - 1, ENOUGH):
        attached = ("message/rfc822", f"Subject: y\n\n{'b' * length}")
        assert plain_suffices(_parts(own, attached)) is (length >= ENOUGH)


@given(st.binary() | st.binary().map(lambda data: b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" + data))
def test_of_any_bytes_it_is_known_whether_they_suffice(data: bytes) -> None:
    assert plain_suffices(data) in (True, False)


@given(st.text(st.sampled_from("ab \n\t\u00a0\u2003é"), min_size=300, max_size=900))
def test_white_space_makes_no_other_mail(text: str) -> None:
    one, other = mail("Subject: x", body=text), mail("Subject: x", body="\n".join(text.split()))
    assert read(one).key == read(other).key
