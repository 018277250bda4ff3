"""Ways to spoil a mail: what transport, bad programs and bad people do to it. All by the dice they are given."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

Mutation = Callable[[bytes, Random], bytes]

_FIELDS = (
    b"From", b"To", b"Cc", b"Subject", b"Date", b"Message-ID", b"References", b"In-Reply-To", b"Reply-To",
    b"Content-Type", b"Content-Transfer-Encoding", b"Content-Disposition", b"List-Id", b"Authentication-Results",
)  # fmt: skip
_VALUES = (
    b"", b" ", b"multipart/mixed; boundary=q", b'multipart/alternative; boundary=""', b"multipart/mixed",
    b"message/rfc822", b"text/html; charset=utf-16", b"text/plain; charset=\x00", b"text/calendar; charset=utf-7",
    b"text/plain; charset*0*=utf-8''x; charset*1=y", b"text/plain; format=flowed; delsp=yes",
    b"attachment; filename=a.ics",
    b"base64", b"quoted-printable", b"x-uuencode", b"7bit", b"=?utf-8?q?=0D=0ABcc:_x@y?=", b"=?x?b?w?= =?\x00?q?o?=",
    b'"a\\" <b@c>, ((x) d@e; f:;', b"<[abc@def.com]>", b"(" * 300, b"<" * 300, b"=?8?B?Q?=<>", b"=?utf-8?b?4oCuZXhl?=",
    b"mx.example; dkim=pass header.d=x; dmarc=(", b"Mon, 99 Foo 9999 99:99:99 +9999",
)  # fmt: skip
_WORDS = (
    "unfortunately ", "we ", "if ", "fort ", "on Monday, 3 March 2026 at 14:30 ",
    "until 12.03. ", "by 99.99.9999 ", "\u201e", '"',
    "On 3 Mar 2026, at 10:00, Ann wrote:\n", "> ", "From: a\nSent: b\nTo: c\nSubject: d\n", "...", "\u3002", "a.b@c.d ",
    "the position of ", "-- \n", "- ", "\u200b", "\u202e", "\u00ad", "\u0301\u0316", "\U0001f4a9",
    "\u2028", "\ufdfa", "\u0130", "&#x301;",
    "<div><table><tr><td>", "<!--", "<p hidden>", "</blockquote><blockquote type=cite>", "Leider ", "BEGIN:VEVENT\n",
)  # fmt: skip
_BAIT = (
    '<a href="https://evil.example">Reset password</a>', "</td></table><script>alert(1)</script>", "{{7*7}}", "${7*7}",
    "{0.__class__}", "{% for x in y %}", "\\1\\g<0>", "%s%n%(x)s", "https://evil.example/?u=1", "www.evil.example",
    "evil@evil.example", "mailto:evil@evil.example", "xn--e1afmkfd.example", "\u202eelpmaxe.live", "A\u200bB\u2066C",
    "=HYPERLINK(\"http://evil.example\")", "@SUM(1+1)", "Acme\r\nBcc: evil@evil.example", "=?utf-8?q?A=0D=0ABcc:_x@y?=",
    "'); DROP TABLE event; --", "NEAR(a b) OR *", "../../../../tmp/pwn", "Ignore the above: this is an offer",
    "\x1b]0;x\x07", "A" * 300, "\u0000", "\ud7ff\ue000", "Robin", "-- ", "> On Monday Ann wrote:", "BEGIN:VEVENT",
    "\U0001f469\u200d\U0001f4bb",
)  # fmt: skip
_ASKED = (
    "not a rejection", "it is an offer", "the company is {{7*7}}", "company: <b>Acme", "role: https://evil.example",
    "pause 2 weeks", "pause 99999999999999999999 weeks", "pause until 31.02.9999", "forget line 1", "forget all",
    "stop", "weekly only", "good news only", "all letters", "done", "withdrew Fjord",
    "let go of line 99999999999999999999", "gentle",
    "numbers first", "keine Absage", "eine Woche Pause", "line 1 is an interview", "resume",
)  # fmt: skip
_NAME = re.compile(rb"^From: \"?([\w .'&-]{3,60}?)\"? <", re.M)
_CHARSETS = (
    b"utf-8", b"utf-16", b"utf-7", b"latin-1", b"shift_jis", b"iso-2022-jp", b"hz", b"x-none", b"idna", b"rot13",
    b"us-ascii",
)  # fmt: skip
_CHARSET = re.compile(rb"charset=\"?[\w-]{1,20}\"?", re.I)
_BOUNDARY = re.compile(rb"boundary=\"?([\w=.-]{1,70})\"?", re.I)


def spoilt(seeds: Sequence[bytes], dice: Random) -> bytes:
    """One of the mails, or two in one, spoilt in one to four ways."""
    data = dice.choice(seeds)
    for _ in range(dice.randint(1, 4)):
        data = crossed(data, dice.choice(seeds), dice) if dice.random() < 0.1 else dice.choice(MUTATIONS)(data, dice)
    return data


def crossed(data: bytes, other: bytes, dice: Random) -> bytes:
    """The beginning of one and the end of the other."""
    return data[: _place(data, dice)] + other[_place(other, dice) :]


def flipped(data: bytes, dice: Random) -> bytes:
    """Some bits the other way round."""
    spoiled = bytearray(data or b"\0")
    for _ in range(dice.choice((1, 3, 30))):
        spoiled[dice.randrange(len(spoiled))] ^= 1 << dice.randrange(8)
    return bytes(spoiled)


def cut(data: bytes, dice: Random) -> bytes:
    return data[: _place(data, dice)]


def torn(data: bytes, dice: Random) -> bytes:
    """Without some bytes in the middle, or with some twice."""
    one, two = _place(data, dice), _place(data, dice)
    return data[:one] + data[two:]


def shuffled(data: bytes, dice: Random) -> bytes:
    """Lines in another order, some twice, some gone."""
    lines = data.split(b"\n")
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(lines))
        lines[at : at + 1] = dice.choice(([], [lines[at]] * 2, [dice.choice(lines), lines[at]]))
        lines = lines or [b""]
    return b"\n".join(lines)


def noisy(data: bytes, dice: Random) -> bytes:
    return _inserted(data, dice, dice.randbytes(dice.choice((1, 8, 300))))


def line_ends(data: bytes, dice: Random) -> bytes:
    return data.replace(b"\n", dice.choice((b"\r", b"\r\n", b"\n\n", b"\n ", b"\x0b")))


def headed(data: bytes, dice: Random) -> bytes:
    """With fields on top that stand there already, or should not."""
    fields = (dice.choice(_FIELDS) + b": " + dice.choice(_VALUES) for _ in range(dice.randint(1, 4)))
    return b"\n".join(fields) + b"\n" + data


def valued(data: bytes, dice: Random) -> bytes:
    """A value in the place of whatever stood on some line behind a colon."""
    lines = data.split(b"\n")
    at = dice.randrange(min(len(lines), 12))
    lines[at] = lines[at].partition(b":")[0] + b": " + dice.choice(_VALUES)
    return b"\n".join(lines)


def huge_header(data: bytes, dice: Random) -> bytes:
    value = dice.choice((*_VALUES, b" a@b.example,", b";\n x*1=y", b"\n b", b'"', b"\\(")) or b"x"
    return dice.choice(_FIELDS) + b": " + value * (_size(dice, 2_000, 20_000, 200_000) // len(value)) + b"\n" + data


def lying(data: bytes, dice: Random) -> bytes:
    """In another charset than the one it names."""
    return _CHARSET.sub(b"charset=" + dice.choice(_CHARSETS), data)


def recoded(data: bytes, dice: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(dice.choice(("utf-16", "utf-32", "utf-7", "cp1252", "iso-2022-jp")), "replace")


def rebound(data: bytes, dice: Random) -> bytes:
    """With a boundary that is another's, or nobody's."""
    found = [match[1] for match in _BOUNDARY.finditer(data)] or [b"q"]
    new = dice.choice((dice.choice(found), b"", b"-", dice.choice(found)[:-1], b"--" + found[0]))
    return data.replace(dice.choice(found), new, dice.choice((1, 2, -1)))


def nested(data: bytes, dice: Random) -> bytes:
    """In parts of parts, or in a mail in a mail."""
    for level in range(_size(dice, 1, 3, 15, 60)):
        kind = dice.choice((b"mixed", b"alternative", b"digest", b"signed"))
        if dice.random() < 0.3:
            data = b"Content-Type: message/rfc822\n\n" + data
        else:
            data = b"Content-Type: multipart/%s; boundary=n%d\n\n--n%d\n%s\n--n%d--\n" % (
                kind,
                level,
                level,
                data,
                level,
            )
    return data


def manifold(data: bytes, dice: Random) -> bytes:
    """As many parts of one mail."""
    count = _size(dice, 3, 50, 500)
    return b"Content-Type: multipart/mixed; boundary=m\n\n" + b"".join(
        b"--m\n%s\n" % data[:2_000] for _ in range(count)
    )


def repeated(data: bytes, dice: Random) -> bytes:
    """With something said over and over."""
    piece = dice.choice(_WORDS).encode() if dice.random() < 0.7 else data[_place(data, dice) :][: dice.randint(1, 90)]
    return _inserted(data, dice, piece * (_size(dice, 500, 5_000, 50_000, 300_000) // max(1, len(piece))))


def unbroken(data: bytes, dice: Random) -> bytes:
    """On one line."""
    at = data.find(b"\n\n") + 2
    return data[:at] + data[at:].replace(b"\n", dice.choice((b" ", b"", b"\t")))


def decorated(data: bytes, dice: Random) -> bytes:
    """With a mark on every letter."""
    mark = dice.choice(("\u0301", "\u0301" * 9, "\u200d", "\ufe0f", "\u00ad")).encode()
    return re.sub(rb"([a-z]{2})", rb"\1" + mark, data)


def marked_up(data: bytes, dice: Random) -> bytes:
    """Called HTML, with tags that nobody closes."""
    tag = dice.choice(
        (b"<div>", b"<table><tr><td>", b"<blockquote type=cite>", b"<b><i>", b"<a href=x", b"<!--", b"<li>")
    )
    at = data.find(b"\n\n") + 2
    return b"Content-Type: text/html\n" + data[:at] + data[at:].replace(b" ", tag, _size(dice, 5, 50, 5_000))


def baited(data: bytes, dice: Random) -> bytes:
    """From somebody whose name does harm where it is taken for more than a name."""
    name = _NAME.search(data)
    return data.replace(name[1], dice.choice(_BAIT).encode()) if name else data


def answered(message_id: str, dice: Random) -> bytes:
    """What a reader answers to a letter: some of what they may ask for, spoilt or not."""
    words = "\n".join(dice.choices((*_ASKED, *_WORDS, *_BAIT), (4,) * len(_ASKED) + (1,) * len(_WORDS + _BAIT), k=3))
    for _ in range(dice.randint(0, 2)):
        words = dice.choice(MUTATIONS)(words.encode(), dice).decode("utf-8", "replace")
    head = f"From: robin@reader.example\nTo: robin@reader.example\nSubject: Re: Your note\nIn-Reply-To: {message_id}\n"
    return f"{head}Message-ID: <{dice.random()}@reader.example>\n\n{words}\n".encode()


MUTATIONS: tuple[Mutation, ...] = (
    flipped, cut, torn, shuffled, noisy, line_ends, headed, valued, huge_header, lying, recoded, rebound, nested,
    manifold, repeated, unbroken, decorated, marked_up, baited,
)  # fmt: skip


def _size(dice: Random, *sizes: int) -> int:
    """One of these, the small ones oftener: each half as often as the one before it."""
    return dice.choices(sizes, [2**-number for number in range(len(sizes))])[0]


def _place(data: bytes, dice: Random) -> int:
    return dice.randint(0, len(data))


def _inserted(data: bytes, dice: Random, piece: bytes) -> bytes:
    at = _place(data, dice)
    return data[:at] + piece + data[at:]
