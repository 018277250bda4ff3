"""What was seen of a server, as findings. Pure: what is seen, and the time, are given."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.checkup import Finding, note, ok, parted, wrong
from triage.checkup.network import Authority, Handshake
from triage.checkup.survey import Held, Listed
from triage.errors import InputError, ServerError
from triage.wire import Server, Tls, faults

SOON = timedelta(days=14)
"""A certificate that ends sooner should have been renewed by now."""
ASTRAY = timedelta(minutes=10)
"""More than clocks that are set differ by, and less than matters for a letter."""

_NOT_YET, _ENDED, _SELF, _SELF_IN_CHAIN, _HOST, _ADDRESS = 9, 10, 18, 19, 62, 64
"""OpenSSL's numbers of what can be wrong with a certificate (X509_V_ERR_..., x509_vfy.h)."""
_UNKNOWN = frozenset({_SELF, _SELF_IN_CHAIN, 2, 20, 21, 27})
_OLD = re.compile(r"UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|NO_PROTOCOLS|UNSUPPORTED_SSL_VERSION")
_PLAIN = re.compile(r"WRONG_VERSION_NUMBER|RECORD_LAYER|PACKET_LENGTH|HTTP_REQUEST")


def names_nobody(server: Server, error: OSError) -> Finding:
    """The server's name could not be looked up."""
    if isinstance(error, TimeoutError):
        how, remedy = "no name server answers", "Is this computer online?"
    elif isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        how, remedy = "the name servers cannot be reached", "Is this computer online?"
    else:
        how, remedy = "no server has this name", "Is it written as your provider writes it? Is this computer online?"
    return wrong("name", f"{server.host}: {how}.", remedy, ServerError.exit_code)


def connection_failed(server: Server, error: OSError) -> Finding:
    """Nobody answers there."""
    if isinstance(error, ConnectionRefusedError):
        remedy = "Check host and port. Is the server, or a bridge on this computer, running?"
        return wrong("connection", f"{faults.place(server)} takes no connections.", remedy, ServerError.exit_code)
    if isinstance(error, TimeoutError):
        how = f"{faults.place(server)} gave no answer for {server.timeout:g} seconds."
        remedy = "Check the port. A firewall, or the network you are in, may keep mail programs out."
        return wrong("connection", how, remedy, ServerError.exit_code)
    return wrong("connection", *parted(faults.connection(server, error)), ServerError.exit_code)


def connected(server: Server, addresses: Sequence[str]) -> Finding:
    where = f" ({addresses[0]})" if addresses and addresses[0] != server.host else ""
    return ok("connection", f"{faults.place(server)} answers{where}")


def unprotected() -> Finding:
    """Without TLS, which the configuration allows to this very machine only."""
    return ok("protection", "none, and none is needed: the server is on this computer")


def tls_failed(server: Server, error: OSError) -> Finding:
    """The server speaks, but no TLS that we take."""
    reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
    if _OLD.search(reason):
        how = f"{faults.place(server)} only speaks a TLS older than 1.2, which can be broken."
        return wrong("protection", how, "Ask your provider for another server.", ServerError.exit_code)
    if _PLAIN.search(reason):
        how = f"{faults.place(server)} does not begin with TLS."
        return wrong("protection", how, 'Is it the port for tls = "starttls"?', ServerError.exit_code)
    if isinstance(error, ConnectionError) and server.tls is Tls.STARTTLS:
        how = f"{faults.place(server)} did not agree to STARTTLS."
        remedy = 'Use tls = "implicit" and its port (993, or 465 for sending), if the provider has that.'
        return wrong("protection", how, remedy, ServerError.exit_code)
    return wrong("protection", *parted(faults.connection(server, error)), ServerError.exit_code)


def protection(server: Server, seen: Handshake, now: datetime) -> Finding:
    """The certificate and the version of TLS."""
    if seen.fault:
        return wrong("protection", *_refusal(server, seen, now), ServerError.exit_code)
    version = seen.version.replace("TLSv", "TLS ")
    if seen.certificate is None:
        return ok("protection", version)
    left, day = seen.certificate.ends - now, seen.certificate.ends.date()
    how = f"{version}, certificate good until {day} ({left.days:,} days)"
    first = min(seen.authorities, key=lambda one: one.ends, default=None)
    beyond = f", those of its authorities until {first.ends.date()}" if first else ""
    if left < SOON:
        remedy = "Whoever runs the server should have renewed it by now. If that is you: do so."
        return note("protection", how + beyond, remedy)
    if first and first.ends - now < SOON:
        return note("protection", f"{how}, but {_vouching(first)} ends on {first.ends.date()}", _NEW_AUTHORITY)
    return ok("protection", how + beyond)


def _vouching(authority: Authority) -> str:
    return f"the authority that vouches for it ({authority.name})" if authority.name else "an authority behind it"


_NEW_AUTHORITY = (
    "Whoever runs the server has to replace it. If other servers say the same, this computer's list of authorities is "
    "old: bring its system up to date."
)


def _refusal(server: Server, seen: Handshake, now: datetime) -> tuple[str, str]:
    """What is wrong with a certificate, and what to do."""
    shown = seen.certificate
    if seen.fault == _ENDED and shown and shown.ends > now:
        return _authority_ended(server, seen, now)
    if seen.fault == _ENDED:
        when = f" on {shown.ends.date()}" if shown else ""
        how = f"The certificate of {server.host} ended{when}."
        return how, f"Is this computer's clock right ({now.date()})? If so, whoever runs the server has to renew it."
    if seen.fault == _NOT_YET:
        when = f" from {shown.begins.date()} on" if shown else " later"
        how = f"The certificate of {server.host} is good only{when}."
        return how, f"This computer's clock is probably wrong: it says {now.date()}. Set it."
    if seen.fault in (_HOST, _ADDRESS):
        return _another_name(server, shown.names if shown else ())
    if seen.fault in _UNKNOWN:
        return _unknown_authority(server, self_made=shown is not None and shown.self_made)
    said = f" ({seen.said})" if seen.said else ""
    return f"The certificate of {server.host} was refused{said}.", "Ask whoever runs the server."


def _authority_ended(server: Server, seen: Handshake, now: datetime) -> tuple[str, str]:
    """It is good itself, but what vouches for it is not any more: the server's to mend, or this system's list."""
    ended = next((one for one in seen.authorities if one.ends <= now), None)
    who, when = (_vouching(ended), f" on {ended.ends.date()}") if ended else ("an authority behind it", "")
    return f"The certificate of {server.host} is good, but {who} ended{when}.", _NEW_AUTHORITY


def _another_name(server: Server, names: Iterable[str]) -> tuple[str, str]:
    known = [name for name in names if re.fullmatch(r"[\w.*:-]+", name, re.ASCII)]
    whose = f": it is for {', '.join(known[:3])}" if known else ""
    usable = [name for name in known if "*" not in name]
    try_this = f'If your provider names it so, write host = "{usable[0]}". ' if usable else ""
    remedy = f"{try_this}Otherwise somebody else may be answering: try another network."
    return f"The certificate is not for {server.host}{whose}.", remedy


def _unknown_authority(server: Server, *, self_made: bool) -> tuple[str, str]:
    if server.ca_file is not None:
        how = f"The certificate of {server.host} is none that {server.ca_file} vouches for."
        return how, "Save the server's certificate, or that of its authority, there anew."
    if self_made:
        how = f"{server.host} has made its certificate itself."
        return how, "If the server is yours, or a bridge on this computer, save its certificate and name it as ca_file."
    how = f"The certificate of {server.host} comes from an authority this computer does not know."
    remedy = "If the server is yours, name the authority's certificate as ca_file. Otherwise: try another network."
    return how, remedy


@dataclass(frozen=True, slots=True)
class Needs:
    """What the configuration makes of a server."""

    poll_minutes: int
    finds_drafts: bool = False
    """The folder for drafts is to be the one the server names."""


_EXTRAS = ("CONDSTORE", "UIDPLUS", "SPECIAL-USE")


def abilities(capabilities: Collection[str], needs: Needs) -> Finding:
    """What the server can do, by what it means for the person."""
    lacks = [name for name in _EXTRAS if name not in capabilities]
    rest = f"; without {', '.join(lacks)}, which makes no difference to you" if lacks else ""
    if needs.finds_drafts and "SPECIAL-USE" in lacks:
        how = "it does not say which folder is for drafts (no SPECIAL-USE)."
        return note("server", how, 'Write down its name: [drafts] folder = "Drafts".')
    if "IDLE" not in capabilities:
        how = f"does not tell of new mail by itself (no IDLE): a letter may begin {needs.poll_minutes} minutes later"
        return note("server", how + rest)
    return ok("server", f"tells of new mail at once (IDLE){rest}")


def folder(name: str, held: Held, days: int) -> Finding:
    """One watched folder."""
    messages = f"{held.messages:,} {'message' if held.messages == 1 else 'messages'}"
    return ok(f"folder {name}", f"{messages}, {held.recent:,} of the last {days} days")


def no_folder(name: str, error: InputError) -> Finding:
    how, names = parted(str(error))
    return wrong(
        f"folder {name}", how, f"Correct folders = [...] of this [[mailbox]]. {names}".strip(), error.exit_code
    )


_JOBS = re.compile(
    r"\b(?:jobs?|job.?search|careers?|recruit\w*|applications?|hiring|bewerb\w+|stellen\w*|karriere|arbeitssuche"
    r"|emplois?|candidatures?|recrutement|empleos?|trabajos?|candidaturas?|lavoro|candidature|vacatures?"
    r"|sollicitaties?|praca|rekrutacja|emprego|vagas?|jobb|ansökningar)\b",
    re.IGNORECASE,
)
_JUNK = re.compile(
    r"(?:^|[./\\ ])(?:spam\w*|junk(?: e-?mail)?|bulk(?: mail)?|unerwünscht|ind[ée]sirables?|pourriel|correo no deseado"
    r"|posta indesiderata|ongewenst(?:e e-?mail)?|niechciane|lixo(?: eletr[ôo]nico)?|skräppost)$",
    re.IGNORECASE,
)


def other_folders(all_of_them: Iterable[Listed], watched: Collection[str]) -> Finding | None:
    """What is not watched and may hold employers' mail; None where there is nothing of the kind."""
    watched = {name.upper() if name.upper() == "INBOX" else name for name in watched}
    rest = [one for one in all_of_them if one.name not in watched and one.name.upper() not in watched]
    junk = [one.name for one in rest if one.junk or _JUNK.search(one.name)]
    jobs = [one.name for one in rest if one.name not in junk and _JOBS.search(one.name.replace("_", " "))]
    if jobs:
        named = ", ".join(f'"{name}"' for name in jobs[:3])
        remedy = "If your filters put employers' mail there, add it to folders = [...] of this [[mailbox]]."
        return note("other folders", f"{named}: not watched", remedy)
    if junk:
        return ok("other folders", f'"{junk[0]}" is not watched: look into it yourself now and then')
    return None


def by_their_clock(newest: datetime | None, now: datetime) -> Finding | None:
    """A message that came in the future, by the server's clock, says that ours is slow. None: nothing to say."""
    if newest is None or newest - now < ASTRAY:
        return None
    minutes = int((newest - now).total_seconds() // 60)
    how = f"this computer is at least {minutes} minutes behind the mail server"
    return note("clock", how, "Set the clock: letters come by it, and certificates are judged by it.")
