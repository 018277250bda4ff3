"""What the rows of a list tell: columns, words, encodings, delimiters; and what is refused, by its line."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import resources
from triage.core.brought import Sheet, table
from triage.core.brought.dates import Calendar, Order
from triage.core.brought.lists import parse, plain
from triage.core.brought.sheet import Reading, SheetError, ambiguous, read
from triage.core.brought.table import TableError
from triage.core.journey import State
from triage.core.values import Stage

LISTS = parse(resources.lists())
TODAY = date(2026, 11, 22)
READING = Reading(LISTS, Calendar(LISTS.months), TODAY)


def sheet(text: str | bytes, reading: Reading = READING) -> Sheet:
    data = text.encode() if isinstance(text, str) else text
    return read(table.read(data, reading.known), reading)


@pytest.mark.parametrize(
    "heading",
    [
        "Company,Position,Date Applied,Status,Notes",
        "Firma,Stelle,Beworben am,Stand,Notizen",
        "Entreprise,Poste,Date d'envoi,Statut,Remarques",
        "Empresa,Puesto,Fecha de solicitud,Estado,Notas",
        "EMPLOYER,Job-Title,applied_on,Outcome,Comments",
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_are_known_by_their_headings(heading: str, delimiter: str) -> None:
    rows = f"{heading}\nTidewell,Analyst,2026-03-04,rejected,fine\n".replace(",", delimiter)
    (told,) = sheet(rows).told
    assert (told.line, told.company, told.role, told.applied) == (2, "Tidewell", "Analyst", date(2026, 3, 4))
    assert (told.state, told.note) == (State.CLOSED, "fine")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str) -> None:
    text = "Firma;Stelle;Datum;Status;Gespräch am\nMüller & Söhne;Prüfer;4.3.2026;abgelehnt;\n".replace("\n", end)
    (told,) = sheet(text.encode(encoding)).told
    assert (told.company, told.role, told.state) == ("Müller & Söhne", "Prüfer", State.CLOSED)


def test_excel_may_say_its_delimiter_first() -> None:
    (told,) = sheet("sep=;\nFirma;Datum\nTidewell;4.3.2026\n").told
    assert (told.company, told.line) == ("Tidewell", 3)


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = 'Company,Applied,Notes\nA,2026-03-04,"two\nlines"\n\nB,soon,\n'
    found = sheet(text)
    assert [told.line for told in found.told] == [2]
    assert [(bad.line, "soon" in bad.why) for bad in found.bad] == [(5, True)]
    assert found.told[0].note == "two\nlines"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",Analyst,2026-03-04,", "no employer"),
        ("A,Analyst,,", "when it was applied for"),
        ("A,Analyst,2027-01-01,", "in the future"),
        ("A,Analyst,1899-12-30,", "too far back"),
        ("A,Analyst,2026-03-04,perhaps", "the status 'perhaps' is not known"),
        ("A,Analyst,03/04/2026,", "can be two days"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: str, why: str) -> None:
    found = sheet(f"Company,Role,Applied,Status\nB,Editor,2026-03-04,\n{row}\n")
    assert [told.company for told in found.told] == ["B"]
    (bad,) = found.bad
    assert bad.line == 3
    assert why in bad.why


@pytest.mark.parametrize(
    ("status", "state", "stage"),
    [
        ("", State.OPEN, Stage.UNKNOWN),
        ("Beworben", State.OPEN, Stage.UNKNOWN),
        ("REFUSÉ", State.CLOSED, Stage.UNKNOWN),
        ("Phone screen", State.TALKING, Stage.SCREEN),
        ("Final round", State.TALKING, Stage.FINAL),
        ("Rejected after interview", State.CLOSED, Stage.INTERVIEW),
        ("Ghosted", State.SILENT, Stage.UNKNOWN),
        ("zurückgezogen", State.WITHDRAWN, Stage.UNKNOWN),
        ("Oferta", State.OFFERED, Stage.UNKNOWN),
    ],
)
def test_statuses_in_several_languages(status: str, state: State, stage: Stage) -> None:
    (told,) = sheet(f"Company,Applied,Status\nA,2026-03-04,{status}\n").told
    assert (told.state, told.stage) == (state, stage)


def test_what_was_not_sent_yet_is_no_application() -> None:
    found = sheet("Company,Applied,Status\nA,,wishlist\nB,,Merkliste\nC,2026-03-04,sent\n")
    assert ([told.company for told in found.told], found.later, found.bad) == (["C"], 2, ())


def test_the_reader_may_say_what_it_is() -> None:
    reading = Reading(LISTS, READING.calendar, TODAY, {"company": "Who", "role": ""}, {"Trial day": "talking"})
    found = sheet("Who,Position,Company,Applied,Status\nA,Analyst,x,2026-03-04,trial DAY\n", reading)
    assert [(told.company, told.role, told.state) for told in found.told] == [("A", "", State.TALKING)]
    assert found.unused == ("Position", "Company")
    with pytest.raises(SheetError, match="no column 'Firm'"):
        sheet("Who,Applied\nA,2026-03-04\n", Reading(LISTS, READING.calendar, TODAY, {"company": "Firm"}))


@pytest.mark.parametrize(("text", "needs"), [("Role,Applied\nx,y\n", "company"), ("Company,Role\nx,y\n", "applied")])
def test_without_these_columns_nothing_is_read(text: str, needs: str) -> None:
    with pytest.raises(SheetError, match=f"--map {needs}=HEADING"):
        sheet(text)


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "no row"), (b"\n\n", "no row"), (b"PK\x03\x04rest", "save it as CSV"), (b"\x81\x8d", "UTF-8")],
)
def test_what_is_no_table(data: bytes, why: str) -> None:
    with pytest.raises(TableError, match=why):
        sheet(data)


def test_a_cell_that_never_ends_is_named_by_its_line() -> None:
    with pytest.raises(TableError, match="line 3"):
        sheet('Company,Applied\nA,2026-03-04\nB,"' + "x" * 200_000)


def test_the_first_date_with_two_meanings_is_found() -> None:
    text = "Company,Applied\nA,25/03/2026\nB,03/04/2026\n"
    found = table.read(text.encode(), READING.known)
    assert ambiguous(found, READING) == "03/04/2026"
    told = Reading(LISTS, Calendar(LISTS.months, Order.DAY), TODAY)
    assert ambiguous(found, told) == ""
    assert [one.applied for one in read(found, told).told] == [date(2026, 3, 25), date(2026, 4, 3)]


@pytest.mark.parametrize("name", ["columns", "status", "stage"])
def test_no_word_means_two_things(name: str) -> None:
    words = tomllib.loads(resources.lists())[name]
    number = Counter(word for key, found in words.items() for word in {plain(one) for one in found})
    assert [word for word, times in number.items() if times > 1] == []
    assert all(plain(word) == word for found in words.values() for word in found)


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    try:
        found = sheet(b"Company,Applied\n" + data)
    except (TableError, SheetError):
        return
    assert all(line > 1 for line in (*(one.line for one in found.told), *(one.line for one in found.bad)))
