"""Every mailbox is a `Mailbox`, every courier a `Courier`: the type checker reads this, and so may you."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from triage.courier import Courier
from triage.courier.imap import ImapCourier
from triage.courier.maildir import MaildirCourier
from triage.courier.smtp import SmtpCourier
from triage.mailbox import Mailbox
from triage.mailbox.imap import ImapMailbox
from triage.mailbox.maildir import MaildirMailbox
from triage.wire import Server

SERVER = Server("mail.invalid", 993, "reader")


def test_building_them_connects_to_nothing(tmp_path: Path) -> None:
    mailboxes: tuple[Mailbox, ...] = (
        ImapMailbox("one", SERVER, lambda: "secret", ["INBOX", "Jobs"]),
        MaildirMailbox("two", tmp_path / "missing"),
    )
    couriers: tuple[Courier, ...] = (
        ImapCourier(SERVER, lambda: "secret"),
        SmtpCourier(SERVER, lambda: "secret", "reader@example.net", lambda _: False),
        MaildirCourier(tmp_path / "missing"),
    )
    assert [(mailbox.name, mailbox.folders) for mailbox in mailboxes] == [
        ("one", ("INBOX", "Jobs")),
        ("two", ("INBOX",)),
    ]
    assert [courier.transit > timedelta(0) for courier in couriers] == [True, True, False]
    for mailbox in mailboxes:
        mailbox.close()
    assert list(tmp_path.iterdir()) == []
