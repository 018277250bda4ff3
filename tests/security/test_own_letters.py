"""Our own letters come round again, whole, forwarded, quoted, bounced: nothing comes of it. What only looks like one
is read like any other mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.at_work import DAY, HOUR, TEN, ZONE, companies, events, open_pipeline, read, settled, tick
from tests.fakes import READER, FakeCourier, FakeMailbox, mail
from triage.core.compose import MARK
from triage.core.letter import Cadence
from triage.pipeline import Pipeline

pytestmark = pytest.mark.xdist_group("own-letters")

LETTERS = 10
ELSEWHERE = "robin@old-account.example"


def parsed(letter: bytes) -> EmailMessage:
    found = message_from_bytes(letter, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def said(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    return str(part.get_content()) if part else ""


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def written(sender: str, subject: str, text: str, **more: str) -> EmailMessage:
    """A mail that some program made of a letter."""
    made = EmailMessage()
    for name, value in {"From": sender, "To": READER, "Subject": subject, **more}.items():
        made[name.replace("_", "-")] = value
    made["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    made.set_content(text)
    return made


def attached(sender: str, subject: str, text: str, letter: EmailMessage, **more: str) -> EmailMessage:
    made = written(sender, subject, text, **more)
    made.add_attachment(letter)
    return made


def _stripped(letter: EmailMessage) -> EmailMessage:
    """By a forwarder that leaves nothing of a header but what it must."""
    for name in (MARK, "Message-ID", "Auto-Submitted", "Precedence", "X-Auto-Response-Suppress"):
        del letter[name]
    letter["Message-ID"] = make_msgid(domain="relay.example")
    return letter


def _resent(letter: EmailMessage) -> EmailMessage:
    letter["Resent-From"], letter["Resent-To"] = ELSEWHERE, READER
    return letter


def _forwarded(letter: EmailMessage, sender: str) -> EmailMessage:
    head = f"---------- Forwarded message ---------\nFrom: triage <{READER}>\nSubject: {letter['Subject']}\n"
    return written(sender, f"Fwd: {letter['Subject']}", f"{head}\n{said(letter)}")


def _away(letter: EmailMessage, **more: str) -> EmailMessage:
    text = f"I am away until Monday.\n\nOn Tuesday triage wrote:\n{quoted(said(letter))}"
    return written(READER, f"Out of office: {letter['Subject']}", text, Auto_Submitted="auto-replied", **more)


WAYS: dict[str, Callable[[EmailMessage], EmailMessage]] = {
    "as it is": lambda letter: letter,
    "redirected": _resent,
    "redirected and stripped": _stripped,
    "forwarded by a filter": lambda letter: _forwarded(letter, READER),
    "forwarded from elsewhere": lambda letter: _forwarded(letter, ELSEWHERE),
    "forwarded as an attachment": lambda letter: attached(READER, f"Fwd: {letter['Subject']}", "fyi", letter),
    "quoted by a vacation responder": lambda letter: _away(letter, In_Reply_To=str(letter["Message-ID"])),
    "quoted by one that forgets what it answers": _away,
    "answered without a word of what": lambda letter: written(
        READER, f"Re: {letter['Subject']}", f"Thanks.\n\nOn Tuesday triage wrote:\n{quoted(said(letter))}"
    ),
    "bounced": lambda letter: attached(
        "mailer-daemon@mx.example", "Undelivered Mail Returned to Sender", "I'm sorry to have to inform you that your "
        "message could not be delivered.", letter, Auto_Submitted="auto-replied",
    ),
    "sent round by a list": lambda letter: written(
        READER, f"[robin] {letter['Subject']}", f"{said(letter)}\n____\nrobin mailing list", List_Id="<robin.example>"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pipeline, FakeMailbox, FakeCourier]]:
    """Some days of which each brought something, and a letter."""
    often = Cadence(ZONE, weekends=True, most_per_day=24, most_per_week=168, weekly=False, taper_weeks=0)
    pipeline, courier = open_pipeline(tmp_path_factory.mktemp("store"), often), FakeCourier()
    mailbox, now = settled(pipeline), TEN
    for number in range(LETTERS):
        kind = ("rejection", "interview", "acknowledgement", "rejection")[number % 4]
        mailbox.receive(mail(kind, f"Employer{number}"), now - HOUR)
        mailbox.receive(mail("rejection", f"Other{number}"), now - HOUR)
        read(pipeline, mailbox)
        tick(pipeline, courier, now)
        now += DAY
    assert len(courier.letters) >= LETTERS
    yield pipeline, mailbox, courier
    pipeline.store.close()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_ten_letters_round_the_loop_leave_no_trace(
    at_work: tuple[Pipeline, FakeMailbox, FakeCourier], way: Callable[[EmailMessage], EmailMessage]
) -> None:
    pipeline, mailbox, courier = at_work
    before, later = events(pipeline), TEN + 80 * DAY
    for letter in courier.letters[:LETTERS]:
        mailbox.receive(way(parsed(letter)).as_bytes(), later)
    assert read(pipeline, mailbox).logged.total() == 0
    assert events(pipeline) == before


def test_a_loop_ends_at_once(at_work: tuple[Pipeline, FakeMailbox, FakeCourier]) -> None:
    """Every letter is delivered into the watched mailbox, and once more from elsewhere: none answers another."""
    pipeline, mailbox, _ = at_work
    courier, later = FakeCourier(), TEN + 90 * DAY
    for _ in range(LETTERS):
        tick(pipeline, courier, later)
        for letter in courier.letters:
            mailbox.receive(letter, later)
            mailbox.receive(_forwarded(parsed(letter), ELSEWHERE).as_bytes(), later)
        read(pipeline, mailbox)
        later += timedelta(minutes=1)
    assert len(courier.letters) <= 1, "at most the one of the week, that was due in any case"


# --- What only looks like one ---------------------------------------------------------------------------------------


def no(letter: EmailMessage, **more: str) -> bytes:
    """A real rejection with these header fields added at its top."""
    fields = {name.replace("_", "-"): value for name, value in more.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + mail("rejection", "Skarv")


FORGED: dict[str, Callable[[EmailMessage], bytes]] = {
    "a mark copied": lambda letter: no(letter, X_Triage_Letter=str(letter[MARK])),
    "a mark guessed": lambda letter: no(letter, X_Triage_Letter="0" * 40),
    "an empty mark": lambda letter: no(letter, X_Triage_Letter=""),
    "a mark twice": lambda letter: no(letter, X_Triage_Letter=f"{letter[MARK]}\r\nX-Triage-Letter: {letter[MARK]}"),
    "an id like ours": lambda letter: no(letter, Message_ID=f"<{'0' * 40}@reader.example>"),
    "an id like ours, and a mark": lambda letter: no(
        letter, Message_ID=f"<{'0' * 40}@reader.example>", X_Triage_Letter=str(letter[MARK])
    ),
    "an id changed by one letter": lambda letter: no(
        letter, Message_ID=str(letter["Message-ID"]).replace("<", "<0"), X_Triage_Letter=str(letter[MARK])
    ),
    "what a letter says that it tells": lambda letter: no(
        letter, X_Triage_Tells=str(letter["X-Triage-Tells"]), X_Triage_Letter=str(letter[MARK])
    ),
    "our name and subject": lambda letter: no(letter, Subject=str(letter["Subject"])).replace(
        b"From: Skarv <", b"From: triage <"
    ),
    "a letter to nobody answered": lambda letter: no(letter, In_Reply_To=f"<{'0' * 40}@reader.example>"),
    "all our other headers": lambda letter: no(
        letter, Auto_Submitted="auto-generated", Precedence="bulk", X_Auto_Response_Suppress="All"
    ),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_nothing_that_a_stranger_can_write_hides_a_no(
    pipeline: Pipeline, forge: Callable[[EmailMessage], bytes]
) -> None:
    mailbox, courier = settled(pipeline), FakeCourier()
    mailbox.receive(mail("rejection", "Fjord"))
    read(pipeline, mailbox)
    tick(pipeline, courier)
    mailbox.receive(forge(parsed(courier.letters[0])))
    read(pipeline, mailbox)
    assert companies(pipeline) == ["Fjord", "Skarv"]
