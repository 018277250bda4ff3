"""The sample letter says that it is one, in every language, and is always the same letter."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from triage import resources
from triage.cli.writing import stationery
from triage.config.load import parse as config
from triage.core import sample
from triage.core.compose import HEADERS
from triage.core.wording import WordingError

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)


def words(language: str) -> sample.Words:
    return sample.parse(resources.sample(language, None), "sample.toml")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_it_says_first_that_it_is_a_sample(language: str) -> None:
    text = f'[reader]\naddress = "robin@example.org"\nlanguage = "{language}"\ntime_zone = "UTC"\n'
    tools = stationery(config(text + '[[mailbox]]\nhost = "mail.example.org"\n', "x"), b"secret")
    letter = sample.sample(words(language), tools, NOW)
    assert letter == sample.sample(words(language), tools, NOW)
    assert (letter.message_id, letter.events) == (sample.message_id("robin@example.org"), ())
    message = message_from_bytes(letter.data, policy=policy.default)
    assert set(message.keys()) <= HEADERS
    body = " ".join(message.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]  # it has one
    said = words(language)
    assert message["Subject"] == said.subject
    assert -1 < body.index(said.heading) < body.index(said.first) < body.index(said.company)


def test_its_id_is_the_readers_alone() -> None:
    assert sample.message_id("robin@example.org") != sample.message_id("ada@example.org")


@pytest.mark.parametrize("text", ["subject = ", 'subject = "x"', 'subject = ""', "subject = 1"])
def test_words_that_cannot_be_used_name_their_file(text: str) -> None:
    with pytest.raises(WordingError, match=r"en/sample\.toml"):
        sample.parse(text, "en/sample.toml")
