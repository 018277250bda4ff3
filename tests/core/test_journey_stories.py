"""Short stories of a search: which mails make one application, and how it stands in the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.acts import Act, Did
from triage.core.journey import BEGINNERS, find, state
from triage.core.journey.matching import contradicts
from triage.core.values import Application, Details, Event, Kind, Stage

ACK, INVITE, TASK, OFFER, NO = Kind.ACKNOWLEDGEMENT, Kind.INTERVIEW, Kind.ASSESSMENT, Kind.OFFER, Kind.REJECTION
UNSURE, OUTREACH, SILENCE = Kind.UNSURE, Kind.OUTREACH, Kind.SILENCE
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
TIDEWELL, ANALYST = "Tidewell", "Data Analyst"


@dataclass(slots=True)
class Search:
    """A log in memory that places mails as the pipeline does."""

    applications: list[Application] = field(default_factory=list)
    unplaced: list[int] = field(default_factory=list)
    entered: int = 0

    def enter(self, event: Event) -> None:
        """Log a mail as the next number."""
        self.entered += 1
        event = replace(event, id=self.entered)
        known = find(event, tuple(self.applications))
        if known is None and event.kind not in BEGINNERS:
            self.unplaced.append(event.id)
            return
        said = event.details
        if known is None:
            known = Application(len(self.applications) + 1, said.company, said.role, said.reference)
            self.applications.append(known)
        grown = replace(
            known,
            company=known.company or said.company,
            role=known.role or said.role,
            reference=known.reference or said.reference,
            events=tuple(sorted((*known.events, event), key=lambda one: (one.received, one.id))),
        )
        self.applications[known.id - 1] = grown

    def do(self, act: Act) -> None:
        known = self.applications[act.application - 1]
        self.applications[act.application - 1] = replace(known, acts=(*known.acts, act))

    def told(self) -> list[str]:
        """Each application as "closed 1 3": its state, and the numbers of its mails."""
        return [" ".join((state(one), *(str(e.id) for e in one.events))) for one in self.applications]


def mail(day: float, kind: Kind, company: str = "", role: str = "", **more: Any) -> Event:
    """A mail that comes so many days after the start, from a system of the employer's unless `more` says otherwise."""
    details = Details(company, role, reference=more.pop("ref", ""), stage=more.pop("stage", Stage.UNKNOWN))
    name = more.pop("name", f"{day}-{kind}-{company}-{role}")
    event = Event(
        key=name,
        message_id=f"<{name}>",
        mailbox="home",
        folder="INBOX",
        received=START + timedelta(days=day),
        kind=kind,
        confidence=0.97,
        details=details,
        sender_domain="mail.example",
    )
    return replace(event, **more)


def act(day: float, kind: Did, application: int) -> Act:
    return Act(kind, START + timedelta(days=day), application)


def search(steps: Iterable[Event | Act]) -> Search:
    log = Search()
    for step in steps:
        if isinstance(step, Act):
            log.do(step)
        else:
            log.enter(step)
    return log


def story(name: str, steps: Sequence[Event | Act], *told: str, unplaced: Sequence[int] = ()) -> Any:
    return pytest.param(steps, list(told), list(unplaced), id=name)


HUMAN = {"human": True, "sender_domain": "oakandfinch.example"}
"""A recruiter of a house called Oakandfinch writes."""

STORIES = [
    # --- One application, start to end
    story(
        "confirmed, invited, refused",
        [
            mail(0, ACK, TIDEWELL, ANALYST),
            mail(5, INVITE, TIDEWELL, ANALYST),
            mail(9, NO, TIDEWELL, ANALYST),
        ],
        "closed 1 2 3",
    ),
    story("only the no ever comes", [mail(0, NO, TIDEWELL, ANALYST)], "closed 1"),
    story(
        "nothing comes for long, then a confirmation after all",
        [mail(0, ACK, TIDEWELL, ANALYST), mail(45, SILENCE, TIDEWELL, ANALYST), mail(50, ACK, TIDEWELL, ANALYST)],
        "open 1 2 3",
    ),
    story(
        "a no long after the silence",
        [mail(0, ACK, TIDEWELL, ANALYST), mail(45, SILENCE, TIDEWELL, ANALYST), mail(90, NO, TIDEWELL)],
        "closed 1 2 3",
    ),
    # --- Named differently
    story("legal form", [mail(0, ACK, "Fjord AB", ANALYST), mail(9, NO, "Fjord", ANALYST)], "closed 1 2"),
    story("a domain's spelling", [mail(0, ACK, "Müller", "Koch"), mail(9, NO, "mueller", "Koch")], "closed 1 2"),
    story("ampersand", [mail(0, ACK, "Hill & Dale", "Cook"), mail(9, NO, "Hill and Dale", "Cook")], "closed 1 2"),
    story("another firm of like name", [mail(0, ACK, "Skarv Maps", ANALYST), mail(9, NO, "Skarv", ANALYST)],
          "open 1", "closed 2"),
    story("mark of gender", [mail(0, ACK, TIDEWELL, "Data Analyst (m/w/d)"), mail(9, NO, TIDEWELL, "Data Analyst")],
          "closed 1 2"),
    story("both endings", [mail(0, ACK, TIDEWELL, "Entwickler:in"), mail(9, NO, TIDEWELL, "Entwicklerin")],
          "closed 1 2"),
    story("inflected", [mail(0, ACK, TIDEWELL, "Ingenjör"), mail(9, NO, TIDEWELL, "ingenjören")], "closed 1 2"),
    story("with the place", [mail(0, ACK, TIDEWELL, "Data Analyst (Remote)"), mail(9, NO, TIDEWELL, ANALYST)],
          "closed 1 2"),
    story("the place comes later", [mail(0, ACK, TIDEWELL, ANALYST), mail(9, NO, TIDEWELL, "Data Analyst, Malmö")],
          "closed 1 2"),
    story("senior is another role", [mail(0, ACK, TIDEWELL, ANALYST), mail(9, NO, TIDEWELL, "Senior Data Analyst")],
          "open 1", "closed 2"),
    story("an intern's is another role", [mail(0, ACK, TIDEWELL, "Analyst"), mail(9, NO, TIDEWELL, "Analyst, Intern")],
          "open 1", "closed 2"),
    story(
        "called by its other name in the thread, and from then on",
        [
            mail(0, ACK, TIDEWELL, ANALYST, name="a"),
            mail(5, INVITE, "Tidewell Energy", ANALYST, thread=("<a>",)),
            mail(9, NO, "Tidewell Energy", ANALYST),
        ],
        "closed 1 2 3",
    ),
    # --- Two at one employer
    story(
        "two roles stay two",
        [
            mail(0, ACK, TIDEWELL, "Editor"),
            mail(1, ACK, TIDEWELL, "Writer"),
            mail(4, INVITE, TIDEWELL, "Editor"),
            mail(9, NO, TIDEWELL, "Writer"),
        ],
        "talking 1 3",
        "closed 2 4",
    ),
    story(
        "one role in two teams stays two, and its bare name is neither",
        [
            mail(0, ACK, TIDEWELL, "Data Analyst, Marketing"),
            mail(0, ACK, TIDEWELL, "Data Analyst, Finance"),
            mail(9, NO, TIDEWELL, ANALYST),
        ],
        "open 1",
        "open 2",
        "closed 3",
    ),
    story(
        "the bare role, then one in a team: confirmed twice, applied twice",
        [mail(0, ACK, TIDEWELL, ANALYST), mail(20, ACK, TIDEWELL, "Data Analyst, Finance")],
        "open 1",
        "open 2",
    ),
    story(
        "two openings of one title",
        [
            mail(0, ACK, TIDEWELL, ANALYST, ref="R-17"),
            mail(9, ACK, TIDEWELL, ANALYST, ref="R-44"),
            mail(12, NO, TIDEWELL, ANALYST, ref="R-44"),
            mail(20, NO, TIDEWELL, ANALYST, ref="R 17"),
        ],
        "closed 1 4",
        "closed 2 3",
    ),
    story(
        "one number for a person, not for an opening",
        [
            mail(0, ACK, TIDEWELL, "Editor", ref="C-4711"),
            mail(8, ACK, TIDEWELL, "Writer", ref="C-4711"),
            mail(9, NO, TIDEWELL, "Editor", ref="C-4711"),
        ],
        "closed 1 3",
        "open 2",
    ),
    story(
        "an employer who writes of one opening by two numbers",
        [mail(0, ACK, TIDEWELL, ANALYST, ref="A-1"), mail(9, NO, TIDEWELL, ANALYST, ref="REQ-9")],
        "closed 1 2",
    ),
    story(
        "one number at two employers, and a mail that names neither",
        [
            mail(0, ACK, TIDEWELL, "Editor", ref="17"),
            mail(0, ACK, "Northlight", "Editor", ref="17"),
            mail(9, NO, ref="17"),
        ],
        "open 1",
        "open 2",
        "closed 3",
    ),
    # --- No role named
    story("no role, one open", [mail(0, ACK, TIDEWELL, ANALYST), mail(9, NO, TIDEWELL)], "closed 1 2"),
    story("the no is the first to name the role", [mail(0, ACK, TIDEWELL), mail(9, NO, TIDEWELL, ANALYST)],
          "closed 1 2"),
    story(
        "no role, two open: a line of its own, and nobody guesses",
        [mail(0, ACK, TIDEWELL, "Editor"), mail(1, ACK, TIDEWELL, "Writer"), mail(9, NO, TIDEWELL)],
        "open 1",
        "open 2",
        "closed 3",
    ),
    story(
        "no role, two open, but after a talk",
        [
            mail(0, ACK, TIDEWELL, "Editor"),
            mail(1, ACK, TIDEWELL, "Writer"),
            mail(4, INVITE, TIDEWELL, "Editor"),
            mail(9, NO, TIDEWELL, stage=Stage.INTERVIEW),
        ],
        "closed 1 3 4",
        "open 2",
    ),
    story(
        "no role, two open, from the sender of one",
        [
            mail(0, ACK, TIDEWELL, "Editor", sender_domain="system.example"),
            mail(1, ACK, TIDEWELL, "Writer"),
            mail(9, NO, TIDEWELL, sender_domain="system.example"),
        ],
        "closed 1 3",
        "open 2",
    ),
    story(
        "no role, one let go and one open: nobody guesses",
        [
            mail(0, ACK, TIDEWELL, "Editor"),
            act(50, Did.LET_GO, 1),
            mail(60, ACK, TIDEWELL, "Writer"),
            mail(70, NO, TIDEWELL),
        ],
        "let_go 1",
        "open 2",
        "closed 3",
    ),
    story(
        "an unsure mail without a role, two open",
        [mail(0, ACK, TIDEWELL, "Editor"), mail(1, ACK, TIDEWELL, "Writer"), mail(9, UNSURE, TIDEWELL)],
        "open 1",
        "open 2",
        unplaced=[3],
    ),
    story(
        "invitations without a role, two open: they share a line",
        [
            mail(0, ACK, TIDEWELL, "Editor"),
            mail(1, ACK, TIDEWELL, "Writer"),
            mail(9, INVITE, TIDEWELL),
            mail(12, INVITE, TIDEWELL),
        ],
        "open 1",
        "open 2",
        "talking 3 4",
    ),
    # --- Said twice
    story(
        "a no by the system and a no by a person",
        [mail(0, ACK, TIDEWELL, ANALYST), mail(9, NO, TIDEWELL, ANALYST), mail(9.1, NO, TIDEWELL)],
        "closed 1 2 3",
    ),
    story(
        "a no by a person and then one that names the role",
        [mail(9, NO, TIDEWELL), mail(9.1, NO, TIDEWELL, ANALYST)],
        "closed 1 2",
    ),
    story(
        "confirmed by the portal and by the employer",
        [mail(0, ACK, TIDEWELL, ANALYST), mail(0.01, ACK, "Tidewell GmbH")],
        "open 1 2",
    ),
    story(
        "refused at once, and confirmed a minute later",
        [mail(0, NO, TIDEWELL, ANALYST), mail(0.001, ACK, TIDEWELL, ANALYST)],
        "closed 1 2",
    ),
    story(
        "a no without a role, months after the last one",
        [mail(0, ACK, TIDEWELL, ANALYST), mail(9, NO, TIDEWELL, ANALYST), mail(99, NO, TIDEWELL)],
        "closed 1 2",
        "closed 3",
    ),
    story(
        "an offer, and once more in writing",
        [mail(0, ACK, TIDEWELL, ANALYST), mail(9, OFFER, TIDEWELL, ANALYST), mail(11, OFFER, TIDEWELL)],
        "offered 1 2 3",
    ),
    story(
        "a talk about the contract, no role named",
        [mail(0, OFFER, TIDEWELL, ANALYST), mail(6, INVITE, TIDEWELL)],
        "offered 1 2",
    ),
    story(
        "an offer, and a no that does not say to what",
        [mail(0, OFFER, TIDEWELL, ANALYST), mail(6, NO, TIDEWELL)],
        "offered 1",
        "closed 2",
    ),
    # --- After the end
    story(
        "a no, and then they come back",
        [mail(0, ACK, TIDEWELL, ANALYST), mail(9, NO, TIDEWELL, ANALYST), mail(20, INVITE, TIDEWELL, ANALYST)],
        "reopened 1 2 3",
    ),
    story(
        "a no, and the reader applies once more",
        [
            mail(0, ACK, TIDEWELL, ANALYST),
            mail(9, NO, TIDEWELL, ANALYST),
            mail(60, ACK, TIDEWELL, ANALYST),
            mail(70, NO, TIDEWELL, ANALYST),
        ],
        "closed 1 2",
        "closed 3 4",
    ),
    story(
        "applied once more under the same number",
        [
            mail(0, ACK, TIDEWELL, ANALYST, ref="R-17"),
            mail(9, NO, TIDEWELL, ANALYST, ref="R-17"),
            mail(60, ACK, TIDEWELL, ANALYST, ref="R-17"),
            mail(66, INVITE, ref="R-17"),
        ],
        "closed 1 2",
        "talking 3 4",
    ),
    story(
        "a machine's thanks for the answer to a no",
        [
            mail(0, ACK, TIDEWELL, ANALYST),
            mail(9, NO, TIDEWELL, ANALYST, name="no"),
            mail(14, ACK, TIDEWELL, ANALYST, thread=("<no>", "<own>")),
        ],
        "closed 1 2 3",
    ),
    story(
        "withdrawn, and that confirmed",
        [mail(0, ACK, TIDEWELL, ANALYST), act(5, Did.WITHDREW, 1), mail(5.1, ACK, TIDEWELL, ANALYST)],
        "withdrawn 1 2",
    ),
    story(
        "withdrawn, and applied again in summer",
        [mail(0, ACK, TIDEWELL, ANALYST), act(5, Did.WITHDREW, 1), mail(90, ACK, TIDEWELL, ANALYST)],
        "withdrawn 1",
        "open 2",
    ),
    story(
        "let go, and then an answer without a role",
        [mail(0, ACK, TIDEWELL, ANALYST), act(40, Did.LET_GO, 1), mail(60, INVITE, TIDEWELL)],
        "talking 1 2",
    ),
    story(
        "refused for one role, invited for another",
        [mail(0, ACK, TIDEWELL, "Editor"), mail(9, NO, TIDEWELL, "Editor"), mail(9.1, INVITE, TIDEWELL, "Writer")],
        "closed 1 2",
        "talking 3",
    ),
    # --- Threads
    story(
        "an answer in the thread names nothing",
        [mail(0, ACK, TIDEWELL, ANALYST, name="a"), mail(0, ACK, TIDEWELL, "Editor"), mail(9, NO, thread=("<a>",))],
        "closed 1 3",
        "open 2",
    ),
    story(
        "two answers to the reader's own mail",
        [
            mail(0, ACK, TIDEWELL, ANALYST, thread=("<own>",)),
            mail(1, ACK, TIDEWELL, "Editor"),
            mail(9, NO, thread=("<own>",)),
        ],
        "closed 1 3",
        "open 2",
    ),
    story(
        "one mail of the reader's about two roles",
        [
            mail(0, INVITE, TIDEWELL, "Editor", thread=("<own>",)),
            mail(1, NO, TIDEWELL, "Writer", thread=("<own>",)),
        ],
        "talking 1",
        "closed 2",
    ),
    story(
        "a recruiter writes of another employer in the old thread",
        [
            mail(0, ACK, "Fjord", ANALYST, name="a", **HUMAN),
            mail(9, NO, "Fjord", ANALYST, thread=("<a>",), **HUMAN),
            mail(12, INVITE, TIDEWELL, "Planner", thread=("<a>",), **HUMAN),
        ],
        "closed 1 2",
        "talking 3",
    ),
    # --- Recruiters
    story(
        "the recruiter names the client later",
        [
            mail(0, ACK, "Oak and Finch", ANALYST, **HUMAN),
            mail(5, INVITE, TIDEWELL, ANALYST, **HUMAN),
            mail(9, NO, "", ANALYST, **HUMAN),
        ],
        "closed 1 2 3",
    ),
    story(
        "one recruiter, one role, two clients",
        [
            mail(0, ACK, TIDEWELL, ANALYST, **HUMAN),
            mail(1, ACK, "Fjord", ANALYST, **HUMAN),
            mail(9, NO, "Oak and Finch", ANALYST, **HUMAN),
        ],
        "open 1",
        "open 2",
        "closed 3",
    ),
    story(
        "private mail is nobody's house",
        [
            mail(0, ACK, "Café Fjord", "Barista", human=True, sender_domain="gmail.com"),
            mail(5, NO, "", "Barista", human=True, sender_domain="gmail.com"),
        ],
        "open 1",
        "closed 2",
    ),
    story(
        "a proposal begins nothing, the confirmation does",
        [mail(0, OUTREACH, "Oak and Finch", ANALYST, **HUMAN), mail(4, ACK, TIDEWELL, ANALYST)],
        "open 2",
        unplaced=[1],
    ),
    # --- Read in another order than sent
    story(
        "the confirmation is found after the no",
        [mail(9, NO, TIDEWELL, ANALYST), mail(0, ACK, TIDEWELL)],
        "closed 2 1",
    ),
    story(
        "an old no is found after a new confirmation",
        [mail(60, ACK, TIDEWELL, ANALYST), mail(9, NO, TIDEWELL, ANALYST)],
        "open 1",
        "closed 2",
    ),
    story(
        "a mail of the first time is found after the second began",
        [
            mail(0, ACK, TIDEWELL, ANALYST),
            mail(9, NO, TIDEWELL, ANALYST),
            mail(60, ACK, TIDEWELL, ANALYST),
            mail(4, TASK, TIDEWELL, ANALYST),
        ],
        "closed 1 4 2",
        "open 3",
    ),
    story(
        "the mail that was answered is found after the answer",
        [mail(9, NO, thread=("<a>",)), mail(0, ACK, TIDEWELL, ANALYST, name="a")],
        "closed 2 1",
    ),
    # --- Nothing to go by
    story("two noes of nobody", [mail(0, NO), mail(1, NO)], "closed 1", "closed 2"),
    story("a role alone", [mail(0, ACK, TIDEWELL, ANALYST), mail(9, NO, "", ANALYST)], "open 1", "closed 2"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "told", "unplaced"), STORIES)
def test_story(steps: Sequence[Event | Act], told: list[str], unplaced: list[int]) -> None:
    log = search(steps)
    assert (log.told(), log.unplaced) == (told, unplaced)


KINDS = st.sampled_from([ACK, INVITE, TASK, OFFER, NO, UNSURE, OUTREACH])
COMPANIES = st.sampled_from(["", TIDEWELL, "Tidewell AB", "Fjord"])
ROLES = st.sampled_from(["", "Editor", "Editor (Remote)", "Senior Editor", "Writer"])
NUMBERS = st.sampled_from(["", "", "R-1", "R-2"])
DAYS = st.integers(0, 120).map(lambda hours: hours / 2)


@st.composite
def mails(draw: st.DrawFn, companies: st.SearchStrategy[str] = COMPANIES) -> list[Event]:
    """Mails in order of arrival, some of them answers to one before."""
    found: list[Event] = []
    for number, day in enumerate(sorted(draw(st.lists(DAYS, max_size=12)))):
        answered = draw(st.none() | st.sampled_from(found)) if found else None
        thread = (answered.message_id,) if answered else ()
        name = f"{number}-{draw(st.integers())}"
        found.append(mail(day, draw(KINDS), draw(companies), draw(ROLES), ref=draw(NUMBERS), name=name, thread=thread))
    return found


def placed(log: Search, names: Sequence[str]) -> set[tuple[str, frozenset[str]]]:
    """Each application as its state and the names of its mails, as far as they are among `names`."""
    kept = ((state(one), frozenset(e.key for e in one.events) & frozenset(names)) for one in log.applications)
    return {(stands, keys) for stands, keys in kept if keys}


@given(mails())
def test_every_mail_is_in_one_application_or_none(stream: list[Event]) -> None:
    log = search(stream)
    inside = [event.id for one in log.applications for event in one.events]
    assert sorted([*inside, *log.unplaced]) == list(range(1, len(stream) + 1))
    assert all(stream[number - 1].kind in (UNSURE, OUTREACH) for number in log.unplaced)


@given(mails())
def test_it_does_not_matter_in_which_order_applications_are_known(stream: list[Event]) -> None:
    log = Search()
    for event in stream:
        assert find(event, log.applications[::-1]) == find(event, log.applications)
        log.enter(event)


@given(mails())
def test_an_exact_answer_goes_where_the_mail_is_that_it_answers(stream: list[Event]) -> None:
    log = search(stream)
    for one in log.applications:
        for event in one.events:
            said = event.details
            answer = mail(130, NO, said.company, said.role, thread=(event.message_id,))
            found = find(answer, log.applications)
            assert found is not None
            assert any(e.message_id == event.message_id for e in found.events) or contradicts(answer, one)


@given(mails(st.just(TIDEWELL)), mails(st.just("Fjord")), st.randoms(use_true_random=False))
def test_what_other_employers_write_in_between_makes_no_difference(
    one: list[Event], other: list[Event], chance: Any
) -> None:
    other = [
        replace(
            mail,
            key=f"b{mail.key}",
            message_id=f"b{mail.message_id}",
            thread=tuple(f"b{name}" for name in mail.thread),
        )
        for mail in other
    ]
    turns = [True] * len(one) + [False] * len(other)
    chance.shuffle(turns)
    queues = {True: iter(one), False: iter(other)}
    mixed = search([next(queues[turn]) for turn in turns])
    for stream in (one, other):
        assert placed(mixed, [mail.key for mail in stream]) == placed(search(stream), [mail.key for mail in stream])


@given(mails(), st.lists(st.tuples(DAYS, st.sampled_from(list(Did))), max_size=4))
def test_state_is_total_and_does_not_depend_on_the_order_of_entry(
    stream: list[Event], acts: list[tuple[float, Did]]
) -> None:
    log = search(stream)
    for one in log.applications:
        done = replace(one, acts=tuple(act(day + 0.1, kind, one.id) for day, kind in acts))
        turned = replace(done, events=tuple(reversed(done.events)), acts=tuple(reversed(done.acts)))
        times = {step.received for step in done.events} | {step.made for step in done.acts}
        assert state(done)
        if len(times) == len(done.events) + len(done.acts):
            assert state(turned) is state(done)
