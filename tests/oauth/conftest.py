"""An authorisation server for each test, and a vault that is a variable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.rig.authority import CLIENT, SCOPES, Authority, authority
from triage.credentials import KeepingError
from triage.oauth import Client, Kept, other


class MemoryVault:
    """`triage.oauth.tokens.Vault` in memory. It can be broken."""

    def __init__(self, refresh: str = "", secret: str = "") -> None:
        self.text = Kept(refresh, secret).text if refresh else ""
        self.replaced: list[str] = []
        self.broken = False
        self.entered = 0

    def read(self) -> str:
        return self.text

    def replace(self, secret: str) -> None:
        if self.broken:
            raise KeepingError("The keyring is locked.")
        self.text = secret
        self.replaced.append(secret)

    @contextmanager
    def alone(self) -> Iterator[None]:
        self.entered += 1
        yield


@pytest.fixture
def server() -> Iterator[Authority]:
    with authority() as running:
        yield running


@pytest.fixture
def client(server: Authority) -> Client:
    """This program, as that server knows it."""
    url = server.url
    there = other(f"{url}/authorize", f"{url}/token", f"{url}/device", f"{url}/revoke", SCOPES)
    return Client(there, CLIENT, "robin", "triage login work")
