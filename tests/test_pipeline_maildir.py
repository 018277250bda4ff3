"""What is old news in a Maildir, whose mails come by date while its cursor counts changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from tests.at_work import BEFORE, events
from tests.fakes import MONDAY, mail
from tests.rig.maildir import Maildir
from triage.core.values import Cursor, RawMessage
from triage.mailbox import Unread
from triage.mailbox.maildir import MaildirMailbox
from triage.pipeline import Pipeline

DAY = timedelta(days=1)


class BreaksOff(MaildirMailbox):
    """Dies after its first message, once."""

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        found = super().unread(folder, cursor, since, singly)

        def first_only() -> Iterator[RawMessage]:
            yield next(found.messages)
            raise InterruptedError

        return Unread(found.total, first_only(), found.upto)


def old_news(pipeline: Pipeline) -> dict[str, bool]:
    return {event.details.company: event.lookback for event in events(pipeline)}


def read(pipeline: Pipeline, mailbox: MaildirMailbox) -> None:
    pipeline.read(mailbox, "INBOX", BEFORE)


def test_old_mail_stays_old_where_the_first_look_was_broken_off(tmp_path: Path, pipeline: Pipeline) -> None:
    maildir = Maildir(tmp_path / "inbox").make()
    for number, company in enumerate(("Fjord", "Skarv", "Alke")):
        maildir.add(mail("rejection", company), MONDAY - (5 - number) * DAY)
    try:
        read(pipeline, BreaksOff("mine", maildir.path))
    except InterruptedError:
        maildir.add(mail("rejection", "Terna"), MONDAY)
    read(pipeline, MaildirMailbox("mine", maildir.path))
    assert old_news(pipeline) == {"Fjord": True, "Skarv": True, "Alke": True, "Terna": False}


def test_new_mail_with_an_old_date_is_new(tmp_path: Path, pipeline: Pipeline) -> None:
    """A program that copies mail keeps its date: that says when it came elsewhere, and not that it was told."""
    maildir = Maildir(tmp_path / "inbox").make()
    maildir.add(mail("rejection", "Fjord"), MONDAY - 2 * DAY)
    read(pipeline, MaildirMailbox("mine", maildir.path))
    maildir.add(mail("rejection", "Skarv"), MONDAY)
    maildir.add(mail("rejection", "Alke"), MONDAY - 3 * DAY)
    read(pipeline, MaildirMailbox("mine", maildir.path))
    assert old_news(pipeline) == {"Fjord": True, "Skarv": False, "Alke": False}
