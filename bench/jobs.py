"""Employers' mails among the everyday ones: the texts of our own tests, from companies made up anew for each mail."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Any

from bench.mails import STUB, Writer
from bench.names import company

_CORPUS = Path(__file__).parents[1] / "tests/corpus/mails"
_ANSWERS = frozenset({"rejection", "acknowledgement", "interview", "assessment", "offer"})
_POLICY = SMTP.clone(linesep="\n", cte_type="8bit")


@dataclass(frozen=True, slots=True)
class Text:
    """What an employer wrote in one mail of the corpus; `company` is empty where the mail does not name it."""

    sender: str
    subject: str
    body: str
    company: str


@cache
def texts() -> tuple[Text, ...]:
    """Every answer of an employer in the corpus, in all languages."""
    rows: list[dict[str, Any]] = [
        row for path in sorted(_CORPUS.glob("*.toml")) for row in tomllib.loads(path.read_text("utf-8"))["mail"]
    ]
    return tuple(
        Text(row["from"], row.get("subject", ""), row["body"].strip(), row.get("company", ""))
        for row in rows
        if row["kind"] in _ANSWERS
    )


def mail(writer: Writer, number: int, when: datetime) -> bytes:
    """One answer of one employer."""
    text, name = texts()[number * 7 % len(texts())], company(number)
    domain = name.lower().replace(" ", "-") + ".example"
    given, _ = parseaddr(text.sender)

    def here(words: str) -> str:
        return words.replace(text.company, name) if text.company else words

    made = EmailMessage(_POLICY)
    writer.on_its_way(made, number, when, domain)
    made["From"] = f'"{here(given) or name}" <jobs@{domain}>'
    made["To"] = "Robin Ekholm <robin@ekholm.example>"
    made["Subject"] = here(text.subject)
    (shape,) = writer.dice.choices(list(_SHAPES), list(_SHAPES.values()))
    shape(writer, made, here(text.body))
    return writer.sealed(made)


def _plain(_writer: Writer, made: EmailMessage, body: str) -> None:
    made.set_content(body, cte="8bit")


def _both(writer: Writer, made: EmailMessage, body: str) -> None:
    made.set_content(body, cte="quoted-printable")
    made.add_alternative(_page(writer, body.split("\n\n")), subtype="html", cte="quoted-printable")


def _stub(writer: Writer, made: EmailMessage, body: str) -> None:
    made.set_content(f"{STUB} https://jobs.example/{writer.token(40)}", cte="7bit")
    made.add_alternative(_page(writer, body.split("\n\n")), subtype="html", cte="quoted-printable")


def _page_alone(writer: Writer, made: EmailMessage, body: str) -> None:
    made.set_content(_page(writer, body.split("\n\n")), subtype="html", cte="base64")


def _with_file(writer: Writer, made: EmailMessage, body: str) -> None:
    _both(writer, made, body)
    writer.attach(made, "letter.pdf")


def _page(writer: Writer, paragraphs: Sequence[str]) -> str:
    cells = "\n".join(
        f'<tr><td style="padding:8px 24px;font-family:Arial,sans-serif;font-size:14px">{_escaped(one)}</td></tr>'
        for one in paragraphs
    )
    pixel = f'<img src="https://track.example/{writer.token(60)}" width="1" height="1" alt="">'
    return f'<html><head><meta charset="utf-8"></head><body><table width="600">\n{cells}\n</table>{pixel}</body></html>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>\n")


_SHAPES: dict[Callable[[Writer, EmailMessage, str], None], int] = {
    _plain: 35,
    _both: 32,
    _stub: 8,
    _page_alone: 15,
    _with_file: 10,
}
