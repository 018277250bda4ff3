"""Half a year of made-up searches through the real store and the real letters: what holds for every one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from triage.cli.half_year import START, ZONE, Leaf, leaf_through, play
from triage.cli.letter import part
from triage.core.journey import meetings
from triage.core.letter import PATIENT, SUPPORTING, LetterKind
from triage.core.values import Application, Event, Kind, Stage
from triage.demo.life import live, moment, persona, personas
from triage.errors import InputError
from triage.store import Store

pytestmark = pytest.mark.xdist_group("half-year")

WEEKS = 26
NAMES = list(personas())
STEPS = re.compile(r"(step|plan)-")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Search:
    """All letters of one made-up search, and the log they were written from."""

    leaves: tuple[Leaf, ...]
    events: dict[int, Event]
    applications: tuple[Application, ...]

    def of(self, *kinds: LetterKind) -> list[Leaf]:
        return [leaf for leaf in self.leaves if leaf.letter.kind in kinds]

    def told(self, leaf: Leaf) -> list[Event]:
        return [self.events[number] for number in leaf.letter.events]


@cache
def search(name: str) -> Search:
    with TemporaryDirectory() as folder:
        leaves = tuple(play(persona(name), WEEKS, Path(folder)))
        store = Store(Path(folder) / "store")
        with store.reading() as work:
            events, applications = work.log.events(), work.log.applications()
        store.close()
    return Search(leaves, {event.id: event for event in events}, applications)


def text(leaf: Leaf) -> str:
    return " ".join(part(leaf.message, "plain").split())


def local(leaf: Leaf) -> datetime:
    return leaf.at.astimezone(ZONE)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_person_has_the_same_half_year(name: str) -> None:
    assert (
        live(persona(name), START, WEEKS) == live(persona(name), START, WEEKS) != live(persona(name), START, WEEKS, 2)
    )


@pytest.mark.parametrize("name", NAMES)
def test_letters_keep_to_the_hours_and_the_caps(name: str) -> None:
    found = search(name)
    patient = [local(leaf) for leaf in found.of(*PATIENT)]
    assert all(at.weekday() < 5 and 9 <= at.hour < 20 for at in patient)
    assert all(8 <= local(leaf).hour < 20 for leaf in found.leaves if leaf.letter.kind is not LetterKind.RECEIPT)
    assert len({at.date() for at in patient}) == len(patient)
    support = [local(leaf) for leaf in found.of(*SUPPORTING)]
    assert all(sum(at - 7 * DAY < other <= at for other in support) <= 3 for at in support)
    weeks = [local(leaf).isocalendar()[:2] for leaf in found.of(LetterKind.WEEKLY)]
    assert len(set(weeks)) == len(weeks)


@pytest.mark.parametrize("name", NAMES)
def test_no_wording_comes_again_within_three_letters_of_its_block(name: str) -> None:
    fixed = {"support", "colophon", "first-letter"}
    uses: dict[str, list[int]] = {}
    for leaf in search(name).leaves:
        for block, variant in leaf.letter.wordings:
            uses.setdefault(block, []).append(variant)
    again = {
        block: used
        for block, used in uses.items()
        if block not in fixed and any(variant in used[max(0, at - 3) : at] for at, variant in enumerate(used))
    }
    assert not again
    assert max(map(len, uses.values())) > 20


@pytest.mark.parametrize("name", NAMES)
def test_every_no_and_every_good_news_is_told_once_and_in_time(name: str) -> None:
    found = search(name)
    told = [number for leaf in found.leaves for number in leaf.letter.events]
    assert len(set(told)) == len(told)
    late = [
        (event.kind, leaf.at - event.received)
        for leaf in found.leaves
        for event in found.told(leaf)
        if leaf.at - event.received > (8 * DAY if event.kind in (Kind.REJECTION, Kind.QUIET, Kind.SILENCE) else 3 * DAY)
    ]
    # An offer holds back what else there is for a week.
    assert not late or (name == "quick" and max(wait for _, wait in late) < 16 * DAY)
    silent = {Kind.ACKNOWLEDGEMENT, Kind.QUIET, Kind.SILENCE}
    untold = [event for event in found.events.values() if event.id not in told and event.kind not in silent]
    assert not untold


@pytest.mark.parametrize("name", NAMES)
def test_no_task_where_it_would_hurt(name: str) -> None:
    found = search(name)
    for leaf in found.of(*SUPPORTING):
        blocks = {block for block, _ in leaf.letter.wordings}
        final = any(event.details.stage is Stage.FINAL for event in found.told(leaf) if event.kind is Kind.REJECTION)
        hard = final or "opening-heavy" in blocks
        tasks = [block for block in blocks if STEPS.match(block)]
        assert len(tasks) <= 1
        assert not (hard and tasks), leaf.at
        assert not ("feedback" in blocks and any(block.startswith("step-") for block in tasks)), leaf.at
        asked = "If you want to talk to someone" in text(leaf)
        assert asked or not hard


@pytest.mark.parametrize("name", NAMES)
def test_what_a_letter_names_is_in_the_log_and_what_it_counts_is_right(name: str) -> None:
    found = search(name)
    noes = [event for event in found.events.values() if event.kind is Kind.REJECTION]
    for leaf in found.leaves:
        words = text(leaf)
        assert all(event.details.company in words for event in found.told(leaf) if event.kind is Kind.REJECTION)
        week = {event.application for event in noes if leaf.at - 7 * DAY < event.received <= leaf.at}
        ever = {event.application for event in noes if event.received <= leaf.at}
        for figures in re.findall(r"a no: (\d+) in seven days, (\d+) in all", words):
            assert figures == (str(len(week)), str(len(ever)))
        if "opening-heavy" in dict(leaf.letter.wordings):
            assert len(week) >= 5


@pytest.mark.parametrize("name", NAMES)
def test_letters_about_a_talk_stand_on_the_right_side_of_it(name: str) -> None:
    found = search(name)
    days = {
        (one.event.id, f"{one.day}"): one.day
        for application in found.applications
        for one in meetings(application, ZONE)
    }
    for leaf in found.of(LetterKind.BEFORE, LetterKind.AFTER):
        _, event, day = leaf.letter.about.split()
        wait = days.get((int(event), day), datetime.fromisoformat(day).date()) - local(leaf).date()
        first, last = (0, 6) if leaf.letter.kind is LetterKind.BEFORE else (-4, -1)
        assert first <= wait.days <= last


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_it_says_what_happened_on_a_locked_screen(name: str) -> None:
    companies = {event.details.company for event in search(name).events.values()}
    for leaf in search(name).leaves:
        subject = str(leaf.message["Subject"])
        assert not re.search(r"reject|offer|interview|application|\bno\b", subject, re.IGNORECASE)
        assert not any(company in subject for company in companies)


def test_every_letter_there_is_comes_in_one_of_the_searches() -> None:
    kinds = {leaf.letter.kind for name in NAMES for leaf in search(name).leaves}
    # What the first look finds, an employer who comes back, and what the reader asks for are not in the play.
    assert kinds == set(LetterKind) - {LetterKind.SUMMARY, LetterKind.CORRECTION, LetterKind.RECEIPT}


def test_after_an_offer_there_is_a_week_without_anything_else() -> None:
    found = search("quick")
    (offer, *_) = [event for event in found.events.values() if event.kind is Kind.OFFER]
    after = [leaf for leaf in found.of(*SUPPORTING) if offer.received < leaf.at <= offer.received + 7 * DAY]
    assert not after


def test_a_break_ends_the_letters_and_a_new_start_begins_them() -> None:
    days = [local(leaf).date() - START.date() for leaf in search("break").leaves]
    quiet = [later - earlier for earlier, later in pairwise(days)]
    assert max(quiet) > 14 * DAY
    assert max(days) > timedelta(weeks=22)


def test_own_words_come_back() -> None:
    words = " ".join(map(text, search("steady").leaves))
    assert "soup, and the film I know by heart" in words
    assert re.search(r"\b(Ana|Joel)\b", words)
    assert "walk by the canal" in words or "one honest conversation" in words


def test_notes_come_back_before_the_next_talk() -> None:
    before = [text(leaf) for leaf in search("quick").of(LetterKind.BEFORE)]
    assert any("Your notes" in words for words in before)


def test_the_index_names_every_letter_and_loads_nothing(tmp_path: Path) -> None:
    leaves = list(search("silence").leaves[:5])
    page = leaf_through(persona("silence"), leaves, tmp_path).read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', page)
    assert len(links) == len(leaves)
    assert all((tmp_path / link).is_file() for link in links)
    assert not re.search(r"https?:|src=|url\(", page)


def test_a_person_nobody_made_up() -> None:
    with pytest.raises(InputError, match="steady, unlucky, silence, quick, break"):
        persona("nobody")


def happenings(name: str) -> Iterator[datetime]:
    return map(moment, live(persona(name), START, WEEKS))


@pytest.mark.parametrize("name", NAMES)
def test_a_life_is_in_order_and_within_its_weeks(name: str) -> None:
    times = list(happenings(name))
    assert times == sorted(times)
    assert START <= times[0] <= times[-1] < START + timedelta(weeks=WEEKS)
