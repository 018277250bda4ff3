"""The everyday mails that are measured, made anew from the same dice each time.

A mix as of a mailbox in use: shops and newsletters in text and HTML, HTML alone, mailing lists, short notes of text,
letters with pictures, and a few with attachments. Sizes vary as they do there: about 20 kB in the middle, some five
times as large. Every mail has its own words, and the header that the servers on its way leave.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from importlib.resources import files
from random import Random

SEED = 20_000
PARAGRAPHS = 9
MIDDLE, LEAST, MOST = 18_000, 4_000, 120_000
"""Bytes of a mail that is made of text and HTML."""
ATTACHED = 200_000
"""Bytes of the largest attachment, as base64."""
STUB = "This message is written in HTML, which your program does not show. Read it in your browser:"
LONG_AGO = datetime(2026, 3, 3, 9, tzinfo=UTC)

_WORDS = {
    name: line.split() for name, line in tomllib.loads((files(__package__) / "words.toml").read_text("utf-8")).items()
}
_LANGUAGES = ("en",) * 12 + ("de", "de", "de", "fr", "fr", "es", "es", "pl")
_POLICY = SMTP.clone(linesep="\n", cte_type="8bit")
_STYLE = (
    "font-family:Arial,Helvetica,sans-serif;font-size:{0}px;line-height:{1}px;color:#3{2}3{2}3{2};margin:0 0 {0}px 0"
)
_CELL = (
    '<tr><td align="left" valign="top" style="padding:0 {0}px 12px {0}px;border-collapse:collapse;'
    'mso-line-height-rule:exactly"><p style="{1}">{2}</p><a href="{3}" target="_blank" style="color:#06{4}8b;'
    'text-decoration:underline">{5}</a><img src="{3}" width="560" height="1" alt="" '
    'style="display:block;border:0"></td></tr>\n'
)


class Writer:
    """Writes mails of random words. The same seed writes the same mails."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311 - no secret, but the same mails each time
        self.words: Sequence[str] = ()

    def mails(self, count: int) -> Iterator[bytes]:
        """Each shape as often as its share of the mix says, in random order."""
        return (self.mail(number, LONG_AGO) for number in range(count))

    def mail(self, number: int, when: datetime) -> bytes:
        """The next one."""
        words = _WORDS[self.dice.choice(_LANGUAGES)]
        self.words = self.dice.sample(words, len(words) * 2 // 3)
        (shape,) = self.dice.choices(list(_SHAPES), list(_SHAPES.values()))
        mail = EmailMessage(_POLICY)
        self._header(mail, number, when)
        shape(self, mail)
        return self.sealed(mail)

    def sealed(self, mail: EmailMessage) -> bytes:
        """Its bytes, with boundaries from the same dice."""
        for part in mail.walk():
            if part.is_multipart():
                part.set_boundary(f"=_{self.token(28)}")
        return bytes(mail)

    def sentence(self) -> str:
        return " ".join(self.dice.choices(self.words, k=self.dice.randint(5, 16))).capitalize() + "."

    def paragraphs(self, count: int = PARAGRAPHS) -> list[str]:
        return [" ".join(self.sentence() for _ in range(self.dice.randint(2, 5))) for _ in range(count)]

    def token(self, length: int) -> str:
        return "".join(self.dice.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=length))

    def room(self) -> int:
        """Bytes for one mail: many of middling size, a few large ones."""
        return round(min(max(self.dice.lognormvariate(math.log(MIDDLE), 0.7), LEAST), MOST))

    def page(self, paragraphs: Sequence[str], room: int) -> str:
        """HTML of `room` characters, about: a table a paragraph, and links as senders of newsletters write them."""
        rows: list[str] = []
        written = 0
        while written < room:
            style = _STYLE.format(self.dice.randint(12, 18), self.dice.randint(18, 26), self.dice.randint(0, 9))
            link = f"https://click.shop.example/{self.token(120)}"
            told = paragraphs[len(rows) % len(paragraphs)]
            rows.append(_CELL.format(self.dice.randint(10, 30), style, told, link, len(rows) % 10, self.sentence()))
            written += len(rows[-1])
        head = '<html><head><meta charset="utf-8"><style>p{margin:0}@media print{a{color:#000}}</style></head>'
        table = f'<table width="600" role="presentation">\n{"".join(rows)}</table>'
        return f"<!DOCTYPE html>\n{head}\n<body>{table}</body></html>\n"

    def on_its_way(self, mail: EmailMessage, number: int, when: datetime, sender: str = "shop.example") -> None:
        """What servers write at the top."""
        date = format_datetime(when)
        for hop in range(4):
            mail["Received"] = (
                f"from mx{hop}.{sender} (mx{hop}.{sender} [192.0.2.{number % 250}]) by in{hop}.ekholm.example "
                f"(Postfix) with ESMTPS id {self.token(12)} for <robin@ekholm.example>; {date}"
            )
        for name in ("DKIM-Signature", "ARC-Message-Signature"):
            mail[name] = (
                f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={sender}; s=s1; h=from:to:subject:date; "
                f"bh={self.token(44)}; b={' '.join(self.token(60) for _ in range(5))}"
            )
        mail["Authentication-Results"] = f"in0.ekholm.example; spf=pass; dkim=pass header.d={sender}; dmarc=pass"
        mail["Date"] = date
        mail["Message-ID"] = f"<{number}.{self.token(20)}@{sender}>"

    def _header(self, mail: EmailMessage, number: int, when: datetime) -> None:
        self.on_its_way(mail, number, when)
        mail["From"] = f'"{self.sentence()[:20].strip()}" <news-{self.token(6)}@shop.example>'
        mail["To"] = "Robin Ekholm <robin@ekholm.example>"
        mail["Subject"] = self.sentence()[:70]

    def _alternative(self, mail: EmailMessage, encoding: str, room: int) -> None:
        paragraphs = self.paragraphs()
        text = "\n\n".join(paragraphs)
        mail.set_content(text, cte="8bit" if encoding == "base64" else encoding)
        # Base64 makes four characters of three, quoted-printable some more of equals signs and accents.
        mail.add_alternative(self.page(paragraphs, (room - len(text)) * 3 // 4), subtype="html", cte=encoding)

    def shop(self, mail: EmailMessage) -> None:
        """Text and HTML, as most programs that write to many send them."""
        self._alternative(mail, "quoted-printable", self.room())

    def newsletter(self, mail: EmailMessage) -> None:
        mail["List-Unsubscribe"] = f"<https://shop.example/{self.token(40)}>"
        self._alternative(mail, "base64", self.room())

    def stub(self, mail: EmailMessage) -> None:
        """HTML, and a text that only says so."""
        mail.set_content(f"{STUB} https://click.shop.example/{self.token(40)}", cte="7bit")
        page = self.page(self.paragraphs(), self.room() * 3 // 4)
        mail.add_alternative(page, subtype="html", cte="quoted-printable")

    def page_only(self, mail: EmailMessage) -> None:
        """HTML alone."""
        mail.set_content(self.page(self.paragraphs(), self.room() * 3 // 4), subtype="html", cte="quoted-printable")

    def mailing_list(self, mail: EmailMessage) -> None:
        """Text alone, much of it quoted."""
        mail["List-Id"] = "<talk.club.example>"
        lines = [self.sentence()[:76] for _ in range(self.dice.randint(30, 200))]
        own = len(lines) // 4
        quoted = [f"> {line}" for line in lines[own:]]
        said = [*lines[:own], "", "On Mon, 2 Mar 2026 at 10:00, Kim <kim@club.example> wrote:", *quoted]
        mail.set_content("\n".join(said), cte="8bit")

    def note(self, mail: EmailMessage) -> None:
        """A few lines of text, as people and machines write them."""
        mail.set_content("\n\n".join(self.paragraphs(self.dice.randint(1, 5))), cte="8bit")

    def with_pictures(self, mail: EmailMessage) -> None:
        """Text and HTML with a picture in it, as personal mail programs write them."""
        self._alternative(mail, "quoted-printable", self.room() * 2 // 3)
        page = mail.get_payload(1)
        assert isinstance(page, EmailMessage)
        page.add_related(self.dice.randbytes(self.room() // 4), "image", "png", cid="<logo@shop.example>")

    def with_attachment(self, mail: EmailMessage) -> None:
        self._alternative(mail, "quoted-printable", self.room() * 2 // 3)
        self.attach(mail, "invoice.pdf")

    def attach(self, mail: EmailMessage, name: str) -> None:
        size = self.dice.randint(ATTACHED // 20, ATTACHED) * 3 // 4
        mail.add_attachment(self.dice.randbytes(size), maintype="application", subtype="pdf", filename=name)


_SHAPES: dict[Callable[[Writer, EmailMessage], None], int] = {
    Writer.shop: 27,
    Writer.newsletter: 16,
    Writer.stub: 5,
    Writer.page_only: 15,
    Writer.mailing_list: 12,
    Writer.note: 12,
    Writer.with_pictures: 8,
    Writer.with_attachment: 5,
}
