"""Senders that are known whatever the language: applicant systems, job boards, and what their addresses say.

An applicant system writes for an employer, so its own name is never the company; where the employer shows
(display name, local part, subdomain) differs from system to system and is a column of `data/senders.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from triage.core.detect.languages import Ear
from triage.core.detect.signals import Signals, signals_of

TENANTS = frozenset({"display", "local", "subdomain", "none"})


@dataclass(frozen=True, slots=True)
class System:
    """One applicant system or job board. `board`: it also sends job alerts, so it proves nothing by itself."""

    name: str
    domain: str
    tenant: str
    board: bool = False


@dataclass(frozen=True)
class Senders:
    """The known systems, by domain, and the signals found in addresses and headers."""

    systems: Mapping[str, System]
    signals: Signals

    @cached_property
    def ear(self) -> Ear:
        """The signals, ready to be listened with beside those of a language."""
        return Ear(self.signals)

    def system(self, domain: str) -> System | None:
        """The system that owns `domain` or a parent of it. Whole labels only: notlever.co is not lever.co."""
        labels = domain.lower().strip(".").split(".")
        parents = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self.systems[parent] for parent in parents if parent in self.systems), None)


def parse_senders(text: str) -> Senders:
    """Read the TOML text of the senders file. Raises ValueError naming the row and what is wrong with it."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"This is not TOML: {error}.") from error
    systems = [_system(row) for row in table.get("system", ())]
    return Senders({system.domain: system for system in systems}, signals_of(table))


def _system(row: Mapping[str, Any]) -> System:
    domain, tenant = row.get("domain", ""), row.get("tenant", "display")
    if not isinstance(domain, str) or "." not in domain or domain != domain.lower():
        raise ValueError(f"System {row.get('name')!r}: `domain` is {domain!r}, and must be a domain in small letters.")
    if tenant not in TENANTS:
        raise ValueError(f"System {domain}: `tenant` is {tenant!r}, and must be one of {', '.join(sorted(TENANTS))}.")
    return System(str(row.get("name", domain)), domain, tenant, bool(row.get("board", False)))
