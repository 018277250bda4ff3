"""The machine: anything that can happen, in any order, and after each thing what must be true then."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.fakes import Fate, KilledError
from tests.machine.commands import COMMANDS, Command
from tests.machine.repertoire import ANSWERS, Answer
from tests.machine.search import DAY, FOLDERS, Search
from triage.core.values import Kind
from triage.errors import CredentialError, ServerError, StoreError

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PLACES = (
    ("Europe/Stockholm", date(2026, 3, 2)),
    ("Europe/Stockholm", date(2026, 3, 27)),
    ("Europe/Stockholm", date(2026, 10, 23)),
    ("America/New_York", date(2026, 3, 6)),
    ("America/New_York", date(2026, 10, 30)),
    ("Australia/Lord_Howe", date(2026, 4, 3)),
    ("Australia/Lord_Howe", date(2026, 10, 2)),
)
"""An ordinary Monday, and Fridays before the clocks change."""
WRONG = (MINUTE, HOUR, DAY, 9 * DAY, 365 * DAY, 12 * 365 * DAY)
"""So far ahead of the true time, or behind it, a clock may be."""
SPANS = (MINUTE, 11 * MINUTE, 3 * HOUR, 3 * HOUR, DAY, DAY, 3 * DAY, 10 * DAY)
folders = st.sampled_from(FOLDERS)
numbers = st.integers(0, 99)
"""Which of the things there are, counted round and round."""


class Machine(RuleBasedStateMachine):
    """One reader's search."""

    search: Search
    lived: ClassVar[Counter[str]] = Counter()
    """What all of them came to, since this was cleared."""

    @initialize(
        place=st.sampled_from(PLACES),
        transit=st.sampled_from([timedelta(0), 10 * MINUTE]),
        earlier=st.lists(st.tuples(st.sampled_from(ANSWERS), st.integers(1, 20)), max_size=4),
        news=st.lists(st.sampled_from(ANSWERS), max_size=8),
        looks=st.booleans(),
    )
    def begins(
        self,
        place: tuple[str, date],
        transit: timedelta,
        earlier: Sequence[tuple[Answer, int]],
        news: Sequence[Answer],
        looks: bool,
    ) -> None:
        """Some mail was there before the first look, and some has come since, if that is over."""
        self.search = Search(place[1], ZoneInfo(place[0]), transit)
        for answer, days in earlier:
            self.search.comes(answer.data(self.search.day), FOLDERS[0], days * DAY)
        if looks:
            self.search.looks()
        for answer in news:
            self.search.comes(answer.data(self.search.day), FOLDERS[0])

    # --- The mailbox ------------------------------------------------------------------------------------------------

    @rule(
        answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=4),
        folder=folders,
        days=st.sampled_from([0, 0, 0, 2, 20]),
    )
    def mail_arrives(self, answers: Sequence[Answer], folder: str, days: int) -> None:
        for answer in answers:
            self.search.comes(answer.data(self.search.day), folder, days * DAY)

    @rule(folder=folders)
    def a_mail_arrives_that_cannot_be_read(self, folder: str) -> None:
        self.search.comes(b"", folder)

    @precondition(lambda self: self.search.has_mail)
    @rule(folder=folders, number=numbers)
    def another_program_moves_a_mail(self, folder: str, number: int) -> None:
        self.with_a_mail(folder, number, self.search.is_moved)

    @precondition(lambda self: self.search.has_mail)
    @rule(folder=folders, number=numbers)
    def another_program_deletes_a_mail(self, folder: str, number: int) -> None:
        self.with_a_mail(folder, number, self.search.world.mailbox.expunge)

    def with_a_mail(self, folder: str, number: int, do: Callable[[int, str], None]) -> None:
        uids = sorted(self.search.world.mailbox.held(folder))
        if uids:
            do(uids[number % len(uids)], folder)

    @precondition(lambda self: self.search.has_mail)
    @rule(folder=folders, first=st.sampled_from([1, 7, 1000]))
    def the_server_renumbers_a_folder(self, folder: str, first: int) -> None:
        self.search.world.mailbox.renumber(folder, first)

    @precondition(lambda self: self.search.has_letters)
    @rule(number=numbers)
    def a_letter_of_ours_comes_once_more(self, number: int) -> None:
        letters = self.search.world.courier.letters
        self.search.comes(letters[number % len(letters)], FOLDERS[1])

    # --- What the reader says ---------------------------------------------------------------------------------------

    @precondition(lambda self: self.search.has_letters)
    @rule(number=numbers, command=st.sampled_from(COMMANDS), stranger=st.sampled_from([False, False, True]))
    def a_letter_is_answered(self, number: int, command: Command, stranger: bool) -> None:
        self.search.is_answered(number, command, stranger=stranger)

    @precondition(lambda self: self.search.looked)
    @rule(number=numbers, kind=st.sampled_from([Kind.REJECTION, Kind.INTERVIEW, Kind.OTHER]))
    def a_line_is_corrected_in_another_window(self, number: int, kind: Kind) -> None:
        self.search.is_corrected(number, kind)

    @precondition(lambda self: self.search.looked)
    @rule(number=numbers)
    def a_line_is_forgotten_in_another_window(self, number: int) -> None:
        self.search.is_forgotten(number)

    # --- While a letter is handed over ------------------------------------------------------------------------------

    @precondition(lambda self: self.search.looked)
    @rule(number=numbers)
    def meanwhile_a_line_is_forgotten(self, number: int) -> None:
        self.once_meanwhile(lambda: self.search.is_forgotten(number))

    @rule()
    def meanwhile_mail_is_read(self) -> None:
        self.once_meanwhile(self.search.looks_meanwhile)

    def once_meanwhile(self, do: Callable[[], None]) -> None:
        courier = self.search.world.courier

        def meanwhile() -> None:
            courier.meanwhile = lambda: None
            do()

        courier.meanwhile = meanwhile

    # --- What goes wrong --------------------------------------------------------------------------------------------

    @rule(
        after=st.integers(0, 4),
        error=st.builds(ServerError, st.just("It is away."))
        | st.builds(CredentialError, st.just("It said no."))
        | st.builds(KilledError),
    )
    def the_connection_breaks(self, after: int, error: BaseException) -> None:
        self.search.world.mailbox.fail(error, after=after)

    @rule()
    def the_connection_is_back(self) -> None:
        self.search.world.mailbox.recover()

    @rule(fates=st.lists(st.sampled_from(Fate), min_size=1, max_size=3))
    def the_next_letters_meet_their_fate(self, fates: list[Fate]) -> None:
        self.search.world.courier.next(*fates)

    @rule(blind=st.booleans(), dies=st.booleans())
    def letters_cannot_be_looked_for(self, blind: bool, dies: bool) -> None:
        self.search.world.courier.blind, self.search.world.courier.dies_looking = blind, dies

    @rule(minutes=st.sampled_from([0, 5, 40]))
    def letters_are_slow(self, minutes: int) -> None:
        self.search.letters_are_slow(minutes * MINUTE)

    # Made anew each time: an error keeps all that it came through, with the threads of every service that it has ended.
    @rule(
        steps=st.integers(0, 14),
        error=st.builds(KilledError) | st.builds(KilledError) | st.builds(StoreError, st.just("It is full.")),
    )
    def the_store_fails_soon(self, steps: int, error: BaseException) -> None:
        self.search.world.mishap.error, self.search.world.mishap.steps = error, steps

    # --- Time -------------------------------------------------------------------------------------------------------

    @rule(span=st.sampled_from(SPANS))
    def time_passes(self, span: timedelta) -> None:
        self.search.passes(span)

    @precondition(lambda self: self.search.looked)
    @rule(wrong=st.sampled_from(WRONG), ahead=st.booleans())
    def the_clock_is_set_wrong(self, wrong: timedelta, ahead: bool) -> None:
        self.search.clock_is_set(wrong if ahead else -wrong)

    @rule()
    def the_clock_is_set_right(self) -> None:
        self.search.clock_is_set(timedelta(0))

    # --- The service ------------------------------------------------------------------------------------------------

    @rule()
    def restarts(self) -> None:
        self.search.world.restart()

    @rule()
    def looks(self) -> None:
        self.search.looks()

    @rule()
    def ticks(self) -> None:
        self.search.ticks()

    @rule(spans=st.lists(st.sampled_from(SPANS), min_size=1, max_size=4))
    def works_and_waits(self, spans: Sequence[timedelta]) -> None:
        for span in spans:
            self.search.looks()
            self.search.ticks()
            self.search.passes(span)

    @rule(hours=st.integers(1, 5))
    def works_by_the_clock(self, hours: int) -> None:
        """Through the next hours in which letters may come."""
        for _ in range(hours):
            self.search.works_at_the_next_hour()

    # --- What must be true ------------------------------------------------------------------------------------------

    @invariant()
    def all_is_as_expected(self) -> None:
        self.search.check()

    def teardown(self) -> None:
        if not hasattr(self, "search"):
            return
        try:
            if sys.exc_info()[0] is None:  # else it has failed, and says so
                self.search.settles()
        finally:
            self.lived.update(examples=1, letters=len(self.search.world.courier.inbox), deaths=self.search.world.deaths)
            self.search.world.close()
