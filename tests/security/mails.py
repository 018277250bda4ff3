"""Mails of every kind with secrets in them: in the subject, in the words, in the sender, in what is attached."""

from __future__ import annotations

import base64
import itertools
from email.message import EmailMessage
from email.policy import SMTP

from tests.rig import employers
from triage.mailbox.limits import LARGE

SUBJECT = "Zwetschgenknödel Quittenbaum"
BODY = "Blaubeerpfütze Heuschreckentanz"
SENDER = "mirabelle.pflaumenkern"
FEEDBACK = "Your plan for the rhubarb orchard was clear, but you had not costed the second vintage."
FEEDBACK_CANARY = "rhubarb orchard"
SECRETS = {"subject": SUBJECT, "body": BODY, "sender": SENDER}
"""What stands in the mails below, and is to stand nowhere else."""
_SAID = {
    "rejection": "Thank you for applying for the Data Analyst position at {company}.\n\nAfter careful consideration we "
    "have decided not to move forward with your application.",
    "interview": "Thank you for your application for the Data Analyst position at {company}. We would like to invite "
    "you to an interview next week. Please let us know which day suits you.",
    "acknowledgement": "Thank you for applying for the Data Analyst position at {company}. We have received your "
    "application and will be in touch once we have reviewed it.",
    "assessment": "Thank you for applying to {company}. As the next step, please complete the online coding assessment "
    "for the Data Analyst role within five days.",
    "offer": "We are delighted to offer you the position of Data Analyst at {company}. Please find the contract "
    "attached.",
    "unsure": "About your application at {company}: we have news on the position. We could not go on with it for now.",
    "private": "Shall we have lunch on Friday? I will bring the soup.",
}
_numbers = itertools.count(1)


def mail(kind: str, company: str, *, feedback: str = "") -> EmailMessage:
    """A sound mail of this kind, with every secret in its place."""
    domain = company.lower().replace(" ", "-") + ".example"
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{company} Careers <{SENDER}@{domain}>"
    message["To"] = "robin@reader.example"
    message["Subject"] = f"{'Lunch' if kind == 'private' else f'Your application at {company}'} - {SUBJECT}"
    message["Message-ID"] = f"<secret-{next(_numbers)}@{domain}>"
    message["Date"] = f"{employers.yesterday():%a, %d %b %Y %H:%M:%S} +0000"
    said = _SAID[kind].format(company=company)
    message.set_content(f"Dear Robin,\n\n{BODY}.\n\n{said} {feedback}\n\n{BODY}.\n\nKind regards\n{company}\n")
    return message


def plain() -> dict[str, bytes]:
    """One sound mail of each kind, by its company."""
    return {company: mail(kind, company).as_bytes() for kind, company in zip(_SAID, employers.COMPANIES, strict=False)}


def awkward() -> dict[str, bytes]:
    """Mails that are large, broken, or say what they say in another place than the text."""
    return {
        "html": _html().as_bytes(),
        "attached": _attached().as_bytes(),
        "large": _large(),
        "garbled": mail("rejection", "Garbled Works").as_bytes().replace(b'charset="utf-8"', b"charset=\x00=?x?"),
        "no end": b"Content-Type: multipart/mixed; boundary=q\r\n" + _head() + b"\r\n\r\n--q\r\n\r\n" + BODY.encode(),
        "broken coding": _head() + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + _coded(BODY)[:-3] + b"\xff\xfe",
        "no header": BODY.encode() + b"\r\n" + SUBJECT.encode() + b"\r\n",
        "one line": _head() + b"\r\n\r\n" + BODY.encode() * 20_000,
        "NUL": _head() + b"\r\n\r\n\0" + BODY.encode("utf-16"),
    }


def _head() -> bytes:
    number = next(_numbers)
    subject = f"=?utf-8?b?{base64.b64encode(SUBJECT.encode()).decode()}?="
    return f"From: {SENDER}@odd.example\r\nSubject: {subject}\r\nMessage-ID: <{number}@odd.example>".encode()


def _coded(text: str) -> bytes:
    return base64.b64encode(text.encode())


def _html() -> EmailMessage:
    message = mail("rejection", "Markup House")
    message.add_alternative(f"<p>{BODY}</p><p>{_SAID['rejection'].format(company='Markup House')}</p>", subtype="html")
    return message


def _attached() -> EmailMessage:
    message = mail("interview", "Parcel Office")
    message.add_attachment(BODY.encode(), maintype="application", subtype="pdf", filename=f"{SUBJECT}.pdf")
    message.add_attachment(mail("rejection", "Inner Office"))
    return message


def _large() -> bytes:
    """Over the size from which only the first part is read; the secrets stand before and behind the cut."""
    message = mail("rejection", "Longwinded Press")
    message.set_content(str(message.get_content()) + f"\n{BODY} {SUBJECT}\n" * (LARGE // 40))
    return message.as_bytes()
