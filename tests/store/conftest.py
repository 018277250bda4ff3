"""An open store in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.store.making import COMPANIES, event
from triage.store import Memory, Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = Store(folder)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def memory(request: pytest.FixtureRequest) -> Memory:
    """A store of either kind."""
    found: Memory = request.getfixturevalue("store" if request.param == "sqlite" else "member_store")
    return found


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder in memory, where there is such a place: for hundreds of stores that need not outlive the test."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(prefix="triage-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed store with a log of several pages."""
    folder = tmp_path_factory.mktemp("sound") / "store"
    store = Store(folder)
    with store.writing() as work:
        for company in COMPANIES:
            one = event(company, company)
            work.log.record(replace(one, application=work.log.begin(one.details)))
    store.close()
    return folder
