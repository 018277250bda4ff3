"""The program's own files, and a folder of the reader's own that wins file by file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from triage import resources
from triage.config.model import Language, ReaderConfig
from triage.core import compose, playbook, wording
from triage.core.wording.blocks import BLOCKS, FILES
from triage.errors import ConfigError


def test_ours_where_the_reader_has_none() -> None:
    assert set(resources.templates(None)) == set(compose.TEMPLATES)
    assert set(resources.words("en", None)) == {f"en/{name}.toml" for name in FILES}
    assert "[[row]]" in resources.playbook(None)


@pytest.mark.parametrize("own", compose.TEMPLATES)
def test_an_own_template_wins_and_the_other_stays_ours(tmp_path: Path, own: str) -> None:
    (tmp_path / own).write_text("mine: é", encoding="utf-8")
    ours, found = resources.templates(None), resources.templates(tmp_path)
    assert found == ours | {own: "mine: é"}
    assert resources.words("en", tmp_path) == resources.words("en", None)


@pytest.mark.parametrize("own", FILES)
def test_an_own_file_of_words_wins_and_the_others_stay_ours(tmp_path: Path, own: str) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / f"{own}.toml").write_text("mine = 1", encoding="utf-8")
    assert resources.words("en", tmp_path) == resources.words("en", None) | {f"en/{own}.toml": "mine = 1"}
    assert resources.templates(tmp_path) == resources.templates(None)


def test_an_own_playbook_wins(tmp_path: Path) -> None:
    (tmp_path / playbook.FILE).write_text("mine = 1", encoding="utf-8")
    assert resources.playbook(tmp_path) == "mine = 1"


def test_a_language_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "sv").mkdir()
    for name, text in resources.words("en", None).items():
        (tmp_path / "sv" / name.partition("/")[2]).write_text(text, encoding="utf-8")
    assert wording.parse(resources.words("sv", tmp_path)).blocks


def test_a_language_nobody_has_written() -> None:
    with pytest.raises(ConfigError, match=rf"xx/{FILES[0]}\.toml"):
        resources.words("xx", None)


@pytest.mark.parametrize("language", get_args(get_args(Language)[0]))
def test_every_language_that_can_be_chosen_is_whole(language: str) -> None:
    assert set(wording.parse(resources.words(language, None)).blocks) == set(BLOCKS)
    assert resources.drafts(language, None)
    assert resources.replies(language, None)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere does not exist\. Check \[letters\] templates"):
        resources.templates(tmp_path / "nowhere")


def test_a_template_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / compose.TEMPLATES[0]).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        resources.templates(tmp_path)


@pytest.mark.parametrize(
    "source", ["{% if %}", "{{ letter", "{{ letter | shout }}", "{% include 'other' %}{% endif %}"]
)
@pytest.mark.parametrize("own", compose.TEMPLATES)
def test_a_template_with_a_mistake_is_found_at_the_start(tmp_path: Path, own: str, source: str) -> None:
    (tmp_path / own).write_text(source, encoding="utf-8")
    with pytest.raises(wording.WordingError, match=own):
        compose.environment(resources.templates(tmp_path))


def test_the_signals_and_the_senders_are_there() -> None:
    texts = [*resources.signals(resources.LANGUAGES).values(), resources.senders(), resources.common_words()]
    assert all("=" in text for text in texts)
    assert any(resources.signals(resources.LANGUAGES))


def test_the_languages_of_mail_are_those_there_are_signals_of() -> None:
    assert ReaderConfig(address="kit@reader.example").mail_languages == resources.LANGUAGES


def test_who_judges_no_mail_does_not_wait_for_numpy() -> None:
    check = "import sys, triage.cli.letter, triage.cli.keeping; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "False\n"
