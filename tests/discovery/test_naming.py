"""Addresses and host names, in the form that DNS uses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.discovery import naming
from triage.discovery.values import UnreachableError


@pytest.mark.parametrize(
    ("text", "domain", "shown"),
    [
        ("anna@example.org", "example.org", "example.org"),
        (" Anna+jobs@Example.ORG. ", "example.org", "example.org"),
        ("anna@straße.de", "xn--strae-oqa.de", "straße.de"),
        ("anna@bücher.example", "xn--bcher-kva.example", "bücher.example"),
        ("анна@почта.рф", "xn--80a1acny.xn--p1ai", "почта.рф"),
        ("anna@xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_addresses(text: str, domain: str, shown: str) -> None:
    address = naming.address(text)
    assert (address.domain, address.shown) == (domain, shown)
    assert str(address).endswith(f"@{shown}")


@pytest.mark.parametrize(
    "text",
    [
        "anna",
        "@example.org",
        "anna@",
        "anna@example",
        "anna@example..org",
        "anna@-x.example",
        "anna@127.0.0.1",
        "anna@[127.0.0.1]",
        "anna@exa mple.org",
        "an\nna@example.org",
        'an"na@example.org',
        f"anna@{'a' * 64}.example",
        f"anna@{'a.' * 130}example",
        "anna@\u200b.example",
        "anna@example.org\r\nRSET",
    ],
)
def test_no_addresses(text: str) -> None:
    with pytest.raises(UnreachableError):
        naming.address(text)


@given(st.text(max_size=60))
def test_whatever_is_a_host_can_be_asked_for(text: str) -> None:
    """And comes out the same when it is given again."""
    try:
        host = naming.host(text)
    except UnreachableError:
        return
    assert host.isascii()
    assert host == host.lower()
    assert naming.host(host) == host
    assert not set(host) & set(" /@:?#%\\\r\n\0")
