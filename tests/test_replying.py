"""The reader answers a letter: it is done once, nobody else can say it, and no reply is mail of an employer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.at_work import DAY, TEN, events, judge, on_its_way, read, settled, store_of
from tests.fakes import READER, FakeMailbox, mail
from triage import resources
from triage.core.acts import Act, Did
from triage.core.journey import State, state
from triage.core.letter import Composed, LetterKind, Only, Preferences
from triage.core.reply import phrases
from triage.core.values import NOTICES, Details, Event, Kind
from triage.errors import StoreError
from triage.pipeline import Pipeline

LATER = TEN + DAY
LETTER = "<0123456789abcdef0123456789abcdef01234567@reader.example>"
_numbers = count(1)


@pytest.fixture
def hearing(pipeline: Pipeline) -> Pipeline:
    """A pipeline that understands English and German."""
    tables = tuple(phrases.parse(resources.replies(language, None), language) for language in ("de", "en"))
    return replace(pipeline, phrases=tables)


def letter(
    pipeline: Pipeline,
    kind: LetterKind = LetterKind.DAILY,
    about: str = "",
    *,
    told: Sequence[int] | None = None,
    message_id: str = LETTER,
    sent: bool = True,
) -> str:
    """A letter that tells these events, or all there are, was written; its Message-ID."""
    with pipeline.store.writing() as work:
        ids = tuple(event.id for event in work.log.events()) if told is None else tuple(told)
        key = work.outbox.enqueue(Composed(kind, message_id, b"a letter", ids, (), about), TEN)
        if sent:
            work.outbox.mark_sent(key, TEN)
    return message_id


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail that answers a letter, as the reader's mail program writes it."""

    text: str
    sender: str = f"Robin <{READER}>"
    in_reply_to: str = LETTER
    references: str = ""
    more: tuple[str, ...] = ()
    number: int = 0

    def data(self) -> bytes:
        named = [f"In-Reply-To: {self.in_reply_to}"] if self.in_reply_to else []
        named += [f"References: {self.references}"] if self.references else []
        lines = (
            *self.more,
            f"From: {self.sender}",
            f"To: {READER}",
            "Subject: Re: Your note for Monday",
            f"Message-ID: <reply-{self.number or next(_numbers)}@reader.example>",
            "Date: Tue, 03 Mar 2026 10:00:00 +0100",
            *named,
            "Content-Type: text/plain; charset=utf-8",
            "",
            self.text.replace("\n", "\r\n"),
        )
        return "\r\n".join(lines).encode()


def answer(pipeline: Pipeline, *replies: Reply | str, at: datetime = LATER) -> FakeMailbox:
    """The replies come into a mailbox, which is then read."""
    mailbox = settled(pipeline, "INBOX", "Sent")
    for one in replies:
        mailbox.receive((Reply(one) if isinstance(one, str) else one).data(), at)
    read(pipeline, mailbox)
    return mailbox


def acts(pipeline: Pipeline) -> tuple[Act, ...]:
    with pipeline.store.reading() as work:
        return work.acts.all()


def did(pipeline: Pipeline) -> list[tuple[Did, str]]:
    return [(act.kind, act.text) for act in acts(pipeline)]


def wishes(pipeline: Pipeline) -> Preferences:
    with pipeline.store.reading() as work:
        return work.notes.preferences()


def states(pipeline: Pipeline) -> dict[str, State]:
    with pipeline.store.reading() as work:
        return {one.company: state(one) for one in work.log.applications()}


def receive(pipeline: Pipeline, *mails: tuple[str, str]) -> list[Event]:
    """These kinds of mail come from these companies."""
    mailbox = settled(pipeline)
    for kind, company in mails:
        mailbox.receive(mail(kind, company))
    read(pipeline, mailbox)
    return list(events(pipeline))


def enter(pipeline: Pipeline, kind: Kind, company: str = "", application: int = 0) -> int:
    """A line of the log as it is, and its id."""
    number = next(_numbers)
    with pipeline.store.writing() as work:
        named = Details(company=company)
        if not application and kind is not Kind.UNSURE:
            application = work.log.begin(named)
        return work.log.record(
            Event(
                key=f"event-{number}",
                message_id="" if kind in NOTICES else f"<{number}@employer.example>",
                mailbox="mine",
                folder="INBOX",
                received=TEN - DAY,
                kind=kind,
                confidence=0.9,
                details=named,
                sender_domain="employer.example",
                application=application,
            )
        )


# --- What is done --------------------------------------------------------------------------------------------------


def test_not_a_rejection_is_put_right_and_learnt(hearing: Pipeline) -> None:
    receive(hearing, ("rejection", "Fjord"))
    letter(hearing)
    answer(hearing, "That's not a rejection!")
    (event,) = events(hearing)
    assert (event.kind, event.judged) == (Kind.OTHER, Kind.REJECTION)
    (act,) = acts(hearing)
    assert (act.kind, act.text, act.event, act.letter, act.made) == (Did.CORRECTED, "other", event.id, LETTER, LATER)
    with hearing.store.reading() as work:
        assert work.corrections.about(event.key) is not None


def test_where_they_confirmed_before_it_is_one_more_word_on_the_application(hearing: Pipeline) -> None:
    _, no = receive(hearing, ("acknowledgement", "Fjord"), ("rejection", "Fjord"))
    letter(hearing, told=[no.id])
    answer(hearing, "keine Absage")
    assert [event.kind for event in events(hearing)] == [Kind.ACKNOWLEDGEMENT, Kind.ACKNOWLEDGEMENT]
    assert states(hearing) == {"Fjord": State.OPEN}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("it is an interview", Kind.INTERVIEW),
        ("Not a rejection, it's an invitation", Kind.INTERVIEW),
        ("that was an offer", Kind.OFFER),
        ("Keine Absage, sondern eine Aufgabe", Kind.ASSESSMENT),
        ("it's a newsletter", Kind.JOB_ALERT),
    ],
)
def test_what_it_is_instead_may_be_said(hearing: Pipeline, text: str, kind: Kind) -> None:
    receive(hearing, ("rejection", "Fjord"))
    letter(hearing)
    answer(hearing, text)
    assert [event.kind for event in events(hearing)] == [kind]
    assert did(hearing) == [(Did.CORRECTED, kind.value)]


def test_what_was_unsure_is_decided(hearing: Pipeline) -> None:
    unsure = enter(hearing, Kind.UNSURE, "Skarv")
    receive(hearing, ("rejection", "Fjord"))
    letter(hearing)
    answer(hearing, "That was a rejection")
    assert {event.id: event.kind for event in events(hearing)}[unsure] is Kind.REJECTION
    assert states(hearing) == {"Fjord": State.CLOSED, "Skarv": State.CLOSED}


@pytest.mark.parametrize(
    "text",
    [
        "not a rejection: Fjord",
        "Fjord was not a rejection",
        "line {} is not a rejection",
        "not a rejection, Fjord called me",
    ],
)
def test_of_several_the_one_that_is_named(hearing: Pipeline, text: str) -> None:
    first, second = receive(hearing, ("rejection", "Skarv"), ("rejection", "Fjord"))
    letter(hearing)
    answer(hearing, text.format(second.id))
    assert {event.id: event.kind for event in events(hearing)} == {first.id: Kind.REJECTION, second.id: Kind.OTHER}


@pytest.mark.parametrize(
    "text",
    [
        "not a rejection",
        "not a rejection: Havsund",
        "line 4711 is not a rejection",
        "that is an offer",
        "company is Fjord",
        "let go",
        "let Havsund go",
        "withdrew",
        "forget Havsund",
    ],
)
def test_where_it_is_not_clear_which_nothing_is_done(hearing: Pipeline, text: str) -> None:
    before = receive(hearing, ("rejection", "Skarv"), ("rejection", "Fjord"))
    letter(hearing)
    answer(hearing, text)
    assert list(events(hearing)) == before
    assert did(hearing) == [(Did.UNKNOWN, "which")]


def test_a_name_is_set_in_the_line_and_in_its_application(hearing: Pipeline) -> None:
    line = enter(hearing, Kind.REJECTION)
    letter(hearing)
    answer(hearing, "The company is Fjord Systems, the role is Data Analyst")
    (event,) = events(hearing)
    assert (event.details.company, event.details.role) == ("Fjord Systems", "Data Analyst")
    assert states(hearing) == {"Fjord Systems": State.CLOSED}
    assert [(act.kind, act.text, act.event) for act in acts(hearing)] == [
        (Did.NAMED, "Fjord Systems", line),
        (Did.NAMED, "Data Analyst", line),
    ]


def test_a_nameless_mail_joins_the_application_it_belongs_to(hearing: Pipeline) -> None:
    receive(hearing, ("acknowledgement", "Fjord"))
    no = enter(hearing, Kind.REJECTION)
    letter(hearing, told=[no])
    answer(hearing, "company is Fjord")
    assert states(hearing) == {"Fjord": State.CLOSED}
    assert len({event.application for event in events(hearing)}) == 1


def test_a_letter_that_has_not_left_is_written_anew(hearing: Pipeline) -> None:
    line = enter(hearing, Kind.REJECTION)
    letter(hearing)
    other = enter(hearing, Kind.REJECTION, "Skarv")
    letter(hearing, told=[other], message_id="<other@reader.example>", sent=False)
    answer(hearing, f"line {other}: company is Havsund\nline {line}: company is Fjord")
    assert on_its_way(hearing) == 0
    assert states(hearing) == {"Fjord": State.CLOSED, "Havsund": State.CLOSED}


@pytest.mark.parametrize(
    ("text", "wanted", "act"),
    [
        ("pause 7d", Preferences(paused_until=LATER + 7 * DAY), (Did.PAUSED, "2026-03-10")),
        (
            "Pause bis 1. April",
            Preferences(paused_until=datetime(2026, 3, 31, 22, tzinfo=UTC)),
            (Did.PAUSED, "2026-04-01"),
        ),
        ("stop", Preferences(Only.NONE), (Did.STOPPED, "")),
        ("weekly only", Preferences(Only.WEEKLY), (Did.CHANGED, "weekly")),
        ("good news only", Preferences(Only.GOOD_NEWS), (Did.CHANGED, "good_news")),
        ("all letters", Preferences(Only.ALL), (Did.CHANGED, "all")),
        ("more gentle", Preferences(tone="gentle"), (Did.CHANGED, "gentle")),
        ("plain", Preferences(tone="plain"), (Did.CHANGED, "plain")),
        ("Zahlen zuerst", Preferences(tone="numbers-first"), (Did.CHANGED, "numbers-first")),
        ("resume", Preferences(), (Did.RESUMED, "")),
    ],
)
def test_which_letters_come(hearing: Pipeline, text: str, wanted: Preferences, act: tuple[Did, str]) -> None:
    letter(hearing)
    answer(hearing, text)
    assert wishes(hearing) == wanted
    assert did(hearing) == [act]


def test_a_pause_and_a_stop_end_and_other_wishes_stay(hearing: Pipeline) -> None:
    letter(hearing)
    answer(hearing, "weekly only\nplain\npause 2 weeks")
    assert wishes(hearing) == Preferences(Only.WEEKLY, LATER + 14 * DAY, "plain")
    answer(hearing, "resume")
    assert wishes(hearing) == Preferences(Only.WEEKLY, None, "plain")
    answer(hearing, "stop")
    answer(hearing, "resume")
    assert wishes(hearing) == Preferences(Only.DEFAULT, None, "plain")
    answer(hearing, "pause", "all letters")
    assert wishes(hearing) == Preferences(Only.ALL, None, "plain")


def test_a_step_is_done_about_the_one_application(hearing: Pipeline) -> None:
    (event,) = receive(hearing, ("rejection", "Fjord"))
    letter(hearing)
    answer(hearing, "Done!")
    assert [(act.kind, act.application) for act in acts(hearing)] == [(Did.STEP, event.application)]


def quiet(pipeline: Pipeline, *companies: str) -> None:
    """A weekly letter tells that these are silent."""
    receive(pipeline, *(("acknowledgement", company) for company in companies))
    lines = [enter(pipeline, Kind.QUIET, e.details.company, e.application) for e in events(pipeline)]
    letter(pipeline, LetterKind.WEEKLY, "weekly 2026-W10", told=lines)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("let go of Fjord", {"Fjord": State.LET_GO, "Skarv": State.OPEN}),
        ("Skarv loslassen", {"Fjord": State.OPEN, "Skarv": State.LET_GO}),
        ("let all go", {"Fjord": State.LET_GO, "Skarv": State.LET_GO}),
        ("withdrew from Skarv", {"Fjord": State.OPEN, "Skarv": State.WITHDRAWN}),
    ],
)
def test_an_application_is_let_go(hearing: Pipeline, text: str, wanted: dict[str, State]) -> None:
    quiet(hearing, "Fjord", "Skarv")
    answer(hearing, text)
    assert states(hearing) == wanted


def test_the_only_silent_one_needs_no_name(hearing: Pipeline) -> None:
    quiet(hearing, "Fjord")
    answer(hearing, "let it go")
    assert states(hearing) == {"Fjord": State.LET_GO}


NOTE = "They asked about SQL.\n\nAna leads the team; it was a rejection of the old plan.\nDone is better than perfect."


def after_a_talk(pipeline: Pipeline) -> Event:
    (invitation,) = receive(pipeline, ("interview", "Fjord"))
    letter(pipeline, LetterKind.AFTER, f"after {invitation.id} 2026-03-10", told=[])
    return invitation


def test_what_comes_after_a_talk_is_a_note_word_for_word(hearing: Pipeline) -> None:
    invitation = after_a_talk(hearing)
    answer(hearing, f"{NOTE}\n\n-- \nRobin")
    (act,) = acts(hearing)
    assert (act.kind, act.text, act.application) == (Did.NOTE, NOTE, invitation.application)


def test_a_note_may_stand_beside_commands(hearing: Pipeline) -> None:
    after_a_talk(hearing)
    answer(hearing, f"{NOTE}\nit was a no\nthe role is Senior Analyst\n\nweekly only")
    assert did(hearing) == [
        (Did.NOTE, f"{NOTE}\nit was a no\nthe role is Senior Analyst"),
        (Did.CHANGED, "weekly"),
    ]
    assert [event.kind for event in events(hearing)] == [Kind.INTERVIEW]


def test_a_note_has_an_end(hearing: Pipeline) -> None:
    after_a_talk(hearing)
    answer(hearing, "They said much. " * 1_000)
    (act,) = acts(hearing)
    assert len(act.text) <= 4_000
    assert act.text.startswith("They said much.")


def test_what_is_not_understood_is_noted_without_its_words(hearing: Pipeline) -> None:
    letter(hearing)
    answer(hearing, "My sister canaryword says hello.\n\npause 7d\n\nAnd the weather is very fine today.")
    assert did(hearing) == [(Did.UNKNOWN, ""), (Did.PAUSED, "2026-03-10")]
    hearing.store.close()
    assert b"canaryword" not in store_of(hearing).path.read_bytes()


def test_thanks_leave_no_trace(hearing: Pipeline) -> None:
    letter(hearing)
    answer(hearing, "Thank you!\n\nBest regards\nRobin")
    assert acts(hearing) == ()


def test_what_is_forgotten_is_gone(hearing: Pipeline) -> None:
    receive(hearing, ("rejection", "Fjord"), ("rejection", "Skarv"))
    first, second = events(hearing)
    letter(hearing, told=[first.id])
    letter(hearing, told=[second.id], message_id="<other@reader.example>", sent=False)
    answer(hearing, "more gentle\nforget this")
    assert [event.details.company for event in events(hearing)] == ["Skarv"]
    assert [(act.kind, act.letter, act.event, act.application) for act in acts(hearing)] == [
        (Did.CHANGED, LETTER, 0, 0),
        (Did.FORGOT, "", 0, 0),
    ]
    assert on_its_way(hearing) == 1
    hearing.store.close()
    assert b"Fjord" not in store_of(hearing).path.read_bytes()


def test_of_several_the_one_that_is_named_is_forgotten(hearing: Pipeline) -> None:
    receive(hearing, ("rejection", "Fjord"), ("rejection", "Skarv"))
    letter(hearing)
    answer(hearing, "forget Fjord")
    assert [event.details.company for event in events(hearing)] == ["Skarv"]


def test_what_is_forgotten_is_not_told_by_an_older_reply_again(hearing: Pipeline) -> None:
    """All mail is read again where a folder gets new numbers."""
    receive(hearing, ("rejection", "Fjord"), ("rejection", "Skarv"))
    letter(hearing)
    mailbox = answer(hearing, "company of nobody", "Fjord was not a rejection", "forget Fjord")
    before = acts(hearing)
    mailbox.renumber()
    read(hearing, mailbox)
    assert acts(hearing) == before
    assert len(events(hearing)) == 1


# --- Once ----------------------------------------------------------------------------------------------------------


def test_read_twice_it_counts_once(hearing: Pipeline) -> None:
    """In the inbox and among what was sent, and again where the folder gets new numbers."""
    receive(hearing, ("rejection", "Fjord"))
    letter(hearing)
    mailbox = settled(hearing, "INBOX", "Sent")
    both = Reply("not a rejection\npause 7d\nDone", number=77).data()
    mailbox.receive(both, LATER)
    mailbox.receive(both, LATER + DAY, "Sent")
    read(hearing, mailbox)
    read(hearing, mailbox, "Sent")
    once = acts(hearing)
    mailbox.renumber()
    read(hearing, mailbox)
    assert acts(hearing) == once
    assert [act.kind for act in once] == [Did.CORRECTED, Did.PAUSED, Did.STEP]
    assert wishes(hearing).paused_until == LATER + 7 * DAY
    assert len(events(hearing)) == 1


def test_the_same_words_in_another_reply_are_said_again(hearing: Pipeline) -> None:
    letter(hearing)
    answer(hearing, "done", "done")
    assert did(hearing) == [(Did.STEP, ""), (Did.STEP, "")]


def test_the_last_of_references_will_do(hearing: Pipeline) -> None:
    letter(hearing)
    answer(hearing, Reply("stop", in_reply_to="", references=f"<a@b.example> {LETTER}"))
    assert did(hearing) == [(Did.STOPPED, "")]


def test_all_of_a_reply_is_done_or_nothing(hearing: Pipeline) -> None:
    """Killed in between, it is read again."""
    receive(hearing, ("rejection", "Fjord"))
    letter(hearing)
    mailbox = settled(hearing)
    mailbox.receive(Reply("weekly only\nplain\nnot a rejection").data(), LATER)
    with hearing.store.writing() as work:
        work.log.connection.exec_driver_sql(
            "CREATE TRIGGER dies BEFORE INSERT ON correction BEGIN SELECT RAISE(ABORT, 'killed'); END"
        )
    with pytest.raises(StoreError):
        read(hearing, mailbox)
    assert (acts(hearing), wishes(hearing)) == ((), Preferences())
    assert [event.kind for event in events(hearing)] == [Kind.REJECTION]
    with hearing.store.writing() as work:
        work.log.connection.exec_driver_sql("DROP TRIGGER dies")
    read(hearing, mailbox)
    assert len(acts(hearing)) == 3
    assert wishes(hearing) == Preferences(Only.WEEKLY, None, "plain")


# --- Nobody else ---------------------------------------------------------------------------------------------------

ALL_OF_IT = "stop\nforget this\nnot a rejection\npause 7d"

FORGED = {
    "another sender": Reply(ALL_OF_IT, sender="Robin <robin@evil.example>"),
    "the reader's name alone": Reply(ALL_OF_IT, sender=f'"{READER}" <evil@evil.example>'),
    "two addresses in From": Reply(ALL_OF_IT, sender=f"Robin <{READER}>, Eve <eve@evil.example>"),
    "two From fields": Reply(ALL_OF_IT, more=("From: Eve <eve@evil.example>",)),
    "no sender": Reply(ALL_OF_IT, sender=""),
    "no letter": Reply(ALL_OF_IT, in_reply_to=""),
    "another mail": Reply(ALL_OF_IT, in_reply_to="<1@fjord.example>"),
    "a guessed id": Reply(ALL_OF_IT, in_reply_to="<0123456789abcdef0123456789abcdef01234568@reader.example>"),
    "an id in another case": Reply(ALL_OF_IT, in_reply_to=LETTER.upper()),
    "an id without its brackets": Reply(ALL_OF_IT, in_reply_to=LETTER.strip("<>")),
    "the letter further up the thread": Reply(ALL_OF_IT, in_reply_to="<1@fjord.example>", references=LETTER),
    "the letter first in references": Reply(ALL_OF_IT, in_reply_to="", references=f"{LETTER} <1@fjord.example>"),
    "a vacation notice": Reply(ALL_OF_IT, more=("Auto-Submitted: auto-replied",)),
    "a vacation notice with words": Reply(ALL_OF_IT, more=("Auto-Submitted: auto-generated (away); x=y",)),
    "an older vacation notice": Reply(ALL_OF_IT, more=("X-Autoreply: yes",)),
    "a bounce": Reply(ALL_OF_IT, more=("Return-Path: <>",)),
    "a mailing list": Reply(ALL_OF_IT, more=("List-Id: <jobs.example>",)),
    "all of it quoted": Reply("\n".join(f"> {line}" for line in ALL_OF_IT.split("\n"))),
    "all of it below": Reply(f"On Mon, 2 Mar 2026, triage <{READER}> wrote:\n{ALL_OF_IT}"),
    "all of it below a signature": Reply(f"Thanks\n\n-- \n{ALL_OF_IT}"),
}


@pytest.mark.parametrize("name", FORGED)
def test_whoever_else_says_it_nothing_is_done(hearing: Pipeline, name: str) -> None:
    before = receive(hearing, ("rejection", "Fjord"))
    letter(hearing)
    answer(hearing, FORGED[name])
    assert {act.kind for act in acts(hearing)} <= {Did.UNKNOWN}
    assert wishes(hearing) == Preferences()
    assert list(events(hearing)) == before


def test_the_reader_itself_is_heard(hearing: Pipeline) -> None:
    """What is forged above is heard where nothing is wrong with it: else those tests would show nothing."""
    receive(hearing, ("rejection", "Fjord"))
    letter(hearing)
    answer(hearing, Reply(ALL_OF_IT, more=("Auto-Submitted: no",)))
    assert {act.kind for act in acts(hearing)} == {Did.STOPPED, Did.PAUSED, Did.FORGOT}
    assert events(hearing) == ()


PASS = f"Authentication-Results: mx.example; dmarc=pass header.from={READER.partition('@')[2]}"
FAIL = f"Authentication-Results: mx.example; dmarc=fail header.from={READER.partition('@')[2]}"


@pytest.mark.parametrize(
    ("servers", "more", "heard"),
    [
        ({}, (), True),
        ({}, (FAIL,), True),
        ({"mine": "mx.example"}, (PASS,), True),
        ({"mine": "mx.example"}, (), False),
        ({"mine": "mx.example"}, (FAIL,), False),
        ({"mine": "mx.other.example"}, (PASS,), False),
        ({"other": "mx.example"}, (), True),
    ],
)
def test_where_a_server_vouches_for_senders_it_has_to(
    hearing: Pipeline, servers: dict[str, str], more: tuple[str, ...], heard: bool
) -> None:
    trusting = replace(hearing, judge=replace(judge(), authserv_ids=servers))
    letter(trusting)
    answer(trusting, Reply("stop", more=more))
    assert (wishes(trusting).only is Only.NONE) is heard


def test_our_own_letter_is_no_reply(hearing: Pipeline) -> None:
    letter(hearing)
    seal = hearing.stationery.seal
    own = "<own@reader.example>"
    answer(hearing, Reply("stop", more=(f"X-Triage-Letter: {seal.mark(own)}", f"Message-ID: {own}")))
    assert acts(hearing) == ()


def test_a_reply_is_never_mail_of_an_employer(hearing: Pipeline) -> None:
    """Not even one that reads like a no, from somebody to whom a letter was handed on."""
    letter(hearing)
    no = "Thank you for applying. Unfortunately, we will not be moving forward with your application."
    mailbox = answer(hearing, Reply(no), Reply(no, sender="Fjord <jobs@fjord.example>"))
    assert events(hearing) == ()
    assert did(hearing) == [(Did.UNKNOWN, "")]
    assert read(hearing, mailbox).read == 0


def test_what_is_ignored_is_logged_in_a_line_without_content(
    hearing: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    letter(hearing)
    with caplog.at_level(logging.INFO, logger="triage"):
        answer(hearing, Reply("canaryword stop", sender="Eve <eve@evil.example>"))
    (line,) = [record.getMessage() for record in caplog.records if record.name == "triage.replying"]
    assert line == "A mail that answers a letter is ignored: it is not from you."


def test_a_reply_in_an_old_letter_of_a_cleared_record_is_ordinary_mail(hearing: Pipeline) -> None:
    letter(hearing)
    with hearing.store.writing() as work:
        work.outbox.clear()
    answer(hearing, "stop")
    assert (acts(hearing), events(hearing)) == ((), ())


_lines = st.sampled_from(
    ["not a rejection", "Fjord was not a rejection", "line 1 is an offer", "pause 7d", "stop", "let go", "let Fjord go",
     "withdrew from Skarv", "forget this", "forget line 2", "company is Havsund", "role is Cook", "done", "resume",
     "plain", "keine Absage", "it was a no", "canary words", "", "Thanks!"]
)  # fmt: skip


@given(
    texts=st.lists(st.lists(_lines, max_size=5).map("\n".join), min_size=1, max_size=4),
    kind=st.sampled_from(list(LetterKind)),
    told=st.sets(st.integers(0, 3)),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_said_the_store_stays_sound_and_hears_it_once(
    hearing: Pipeline, texts: list[str], kind: LetterKind, told: set[int]
) -> None:
    with hearing.store.writing() as work:
        work.log.forget([event.id for event in work.log.events()])
        work.outbox.clear()
        work.acts.clear()
    lines = [
        enter(hearing, Kind.REJECTION, "Fjord"),
        enter(hearing, Kind.UNSURE, "Skarv"),
        enter(hearing, Kind.INTERVIEW),
        enter(hearing, Kind.REJECTION, "Havsund"),
    ]
    about = f"after {lines[2]} 2026-03-02" if kind is LetterKind.AFTER else ""
    letter(hearing, kind, about, told=[lines[number] for number in told])
    mailbox = answer(hearing, *texts)
    once = (acts(hearing), wishes(hearing), events(hearing))
    mailbox.renumber()
    read(hearing, mailbox)
    assert (acts(hearing), wishes(hearing), events(hearing)) == once
    assert all(len(act.text) <= 4_000 for act in once[0])
    with hearing.store.reading() as work:
        rows = work.log.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    assert rows == []


def test_a_pause_counts_from_when_it_was_asked_for(hearing: Pipeline) -> None:
    """The service may have been off since."""
    letter(hearing)
    answer(hearing, "pause 2 days", at=LATER - timedelta(days=10))
    assert wishes(hearing).paused_until == LATER - timedelta(days=8)
