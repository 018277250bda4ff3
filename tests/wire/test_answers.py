"""Answers to FETCH: the quick reader says what IMAPClient says, of sound ones and of spoilt ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from imapclient.response_types import BodyData

from tests.conftest import Account
from tests.mailbox.test_excerpt import SHAPES
from triage.wire import answers, structure
from triage.wire.imap import Session

NAMES = (b"UID", b"RFC822.SIZE", b"FLAGS", b"BODY[]<0>", b"BODY[1.MIME]", b"BODY[HEADER.FIELDS (TO)]", b"X-GM-MSGID")

atoms = st.sampled_from(
    [b"NIL", b"nil", b"0", b"7", b"007", b"12345678901234567890", b"\\Seen", b"a+b", b"7bit", b"{x"]
)
quoted = st.sampled_from(
    [b"", b"TEXT", b"a b", b"(", b"a)b", b"NIL", b"12", b'a\\"b', b"a\\\\b", b"\xfc", b"[", b"{3}"]
).map(lambda words: b'"' + words + b'"')


@st.composite
def values(draw: st.DrawFn, depth: int = 0) -> list[bytes]:
    """A value as it stands on the line: lines, and literals between them."""
    match draw(st.integers(0, 3 if depth < 4 else 2)):
        case 0:
            return [draw(atoms)]
        case 1:
            return [draw(quoted)]
        case 2:
            literal = draw(st.sampled_from([b"", b"x", b"a\r\n)\r\n", b"* 1 FETCH (UID 9)\r\n", b'"']))
            return [b"{%d}\r\n" % len(literal), literal, b""]
        case _:
            space = draw(st.sampled_from([b" ", b" ", b" ", b"  ", b""]))
            return bracketed([draw(values(depth + 1)) for _ in range(draw(st.integers(0, 3)))], space)


def bracketed(inner: list[list[bytes]], space: bytes = b" ") -> list[bytes]:
    pieces = [b"("]
    for number, (first, *rest) in enumerate(inner):
        pieces[-1] += (space if number else b"") + first
        pieces += rest
    pieces[-1] += b")"
    return pieces


@st.composite
def fetches(draw: st.DrawFn) -> list[bytes]:
    items: list[list[bytes]] = []
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4)):
        items += [[name], draw(values())]
    first, *rest = bracketed(items)
    pieces = [b"* 12 FETCH " + first, *rest]
    pieces[-1] += b"\r\n"
    return pieces


def by(read: object, pieces: answers.Pieces) -> object:
    """What comes of it; None where it cannot be read."""
    assert callable(read)
    try:
        return read(pieces)
    except answers.UNREADABLE:
        return None


@given(fetches())
def test_the_quick_reader_says_what_imapclient_says(pieces: list[bytes]) -> None:
    assert by(answers.read, pieces) == by(answers.by_library, pieces)


@given(
    fetches(),
    st.integers(0, 200),
    st.sampled_from([b"", b'"', b"(", b")", b"{", b"\\", b"[", b"\x00", b"%", b" ", b"\t"]),
)
@example([b'* 12 FETCH (UID "")\r\n'], 3, b"")
@example([b"* 1 FETCH (UID 1 X " + b"(" * 100 + b")" * 100 + b")\r\n"], 0, b"*")
def test_and_of_spoilt_ones_too(pieces: list[bytes], at: int, noise: bytes) -> None:
    line = pieces[0].removesuffix(b"\r\n")
    place = len(b"* 12 FETCH (") + at
    spoilt = [line[:place] + noise + line[place + 1 :] + b"\r\n" * pieces[0].endswith(b"\r\n"), *pieces[1:]]
    assert by(answers.read, spoilt) == by(answers.by_library, spoilt)


def test_too_many_words_are_not_taken_apart() -> None:
    with pytest.raises(answers.UNREADABLE):
        answers.read([b"* 1 FETCH (UID 1 X (" + b"a " * (answers.MOST_WORDS // 2) + b"))\r\n"])


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        (b"02-Nov-2026 10:00:00 +0100", datetime(2026, 11, 2, 9, tzinfo=UTC)),
        (b" 2-Nov-2026 10:00:00 -0830", datetime(2026, 11, 2, 18, 30, tzinfo=UTC)),
        (b"2-Nov-2026 10:00:00 +0000", datetime(2026, 11, 2, 10, tzinfo=UTC)),
        (b"Mon, 02 Nov 2026 10:00:00 +0100", datetime(2026, 11, 2, 9, tzinfo=UTC)),
        (b"31-Dec-9999 23:00:00 -2300", None),
        (b"99-Foo-2026 10:00:00 +0100", None),
        (b"31-Feb-2026 10:00:00 +0100", None),
        (b"", None),
        (None, None),
        (7, None),
    ],
)
def test_dates(told: object, moment: datetime | None) -> None:
    assert answers.moment(told) == moment


@pytest.mark.server
def test_what_a_real_server_says(account: Account) -> None:
    """And an entry is read as the tree that IMAPClient makes of it."""
    account.client.append_all([(build(b"x" * 50).as_bytes(), None) for build in SHAPES.values()])
    session = Session(account.server(), account.password)
    session.examine("INBOX")
    seen: list[answers.Pieces] = []
    for items in ("(RFC822.SIZE INTERNALDATE BODYSTRUCTURE)", "(FLAGS ENVELOPE BODY.PEEK[HEADER]<0.99> BODY.PEEK[])"):
        seen += said(session, items)
    session.close()
    assert len(seen) == 2 * len(SHAPES)
    for pieces in seen:
        quick, slow = dict(answers.read(pieces)), dict(answers.by_library(pieces))
        told = quick.get(b"BODYSTRUCTURE")
        if isinstance(told, answers.Unread):
            quick[b"BODYSTRUCTURE"] = told.read()
            assert structure.read(told.read()) == structure.read(BodyData.create(slow[b"BODYSTRUCTURE"]))
        assert quick == slow


def said(session: Session, items: str) -> list[answers.Pieces]:
    """The answers to one FETCH, as they came."""
    stream = session._client.stream
    tag = stream.ask("UID", "FETCH", "1:*", items)
    found = []
    while not stream.ended(tag):
        if (pieces := stream.hear()) is not None:
            found.append(pieces)
    return found
