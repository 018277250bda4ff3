"""A world for each test, and certificates for all of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.discovery.world import Paper, World, world
from tests.discovery.world import paper as fresh_paper

MakeWorld = Callable[..., World]


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """Certificates for the names of the world."""
    return fresh_paper(tmp_path_factory.mktemp("paper"))


@pytest.fixture
def make_world(paper: Paper) -> Iterator[MakeWorld]:
    """Gives a world with these names: `make_world({"example.org MX": ["10 mx.example.org."]})`."""
    with contextlib.ExitStack() as stack:
        yield lambda zone: stack.enter_context(world(paper, zone))
