"""What a process asks of the network, as the kernel sees it: strace, read back."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.torture.tracing import why_not

MISSING = why_not()
ALLOWED = not MISSING
_CALL = re.compile(r"^\d+ +(?:\[[^]]*\] )?(\w+)\((.*)$")
_PLACE = re.compile(
    r'sa_family=(?P<family>AF_\w+)(?:, sun_path=(?P<path>@?"[^"]*"))?'
    r'(?:, sin6?_port=htons\((?P<port>\d+)\))?(?:.*?inet_(?:addr|pton)\((?:AF_INET6, )?"(?P<host>[^"]+)")?'
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was done on the network: places as "127.0.0.1:993" or a path, and the families sockets were made of."""

    places: frozenset[str]
    families: frozenset[str]
    programs: tuple[str, ...]
    """The programs that were started; the first is the one that was traced."""


def start(
    report: Path, command: Sequence[str], environ: Mapping[str, str], said: Path | None = None
) -> subprocess.Popen[str]:
    """The program itself as our child, with strace beside it: a signal reaches the program."""
    options = ("-D", "-f", "--seccomp-bpf", "-s", "0", "-e", "trace=%network,execve", "-o", str(report))
    with (said or Path(os.devnull)).open("a") as out:
        return subprocess.Popen(["strace", *options, *command], stdout=out, stderr=out, text=True, env=dict(environ))


def seen(report: Path, process: subprocess.Popen[str]) -> Seen:
    """Everything a process did that has ended."""
    end = time.monotonic() + 10
    while not re.search(rf"^{process.pid} +\+\+\+ ", report.read_text(), re.MULTILINE):
        assert time.monotonic() < end, "strace did not see its end"
        time.sleep(0.02)
    calls = [match.groups() for line in report.read_text().splitlines() if (match := _CALL.match(line))]
    asked = [text for name, text in calls if name in ("connect", "sendto", "sendmsg", "sendmmsg")]
    return Seen(
        frozenset(place for text in asked for place in _places(text)),
        frozenset(text.split(",")[0] for name, text in calls if name in ("socket", "socketpair")),
        tuple(text.split(",")[0] for name, text in calls if name == "execve" and text.endswith("= 0")),
    )


def _places(text: str) -> list[str]:
    return [_place(match) for match in _PLACE.finditer(text)]


def _place(match: re.Match[str]) -> str:
    if match["host"] and match["port"]:
        return f"{match['host']}:{match['port']}"
    return (match["path"] or match["family"]).strip('"')


def paths(report: Path, command: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Every path that a command, run to its end, asks the kernel for: to read, to write, to rename, to remove."""
    options = ("-f", "--seccomp-bpf", "-s", "4096", "-e", "trace=%file", "-o", str(report))
    subprocess.run(["strace", *options, *command], env=dict(environ), capture_output=True, timeout=60, check=True)
    return re.findall(r'"((?:[^"\\]|\\.)*)"', report.read_text(errors="replace"))
