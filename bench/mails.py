"""The mails that are measured: the everyday mix of a mailbox, made anew from the same dice each time.

About 20 kB each, as most mail is today: short words in plain text, and the same again in the HTML of a shop or a list,
much of it markup. Every mail has its own words, and the header that the servers on its way leave.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from importlib.resources import files
from random import Random

SIZE = 20_000
"""Bytes of a mail, about."""
PARAGRAPHS = 9
SEED = 20_000

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
        for number in range(count):
            words = _WORDS[self.dice.choice(_LANGUAGES)]
            self.words = self.dice.sample(words, len(words) * 2 // 3)
            (shape,) = self.dice.choices(list(_SHAPES), list(_SHAPES.values()))
            mail = EmailMessage(_POLICY)
            self._header(mail, number)
            shape(self, mail)
            for part in mail.walk():
                if part.is_multipart():
                    part.set_boundary(f"=_{self.token(28)}")
            yield bytes(mail)

    def sentence(self) -> str:
        return " ".join(self.dice.choices(self.words, k=self.dice.randint(5, 16))).capitalize() + "."

    def paragraphs(self) -> list[str]:
        return [" ".join(self.sentence() for _ in range(self.dice.randint(2, 5))) for _ in range(PARAGRAPHS)]

    def token(self, length: int) -> str:
        return "".join(self.dice.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=length))

    def page(self, paragraphs: Sequence[str], room: int) -> str:
        """HTML of `room` characters, about: a table a paragraph, and links as senders of newsletters write them."""
        rows: list[str] = []
        while sum(map(len, rows)) < room:
            style = _STYLE.format(self.dice.randint(12, 18), self.dice.randint(18, 26), self.dice.randint(0, 9))
            link = f"https://click.shop.example/{self.token(120)}"
            told = paragraphs[len(rows) % len(paragraphs)]
            rows.append(_CELL.format(self.dice.randint(10, 30), style, told, link, len(rows) % 10, self.sentence()))
        head = '<html><head><meta charset="utf-8"><style>p{margin:0}@media print{a{color:#000}}</style></head>'
        table = f'<table width="600" role="presentation">\n{"".join(rows)}</table>'
        return f"<!DOCTYPE html>\n{head}\n<body>{table}</body></html>\n"

    def _header(self, mail: EmailMessage, number: int) -> None:
        for hop in range(4):
            mail["Received"] = (
                f"from mx{hop}.shop.example (mx{hop}.shop.example [192.0.2.{number % 250}]) by in{hop}.ekholm.example "
                f"(Postfix) with ESMTPS id {self.token(12)} for <robin@ekholm.example>; "
                f"Tue, {hop + 3} Mar 2026 10:{number % 60:02}:07 +0100"
            )
        for name in ("DKIM-Signature", "ARC-Message-Signature"):
            mail[name] = (
                f"v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s1; h=from:to:subject:date; "
                f"bh={self.token(44)}; b={' '.join(self.token(60) for _ in range(5))}"
            )
        mail["Authentication-Results"] = "in0.ekholm.example; spf=pass; dkim=pass header.d=shop.example; dmarc=pass"
        mail["From"] = f'"{self.sentence()[:20].strip()}" <news-{self.token(6)}@shop.example>'
        mail["To"] = "Robin Ekholm <robin@ekholm.example>"
        mail["Subject"] = self.sentence()[:70]
        mail["Date"] = f"Tue, 03 Mar 2026 10:{number % 60:02}:00 +0100"
        mail["Message-ID"] = f"<{number}.{self.token(20)}@shop.example>"

    def _alternative(self, mail: EmailMessage, encoding: str, room: int = SIZE) -> None:
        paragraphs = self.paragraphs()
        text = "\n\n".join(paragraphs)
        mail.set_content(text, cte="8bit" if encoding == "base64" else encoding)
        # Base64 makes four characters of three, quoted-printable some more of equals signs and accents.
        mail.add_alternative(self.page(paragraphs, (room - len(text)) * 3 // 4), subtype="html", cte=encoding)

    def shop(self, mail: EmailMessage) -> None:
        """Text and HTML, as most programs that write to many send them."""
        self._alternative(mail, "quoted-printable")

    def newsletter(self, mail: EmailMessage) -> None:
        mail["List-Unsubscribe"] = f"<https://shop.example/{self.token(40)}>"
        self._alternative(mail, "base64")

    def page_only(self, mail: EmailMessage) -> None:
        """HTML alone."""
        mail.set_content(self.page(self.paragraphs(), SIZE * 3 // 4), subtype="html", cte="quoted-printable")

    def mailing_list(self, mail: EmailMessage) -> None:
        """Text alone, much of it quoted."""
        mail["List-Id"] = "<talk.club.example>"
        lines = [self.sentence()[:76] for _ in range(SIZE // 80)]
        quoted = [f"> {line}" for line in lines[60:]]
        said = [*lines[:60], "", "On Mon, 2 Mar 2026 at 10:00, Kim <kim@club.example> wrote:", *quoted]
        mail.set_content("\n".join(said), cte="8bit")

    def with_pictures(self, mail: EmailMessage) -> None:
        """Text and HTML with a picture in it, as personal mail programs write them."""
        self._alternative(mail, "quoted-printable", SIZE * 2 // 3)
        page = mail.get_payload(1)
        assert isinstance(page, EmailMessage)
        page.add_related(self.dice.randbytes(SIZE // 4), "image", "png", cid="<logo@shop.example>")

    def with_attachment(self, mail: EmailMessage) -> None:
        self._alternative(mail, "quoted-printable", SIZE * 2 // 3)
        mail.add_attachment(
            self.dice.randbytes(SIZE // 4), maintype="application", subtype="pdf", filename="invoice.pdf"
        )


_SHAPES: dict[Callable[[Writer, EmailMessage], None], int] = {
    Writer.shop: 35,
    Writer.newsletter: 20,
    Writer.page_only: 15,
    Writer.mailing_list: 10,
    Writer.with_pictures: 10,
    Writer.with_attachment: 10,
}


def mbox(mails: Sequence[bytes]) -> bytes:
    """A mailbox file of them (mboxrd is not needed: none has a line that begins with "From")."""
    return b"".join(b"From bench@shop.example Tue Mar  3 10:00:00 2026\n%s\n" % mail for mail in mails)
