"""Servers that say back what they were given, or what they hold: it goes no further than the connection.

Every error's sentence goes into the log, into `triage status` and into the store, so it is looked for in all of them.
"""

from __future__ import annotations

import base64
import logging
from contextlib import suppress
from pathlib import Path

import pytest

from tests.at_work import BEFORE, TEN, health, open_pipeline, receive, troubles
from tests.fakes import READER, FakeCourier
from tests.rig import smtp
from tests.rig.dovecot import PASSWORD
from tests.rig.scripted import Scripted
from tests.security import mails
from tests.security.canaries import files, leaks
from triage.courier.imap import ImapCourier
from triage.courier.smtp import SmtpCourier
from triage.errors import TriageError
from triage.mailbox.imap import ImapMailbox
from triage.service import Service, Watched
from triage.wire import Tls

pytestmark = pytest.mark.server

USER = "reader"
SIGN_IN = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
SMTP_SIGN_IN = base64.b64encode(f"\0{READER}\0{smtp.PASSWORD}".encode()).decode()
SECRETS = mails.SECRETS | {
    "password": PASSWORD,
    "sign-in": SIGN_IN,
    "its beginning": SIGN_IN[8:20],
    "its end": SIGN_IN[-14:-2],
    "employer": "Alderbridge",
}
LISTED = b'* 1 FETCH (UID 5 RFC822.SIZE 90 INTERNALDATE "01-Nov-2026 10:00:00 +0000")\r\n%s OK done\r\n'
QUOTED = f'"Subject: {mails.SUBJECT}" {mails.BODY}'.encode()
MONTH = TEN - BEFORE


def looked(folder: Path, server: Scripted, caplog: pytest.LogCaptureFixture) -> list[tuple[str, bytes]]:
    """One look at a mailbox, with whatever a service that fails in it writes down."""
    caplog.set_level(logging.DEBUG, "triage")
    pipeline = open_pipeline(folder)
    mailbox = ImapMailbox("home", server.server(), lambda: PASSWORD)
    with suppress(TriageError):
        Service(pipeline, [Watched(mailbox, 1, MONTH)], FakeCourier()).poll(Watched(mailbox, 1, MONTH))
    (found,) = health(pipeline)
    pipeline.store.close()
    return [("log", caplog.text.encode()), ("sentence", found.error.encode()), *files(folder)]


SIGN_INS = {
    "as it is": f'NO [AUTHENTICATIONFAILED] LOGIN {USER} "{PASSWORD}" failed',
    "by itself": f"NO {PASSWORD}",
    "in capitals": f"NO {PASSWORD.upper()} is not known",
    "with a quoted sign": 'NO "' + PASSWORD.replace("-", "\\-") + '" ' + PASSWORD,
    "as it travelled": f"NO cannot accept AUTHENTICATE PLAIN {SIGN_IN}",
    "in two pieces": f"NO bad initial response {SIGN_IN[:20]} {SIGN_IN[20:]}",
    "its beginning": f"NO bad token {SIGN_IN[:-6]}...",
    "coded alone": f"NO password {base64.b64encode(PASSWORD.encode()).decode()} is wrong",
    "as an unknown command": f"BAD syntax error near {PASSWORD}",
    "for now": f"NO [UNAVAILABLE] {PASSWORD} cannot be checked, try again",
    "as a code": f"NO [{PASSWORD}] no",
}


@pytest.mark.parametrize("answer", SIGN_INS.values(), ids=SIGN_INS)
def test_a_password_said_back_is_not_repeated(tmp_path: Path, answer: str, caplog: pytest.LogCaptureFixture) -> None:
    with Scripted({"LOGIN": f"%s {answer}\r\n".encode()}) as server:
        places = looked(tmp_path, server, caplog)
    assert b"127.0.0.1" in dict(places)["sentence"], "what happened is said all the same"
    assert leaks(places, SECRETS) == []


def test_a_password_said_back_in_a_goodbye_is_not_repeated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Scripted({"LOGIN": f"* BYE {USER} {PASSWORD} {SIGN_IN} tried too often\r\n".encode()}) as server:
        assert leaks(looked(tmp_path, server, caplog), SECRETS) == []


MAILS = {
    "refused": b"%s NO [SERVERBUG] cannot parse " + QUOTED + b"\r\n",
    "unknown": b"%s BAD near " + QUOTED + b"\r\n",
    "a goodbye in the middle": b"* BYE crashed at " + QUOTED + b"\r\n",
    "a word on the side": b"* OK [ALERT] " + QUOTED + b"\r\n%s NO no\r\n",
    "a code of its own": b"%s NO [" + QUOTED + b"] no\r\n",
    "no answer but the mail": QUOTED + b"\r\n",
}


@pytest.mark.parametrize("answer", MAILS.values(), ids=MAILS)
def test_a_mail_said_back_is_not_repeated(tmp_path: Path, answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with Scripted({"UID SEARCH": b"* SEARCH 5\r\n%s OK done\r\n", "UID FETCH": LISTED}) as server:
        server.once("UID FETCH", then=answer)
        assert leaks(looked(tmp_path, server, caplog), SECRETS) == []


LETTERS = {
    "AUTH": {"AUTH": f"535 5.7.8 AUTH PLAIN {SMTP_SIGN_IN}"},
    "AUTH in the clear": {"AUTH": f"535 5.7.8 {smtp.PASSWORD} is not your password"},
    "AUTH for now": {"AUTH": f"454 4.7.0 {smtp.PASSWORD} cannot be checked now"},
    "refused": {".": "554 5.7.1 blocked: Alderbridge Works wrote on, not taking your application"},
    "for later": {".": "451 4.7.1 greylisted: Alderbridge Works wrote on, not taking your application"},
    "a sender who is known": {"MAIL": f"550 5.1.0 {mails.SENDER}@{READER} may not"},
}
"""Only of our own letters is anything to be heard here; the last one is told without the address."""


@pytest.mark.parametrize("answers", LETTERS.values(), ids=LETTERS)
def test_what_a_server_says_of_a_letter_is_not_repeated(
    tmp_path: Path, answers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "triage")
    pipeline = open_pipeline(tmp_path / "store")
    receive(pipeline, "Alderbridge")
    pipeline.write(TEN)
    with smtp.sink(tmp_path, Tls.IMPLICIT) as sink:
        sink.answers.update(answers)
        courier = SmtpCourier(sink.server(READER), sink.password, READER, lambda _: False)
        assert pipeline.send(courier, TEN) == 0
    (trouble,) = troubles(pipeline)
    pipeline.store.close()
    assert "127.0.0.1" in trouble
    assert leaks([("log", caplog.text.encode()), ("trouble", trouble.encode())], SECRETS) == []
    secret = {"password": smtp.PASSWORD, "sign-in": f"\0{READER}\0{smtp.PASSWORD}"}
    assert leaks([("log", caplog.text.encode()), ("trouble", trouble.encode()), *files(tmp_path)], secret) == []


@pytest.mark.parametrize("answer", [b"%s NO cannot store ", b"* BYE while at "], ids=["refused", "a goodbye"])
def test_a_letter_said_back_by_an_imap_server_is_not_repeated(
    tmp_path: Path, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "triage")
    pipeline = open_pipeline(tmp_path / "store")
    receive(pipeline, "Alderbridge")
    pipeline.write(TEN)
    with Scripted(
        {"APPEND": b"+ go on\r\n", "APPEND END": answer + b"Alderbridge, taking your application\r\n"}
    ) as server:
        pipeline.send(ImapCourier(server.server(), lambda: PASSWORD), TEN)
    (trouble,) = troubles(pipeline)
    pipeline.store.close()
    assert "127.0.0.1" in trouble
    assert leaks([("log", caplog.text.encode()), ("trouble", trouble.encode())], SECRETS) == []
