"""Nobody is called but the configured servers: seen at the system calls, and tried where there is nobody else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Account
from tests.end_to_end.test_letters_arrive import imap_table
from tests.rig import employers, smtp
from tests.rig.installed import AT_ONCE, COMMAND, READER, Installed, expect, installed, letters
from tests.security import beacons, tracing
from tests.security.alone import CANNOT
from triage.wire import Tls

needs_strace = pytest.mark.skipif(not tracing.ALLOWED, reason=tracing.MISSING)
pytestmark = pytest.mark.server
ROOT = Path(__file__).parents[2]


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """What the service manager listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        yield listening


def traced(program: Installed, *arguments: str) -> tracing.Seen:
    """What one command, run to its end, asks of the network."""
    report = program.folder / "trace"
    process = tracing.start(report, [*COMMAND, "--config", str(program.config), *arguments], program.environ)
    process.wait(60)
    return tracing.seen(report, process)


@needs_strace
def test_the_service_calls_its_servers_and_systemd(tmp_path: Path, account: Account, systemd: socket.socket) -> None:
    """Also where a mail asks in twenty ways to be fetched from, answered or confirmed."""
    program = installed(tmp_path)
    program.environ["NOTIFY_SOCKET"] = systemd.getsockname()
    with smtp.sink(tmp_path, Tls.IMPLICIT) as sink:
        sink.forward = account.client.append
        program.configure(
            imap_table(account, account.dovecot.port)
            + f'\n[courier]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\nuser = "{READER}"\n'
            f'ca_file = "{sink.authority}"\n'
        )
        program.keep_password(name="triage.password.home")
        program.keep_password(smtp.PASSWORD, name="triage.courier.password")
        report = tmp_path / "trace"
        command = [*COMMAND, "--debug", "--config", str(program.config), "run"]
        service = tracing.start(report, command, program.environ, tmp_path / "said")
        program.await_polled(service)
        account.client.append(beacons.mail(), employers.yesterday())
        expect(lambda: len(letters(account.client.bodies())) == 1, program.said)
        service.terminate()
        service.wait(15)
        assert set(sink.recipients) == {READER}
    seen = tracing.seen(report, service)
    servers = {f"127.0.0.1:{account.dovecot.port}", f"127.0.0.1:{sink.port}", systemd.getsockname()}
    assert seen.places == servers
    assert seen.families <= {"AF_INET", "AF_UNIX"}
    assert len(seen.programs) == 1, "no other program is started"


@needs_strace
def test_commands_call_nobody(tmp_path: Path, account: Account) -> None:
    """But for those that have business with the configured server."""
    program = installed(tmp_path)
    program.configure(imap_table(account, account.dovecot.port).replace(AT_ONCE, ""))
    program.keep_password()
    beacon = tmp_path / "beacon.eml"
    beacon.write_bytes(beacons.mail())
    account.client.append(beacons.mail(), employers.yesterday())
    assert traced(program, "poll").places == {f"127.0.0.1:{account.dovecot.port}"}
    assert len(program.log()) == 1
    into = str(tmp_path / "demo")
    for command in (["demo", "--weeks", "1", "--into", into], ["explain", str(beacon)], ["letter", "--preview"]):
        seen = traced(program, *command)
        assert (seen.places, seen.families, len(seen.programs)) == (frozenset(), frozenset(), 1), command


@needs_strace
def test_the_trace_would_show_others(tmp_path: Path) -> None:
    code = (
        "import socket, subprocess, contextlib as c\n"
        "for family, place in ((2, ('127.0.0.3', 9)), (10, ('::1', 9)), (1, '/nowhere')):\n"
        "    with c.suppress(OSError): socket.socket(family).connect(place)\n"
        "socket.socket(2, 2).sendto(b'x', ('127.0.0.2', 53))\n"
        "subprocess.run(['true'])\n"
    )
    process = tracing.start(tmp_path / "trace", [sys.executable, "-c", code], os.environ)
    process.wait(20)
    seen = tracing.seen(tmp_path / "trace", process)
    assert seen.places == {"127.0.0.3:9", "::1:9", "/nowhere", "127.0.0.2:53"}
    assert seen.families == {"AF_INET", "AF_INET6", "AF_UNIX"}
    assert len(seen.programs) == 2


# --- In a network of its own ----------------------------------------------------------------------------------------


@pytest.mark.timeout(400)
def test_all_works_where_there_is_nobody_else() -> None:
    """Dovecot, a mail sink and the service, in a network that is nothing but a loopback of its own."""
    command = ["unshare", "--net", sys.executable, "-m", "tests.security.alone"]
    try:
        done = subprocess.run(
            [*command, "tests/end_to_end/test_letters_arrive.py::test_by_smtp"],
            cwd=ROOT, capture_output=True, text=True, timeout=380, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("unshare (util-linux) is not installed")
    if "unshare failed" in done.stderr or done.returncode == CANNOT:
        pytest.skip(f"no network of its own is to be had here: {done.stderr.strip() or 'it has a way out'}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
