"""What is looked for in every letter is found where it is: otherwise that there is none would say nothing."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from tests.at_work import TEN, receive, tick
from tests.fakes import FakeCourier
from tests.sound_letters import faults
from triage.pipeline import Pipeline

CHANGES = {
    "a header more": (b"To: ", b"Bcc: evil@evil.example\r\nTo: ", "other headers"),
    "somebody else": (b"To: Robin <robin@reader.example>", b"To: Eve <eve@evil.example>", "to somebody else"),
    "one more": (
        b"<robin@reader.example>\r\nSubject",
        b"<robin@reader.example>, e@evil.example\r\nSubject",
        "to somebody",
    ),
    "not ASCII": (b"Hello Robin", "Hell\u00f6 Robin".encode(), "not ASCII"),
    "a bare LF": (b"Hello Robin", b"Hello\nRobin", "a bare CR or LF"),
    "a bare CR": (b"Hello Robin", b"Hello\rRobin", "a bare CR or LF"),
    "a long line": (b"Hello Robin", b"Hello Robin" * 99, "a line longer"),
    "a huge letter": (b"Hello Robin", b"Hello Robin\r\n" * 20_000, "larger than"),
    "a part more": (b"multipart/alternative", b"multipart/mixed", "other parts"),
    "a control": (b"Hello Robin", b"Hello=07 Robin", "characters nobody sees (Cc)"),
    "an override": (b"Hello Robin", b"Hello=E2=80=AE Robin", "characters nobody sees (Cf)"),
    "a link": (b"Hello Robin", b"Hello https://evil.example Robin", "a link"),
    "half a link": (b"Hello Robin", b"Hello evil.example Robin", "a link"),
    "an address": (b"Hello Robin", b"Hello e@localhost Robin", "a link"),
    "another scheme": (b"Hello Robin", b"Hello mailto:eve Robin", "a link"),
    "a tag": (b"<body", b"<script>1</script><body", "the page: a <script>"),
    "a picture": (b"<body", b"<body background=3D'x'", "the page: background"),
    "an anchor": (b"</body>", b"<a href=3D'x'>y</a></body>", "the page: a <a>"),
    "a style": (b"</body>", b"<p style=3D'background:url(x)'></p></body>", "the page: a style that loads"),
}


@pytest.fixture
def letter(pipeline: Pipeline) -> bytes:
    """About one refusal."""
    courier = FakeCourier()
    receive(pipeline, "Fjord")
    tick(pipeline, courier, TEN)
    return courier.letters[0]


def test_a_letter_of_ours_is_sound(letter: bytes) -> None:
    assert list(faults(letter)) == []
    assert message_from_bytes(letter, policy=policy.default)["To"] == "Robin <robin@reader.example>"


@pytest.mark.parametrize("name", CHANGES)
def test_what_does_not_belong_there_is_found(name: str, letter: bytes) -> None:
    old, new, fault = CHANGES[name]
    assert old in letter
    assert any(one.startswith(fault) for one in faults(letter.replace(old, new, 1)))
