"""Words as an attacker would choose them, made by chance from pieces that have each broken some program."""

from __future__ import annotations

import random

MARK = "zq7kx"
"""Stands in each of them, so that it can be told where they came out."""
_PIECES = (
    # markup, and ways out of it
    '<a href="https://phish.example/{mark}">Reset password</a>', "</td><script>alert(1)</script>",
    "<img src=x onerror=a>", "</style></title><script>", '" onmouseover="a', "'><svg/onload=a>", "<!--", "-->", "]]>",
    "&lt;b&gt;", "&#60;b&#62;", "<br>", "<iframe src=//x.example>", "<base href=//x.example>",
    "<style>*{display:none}</style>", "<plaintext>", "&amp",
    # templates and formats
    "{{1337*1337}}", "{% for x in ().__class__ %}", "{#", "{0.__class__}", "{mark!r}", "{}", "%s%n%(a)s", "${x}",
    "\\1\\g<0>", "#{7*7}", "<%= 7*7 %>", "$(id)", "`id`", "\\u0000",
    # header and line injection
    "\r\nBcc: evil@evil.example\r\n\r\nHello", "\nSubject: other", "\rTo: x@evil.example",
    "=?utf-8?q?=0D=0ABcc=3A_e=40x.y?=", "=?UTF-8?Q?=0A?=Bcc: i@e.com", "=?utf-8?b?DQpCY2M6IGVAeC55?=",
    "\r\n.\r\nMAIL FROM:<e@x.y>\r\n", "\n.\n", "\r.\r", ".", "..", "\r\n--=_\r\nContent-Type: text/html\r\n\r\n<b>",
    "From nobody", "\x0bX: y", "\x0cX: y", "\x85X: y", "=0A=0D", "=\n",
    # links that programs make by themselves
    "https://phish.example/a?b=c", "www.phish.example", "phish.example", "evil@phish.example", "mailto:e@x.y",
    "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "\\\\host\\share", "xn--80ak6aa92e.example",
    "h\u200bttps://a.bc", "tel:+15550100", "phish\u3002example", "phish\uff0eexample", "//x.example/y",
    "ftp.phish.example", "phish\u00b7example",
    # what cannot be seen, or is not what is seen
    "\u202etxt.exe\u202c", "\u2066", "\u2067x\u2069", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u2028", "\u2029",
    "\0", "\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "\x7f", "\x08\x08\x08", "\ue000", "\ud800", "\U000e0041",
    "\ufff9", "\u034f", "\u115f", "a\u0338", "\ufe0f", "\U0001f4a9", "\U0001f469\u200d\U0001f4bb", "\u0430pple",
    "Z\u0351\u036b\u0343", "\u05d0\u05d1", "\u0627\u0644",
    # spreadsheets, databases, shells, paths
    "=HYPERLINK(1)", "@SUM(1)", "+1", "-1", "\t=1", "'); DROP TABLE event;--", '" OR ""="', "NEAR(a b)",
    "../../etc/passwd", "%2e%2e/", "C:\\x", "a" * 300, "a b " * 60, "!" * 100, " ", "", "\t", "Ö", "ﬀ", "İ", "ß",
    "東京",
)  # fmt: skip


def text(chance: random.Random) -> str:
    """Up to five pieces, with the mark among them, in any order."""
    pieces = [MARK, *chance.choices(_PIECES, k=chance.randint(1, 4))]
    chance.shuffle(pieces)
    return chance.choice(("", " ")).join(pieces)
