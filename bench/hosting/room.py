"""What members take in the database, and what workers and the database's processes take in memory."""

from __future__ import annotations

from dataclasses import dataclass

from bench.hosting import trees
from bench.hosting.house import House
from bench.hosting.trees import Memory


@dataclass(frozen=True, slots=True)
class Held:
    """A table: its rows, and its bytes with all indexes."""

    name: str
    rows: int
    octets: int


def tables(house: House) -> list[Held]:
    """Those with anything in them, the largest first; what was written anew meanwhile is taken out before."""
    house.ask("VACUUM (FULL, ANALYZE)")
    held = [Held(name, int(rows), octets) for name, rows, octets in house.ask(_TABLES)]
    return [one for one in held if one.rows > 0]


def workers(house: House) -> list[Memory]:
    """Of each worker."""
    return trees.memory(one.pid for one in house.workers)


def backends(house: House) -> list[Memory]:
    """Of each of the database's processes that serves a worker."""
    return trees.memory(pid for (pid,) in house.ask("SELECT pid FROM pg_stat_activity WHERE usename = 'triage_worker'"))


_TABLES = """
SELECT relname, reltuples, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 3 DESC
"""
