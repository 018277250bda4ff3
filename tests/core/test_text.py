"""Text: what is shown, what is own and what is quoted, where sentences end; and that no text takes long."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.quotes import split
from triage.core.text import clean, fold, from_html, line, sentences, split_quoted, strip_signature

OWN = "Dear Ann,\nthank you for your time."
OLD = "I would like to apply.\n\nAnn"

HTML = {
    "paragraphs and breaks": ("<p>Dear Ann,<br>we read it.</p><p>Bo</p>", "Dear Ann,\nwe read it.\n\nBo"),
    "lines of divs": ("<div>one</div><div>two<br></div><div><br></div><div>three</div>", "one\ntwo\n\nthree"),
    "inline tags leave no gap": ("<p>un<b>fortu</b>nately <i>not</i></p>", "unfortunately not"),
    "source line breaks are spaces": ("<p>we\nare  sorry&nbsp;to say</p>", "we are sorry to say"),
    "a list": ("<ul><li>one<li><p>two</p></ul>", "- one\n- two"),
    "a link is its text": ('<p>see <a href="https://x.example/t?u=1">the role</a></p>', "see the role"),
    "images and their texts stay out": ('<img src="https://x.example/t.gif" alt="Acme">hi', "hi"),
    "styles and scripts": ("<style>p{}</style><title>t</title><script>alert(1)</script><p>hi</p>", "hi"),
    "hidden preheader": ('<div style="DISPLAY : none">an offer</div><p>no offer</p>', "no offer"),
    "hidden attribute": ("<p hidden>an offer</p><p>no offer</p>", "no offer"),
    "hidden by visibility": ('<span style="visibility:hidden">x</span>hi', "hi"),
    "opacity of a half is visible": ('<span style="opacity:0.5">hi</span>', "hi"),
    "a table used for layout": (
        "<table><tr><td><p>Dear Ann,</p><p>no.</p></td></tr><tr><td>Bo</td></tr></table>",
        "Dear Ann,\n\nno.\n\nBo",
    ),
    "a table of facts": ("<table><tr><td>Role:</td><td>Cook</td></tr></table>", "Role: Cook"),
    "a quoted block": ('<p>hi</p><blockquote type="cite">old<br>mail</blockquote>', "hi\n\n> old\n> mail"),
    "an indented block is no quote": ("<blockquote>our words</blockquote>", "our words"),
    "verbatim text": ("<pre>one\n  two</pre>", "one\ntwo"),
    "comments": ("<!-- offer --><!--[if mso]>offer<![endif]-->hi", "hi"),
    "broken markup": ("<p>Dear <b>Ann<p>no</td></div", "Dear Ann\n\nno"),
    "no markup at all": ("just text", "just text"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("page", "shown"), HTML.values(), ids=HTML.keys())
def test_html_becomes_the_text_a_reader_sees(page: str, shown: str) -> None:
    assert from_html(page) == shown


def test_an_endless_page_is_cut() -> None:
    assert len(from_html("<p>" + "word " * 200_000)) <= 256 * 1024


def test_a_table_with_one_wide_cell_is_not_padded() -> None:
    page = "<table><tr><td>" + "x" * 100_000 + "</td></tr>" + "<tr><td>a</td><td>b</td></tr>" * 4_000
    assert len(from_html(page)) < 150_000


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("We Regret", "we regret"),
        ("can\u2019t", "can't"),
        ("geht\u00b4s", "geht's"),
        ("\u201eNein\u201c \u2013 leider", '"nein" - leider'),
        ("Stra\u00dfe", "strasse"),
        ("un\u00adfortu\u200bnately", "unfortunately"),
        ("10\u00a0000\u202f\u20ac", "10 000 \u20ac"),
        ("\uff35nfortunately \ufb01lled", "unfortunately filled"),
        ("a  b \t c \n\n d", "a b c\n\nd"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("\u202eecnetsrow", "ecnetsrow"),
    ],
)
def test_fold_makes_alike_what_looks_alike(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_fold_of_folded_text_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_a_line_is_one_line(text: str, limit: int) -> None:
    shown = line(text, limit)
    assert len(shown) <= limit
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert shown == " ".join(shown.split())


ATTRIBUTIONS = (
    "On Mon, 3 Mar 2025 at 10:00, Ann Lee <ann@example.org> wrote:",
    "On Mon, 3 Mar 2025 at 10:00, Ann Lee\n<ann@example.org> wrote:",
    "On 3 Mar 2025, at 10:00, Ann Lee wrote:",
    "Am 03.03.2025 um 10:00 schrieb Ann Lee <ann@example.org>:",
    "Ann Lee <ann@example.org> schrieb am Mo. 3. M\u00e4rz 2025 um 10:00:",
    "Le lun. 3 mars 2025 \u00e0 10:00, Ann Lee <ann@example.org> a \u00e9crit\u00a0:",
    "El lun, 3 mar 2025 a las 10:00, Ann Lee (<ann@example.org>) escribi\u00f3:",
    "Il giorno lun 3 mar 2025 alle ore 10:00 Ann Lee <ann@example.org> ha scritto:",
    "Op ma 3 mrt 2025 om 10:00 schreef Ann Lee <ann@example.org>:",
    "Em seg., 3 de mar. de 2025 \u00e0s 10:00, Ann Lee <ann@example.org> escreveu:",
    "Den m\u00e5n 3 mars 2025 kl 10:00 skrev Ann Lee <ann@example.org>:",
    "pon., 3 mar 2025 o 10:00 Ann Lee <ann@example.org> napisa\u0142(a):",
    "2025-03-03 10:00 GMT+01:00 Ann Lee <ann@example.org>:",
)
BLOCKS = (
    "From: Ann Lee\nSent: Monday, 3 March 2025 10:00\nTo: Bo\nSubject: Role",
    "*From:* Ann Lee\n*Sent:* Monday\n*To:* Bo\n*Subject:* Role",
    "Von: Ann Lee\nGesendet: Montag, 3. M\u00e4rz 2025 10:00\nAn: Bo\nBetreff: Stelle",
    "De : Ann Lee\nEnvoy\u00e9 : lundi 3 mars 2025 10:00\n\u00c0 : Bo\nObjet : Poste",
    "De: Ann Lee\nEnviado el: lunes, 3 de marzo de 2025\nPara: Bo\nAsunto: Puesto",
    "Da: Ann Lee\nInviato: luned\u00ec 3 marzo 2025\nA: Bo\nOggetto: Posto",
    "Van: Ann Lee\nVerzonden: maandag 3 maart 2025\nAan: Bo\nOnderwerp: Baan",
    "De: Ann Lee\nEnviado: segunda-feira, 3 de mar\u00e7o\nPara: Bo\nAssunto: Vaga",
    "Fr\u00e5n: Ann Lee\nSkickat: den 3 mars 2025\nTill: Bo\n\u00c4mne: Jobb",
    "Od: Ann Lee\nWys\u0142ano: poniedzia\u0142ek, 3 marca\nDo: Bo\nTemat: Praca",
    "-----Original Message-----",
    "________________________________\nFrom: Ann Lee\nDate: Monday\nTo: Bo\nSubject: Role",
    "-----Urspr\u00fcngliche Nachricht-----",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Oorspronkelijk bericht-----",
    "-----Mensagem original-----",
    "-----Ursprungligt meddelande-----",
    "-----Wiadomo\u015b\u0107 oryginalna-----",
)
FORWARDS = (
    "---------- Forwarded message ---------",
    "Begin forwarded message:",
    "---------- Weitergeleitete Nachricht ---------",
    "Anfang der weitergeleiteten Nachricht:",
    "-------- Message transf\u00e9r\u00e9 --------",
    "---------- Mensaje reenviado ---------",
    "---------- Messaggio inoltrato ---------",
    "---------- Doorgestuurd bericht ---------",
    "---------- Przekazana wiadomo\u015b\u0107 ---------",
)


@pytest.mark.parametrize("marker", [*ATTRIBUTIONS, *BLOCKS, *FORWARDS])
def test_what_follows_a_marker_is_quoted(marker: str) -> None:
    own, quoted = split_quoted(f"{OWN}\n\n{clean(marker)}\n{OLD}")
    assert own.rstrip("\n") == OWN
    assert quoted == f"{clean(marker)}\n{OLD}"


@pytest.mark.parametrize("marker", [*ATTRIBUTIONS, "Ann Lee wrote:"])
def test_an_answer_below_a_quote_is_own_text(marker: str) -> None:
    own, quoted = split_quoted(f"{marker}\n> I would like to apply.\n\nNo, sorry.\nBo")
    assert own.strip() == "No, sorry.\nBo"
    assert quoted == f"{marker}\n> I would like to apply."


@pytest.mark.parametrize("marker", FORWARDS)
def test_a_forwarding_line_says_forwarded(marker: str) -> None:
    assert split(f"fyi\n\n{marker}\n{OLD}").forwarded
    assert not split(f"{OWN}\n\n{BLOCKS[0]}\n{OLD}").forwarded
    assert split(f"{BLOCKS[0]}\n{OLD}").forwarded


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ann,\n\nOn 3 March you wrote: please hurry.\nWe do.",
        "In your letter you wrote:\n\nthat you like it here.",
        "Your slot\nFrom: 10:00\nTo: 11:00\nDate: 3 March 2025\nWhere: Room 5\n\nBo",
        "Ihr Termin\nVon: 10 Uhr\nAn: der Pforte\nDatum: 3. M\u00e4rz",
        "Hi,\n-----\nunfortunately no.\n_____________\nbye",
        ">From here on we answer by post.\nBo",
    ],
)
def test_own_words_that_look_like_a_marker_stay(text: str) -> None:
    assert split_quoted(text) == (text, "")


MARKERS = st.sampled_from((*ATTRIBUTIONS, *BLOCKS, *FORWARDS, "> x", ">", "", "From: a", "Sent: b", "a:", "-- "))


@given(st.lists(st.one_of(MARKERS, st.text(alphabet="aO:n >-_\n@<1"))).map("\n".join))
def test_no_line_is_lost_between_own_and_quoted(text: str) -> None:
    own, quoted = split_quoted(text)
    lines = Counter(own.split("\n")) + Counter(quoted.split("\n"))
    assert (lines - Counter({"": lines[""]})) == Counter(filter(None, text.split("\n")))


LEGAL = "This e-mail and any attachments are confidential and intended solely for the addressee."


@pytest.mark.parametrize(
    ("mail", "kept"),
    [
        (f"{OWN}\n\n-- \nBo\nAcme", OWN + "\n"),
        (f"{OWN}\n\n{LEGAL}", OWN),
        (f"{OWN}\n\n{LEGAL}\nIf you are not\nthe addressee, delete it.\n\nSent from my iPhone", OWN),
        (f"{OWN}\n\nDiese E-Mail enth\u00e4lt vertrauliche Informationen.", OWN),
        (f"{OWN}\n\nConfidentiality Notice: the contents are private.", OWN),
        (f"{OWN}\n\nUnfortunately it is a no.", f"{OWN}\n\nUnfortunately it is a no."),
        (f"{OWN}\n\nThis e-mail brings bad news.", f"{OWN}\n\nThis e-mail brings bad news."),
        (LEGAL, LEGAL),
        ("", ""),
    ],
)
def test_only_sure_footers_are_cut(mail: str, kept: str) -> None:
    assert strip_signature(mail).rstrip() == kept.rstrip()


def test_a_mark_far_above_the_end_is_a_rule_and_no_signature() -> None:
    text = "Part one\n-- \n" + "a line of part two\n" * 40
    assert strip_signature(text) == text.rstrip()


SENTENCES = {
    "abbreviations": (
        "Dear Dr. Lee, we met at 3.30 p.m. in St. Gallen. No.",
        ["Dear Dr. Lee, we met at 3.30 p.m. in St. Gallen.", "No."],
    ),
    "initials": ("We chose J. R. Miller. Sorry!", ["We chose J. R. Miller.", "Sorry!"]),
    "ordinals": (
        "Wir haben z. B. am 3. M\u00e4rz die Nr. 5 besetzt. Danke",
        ["Wir haben z. B. am 3. M\u00e4rz die Nr. 5 besetzt.", "Danke"],
    ),
    "a year ends one": ("Das gilt ab 2025. Danke", ["Das gilt ab 2025.", "Danke"]),
    "addresses of pages": ("See https://a.example/b.c?x=1. Bye.", ["See https://a.example/b.c?x=1.", "Bye."]),
    "decimals": ("You scored 3.5 of 5.0 points. Well done.", ["You scored 3.5 of 5.0 points.", "Well done."]),
    "marks after the dot": ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
    "small letters": ("hi ann. we took another. sorry", ["hi ann.", "we took another.", "sorry"]),
    "a wrapped line": (
        "We are sorry to have to tell you that we have chosen\nAnn for the role this time.\nBo",
        ["We are sorry to have to tell you that we have chosen Ann for the role this time.", "Bo"],
    ),
    "short lines stand alone": ("Status: closed\nUpdated: Monday\nBo", ["Status: closed", "Updated: Monday", "Bo"]),
    "list items": (
        "Please bring\n- your passport\n- a pen. Thanks",
        ["Please bring", "- your passport", "- a pen.", "Thanks"],
    ),
    "blank lines": ("we regret\n\nto say", ["we regret", "to say"]),
    "full-width stops": (
        "\u3053\u308c\u306f\u6587\u3067\u3059\u3002\u6b8b\u5ff5\u3002",
        ["\u3053\u308c\u306f\u6587\u3067\u3059\u3002", "\u6b8b\u5ff5\u3002"],
    ),
    "nothing": (" \n ", []),
}


@pytest.mark.parametrize(("text", "expected"), SENTENCES.values(), ids=SENTENCES.keys())
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text())
def test_sentences_lose_no_word(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(clean(text).split())


MILLION = 10**6
WORST = {
    "no line break": "a" * MILLION,
    "zero width": "\u200b" * 100_000,
    "On On On": "On " * (MILLION // 3),
    "attributions": "On 3 wrote:\n" * (MILLION // 12),
    "quote marks": "> " * (MILLION // 2),
    "quote lines": ">\n" * (MILLION // 2),
    "dashes": "-" * MILLION,
    "dots": "." * MILLION,
    "spaces": " " * MILLION,
    "newlines": "\n" * MILLION,
    "accents": "a" + "\u0301\u0316" * (MILLION // 4),
    "From: lines": "From: a\n" * (MILLION // 8),
    "footers": "disclaimer\n\n" * (MILLION // 12),
    "open tags": "<div>" * (MILLION // 5),
    "less than": "<" * MILLION,
    "hidden": '<p style="' + "display " * (MILLION // 8),
    "ligatures": "\ufdfa" * 50_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
def test_the_worst_megabyte_is_done_in_time_and_does_not_grow(text: str) -> None:
    own, quoted = split_quoted(text)
    assert len(own) + len(quoted) <= len(text)
    assert len(strip_signature(text)) <= len(text)
    assert len(from_html(text)) <= 3 * 256 * 1024
    assert sum(map(len, sentences(text))) <= len(text)
    assert len(fold(text)) <= 18 * len(text)
