"""The network beside the signals: how words are cut, how a message is laid out, and what the shipped weights say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.judging import MODEL, message
from triage import resources
from triage.core.detect.second import said
from triage.core.model.labels import WORD
from triage.core.model.layout import ROOM, Sheet, lay_out
from triage.core.model.naming import named
from triage.core.model.network import Network
from triage.core.model.said import Said
from triage.core.model.vocabulary import BEGIN, END, UNKNOWN, Vocabulary, words
from triage.core.text import sentences
from triage.core.values import Kind

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁no", "▁not", "t", "e", "▁th", "ank", "▁thank", "s"]
SCORES = [0.0, 0.0, 0.0, 0.0, -5.0, -2.0, -3.0, -4.0, -4.0, -6.0, -6.0, -3.0, -2.0]
SHIPPED = resources.arrays("weights")
SMALL = Vocabulary("\n".join(PIECES), np.array(SCORES, np.float32))


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("no", (5,)),
        ("not", (6,)),
        ("note", (6, 8)),
        ("thanks", (11, 12)),
        ("s", (4, 12)),
        ("snö", (4, 12, UNKNOWN, UNKNOWN)),
        ("", (4,)),
    ],
)
def test_a_word_is_cut_where_it_is_likeliest(word: str, pieces: tuple[int, ...]) -> None:
    assert SMALL.pieces([word]) == [pieces]
    assert SMALL.pieces([word, "no", word]) == [pieces, (5,), pieces]  # and remembered so


@given(st.text())
def test_every_word_has_pieces(text: str) -> None:
    said = words(text)
    assert all(word.strip() for word in said)
    assert all(0 < piece < 13 for pieces in SMALL.pieces(said) for piece in pieces)


def _by_trying(word: str) -> tuple[float, tuple[int, ...]]:
    """The likeliest of all ways to cut a word, with its score; of equal ones, any."""
    known = {piece: (score, number) for number, (piece, score) in enumerate(zip(PIECES, SCORES, strict=True))}
    ways: list[list[tuple[float, tuple[int, ...]]]] = [[(0.0, ())]]
    for end in range(1, len(word) + 1):
        found = []
        for start in range(end):
            piece: tuple[float, int] | None = (
                known.get(word[start:end]) if word[start:end] not in PIECES[: UNKNOWN + 1] else None
            )
            if piece is None and start == end - 1:
                piece = (min(SCORES) - 10.0, UNKNOWN)
            if piece is not None:
                found.append(max((score + piece[0], (*before, piece[1])) for score, before in ways[start]))
        ways.append([max(found)])
    return ways[-1][0]


@given(st.lists(st.text("nothaksö\x00", min_size=1, max_size=9), max_size=6))
def test_words_are_cut_together_as_each_by_itself(said: list[str]) -> None:
    fresh = Vocabulary("\n".join(PIECES), np.array(SCORES, np.float32))
    score = [*SCORES[:UNKNOWN], min(SCORES) - 10.0, *SCORES[UNKNOWN + 1 :]]
    for word, pieces in zip(said, fresh.pieces(said), strict=True):
        assert sum(score[piece] for piece in pieces) == _by_trying(f"▁{word}")[0]
        assert fresh.pieces([word]) == [pieces]


def test_no_two_pieces_are_taken_for_each_other() -> None:
    numbers = SHIPPED["pieces"].tobytes().decode().split("\n")
    vocabulary = Vocabulary("\n".join(numbers), np.full(len(numbers), -1.0))  # the fewest pieces are likeliest
    whole = {piece: number for number, piece in enumerate(numbers) if number > UNKNOWN and piece.startswith("▁")}
    said = [piece[1:] for piece in whole]
    assert dict(zip(whole, vocabulary.pieces(said), strict=True)) == {piece: (at,) for piece, at in whole.items()}


def test_a_sheet_has_its_parts_in_order() -> None:
    sheet = lay_out(Said("thanks", "no", ["not s", "thank"], "note"), SMALL)
    assert sheet.pieces == (BEGIN, 11, 12, END, 5, END, 6, 4, 12, 11, END, 6, 8, END)
    assert sheet.sentences == ("no", "not s", "thank")
    assert sheet.spans == ((4, 5), (6, 9), (9, 10))
    assert sheet.words == ((1, "thanks"), (4, "no"), (6, "not"), (7, "s"), (9, "thank"))
    assert sheet.pieces[sheet.quoted :] == (6, 8, END)


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    sheet = lay_out(Said("", "", [f"no {'s' * (number % 5 + 1)}" for number in range(1000)]), SMALL)
    assert len(sheet.pieces) <= ROOM
    assert sheet.sentences[0] == "no s"
    assert len(sheet.pieces) > ROOM - 20


def test_one_endless_sentence_is_cut() -> None:
    sheet = lay_out(Said("", "", ["no " * 5000]), SMALL)
    assert ROOM - 10 < len(sheet.pieces) <= ROOM


@given(st.text(max_size=80), st.text(max_size=80), st.lists(st.text(max_size=300), max_size=40), st.text(max_size=300))
def test_any_message_can_be_laid_out(sender: str, subject: str, sentences: list[str], quoted: str) -> None:
    sheet = lay_out(Said(sender, subject, sentences, quoted), SMALL)
    assert 4 <= len(sheet.pieces) <= ROOM
    assert len(sheet.spans) == len(sheet.sentences)
    assert all(0 < start < end < sheet.quoted for start, end in sheet.spans)
    assert all(0 < place < sheet.quoted for place, _ in sheet.words)
    assert 0 < sheet.quoted < len(sheet.pieces)


def _tiny(rng: np.random.Generator, width: int = 32) -> dict[str, np.ndarray]:
    """A network of one layer and two heads with weights out of a hat."""
    arrays: dict[str, np.ndarray] = {
        "table": rng.integers(0, 256, (13, width // 2), np.uint8),
        "table.scale": np.ones((13, width // 32), np.float16),
        "places": rng.normal(size=(ROOM, width)).astype(np.float16),
        "quoted": np.zeros(width, np.float32),
        "heads": np.array(2),
    }
    for name, rows, columns in (
        *((f"0.attention.{part}", width, width) for part in ("q", "k", "v", "out")),
        ("0.inner", 2 * width, width),
        ("0.outer", width, 2 * width),
    ):
        arrays[name] = rng.integers(-127, 128, (rows, columns)).astype(np.int8)
        arrays[f"{name}.scale"] = np.full(rows, 0.002, np.float32)
        arrays[f"{name}.bias"] = rng.normal(size=rows).astype(np.float32)
    for name in ("embedding.norm", "0.attention.norm", "0.outer.norm"):
        arrays[f"{name}.weight"], arrays[f"{name}.bias"] = np.ones(width, np.float32), np.zeros(width, np.float32)
    for name, rows in (("kind", 8), ("sentences", 2), ("words", 5), ("stage", 4), ("reason", 8), ("reapply", 1)):
        arrays[f"head.{name}"] = rng.normal(size=(rows, width)).astype(np.float32)
        arrays[f"head.{name}.bias"] = np.zeros(rows, np.float32)
    return arrays


def _by_hand(arrays: dict[str, np.ndarray], pieces: list[int]) -> np.ndarray:
    """The same computation, written out in loops from the paper."""
    width = arrays["places"].shape[1]

    def linear(name: str, row: list[float]) -> list[float]:
        weights, scale, bias = arrays[name], arrays[f"{name}.scale"], arrays[f"{name}.bias"]
        return [
            sum(int(weights[i][j]) * float(scale[i]) * row[j] for j in range(len(row))) + float(bias[i])
            for i in range(len(weights))
        ]

    def normal(row: list[float]) -> list[float]:
        mean = sum(row) / len(row)
        deviation = math.sqrt(sum((x - mean) ** 2 for x in row) / len(row))
        return [(x - mean) / deviation for x in row]

    rows = []
    for place, piece in enumerate(pieces):
        packed = [int(byte) for byte in arrays["table"][piece]]
        weights = [byte % 16 - 8 for byte in packed] + [byte // 16 - 8 for byte in packed]
        rows.append(normal([w + float(p) for w, p in zip(weights, arrays["places"][place], strict=True)]))
    query, key, value = ([linear(f"0.attention.{name}", row) for row in rows] for name in "qkv")
    half = width // 2
    mixed = [[0.0] * width for _ in rows]
    for start in (0, half):
        for at, asked in enumerate(query):
            scores = [sum(asked[start + i] * k[start + i] for i in range(half)) / math.sqrt(half) for k in key]
            total = sum(math.exp(score) for score in scores)
            for score, told in zip(scores, value, strict=True):
                for i in range(half):
                    mixed[at][start + i] += math.exp(score) / total * told[start + i]
    added = [linear("0.attention.out", row) for row in mixed]
    rows = [normal([a + b for a, b in zip(row, more, strict=True)]) for row, more in zip(rows, added, strict=True)]
    bent = [
        [x * 0.5 * (1 + math.tanh(0.7978846 * (x + 0.044715 * x**3))) for x in linear("0.inner", row)] for row in rows
    ]
    out = [linear("0.outer", row) for row in bent]
    return np.array(
        [normal([a + b for a, b in zip(row, more, strict=True)]) for row, more in zip(rows, out, strict=True)]
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_network_computes_what_the_paper_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    arrays = _tiny(rng)
    pieces = rng.integers(0, 13, 7).tolist()
    heads = Network(arrays).read(pieces, 5, [(1, 3), (3, 5)], [1, 2, 4])
    hidden = _by_hand(arrays, pieces)
    np.testing.assert_allclose(heads.kind, arrays["head.kind"] @ hidden[:5].mean(axis=0), atol=2e-3)
    np.testing.assert_allclose(heads.sentences[1], arrays["head.sentences"] @ hidden[3:5].mean(axis=0), atol=2e-3)
    np.testing.assert_allclose(heads.words[2], arrays["head.words"] @ hidden[4], atol=2e-3)


def test_nothing_to_read_is_read_too() -> None:
    opinion = MODEL.opinion(Said("", "", []))
    assert set(opinion.scores) == {
        *(Kind.REJECTION, Kind.ACKNOWLEDGEMENT, Kind.INTERVIEW, Kind.ASSESSMENT, Kind.OFFER),
        *(Kind.OUTREACH, Kind.JOB_ALERT, Kind.OTHER),
    }
    assert (opinion.decisive, opinion.company, opinion.role) == ("", "", "")


SAID = [
    ("rejection", "The shop job", "Hiya Kit. It's gone to Moira's nephew, he starts Monday. Sorry love. Bev"),
    ("rejection", "Deine Probearbeit", "Hallo Kit, das Team hat sich für die andere entschieden. Tut mir leid! Heike"),
    ("rejection", "Votre candidature", "Bonjour Kit, le poste a été donné à quelqu'un d'autre, désolé."),
    ("rejection", "Tu candidatura", "Hola Kit, al final nos hemos quedado con otra persona. Mucha suerte."),
    ("rejection", "Candidatura barista", "Ciao Kit, alla fine abbiamo preso un altro ragazzo. In bocca al lupo!"),
    ("rejection", "Sollicitatie", "Dag Kit, we hebben voor iemand anders gekozen. Veel succes verder."),
    ("rejection", "Candidatura", "Olá Kit, a vaga ficou com outra pessoa. Boa sorte."),
    ("rejection", "Rekrutacja", "Dzień dobry, wybraliśmy inną osobę na to stanowisko. Powodzenia."),
    ("rejection", "Din ansökan", "Hej Kit, tjänsten gick till en annan sökande. Lycka till framöver."),
    ("interview", "Your application", "Dear Kit, could you come in for an interview on Tuesday at ten?"),
    ("offer", "Good news", "Dear Kit, we would like to offer you the job, from 1 June. Contract attached."),
    ("acknowledgement", "Your application", "Thank you for applying. We have received it and will be in touch."),
    ("other", "Your order", "Your parcel has been handed to the courier and will arrive on Friday between 9 and 12."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "subject", "text"), SAID, ids=[text[:30] for _, _, text in SAID])
def test_plain_words_are_understood(kind: str, subject: str, text: str) -> None:
    opinion = MODEL.opinion(said(message(text, subject=subject)))
    assert max(opinion.scores, key=lambda one: opinion.scores[one]) == kind


@pytest.mark.parametrize(
    ("text", "decides"),
    [
        ("Hej Kit, tack för besöket. Vi har valt en annan sökande. Din jacka hänger kvar i hallen.", 1),
        ("Hi Kit, bit of news. We've given the Saturday job to Dawn. Your mug is still here. Bev", 1),
    ],
)
def test_the_sentence_that_decides_is_pointed_out(text: str, decides: int) -> None:
    assert MODEL.opinion(said(message(text, subject="The job"))).decisive == sentences(text)[decides]


@given(st.text(max_size=200), st.text(max_size=2000))
@settings(max_examples=25, deadline=None)
def test_any_text_has_an_opinion(subject: str, text: str) -> None:
    opinion = MODEL.opinion(said(message(text, subject=subject)))
    assert all(math.isfinite(score) for score in opinion.scores.values())


def _sheet(text: str) -> Sheet:
    return lay_out(Said("", "", [text]), SMALL)


@pytest.mark.parametrize(
    ("classes", "company", "role"),
    [
        ([0, 0, 0, 0, 0], "", ""),
        ([0, 1, 2, 0, 0], "Mill Hill", ""),
        ([0, 1, 2, 3, 4], "Mill Hill", "Line Cook"),
        ([0, 2, 2, 0, 0], "Mill Hill", ""),
        ([0, 0, 0, 0, 3], "", "Cook"),
    ],
)
def test_names_are_read_off_the_words(classes: list[int], company: str, role: str) -> None:
    shares = np.eye(len(WORD), dtype=np.float32)[classes] * 0.8 + 0.04
    found = named(_sheet("At “Mill Hill”, Line Cook."), shares)
    assert (found["company"], found["role"]) == (company, role)


def test_a_name_in_two_places_outweighs_one_in_one() -> None:
    sheet = _sheet("Sea Mill Mill")
    likely = [0.8, 0.5, 0.45]
    shares = np.array([[1 - share, share, 0, 0, 0] for share in likely], np.float32)
    assert named(sheet, shares)["company"] == "Sea Mill Mill"
    shares[1] = [1, 0, 0, 0, 0]
    assert named(sheet, shares)["company"] == "Sea"
