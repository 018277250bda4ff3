"""One reader's search: the world, and beside it what must be true of it. The verbs of the machine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from tests.machine import commands
from tests.machine.expected import Expected
from tests.machine.record import Line, Record, read, sound, unreadable
from tests.machine.repertoire import MUST_BE_TOLD, by_data
from tests.machine.world import LOOK_BACK, World
from triage.core.values import NOTICES, Kind
from triage.errors import TriageError

FOLDERS = ("INBOX", "Jobs")
DAY = timedelta(days=1)
_A_MOMENT = timedelta(seconds=1)
"""No two mails come at the same time, so that each has a place of its own."""
_SOME_WEEKS = 60


class Search:
    """From the first start of the service on."""

    def __init__(self, day: date, zone: ZoneInfo, transit: timedelta) -> None:
        start = datetime(day.year, day.month, day.day, 9, tzinfo=zone).astimezone(UTC)
        self.day = day
        self.world = World(start, zone, transit)
        self.expected = Expected(zone)
        self.looked = False
        self._first_looks = set(FOLDERS)
        """Folders of which no look has yet seen all."""
        self._numbers = count(1)
        self._inbox = 0
        """How many letters are known to have been accepted."""
        self._slow = timedelta(0)
        self._coming: dict[str, tuple[datetime, bytes]] = {}
        """Letters that were accepted and are on their way, and when they will be there."""

    def record(self) -> Record:
        return read(self.world.store)

    @property
    def has_mail(self) -> bool:
        return any(self.world.mailbox.held(folder) for folder in FOLDERS)

    @property
    def has_letters(self) -> bool:
        return bool(self.world.courier.letters)

    # --- Mail -------------------------------------------------------------------------------------------------------

    def comes(self, data: bytes, folder: str, age: timedelta = timedelta(0)) -> None:
        self.world.true += _A_MOMENT
        at = self.world.true - age
        self.world.mailbox.receive(data, at, folder)
        self._lies(folder, at, data)

    def is_moved(self, uid: int, folder: str) -> None:
        """To the other folder."""
        at, data = self.world.mailbox.held(folder)[uid]
        to = FOLDERS[folder == FOLDERS[0]]
        self.world.mailbox.move(uid, folder, to)
        self._lies(to, at, data)

    def _lies(self, folder: str, at: datetime, data: bytes) -> None:
        place, answer = unreadable(folder, at), by_data(self.day).get(data)
        if answer is None:
            self.expected.lies(place, "" if data else place, Kind.UNREADABLE)
        else:
            self.expected.lies(place, answer.name if answer.logged else "", answer.kind)

    def is_answered(self, which: int, command: commands.Command, *, stranger: bool) -> None:
        """The reader, or somebody who found it, answers a letter."""
        letters = list(dict.fromkeys(self.world.courier.inbox))
        letter = letters[which % len(letters)]
        told = [line.name for line in self.record().told_by(letter)]
        if told or command.kind != "forgot":
            reply = commands.Reply(letter, command, next(self._numbers), told, stranger)
            self.expected.says(reply)
            self.comes(reply.data(), FOLDERS[0])

    # --- Another window ---------------------------------------------------------------------------------------------

    def is_corrected(self, which: int, kind: Kind) -> None:
        line = self._line(which)
        if line and line.kind is not Kind.UNREADABLE:
            self.expected.corrected(line, kind, self.record())
            commands.correct(self.world.other_program(), line.id, kind, self.world.now())

    def is_forgotten(self, which: int) -> None:
        line = self._line(which)
        if line:
            self.expected.gone.add(line.name)
            commands.forget(self.world.other_program(), line.id)

    def _line(self, which: int) -> Line | None:
        mails = sorted(self.record().mails, key=lambda line: line.id)
        return mails[which % len(mails)] if mails else None

    # --- Time -------------------------------------------------------------------------------------------------------

    def passes(self, span: timedelta) -> None:
        self.world.true += span
        for letter, (due, data) in list(self._coming.items()):
            if due <= self.world.true:
                del self._coming[letter]
                self.world.courier.unseen.discard(letter)
                self.comes(data, FOLDERS[0])

    def clock_is_set(self, wrong: timedelta) -> None:
        """A letter that has not arrived may now be looked for before its time."""
        self.world.wrong = wrong
        self.expected.may_double |= self._coming.keys()

    def letters_are_slow(self, span: timedelta) -> None:
        """By SMTP they are accepted before they are there."""
        if self.world.courier.transit:
            self._slow = span

    # --- The service ------------------------------------------------------------------------------------------------

    def looks(self) -> None:
        self._passes_over_what_is_too_old()
        if self.world.poll():
            self._has_looked()

    def looks_meanwhile(self) -> None:
        """In its other thread: to be killed kills both."""
        self._passes_over_what_is_too_old()
        try:
            self.world.service.poll(self.world.service.watched[0])
        except TriageError:
            return
        self._has_looked()

    def _has_looked(self) -> None:
        record = self.record()
        for folder in FOLDERS:
            for at, data in self.world.mailbox.held(folder).values():
                self.expected.seen(unreadable(folder, at), data, record.names())
        self.looked = True
        self._first_looks.clear()
        self.expected.check_commands(record.said)

    def _passes_over_what_is_too_old(self) -> None:
        for folder in self._first_looks:
            for at, _ in self.world.mailbox.held(folder).values():
                if self.world.now() - at > LOOK_BACK:
                    self.expected.too_old.add(unreadable(folder, at))

    def ticks(self) -> None:
        before = self.record()
        silenced, known = self.expected.silenced(before.said, self.world.now()), {one.id for one in before.letters}
        self.world.tick()
        written = {one.kind for one in self.record().letters if one.id not in known}
        assert not silenced or written <= {"receipt"}, f"{written} although the reader wants none"
        self._letters_arrive()

    def _letters_arrive(self) -> None:
        record, courier = self.record(), self.world.courier
        for letter, data in list(zip(courier.inbox, courier.letters, strict=True))[self._inbox :]:
            told = record.told_by(letter)
            text, owed = data.replace(b"=\r\n", b""), [line for line in told if line.kind in MUST_BE_TOLD]
            assert [line for line in owed if line.company.encode() not in text] == [], "told, and not in the letter"
            composed = next(one.composed for one in record.letters if one.message_id == letter)
            # A silence of which a clock that was ahead has told was none yet: it is told when it has come about.
            early = NOTICES if composed > self.world.true + DAY else frozenset()
            self.expected.delivered(letter, [line.name for line in told if line.kind not in early])
            if self._slow:
                courier.unseen.add(letter)
                self._coming[letter] = self.world.true + self._slow, data
                self.expected.may_double |= {letter} if self._slow > courier.transit else set()
            else:
                self.comes(data, FOLDERS[0])
        self._inbox = len(courier.inbox)

    # --- What must be true ------------------------------------------------------------------------------------------

    def check(self) -> Record:
        record = self.record()
        self.expected.deaths = self.world.deaths
        self.expected.check(record, self.world.courier.inbox)
        return record

    def settles(self) -> None:
        """Everything works again, the reader wants all letters, and some weeks pass."""
        self._slow = timedelta(0)
        self.world.recovers()
        self.looks()  # there may be a reply that says stop
        commands.want_all(self.world.store, self.world.now())
        record = self.check()
        for _ in range(_SOME_WEEKS):
            self.works_at_the_next_hour()
            record = self.check()
            if not (self.expected.untold(record) or record.on_their_way):
                break
        assert self.expected.untold(record) == set(), "never told"
        assert record.on_their_way == [], "never sent"
        self.expected.check_commands(record.said)
        assert sound(self.world.store)

    def works_at_the_next_hour(self) -> None:
        self.passes(self._until_a_letter_may_come())
        self.looks()
        self.ticks()

    def _until_a_letter_may_come(self) -> timedelta:
        """Half past eight, or eleven, whichever comes next."""
        true = self.world.true
        local = true.astimezone(self.expected.zone)
        hours = [local.replace(hour=hour, minute=minute) for hour, minute in ((8, 30), (11, 0))]
        coming = [hour.astimezone(UTC) for hour in (*hours, hours[0] + DAY)]
        return min(hour for hour in coming if hour > true) - true
