"""Whatever the log holds: what has no trait that is sought would not be found, and would stand in nobody's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_journey_stories import Search, mail
from triage.core.acts import Act, Did
from triage.core.journey import find
from triage.core.journey.near import VERSION, sought, traits
from triage.core.values import Application, Details, Event, Kind, Stage

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
COMPANIES = ("", "Fjord", "Fjord GmbH", "Skarv AB", "Müller", "Mueller", "Muller", "Hays", "Hays Recruiting", "&")
ROLES = (
    "", "Data Analyst", "Data Analyst (Remote)", "Data Analyst - Berlin", "Senior Data Analyst", "data analyst",
    "Entwickler:in", "Entwickler", "C++ Developer", "(Remote)", "…",
)  # fmt: skip
NUMBERS = ("", "R-17", "r17", "R 17", "18", "-")
DOMAINS = ("", "fjord.example.com", "careers.fjord.example.com", "hays.com", "hays.de", "gmail.com")
NAMES = ("", "<a@x>", "<b@x>", "<c@x>", "<d@x>")

details = st.builds(
    Details,
    company=st.sampled_from(COMPANIES),
    role=st.sampled_from(ROLES),
    reference=st.sampled_from(NUMBERS),
    stage=st.sampled_from(Stage),
)
mails = st.builds(
    Event,
    key=st.just("key"),
    message_id=st.sampled_from(NAMES),
    mailbox=st.just("home"),
    folder=st.just("INBOX"),
    received=st.integers(0, 400).map(lambda hours: START + timedelta(hours=6 * hours)),
    kind=st.sampled_from([*Kind]),
    confidence=st.just(0.9),
    details=details,
    thread=st.lists(st.sampled_from(NAMES), max_size=3).map(tuple),
    sender_domain=st.sampled_from(DOMAINS),
    human=st.booleans(),
)
acts = st.builds(Act, st.sampled_from(Did), st.integers(0, 400).map(lambda hours: START + timedelta(hours=6 * hours)))
known = st.builds(
    Application,
    st.just(0),
    company=st.sampled_from(COMPANIES),
    role=st.sampled_from(ROLES),
    reference=st.sampled_from(NUMBERS),
    events=st.lists(mails, max_size=3).map(tuple),
    acts=st.lists(acts, max_size=1).map(tuple),
)


def near(event: Event, applications: list[Application]) -> list[Application]:
    """Those that the store would load (`Search.near`)."""
    wanted, answered = sought(event), set(event.thread) - {""}
    return [
        one for one in applications if wanted & traits(one) or any(mail.message_id in answered for mail in one.events)
    ]


@given(event=mails, applications=st.lists(known, max_size=6))
@settings(max_examples=200, deadline=None)
def test_nothing_else_is_found_among_those_that_are_near(event: Event, applications: list[Application]) -> None:
    every = [replace(one, id=number) for number, one in enumerate(applications, 1)]
    assert find(event, near(event, every)) == find(event, every)


@given(entered=st.lists(mails, min_size=1, max_size=14))
@settings(max_examples=80, deadline=None)
def test_a_search_placed_by_what_is_near_is_the_same_search(entered: list[Event]) -> None:
    search = Search()
    for number, event in enumerate(entered):
        one = replace(event, message_id=event.message_id or f"<{number}@y>")
        assert find(one, near(one, search.applications)) == find(one, search.applications)
        search.enter(one)


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        pytest.param(mail(1, Kind.REJECTION, "Fjord", "Cook"), ["role"], id="the role at the company"),
        pytest.param(mail(1, Kind.REJECTION, "Fjord"), ["role", "other role", "no role"], id="any role at the company"),
        pytest.param(mail(1, Kind.REJECTION, "Fjord", "Baker"), ["other role"], id="no other role"),
        pytest.param(mail(1, Kind.REJECTION, "Skarv", "Cook"), [], id="no other company"),
        pytest.param(mail(1, Kind.REJECTION, ref="r 9"), ["number"], id="the number, however it is written"),
    ],
)
def test_not_more_is_near_than_what_can_be_meant(event: Event, seen: list[str]) -> None:
    """Else a long log would be as slow as ever."""
    applications = {
        "role": Application(1, "Fjord", "Cook", "", (mail(0, Kind.ACKNOWLEDGEMENT, "Fjord", "Cook"),)),
        "other role": Application(2, "Fjord", "Baker", "", (mail(0, Kind.ACKNOWLEDGEMENT, "Fjord", "Baker"),)),
        "number": Application(3, "Skarv", "Smith", "R-9", (mail(0, Kind.ACKNOWLEDGEMENT, "Skarv", "Smith"),)),
        "no role": Application(4, "Fjord", "", "", (mail(0, Kind.ACKNOWLEDGEMENT, "Fjord"),)),
        "nobody": Application(5, "", "", "", (mail(0, Kind.ACKNOWLEDGEMENT),)),
    }
    found = near(event, list(applications.values()))
    expected = seen + (["no role"] if event.details.company == "Fjord" and event.details.role else [])
    assert [one.id for one in found] == sorted(applications[name].id for name in expected)


def test_a_change_of_the_traits_raises_their_version() -> None:
    """What is kept in the stores of readers was made by these rules. Raise `VERSION` together with this figure."""
    sample = [
        Application(0, company, role, number, (mail(0, Kind.OFFER, company, role, human=True, sender_domain=domain),))
        for company in COMPANIES
        for role in ROLES
        for number in NUMBERS[:2]
        for domain in DOMAINS[:4]
    ]
    assert (VERSION, sum(sum(traits(one)) for one in sample) % 1_000_003) == ("1", 572_694)
