"""One reader, and nobody else: at the sink of every test, on the wire, and in what a configuration may say."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from tests.core.letters.rich import HOSTILE, mailed
from tests.rig import smtp
from tests.rig.proxy import Proxy
from triage.courier.smtp import SmtpCourier
from triage.errors import ConfigError
from triage.wire import Server, Tls

READER = "reader@example.net"


@pytest.mark.server
@pytest.mark.parametrize("other", ["eve@evil.example", "READER@EXAMPLE.NET", "reader@example.net.evil.example"])
def test_the_sink_of_every_test_notices_anybody_else(tmp_path: Path, other: str) -> None:
    with pytest.raises(AssertionError, match="somebody else"):
        _addressed(tmp_path, other)


def _addressed(folder: Path, other: str) -> None:
    with smtp.sink(folder, Tls.NONE) as sink, smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.ehlo()
        client.login(READER, smtp.PASSWORD)
        client.mail(READER)
        client.rcpt(other)


LISTS = (
    f"{READER}, eve@evil.example", f"{READER},eve@evil.example", f"{READER} eve@evil.example",
    f"{READER};eve@evil.example", f"{READER}>\r\nRCPT TO:<eve@evil.example", f"{READER}\r\nBcc: eve@evil.example",
    f"{READER}\n", f"\r\n{READER}", f"<{READER}>", f"Us: {READER};", f"@evil.example:{READER}",
    f"{READER}%evil.example@relay.example\0", f'"a b"{READER}', f"{READER} ORCPT=x", f"{READER}\u2028",
    "réader@example.net", "reader@exämple.net", "", "postmaster",
)  # fmt: skip


@pytest.mark.parametrize("address", LISTS)
def test_a_courier_takes_one_plain_address(address: str) -> None:
    with pytest.raises(ConfigError, match="one plain address"):
        SmtpCourier(Server("127.0.0.1", 25, READER, Tls.NONE), smtp.Sink.password, address, lambda _: False)


@pytest.mark.server
def test_a_hostile_letter_is_one_letter_on_the_wire(tmp_path: Path) -> None:
    """What a server sees: one sender, one recipient, one end of the data, however line ends are read."""
    letter = mailed(HOSTILE)
    with smtp.sink(tmp_path, Tls.NONE) as sink, Proxy(sink.port) as proxy:
        SmtpCourier(sink.server(port=proxy.port), sink.password, READER, lambda _: False).deliver(
            letter.message_id, letter.data
        )
        (taken,) = sink.letters
    sent = bytes(proxy.sent)
    assert (taken.sender, taken.recipients) == (READER, (READER,))
    assert taken.data.rstrip() == letter.data.rstrip()
    lines = sent.split(b"\r\n")
    assert [line for line in lines if line.startswith(b".")] == [b"."]
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    spoken = [line.split(b":")[0].upper() for line in lines if line.upper().startswith((b"MAIL FROM", b"RCPT TO"))]
    assert spoken == [b"MAIL FROM", b"RCPT TO"]
