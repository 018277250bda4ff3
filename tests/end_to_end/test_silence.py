"""Words of a mail stay in the mail, also where a server garbles it on the way: no log, no status, no store has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig.installed import AT_ONCE, Installed, installed
from tests.rig.scripted import Scripted

pytestmark = pytest.mark.server

CANARY = b"Your biopsy result is positive"
LISTED = b'* 1 FETCH (UID 5 RFC822.SIZE 90 INTERNALDATE "01-Nov-2026 10:00:00 +0000")\r\n%s OK done\r\n'
GARBLED = {
    "a literal announced too short": b"* 1 FETCH (UID 5 BODY[] {8}\r\nFrom: a\nSubject: "
    + CANARY
    + b"\r\n)\r\n%s OK\r\n",
    "an answer without an end": b"* 1 FETCH (UID 5 BODY[] ((" + CANARY + b"\r\n%s OK\r\n",
    "no answer at all but a mail": b"Subject: " + CANARY + b"\r\n\r\n",
    "a mail for a number": b"* 1 FETCH (UID " + CANARY + b" BODY[] {1}\r\nx)\r\n%s OK\r\n",
}


def everything(program: Installed, *done: str) -> bytes:
    stored = [path.read_bytes() for path in program.store.rglob("*") if path.is_file()]
    return b"".join([*stored, *(text.encode() for text in done)])


@pytest.mark.parametrize("answer", GARBLED.values(), ids=GARBLED)
def test_a_garbled_mail_is_nowhere_repeated(tmp_path: Path, answer: bytes) -> None:
    program = installed(tmp_path)
    program.keep_password()
    with Scripted({"UID SEARCH": b"* SEARCH 5\r\n%s OK done\r\n", "UID FETCH": LISTED}) as scripted:
        scripted.once("UID FETCH", then=answer)
        where = f'host = "127.0.0.1"\nport = {scripted.server().port}\ntls = "none"\n'
        program.configure(f"\n[[mailbox]]\n{where}{AT_ONCE}")
        done = program.triage("--debug", "poll")
    assert done.code == 69, done.err
    status = program.triage("status", "--json")
    assert '"error": ""' not in status.out
    said = everything(program, done.out, done.err, status.out)
    assert CANARY not in said
    assert b"biopsy" not in said


def test_a_fault_is_shown_without_what_it_was_about(tmp_path: Path) -> None:
    program = installed(tmp_path)
    done = program.triage("--debug", "demo", "--into", "/proc/nowhere")
    assert done.code == 66
    assert "File " in done.err, "a trace of where"
