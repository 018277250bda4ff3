"""`SmtpCourier` against a sink: one sender, one recipient, both the reader; and every answer told for what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Account
from tests.rig import smtp as rig
from tests.rig.client import mail
from tests.rig.ports import UNNAMED
from tests.rig.proxy import Proxy
from triage.courier import DeliveryError
from triage.courier.smtp import SmtpCourier
from triage.errors import ConfigError, CredentialError, ServerError
from triage.wire import Server, Tls

READER = "reader@example.net"
ID = "<letter.2@triage.invalid>"
LETTER = mail("Ihr Brief", "Kopf hoch.\r\n.Punkt vorn\r\n.\r\nEnde", message_id=ID)


@pytest.fixture(scope="module", params=list(Tls))
def any_sink(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Sink]:
    with rig.sink(tmp_path_factory.mktemp("sink"), request.param) as running:
        yield running


@pytest.fixture(scope="module")
def plain_sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Sink]:
    with rig.sink(tmp_path_factory.mktemp("sink"), Tls.NONE) as running:
        yield running


@pytest.fixture
def sink(plain_sink: rig.Sink) -> rig.Sink:
    """A sink that answers kindly again, with all it had forgotten."""
    for past in (plain_sink.letters, plain_sink.senders, plain_sink.recipients, plain_sink.sign_ins):
        past.clear()
    plain_sink.answers.clear()
    return plain_sink


def courier(server: Server) -> SmtpCourier:
    return SmtpCourier(server, rig.Sink.password, READER, lambda _: False)


def delivering(server: Server) -> str:
    """What came of an attempt, in a word."""
    try:
        courier(server).deliver(ID, LETTER)
    except DeliveryError as error:
        return "permanent" if error.permanent else "ambiguous" if error.ambiguous else "again"
    return "delivered"


def test_a_letter_goes_from_the_reader_to_the_reader(any_sink: rig.Sink) -> None:
    any_sink.letters.clear()
    courier(any_sink.server()).deliver(ID, LETTER)
    assert any_sink.letters == [rig.Accepted(READER, (READER,), LETTER)]
    assert set(any_sink.senders) == set(any_sink.recipients) == {READER}
    assert set(any_sink.sign_ins) == {READER}


def test_check_signs_in_and_sends_nothing(any_sink: rig.Sink) -> None:
    before = len(any_sink.senders)
    assert f"127.0.0.1:{any_sink.port}" in courier(any_sink.server()).check()
    with pytest.raises(CredentialError, match="triage login"):
        SmtpCourier(any_sink.server(), lambda: "falsch ä", READER, lambda _: False).check()
    assert len(any_sink.senders) == before


def test_without_a_user_nobody_signs_in(sink: rig.Sink) -> None:
    courier(replace(sink.server(), user="")).deliver(ID, LETTER)
    assert (len(sink.letters), sink.sign_ins) == (1, [])


def test_delivered_asks_the_mailbox(sink: rig.Sink) -> None:
    there = SmtpCourier(sink.server(), sink.password, READER, lambda message_id: message_id == ID)
    assert there.delivered(ID)
    assert not there.delivered("<other@triage.invalid>")

    def lost(_message_id: str) -> bool:
        raise ServerError("gone")

    with pytest.raises(DeliveryError, match="gone"):
        SmtpCourier(sink.server(), sink.password, READER, lost).delivered(ID)


STAGES = ("MAIL", "RCPT", "DATA", ".")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    ("reply", "permanent"),
    [
        ("421 going down", False),
        ("450 greylisted", False),
        ("452 full", False),
        ("500 what?", True),
        ("550 no such user", True),
        ("554 policy", True),
    ],
)
def test_a_no_is_never_ambiguous(sink: rig.Sink, stage: str, reply: str, permanent: bool) -> None:
    sink.answers[stage] = reply
    # A server that has read the letter may quote it: then only the code is told.
    with pytest.raises(DeliveryError, match=reply[:3] + '"' if stage == "." else reply) as caught:
        courier(sink.server()).deliver(ID, LETTER)
    assert (caught.value.permanent, caught.value.ambiguous) == (permanent, False)
    assert sink.letters == []
    assert len(sink.recipients) <= 1


@pytest.mark.parametrize("reply", ["535 5.7.8 wrong", "454 4.7.0 try again later", "535 too many attempts"])
def test_a_refused_sign_in_keeps_the_letter(sink: rig.Sink, reply: str) -> None:
    sink.answers["AUTH"] = reply
    with pytest.raises(DeliveryError) as caught:
        courier(sink.server()).deliver(ID, LETTER)
    assert (caught.value.permanent, caught.value.ambiguous) == (False, False)
    with pytest.raises(CredentialError if reply.endswith("wrong") else ServerError):
        courier(sink.server()).check()
    assert sink.recipients == []


@pytest.mark.parametrize(
    ("reply", "arrives", "outcome"),
    [
        ("250 Taken", 0, "ambiguous"),
        ("250 Taken", 1, "ambiguous"),
        ("250 Taken", 2, "ambiguous"),
        ("250 Taken", 3, "delivered"),
        ("250 Taken", 9, "delivered"),
        ("250-Taken\r\n250 indeed", 9, "ambiguous"),
        ("250-Taken\r\n250 indeed", 14, "delivered"),
        ("550 no", 2, "ambiguous"),
        ("550 no", 3, "permanent"),
        ("451 later", 3, "again"),
        ("999 what", 8, "ambiguous"),
        ("hello", 5, "ambiguous"),
    ],
)
def test_half_a_reply_is_no_reply(sink: rig.Sink, reply: str, arrives: int, outcome: str) -> None:
    """ "25" may be the beginning of a yes. smtplib takes it for a number."""
    sink.answers["."] = reply
    with Proxy(sink.port) as proxy:
        proxy.mute_after, proxy.allow = b"\r\n.\r\n", arrives
        assert delivering(sink.server(port=proxy.port)) == outcome


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS, Tls.NONE])
def test_every_cut_is_told_apart(tmp_path: Path, tls: Tls) -> None:
    """Wherever the line breaks, a letter that did arrive was never called undelivered for sure."""
    with rig.sink(tmp_path, tls) as sink, Proxy(sink.port) as proxy:
        for after in range(0, 400, 20) if tls is Tls.NONE else range(0, 2600, 130):
            sink.letters.clear()
            proxy.cut_after = after
            outcome = delivering(sink.server(port=proxy.port, timeout=2))
            assert outcome in ({"delivered", "ambiguous"} if sink.letters else {"again", "ambiguous"})
            proxy.cut()


def test_a_server_that_falls_silent_after_the_letter_is_ambiguous(sink: rig.Sink) -> None:
    with Proxy(sink.port) as proxy:
        sink.forward = lambda _data: setattr(proxy, "silent", True)
        with pytest.raises(DeliveryError) as caught:
            courier(sink.server(port=proxy.port, timeout=0.5)).deliver(ID, LETTER)
        sink.forward = lambda _data: None
    assert (caught.value.permanent, caught.value.ambiguous) == (False, True)
    assert len(sink.letters) == 1


def test_a_server_without_tls_gets_no_password(sink: rig.Sink) -> None:
    for tls in (Tls.STARTTLS, Tls.IMPLICIT):
        with pytest.raises(DeliveryError) as caught:
            courier(replace(sink.server(timeout=1), tls=tls)).deliver(ID, LETTER)
        assert not caught.value.permanent
    assert sink.sign_ins == []


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
@pytest.mark.parametrize(
    "change",
    [lambda server: replace(server, ca_file=None), lambda server: replace(server, host=UNNAMED)],
    ids=["unknown authority", "other host"],
)
def test_the_certificate_is_checked(tmp_path: Path, tls: Tls, change: Callable[[Server], Server]) -> None:
    with rig.sink(tmp_path, tls) as sink:
        with pytest.raises(DeliveryError, match="certificate") as caught:
            courier(change(sink.server())).deliver(ID, LETTER)
        assert not caught.value.ambiguous
        assert sink.sign_ins == []


@pytest.mark.server
def test_what_the_sink_takes_can_be_found_in_the_mailbox(sink: rig.Sink, account: Account) -> None:
    sink.forward = account.client.append
    courier(sink.server()).deliver(ID, LETTER)
    sink.forward = lambda _data: None
    assert account.client.bodies() == [LETTER]


BAD_READERS = [
    *("", "reader", "@", "a@", "@b", "<a@b>", "A <a@b>", "a@b@c", "a@b>", "ü@example.org", "a@ü.org", '"a b"@c'),
    *("a@b, c@d", "a@b c@d", "a@b;c@d", "a@b SIZE=1", "a@b\n", "a@b\0", "a@b\u2028", "a@b\r\nRCPT TO:<c@d>"),
]


@pytest.mark.parametrize("reader", BAD_READERS)
def test_only_one_plain_address_can_be_the_reader(reader: str) -> None:
    with pytest.raises(ConfigError, match="one plain address"):
        SmtpCourier(Server("127.0.0.1", 25, "", Tls.NONE), lambda: "", reader, lambda _: False)


@given(st.text(alphabet=st.sampled_from('ab@,;<> \r\n\t\0"()[]:\\.é'), max_size=12))
def test_whatever_is_taken_as_reader_is_one_address(reader: str) -> None:
    try:
        SmtpCourier(Server("127.0.0.1", 25, "", Tls.NONE), lambda: "", reader, lambda _: False)
    except ConfigError:
        return
    assert reader.count("@") == 1
    assert not set(reader) & set(',;<> \r\n\t\0"()[]:\\é')


def test_plain_text_to_another_machine_is_refused_at_once() -> None:
    with pytest.raises(ConfigError):
        courier(Server("smtp.example.org", 587, READER, Tls.NONE))
