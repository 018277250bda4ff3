"""What a mail says about an application: the corpus, and each part on its own."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.judging import DETECTOR, EARS, LANGUAGES, NAMES, READER, RECEIVED, SENDERS, ZONES, Case, corpus, message
from triage.core.domains import label, organisation
from triage.core.extract import Extractor
from triage.core.extract.dates import Dates
from triage.core.extract.spelling import spelled
from triage.core.values import Details, Kind, Verdict

EXTRACTOR = Extractor(LANGUAGES, SENDERS, NAMES, ZONES)
REFUSED = Verdict(Kind.REJECTION, 1.0)
REFUSAL = "We will not be moving forward with your application."


def _details(text: str, *, subject: str = "", sender: str = "") -> Details:
    return EXTRACTOR.details(message(text, subject=subject, sender=sender), REFUSED)


@pytest.mark.parametrize("case", [case for case in corpus() if case.expected], ids=lambda case: case.id)
def test_the_details_of_the_corpus(case: Case) -> None:
    details = EXTRACTOR.details(case.message, DETECTOR.judge(case.message, READER))
    assert {name: getattr(details, name) for name, _ in case.expected} == dict(case.expected)


@pytest.mark.parametrize(
    ("sender", "company"),
    [
        ("Mill House Careers <no-reply@us.greenhouse-mail.io>", "Mill House"),
        ("Mill House Talent Acquisition <jobs@millhouse.example>", "Mill House"),
        ("Mill House <no-reply@hire.lever.co>", "Mill House"),
        ("Kay at Mill House <kay@millhouse.example>", "Mill House"),
        ("Kay Ames <kay@millhouse.co.uk>", "Millhouse"),
        ("Careers Portal <noreply@millhouse.taleo.net>", "Millhouse"),
        ("Workday <millhouse@myworkday.com>", "Millhouse"),
        ("Mill House Ltd. <hr@millhouse.co.uk>", "Mill House"),
        ("Kay Ames <kay.ames@gmail.com>", ""),
        ("Greenhouse <no-reply@greenhouse.io>", ""),
        ("no-reply <no-reply@us.greenhouse-mail.io>", ""),
        ("", ""),
    ],
)
def test_the_company_by_its_sender(sender: str, company: str) -> None:
    assert _details(REFUSAL, sender=sender).company == company


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("emberandrye", "Luca / Ember & Rye", "Ember & Rye"),
        ("studiotessellate", "Associate, Studio Tessellate", "Studio Tessellate"),
        ("wexcombe-tc", "Clerk to Wexcombe Town Council", "Wexcombe Town Council"),
        ("marrowstone", "Ken\nMarrowstone Data", "Marrowstone Data"),
        ("cafe-luna", "See you at Café Luna.", "Café Luna"),
        ("millhouse", "We mill flour in our house.", ""),
        ("", "Anything At All", ""),
    ],
)
def test_a_domain_spelled_out(name: str, text: str, found: str) -> None:
    assert spelled(name, text) == found


@pytest.mark.parametrize(
    ("written", "company"),
    [
        ("The Mill House Hiring Team", "The Mill House"),
        ("Mill House GmbH & Co. KG", "Mill House"),
        ("Mill House S.r.l.", "Mill House"),
        ("Recruiting", ""),
        ("No-Reply", ""),
        ("Human Resources Mill House", "Mill House"),
    ],
)
def test_a_company_without_its_wrapping(written: str, company: str) -> None:
    assert NAMES.company(written) == company


@pytest.mark.parametrize(
    ("written", "role"),
    [
        ("the Night Porter (m/f/d) position", "Night Porter"),
        ("Night Porter - Req ID 20045", "Night Porter"),
        ("Night Porter (VAC26/021)", "Night Porter"),
        ("Night Porter, Ward 3", "Night Porter, Ward 3"),
        ("Porter (Nights)", "Porter (Nights)"),
        ("position", ""),
        ("", ""),
    ],
)
def test_a_role_without_its_wrapping(written: str, role: str) -> None:
    assert NAMES.role(written) == role


@pytest.mark.parametrize(
    ("domain", "registered", "own"),
    [
        ("careers.mill.co.uk", "mill.co.uk", "mill"),
        ("mill.example", "mill.example", "mill"),
        ("high.sch.uk", "", "high"),
        ("gmail.com", "gmail.com", ""),
        ("", "", ""),
    ],
)
def test_the_organisations_own_label(domain: str, registered: str, own: str) -> None:
    assert (organisation(domain), label(domain)) == (registered, own)


@pytest.mark.parametrize(
    ("said", "reason", "stage"),
    [
        ("Thank you for your application. " + REFUSAL, "not_stated", "application"),
        ("The position has been filled internally.", "position_filled", ""),
        ("It came down to two, and we chose the other candidate.", "other_candidate", "final"),
        ("Thank you for the phone screen. There is a hiring freeze.", "position_closed", "screen"),
        ("After your interview we felt you are overqualified. It's a no.", "overqualified", "interview"),
        ("You would need a visa for this job, we cannot arrange it, so we cannot hire you.", "location_or_visa", ""),
    ],
)
def test_why_and_how_far(said: str, reason: str, stage: str) -> None:
    mail = message(said)
    details = EXTRACTOR.details(mail, DETECTOR.judge(mail, READER))
    assert (details.reason, details.stage) == (reason, stage)


def test_feedback_is_whole_sentences_word_for_word() -> None:
    judged = "Your plan for the orchard was clear, but you had not costed the second year."
    details = _details(f"{REFUSAL} {judged} We wish you all the best.")
    assert details.feedback == (judged,)


@pytest.mark.parametrize(
    "said",
    [
        "We were impressed by your background and experience.",
        "We are unable to give individual feedback.",
        "Please take our survey and give us feedback on your experience.",
        "We received many strong applications.",
    ],
)
def test_what_everyone_is_told_is_no_feedback(said: str) -> None:
    assert _details(f"{REFUSAL} {said}").feedback == ()


@pytest.mark.parametrize(
    ("said", "again"),
    [("We encourage you to apply again.", True), ("Ring me again in May.", True), ("Thank you and goodbye.", False)],
)
def test_whether_to_try_again(said: str, again: bool) -> None:
    assert _details(f"{REFUSAL} {said}").reapply is again


@pytest.mark.parametrize(
    ("kind", "said", "deadline", "meeting"),
    [
        ("assessment", "The deadline is 11.55pm on Monday 30 March 2026.", "2026-03-30", ""),
        ("assessment", "Please finish the test by end of day Tuesday 5 May.", "2026-05-05", ""),
        ("assessment", "The link expires within 5 days.", "2026-03-14", ""),
        ("assessment", "Complete it before April 2nd, 2026.", "2026-04-02", ""),
        ("offer", "You have until 5pm on Friday 17 April 2026 to accept.", "2026-04-17", ""),
        ("offer", "We would like an answer by Friday.", "2026-03-13", ""),
        ("interview", "We meet on Tuesday 17 March 2026 at 10:30.", "", "2026-03-17T10:30"),
        ("interview", "Can you come on 20 March? Please answer by 12 March.", "2026-03-12", "2026-03-20"),
        ("interview", "Text YES and your shirt size to the number below by Friday 20 March.", "2026-03-20", ""),
        ("offer", "We need your answer by Friday 20 March at 5 pm CET.", "2026-03-20", ""),
        ("interview", "We meet on 24 March at 14:00 CET, that is tomorrow week.", "", "2026-03-24T14:00+01:00"),
        ("interview", "We meet on 24 March at 9:00 PT / 17:00 CET.", "", "2026-03-24T09:00-07:00"),
        ("interview", "10:30 (UK time) on Tuesday 31 March", "", "2026-03-31T10:30+01:00"),
        ("interview", "We meet on 24 March at 10:30 IST.", "", "2026-03-24T10:30 IST"),
        ("interview", "Wir sehen uns am 24. März um 11 Uhr MEZ.", "", "2026-03-24T11:00+01:00"),
        ("interview", "Entretien le 24 mars à 15h (heure de Paris).", "", "2026-03-24T15:00+01:00"),
        ("interview", "A entrevista é no dia 24 de março às 10h (horário de Brasília).", "", "2026-03-24T10:00-03:00"),
        ("interview", "Zapraszamy 24 marca o 10:00 czasu polskiego.", "", "2026-03-24T10:00+01:00"),
        ("interview", "We were founded on 3 May 1911.", "", ""),
        ("rejection", "The next round closes by 1 May 2026.", "", ""),
        ("interview", "We may call you. Wed love to. Sun and sand await.", "", ""),
    ],
)
def test_by_when_and_when(kind: str, said: str, deadline: str, meeting: str) -> None:
    assert Dates(EARS, ZONES).of(Kind(kind), [said], RECEIVED) == (deadline, meeting)


def test_a_date_without_a_year_is_the_next_one() -> None:
    december = datetime(2026, 12, 28, tzinfo=UTC)
    assert Dates(EARS, ZONES).of(Kind.ASSESSMENT, ["Please finish by 4 January."], december)[0] == "2027-01-04"


@pytest.mark.parametrize("kind", [Kind.OTHER, Kind.JOB_ALERT])
def test_other_mail_has_no_details(kind: Kind) -> None:
    mail = message(REFUSAL, sender="Mill House Careers <jobs@millhouse.example>")
    assert EXTRACTOR.details(mail, Verdict(kind, 1.0)) == Details()


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("Can you come for an interview for the post of Sound Engineer on Friday 20 March at 9:00?", "Sound Engineer"),
        ("Can we move your interview for Sound Engineer to Thursday 19 March?", "Sound Engineer"),
        ("Your application for Ferry Master from 2 March is with us.", "Ferry Master"),
        ("Thank you for your application for Head of Learning of 12 February 2026.", "Head of Learning"),
        ("We interviewed for the post of Duty Manager on Mondays.", "Duty Manager"),
        ("Your interview for Ward Sister at 10:30 on Tuesday is confirmed.", "Ward Sister"),
        ("Thank you for coming to the interview for Stage Technician in March.", "Stage Technician"),
        ("Your application for Site Manager in Leeds on 3 March was read.", "Site Manager in Leeds"),
        ("Thank you for your application for Teacher of English.", "Teacher of English"),
        ("Your application for Editor, Sunday Edition, has been read.", "Editor, Sunday Edition"),
        ("They have found their way into our brief for the designers.", ""),
    ],
)
def test_a_date_is_no_part_of_a_role(said: str, role: str) -> None:
    assert _details(said).role == role


@pytest.mark.parametrize(
    ("subject", "role"),
    [
        ("Interview on Tuesday 10 March – Pastry Chef at Mill & Co", "Pastry Chef"),
        ("Copy Editor, two days a week", "Copy Editor"),
        ("Re: Final round on Thursday: Senior Tester", "Senior Tester"),
        ("Welder, HS 2026/07", "Welder"),
        ("Archivist: position cancelled", "Archivist"),
    ],
)
def test_a_role_in_a_subject_and_nothing_else(subject: str, role: str) -> None:
    assert _details("We have decided not to go on.", subject=subject).role == role


@pytest.mark.parametrize(
    ("sender", "signature", "company"),
    [
        ("Ylva Sand <no-reply@hire.lever.co>", "Ylva Sand\nOdell Paper", "Odell Paper"),
        ("Ylva Sand <no-reply@hire.lever.co>", "Ylva Sand\nHead of People, Odell Paper", "Odell Paper"),
        ("Ylva Sand <no-reply@hire.lever.co>", "Ylva Sand\nTalent Partner\nOdell Paper", "Odell Paper"),
        ("Odell Paper <no-reply@hire.lever.co>", "Kind regards,\nOdell Paper", "Odell Paper"),
        ("Odell Paper <no-reply@hire.lever.co>", "Odell Paper\n12 Mill Road", "Odell Paper"),
        ("Odell Paper via Benchlet <x@benchlet.example>", "Benchlet, for Odell Paper", "Odell Paper"),
        ("Ylva at Studio Odell <ylva@odell.example>", "Ylva", "Studio Odell"),
    ],
)
def test_the_company_under_a_persons_name(sender: str, signature: str, company: str) -> None:
    assert _details(f"{REFUSAL}\n\n{signature}\n", sender=sender).company == company


@pytest.mark.parametrize("span", ["by 3 may 1911 ", "within 0 days ", "on monday at 99 ", "31 february "])
def test_a_text_of_nothing_but_dates_takes_no_time(span: str) -> None:
    mail = message((span * 64_000)[:64_000])
    EXTRACTOR.details(message("We meet on 3 May."), Verdict(Kind.INTERVIEW, 1.0))  # The reader of dates loads once.
    start = perf_counter()
    EXTRACTOR.details(mail, Verdict(Kind.INTERVIEW, 1.0))
    assert perf_counter() - start < 2.0


@given(st.text(), st.text(max_size=80), st.sampled_from(list(Kind)))
def test_any_text_has_details(text: str, subject: str, kind: Kind) -> None:
    details = EXTRACTOR.details(message(text, subject=subject, sender="Kay <k@x.example>"), Verdict(kind, 1.0))
    assert len(details.company) <= 70
    assert len(details.role) <= 80
