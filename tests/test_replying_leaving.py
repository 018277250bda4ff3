"""A member answers a letter that they leave: they are asked back once, and only a second answer lets them go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.at_work import DAY, read, settled
from tests.core.letters.reading import part
from tests.fakes import mail
from tests.test_replying import ALL_OF_IT, FORGED, LATER, LETTER, Reply, acts, answer, did, letter
from triage import resources
from triage.core.acts import OWN, Did
from triage.core.due import due
from triage.core.letter import Composed, LetterKind, Plan
from triage.core.reply import phrases
from triage.core.values import Kind
from triage.pipeline import Pipeline, facts
from triage.store import Work

SOON = LATER + timedelta(minutes=5)


@dataclass
class Door:
    """Counts who goes through, as the hosted service's own way out does."""

    gone: list[bool] = field(default_factory=list)

    def leave(self, work: Work) -> bool:
        self.gone.append(not self.gone)
        return self.gone[-1]


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def alone(pipeline: Pipeline) -> Pipeline:
    """Somebody who has triage on their own machine."""
    tables = tuple(phrases.parse(resources.replies(language, None), language) for language in ("en", "de"))
    return replace(pipeline, phrases=tables)


@pytest.fixture
def member(alone: Pipeline, door: Door) -> Pipeline:
    """A member of a hosted service."""
    return replace(alone, leave=door.leave)


def asked(member: Pipeline, text: str = "leave", at: datetime = SOON) -> Composed:
    """They have answered a letter so, and the letter is written that asks back."""
    letter(member)
    answer(member, text)
    (written,) = member.write(at)
    return written


def words(written: Composed) -> str:
    return " ".join(part(written, "plain").split())


@pytest.mark.parametrize("text", ["leave", "Ich möchte austreten.", "Please delete my account, thanks"])
def test_they_are_asked_back_at_once_and_nothing_is_done(member: Pipeline, door: Door, text: str) -> None:
    written = asked(member, text)
    assert (did(member), door.gone) == ([(Did.LEAVING, "")], [])
    assert written.kind is LetterKind.RECEIPT
    said = words(written)
    assert "Nothing is removed yet" in said
    assert "until the end of Tuesday 10 March" in said
    assert "“leave” once more" in said
    assert member.write(SOON) == ()


def test_the_second_answer_lets_them_go_and_is_told_in_one_letter(member: Pipeline, door: Door) -> None:
    question = asked(member)
    answer(member, Reply("leave", in_reply_to=question.message_id), at=LATER + DAY)
    assert door.gone == [True]
    (last,) = member.write(LATER + DAY)
    assert "You have left." in words(last)
    assert "asked to leave" not in words(last)
    assert member.write(LATER + 9 * DAY) == ()


def test_that_letter_is_the_last_one(member: Pipeline) -> None:
    """Not even good news comes after it."""
    question = asked(member)
    answer(member, Reply("leave", in_reply_to=question.message_id), at=LATER + DAY)
    mailbox = settled(member)
    mailbox.receive(mail("interview", "Fjord"), LATER + DAY)
    read(member, mailbox)
    with member.store.reading() as work:
        plans = due(facts(work, LATER + 2 * DAY), member.stationery.cadence, LATER + 2 * DAY)
    assert [plan.kind for plan in plans] == [LetterKind.RECEIPT]
    assert all(event.kind is not Kind.INTERVIEW for plan in plans for event in plan.events)


@pytest.mark.parametrize(
    ("days", "gone"),
    [(0, True), (6, True), (7, True), (8, False), (40, False)],
)
def test_an_answer_counts_for_a_week(member: Pipeline, door: Door, days: int, gone: bool) -> None:
    """To the end of the seventh day, on the reader's clock; later they are asked once more."""
    question = asked(member)
    late = datetime(2026, 3, 3, 22, 55, tzinfo=UTC) + days * DAY  # five to midnight in Stockholm
    answer(member, Reply("leave", in_reply_to=question.message_id), at=late)
    assert door.gone == ([True] if gone else [])
    assert did(member)[-1][0] is (Did.LEFT if gone else Did.LEAVING)


def test_twice_to_the_same_letter_is_not_said_again(member: Pipeline, door: Door) -> None:
    letter(member)
    answer(member, "leave", "leave")
    (written,) = member.write(SOON)
    answer(member, "leave", at=SOON)
    assert door.gone == []
    assert words(written).count("You asked to leave") == 1


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes?",
        "I would rather not\nleave",
        "stop",
        "leave?",
        "> leave",
        "Thanks!",
        "leave, no, wait",
        "never leave",
    ],
)
def test_nothing_else_lets_them_go(member: Pipeline, door: Door, text: str) -> None:
    question = asked(member)
    answer(member, Reply(text, in_reply_to=question.message_id), at=LATER + DAY)
    assert door.gone == []
    assert Did.LEFT not in {act.kind for act in acts(member)}


@pytest.mark.parametrize("name", FORGED)
def test_nobody_else_can_say_it(member: Pipeline, door: Door, name: str) -> None:
    """Neither the first time nor the second: by the same rules as every command."""
    forged = replace(FORGED[name], text=FORGED[name].text.replace(*_ONLY))
    letter(member)
    answer(member, forged)
    assert Did.LEAVING not in {act.kind for act in acts(member)}
    answer(member, "leave")
    (question,) = member.write(SOON)
    named = _to(forged.in_reply_to, question), _to(forged.references, question)
    answer(member, replace(forged, in_reply_to=named[0], references=named[1]), at=LATER + DAY)
    assert door.gone == []
    assert Did.LEFT not in {act.kind for act in acts(member)}


_ONLY = "forget this", "leave"
"""Of what is forged there, one line becomes another one."""


def _to(told: str, question: Composed) -> str:
    return told.replace(LETTER, question.message_id)


def test_an_answer_read_twice_counts_once(member: Pipeline, door: Door) -> None:
    question = asked(member)
    mailbox = settled(member, "INBOX", "Sent")
    both = Reply("leave", in_reply_to=question.message_id, number=9_999).data()
    mailbox.receive(both, LATER + DAY)
    mailbox.receive(both, LATER + DAY, "Sent")
    read(member, mailbox)
    read(member, mailbox, "Sent")
    mailbox.renumber()
    read(member, mailbox)
    assert door.gone == [True]


def test_who_is_leaving_already_is_not_told_twice(member: Pipeline, door: Door) -> None:
    question = asked(member)
    answer(member, *[Reply("leave", in_reply_to=question.message_id)] * 2, at=LATER + DAY)
    assert door.gone == [True, False]
    assert [kind for kind, _ in did(member)] == [Did.LEAVING, Did.LEFT]


def test_a_note_after_a_talk_may_hold_the_word(member: Pipeline, door: Door) -> None:
    letter(member, LetterKind.AFTER, "after 0 2026-03-01")
    answer(member, "They spoke of\n\nleave\n\nand of pay.")
    assert [kind for kind, _ in did(member)] == [Did.NOTE]
    answer(member, "leave")
    assert did(member)[1:] == [(Did.LEAVING, "")]


def test_on_a_machine_of_ones_own_there_is_nothing_to_leave(alone: Pipeline) -> None:
    """It says so, and what to do there; said again, it says so again."""
    written = asked(alone)
    assert did(alone) == [(Did.LEAVING, OWN)]
    assert "This program runs on your own computer" in words(written)
    assert "triage uninstall" in words(written)
    answer(alone, Reply("leave", in_reply_to=written.message_id), at=LATER + DAY)
    assert did(alone) == [(Did.LEAVING, OWN)] * 2


def test_what_was_said_on_ones_own_machine_counts_for_nothing_in_a_service(
    alone: Pipeline, member: Pipeline, door: Door
) -> None:
    """A log can move from there into a service."""
    written = asked(alone)
    answer(member, Reply("leave", in_reply_to=written.message_id), at=LATER + DAY)
    assert door.gone == []
    assert did(member) == [(Did.LEAVING, OWN), (Did.LEAVING, "")]


def test_only_members_are_told_of_it(alone: Pipeline, member: Pipeline) -> None:
    """A letter to somebody with a machine of their own does not grow."""
    for pipeline, told in ((alone, False), (member, True)):
        with pipeline.store.reading() as work:
            known = facts(work, LATER)
            for kind in (LetterKind.DAILY, LetterKind.WEEKLY, LetterKind.PROMPT, LetterKind.SUMMARY):
                written = words(pipeline.composed(Plan(kind), work, LATER, known))
                assert ("“leave” ends it all" in written) is told
                assert ("on your own computer wrote this" in written) is not told


def test_what_is_forged_above_would_let_them_go(member: Pipeline, door: Door) -> None:
    """Where nothing is wrong with it: else those tests would show nothing."""
    text = ALL_OF_IT.replace(*_ONLY)
    letter(member)
    answer(member, text)
    (question,) = member.write(SOON)
    answer(member, Reply(text, in_reply_to=question.message_id), at=LATER + DAY)
    assert door.gone == [True]
