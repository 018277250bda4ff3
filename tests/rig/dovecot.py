"""A real Dovecot of our own: its own directory, ports, certificates and users; gone when the test run is over."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.rig.ports import free_port
from triage.wire import Server, Tls

PASSWORD = "korrekt-Pferd"
"""Of every user. Any name is a user; a mailbox is made when it is first signed in to."""
SESSIONS = 8
"""What one user may have open at once."""
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
"""Where the programs are, also for those whose PATH has no places for administrators."""
START_SECONDS = 10.0
_WITH_PARENT = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
"""So that even a test run that is killed leaves no server behind."""

_CONFIGURATION = """
base_dir = {root}/run
state_dir = {root}/state
instance_name = triage-test
protocols = imap
listen = 127.0.0.1
log_path = {root}/log
{identity}
ssl = yes
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_verbose = yes
auth_failure_delay = 0
mail_location = sdbox:~/mail
mail_fsync = never
mail_max_userip_connections = {sessions}
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/home/%u
}}
service imap-login {{
{no_chroot}
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
{no_chroot}
  # Or a wrong password of one test slows down the sign-ins of the next.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
  # Once somebody makes it.
  mailbox Drafts {{
    special_use = \\Drafts
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running Dovecot. `port` takes plain text and STARTTLS, `tls_port` TLS; `authority` is its ca_file."""

    root: Path
    port: int
    tls_port: int
    authority: Path
    process: subprocess.Popen[bytes]

    def server(self, user: str, tls: Tls = Tls.NONE, timeout: float = 5.0) -> Server:
        """Where `user` signs in."""
        port = self.tls_port if tls is Tls.IMPLICIT else self.port
        return Server("127.0.0.1", port, user, tls, self.authority, timeout)

    def admin(self, *arguments: str) -> str:
        """Run `doveadm` against this instance."""
        command = ["doveadm", "-c", str(self.root / "dovecot.conf"), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout

    def renumber(self, user: str, uidvalidity: int, folder: str = "INBOX") -> None:
        """Give a folder another UIDVALIDITY, as a restored mailbox gets."""
        self.admin("mailbox", "update", "-u", user, "--uid-validity", str(uidvalidity), folder)

    def stop(self) -> None:
        """End it and all its children, and remove what it wrote."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        shutil.rmtree(self.root, ignore_errors=True)


_TOKENS = """
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2
}}
"""
_INTROSPECTION = """
introspection_url = {url}
introspection_mode = post
username_attribute = username
active_attribute = active
active_value = true
timeout_msecs = 5000
"""


def start(places: str = PLACES, introspection: str = "") -> Dovecot:
    """A Dovecot that answers, in about a tenth of a second. Raises RuntimeError saying why it could not be.

    With `introspection`, the address of an authorisation server (RFC 7662), it takes access tokens too, and asks there
    about each of them.
    """
    program = shutil.which("dovecot", path=places)
    if program is None or shutil.which("doveadm", path=places) is None:
        raise RuntimeError("These tests need a real IMAP server. On Debian: apt-get install dovecot-imapd")
    # Not below pytest's own directory: only its owner may enter that, and paths of Unix sockets must be short.
    root = Path(tempfile.mkdtemp(prefix="dc-", dir="/tmp"))
    root.chmod(0o755)
    port, tls_port = free_port(), free_port()
    _certify(root)
    tokens = _TOKENS.format(root=root) if introspection else ""
    (root / "dovecot.conf").write_text(_configuration(root, port, tls_port) + tokens)
    (root / "oauth2").write_text(_INTROSPECTION.format(url=introspection))
    process = subprocess.Popen(
        [*_WITH_PARENT, program, "-F", "-c", str(root / "dovecot.conf")],
        # Ten hours behind UTC: so its days are not ours, and times without a zone would show.
        env={**os.environ, "TZ": "TST10"},
        stdout=subprocess.DEVNULL,
        stderr=(root / "errors").open("wb"),
    )
    dovecot = Dovecot(root, port, tls_port, root / "authority.pem", process)
    try:
        _await_greeting(dovecot)
    except RuntimeError:
        dovecot.stop()
        raise
    return dovecot


def _configuration(root: Path, port: int, tls_port: int) -> str:
    (root / "home").mkdir()
    me = pwd.getpwuid(os.geteuid())
    # Dovecot gives no mail to root.
    owner = pwd.getpwnam("nobody") if me.pw_uid == 0 else me
    os.chown(root / "home", owner.pw_uid, owner.pw_gid)
    return _CONFIGURATION.format(
        root=root,
        port=port,
        tls_port=tls_port,
        identity=_identity(me),
        no_chroot="" if me.pw_uid == 0 else "  chroot =",
        uid=owner.pw_uid,
        gid=owner.pw_gid,
        password=PASSWORD,
        sessions=SESSIONS,
    )


def _identity(me: pwd.struct_passwd) -> str:
    """As root, Dovecot insists on the users it was packaged with. Anybody else can only be themselves."""
    if me.pw_uid == 0:
        return ""
    names = ("default_internal_user", "default_login_user")
    group = f"default_internal_group = {grp.getgrgid(me.pw_gid).gr_name}"
    return "\n".join([*(f"{name} = {me.pw_name}" for name in names), group])


def _certify(root: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(root / "authority.pem")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(root / "server.key")
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(root / "server.pem", append=True)


def _await_greeting(dovecot: Dovecot) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and dovecot.process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", dovecot.port), 1) as probe:
                if probe.recv(100).startswith(b"* OK"):
                    return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"Dovecot did not start: {_complaints(dovecot.root)}")


def _complaints(root: Path) -> str:
    found = [path.read_text(errors="replace")[-2000:] for path in (root / "errors", root / "log") if path.exists()]
    return "\n".join(found) or "and said nothing"
