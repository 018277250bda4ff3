"""Wheel and source archive, built once for all test processes."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from release.build import Built, build, only

ROOT = Path(__file__).parents[2]
EPOCH = 1767225600


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The packages of the sources as they are here."""
    ours = tmp_path_factory.getbasetemp()
    shared = (ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours) / "packages"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            build(ROOT, shared, EPOCH)
            (shared / "done").touch()
    return Built(only(shared, "*.whl"), only(shared, "*.tar.gz"))
