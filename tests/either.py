"""For tests whose pipeline may remember in either kind of store."""

from __future__ import annotations

import pytest

either = pytest.mark.parametrize(
    "pipeline", ["sqlite", pytest.param("postgresql", marks=pytest.mark.server)], indirect=True
)
