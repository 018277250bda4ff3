"""A message that ends the program, or that will not come, is set aside by name; all the others are logged once."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.at_work import AWAY, BEFORE, DAY, companies, cursor, events, open_pipeline, read, settled, tellings, tick
from tests.fakes import MONDAY, FakeCourier, FakeMailbox, KilledError, mail
from triage.core.judge import NONE_LEARNT, Judge, Judged, Lessons
from triage.core.values import Cursor, Details, Kind, Message, RawMessage, Verdict
from triage.errors import ServerError
from triage.mailbox import FetchError, Unread
from triage.pipeline import Pipeline
from triage.reading import CAREFUL, MOST_DEATHS, MOST_FAILURES

POISON = "Nightshade"
NAMES = tuple(f"Firm{number}" for number in range(20))


class Stricken(Judge):
    """A judge whom one mail ends, as a fault in a library would."""

    def verdict(self, read: Message, lessons: Lessons = NONE_LEARNT) -> tuple[Verdict, Details]:
        if POISON in read.text:
            end()
        return super().verdict(read, lessons)


def end() -> None:
    raise KilledError


def judged_by(kind: type[Judge], pipeline: Pipeline) -> Pipeline:
    """The same, with a judge of this kind who knows all that its own does."""
    return replace(pipeline, judge=kind(**{field.name: getattr(pipeline.judge, field.name) for field in fields(Judge)}))


def opened(folder: Path) -> Pipeline:
    """The service, started anew, with a judge who can be stricken."""
    return judged_by(Stricken, open_pipeline(folder))


def delivered(pipeline: Pipeline, *places: int) -> FakeMailbox:
    """Twenty no's, and poison in these places among them."""
    mailbox = settled(pipeline)
    for number, name in enumerate(NAMES):
        if number in places:
            mailbox.receive(mail("rejection", POISON))
        mailbox.receive(mail("rejection", name))
    return mailbox


def runs(folder: Path, mailbox: FakeMailbox, most: int = 20) -> int:
    """Start the service again and again, until a look ends. Returns how often it died."""
    for deaths in range(most):
        pipeline = opened(folder)
        try:
            read(pipeline, mailbox)
            return deaths
        except KilledError:
            pass
        finally:
            pipeline.store.close()
    raise AssertionError(f"it died {most} times")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.mark.parametrize("place", [0, 10, 19])
def test_poison_is_set_aside_after_three_deaths(folder: Path, place: int) -> None:
    mailbox = delivered(opened(folder), place)
    assert runs(folder, mailbox) == MOST_DEATHS + 1
    pipeline = opened(folder)
    kinds = Counter(event.kind for event in events(pipeline))
    assert kinds == {Kind.REJECTION: len(NAMES), Kind.UNREADABLE: 1}
    assert Counter(companies(pipeline)) == Counter([*NAMES, ""])
    assert read(pipeline, mailbox).read == 0


def test_two_of_them_are_set_aside_one_after_the_other(folder: Path) -> None:
    mailbox = delivered(opened(folder), 3, 4)
    # The second has nothing left to prove before the look is careful.
    assert runs(folder, mailbox) == (MOST_DEATHS + 1) + MOST_DEATHS
    assert Counter(event.kind for event in events(opened(folder)))[Kind.UNREADABLE] == 2


def test_the_next_letter_says_so_once(folder: Path) -> None:
    mailbox = settled(opened(folder))
    for name in ("Before", POISON, "After"):
        mailbox.receive(mail("rejection", name))
    runs(folder, mailbox)
    pipeline, courier = opened(folder), FakeCourier()
    tick(pipeline, courier)
    mailbox.receive(mail("interview", "Later"))
    read(pipeline, mailbox)
    tick(pipeline, courier)
    said = [b"One mail could not be read" in letter for letter in courier.letters]
    assert said == [True, False]


def test_deaths_for_other_reasons_cost_no_mail(folder: Path) -> None:
    """Killed at every message in turn: no message has been in hand at more than two deaths."""
    mailbox = delivered(opened(folder))
    for after in range(len(NAMES)):
        pipeline = open_pipeline(folder)
        mailbox.fail(KilledError(), after=after % 3)
        with pytest.raises(KilledError):
            read(pipeline, mailbox)
        pipeline.store.close()
    mailbox.recover()
    pipeline = open_pipeline(folder)
    read(pipeline, mailbox)
    assert Counter(companies(pipeline)) == Counter(NAMES)


def test_what_was_in_hand_at_a_death_and_done_later_is_forgiven(folder: Path) -> None:
    """The look breaks off when the message is done; later the same mail comes once more, to another run."""
    mailbox = settled(opened(folder))
    twin = mail("rejection", POISON)
    for data in (twin, mail("rejection", "Fjord"), twin, mail("rejection", "Skarv")):
        mailbox.receive(data)
    for _ in range(MOST_DEATHS):
        with pytest.raises(KilledError):
            read(opened(folder), mailbox)
    mailbox.fail(ServerError("Gone."), after=1)
    with pytest.raises(ServerError):
        read(open_pipeline(folder), mailbox)
    mailbox.recover()
    pipeline = open_pipeline(folder)
    read(pipeline, mailbox)
    assert Counter(companies(pipeline)) == {POISON: 1, "Fjord": 1, "Skarv": 1}


def test_poison_deep_in_a_large_mailbox_is_still_within_the_careful_part(folder: Path) -> None:
    pipeline = opened(folder)
    mailbox = settled(pipeline)
    for number in range(CAREFUL * 2):
        mailbox.receive(mail("shop", f"Shop{number % 7}"))
    mailbox.receive(mail("rejection", POISON))
    mailbox.receive(mail("rejection", "Fjord"))
    assert runs(folder, mailbox) == MOST_DEATHS + 1
    assert Counter(companies(opened(folder))) == {"": 1, "Fjord": 1}


class Unreachable(FakeMailbox):
    """One message whose fetching the connection does not survive."""

    def unread(self, folder: str, cursor: Cursor | None, since: datetime, singly: int = 0) -> Unread:
        found = super().unread(folder, cursor, since, singly)
        return replace(found, messages=self._broken(found.messages, singly))

    def _broken(self, messages: Iterator[RawMessage], singly: int) -> Iterator[RawMessage]:
        for number, raw in enumerate(messages):
            if POISON.encode() in raw.data:
                raise FetchError("Gone.", raw.cursor, raw.received) if number < singly else ServerError("Gone.")
            yield raw


def looks(pipeline: Pipeline, mailbox: FakeMailbox) -> int:
    """Look until a look ends well. Returns how many did not."""
    for failures in range(50):
        try:
            read(pipeline, mailbox)
        except ServerError:
            continue
        return failures
    raise AssertionError("no look ended")


def unreachable(pipeline: Pipeline) -> FakeMailbox:
    mailbox = Unreachable()
    read(pipeline, mailbox)
    for name in ("Before", POISON, "After"):
        mailbox.receive(mail("rejection", name))
    return mailbox


def test_a_message_that_cannot_be_fetched_is_passed_over_in_the_end(pipeline: Pipeline) -> None:
    mailbox = unreachable(pipeline)
    # The first failure is of a batch, and nobody knows yet of which message.
    assert looks(pipeline, mailbox) == 1 + MOST_FAILURES
    assert Counter(companies(pipeline)) == {"Before": 1, "": 1, "After": 1}
    assert cursor(pipeline).uid == 3
    assert read(pipeline, mailbox).read == 0


def test_one_that_comes_in_the_end_is_logged_as_it_is(pipeline: Pipeline) -> None:
    mailbox = unreachable(pipeline)
    for _ in range(MOST_FAILURES):
        with pytest.raises(ServerError):
            read(pipeline, mailbox)
    sound = FakeMailbox()
    for at, data in mailbox.held().values():
        sound.receive(data, at)
    assert read(pipeline, sound).read == 2
    assert Counter(companies(pipeline)) == {"Before": 1, POISON: 1, "After": 1}


def test_a_server_that_is_away_costs_no_mail(pipeline: Pipeline) -> None:
    mailbox = delivered(pipeline)
    mailbox.fail(ServerError("The server is away."), after=0)
    for _ in range(5 * MOST_FAILURES):
        with pytest.raises(ServerError):
            read(pipeline, mailbox)
    mailbox.recover()
    read(pipeline, mailbox)
    assert Counter(companies(pipeline)) == Counter(NAMES)


class Starved(Judge):
    """A judge for whom one mail is too large for the memory there is."""

    def verdict(self, read: Message, lessons: Lessons = NONE_LEARNT) -> tuple[Verdict, Details]:
        if POISON in read.text:
            raise MemoryError
        return super().verdict(read, lessons)


def test_a_message_for_which_memory_never_suffices_is_set_aside(pipeline: Pipeline) -> None:
    starved = judged_by(Starved, pipeline)
    mailbox = delivered(pipeline, 5)
    failures = 0
    for _ in range(50):
        try:
            read(starved, mailbox)
            break
        except MemoryError:
            failures += 1
    assert failures == 1 + MOST_FAILURES
    assert Counter(companies(pipeline)) == Counter([*NAMES, ""])


def test_a_look_that_ends_leaves_no_trace_of_its_care(folder: Path) -> None:
    mailbox = delivered(opened(folder), 0)
    runs(folder, mailbox)
    with opened(folder).store.reading() as work:
        rows = work.log.connection.exec_driver_sql("SELECT count(*) FROM trial").scalar()
    assert rows == 0


def test_really_killed(folder: Path) -> None:
    """The same with processes and SIGKILL."""
    mailbox = delivered(opened(folder), 10)
    statuses = [
        _forked(lambda: read(judged_by(Deadly, open_pipeline(folder)), mailbox)) for _ in range(MOST_DEATHS + 2)
    ]
    assert statuses == [-signal.SIGKILL] * (MOST_DEATHS + 1) + [0]
    assert Counter(companies(opened(folder))) == Counter([*NAMES, ""])


class Deadly(Judge):
    def verdict(self, read: Message, lessons: Lessons = NONE_LEARNT) -> tuple[Verdict, Details]:
        if POISON in read.text:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().verdict(read, lessons)


def _forked(act: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Prompt(Judge):
    """All is quick."""

    def begun(self, raw: RawMessage) -> Judged:
        return self.judged(raw)


class Slow(Judge):
    """Nothing is done before somebody says so."""

    go = threading.Event()

    def begun(self, raw: RawMessage) -> Callable[[], Judged]:
        def judged() -> Judged:
            assert self.go.wait(20)
            return self.judged(raw)

        return judged


def told_of(pipeline: Pipeline, when: Callable[[int], object] = lambda _: None) -> list[int]:
    """What is told of a look at three messages: how many are read. `when`: called each time, with how often it was."""
    mailbox = settled(pipeline)
    for name in NAMES[:3]:
        mailbox.receive(mail("rejection", name))
    told: list[int] = []

    def progress(name: str, done: int, total: int) -> None:
        assert (name, total) == ("mine", 3)
        told.append(done)
        when(len(told))

    pipeline.read(mailbox, "INBOX", BEFORE, progress)
    assert Counter(companies(pipeline)) == Counter(NAMES[:3])
    return told


def test_of_a_message_that_is_done_as_soon_as_it_comes_progress_is_told_once(pipeline: Pipeline) -> None:
    assert told_of(judged_by(Prompt, pipeline)) == [1, 2, 3]


def test_that_a_message_came_is_progress_where_it_waits(pipeline: Pipeline) -> None:
    def release(times: int) -> None:
        if times == 2:
            Slow.go.set()

    told = told_of(judged_by(Slow, pipeline), release)
    assert told[:2] == [0, 0]
    assert told == sorted(told)
    assert {1, 2, 3} < {*told}


def test_what_a_first_look_finds_is_told_when_it_is_at_its_end(pipeline: Pipeline) -> None:
    """Broken off in the middle, half of the old news would be told alone, and the rest a week later."""
    mailbox, courier = FakeMailbox(), FakeCourier()
    for company in ("Alder", "Birch", "Copper"):
        mailbox.receive(mail("rejection", company), MONDAY - DAY)
    mailbox.fail(AWAY, after=1)
    with pytest.raises(ServerError):
        read(pipeline, mailbox)
    assert tick(pipeline, courier) == 0
    mailbox.recover()
    read(pipeline, mailbox)
    assert tick(pipeline, courier) == 1
    assert set(tellings(pipeline).values()) == {1}
    assert len(tellings(pipeline)) == 3


@pytest.mark.parametrize("later", [365 * DAY, 40 * DAY], ids=["a clock that is ahead", "a service that was off"])
def test_a_renumbered_folder_is_read_from_where_it_was_first_read(pipeline: Pipeline, later: timedelta) -> None:
    mailbox = settled(pipeline)
    mailbox.receive(mail("rejection", "Unseen"), MONDAY)
    mailbox.renumber()
    pipeline.read(mailbox, "INBOX", MONDAY + later - 30 * DAY)
    assert companies(pipeline) == ["Unseen"]
