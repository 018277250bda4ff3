"""When two names are one employer's or one job's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.journey.alike import narrower, of_house, same_employer, same_number, same_role

NAMES = st.one_of(
    st.text(max_size=30),
    st.lists(
        st.sampled_from(["Data", "Analyst", "Analysten", "Senior", "(m/w/d)", ",", "-", "in", "Malmö", "II", "C++"]),
        max_size=5,
    ).map(" ".join),
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Fjord", "FJORD", True),
        ("Fjord AB", "Fjord", True),
        ("Fjord Sp. z o.o.", "Fjord", True),
        ("Fjord S.p.A.", "Fjord", True),
        ("Fjord, Inc.", "Fjord GmbH", True),
        ("Skarv Maps", "SkarvMaps", True),
        ("Skarv-Maps", "Skarv Maps Group", True),
        ("Tidewell.com", "Tidewell", True),
        ("Müller", "Mueller", True),
        ("Müller", "Muller", True),
        ("Søberg", "Soberg", True),
        ("Søberg", "Soeberg", True),
        ("Hill & Dale", "Hill and Dale", True),
        ("Hill und Dale", "Hill & Dale", True),
        ("The Saltmarsh Museum", "Saltmarsh Museum", True),
        ("Société Haute-Rive", "Societe Haute Rive", True),
        ("Tidewell", "Tidewell Energy", False),
        ("Tidewell North", "Tidewell South", False),
        ("Fjord", "Fjordland", False),
        ("AB", "AG", False),
        ("", "", False),
        ("", "Fjord", False),
        ("!", "?", False),
    ],
)
def test_same_employer(one: str, other: str, same: bool) -> None:
    assert same_employer(one, other) is same_employer(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Data Analyst", "data-analyst", True),
        ("Data Analyst", "Data Analyst (m/w/d)", True),
        ("Data Analyst m/f/x", "Data Analyst", True),
        ("Data Analyst (all genders)", "Data Analyst", True),
        ("Full-Stack Developer", "Fullstack Developer", True),
        ("Sr. Data Analyst", "Senior Data Analyst", True),
        ("Data Analyst II", "Data Analyst 2", True),
        ("Head of Data", "Head Data", True),
        ("Data Analysts", "Data Analyst", True),
        ("Entwickler:in", "Entwicklerin", True),
        ("Entwickler*innen", "Entwickler", True),
        ("EntwicklerIn", "Entwickler/-in", True),
        ("Kaufmann/-frau für Büromanagement", "Kauffrau Büromanagement", True),
        ("Köchin", "Koch", True),
        ("Développeur(se)", "Développeuse", True),
        ("Directeur", "Directrice", True),
        ("Infirmier", "Infirmière", True),
        ("Chargé(e) de projets", "Chargée de projet", True),
        ("Desarrollador/a", "Desarrolladora", True),
        ("Utvecklaren", "Utvecklare", True),
        ("Data Analyst", "Senior Data Analyst", False),
        ("Data Analyst II", "Data Analyst", False),
        ("Data Analyst", "Data Engineer", False),
        ("Data Analyst", "Analyst", False),
        ("C Developer", "C++ Developer", False),
        ("C Developer", "C# Developer", False),
        ("C/E Driver", "C Driver", False),
        ("Editor", "Editorial Assistant", False),
        ("", "", False),
        ("!", "?", False),
        ("プログラマー", "プログラマー", True),
    ],
)
def test_same_role(one: str, other: str, same: bool) -> None:
    assert same_role(one, other) is same_role(other, one) is same


@pytest.mark.parametrize(
    ("wide", "narrow", "fits"),
    [
        ("Data Analyst", "Data Analyst (Remote)", True),
        ("Data Analyst", "Data Analyst, Marketing", True),
        ("Data Analyst", "Data Analyst - Malmö", True),
        ("Data Analyst", "Data Analysts in Malmö", True),
        ("Entwickler", "Entwickler:in, Berlin", True),
        ("Data Analyst", "Data Analyst (Senior)", False),
        ("Data Analyst", "Data Analyst - Internship", False),
        ("Data Analyst", "Data Analyst, Werkstudent", False),
        ("Data Analyst, Finance", "Data Analyst, Marketing", False),
        ("Data Analyst", "Marketing Data Analyst", False),
        ("Data", "Data Analyst", False),
        ("Data Analyst", "Data Analyst", False),
        ("Entwickler", "Entwickler:in", False),
        ("", "(Remote)", False),
    ],
)
def test_narrower(wide: str, narrow: str, fits: bool) -> None:
    assert narrower(wide, narrow) is narrower(narrow, wide) is fits


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("R-17", "r17", True), ("R-17", "R-18", False), ("", "", False), ("#", "#", False), ("2026/17", "2026-17", True)],
)
def test_same_number(one: str, other: str, same: bool) -> None:
    assert same_number(one, other) is same


@pytest.mark.parametrize(
    ("name", "house", "fits"),
    [
        ("Oak and Finch", "oakandfinch", True),
        ("Oak & Finch Recruiting", "oakfinch", True),
        ("Oak", "oakandfinch", True),
        ("Tidewell", "oakandfinch", False),
        ("IT", "digital", False),
        ("", "oakandfinch", False),
        ("Oak and Finch", "", False),
    ],
)
def test_of_house(name: str, house: str, fits: bool) -> None:
    assert of_house(name, house) is fits


@given(NAMES, NAMES, NAMES)
def test_the_same_is_the_same_all_round(one: str, two: str, three: str) -> None:
    assert same_role(one, one) is bool(one)
    assert same_role(one, two) == same_role(two, one)
    assert not (same_role(one, two) and same_role(two, three)) or same_role(one, three)
    assert same_employer(one, two) == same_employer(two, one)
    assert narrower(one, two) == narrower(two, one)
    assert not (narrower(one, two) and same_role(one, two))
