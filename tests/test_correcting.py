"""The reader corrects a mail, and both paths do as they said from then on; and what was corrected can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.at_work import DAY, HOUR, TEN, events, judge, read, settled, store_of, tick
from tests.core.templates import Template, templates
from tests.fakes import MONDAY, FakeCourier, FakeMailbox, Fate, mail
from triage import correcting
from triage.core.correction import Correction
from triage.core.detect import Detector
from triage.core.journey import State, state
from triage.core.learning import CORRECTED, RESEMBLES
from triage.core.values import Event, Evidence, Kind, Message, Trust, Verdict
from triage.pipeline import Pipeline


class Always(Detector):
    """A detector that takes all mail for one kind."""

    def __init__(self, kind: Kind, confidence: float = 0.9) -> None:
        self._verdict = Verdict(kind, confidence, (Evidence("heard", kind, 1.0, "text"),))

    def at_once(self, message: Message, reader: frozenset[str]) -> Verdict | None:
        return None

    def judge(self, message: Message, reader: frozenset[str]) -> Verdict:
        return self._verdict


def taking_all_for(pipeline: Pipeline, kind: Kind, confidence: float = 0.9) -> Pipeline:
    return replace(pipeline, judge=replace(judge(), detector=Always(kind, confidence)))


def template(employer: str, kind: str) -> Template:
    return next(one for one in templates() if (one.employer, one.kind) == (employer, kind))


FJORD_NO = template("Fjord Systems", "rejection")
FJORD_YES = template("Fjord Systems", "acknowledgement")
EXPIRED = template("Jobfjord", "other")


def receive(pipeline: Pipeline, mailbox: FakeMailbox, *mails: tuple[Template, int]) -> list[Event]:
    """New lines of the log, after these mails have come."""
    before = {event.id for event in events(pipeline)}
    for one, which in mails:
        mailbox.receive(one.filled(which).data)
    read(pipeline, mailbox)
    return [event for event in events(pipeline) if event.id not in before]


def correct(pipeline: Pipeline, event: Event, kind: Kind) -> Correction:
    with pipeline.store.writing() as work:
        correcting.apply(work, correcting.of_event(event, kind, TEN))
        made = work.corrections.about(event.key)
    assert made is not None
    return made


def undo(pipeline: Pipeline, correction: Correction) -> None:
    with pipeline.store.writing() as work:
        correcting.undo(work, correction)


def states(pipeline: Pipeline) -> list[tuple[str, State]]:
    with pipeline.store.reading() as work:
        return [(one.company, state(one)) for one in work.log.applications()]


def alike(pipeline: Pipeline, correction: Correction) -> Sequence[int]:
    with pipeline.store.reading() as work:
        return correcting.lines_alike(work, correction)


def test_the_next_of_the_same_template_is_judged_as_the_reader_said(pipeline: Pipeline) -> None:
    """Whatever names, roles and dates are in it."""
    mailbox, wrong = settled(pipeline), taking_all_for(pipeline, Kind.REJECTION)
    (first,) = receive(wrong, mailbox, (EXPIRED, 0))
    correct(pipeline, first, Kind.OTHER)
    assert receive(wrong, mailbox, (EXPIRED, 1), (EXPIRED, 2), (EXPIRED, 3)) == []


def test_a_corrected_kind_that_belongs_into_the_log_is_logged_with_both_kinds(pipeline: Pipeline) -> None:
    mailbox, wrong = settled(pipeline), taking_all_for(pipeline, Kind.REJECTION)
    (first,) = receive(wrong, mailbox, (FJORD_YES, 0))
    correct(pipeline, first, Kind.ACKNOWLEDGEMENT)
    (second,) = receive(wrong, mailbox, (FJORD_YES, 1))
    assert (second.kind, second.judged, second.confidence) == (Kind.ACKNOWLEDGEMENT, Kind.REJECTION, 1.0)
    assert second.evidence == (CORRECTED, "heard")
    (kept, _) = events(pipeline)
    assert (kept.kind, kept.judged, kept.confidence) == (Kind.ACKNOWLEDGEMENT, Kind.REJECTION, 0.9)


def test_another_template_of_the_same_employer_is_still_judged_by_itself(pipeline: Pipeline) -> None:
    """With the real detector: its no is a no, however much it shares with the mail that was corrected."""
    mailbox = settled(pipeline)
    (first,) = receive(taking_all_for(pipeline, Kind.REJECTION), mailbox, (FJORD_YES, 0))
    correct(pipeline, first, Kind.ACKNOWLEDGEMENT)
    (no,) = receive(pipeline, mailbox, (FJORD_NO, 0))
    assert (no.kind, no.judged) == (Kind.REJECTION, None)


def test_the_same_words_of_another_sender_are_another_matter(pipeline: Pipeline) -> None:
    mailbox, wrong = settled(pipeline), taking_all_for(pipeline, Kind.REJECTION)
    (first,) = receive(wrong, mailbox, (EXPIRED, 0))
    correct(pipeline, first, Kind.OTHER)
    (other,) = receive(wrong, mailbox, (replace(EXPIRED, domain="skarv.example", number=77), 1))
    assert other.kind is Kind.REJECTION
    assert receive(wrong, mailbox, (replace(EXPIRED, domain="mail.jobfjord.example", number=78), 1)) == []


@pytest.mark.parametrize(("confidence", "wanted"), [(0.9, Kind.UNSURE), (0.99, Kind.REJECTION)])
def test_what_is_nearly_the_same_becomes_a_question(pipeline: Pipeline, confidence: float, wanted: Kind) -> None:
    mailbox = settled(pipeline)
    more = "\n\nThe office is closed at midsummer, and somebody else will answer then."
    (first,) = receive(taking_all_for(pipeline, Kind.REJECTION), mailbox, (FJORD_YES, 0))
    correct(pipeline, first, Kind.ACKNOWLEDGEMENT)
    longer = replace(FJORD_YES, text=FJORD_YES.text + more, number=79)
    (second,) = receive(taking_all_for(pipeline, Kind.REJECTION, confidence), mailbox, (longer, 1))
    assert second.kind is wanted
    assert (second.evidence[0] == RESEMBLES) is (wanted is Kind.UNSURE)


def test_a_mail_that_was_missed_is_taught_by_file(pipeline: Pipeline) -> None:
    mailbox, blind = settled(pipeline), taking_all_for(pipeline, Kind.OTHER)
    assert receive(blind, mailbox, (FJORD_NO, 0)) == []
    raw = FJORD_NO.filled(0)
    with pipeline.store.writing() as work:
        correcting.apply(work, correcting.of_mail(blind.judge, pipeline.store.secret, raw, Kind.REJECTION, TEN))
    (second,) = receive(blind, mailbox, (FJORD_NO, 1))
    assert (second.kind, second.judged) == (Kind.REJECTION, Kind.OTHER)
    assert second.details.company == "Fjord Systems"


def test_undone_it_is_as_if_it_had_never_been_said(pipeline: Pipeline) -> None:
    mailbox, wrong = settled(pipeline), taking_all_for(pipeline, Kind.REJECTION)
    (first,) = receive(wrong, mailbox, (EXPIRED, 0))
    undo(pipeline, correct(pipeline, first, Kind.OTHER))
    assert events(pipeline) == (first,)
    assert [event.kind for event in receive(wrong, mailbox, (EXPIRED, 1))] == [Kind.REJECTION]


def test_applications_stand_as_the_reader_says(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    for kind in ("acknowledgement", "rejection"):
        mailbox.receive(mail(kind))
    read(pipeline, mailbox)
    assert states(pipeline) == [("Fjord", State.CLOSED)]
    no = events(pipeline)[1]
    made = correct(pipeline, no, Kind.INTERVIEW)
    assert states(pipeline) == [("Fjord", State.TALKING)]
    undo(pipeline, made)
    assert states(pipeline) == [("Fjord", State.CLOSED)]


def test_what_is_no_answer_is_no_application(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    mailbox.receive(mail("acknowledgement"))
    read(pipeline, mailbox)
    made = correct(pipeline, events(pipeline)[0], Kind.OTHER)
    assert states(pipeline) == []
    undo(pipeline, made)
    assert states(pipeline) == [("Fjord", State.OPEN)]


def test_what_turns_out_to_be_an_answer_finds_or_begins_its_application(pipeline: Pipeline) -> None:
    mailbox, unsure = settled(pipeline), taking_all_for(pipeline, Kind.UNSURE)
    mailbox.receive(mail("rejection"))
    read(unsure, mailbox)
    (event,) = events(pipeline)
    assert (event.kind, event.application, states(pipeline)) == (Kind.UNSURE, 0, [])
    made = correct(pipeline, event, Kind.REJECTION)
    assert states(pipeline) == [("Fjord", State.CLOSED)]
    again = correct(pipeline, events(pipeline)[0], Kind.ACKNOWLEDGEMENT)
    assert states(pipeline) == [("Fjord", State.OPEN)]
    assert again.id == made.id
    undo(pipeline, again)
    assert (events(pipeline), states(pipeline)) == ((event,), [])


def told(courier: FakeCourier) -> int:
    return sum(letter.count(b"Fjord") > 0 for letter in courier.letters)


def test_a_wrong_no_that_was_not_told_is_never_told(pipeline: Pipeline) -> None:
    mailbox, courier = settled(pipeline), FakeCourier()
    mailbox.receive(mail("rejection"))
    read(pipeline, mailbox)
    correct(pipeline, events(pipeline)[0], Kind.OTHER)
    assert [tick(pipeline, courier, TEN + day * DAY) for day in range(9)] == [0] * 9


def test_what_turns_out_to_be_a_no_is_told_as_one(pipeline: Pipeline) -> None:
    mailbox, courier = settled(pipeline), FakeCourier()
    mailbox.receive(mail("acknowledgement"))
    read(pipeline, mailbox)
    assert tick(pipeline, courier) == 0
    correct(pipeline, events(pipeline)[0], Kind.REJECTION)
    assert tick(pipeline, courier) == 1
    assert told(courier) == 1


def test_a_letter_that_has_not_left_is_taken_back(pipeline: Pipeline) -> None:
    """What else it told comes in the next one."""
    mailbox, courier = settled(pipeline), FakeCourier()
    for company in ("Fjord", "Skarv"):
        mailbox.receive(mail("rejection", company))
    read(pipeline, mailbox)
    pipeline.write(TEN)
    correct(pipeline, events(pipeline)[0], Kind.OTHER)
    assert tick(pipeline, courier) == 1
    assert told(courier) == 0
    assert b"Skarv" in courier.letters[0]


@pytest.mark.parametrize("fate", [Fate.ARRIVES, Fate.LOSES_ANSWER])
def test_a_letter_that_was_delivered_or_may_be_stays_as_it_is(pipeline: Pipeline, fate: Fate) -> None:
    mailbox, courier = settled(pipeline), FakeCourier()
    mailbox.receive(mail("rejection"))
    read(pipeline, mailbox)
    courier.next(fate)
    tick(pipeline, courier)
    made = correct(pipeline, events(pipeline)[0], Kind.OTHER)
    tick(pipeline, courier, TEN + DAY)
    undo(pipeline, made)
    tick(pipeline, courier, TEN + 2 * DAY)
    assert len(courier.inbox) == 1


def test_doing_it_twice_is_as_doing_it_once(pipeline: Pipeline) -> None:
    mailbox = settled(pipeline)
    mailbox.receive(mail("rejection"))
    read(pipeline, mailbox)
    first = events(pipeline)[0]
    once = correct(pipeline, first, Kind.OTHER)
    after = events(pipeline)
    assert correct(pipeline, after[0], Kind.OTHER) == once
    assert events(pipeline) == after
    undo(pipeline, once)
    undo(pipeline, once)
    assert events(pipeline) == (first,)


def test_other_lines_of_the_same_template_are_pointed_out_and_left_alone(pipeline: Pipeline) -> None:
    mailbox, wrong = settled(pipeline), taking_all_for(pipeline, Kind.REJECTION)
    lines = receive(wrong, mailbox, (EXPIRED, 0), (FJORD_NO, 0), (EXPIRED, 1), (EXPIRED, 2))
    expired = [line for line in lines if line.sender_domain == EXPIRED.domain]
    made = correct(pipeline, expired[0], Kind.OTHER)
    assert list(alike(pipeline, made)) == [line.id for line in expired[1:]]
    assert [event.kind for event in events(pipeline)].count(Kind.OTHER) == 1
    correct(pipeline, expired[1], Kind.OTHER)
    assert list(alike(pipeline, made)) == [expired[2].id]


def test_what_is_forgotten_is_no_lesson_any_more(pipeline: Pipeline) -> None:
    mailbox, wrong = settled(pipeline), taking_all_for(pipeline, Kind.REJECTION)
    (first,) = receive(wrong, mailbox, (EXPIRED, 0))
    correct(pipeline, first, Kind.OTHER)
    with pipeline.store.writing() as work:
        work.log.forget([first.id])
    assert [event.kind for event in receive(wrong, mailbox, (EXPIRED, 1))] == [Kind.REJECTION]


def test_no_word_of_a_corrected_mail_is_kept(pipeline: Pipeline) -> None:
    mailbox, wrong = settled(pipeline), taking_all_for(pipeline, Kind.REJECTION)
    canary = replace(EXPIRED, text="canaryword, and other birds. " + EXPIRED.text)
    (first,) = receive(wrong, mailbox, (canary, 0))
    correct(pipeline, first, Kind.OTHER)
    assert first.fingerprint
    pipeline.store.close()
    assert b"canary" not in store_of(pipeline).path.read_bytes()


steps = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(correcting.KINDS), st.booleans()), min_size=1, max_size=6)


@given(steps=steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_corrected_and_taken_back_the_log_is_as_it_was(
    pipeline: Pipeline, steps: list[tuple[int, Kind, bool]]
) -> None:
    if not events(pipeline):
        mailbox = settled(pipeline)
        for number, kind in enumerate(("acknowledgement", "interview", "rejection")):
            mailbox.receive(mail(kind), MONDAY + number * HOUR)
        read(pipeline, mailbox)
        mailbox.receive(mail("rejection", "Skarv"), MONDAY + DAY)
        read(taking_all_for(pipeline, Kind.UNSURE), mailbox)
    before, where = events(pipeline), states(pipeline)
    for line, kind, back in steps:
        made = correct(pipeline, events(pipeline)[line], kind)
        assert events(pipeline)[line].kind is kind
        if back:
            undo(pipeline, made)
    with pipeline.store.writing() as work:
        for made in work.corrections.all():
            correcting.undo(work, made)
    assert (events(pipeline), states(pipeline)) == (before, where)


@pytest.mark.parametrize(
    ("servers", "wanted"),
    [({}, Trust.UNKNOWN), ({"other": "mx.example"}, Trust.UNKNOWN), ({"mine": "mx.example"}, Trust.VERIFIED),
     ({"mine": "mx.evil.example"}, Trust.UNVERIFIED)],
)  # fmt: skip
def test_whether_the_sender_is_verified_is_kept_and_changes_no_verdict(
    pipeline: Pipeline, servers: dict[str, str], wanted: Trust
) -> None:
    trusting = replace(pipeline, judge=replace(judge(), authserv_ids=servers))
    mailbox = settled(trusting)
    mailbox.receive(b"Authentication-Results: mx.example; dmarc=pass header.from=fjord.example\r\n" + mail("rejection"))
    read(trusting, mailbox)
    (event,) = events(trusting)
    assert (event.kind, event.trust) == (Kind.REJECTION, wanted)
