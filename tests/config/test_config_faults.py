"""What is said about an unsound configuration: all of it at once, with its line, and never a word of a secret."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.config.load import load, parse
from triage.errors import ConfigError

READER = '[reader]\naddress = "ada@example.org"\n'
IMAP = '[[mailbox]]\nhost = "imap.example.org"\n'
MAILDIR = '[[mailbox]]\nkind = "maildir"\npath = "/mail/ada"\n'
CANARY = "hunter2xyzzy"


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as raised:
        parse(text, "c.toml")
    assert raised.value.exit_code == 78
    return raised.value.problems


def only_fault(text: str) -> str:
    (fault,) = faults(text)
    return fault


SETTINGS = [
    # Under which table, the line, and what must be said about it.
    ("reader", 'adress = "x"', "did you mean address?"),
    ("reader", "name = 3", "expected one line of text, found a number"),
    ("reader", r'name = "a\u0007b"', "expected one line of text"),
    ("reader", 'language = "it"', 'expected "en", "de", "fr" or "es"'),
    ("reader", 'time_zone = "Europe/Berln"', 'did you mean "Europe/Berlin"?'),
    ("reader", 'time_zone = "europe/berlin"', 'did you mean "Europe/Berlin"?'),
    ("reader", 'time_zone = "Europe"', "expected the IANA name"),
    ("reader", 'time_zone = "../../etc/passwd"', "expected the IANA name"),
    ("reader", 'country = "Germany"', "expected the two letters of a country"),
    ("reader", 'country = "XX"', 'such as "GB" or "DE"'),
    ("reader", "country = 49", "found a number"),
    ("reader", "hour = 10:00:00", "belongs under [letters]"),
    ("reader", "zzz = 1", "there are address, name, language, mail_languages, time_zone"),
    ("mailbox", "port = 0", "expected a whole number from 1 to 65535, found 0"),
    ("mailbox", "port = 65536", "found 65536"),
    ("mailbox", 'port = "993"', "did you mean 993 without quotation marks?"),
    ("mailbox", "port = 993.0", "found 993.0"),
    ("mailbox", "port = true", "found true"),
    ("mailbox", "port = 1979-05-27", "found a date or a time"),
    ("mailbox", 'tls = "startls"', 'did you mean "starttls"?'),
    ("mailbox", 'tls = "none"', "allowed to this machine only"),
    ("mailbox", "poll_minutes = 30", "from 1 to 29, found 30"),
    ("mailbox", "timeout_seconds = 0", "a whole number of seconds from 1 to 300, found 0"),
    ("mailbox", "timeout_seconds = 301", "from 1 to 300, found 301"),
    ("mailbox", "timeout_seconds = 1.5", "found 1.5"),
    ("courier", "timeout_seconds = 30", 'is for kind = "smtp"'),
    ("mailbox", "look_back_days = -1", "from 0 to 3650, found -1"),
    ("mailbox", 'authserv_id = "mx; dmarc=pass"', "expected the name your mail server gives itself"),
    ("mailbox", "folders = []", "expected a list of mail folders"),
    ("mailbox", 'folders = "INBOX"', "expected a list of mail folders"),
    ("mailbox", 'folders = ["A", "A"]', "stands here twice"),
    ("mailbox", 'path = "/mail"', 'is for kind = "maildir", and this table is of kind = "imap"'),
    ("mailbox", 'ca_file = "ca.pem"', "starts with / or ~"),
    ("mailbox", 'ca_file = "~nobody-of-this-name/ca.pem"', "starts with / or ~"),
    ("mailbox", 'name = "a/b"', "without / and :"),
    ("mailbox", 'name = "büro"', "in ASCII"),
    ("letters", 'hour = "9:00"', 'did you mean "09:00"?'),
    ("letters", 'hour = "24:00"', 'from "00:00" to "23:59"'),
    ("letters", "hour = 10:00:30", 'a time of day as "HH:MM"'),
    ("letters", "hour = 10", "found a number"),
    ("letters", 'hour = "07:59"', "would fall into the quiet hours"),
    ("letters", 'hour = "20:00"', "would fall into the quiet hours"),
    ("letters", 'hour = "00:00"', "would fall into the quiet hours"),
    ("letters", 'weekends = "true"', "did you mean true without quotation marks?"),
    ("letters", "weekends = 1", "expected true or false, found a number"),
    ("letters", "most_per_day = 0", "found 0"),
    ("letters", f"most_per_week = 0x{'f' * 9000}", "found a number"),
    ("letters", "most_per_week = nan", "found a number"),
    ("letters", 'tone = "gentel"', 'did you mean "gentle"?'),
    ("letters", 'templates = "templates"', "starts with / or ~"),
    ("courier", 'kind = "smpt"', 'expected "imap", "smtp" or "maildir", found a text that does not fit'),
    ("courier", 'kind = "smpt"', 'did you mean "smtp"?'),
    ("courier", "kind = 3", "found a number"),
    ("courier", f"kind = 0x{'f' * 9000}", "found a number"),
    ("courier", 'host = "smtp.example.org"', 'is for kind = "smtp", and this table is of kind = "imap"'),
    ("courier", 'path = "/mail"', 'is for kind = "maildir"'),
    ("courier", 'mailbox = "work"', "expected the name of one [[mailbox]]"),
    ("drafts", "folder = true", 'expected the name of a mail folder, such as Drafts, or "auto", or "", found true'),
    ("drafts", r'folder = "a\u0007b"', "the name of a mail folder"),
    ("drafts", 'mailbox = "work"', "this setting belongs under [courier]"),
    ("store", 'path = "log"', "starts with / or ~"),
    ("privacy", "keep_feedback = 0", "expected true or false"),
]


@pytest.mark.parametrize(("table", "line", "said"), SETTINGS)
def test_a_wrong_setting_is_named_with_its_line(table: str, line: str, said: str) -> None:
    heads = {"reader": READER, "mailbox": IMAP}
    before = "".join(text for name, text in heads.items() if name != table)
    text = f"{before}{heads.get(table, f'[{table}]' + chr(10))}{line}\n"
    fault = only_fault(text)
    heading = "[[mailbox]]" if table == "mailbox" else f"[{table}]"
    assert fault.startswith(f"c.toml:{text.count(chr(10))}: {heading} {line.split(maxsplit=1)[0]}: ")
    assert said in fault


@pytest.mark.parametrize(
    "address",
    ["", "ada", "a@x, b@y", "a@x b@y", "Ada <a@x>", "a@", "@x", "a@@x", r"a@x\r\nBcc: b@y", "a..b@x", "a@-x", "ä@x"],
)
def test_the_reader_has_exactly_one_address(address: str) -> None:
    assert "exactly one mail address" in only_fault(f'[reader]\naddress = "{address}"\n{IMAP}')


@pytest.mark.parametrize(
    "host", ["", "imap://imap.x.org", "a:b@imap.x.org", "imap.x.org:993", "x..y", "a b", r"x\n", "-x", "a" * 300]
)
def test_a_host_is_a_name_and_nothing_else(host: str) -> None:
    assert "the name of a mail server" in only_fault(f'{READER}[[mailbox]]\nhost = "{host}"\n')


@pytest.mark.parametrize("host", ["localhost.example.org", "128.0.0.1", "xlocalhost", "0.0.0.0", "::2"])
def test_plain_text_leaves_this_machine_under_no_name(host: str) -> None:
    assert "this machine only" in only_fault(f'{READER}[[mailbox]]\nhost = "{host}"\ntls = "none"\n')


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    text = 'x = 1\n[reader]\naddres = "a@b"\n[[mailbox]]\nport = 0\n[[mailbox]]\nkind = "pop"\n[lettres]\n'
    assert [": ".join(fault.split(": ")[:2]) for fault in faults(text)] == [
        "c.toml:1: x",
        "c.toml:2: [reader] address",
        "c.toml:3: [reader] addres",
        "c.toml:4: [[mailbox]] host",
        "c.toml:5: [[mailbox]] port",
        "c.toml:7: [[mailbox]] kind",
        "c.toml:8: lettres",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (IMAP, "[reader]: this is missing"),
        (READER, "[[mailbox]]: this is missing; write one table or more, with two brackets"),
        (f'{READER}[mailbox]\nhost = "x"', "with two brackets: [[mailbox]], found a table"),
        (f"{READER}[[mailbox]]\n", "[[mailbox]] host: this is missing; write the name of a mail server"),
        (f"mailbox = [3]\n{READER}", "[[mailbox]]: expected a table, found a number"),
        (f"mailbox = []\n{READER}", "found nothing in it"),
        (f"store = 3\n{READER}{IMAP}", "c.toml:1: [store]: expected a table, found a number"),
        (f"{READER}{IMAP}{IMAP}", "no. 1 and no. 2 have the same name"),
        (f"{READER}{MAILDIR}", 'write [courier] kind = "maildir" and path'),
        (f"{READER}{MAILDIR}[courier]\nkind='smtp'\nhost='h'\n[drafts]\nfolder='auto'", "c.toml:10: [drafts] folder: "),
        (f"{READER}{MAILDIR}user = 'x'\n[courier]\nkind = 'smtp'\nhost = 'h'", 'this table is of kind = "maildir"'),
        (f"{READER}{MAILDIR}[courier]\nkind = 'smtp'", "[courier] host: this is missing"),
        (f"{READER}{IMAP}[mailbox.elsewhere]\nx = 1", "[[mailbox]] elsewhere: there is no such setting here"),
        (f"[mailboxes]\n{READER}{IMAP}", "c.toml:1: mailboxes: there is no such setting; did you mean [[mailbox]]?"),
        (f"address = 'a@b'\n{READER}{IMAP}", "c.toml:1: address: this setting belongs under [reader]"),
        (f'"\\u001b[2J" = 1\n{READER}{IMAP}', r"c.toml:1: '\x1b[2J': "),
        (f"{READER}{IMAP}[letters]\nx.y.z = 1\n", "c.toml:6: [letters] x: "),
    ],
)
def test_a_wrong_shape_is_named(text: str, said: str) -> None:
    assert said in only_fault(text)


@pytest.mark.parametrize(
    "line",
    [
        f'password = "{CANARY}"',
        f'Passwd = "{CANARY}"',
        f'app_password = "{CANARY}"',
        f'token = ["{CANARY}"]',
        f'client_secret = {{ value = "{CANARY}" }}',
    ],
)
@pytest.mark.parametrize("before", ["", READER, READER + IMAP, READER + IMAP + "[courier]\n"])
def test_a_password_is_sent_to_login_and_not_repeated(before: str, line: str) -> None:
    told = "\n".join(faults(before + line))
    assert "run `triage login` instead" in told
    assert CANARY not in told


@pytest.mark.parametrize(("table", "line", "said"), SETTINGS)
def test_no_text_of_the_file_is_repeated(table: str, line: str, said: str) -> None:
    key = line.split(maxsplit=1)[0]
    text = f'[{table}]\n{key} = "{CANARY}"\nzzz = "{CANARY}"\n[zz]\ny = "{CANARY}"\n'
    assert CANARY not in "\n".join(faults(text.replace("[mailbox]", "[[mailbox]]")))


def test_the_first_error_does_not_travel_along() -> None:
    """pydantic's error, and any traceback printed from it, holds what was written."""
    with pytest.raises(ConfigError) as raised:
        parse(f'[reader]\npassword = "{CANARY}"', "c.toml")
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file holds no settings"),
        (b"# nothing but a comment\n", "the file holds no settings"),
        (b"\xff\xfea\x00", "is not UTF-8 text"),
        (b"[reader\n", "this is not TOML: Expected ']' at the end of a table declaration (at line 1, column 8)"),
        (b"[reader]\nname = Ada\n", "(at line 2, column 8). Texts need quotation marks"),
        (b"a = 1\na = 2\n", "this is not TOML"),
        (b"a = " + b"[" * 100_000, "nested far too deeply"),
        (b"a = " + b"9" * 5000, "far too long"),
        (b"# " * 200_000, "too large"),
    ],
)
def test_a_file_that_is_no_configuration_gets_one_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as raised:
        load(path)
    (problem,) = raised.value.problems
    assert problem.startswith(f"{path}: ")
    assert said in problem


def test_a_folder_or_nothing_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this is a folder"):
        load(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "missing.toml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_gets_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.touch(mode=0)
    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        load(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (READER + IMAP).encode())
    assert load(path).reader.address == "ada@example.org"


TOML_LINES = st.sampled_from(
    [
        *(line for _, line, _ in SETTINGS),
        *READER.splitlines(),
        *IMAP.splitlines(),
        *MAILDIR.splitlines(),
        *(
            "[letters]",
            "[courier]",
            "[store]",
            "[mailbox.x]",
            "[[courier]]",
            "[reader.x.y]",
            "a.b = {c = [1, {d = 2}]}",
        ),
        *(f'password = "{CANARY}"', f'user = "{CANARY}"', f'host = "{CANARY} "', ""),
    ]
)


@given(st.lists(TOML_LINES, max_size=12))
def test_every_text_becomes_a_configuration_or_sentences_with_lines(lines: list[str]) -> None:
    problems = told("\n".join(lines))
    assert all(problem.startswith("c.toml:") and problem.endswith((".", "?")) for problem in problems)
    assert not any(CANARY in problem or "\n" in problem for problem in problems)


def told(text: str) -> tuple[str, ...]:
    """What is wrong with `text`, and nothing where it is a sound configuration."""
    try:
        parse(text, "c.toml")
    except ConfigError as error:
        return error.problems or ("no problem was named",)
    return ()


@given(st.text(max_size=200))
def test_any_text_at_all_ends_in_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text, "c.toml")


def test_the_canary_would_be_seen() -> None:
    assert CANARY in str(tomllib.loads(f'password = "{CANARY}"'))
