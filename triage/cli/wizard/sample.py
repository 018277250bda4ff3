"""One sample letter by the way that real ones will take: so it is known that they arrive."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from triage import resources
from triage.cli.clock import utc_now
from triage.cli.connecting import courier
from triage.cli.writing import stationery
from triage.config.values import Config
from triage.core import sample
from triage.core.wording import WordingError
from triage.courier import DeliveryError
from triage.errors import ConfigError, ServerError


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the sample. `again`: it lies in the mailbox already, from an earlier time."""

    again: bool


def send(config: Config) -> Sent:
    """Deliver the sample, unless it is there. Raises ConfigError, CredentialError and ServerError."""
    reader, way = config.reader, courier(config)
    try:
        if way.delivered(sample.message_id(reader.address)):
            return Sent(again=True)
        way.deliver(sample.message_id(reader.address), letter(config))
    except DeliveryError as error:
        raise error.__cause__ if isinstance(error.__cause__, ServerError) else ServerError(str(error)) from error
    return Sent(again=False)


def letter(config: Config) -> bytes:
    """The sample, the same but for its date each time. Raises ConfigError."""
    language = config.reader.language
    text = resources.sample(language, config.letters.templates)
    try:
        words = sample.parse(text, f"{language}/sample.toml")
    except WordingError as error:
        raise ConfigError(f"The sample letter cannot be written: {error}") from error
    # No secret of a store: there may be none yet, and the sample is not to be taken for a letter of one.
    seal = hashlib.sha256(b"sample").digest()
    return sample.sample(words, stationery(config, seal), utc_now()).data
