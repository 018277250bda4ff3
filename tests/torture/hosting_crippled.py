"""A worker that lacks one of the things that keep hosting's promises: so that it shows whether anybody would notice.

python -m tests.torture.hosting_crippled HOSTING.TOML [unfenced] [unswept] [greedy] [crowding] [hasty]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from triage.cli import build as rooms
from triage.cli.hosting.assemble import get_ready, home
from triage.courier import Courier
from triage.hosting import members, sealing
from triage.hosting.home import Home, Terms
from triage.hosting.manner import Manner
from triage.hosting.politeness import Limits, Politeness
from triage.hosting.settings import load
from triage.hosting.tasks import Jobs
from triage.hosting.work import Visits
from triage.hosting.worker import Worker
from triage.service import Service
from triage.store import Work
from triage.store.postgres import MemberStore, open_engine


class _Unfenced(MemberStore):
    """It writes whoever has taken the member over."""

    def writing(self, *, lasting: bool = True) -> AbstractContextManager[Work]:
        return self._writing(f"BEGIN; SELECT set_config('triage.member', '{self.member}', true)")


class _Unswept(Manner):
    """It misses nobody: what others have left lies where it is."""

    @property
    def silence(self) -> timedelta:
        return timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Hasty:
    """`triage.courier.Courier` that sends again at once, and does not look first."""

    courier: Courier

    @property
    def transit(self) -> timedelta:
        return timedelta(0)

    def deliver(self, message_id: str, data: bytes) -> None:
        self.courier.deliver(message_id, data)

    def delivered(self, message_id: str) -> bool:
        return False

    def check(self) -> str:
        return self.courier.check()


def main(config: Path, cripples: Sequence[str]) -> int:
    """Work without those. `greedy`: one provider may have all hands; `crowding`: as many connections as it likes."""
    asked = load(config)
    told, keys = asked.worker, sealing.keys(asked.keys.files, os.environ)
    engine = open_engine(asked.database.of("worker"), name="triage worker", size=told.concurrency + 3)
    hands = told.concurrency if "greedy" in cripples else max(1, told.concurrency * 3 // 4)
    limits = {} if "crowding" in cripples else asked.limits_by_host
    politeness = Politeness(engine, limits, Limits(connections=1000, per_second=1000.0), hands)

    def build(member: int, fence: int) -> Home:
        found = members.load(engine, keys, member, fence)
        if "unfenced" in cripples:
            found.store = _Unfenced(engine, member, fence)
        made = home(found)
        if "hasty" in cripples:
            hasty = _Hasty(rooms.courier(found.config, found.password))
            made = replace(made, service=Service(made.service.pipeline, made.service.watched, hasty))
        return made

    terms = Terms(shortest_poll=timedelta(minutes=told.shortest_poll_minutes))
    jobs = Jobs(Visits(engine, build, politeness, terms).carry_out, lambda member: None, lambda member: None)
    unswept = "unswept" in cripples
    manner = (_Unswept if unswept else Manner)(
        told.concurrency, float(told.takeover_seconds), float(told.farewell_seconds), 0.1, -86400.0 if unswept else 30.0
    )
    get_ready()
    return Worker(asked.database.of("worker"), jobs, manner).run()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
