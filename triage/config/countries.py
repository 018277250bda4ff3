"""Countries: which there are, and which one a time zone is in, by the tables that come with the time zones.

They belong to the IANA time zone database, in the package `tzdata`: two letters by ISO 3166, such as GB.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files


@cache
def codes() -> frozenset[str]:
    """All that ISO 3166 knows."""
    return frozenset(row[0] for row in _rows("iso3166.tab"))


def of_zone(zone: str) -> str:
    """The country that the zone with this IANA name is in; empty where that is not sure, as for "UTC" or "CET"."""
    # Names in capitals ("EET") mean a time, wherever it is kept, though they are links to places by now.
    return "" if zone.isupper() else _zones().get(zone) or _of_old_name(zone)


@cache
def _zones() -> dict[str, str]:
    """Every zone that belongs to one country and has a name of its own there."""
    return {row[2]: row[0] for row in _rows("zone.tab")}


@cache
def _of_old_name(zone: str) -> str:
    """Old names, such as "US/Eastern", are links to the zones of today.

    Links also join zones of different countries whose clocks have agreed since 1970: "Iceland" leads to Abidjan. So a
    link counts only where its target serves a single country.
    """
    links = {words[2]: words[1] for words in _rows("tzdata.zi", " ") if words[0] == "L"}
    served = {row[2]: row[0].split(",") for row in _rows("zone1970.tab")}
    countries = served.get(links.get(zone, ""), [])
    return countries[0] if len(countries) == 1 else ""


def _rows(name: str, between: str = "\t") -> Iterator[list[str]]:
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return (line.split(between) for line in text.splitlines() if line and not line.startswith("#"))
