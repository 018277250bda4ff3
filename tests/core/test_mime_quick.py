"""Common mails are read without the mail library: to the same result, wherever that is done at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.mails import Writer
from triage.core.headers import split_header
from triage.core.mime import described, read_by_library
from triage.core.mime_fallback import Content
from triage.core.mime_quick import read_common
from triage.demo import sample

CORPUS = sorted((Path(__file__).parents[1] / "corpus").rglob("*.eml"))
MIX = list(Writer(7).mails(60))


def both(data: bytes) -> tuple[Content, Content] | None:
    """What the two make of a mail; None where it is left to the library."""
    fields, body = split_header(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    quick = read_common(*described(fields), body)
    return None if quick is None else (quick, read_by_library(fields, body))


def agree(data: bytes) -> bool:
    """They do, or the library alone reads it."""
    found = both(data)
    return found is None or found[0] == found[1]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_odd_mails_are_read_alike(path: Path) -> None:
    assert agree(path.read_bytes())


def test_the_mails_of_the_demo_are_read_alike() -> None:
    assert all(agree(arrival.data) for arrival in sample().arrivals)


@pytest.mark.parametrize("number", range(len(MIX)))
def test_everyday_mails_are_read_without_the_library_and_alike(number: int) -> None:
    found = both(MIX[number])
    assert found is not None
    assert found[0] == found[1]
    assert found[0].plain or found[0].html


KINDS = st.sampled_from(
    [
        b"text/plain", b"text/html", b"Text/Plain; charset=UTF-8", b'text/html; charset="iso-8859-1"', b"text/csv",
        b"text/plain; charset=us-ascii; format=flowed; delsp=yes", b"text/plain; charset=utf-16", b"text/calendar",
        b'text/plain; name="a.txt"', b"multipart/alternative; boundary=in", b'multipart/related;\n boundary="in"',
        b"multipart/digest; boundary=in", b"application/pdf; name=a.pdf", b"application/octet-stream; name=a.ics",
        b"application/pdf/x", b"message/rfc822", b"text/plain; charset=utf-8; charset=latin-1", b"text", b"",
    ]
)  # fmt: skip
ENCODINGS = st.sampled_from([b"7bit", b"8bit", b"Quoted-Printable", b"base64", b"base64 ", b"binary", b"x-uuencode"])
DISPOSITIONS = st.sampled_from([b"inline", b"attachment", b"attachment; filename=a", b"inline; filename=a", b"form"])
BODIES = st.one_of(
    st.text("aé€\u0301 \n=>", max_size=40).map(str.encode),
    st.sampled_from([b"QUJD", b"QUJDRA==", b"QUJDRA=", b"QUJD=", b"=C3=A9 a=\nb", b"=E9", b"\xe9", b"--out\n", b"\n"]),
    st.lists(st.sampled_from([b"--in", b"--in--", b"--in  ", b"", b"a", b"Content-Type: text/html"])).map(b"\n".join),
)


@st.composite
def parts(draw: st.DrawFn) -> bytes:
    head = b""
    for name, values in (("Type", KINDS), ("Transfer-Encoding", ENCODINGS), ("Disposition", DISPOSITIONS)):
        if draw(st.booleans()):
            head += b"Content-%s: %s\n" % (name.encode(), draw(values))
    return head + b"\n" + draw(BODIES)


@settings(max_examples=400)
@given(st.lists(parts(), max_size=4), st.sampled_from([b"\n--out--", b"\n--out", b"\n--out-- \nafter", b""]))
def test_whatever_has_parts_is_read_alike(inside: list[bytes], end: bytes) -> None:
    head = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=out\n"
    assert agree(head + b"".join(b"\n--out\n" + part for part in inside) + end)


@settings(max_examples=200)
@given(parts())
def test_whatever_has_none_is_read_alike(alone: bytes) -> None:
    assert agree(b"From: a@b.example\n" + alone)
