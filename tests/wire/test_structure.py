"""What a server says a message is made of, as a tree: by the numbers of RFC 9051, and total."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.wire.structure import Part, read

TEXT = (b"TEXT", b"PLAIN", (b"CHARSET", b"UTF-8"), None, None, b"7BIT", 12, 1, None, None, None)
HTML = (b"text", b"html", None, None, None, b"quoted-printable", 40, 2)
FILE = (b"APPLICATION", b"PDF", (b"NAME", b"A.PDF"), None, None, b"BASE64", 900, None, (b"ATTACHMENT", None), None)
ICS = (b"application", b"octet-stream", None, None, None, b"base64", 9, None, (b"inline", (b"FILENAME", b"A.ics")))


def several(*parts: object, subtype: bytes = b"MIXED") -> tuple[object, ...]:
    """As IMAPClient gives it."""
    return ([*parts], subtype, (b"BOUNDARY", b"b"), None, None)


def bare(*parts: object, subtype: bytes = b"mixed") -> tuple[object, ...]:
    """As it stands in the answer, which is how IMAPClient leaves it within a message within the message."""
    return (*parts, subtype)


def message(inner: object) -> tuple[object, ...]:
    envelope = (None,) * 10
    return (b"MESSAGE", b"RFC822", None, None, None, b"7BIT", 500, envelope, inner, 20, None, None)


def sections(part: Part | None) -> list[tuple[str, str]]:
    """Section and kind of all that is in it."""
    if part is None:
        return []
    return [(part.section, part.kind), *(pair for one in part.parts for pair in sections(one))]


CASES: list[tuple[str, object, list[tuple[str, str]]]] = [
    ("one text", TEXT, [("1", "text/plain")]),
    ("two parts", several(TEXT, FILE), [("", "multipart/mixed"), ("1", "text/plain"), ("2", "application/pdf")]),
    (
        "a multipart within",
        several(several(TEXT, HTML, subtype=b"alternative"), FILE),
        [
            ("", "multipart/mixed"),
            ("1", "multipart/alternative"),
            ("1.1", "text/plain"),
            ("1.2", "text/html"),
            ("2", "application/pdf"),
        ],
    ),
    (
        "a message of one part within",
        several(TEXT, message(TEXT)),
        [("", "multipart/mixed"), ("1", "text/plain"), ("2", "message/rfc822"), ("2.1", "text/plain")],
    ),
    (
        "a message of several parts within",
        several(message(bare(TEXT, bare(HTML, FILE)))),
        [
            ("", "multipart/mixed"),
            ("1", "message/rfc822"),
            ("1", "multipart/mixed"),
            ("1.1", "text/plain"),
            ("1.2", "multipart/mixed"),
            ("1.2.1", "text/html"),
            ("1.2.2", "application/pdf"),
        ],
    ),
    ("a message alone", message(TEXT), [("1", "message/rfc822"), ("1.1", "text/plain")]),
    ("a message nobody looked into", (b"message", b"rfc822", None, None, None, b"7bit", 9), [("1", "message/rfc822")]),
]


@pytest.mark.parametrize(("told", "found"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_parts_are_numbered_as_a_fetch_calls_them(told: object, found: list[tuple[str, str]]) -> None:
    assert sections(read(told)) == found


def test_what_is_told_of_a_part() -> None:
    assert read(TEXT) == Part("1", "text/plain", 12, "7bit", "utf-8")
    assert read(HTML) == Part("1", "text/html", 40, "quoted-printable")
    assert read(FILE) == Part("1", "application/pdf", 900, "base64", attached=True, file="a.pdf")
    assert read(ICS) == Part("1", "application/octet-stream", 9, "base64", file="a.ics")


words = st.sampled_from([b"TEXT", b"message", b"rfc822"])
trees = st.recursive(
    st.one_of(st.none(), st.integers(-1, 10), st.binary(max_size=5), words),
    lambda inner: st.lists(inner, max_size=10).map(tuple) | st.tuples(st.lists(inner, max_size=4), inner),
    max_leaves=30,
)


@given(trees)
def test_anything_else_is_none_or_a_tree(told: Any) -> None:
    found = read(told)
    assert found is None or "/" in found.kind


ODD = [(b"TEXT",), (b"", b"PLAIN", *TEXT[2:]), (None, *TEXT[1:]), (1, 2), [], b"TEXT", 7, several(), several(None)]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_what_cannot_be_a_message_is_none(odd: object) -> None:
    assert read(odd) is None


def test_depth_has_an_end() -> None:
    told: object = TEXT
    for _ in range(10_000):
        told = several(told)
    assert read(told) is None
