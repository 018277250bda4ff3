"""After a restore, what was told since the backup is not told once more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from tests.at_work import DAY, HOUR, TEN, open_pipeline, watched
from tests.fakes import MONDAY, FakeCourier, FakeMailbox, mail
from triage.core.compose import tells
from triage.core.letter import LetterKind
from triage.core.message import parse
from triage.core.values import Cursor, RawMessage
from triage.errors import ServerError
from triage.restored import remember
from triage.service import Service
from triage.store import Store, backup, restore

NAMES = ("Alder", "Birch", "Copper", "Drift", "Elm", "Fern")


@dataclass(slots=True)
class Search:
    """A mailbox into which the letters go as well, and a service that is started anew for each look."""

    folder: Path
    mailbox: FakeMailbox = field(default_factory=FakeMailbox)
    courier: FakeCourier = field(default_factory=FakeCourier)
    now: datetime = MONDAY
    _shown: int = 0

    def look(self, now: datetime) -> None:
        """As `triage poll` at that time."""
        pipeline = open_pipeline(self.folder)
        service = Service(pipeline, [watched(self.mailbox)], self.courier, lambda: now)
        service.poll(service.watched[0])
        service.tick()
        pipeline.store.close()
        for letter in self.courier.letters[self._shown :]:
            self.mailbox.receive(letter, now)
        self._shown = len(self.courier.letters)

    def told(self) -> Counter[str]:
        """How many letters tell of each employer. What stands among the open ones is not told."""
        texts = [_text(letter).partition("Still open")[0] for letter in self.courier.letters]
        return Counter(name for name in NAMES for text in texts if name in text)


def _text(letter: bytes) -> str:
    part = message_from_bytes(letter, policy=SMTP).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def search(tmp_path: Path) -> Search:
    made = Search(tmp_path / "store")
    made.look(MONDAY - DAY)
    return made


@pytest.mark.parametrize("days", [1, 2, 3])
def test_nothing_is_told_twice_after_a_restore(search: Search, days: int) -> None:
    backup.make(search.folder, MONDAY)
    (copy,) = backup.existing(search.folder)
    for day, names in enumerate((NAMES[:1], NAMES[1:3], NAMES[3:4])[:days]):
        for name in names:
            search.mailbox.receive(mail("rejection", name), MONDAY + day * DAY)
        search.mailbox.receive(mail("interview", NAMES[4] + str(day)), MONDAY + day * DAY)
        search.look(TEN + day * DAY)
    before, now = search.told(), TEN + days * DAY
    assert before
    put_back(search.folder, copy.path, now)
    search.look(now + HOUR)
    assert search.told() == before
    search.mailbox.receive(mail("interview", NAMES[5]), now)
    search.look(now + 2 * HOUR)
    assert search.told() == before + Counter([NAMES[5]])


def test_the_record_of_letters_is_as_it_was(search: Search) -> None:
    """Also when each was written, and what it was about: caps and weeks count by that."""
    copy = backup.make(search.folder, MONDAY)
    for day in range(9):
        search.mailbox.receive(mail("rejection", NAMES[day % 4]), MONDAY + day * DAY)
        search.look(TEN + day * DAY)
    before = letters(search.folder)
    assert {kind for kind, _, _ in before} >= {LetterKind.DAILY, LetterKind.WEEKLY}
    put_back(search.folder, copy, TEN + 9 * DAY)
    assert letters(search.folder) != before
    search.look(TEN + 9 * DAY)
    assert letters(search.folder) == before


def letters(folder: Path) -> set[tuple[LetterKind, str, int]]:
    store = Store(folder)
    with store.reading() as work:
        found = {(one.kind, one.about, len(one.told)) for one in work.outbox.letters()}
    store.close()
    return found


def put_back(folder: Path, copy: Path, now: datetime) -> None:
    """As `triage restore`."""
    with restore.prepared(folder, copy) as found:
        restore.put_back(folder, found.path, now)


def test_nothing_is_written_before_the_mailbox_is_read_again(search: Search) -> None:
    search.mailbox.receive(mail("interview", NAMES[0]), MONDAY)
    pipeline = open_pipeline(search.folder)
    mailbox = watched(search.mailbox)
    service = Service(pipeline, [mailbox], search.courier, lambda: TEN)
    pipeline.read(search.mailbox, "INBOX", MONDAY - 30 * DAY)
    copy = backup.make(search.folder, TEN)
    service.tick()
    assert len(search.courier.letters) == 1
    pipeline.store.close()
    put_back(search.folder, copy, TEN + HOUR)
    again = Service(open_pipeline(search.folder), [mailbox], search.courier, lambda: TEN + HOUR)
    search.mailbox.receive(search.courier.letters[0], TEN)
    again.tick()
    again.poll(mailbox)
    again.tick()
    assert len(search.courier.letters) == 1


def test_a_mailbox_that_cannot_be_read_holds_up_no_letters(search: Search) -> None:
    search.mailbox.receive(mail("interview", NAMES[0]), MONDAY)
    copy = backup.make(search.folder, TEN)
    put_back(search.folder, copy, TEN)
    dead = FakeMailbox("dead")
    dead.receive(mail("private"))
    dead.fail(ServerError("Away."))
    services = [watched(search.mailbox), watched(dead)]
    service = Service(open_pipeline(search.folder), services, search.courier, lambda: TEN + HOUR)
    service.poll(services[0])
    with pytest.raises(ServerError):
        service.poll(services[1])
    service.tick()
    assert search.told() == Counter([NAMES[0]])


@pytest.mark.parametrize("spoilt", ["no mark", "another's mark", "no header", "no kind"])
def test_only_a_letter_with_our_seal_is_believed(search: Search, spoilt: str) -> None:
    search.mailbox.receive(mail("rejection", NAMES[0]), MONDAY)
    copy = backup.make(search.folder, MONDAY)
    search.look(TEN)
    (letter,) = search.courier.letters
    put_back(search.folder, copy, TEN)
    pipeline = open_pipeline(search.folder)
    read = parse(RawMessage(Cursor("mine", "INBOX", 1, 9), TEN, letter))
    wrong = {
        "no mark": replace(read, letter_mark=""),
        "another's mark": replace(read, message_id="<other@reader.example>"),
        "no header": replace(read, letter_tells=""),
        "no kind": replace(read, letter_tells="- -"),
    }[spoilt]
    seal = pipeline.stationery.seal
    assert not remember(pipeline.store, seal, wrong)
    assert remember(pipeline.store, seal, read)
    assert not remember(pipeline.store, seal, read)


def test_the_header_tells_nobody_else_anything(search: Search) -> None:
    for name in NAMES:
        search.mailbox.receive(mail("rejection", name), MONDAY)
    search.look(TEN)
    header = str(message_from_bytes(search.courier.letters[0], policy=SMTP)[tells.HEADER])
    found = tells.read(header)
    assert found is not None
    assert len(found.signs) == len(NAMES)
    assert all(len(sign) == 16 and int(sign, 16) >= 0 for sign in found.signs)


@pytest.mark.parametrize("about", ["", "weekly 2026-W10", "before 12 2026-03-06"])
def test_the_header_is_read_as_it_was_written(about: str) -> None:
    written = tells.written(LetterKind.WEEKLY, about, ["bb", "aa"])
    assert tells.read(written) == tells.Tells(LetterKind.WEEKLY, about, frozenset({"aa", "bb"}))
    assert tells.read("") is None
    assert tells.read("nonsense -") is None
