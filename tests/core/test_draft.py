"""Which drafts fit when, what they say in every language, and that they reach nobody by themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import resources
from triage.core import draft
from triage.core.acts import Act, Did
from triage.core.compose import Seal
from triage.core.draft import Author, Draft, DraftKind, fitting, possible, write
from triage.core.draft import words as draft_words
from triage.core.draft.words import BLOCKS, GAP, Words, parse
from triage.core.journey import state
from triage.core.values import Application, Details, Event, Kind, Stage
from triage.core.wording import WordingError

NOW = datetime(2026, 3, 20, 10, tzinfo=UTC)
"""A Friday."""
ROBIN = Author("Robin", ZoneInfo("Europe/Stockholm"), NOW)
SEAL = Seal("robin@reader.example", "Robin", "en", b"a secret")
LANGUAGES = resources.DRAFT_LANGUAGES
WORDS = {language: parse(resources.drafts(language, None)) for language in LANGUAGES}
FEEDBACK, THANKS, FOLLOW_UP, WITHDRAWAL = DraftKind


def days(number: float) -> datetime:
    """So many days ago."""
    return NOW - timedelta(days=number)


@dataclass(frozen=True)
class Mail:
    """One line of the log, so many days ago."""

    kind: Kind
    ago: float
    human: bool = False
    details: Details = field(default_factory=Details)


def talk(ago: float, *, invited: float = 0) -> Mail:
    """An invitation, a week before the talk or as long ago as is said, and the talk's day."""
    day = f"{days(ago):%Y-%m-%d}"
    return Mail(Kind.INTERVIEW, invited or ago + 7, details=Details(interview_at=day))


def search(*mails: Mail, acts: tuple[Act, ...] = (), number: int = 1) -> Application:
    events = [
        Event(
            key=f"key-{number}-{place}",
            message_id=f"<{number}-{place}@employer.example>",
            mailbox="home",
            folder="INBOX",
            received=days(mail.ago),
            kind=mail.kind,
            confidence=0.9,
            details=mail.details,
            human=mail.human,
            application=number,
            id=10 * number + place,
        )
        for place, mail in enumerate(mails)
    ]
    return Application(number, "Tidewell", "Data Analyst", "", tuple(events), acts)


CONFIRMED = Mail(Kind.ACKNOWLEDGEMENT, 20)
INVITED = Mail(Kind.INTERVIEW, 18)
TASK = Mail(Kind.ASSESSMENT, 10)
NO, HUMAN_NO = Mail(Kind.REJECTION, 1), Mail(Kind.REJECTION, 1, human=True)
QUIET, SILENCE = Mail(Kind.QUIET, 5), Mail(Kind.SILENCE, 1)


def at_hour(time: str) -> Mail:
    """An invitation to a talk today, by UTC."""
    return Mail(Kind.INTERVIEW, 7, details=Details(interview_at=f"{NOW:%Y-%m-%d}T{time}+00:00"))


def at_stage(mail: Mail, stage: Stage) -> Mail:
    return replace(mail, details=replace(mail.details, stage=stage))


SEARCHES: dict[str, tuple[Application, set[DraftKind]]] = {
    "a person says no after a talk": (search(CONFIRMED, talk(9), HUMAN_NO), {FEEDBACK, THANKS}),
    "a system says no after a talk": (search(CONFIRMED, talk(9), NO), {THANKS}),
    "a person says no to papers": (search(CONFIRMED, HUMAN_NO), set()),
    "a person says no after a task": (search(CONFIRMED, TASK, HUMAN_NO), {FEEDBACK}),
    "a person says no after a call, in the mail's words": (search(at_stage(HUMAN_NO, Stage.SCREEN)), {FEEDBACK}),
    "a person says no after the last round": (search(at_stage(HUMAN_NO, Stage.FINAL)), {FEEDBACK, THANKS}),
    "by portal, and then by a person": (search(talk(9), Mail(Kind.REJECTION, 2), HUMAN_NO), {FEEDBACK, THANKS}),
    "a person says no before the talk they had planned": (search(talk(-2, invited=5), HUMAN_NO), {FEEDBACK}),
    "and that day goes by": (search(talk(1, invited=8), Mail(Kind.REJECTION, 3, human=True)), {FEEDBACK}),
    "a person said no long ago": (search(talk(40), Mail(Kind.REJECTION, 31, human=True)), set()),
    "invited again after a no": (search(talk(20), Mail(Kind.REJECTION, 6, human=True), Mail(Kind.INTERVIEW, 1)), set()),
    "a talk yesterday": (search(CONFIRMED, talk(1)), {THANKS}),
    "a talk last week": (search(CONFIRMED, talk(7)), {THANKS}),
    "a talk before that": (search(CONFIRMED, talk(8)), set()),
    "a talk an hour ago": (search(at_hour("09:00")), {THANKS}),
    "a talk in an hour": (search(at_hour("11:01")), set()),
    "a talk today, at an hour nobody could read": (search(talk(0)), set()),
    "a talk tomorrow": (search(CONFIRMED, talk(-1, invited=3)), set()),
    "quiet after a talk": (search(CONFIRMED, talk(12), QUIET), {FOLLOW_UP}),
    "quiet since today": (search(CONFIRMED, talk(8), Mail(Kind.QUIET, 0.1)), set()),
    "quiet since the day before yesterday": (search(CONFIRMED, talk(9), Mail(Kind.QUIET, 2)), {FOLLOW_UP}),
    "quiet, and the next talk is planned": (search(CONFIRMED, INVITED, talk(-3, invited=6), QUIET), set()),
    "quiet after papers": (search(CONFIRMED, QUIET), set()),
    "quiet after a task": (search(CONFIRMED, TASK, QUIET), set()),
    "quiet, and nobody could read when the talk was": (search(CONFIRMED, INVITED, QUIET), {FOLLOW_UP}),
    "quiet, and then a mail": (search(talk(12), QUIET, Mail(Kind.ACKNOWLEDGEMENT, 1)), set()),
    "silent after a talk": (search(talk(30), Mail(Kind.QUIET, 23), SILENCE), {FOLLOW_UP}),
    "silent for long": (search(talk(90), Mail(Kind.QUIET, 83), Mail(Kind.SILENCE, 60)), set()),
    "silent, and let go": (search(talk(30), QUIET, acts=(Act(Did.LET_GO, days(1)),)), set()),
    "an offer": (search(talk(9), Mail(Kind.OFFER, 1, human=True)), set()),
    "nothing but a confirmation": (search(CONFIRMED), set()),
}


@pytest.mark.parametrize(("application", "expected"), SEARCHES.values(), ids=SEARCHES)
def test_what_fits(application: Application, expected: set[DraftKind]) -> None:
    assert set(possible(application, [application], ROBIN)) == expected


OFFERED = search(Mail(Kind.OFFER, 2), number=9)
GOING_ON = {"a talk last week", "a talk before that", "quiet after a task", "nothing but a confirmation"}


@pytest.mark.parametrize(("name", "application"), [(name, known) for name, (known, _) in SEARCHES.items()])
def test_an_offer_elsewhere_frees_what_goes_on(name: str, application: Application) -> None:
    before = possible(application, [application], ROBIN)
    alive = state(application) in {"open", "talking", "reopened"}
    assert alive or name not in GOING_ON
    assert possible(application, [application, OFFERED], ROBIN) == (*before, *([WITHDRAWAL] if alive else []))
    long_ago = search(Mail(Kind.OFFER, 31), number=9)
    assert possible(application, [application, long_ago], ROBIN) == before
    withdrawn = replace(OFFERED, acts=(Act(Did.WITHDREW, days(1)),))
    assert possible(application, [application, withdrawn], ROBIN) == before


def test_the_offer_itself_is_not_withdrawn_from() -> None:
    assert possible(OFFERED, [OFFERED, search(Mail(Kind.OFFER, 1), number=8)], ROBIN) == ()


@pytest.mark.parametrize(("application", "kinds"), SEARCHES.values(), ids=SEARCHES)
def test_each_is_for_once(application: Application, kinds: set[DraftKind]) -> None:
    for kind in kinds:
        known = replace(application, acts=(*application.acts, Act(Did.DRAFTED, NOW, application.id, text=kind)))
        assert set(possible(known, [known], ROBIN)) == kinds - {kind}
        assert set(fitting(known, [known], ROBIN)) == kinds


# --- The words ------------------------------------------------------------------------------------------------------

TALKED = SEARCHES["a person says no after a talk"][0]
BY_BLOCK = {
    "feedback": (FEEDBACK, TALKED),
    "feedback_screen": (FEEDBACK, SEARCHES["a person says no after a task"][0]),
    "thanks": (THANKS, TALKED),
    "thanks_talk": (THANKS, SEARCHES["a talk yesterday"][0]),
    "follow_up": (FOLLOW_UP, SEARCHES["quiet after a talk"][0]),
    "follow_up_promised": (
        FOLLOW_UP,
        search(replace(talk(12), details=Details(interview_at="2026-03-08", answer_by="2026-03-14")), QUIET),
    ),
    "withdrawal": (WITHDRAWAL, SEARCHES["a talk yesterday"][0]),
}
ALL = [
    pytest.param(language, *BY_BLOCK[block], block, turn, id=f"{language} {block} {turn}")
    for language in LANGUAGES
    for block in BLOCKS
    for turn in range(len(WORDS[language].blocks[block]))
]
every_draft = pytest.mark.parametrize(("language", "kind", "application", "block", "turn"), ALL)


def written(language: str, kind: DraftKind, application: Application, turn: int, author: Author = ROBIN) -> Draft:
    return write(kind, replace(application, id=turn), WORDS[language], author)


@every_draft
def test_a_draft_is_whole(language: str, kind: DraftKind, application: Application, block: str, turn: int) -> None:
    words = WORDS[language]
    found = written(language, kind, application, turn)
    opening = " ".join(words.blocks[block][turn].split("{")[0].split()[:4])
    assert opening in found.text, "the wording is the block's"
    assert found.text.startswith(f"{words.greeting}\n\n")
    assert found.text.endswith(f"\n\n{words.closing}\nRobin\n")
    assert not set("{}!¡") & set(found.text)
    assert (found.to, found.subject) == ("", words.subjects[kind])
    assert set(found.gaps) == set(GAP.findall(found.text))
    assert found.gaps[0] in words.greeting, "whom it is for is always the reader's to say"
    assert not re.search(r"\n{3,}|[^\S\n]{2,}| \n", found.text)


@every_draft
def test_what_is_known_stands_in_it(
    language: str, kind: DraftKind, application: Application, block: str, turn: int
) -> None:
    words = WORDS[language]
    wording, found = words.blocks[block][turn], written(language, kind, application, turn).text
    for fact, word in (("role", "Data Analyst"), ("date", "marzo"), ("promised", "14")):
        shown = {"marzo": words.months[2]}.get(word, word)
        assert (shown in found) is (f"{{{fact}}}" in wording or (fact == "date" and "{promised}" in wording))
    nothing = replace(application, role="", events=tuple(_bare(event) for event in application.events))
    bare = written(language, kind, nothing, turn, replace(ROBIN, name=" "))
    assert set(bare.gaps) == set(GAP.findall(bare.text))
    assert words.gaps["me"] in bare.gaps
    assert "Data Analyst" not in bare.text


def _bare(event: Event) -> Event:
    """What is known of it without any detail."""
    return replace(event, details=Details())


SENTENCE = re.compile(r"[^.?:]+[.?:]?")
FAMILIAR = {
    "en": r"\b(hey|hi|cheers)\b",
    "de": r"\b(du|dich|dir|dein\w*|euch|euer|eure\w*)\b",
    "fr": r"\b(tu|te|toi|ton|ta|tes|t')\b",
    "es": r"\b(tú|te|ti|tu|tus|contigo|vosotr\w*|vuestr\w*|os)\b",
}
UNWANTED = {
    "en": r"\b(unfortunately|mistake|why|must|should you|asap|desperate|definitely|reject\w*)\b",
    "de": r"\b(leider|fehler|warum|müssen|unbedingt|dringend|abgelehnt\w*|absage)\b",
    "fr": r"\b(malheureusement|erreur|pourquoi|devez|urgent|absolument|refus\w*|rejet\w*)\b",
    "es": r"\b(desgraciadamente|lamentablemente|error|por qué|debe|urgente|rechaz\w*)\b",
}


@every_draft
def test_how_it_sounds(language: str, kind: DraftKind, application: Application, block: str, turn: int) -> None:
    """Polite in the form of the language, short, and without reproach."""
    text = written(language, kind, application, turn).text
    assert not re.search(FAMILIAR[language], text, re.IGNORECASE)
    assert not re.search(UNWANTED[language], text, re.IGNORECASE)
    sentences = [one.split() for paragraph in text.split("\n\n") for one in SENTENCE.findall(paragraph)]
    assert max(map(len, sentences)) <= 25
    assert len(text.split()) <= 90
    assert text.count("?") <= 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_applications_in_a_row_get_other_words(language: str) -> None:
    one, two = (written(language, FEEDBACK, TALKED, turn).text for turn in (4, 5))
    assert one != two
    assert one == written(language, FEEDBACK, TALKED, 4).text


@pytest.mark.parametrize(
    ("language", "day", "shown"),
    [("en", 1, "1 May"), ("de", 3, "3. Mai"), ("fr", 1, "1er mai"), ("fr", 2, "2 mai"), ("es", 1, "1 de mayo")],
)
def test_days_as_they_are_written(language: str, day: int, shown: str) -> None:
    assert WORDS[language].date(datetime(2026, 5, day, tzinfo=UTC).date()) == shown


def test_a_talk_on_the_readers_clock() -> None:
    """Half past eleven in the evening in New York is the next day in Stockholm."""
    late = search(replace(INVITED, details=Details(interview_at="2026-03-08T23:30-04:00")), NO)
    assert "9 March" in written("en", THANKS, late, 0).text


PROMISES = {
    "the day is over": ("2026-03-14", True),
    "the day is today": ("2026-03-20", False),
    "the day is ahead": ("2026-04-01", False),
    "the day was before the talk": ("2026-03-01", False),
}


@pytest.mark.parametrize(("day", "named"), PROMISES.values(), ids=PROMISES)
def test_a_promise_is_named_once_it_is_over(day: str, named: bool) -> None:
    promised = search(replace(talk(12), details=Details(interview_at="2026-03-08", answer_by=day)), QUIET)
    assert (WORDS["en"].date(datetime.fromisoformat(day)) in written("en", FOLLOW_UP, promised, 0).text) is named


HOSTILE = [
    "Analyst\r\nBcc: everyone@employer.example",
    "Analyst https://evil.example/x",
    "see evil.example",
    "mail me@evil.example",
    "x" * 200,
    "a\u202eb",
    "\x1b[2J",
]


@pytest.mark.parametrize("role", HOSTILE)
def test_a_role_that_would_have_to_be_altered_is_a_gap(role: str) -> None:
    found = written("en", WITHDRAWAL, replace(TALKED, role=role), 0)
    assert "[job title]" in found.gaps
    assert found.text == written("en", WITHDRAWAL, replace(TALKED, role=""), 0).text


@pytest.mark.parametrize(
    "role", ["{me}", "{role.__class__}", "{0}", "100 % {", "Node.js Developer [m/w/d]", "C++ & <b>"]
)
def test_a_role_is_only_words(role: str) -> None:
    found = written("en", WITHDRAWAL, replace(TALKED, role=role), 0)
    assert role in found.text
    assert found.gaps == ("[Name]",)


# --- As a mail ------------------------------------------------------------------------------------------------------


def mailed(application: Application, kind: DraftKind = THANKS, seal: Seal = SEAL) -> bytes:
    made = write(kind, application, WORDS["de"], replace(ROBIN, name=seal.name))
    return draft.as_mail(made, draft.message_id(kind, application, seal), seal, NOW)


def test_it_is_from_the_reader_to_nobody() -> None:
    read = message_from_bytes(mailed(TALKED), policy=policy.default)
    assert set(read.keys()) == draft.HEADERS
    assert len(read.keys()) == len(draft.HEADERS)
    assert read["From"] == "Robin <robin@reader.example>"
    assert read["Subject"] == "Vielen Dank"
    assert read.get_content_type() == "text/plain"
    assert read.get_content().replace("\r\n", "\n") == written("de", THANKS, TALKED, 1).text
    assert {name.lower() for name in read} & {"to", "cc", "bcc", "resent-to", "reply-to", "in-reply-to"} == set()


def test_no_employer_can_see_which_program_wrote_it() -> None:
    assert b"triage" not in mailed(TALKED).lower().replace(b"message-id", b"").split(b"\r\n\r\n")[0]
    assert not [name for name in message_from_bytes(mailed(TALKED)) if name.lower().startswith("x-")]


def test_its_id_stays_whatever_comes_later() -> None:
    later = replace(TALKED, company="Other", role="", events=(*TALKED.events, *search(CONFIRMED, number=4).events))
    found_earlier = replace(TALKED, events=(*search(Mail(Kind.ACKNOWLEDGEMENT, 99), number=5).events, *TALKED.events))
    ids = [draft.message_id(FEEDBACK, one, SEAL) for one in (TALKED, later, found_earlier)]
    assert len(set(ids)) == 1
    others = [draft.message_id(kind, TALKED, SEAL) for kind in DraftKind]
    others += [
        draft.message_id(FEEDBACK, OFFERED, SEAL),
        draft.message_id(FEEDBACK, TALKED, replace(SEAL, secret=b"x")),
    ]
    assert len(set(others)) == len(others)
    assert re.fullmatch(r"<[0-9a-f]{40}@reader\.example>", ids[0])


def test_no_letter_has_the_id_of_a_draft() -> None:
    """Not even one of a kind that nobody has thought of, as long as its name is one word."""
    assert draft.message_id(THANKS, TALKED, SEAL) != SEAL.message_id("thanks", [TALKED.events[0].key])


@given(st.text(), st.text(), st.sampled_from(list(DraftKind)))
def test_no_word_of_a_mail_enters_its_headers(company: str, role: str, kind: DraftKind) -> None:
    plain, _ = mailed(replace(TALKED, role="", company=""), kind).split(b"\r\n\r\n", 1)
    hostile = mailed(replace(TALKED, role=role, company=company), kind)
    assert hostile.split(b"\r\n\r\n", 1)[0] == plain
    assert re.fullmatch(rb"(?:[\x20-\x7e]|\r\n)*", hostile)
    assert max(map(len, hostile.split(b"\r\n"))) <= 78


@given(st.text(max_size=300), st.sampled_from(LANGUAGES), st.sampled_from(list(DraftKind)))
def test_any_role_makes_a_sound_text(role: str, language: str, kind: DraftKind) -> None:
    text = write(kind, replace(TALKED, role=role), WORDS[language], ROBIN).text
    assert all(c.isprintable() or c == "\n" for c in text)
    assert "://" not in text
    assert text.count("\n") == written(language, kind, TALKED, TALKED.id).text.count("\n")


# --- The files ------------------------------------------------------------------------------------------------------

ENGLISH = resources.drafts("en", None)
FAULTS = {
    "no TOML": ("[terms]", "[terms", "not valid TOML"),
    "no terms": ("[terms]", "[term]", "'day' of drafts is missing"),
    "no such block": ("[thanks]", "[thank]", "needs a table 'thanks'"),
    "no wordings": ("[withdrawal]\nwordings", "[withdrawal]\nwords", "The draft 'withdrawal' needs `wordings`"),
    "an unknown fact": (
        "our talk on {date}. I am sorry",
        "our talk on {day}. I am sorry",
        "may use {date}, {role} betw",
    ),
    "a fact of another block": ("withdraw my application for the {role}", "withdraw {promised}", "may use {role} betw"),
    "an attribute": ("talk on {date}. I am", "talk on {date.__class__}. I am", "'feedback' may use"),
    "an index": ("talk on {date}. I am", "talk on {date[0]}. I am", "'feedback' may use"),
    "a format": ("talk on {date}. I am", "talk on {date:>99999999}. I am", "'feedback' may use"),
    "a conversion": ("talk on {date}. I am", "talk on {date!r}. I am", "'feedback' may use"),
    "half a brace": ("talk on {date}. I am", "talk on {date. I am", "cannot be read"),
    "a fact in a subject": ('thanks = "Thank you"', 'thanks = "Thank you {role}"', "may use nothing"),
    "two lines in a subject": ('thanks = "Thank you"', r'thanks = "a\r\nBcc: b"', "one plain line"),
    "an encoded subject": ('thanks = "Thank you"', 'thanks = "=?utf-8?q?a?="', "one plain line"),
    "a long subject": ('thanks = "Thank you"', f'thanks = "{"a" * 61}"', "one plain line"),
    "a gap that nobody sees": ('date = "[date]"', 'date = "soon"', "has to stand in square brackets"),
    "no greeting": ('greeting = "Dear [Name],"', "", "'greeting' of drafts is missing"),
    "eleven months": ('"December"]', "]", "the twelve months"),
    "a month too few facts": ('day = "{day} {month}"', 'day = "{d} {month}"', "may use {day}, {month} between"),
}


@pytest.mark.parametrize(("old", "new", "said"), FAULTS.values(), ids=FAULTS)
def test_a_file_that_cannot_be_used_is_refused(old: str, new: str, said: str) -> None:
    assert ENGLISH.count(old) >= 1
    with pytest.raises(WordingError, match=re.escape(said)):
        parse(ENGLISH.replace(old, new, 1))


def test_one_wording_is_not_enough() -> None:
    wording = WORDS["en"].blocks["thanks"][0]
    alone = re.sub(r'\[thanks\]\nwordings = \[.*?"""\]', f'[thanks]\nwordings = ["""{wording}"""]', ENGLISH, flags=re.S)
    assert alone != ENGLISH
    with pytest.raises(WordingError, match="'thanks' needs 2 different wordings"):
        parse(alone)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_made_for_a_translator(language: str) -> None:
    """It says which facts there are and how to change the form of address, and every line can be read as it stands."""
    text = resources.drafts(language, None)
    head = text.partition("\n\n")[0]
    assert all(f"{{{fact}}}" in head for fact in ("role", "date", "promised"))
    assert re.search(r"informal|first names|geduzt|tutoy|tuteo", text)
    assert max(len(line) for line in text.splitlines() if not line.startswith("months")) <= 120
    assert min(len(wordings) for wordings in WORDS[language].blocks.values()) >= draft_words.FEWEST


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_gaps(language: str) -> None:
    """A translation that leaves out what only the reader knows would be sent with nothing of the reader in it."""
    ours: Words = WORDS["en"]
    for name, wordings in WORDS[language].blocks.items():
        for number, wording in enumerate(wordings):
            assert len(GAP.findall(" ".join(wording.split()))) == len(GAP.findall(ours.blocks[name][number]))
            assert set(re.findall(r"\{\w+\}", wording)) == set(re.findall(r"\{\w+\}", ours.blocks[name][number]))


def test_the_property_tests_would_see_an_address() -> None:
    assert "[job title]" in written("en", WITHDRAWAL, replace(TALKED, role="hr@employer.example"), 0).text
