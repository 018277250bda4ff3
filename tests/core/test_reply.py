"""What a reader may write in answer to a letter: many ways of saying each thing, and nothing that acts by accident."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_message import mail as mail_of
from tests.core.test_message import read as parsed
from triage import resources
from triage.core import reply
from triage.core.letter import LetterKind
from triage.core.reply import Command, phrases
from triage.core.reply.phrases import Ask, Phrase, Phrases, PhrasesError
from triage.core.values import Kind

LANGUAGES = ("en", "de", "fr", "es")
ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""A Sunday."""
LETTERS = sorted((Path(__file__).parent / "letters").glob("*.txt"))


@cache
def table(language: str) -> Phrases:
    return phrases.parse(resources.replies(language, None), language)


def tables(language: str) -> tuple[Phrases, ...]:
    return tuple(table(one) for one in dict.fromkeys((language, "en")))


def read(text: str, language: str = "en", now: datetime = NOW, zone: ZoneInfo = ZONE) -> tuple[Command, ...]:
    return reply.read(text, tables(language), now, zone)


def short(command: Command) -> str:
    """A command in a few words: what, about which, and what else it says."""
    until = f"{command.until.astimezone(ZONE):%Y-%m-%d}" if command.until else ""
    line = f"#{command.line}" if command.line else ""
    kind = command.kind.value if command.kind else ""
    own = command.said if command.ask is Ask.FREE else ""
    parts = (command.ask, kind, line, command.which, "all" * command.all, command.name, until, own)
    return " ".join(filter(None, parts))


def said(text: str, language: str = "en") -> list[str]:
    return [short(command) for command in read(text, language)]


SAID = {
    "en": [
        ("not a rejection", "not_a_no"),
        ("That's not a rejection!", "not_a_no"),
        ("THAT WAS NOT A NO", "not_a_no"),
        ("thats wrong", "not_a_no"),
        ("Not a rejection, they only moved the date.", "not_a_no"),
        ("not a rejection: Fjord", "not_a_no Fjord"),
        ("not a rejection (Fjord Systems)", "not_a_no Fjord Systems"),
        ("Fjord: not a rejection", "not_a_no Fjord"),
        ("Fjord isn't a rejection", "not_a_no Fjord"),
        ("The mail from Fjord was not a rejection.", "not_a_no Fjord"),
        ("not a rejection: Marks and Spencer", "not_a_no Marks and Spencer"),
        ("line 12 is not a rejection", "not_a_no #12"),
        ("#12: not a rejection", "not_a_no #12"),
        ("not a rejection (line 12 of the log)", "not_a_no #12"),
        ("not a rejection: all of them", "not_a_no all"),
        ("that is not an interview", "not_a_no interview"),
        ("Not a rejection but an interview", "kind interview"),
        ("Not a rejection. It's an invitation to talk.", "kind interview"),
        ("that is an interview", "kind interview"),
        ("I think it was an offer", "kind offer"),
        ("Line 12 was a confirmation of receipt", "kind acknowledgement #12"),
        ("it was a rejection", "kind rejection"),
        ("that was a no, sorry", "kind rejection"),
        ("Fjord was a rejection", "kind rejection Fjord"),
        ("it's spam", "kind other"),
        ("company is Fjord Systems", "company Fjord Systems"),
        ("It's from Fjord.", "company Fjord"),
        ("line 12: company is Marks and Spencer, thanks", "company #12 Marks and Spencer"),
        ("company is Nguyen Ltd. (line 7)", "company #7 Nguyen Ltd"),
        ("The role is Data Analyst", "role Data Analyst"),
        ("pause", "pause 2026-11-29"),
        ("pause 7d", "pause 2026-11-29"),
        ("Please pause for two weeks, thanks", "pause 2026-12-06"),
        ("can you pause until 3 December?", "pause 2026-12-03"),
        ("pause until Monday, 7 December", "pause 2026-12-07"),
        ("pause until Monday", "pause 2026-11-23"),
        ("pause till next Friday", "pause 2026-11-27"),
        ("pause until 2026-12-03", "pause 2026-12-03"),
        ("pause until 3/12", "pause 2026-12-03"),
        ("pause until January", "pause 2027-01-01"),
        ("pause until 3 November", "pause 2027-11-03"),
        ("pause a month", "pause 2026-12-22"),
        ("pause 20 years", "pause 2027-11-23"),
        ("I'm away until tomorrow", "pause 2026-11-23"),
        ("resume", "resume"),
        ("I'm back!", "resume"),
        ("stop", "stop"),
        ("Stop.", "stop"),
        ("Please stop writing to me.", "stop"),
        ("No more letters, please", "stop"),
        ("Please stop. I found a job!", "stop"),
        ("unsubscribe", "stop"),
        ("weekly only", "weekly"),
        ("once a week, please", "weekly"),
        ("good news only", "good_news"),
        ("Only good news, please.", "good_news"),
        ("all letters", "all_letters"),
        ("daily again", "all_letters"),
        ("rejections too", "all_letters"),
        ("more gentle", "gentle"),
        ("A bit gentler please", "gentle"),
        ("plain", "plain"),
        ("just the facts", "plain"),
        ("numbers first", "numbers_first"),
        ("done", "done"),
        ("I did it!", "done"),
        ("let go", "let_go"),
        ("let Fjord go", "let_go Fjord"),
        ("let go of Fjord Systems", "let_go Fjord Systems"),
        ("let them all go", "let_go all"),
        ("let all go", "let_go all"),
        ("stop waiting for Fjord", "let_go Fjord"),
        ("I withdrew", "withdrew"),
        ("withdrew from Fjord", "withdrew Fjord"),
        ("forget this", "forget"),
        ("forget line 12", "forget #12"),
        ("- `pause 7d`", "pause 2026-11-29"),
        ("“pause 7d”", "pause 2026-11-29"),
    ],
    "de": [
        ("Das ist keine Absage.", "not_a_no"),
        ("KEINE ABSAGE", "not_a_no"),
        ("keine Absage: Fjord", "not_a_no Fjord"),
        ("Fjord ist keine Absage", "not_a_no Fjord"),
        ("Zeile 12 ist keine Absage", "not_a_no #12"),
        ("das ist keine Einladung", "not_a_no interview"),
        ("Keine Absage, sondern eine Einladung", "kind interview"),
        ("Es war eine Absage", "kind rejection"),
        ("Zeile 12 war eine Zusage", "kind offer #12"),
        ("Firma ist Müller & Söhne GmbH", "company Müller & Söhne GmbH"),
        ("Die Stelle ist Datenanalystin.", "role Datenanalystin"),
        ("Pause", "pause 2026-11-29"),
        ("bitte Pause 7 Tage", "pause 2026-11-29"),
        ("Bitte zwei Wochen Pause, danke!", "pause 2026-12-06"),
        ("Pause für fünf Tage", "pause 2026-11-27"),
        ("Pause fuer fuenf Tage", "pause 2026-11-27"),
        ("Pause bis Montag", "pause 2026-11-23"),
        ("Pause bis 3.12.", "pause 2026-12-03"),
        ("Pause bis zum 3. Dezember", "pause 2026-12-03"),
        ("Pause bis Donnerstag, den 3. Dezember", "pause 2026-12-03"),
        ("Pause bis 3. März", "pause 2027-03-03"),
        ("Pause bis 3. Maerz", "pause 2027-03-03"),
        ("pause bis naechste Woche", "pause 2026-11-29"),
        ("Pause bis übermorgen", "pause 2026-11-24"),
        ("weiter", "resume"),
        ("ich bin wieder da", "resume"),
        ("Stopp", "stop"),
        ("Bitte keine Briefe mehr.", "stop"),
        ("Bitte keine Briefe mehr. Ich habe eine Stelle gefunden!", "stop"),
        ("Hör auf", "stop"),
        ("hoer auf", "stop"),
        ("nur wöchentlich", "weekly"),
        ("nur noch einmal pro Woche bitte", "weekly"),
        ("nur gute Nachrichten", "good_news"),
        ("alle Briefe", "all_letters"),
        ("auch Absagen", "all_letters"),
        ("etwas sanfter bitte", "gentle"),
        ("sachlich", "plain"),
        ("Zahlen zuerst", "numbers_first"),
        ("erledigt", "done"),
        ("Hab ich gemacht!", "done"),
        ("Fjord loslassen", "let_go Fjord"),
        ("ich warte nicht mehr auf Fjord", "let_go Fjord"),
        ("alle loslassen", "let_go all"),
        ("Ich habe meine Bewerbung bei Fjord zurückgezogen.", "withdrew Fjord"),
        ("zurueckgezogen", "withdrew"),
        ("vergiss das", "forget"),
        ("good news only", "good_news"),
    ],
    "fr": [
        ("Ce n'est pas un refus.", "not_a_no"),
        ("ce n’est pas un refus", "not_a_no"),
        ("c'est pas un refus", "not_a_no"),
        ("pas un refus : Fjord", "not_a_no Fjord"),
        ("Le mail de Fjord n'était pas un refus.", "not_a_no Fjord"),
        ("la ligne 12 n'est pas un refus", "not_a_no #12"),
        ("ce n'est pas un entretien", "not_a_no interview"),
        ("Ce n'est pas un refus mais une invitation à un entretien", "kind interview"),
        ("c'était un refus", "kind rejection"),
        ("La ligne 12 est un entretien", "kind interview #12"),
        ("L'entreprise est L'Oréal", "company L'Oréal"),
        ("le poste est analyste de données", "role analyste de données"),
        ("pause", "pause 2026-11-29"),
        ("pause 7 jours", "pause 2026-11-29"),
        ("Une pause de deux semaines, s'il vous plaît.", "pause 2026-12-06"),
        ("pause de quinze jours svp", "pause 2026-12-07"),
        ("Pouvez-vous faire une pause jusqu'au 3 décembre ?", "pause 2026-12-03"),
        ("pause jusqu'au 3 decembre", "pause 2026-12-03"),
        ("pause jusqu'au 1er janvier", "pause 2027-01-01"),
        ("pause jusqu'à lundi", "pause 2026-11-23"),
        ("pause jusqu'au 3/12", "pause 2026-12-03"),
        ("pause jusqu'a la semaine prochaine", "pause 2026-11-29"),
        ("reprendre", "resume"),
        ("Je suis de retour !", "resume"),
        ("stop", "stop"),
        ("Arrêtez de m'écrire, merci.", "stop"),
        ("arretez", "stop"),
        ("Plus de lettres, merci. J'ai trouvé un emploi.", "stop"),
        ("une fois par semaine seulement", "weekly"),
        ("hebdomadaire", "weekly"),
        ("seulement les bonnes nouvelles, merci", "good_news"),
        ("toutes les lettres", "all_letters"),
        ("les refus aussi", "all_letters"),
        ("un peu plus doux", "gentle"),
        ("un ton plus sobre", "plain"),
        ("les chiffres d'abord", "numbers_first"),
        ("c'est fait", "done"),
        ("je l'ai fait !", "done"),
        ("laisser tomber Fjord", "let_go Fjord"),
        ("je n'attends plus Fjord", "let_go Fjord"),
        ("J'ai retiré ma candidature chez Fjord", "withdrew Fjord"),
        ("je me suis desistee", "withdrew"),
        ("oubliez ça", "forget"),
        ("weekly only", "weekly"),
    ],
    "es": [
        ("No es un rechazo.", "not_a_no"),
        ("no es un rechazo: Fjord", "not_a_no Fjord"),
        ("El correo de Fjord no era un rechazo", "not_a_no Fjord"),
        ("la línea 12 no es un rechazo", "not_a_no #12"),
        ("Fjord no es una entrevista", "not_a_no interview Fjord"),
        ("no es una entrevista", "not_a_no interview"),
        ("No es un rechazo, sino una entrevista", "kind interview"),
        ("era un rechazo", "kind rejection"),
        ("la linea 12 es una entrevista", "kind interview #12"),
        ("La empresa es Señor Tres S.L.", "company Señor Tres S.L."),
        ("el puesto es analista de datos", "role analista de datos"),
        ("pausa", "pause 2026-11-29"),
        ("pausa 7 días", "pause 2026-11-29"),
        ("pausa 7 dias", "pause 2026-11-29"),
        ("Por favor, una pausa de dos semanas, gracias", "pause 2026-12-06"),
        ("pausa hasta el 3 de diciembre", "pause 2026-12-03"),
        ("pausa hasta el lunes", "pause 2026-11-23"),
        ("pausa hasta manana", "pause 2026-11-23"),
        ("pausa hasta el 3/12", "pause 2026-12-03"),
        ("reanudar", "resume"),
        ("¡Ya estoy de vuelta!", "resume"),
        ("stop", "stop"),
        ("No más cartas, por favor. He encontrado trabajo.", "stop"),
        ("deje de escribirme", "stop"),
        ("una vez a la semana", "weekly"),
        ("solo buenas noticias", "good_news"),
        ("sólo las buenas noticias, gracias", "good_news"),
        ("todas las cartas", "all_letters"),
        ("más suave", "gentle"),
        ("mas suave por favor", "gentle"),
        ("un tono más sobrio", "plain"),
        ("las cifras primero", "numbers_first"),
        ("hecho", "done"),
        ("¡Ya lo hice!", "done"),
        ("ya no espero a Fjord", "let_go Fjord"),
        ("Retiré mi candidatura en Fjord", "withdrew Fjord"),
        ("me he retirado", "withdrew"),
        ("olvida esto", "forget"),
        ("bórralo", "forget"),
    ],
}


@pytest.mark.parametrize(
    ("language", "text", "wanted"), [(language, *row) for language, rows in SAID.items() for row in rows]
)
def test_ways_of_saying_it(language: str, text: str, wanted: str) -> None:
    assert said(text, language) == [wanted]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_of_the_table_is_understood(language: str) -> None:
    """So that a translator sees at once where two phrases get into each other's way."""
    own = table(language)
    wanted = {" ".join(form): ask for form, ask in own.exact.items()}
    wanted |= {" ".join(form): Ask.KIND for form in own.kinds}
    wanted |= {filled(phrase): ask for ask, places in own.open.items() for phrase in places}
    heard = {text: [command.ask for command in read(text, language)] for text in wanted}
    assert {text: asks for text, asks in heard.items() if asks != [wanted[text]]} == {}


def filled(phrase: Phrase) -> str:
    word = "7d" if phrase.slot == "{when}" else "Fjord"
    return " ".join((*phrase.before, *":" * phrase.colon, word, *phrase.after))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_command_has_several_phrases(language: str) -> None:
    own = table(language)
    for ask in set(Ask) - {Ask.KIND, Ask.FREE, Ask.COMPANY, Ask.ROLE}:
        assert sum(found is ask for found in own.exact.values()) >= 6, ask
    for kind in own.kinds.values():
        assert sum(found is kind for found in own.kinds.values()) >= 3, kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_letters_offer_is_understood(language: str) -> None:
    """But for the one after a talk, which asks for words of the reader's own."""
    for name, offered in table(language).help.items():
        if name in ("before", "after"):
            continue
        phrases_shown = re.findall(r"[“„«] ?([^“”„«»]+?) ?[”“»]", offered)
        leaves = name in ("leave", "again")
        assert len(phrases_shown) == 1 if leaves else len(phrases_shown) >= 5
        for one in phrases_shown:
            (command,) = read(one, language)
            assert command.ask is Ask.LEAVE if leaves else command.ask is not Ask.FREE, one


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n ",
        "Thanks!",
        "Hi,\n\nthank you.\n\nBest regards\nRobin",
        "Thanks\n\n-- \nRobin Reader\nstop",
        "Thanks\n\nSent from my iPhone",
    ],
)
def test_courtesy_asks_for_nothing(text: str) -> None:
    assert read(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "Was that a rejection?",
        "is it an offer?",
        "pause until I say so",
        "pause until yesterday",
        "pause until 31 February",
        "pause 0 days",
        "lines. Ten minutes, then stop.",
        "From before, as I read it",
        "The role has been filled, they write.",
        "If you must, stop",
        "You can answer with “stop”",
        "Some of them: “not a rejection”,",
        "They said they would stop by.",
        "I could not stop thinking about it",
        "an offer came, and I do not know",
        "I withdrew, or so I thought",
        "forget this, no, wait",
        "I never got an interview there and it is not fair",
        "Please forget the mail that my brother sent you on Friday evening about the other thing",
        "a " * 2_000,
    ],
)
def test_what_is_not_plain_is_the_readers_own_words(text: str) -> None:
    assert [(command.ask, command.said) for command in read(text)] == [(Ask.FREE, text.strip())]


def test_several_commands() -> None:
    assert said("weekly only\nmore gentle\npause 7d") == ["weekly", "gentle", "pause 2026-11-29"]
    assert said("Good news only and more gentle, please.") == ["good_news", "gentle"]
    assert said("The company is Fjord, the role is Data Analyst") == ["company Fjord", "role Data Analyst"]
    assert said("not a rejection: Fjord\nit was an interview: Skarv") == ["not_a_no Fjord", "kind interview Skarv"]
    assert len(read("\n".join(["stop"] * 500))) == reply.MOST_COMMANDS


def test_a_name_under_a_reply_is_no_command() -> None:
    assert said("Hello,\n\npause 2 weeks\n\nBest regards,\nRobin Reader") == ["pause 2026-12-06"]
    assert said("pause 2 weeks\nRobin") == ["pause 2026-12-06"]
    assert said("pause 2 weeks\nThanks\nDone") == ["pause 2026-12-06", "done"]


def test_words_of_the_readers_own_stay_as_they_are() -> None:
    note = "They asked about SQL.\n\n  - Ana leads the team;\n  - \u00bfremote? Yes"
    assert [command.said for command in read(f"{note}\n\nweekly only\n\nAnd one more thing to know.")] == [
        note,
        "weekly only",
        "And one more thing to know.",
    ]


def test_what_stands_beside_a_command_is_said_with_it() -> None:
    (command,) = read("Not a rejection, Fjord only moved the date")
    assert (command.ask, command.which, command.aside) == (Ask.NOT_A_NO, "", "Fjord only moved the date")


# --- Letters of our own that come back -----------------------------------------------------------------------------


def body(text: str) -> str:
    return parsed(mail_of("From: robin@reader.example", "Subject: Re: Your note", body=text)).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(LetterKind))
def test_a_quoted_foot_never_acts(language: str, kind: LetterKind) -> None:
    """Whether the mail program says that it quotes or not, and however it breaks the lines."""
    foot = table(language).help_for(kind)
    own = read("pause 7d", language)
    for quoted in (
        foot,
        foot.replace(", ", ",\n"),
        re.sub("[“”„«»]", "", foot).replace(", ", "\n"),
        foot.replace(" ", "\n"),
        f"> {foot}",
        "\n".join(f"> {word}" for word in foot.split(", ")),
        f"-----Original Message-----\n{foot}",
        f"From: triage <robin@reader.example>\nSent: Monday\nTo: Robin\nSubject: Your note\n\n{foot}",
        f"On Mon, 23 Nov 2026 at 10:00, triage <robin@reader.example> wrote:\n{foot}",
    ):
        assert reply.read(body(quoted), tables(language), NOW, ZONE) == ()
        assert reply.read(body(f"pause 7d\n\n{quoted}"), tables(language), NOW, ZONE) == own


@pytest.mark.parametrize(
    "quoted",
    [
        '<div>pause 7d</div><blockquote type="cite">stop<br>forget this</blockquote>',
        '<div>pause 7d</div><br><div class="gmail_quote"><div>On Mon, 23 Nov 2026 at 10:00, triage '
        '&lt;robin@reader.example&gt; wrote:<br></div><blockquote class="gmail_quote">stop<br></blockquote></div>',
        "<div>pause 7d</div><hr><div><b>From:</b> triage<br><b>Sent:</b> Monday<br><b>To:</b> Robin<br>"
        "<b>Subject:</b> Your note<br></div><div>stop</div>",
    ],
)
def test_a_quoted_page_never_acts(quoted: str) -> None:
    page = f"<html><body>{quoted}</body></html>"
    text = parsed(mail_of("From: robin@reader.example", "Content-Type: text/html", body=page)).text
    assert [command.ask for command in read(text)] == [Ask.PAUSE]


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)
def test_no_line_of_a_letter_is_a_command(path: Path) -> None:
    """Not even where a mail program quotes all of it and says nothing."""
    assert {command.ask for command in read(path.read_text())} <= {Ask.FREE}


# --- Days and lengths ----------------------------------------------------------------------------------------------


def test_days_begin_where_the_reader_is() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    (here,) = read("pause until tomorrow week", now=late) or (None,)
    assert here is not None
    (auckland,) = read("pause until Tuesday", now=late, zone=ZoneInfo("Pacific/Auckland"))
    assert auckland.until == datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


def test_americans_write_the_month_first() -> None:
    for zone, wanted in (("America/New_York", date(2026, 12, 3)), ("Europe/London", date(2027, 3, 12))):
        (command,) = read("pause until 12/3", zone=ZoneInfo(zone))
        assert command.until is not None
        assert command.until.astimezone(ZoneInfo(zone)).date() == wanted


@given(text=st.text(max_size=40), language=st.sampled_from(LANGUAGES))
@settings(max_examples=150, deadline=None)
def test_a_pause_ends_within_a_year(text: str, language: str) -> None:
    for command in read(f"pause {text}", language):
        if command.ask is Ask.PAUSE:
            assert command.until is not None
            assert NOW < command.until <= NOW + timedelta(days=367)


# --- Everything else -----------------------------------------------------------------------------------------------

_WORDS = """
not a rejection no is was line 12 #3 : , . ? - pause until for two weeks 3 December company Fjord stop let go forget
thanks keine Absage ist refus pas n'est hasta el and und et y ( ) 99999999999 31/31/0000 \u0130 \ufdfa
"""
_vocabulary = st.sampled_from([*_WORDS.split(), "\n"])


@given(
    text=st.text(max_size=300) | st.lists(_vocabulary, max_size=40).map(" ".join), language=st.sampled_from(LANGUAGES)
)
@settings(max_examples=300, deadline=None)
def test_every_text_is_some_commands(text: str, language: str) -> None:
    for command in read(text, language):
        assert command.said
        assert command.until is None or command.until > NOW
        assert (command.kind is None) or command.kind in Kind
        assert len(command.name) <= 80


@pytest.mark.parametrize(
    "unit", ["a", "a, ", "not ", "stop\n", "is ", "company is ", "pause until ", "'", "\u0301", "let go of ", ": "]
)
def test_long_texts_take_no_time(unit: str) -> None:
    """Of 16,000 characters, well under a second."""
    start = datetime.now(UTC)
    read(unit * (40_000 // len(unit)), "de")
    assert datetime.now(UTC) - start < timedelta(seconds=3)


# --- The table -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[replies]", "[replies", "not valid TOML"),
        ("stop = [\n", "stopp = [\n", "no 'stop' in [replies]"),
        ('    "resume", ', '    "resume", "stop", ', "both have the phrase: stop"),
        ('"let {which} go"', '"let {witch} go"', "a place that is not known"),
        ('"let {which} go"', '"let {which} {which} go"', "or two"),
        ('"let {which} go"', '"{which}"', "nothing but a place"),
        ('"let go", ', '"()", ', "has no words"),
        ("week = 7\n", 'week = "7"\n', "[units]"),
        ('before = "', 'afore = "', "no 'before' in [help]"),
        ('    "monday/mon", ', "    ", "seven texts"),
        ("courtesy = [\n", "courtesy = 1\nnothing = [\n", "'courtesy' in [words]"),
    ],
)
def test_a_fault_in_the_table_is_named(old: str, new: str, says: str) -> None:
    text = resources.replies("en", None)
    assert text.count(old) == 1, text.count(old)
    with pytest.raises(PhrasesError) as caught:
        phrases.parse(text.replace(old, new), "en")
    assert says in str(caught.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_is_a_short_line_without_commands_to_the_reader(language: str) -> None:
    for kind in LetterKind:
        line = table(language).help_for(kind)
        assert len(line) <= 240
        assert "!" not in line
        assert "\n" not in line
