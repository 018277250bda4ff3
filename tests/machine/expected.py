"""What must be true of the log and of the letters, reckoned beside the program and not by its code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.machine.commands import Reply
from tests.machine.record import NOTICES, Line, Record, Said, Written
from tests.machine.repertoire import ANSWERS, MUST_BE_TOLD
from triage.core.values import Kind

_WEEK = timedelta(days=7)
_SUPPORTING = ("daily", "weekly", "summary")
_PATIENT = (*_SUPPORTING, "before", "after")
_MOST_A_DAY, _MOST_A_WEEK = 1, 3
_NIGHT, _MORNING, _HOUR, _LATE = time(20), time(8), time(10), time(15)
_DEATHS = 3
_SETTLED = ("paused", "stopped", "resumed", "changed")


@dataclass(slots=True)
class Expected:
    """What happened so far, and what follows from it."""

    zone: ZoneInfo
    arrived: set[str] = field(default_factory=set)
    """The names of all that ever lay in the mailbox and belongs into the log."""
    owed: set[str] = field(default_factory=set)
    """Of these, what a look that succeeded has seen."""
    kinds: dict[str, Kind] = field(default_factory=dict)
    open_to_learning: set[str] = field(default_factory=set)
    """Mails that were still to come when the reader corrected another one of that employer: they may be taken for
    what the reader said, or be asked about."""
    to_forget: set[str] = field(default_factory=set)
    """The reader has asked for it, and it may not have been heard yet."""
    gone: set[str] = field(default_factory=set)
    """What has been forgotten, and may not come back."""
    told: dict[str, set[str]] = field(default_factory=dict)
    """Of each name, the letters in the reader's mailbox that tell it."""
    may_double: set[str] = field(default_factory=set)
    """Letters that were accepted and could not be found yet when they were looked for."""
    places: dict[str, str] = field(default_factory=dict)
    """What lies or lay where, by the name it would have if it could not be read; empty for what no log is for."""
    too_old: set[str] = field(default_factory=set)
    """Where mail lies that came so long before the first look that it need not be seen."""
    deaths: int = 0
    """How often the program was killed: a mail that seems to do that may be given up as unreadable after three."""
    replies: dict[bytes, Reply] = field(default_factory=dict)
    heard: set[bytes] = field(default_factory=set)
    """Of these, what a look that succeeded has seen."""

    def lies(self, place: str, name: str, kind: Kind) -> None:
        """A mail lies in a folder; it belongs into the log if it has a name there."""
        self.places[place] = name
        self.kinds[place] = Kind.UNREADABLE
        if name:
            self.arrived.add(name)
            self.kinds.setdefault(name, kind)

    def seen(self, place: str, data: bytes, lines: Container[str]) -> None:
        """A look that succeeded has seen this mail, and these are the lines of the log."""
        if place in self.too_old:
            return
        self.owed |= {self.places[place]} - {""}
        reply = self.replies.get(data)
        if reply and not reply.stranger and data not in self.heard and place not in lines:
            self.heard.add(data)
            self.gone |= set(reply.names) if reply.command.kind == "forgot" else set()

    def says(self, reply: Reply) -> None:
        self.replies[reply.data()] = reply
        if not reply.stranger and reply.command.kind == "forgot":
            self.to_forget |= set(reply.names)

    def corrected(self, line: Line, kind: Kind, record: Record) -> None:
        self.kinds[line.name] = kind
        same = {answer.name for answer in ANSWERS if answer.company == line.company}
        self.open_to_learning |= same - record.names().keys()

    def delivered(self, message_id: str, names: Iterable[str]) -> None:
        for name in names:
            self.told.setdefault(name, set()).add(message_id)

    # --- Always -----------------------------------------------------------------------------------------------------

    def check(self, record: Record, inbox: Sequence[str]) -> None:
        self._check_log(record)
        self._check_letters(record.letters)
        assert record.dangling == 0
        copies = [one for one, times in Counter(inbox).items() if times > 1 and one not in self.may_double]
        assert copies == [], "letters that came twice"
        twice = {name: letters for name, letters in self.told.items() if len(letters) > 1}
        assert twice == {}, "told by two letters"
        asked = Counter(_named(reply) for reply in self.replies.values() if not reply.stranger)
        assert {one: times for one, times in _done(record.said).items() if times > asked[one]} == {}, "done unasked"

    def _check_log(self, record: Record) -> None:
        names = record.names()
        assert [name for name, times in names.items() if times > 1] == [], "logged twice"
        given_up = self.places.keys() if self.deaths >= _DEATHS else set()
        assert set(names) - self.arrived - given_up == set(), "logged, and never came"
        logged = {*names, *(self.places.get(name, "") for name in names)}
        assert self.owed - logged - self.to_forget - self.gone - self.open_to_learning == set(), "seen, and not logged"
        assert self.gone & set(names) == set(), "forgotten, and there again"
        wrong = {one.name: one.kind for one in record.mails if one.kind is not self.kinds[one.name]}
        assert wrong.keys() - self.open_to_learning == set(), wrong
        silent = {one.application for one in record.lines if one.kind in NOTICES}
        assert silent <= {one.application for one in record.mails}, "a silence of nobody"

    def _check_letters(self, letters: Sequence[Written]) -> None:
        for letter in letters:
            assert letter.kind == "receipt" or self.open(letter), letter
        on_days = Counter(self._local(one.composed).date() for one in letters if one.kind in _PATIENT)
        assert not on_days or max(on_days.values()) <= _MOST_A_DAY
        times = [one.composed for one in letters if one.kind in _SUPPORTING]
        for moment in times:
            assert sum(moment - _WEEK < other <= moment for other in times) <= _MOST_A_WEEK
        about = [one.about for one in letters if one.about]
        assert len(about) == len(set(about)), "two letters about one thing"

    def open(self, letter: Written) -> bool:
        """Was it written at an hour at which the reader wants one?"""
        local = self._local(letter.composed)
        if letter.kind not in _PATIENT:
            return _MORNING <= local.time() < _NIGHT
        weekend = local.weekday() > 4 or (local.weekday() == 4 and local.time() >= _LATE)
        return _HOUR <= local.time() < _NIGHT and not weekend

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def check_commands(self, said: Sequence[Said]) -> None:
        """After a look that succeeded: what was asked for is done.

        More may be, by a reply heard in a look that broke off, and deleted before the next. `check` has the bound.
        """
        asked = Counter(_named(reply) for data, reply in self.replies.items() if data in self.heard)
        done = _done(said)
        assert {one: times for one, times in asked.items() if one[1] in _SETTLED and done[one] < times} == {}

    # --- What the reader wants --------------------------------------------------------------------------------------

    def silenced(self, said: Sequence[Said], now: datetime) -> bool:
        """Has the reader asked for quiet, as far as it was heard?"""
        stopped, paused = False, ""
        for one in said:
            if one.kind == "paused":
                paused = one.text
            elif one.kind == "stopped":
                stopped, paused = True, ""
            elif one.kind == "resumed":
                stopped, paused = False, ""
            elif one.kind == "changed":
                stopped, paused = False, "" if one.text == "all" else paused
        return stopped or (bool(paused) and self._local(now).date() < date.fromisoformat(paused))

    # --- In the end -------------------------------------------------------------------------------------------------

    def untold(self, record: Record) -> set[str]:
        """What letters still owe the reader."""
        return {one.name for one in record.mails if one.kind in MUST_BE_TOLD and not self.told.get(one.name)}


def _named(reply: Reply) -> tuple[str, str]:
    return reply.letter, reply.command.kind


def _done(said: Sequence[Said]) -> Counter[tuple[str, str]]:
    """How often each letter led to what. Asked to forget what is forgotten, the program asks what was meant."""
    return Counter((one.letter, "forgot" if one.kind == "unknown" else one.kind) for one in said if one.letter)
