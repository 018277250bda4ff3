"""Mails written to stop or to slow the program: judged like any other, with a word about what could not be read."""

from __future__ import annotations

import base64
import gzip
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.mutate import SLOW
from tests.mutated import asking, look
from triage.core.message import parse
from triage.core.values import Cursor, RawMessage

ROOM = 400
"""Megabytes beside those that a small mail takes: a mail of fifty in memory twice, and languages that are read."""
ONE = b"From: Bo <bo@acme.example>\nSubject: Your application\nMessage-ID: <1@acme.example>\n"
SORRY = b"\nDear Ann,\n\nunfortunately we have decided not to move forward with your application.\n"


def _text(words: str) -> bytes:
    return ONE + b"Content-Type: text/plain; charset=utf-8\n\n" + words.encode()


def _bomb() -> bytes:
    """Four gigabytes would do no more: nothing that is attached is ever unpacked."""
    packed = base64.encodebytes(gzip.compress(gzip.compress(b"\0" * (20 << 20))))
    part = b"Content-Type: application/zip; name=../../../../tmp/pwn\nContent-Transfer-Encoding: base64\n"
    part += b"Content-Disposition: attachment; filename=../../../../tmp/pwn\nContent-Encoding: gzip\n\n" + packed
    return ONE + b"Content-Type: multipart/mixed; boundary=q\n\n--q\n" + SORRY + b"\n--q\n" + part + b"\n--q--\n"


def _nested(levels: int) -> bytes:
    return (
        ONE
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(levels))
        + SORRY
    )


HOSTILE = {
    "nothing": (b"", "no header"),
    "a word of no charset": (b"s:=?\x00?q?o?=", "no Message-ID"),
    "an address of half a word": (b" \nTo:=?8?B?Q?=<>", "no Message-ID"),
    "a charset of NUL": (b" \nContent-Type:charset=\x00\n\xe3", "no Message-ID"),
    "a mail that ends in its type": (
        b" \nContent-Type:message/\n\n \nContent-Type:multipart/;boundary",
        "no Message-ID",
    ),
    "an id in brackets": (b"From: a@b.example\nMessage-ID: <[abc@def.com]>\n" + SORRY, ""),
    "two thousand brackets": (ONE + b"To: " + b"(" * 2_000 + b"\n" + SORRY, ""),
    "a thousand levels": (_nested(1_000), "too many nested parts"),
    "twenty thousand parts": (
        ONE + b"Content-Type: multipart/mixed; boundary=q\n\n" + b"--q\n\nx\n" * 20_000,
        "too many parts",
    ),
    "three thousand parameters": (ONE + b"Content-Type: text/plain" + b";\n a*1=x" * 3_000 + b"\n" + SORRY, ""),
    "a packed bomb": (_bomb(), ""),
    "a word again and again": (_text("un" + "fort " * 50_000), ""),
    "a pronoun again and again": (_text("we " * 100_000), ""),
    "a refusal again and again": (_text("Unfortunately, we will not be moving forward with you. " * 20_000), ""),
    "a refusal without an end": (_text("we are sorry to say that unfortunately we cannot, if not " * 20_000), ""),
    "one line": (_text("a" * (1 << 20)), "longer than is read"),
    "one sentence": (_text("we regret " * 100_000), ""),
    "nobody can see it": (_text("\u200b" * 100_000), ""),
    "ligatures of eighteen letters": (_text("\ufdfa" * 100_000), ""),
    "dates": (
        _text("We would like to invite you to an interview on Monday, 3 March 2025 at 14:30 or by 12.03.\n" * 9_000),
        "",
    ),
    "clocks": (_text("Interview invitation: 14 h 30 om 13.15 kl. 12 um 9 uhr " * 9_000), ""),
    "names": (ONE.replace(b"Bo <", b"\\1 {{7*7}} {0.__class__} %s ${x} </td><script> <") + SORRY, ""),
    "a subject that injects": (b"Subject: =?utf-8?q?Unfortunately=0D=0ABcc=3A_evil=40x.y?=\n" + SORRY, "no Message-ID"),
    "a poo that injects": ("Subject: A \U0001f4a9 =?UTF-8?Q?=0A?=Bcc: i@e.com\n".encode() + SORRY, "no Message-ID"),
    "two senders": (b"From: eve@evil.example\n" + ONE + SORRY, "several From fields"),
    "a forged word of the server": (ONE + b"Authentication-Results: mx; dkim=pass\n" * 900 + SORRY, ""),
    "a hundred receivers, named": (
        ONE
        + b"To: "
        + b", ".join(b'"We%d Regret%d" <a%d@b.example>' % (n, n, n) for n in range(300))
        + b"\n"
        + b"\n"
        + b"We1 Regret2 to say no, " * 40_000,
        "",
    ),
    "accents": (_text("e" + "\u0301\u0316" * 200_000), "endless accents"),
    "fifty megabytes": (_text("we regret to say no. " * 2_500_000), "longer than is read"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_judged_in_no_time(name: str) -> None:
    data, defect = HOSTILE[name]
    start = time.process_time()
    look(data, 0, asking())
    assert time.process_time() - start < SLOW
    noted = parse(RawMessage(Cursor("home", "INBOX", 1, 1), datetime(2026, 3, 9, tzinfo=UTC), data)).defects
    assert not defect or any(one.startswith(defect) for one in noted)


def _scan(path: Path) -> tuple[list[dict[str, object]], float]:
    """Every line that `triage scan` prints, and the most memory it took, in megabytes."""
    reading, writing = os.pipe()
    child = os.posix_spawn(
        sys.executable, [sys.executable, "-m", "triage", "scan", "--jsonl", str(path)], dict(os.environ),
        file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_CLOSE, reading)],
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading, "rb") as output:
        lines = output.read().splitlines()
    _, status, used = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return [json.loads(line) for line in lines], used.ru_maxrss / 1024


def test_all_of_them_in_one_folder_take_no_more_room_than_sound_ones(tmp_path: Path) -> None:
    sound = tmp_path / "sound.eml"
    sound.write_bytes(ONE + SORRY)
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for number, (data, _) in enumerate(HOSTILE.values()):
        (hostile / f"{number:02}.eml").write_bytes(data)
    (line,), usual = _scan(sound)
    lines, most = _scan(hostile)
    assert line["kind"] == "rejection"
    assert len(lines) == len(HOSTILE)
    assert most < usual + ROOM
