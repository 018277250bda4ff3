"""The two files of facts, read once: `providers.toml` and `oddities.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from triage.providers.values import Endpoint, Oddity, Provider

_IMPLICIT = frozenset({993, 465})
_NO_HOST = Endpoint("", 993, "implicit")
_NAMES = frozenset(field.name for field in fields(Provider)) - {"key", "grants"}


@cache
def providers() -> tuple[Provider, ...]:
    """All of them, in the order of the file: where two have the same server, the first is the usual one."""
    table = _read("providers.toml")
    texts: Mapping[str, str] = table["grants"]
    return tuple(_provider(key, row, texts) for key, row in table["provider"].items())


@cache
def without_imap() -> Mapping[str, str]:
    """By mail domain: the name of a provider that has no IMAP at all."""
    table: Mapping[str, list[str]] = _read("providers.toml")["without-imap"]
    return MappingProxyType({domain: name for name, domains in table.items() for domain in domains})


@cache
def looked_up() -> str:
    """The day on which the facts were looked up, as YYYY-MM-DD."""
    return str(_read("providers.toml")["looked_up"])


def oddities() -> tuple[Oddity, ...]:
    """All of them, in the order of the file."""
    table = _read("oddities.toml")
    return tuple(Oddity(key, what, group == "signing-in") for group in table for key, what in table[group].items())


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("triage.providers") / name).read_text(encoding="utf-8"))


def _provider(key: str, row: Mapping[str, Any], texts: Mapping[str, str]) -> Provider:
    unknown = row.keys() - _NAMES
    if unknown:
        raise ValueError(f"{key}: {', '.join(sorted(unknown))} is no column of the table")
    granted = {way: texts[name] for way, name in zip(row["sign_in"], row["grants_by"], strict=True)}
    words = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    defaults = {"domains": (), "mx": (), "user": "address", "oauth": "", "page": "", "enable": "", "oddities": ()}
    ends = {
        "imap": endpoint(row["imap"]) if "imap" in row else _NO_HOST,
        "smtp": endpoint(row["smtp"]) if "smtp" in row else None,
        "smtp_user": row.get("smtp_user", row.get("user", "address")),
        "grants": granted[row["sign_in"][0]],
        "grants_by": MappingProxyType(granted),
    }
    return Provider(key=key, **{**defaults, **words, **ends})


def endpoint(text: str) -> Endpoint:
    """From "host:port", with the usual protection of that port, or "host:port tls"."""
    place, _, tls = text.partition(" ")
    host, _, port = place.rpartition(":")
    return Endpoint(host, int(port), tls or ("implicit" if int(port) in _IMPLICIT else "starttls"))
