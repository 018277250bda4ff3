"""What may be repeated of a server's words: short, clean, and never what it was told in confidence."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.wire.quoting import quote, quote_codes, quote_unless

USER, PASSWORD = "reader", 'korrekt "Pferd" \\ Batterie'


@given(st.text())
def test_a_quotation_is_short_printable_and_one_line(words: str) -> None:
    for said in (quote(words), quote_codes(words), quote_unless(USER, PASSWORD)(words)):
        assert len(said) <= 1000
        assert said.isprintable() or not said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("[OVERQUOTA] no room for 'Subject: your application'", "[OVERQUOTA]"),
        ("554 5.7.1 blocked: Alderbridge wrote", "554 5.7.1"),
        ("451 later", "451"),
        ("4510 is no code", ""),
        ("451 see [URGENT] your application", "451"),
        ("cannot parse [URGENT] your application", ""),
        ("[not a code] Alderbridge", ""),
        ("[A" + "B" * 30 + "] too long for one", ""),
        ("socket error: EOF", "socket error: EOF"),
        ("a literal of 2147483647 bytes", "a literal of 2147483647 bytes"),
        ("an answer of no end", "an answer of no end"),
        ("Alderbridge: socket error: EOF", ""),
        ("", ""),
    ],
)
def test_of_an_answer_about_mail_only_codes_are_told(words: str, said: str) -> None:
    assert quote_codes(words) == said


BASIC = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
ALONE = base64.b64encode(PASSWORD.encode()).decode()


@pytest.mark.parametrize(
    "words",
    [
        f"no such password: {PASSWORD}",
        f"no such password: {PASSWORD.upper()}",
        "no such password: " + PASSWORD.replace("\\", "\\\\").replace('"', '\\"'),
        "wrapped: " + PASSWORD.replace(" ", "\r\n  "),
        f"AUTH PLAIN {BASIC}",
        f"AUTH PLAIN {BASIC[:20]} {BASIC[20:]}",
        f"token {BASIC[-12:]}",
        f"token {ALONE[4:16]}",
    ],
)
def test_where_the_password_stands_nothing_is_told(words: str) -> None:
    assert quote(words) != ""
    assert quote_unless(USER, PASSWORD)(words) == ""


def test_words_without_it_are_told() -> None:
    assert quote_unless(USER, PASSWORD)("Invalid credentials (reader)") == "Invalid credentials (reader)"
    assert quote_unless(USER, "")("Invalid credentials") == "Invalid credentials"
