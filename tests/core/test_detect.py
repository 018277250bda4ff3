"""What kind of mail it is: the corpus, whose words count, and what must hold for any text."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.judging import DETECTOR, EARS, READER, Case, corpus, message
from triage.core.values import MAIL, Address, Kind, Message

CORPUS = corpus()
REFUSAL = "Unfortunately, we have decided not to move forward with your application for the role of gardener."
ABOUT_A_JOB = "Thank you for the interview and for your application for the post of gardener."


def _judge(mail: Message) -> Kind:
    return DETECTOR.judge(mail, READER).kind


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.id)
def test_a_mail_of_the_corpus_is_what_it_is(case: Case) -> None:
    verdict = DETECTOR.judge(case.message, READER)
    assert verdict.kind == case.kind, verdict.evidence


def test_the_corpus_covers_every_kind() -> None:
    assert {case.kind for case in CORPUS} == {kind.value for kind in MAIL} | {"unsure"}
    assert len({case.id for case in CORPUS}) == len(CORPUS) >= 60


def test_the_plainest_refusal_is_heard() -> None:
    verdict = DETECTOR.judge(message(REFUSAL), READER)
    assert verdict.kind is Kind.REJECTION
    assert verdict.confidence > 0.9
    assert "decided-not-to-proceed" in {evidence.signal for evidence in verdict.evidence}


@pytest.mark.parametrize(
    "mail",
    [
        message(REFUSAL, sender="Kit <kit@reader.example>"),
        message("Thank you, that is kind of you.\n\n> " + REFUSAL),
        replace(message("", subject="Fwd: your application"), forwarded=True, quoted=REFUSAL),
    ],
    ids=["from the reader", "quoted below", "bare forward"],
)
def test_a_refusal_that_is_not_the_senders_is_none(mail: Message) -> None:
    assert _judge(mail) is not Kind.REJECTION


def test_a_strangers_mark_hides_nothing() -> None:
    """Whether a mark is ours is known by its seal, which is looked at before a mail is judged."""
    assert _judge(replace(message(REFUSAL), letter_mark="digest")) is Kind.REJECTION


def test_a_refusal_in_quotation_marks_is_somebody_elses() -> None:
    text = f"{ABOUT_A_JOB} You may know letters that say “{REFUSAL}” We do not write those."
    assert _judge(message(text)) is not Kind.REJECTION


def test_a_refusal_and_an_offer_in_one_mail_are_a_question() -> None:
    text = f"{REFUSAL}\n\nWe are delighted to offer you the position of head gardener. Please sign the offer letter."
    assert _judge(message(text)) is Kind.UNSURE


def test_sad_words_without_a_decision_are_a_question() -> None:
    text = f"{ABOUT_A_JOB} Unfortunately it was a hard choice among many candidates. We wish you luck in your search."
    assert _judge(message(text)) is Kind.UNSURE


def test_a_thin_no_with_sad_words_is_a_no() -> None:
    text = "Thanks for the interview for the welder job. We can't afford another pair of hands. I'm sorry, mate."
    assert _judge(message(text)) is Kind.REJECTION


def test_a_thin_no_beside_an_acknowledgement_is_a_question() -> None:
    text = "We have received your application for the welder job. We can't afford another trainee, sorry about that."
    assert _judge(message(text)) is Kind.UNSURE


@pytest.mark.parametrize(
    "proposal",
    [
        "Could you come to the yard on Tuesday at ten?",
        "Could we say Friday at the same time?",
        "The post is yours if you would still like it.",
        "Same time Thursday?",
    ],
)
def test_a_refusal_beside_a_plain_proposal_is_no_refusal(proposal: str) -> None:
    assert _judge(message(f"{REFUSAL} {proposal}")) is Kind.UNSURE


@pytest.mark.parametrize(
    "proposal",
    ["Ring me on Friday if you would like some feedback.", "Do come for a coffee on Monday, the door is open."],
)
def test_a_kind_word_after_a_refusal_takes_nothing_back(proposal: str) -> None:
    assert _judge(message(f"{REFUSAL} {proposal}")) is Kind.REJECTION


@pytest.mark.parametrize(
    "sentence",
    [
        "You will remember that I wrote in January to say we had gone with another candidate.",
        "The person we appointed has since pulled out.",
        "I am going to have to let you down about tomorrow.",
        "I won't be going ahead with our call at 3 today.",
        "Incomplete applications will be rejected without further correspondence.",
        "Mere submission does not confer any right to be called for interview.",
        "About four in ten people do not reach the standard.",
        "Applicants without a work permit will not be considered for this position.",
        "Positions are filled from the list in rank order.",
        "Text YES by Friday or we'll give your place to the next person.",
    ],
)
def test_rules_dates_and_what_is_past_refuse_nobody(sentence: str) -> None:
    assert _judge(message(f"{ABOUT_A_JOB} {sentence}")) is not Kind.REJECTION


def test_a_word_of_another_language_is_a_foreign_word() -> None:
    text = f"{ABOUT_A_JOB} We talked it over and we have decided not to move forward. The casting call comes in May."
    assert _judge(message(text)) is Kind.REJECTION


CONDITIONAL = [
    "If you are not selected, we will let you know.",
    "Should we decide not to move forward with your application, you will hear from us.",
    "Only shortlisted candidates will be contacted.",
    "If your application is unsuccessful, we will keep your CV on file.",
    "In case we choose another candidate, we will write to you.",
    "Unless we hear from you by Friday, we will not be able to consider your application further.",
    "Your application has not been rejected.",
    "We will tell you whether you have not been selected.",
    "Should the position be filled before then, we will close the advertisement.",
    "You may not be selected for an interview.",
    "If we are unable to offer you a place, we will say so by May.",
    "Please assume that you have not been successful if you hear nothing by June.",
    "We cannot consider applications that arrive late.",
    "Unsuccessful candidates will be informed in writing.",
    "If you have no reply from us within three weeks, please take that as a no.",
    "We write only to the people we would like to meet.",
    "Should nobody ring you by May, somebody else was chosen.",
]


@pytest.mark.parametrize("sentence", CONDITIONAL)
def test_a_conditional_refusal_refuses_nobody(sentence: str) -> None:
    assert _judge(message(f"{ABOUT_A_JOB} {sentence}")) is not Kind.REJECTION


BENIGN = [
    "You have not yet selected a time for your interview.",
    "You have not completed the assessment yet.",
    "You haven't accepted the offer so far, so I am writing to ask.",
    "We have not received your references.",
    "Please do not reply to this email.",
    "We cannot change the date of the interview.",
    "There is no right or wrong answer.",
    "This is not the right link for the test, sorry.",
    "We will not share your data with other applicants.",
    "You will not be charged for the training.",
    "We don't need anything else from you at this point.",
    "The position is full time and starts in May.",
    "The role is filled with variety.",
    "Thank you for your interest in the role and for the time you have taken.",
    "We appreciate the time you have taken to apply for this position.",
    "You don't need to bring anything to the interview.",
    "We are not able to reimburse travel costs for the interview.",
    "The position is no longer remote, it is two days a week in the office.",
    "We chose you from among forty other candidates.",
    "We picked you over other applicants because of your portfolio.",
    "We are still interviewing other candidates and will come back to you next week.",
    "The panel will meet on Friday to select the preferred candidate.",
    "We will move forward with candidates whose profiles match.",
    "Our team will proceed with the strongest candidates after Easter.",
    "Applications are now closed and interviews start next week.",
    "I couldn't imagine a better fit for this role.",
    "You do not have to match every requirement.",
    "We have not made a decision yet.",
    "No decision has been made on your application.",
    "We will not be making a decision before Easter.",
    "The hiring manager is not available this week, so your interview moves to Monday.",
    "The interview will not take longer than an hour.",
    "We cannot say more about the salary at this stage.",
    "We will not be able to open attachments larger than 10 MB.",
    "The link will no longer work after Friday.",
    "Other candidates have already finished the test.",
    "You are competing with other candidates for this position.",
    "The other applicants have been told that there is a delay.",
    "We don't want to lose you to another company.",
    "Not all roles are advertised, so stay in touch.",
    "Nothing in this mail is an offer of employment.",
    "We are not looking for perfect answers.",
    "There are no vacancies to fill in on the form, just your name.",
    "The team can't wait to meet you.",
    "We are unable to open your CV, could you send it as a PDF?",
    "We could not find your application number.",
    "I am sorry that I missed your call about the job.",
    "Unfortunately the video link in your invitation did not work.",
    "Unfortunately we need to move your interview to another day.",
    "I regret the confusion about the time of your interview.",
    "We are not in a position to discuss your salary before the interview.",
    "We will not go ahead with the interview until you confirm.",
    "Your application is not complete yet.",
    "We did not receive your application form with your CV.",
    "It is not possible to change your application after you submit it.",
    "You will not be able to edit your application after the deadline.",
    "Your interview on Tuesday has been cancelled, because the panel is ill; please choose a new date.",
    "The job is not easy, but you would be great at it.",
    "They were impressed and did not need long to decide: please come back for a second round.",
    "We no longer need a copy of your passport.",
    "We preferred you to the internal candidate.",
    "The first post has gone to Ben, but we would like to invite you to an interview for the second one.",
    "The director has accepted your proposal for the date.",
    "We chose another room for your interview.",
    "I've given the Sunday shift to Sam, so we can talk in peace.",
    "It's a no from Sam, so choose another day for the interview.",
]


@pytest.mark.parametrize("sentence", BENIGN)
def test_a_no_to_something_else_is_no_refusal(sentence: str) -> None:
    assert _judge(message(f"{ABOUT_A_JOB} {sentence}")) not in {Kind.REJECTION, Kind.UNSURE}


APPLIED_FOR = [
    "the Silver card",
    "a store card",
    "a personal loan",
    "the flat in Kiln Lane",
    "a working holiday visa",
    "a place in Year 7",
    "the spring round",
    "a mooring",
    "membership",
    "our pottery course",
    "income protection",
    "something",
]


@pytest.mark.parametrize("thing", APPLIED_FOR)
@pytest.mark.parametrize(
    "refusal",
    [
        "Unfortunately, your application has been declined.",
        "We regret to inform you that your application was not successful on this occasion.",
        "We have decided not to proceed with your application.",
        "We have chosen other applicants, as we had a large number of applications.",
    ],
)
def test_not_every_application_is_for_a_job(thing: str, refusal: str) -> None:
    mail = message(f"Thank you for your application for {thing}. {refusal}", subject="Decision on your application")
    assert _judge(mail) in {Kind.OTHER, Kind.UNSURE}


@pytest.mark.parametrize("title", ["Credit Card Analyst", "Loan Officer", "Lettings Negotiator", "Visa Adviser"])
def test_a_job_may_be_about_cards_and_flats(title: str) -> None:
    mail = message(f"Thank you for your application for the {title} position. You have not been shortlisted.")
    assert _judge(mail) is Kind.REJECTION


HOSTILE = [
    "It's a no. ",
    "by ",
    "apply to a b c d ",
    "a!\n",
    "if we do not proceed ",
    "“ab ",
    "Aa ",
    "our tenancy ",
    "\n.\n",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_the_longest_text_of_one_phrase_takes_no_time(unit: str) -> None:
    mail = message((unit * 64_000)[:64_000], subject="Your application")
    start = perf_counter()
    _judge(mail)
    assert perf_counter() - start < 1.0


@settings(deadline=None)
@given(st.text(), st.text(max_size=60), st.text(max_size=40), st.booleans())
def test_any_text_can_be_judged(text: str, subject: str, name: str, flag: bool) -> None:
    mail = replace(message(text, subject=subject, forwarded=flag, bulk=flag), sender=Address(name, name.lower()))
    verdict = DETECTOR.judge(mail, READER)
    assert 0.0 <= verdict.confidence <= 1.0


SENTENCES = [example for signal in EARS[0].signals.signals for example in (*signal.match, *signal.no_match)]


@given(st.lists(st.sampled_from(SENTENCES), max_size=8))
def test_a_refusal_quoted_below_a_reply_never_makes_it_one(said: list[str]) -> None:
    reply = message("\n".join(said), subject="Re: your application")
    answered = replace(reply, quoted=REFUSAL)
    assert _judge(answered) is not Kind.REJECTION or _judge(replace(reply, quoted=ABOUT_A_JOB)) is Kind.REJECTION


@given(st.sampled_from(CONDITIONAL), st.permutations([ABOUT_A_JOB, "We will review it soon.", "Kind regards"]))
def test_conditions_refuse_nobody_wherever_they_stand(condition: str, others: list[str]) -> None:
    assert _judge(message(" ".join([*others, condition]))) is not Kind.REJECTION
    assert _judge(message("\n\n".join([condition, *others]))) is not Kind.REJECTION


@given(st.lists(st.sampled_from(SENTENCES), max_size=6))
def test_the_evidence_names_signals_that_exist(said: list[str]) -> None:
    verdict = DETECTOR.judge(message("\n\n".join(said)), READER)
    assert all(evidence.quote and evidence.signal for evidence in verdict.evidence)
