"""`triage evaluate` on a set that is written here, and on sets that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rig.installed import installed

pytestmark = pytest.mark.server

NO = "Thank you for applying for the Baker position. We have decided not to move forward with your application."
SET = (
    {"id": "a", "kind": "rejection", "from": "Elm <jobs@elm.example>", "subject": "Your application", "body": NO},
    {"id": "b", "label": "other", "body": "Two of your books are due on Friday.", "source": "s1", "lang": "en"},
    {"id": "c", "kind": "offer", "from": "Ash <a@ash.example>", "subject": "", "body": "Two eggs and some flour."},
)


def written(folder: Path, *rows: object) -> str:
    path = folder / "set.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    return str(path)


def test_the_tables(tmp_path: Path) -> None:
    done = installed(tmp_path).triage("evaluate", written(tmp_path, *SET))
    assert done.code == 0, done.err
    for words in (
        "By kind",
        "macro F1",
        "Labelled (down)",
        "Right at each confidence",
        "Wrong: 1 of 1",
        "offer > other",
    ):
        assert words in done.out


def test_the_same_as_json(tmp_path: Path) -> None:
    done = installed(tmp_path).triage("evaluate", written(tmp_path, *SET), "--json")
    told = json.loads(done.out)
    assert told["mails"] == 3
    assert told["kinds"]["rejection"]["recall"]["hits"] == 1
    assert [one["kind"] for one in told["outcomes"]] == ["rejection", "other", "other"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"kind": "nonsense", "body": ""}, "line 1"),
        ({"kind": "other"}, "body"),
        (["not", "an", "object"], "line 1"),
        ({"kind": "other", "body": "", "date": "soon"}, "line 1"),
    ],
)
def test_a_set_that_cannot_be_used(tmp_path: Path, row: object, says: str) -> None:
    done = installed(tmp_path).triage("evaluate", written(tmp_path, row))
    assert done.code == 66
    assert says in done.err
    assert "Traceback" not in done.err


def test_an_empty_set(tmp_path: Path) -> None:
    assert installed(tmp_path).triage("evaluate", written(tmp_path)).code == 66
