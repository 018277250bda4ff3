"""Who says that the sender is real: only the reader's own server, in its topmost word, and only where it is clear."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.core import message, trust
from triage.core.headers import MAX_FIELD, MAX_HEADER
from triage.core.structured import bare
from triage.core.values import Cursor, RawMessage, Trust

OURS = "mx.mail.example"
FROM = "Mill Hill <jobs@careers.mill.co.uk>"
PASS = "dmarc=pass (p=REJECT) header.from=careers.mill.co.uk"
SIGNED = "dkim=pass header.d=mill.co.uk"


def mail(*results: str, sender: str = FROM, more: str = "") -> bytes:
    """A mail with these Authentication-Results, topmost first."""
    fields = "".join(f"Authentication-Results: {value}\r\n" for value in results)
    return f"{fields}From: {sender}\r\n{more}Subject: Your application\r\n\r\nHello.\r\n".encode()


def judged(data: bytes, authserv_id: str = OURS) -> Trust:
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    return trust.sender(message.parse(RawMessage(Cursor("mine", "INBOX", 1, 1), moment, data)), authserv_id)


def verified(*results: str, sender: str = FROM) -> bool:
    return judged(mail(*results, sender=sender)) is Trust.VERIFIED


VERIFIED = {
    "dmarc": f"{OURS}; {PASS}",
    "dkim-alone": f"{OURS}; {SIGNED}",
    "dkim-by-agent": f"{OURS}; dkim=pass header.i=@mill.co.uk header.s=s1 header.b=aB3/x+d=",
    "dkim-by-agent-below-d": f"{OURS}; dkim=pass header.i=x@mail.mill.co.uk header.d=mill.co.uk",
    "dkim-of-the-very-domain": f"{OURS}; dkim=pass header.d=careers.mill.co.uk",
    "dkim-of-a-sister": f"{OURS}; dkim=pass header.d=post.mill.co.uk",
    "second-of-two-signatures": f"{OURS}; dkim=pass header.d=esp.example.net; {SIGNED}",
    "one-signature-broken": f"{OURS}; dkim=fail header.d=esp.example.net; {SIGNED}",
    "no-policy-but-signed": f"{OURS}; dmarc=none header.from=careers.mill.co.uk; {SIGNED}",
    "policy-out-of-reach-but-signed": f"{OURS}; dmarc=temperror header.from=careers.mill.co.uk; {SIGNED}",
    "dmarc-without-from-but-signed": f"{OURS}; dmarc=pass; {SIGNED}",
    "spf-fails-by-forwarding": f"{OURS}; spf=fail smtp.mailfrom=x@mill.co.uk; {PASS}",
    "case": "MX.Mail.EXAMPLE; DMARC=PASS header.FROM=Careers.Mill.CO.UK",
    "version": f"{OURS} 1; {PASS}",
    "method-version": f"{OURS}; dkim/1=pass header.d=mill.co.uk",
    "folded": f"{OURS};\r\n\tspf=none smtp.mailfrom=x@y.example;\r\n   dmarc=pass\r\n header.from=careers.mill.co.uk",
    "folded-before-the-id": f"\r\n {OURS};\r\n {PASS}",
    "comments-everywhere": f"(a) {OURS} (b) 1 (c); (d) dmarc (e) = (f) pass (g) header (h) . (i) from = (j) "
    "careers.mill.co.uk (k)",
    "comment-at-once": f"{OURS}; dmarc=pass(p=none dis=none) header.from=careers.mill.co.uk;",
    "comment-nested": f"{OURS}; dmarc=pass (a (b \\) (c))) header.from=careers.mill.co.uk",
    "comment-with-a-quotation-mark": f'{OURS}; dmarc=pass (5" or so) header.from=careers.mill.co.uk',
    "comment-in-other-letters": f"{OURS}; dmarc=pass (geprüft) header.from=careers.mill.co.uk",
    "quoted": f'"{OURS}"; dmarc=pass header.from="careers.mill.co.uk"',
    "quoted-and-escaped": f'{OURS}; dkim=pass header.d="mill.co.u\\k"',
    "quoted-semicolon": f'{OURS}; spf=fail reason="no; dmarc=fail (" smtp.mailfrom=x; {PASS}',
    "reason": f'{OURS}; dmarc=pass reason="all is well" header.from=careers.mill.co.uk',
    "local-policy": f"{OURS}; dmarc=pass policy.dmarc=none action=none header.from=careers.mill.co.uk",
    "unknown-method": f"{OURS}; x-tls=pass smtp.version=TLSv1.3 x-tls.cipher=AES; {PASS}",
    "last-semicolon": f"{OURS}; {PASS};",
}


@pytest.mark.parametrize("results", VERIFIED.values(), ids=VERIFIED)
def test_what_our_server_found_to_be_real(results: str) -> None:
    assert verified(results)


UNVERIFIED = {
    "nothing-found": f"{OURS}; none",
    "none-and-more": f"{OURS}; none; {PASS}",
    "nonesuch": f"{OURS}; nonesuch",
    "spf-alone": f"{OURS}; spf=pass smtp.mailfrom=jobs@careers.mill.co.uk",
    "arc-alone": f"{OURS}; arc=pass header.from=careers.mill.co.uk",
    "dmarc-fails": f"{OURS}; dmarc=fail header.from=careers.mill.co.uk",
    "dmarc-fails-though-signed": f"{OURS}; dmarc=fail header.from=careers.mill.co.uk; {SIGNED}",
    "dmarc-says-what-nobody-knows": f"{OURS}; dmarc=bestguesspass header.from=careers.mill.co.uk; {SIGNED}",
    "dmarc-for-another": f"{OURS}; dmarc=pass header.from=evil.example; {SIGNED}",
    "dmarc-for-the-parent": f"{OURS}; dmarc=pass header.from=mill.co.uk",
    "dmarc-for-nobody": f"{OURS}; dmarc=pass",
    "dmarc-twice": f"{OURS}; {PASS}; {PASS}",
    "dmarc-contradicts-itself": f"{OURS}; {PASS}; dmarc=fail header.from=careers.mill.co.uk",
    "property-twice": f"{OURS}; dmarc=pass header.from=evil.example header.from=careers.mill.co.uk",
    "dkim-fails": f"{OURS}; dkim=fail header.d=mill.co.uk",
    "dkim-of-another": f"{OURS}; dkim=pass header.d=evil.example",
    "dkim-of-a-neighbour": f"{OURS}; dkim=pass header.d=hill.co.uk",
    "dkim-of-the-suffix": f"{OURS}; dkim=pass header.d=co.uk",
    "dkim-ends-alike": f"{OURS}; dkim=pass header.d=notmill.co.uk",
    "dkim-begins-alike": f"{OURS}; dkim=pass header.d=mill.co.uk.evil.example",
    "dkim-d-and-i-disagree": f"{OURS}; dkim=pass header.d=mill.co.uk header.i=@evil.example",
    "dkim-i-and-d-disagree": f"{OURS}; dkim=pass header.d=evil.example header.i=@mill.co.uk",
    "dkim-trailing-dot": f"{OURS}; dkim=pass header.d=mill.co.uk.",
    "dkim-of-nobody": f"{OURS}; dkim=pass header.s=s1",
    "dkim-of-an-author": f"{OURS}; dkim=pass header.from=mill.co.uk",
    "dkim-another-version": f"{OURS}; dkim/2=pass header.d=mill.co.uk",
    "dkim-in-other-letters": f"{OURS}; dkim=pass header.d=mill.co.u\u212a",
    "another-id": f"mx.evil.example; {PASS}",
    "id-ends-alike": f"x{OURS}; {PASS}",
    "id-below": f"a.{OURS}; {PASS}",
    "id-with-a-port": f"{OURS}:25; {PASS}",
    "id-with-a-dot": f"{OURS}.; {PASS}",
    "id-in-a-comment": f"({OURS}) mx.evil.example; {PASS}",
    "id-second": f"mx.evil.example {OURS}; {PASS}",
    "id-missing": f"{PASS}",
    "id-empty": f"; {PASS}",
    "id-alone": OURS,
    "id-in-other-letters": f"m\u0445.mail.example; {PASS}",
    "version-2": f"{OURS} 2; {PASS}",
    "version-none": f"{OURS} one; {PASS}",
    "in-a-comment": f"{OURS}; dmarc=none ({PASS})",
    "in-a-reason": f'{OURS}; dmarc=none reason="; {PASS}"',
    "comment-without-an-end": f"{OURS}; {PASS} (",
    "comment-without-a-beginning": f"{OURS}; {PASS} )",
    "string-without-an-end": f'{OURS}; {PASS} reason="',
    "backslash": f"{OURS}; {PASS} \\",
    "empty-result": f"{OURS}; ; {PASS}",
    "no-equals": f"{OURS}; {PASS}; dkim",
    "words-between": f"{OURS}; dmarc=pass well header.from=careers.mill.co.uk",
    "no-value": f"{OURS}; dmarc=pass header.from=",
    "quoted-domain-with-a-blank": f'{OURS}; dmarc=pass header.from="careers.mill.co.uk "',
    "empty": "",
}


@pytest.mark.parametrize("results", UNVERIFIED.values(), ids=UNVERIFIED)
def test_what_our_server_did_not_say(results: str) -> None:
    assert judged(mail(results)) is Trust.UNVERIFIED


FORGED = f"{OURS}; {PASS}; {SIGNED}"
OTHERS = f"mx.evil.example; {PASS}"


@pytest.mark.parametrize(
    ("results", "wanted"),
    [
        ((f"{OURS}; dmarc=fail header.from=careers.mill.co.uk", FORGED), False),
        ((f"{OURS}; none", FORGED), False),
        ((f"{OURS}; spf=pass smtp.mailfrom=x", FORGED, FORGED), False),
        ((f"{OURS} 2; none", FORGED), False),
        ((f"{OURS}; (", FORGED), False),
        (("( who is this", FORGED), False),
        ((f"{OURS}; dkim=fail header.d=mill.co.uk", OTHERS, FORGED), False),
        ((OTHERS,), False),
        ((OTHERS, OTHERS), False),
        ((), False),
        ((FORGED, OTHERS), True),
        ((OTHERS, FORGED), True),
        ((FORGED, "( what is below is nobody's business"), True),
        ((FORGED, f"{OURS}; dmarc=fail header.from=careers.mill.co.uk"), True),
    ],
)
def test_only_the_topmost_word_of_our_server_counts(results: tuple[str, ...], wanted: bool) -> None:
    assert verified(*results) is wanted


@pytest.mark.parametrize(
    ("sender", "wanted"),
    [
        ("jobs@careers.mill.co.uk", True),
        ("<jobs@careers.mill.co.uk>", True),
        ("JOBS@Careers.MILL.co.uk", True),
        ('"Hill, Mill" <jobs@careers.mill.co.uk>', True),
        ('"eve@evil.example" <jobs@careers.mill.co.uk>', True),
        ("jobs@careers.mill.co.uk (eve@evil.example)", True),
        ("=?utf-8?q?M=C3=BChle?= <jobs@careers.mill.co.uk>", True),
        ("Mühle <jobs@careers.mill.co.uk>", True),
        ('"jobs@careers.mill.co.uk" <eve@evil.example>', False),
        ("jobs@careers.mill.co.uk <eve@evil.example>", False),
        ("eve@evil.example <jobs@careers.mill.co.uk>", False),
        ("=?utf-8?q?jobs=40careers.mill.co.uk?= <eve@evil.example>", False),
        ("(jobs@careers.mill.co.uk) eve@evil.example", False),
        ("jobs@careers.mill.co.uk, eve@evil.example", False),
        ("eve@evil.example, jobs@careers.mill.co.uk", False),
        ("<jobs@careers.mill.co.uk> <eve@evil.example>", False),
        ("Us: jobs@careers.mill.co.uk, eve@evil.example;", False),
        ("Us: jobs@careers.mill.co.uk;", False),
        ("<@evil.example:jobs@careers.mill.co.uk>", False),
        ("jobs@evil.example@careers.mill.co.uk", False),
        ("Mill <jobs@careers.mill.co.uk", False),
        ('"Mill <jobs@careers.mill.co.uk>', False),
        ("jobs@careers.mill.co.u\u212a", False),
        ("jobs@careers.mill.co.uk.", False),
        ("jobs@mill", False),
        ("Mill", False),
        ("", False),
    ],
)
def test_from_names_one_address_that_nobody_could_read_otherwise(sender: str, wanted: bool) -> None:
    assert verified(f"{OURS}; {PASS}", sender=sender) is wanted


def test_two_from_fields_are_never_verified() -> None:
    for other in (FROM, "eve@evil.example"):
        assert judged(mail(f"{OURS}; {PASS}", more=f"From: {other}\r\n")) is Trust.UNVERIFIED


def test_an_attached_mail_and_the_body_say_nothing() -> None:
    inner = f"Authentication-Results: {OURS}; {PASS}\r\n"
    parted = 'Content-Type: multipart/mixed; boundary="b"\r\n'
    part = f"--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}".encode()
    assert judged(mail(more=parted) + part + mail() + b"\r\n--b--") is Trust.UNVERIFIED
    assert judged(mail() + inner.encode()) is Trust.UNVERIFIED


def test_without_a_configured_server_nothing_is_claimed() -> None:
    for data in (mail(FORGED), mail(), mail("("), mail(FORGED, sender="a@b, c@d")):
        assert judged(data, "") is Trust.UNKNOWN


def test_the_configured_id_may_be_written_in_capitals() -> None:
    assert judged(mail(f"{OURS}; {PASS}"), OURS.upper()) is Trust.VERIFIED


ids = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30).filter(
    lambda name: OURS not in name.lower()
)
claims = st.lists(st.sampled_from([PASS, SIGNED, "none", "spf=pass smtp.mailfrom=x"]), max_size=4).map("; ".join)


@given(fields=st.lists(st.tuples(ids, claims).map("; ".join), max_size=4))
@settings(deadline=None, max_examples=300)
def test_a_mail_without_a_field_of_our_server_is_never_verified(fields: list[str]) -> None:
    assert judged(mail(*fields)) is Trust.UNVERIFIED


noise = st.text('();"\\=. /abcdkimpsOURS@\t', max_size=30)


@given(above=noise, below=noise)
@settings(deadline=None, max_examples=300)
def test_whatever_stands_around_it_a_failure_stays_one(above: str, below: str) -> None:
    refused = f"{OURS}; dmarc=fail header.from=careers.mill.co.uk"
    assert not verified(above, refused, FORGED)
    assert not verified(f"{refused} {below}", FORGED)
    assert not verified(f"{refused}; {below}", FORGED)


HOSTILE = {
    "brackets": f"{OURS}; {PASS} " + "(" * 10_000 + ")" * 10_000,
    "open-brackets": f"{OURS}; {PASS} " + "(" * 1_000_000,
    "long-comment": f"{OURS}; ({'a ' * 500_000}) {PASS}",
    "many-results": f"{OURS}" + f"; {SIGNED}" * 30_000,
    "many-properties": f"{OURS}; dkim=pass" + "".join(f" header.x{number}=y" for number in range(60_000)),
    "blanks": f"{OURS}; dkim" + " " * 1_000_000 + "pass",
    "dots": f"{OURS}; dkim=pass a" + ".a" * 500_000,
    "quotes": f"{OURS}; dkim=pass header.d=" + '"' * 999_999,
    "backslashes": f'{OURS}; dkim=pass header.d="' + "\\" * 1_000_000,
    "one-word": f"{OURS}; " + "a" * 1_000_000,
    "folds": f"{OURS};" + "\r\n " * 300_000 + PASS,
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_fields_take_no_time(value: str) -> None:
    start = time.process_time()
    for field in (value, value[: MAX_FIELD - 100]):
        judged(mail(*[field] * 3))
    assert time.process_time() - start < 1.5


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_the_reader_of_fields_itself_is_linear(value: str) -> None:
    start = time.process_time()
    with suppress(ValueError):
        bare(value, str)
    assert time.process_time() - start < 1.5


def test_what_was_cut_off_is_not_taken_for_nothing() -> None:
    """Neither a field that is longer than is read, nor a header: a second From may stand in what was left out."""
    assert not verified(f"{OURS}; {PASS} ({'a' * MAX_FIELD})")
    filling = "".join(f"X-{number}: {'a' * 900}\r\n" for number in range(MAX_HEADER // 900 + 2))
    assert judged(mail(f"{OURS}; {PASS}", more=filling)) is Trust.UNVERIFIED
