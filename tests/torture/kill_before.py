"""What was before each scenario, its configuration, and what there is to see of it beside the log and the inbox."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

from alembic import command as alembic
from alembic.config import Config
from sqlalchemy import create_engine

from tests.fakes import mail
from tests.rig import employers
from tests.rig.installed import AT_ONCE, READER, letters, text_of
from tests.torture.kill_ground import CREATE, POLL, Run, Scene, command
from tests.torture.kill_seen import Rows
from tests.torture.world import NOW
from triage.store import FILE

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START = NOW - DAY
"""When the empty mailbox was first looked at: what comes after is news."""
NEXT_DAY = NOW + DAY
NEXT_MONDAY = NOW + 6 * DAY
AFTER_TALK = NOW + 8 * DAY
"""The day after the talk to which `tests.fakes.mail` invites."""
TODAY = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
"""For a command that has the machine's own clock."""
FIRST = employers.COMPANIES[0]

# --- Configurations -------------------------------------------------------------------------------------------------


def inbox(scene: Scene) -> str:
    return scene.place.mailbox(more='name = "home"\n')


def two_folders(scene: Scene) -> str:
    return inbox(scene) + 'folders = ["INBOX", "Jobs"]\n'


def by_tls(scene: Scene) -> str:
    dovecot = scene.place.dovecot
    plain = inbox(scene).replace('tls = "none"', f'tls = "implicit"\nca_file = "{dovecot.authority}"')
    return plain.replace(f"port = {dovecot.port}", f"port = {dovecot.tls_port}")


def by_smtp(scene: Scene) -> str:
    return _smtp(scene, scene.ground.sink.port)


def _smtp(scene: Scene, port: int) -> str:
    return (
        f'{inbox(scene)}\n[courier]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {port}\nuser = "{READER}"\n'
        'tls = "none"\n'
    )


def encrypted(scene: Scene) -> str:
    """The first line belongs to [store], with which the configuration of a place begins."""
    return f"encrypted = true\n\n{inbox(scene)}"


def into_maildir(scene: Scene) -> str:
    return f'{inbox(scene)}\n[courier]\nkind = "maildir"\npath = "{scene.maildir.path}"\n'


def from_maildir(scene: Scene) -> str:
    path = scene.maildir.path
    return f'[[mailbox]]\nkind = "maildir"\npath = "{path}"\n\n[courier]\nkind = "maildir"\npath = "{path}"\n'


def with_drafts(scene: Scene) -> str:
    return f'{inbox(scene)}\n{AT_ONCE}\n[drafts]\nfolder = "auto"\n'


# --- What was before ------------------------------------------------------------------------------------------------


def nothing(_scene: Scene) -> None:
    """The very first start, in an empty mailbox: the store is made."""


def old_mail(scene: Scene) -> None:
    """A store, and a mailbox that was never looked at."""
    scene.do(Run(call=CREATE))
    writers = (employers.rejection, employers.acknowledgement, employers.interview, employers.rejection)
    for number, company in enumerate(employers.COMPANIES[:9]):
        scene.receive(NOW - (3 + 2 * number) * DAY, writers[number % 4](company))


def three_noes(scene: Scene) -> None:
    scene.look(START)
    scene.receive(START, *map(employers.rejection, employers.COMPANIES[:3]), employers.ordinary())


def good_and_bad(scene: Scene) -> None:
    """An invitation that is told at once, and noes that are due too."""
    three_noes(scene)
    scene.receive(NOW - HOUR, employers.interview(employers.COMPANIES[4]))


def told(scene: Scene) -> None:
    """One no, and its letter."""
    scene.look(START)
    scene.receive(START, employers.rejection(FIRST))
    scene.look(NOW)


def told_and_copied(scene: Scene) -> None:
    """There is a backup of it."""
    told(scene)
    scene.do(command("backup"))


def copied_by_itself(scene: Scene) -> None:
    """There is the backup of the day."""
    told(scene)
    scene.do(Run(NOW + HOUR, call=POLL))


def told_since_the_copy(scene: Scene) -> None:
    """A no, a backup, and another no; each has its letter."""
    told_and_copied(scene)
    scene.receive(NOW + HOUR, employers.rejection(employers.COMPANIES[5]))
    scene.look(NEXT_DAY)


def invited(scene: Scene) -> None:
    """An invitation to a talk on Tuesday, which was told."""
    scene.look(START)
    scene.receive(NOW - HOUR, mail("interview", "Skarv"))
    scene.look(NOW)


def talked(scene: Scene) -> None:
    invited(scene)
    scene.look(NEXT_MONDAY)


def noted(scene: Scene) -> None:
    """The letter after the talk is answered with a note."""
    talked(scene)
    scene.look(AFTER_TALK)
    scene.answer(AFTER_TALK + HOUR, "They asked about maps.", "Ana leads the team.")


def good_news_after_a_talk(scene: Scene) -> None:
    """Two letters in one tick."""
    talked(scene)
    scene.receive(AFTER_TALK - HOUR, employers.interview(FIRST))


def a_week(scene: Scene) -> None:
    """A no that was told, and since then a receipt of an application."""
    told(scene)
    scene.receive(NOW + 2 * DAY, employers.acknowledgement(employers.COMPANIES[1]))
    scene.look(NOW + 2 * DAY)


def reopened(scene: Scene) -> None:
    """An employer who said no, and was told to have, invites."""
    told(scene)
    scene.receive(NEXT_DAY - HOUR, employers.interview(FIRST))


def long_silence(scene: Scene) -> None:
    scene.look(START - 14 * DAY)
    companies = employers.COMPANIES[:2]
    scene.receive(START - 14 * DAY, *map(employers.acknowledgement, companies))
    scene.look(START - 13 * DAY)


def in_two_folders(scene: Scene) -> None:
    scene.place.client.create("Jobs")
    three_noes(scene)
    scene.receive(START, *map(employers.rejection, employers.COMPANIES[6:8]), folder="Jobs")


def renumbered(scene: Scene) -> None:
    """Everything that is known has another UID, and something new came."""
    three_noes(scene)
    scene.receive(START, *map(employers.acknowledgement, employers.COMPANIES[8:14]))
    scene.look(NOW)
    scene.place.dovecot.renumber(scene.place.user, 777777)
    scene.receive(NOW + HOUR, employers.rejection(employers.COMPANIES[20]))


def week_away(scene: Scene) -> None:
    """A score of answers at once."""
    scene.look(START)
    scene.receive(START, *map(employers.rejection, employers.COMPANIES[:14]))
    scene.receive(NOW - HOUR, *map(employers.interview, employers.COMPANIES[14:17]), employers.ordinary())
    scene.receive(NOW - HOUR, *map(employers.acknowledgement, employers.COMPANIES[17:20]))


def tried_before(scene: Scene) -> None:
    """The letter is written, and its first delivery has failed."""
    scene.look(START)
    scene.receive(START, employers.rejection(FIRST))
    scene.place.configure(_smtp(scene, 1))
    scene.look(NOW)
    scene.set_up()


def arrived_unmarked(scene: Scene) -> None:
    """The letter has arrived, and nobody lived to note it."""
    tried_before(scene)
    with closing(sqlite3.connect(scene.place.store / FILE)) as connection:
        (data,) = connection.execute("SELECT data FROM letter").fetchone()
    scene.place.client.append(data)


def maildir_noes(scene: Scene) -> None:
    scene.maildir.make()
    scene.look(START)
    for company in employers.COMPANIES[:3]:
        scene.maildir.add(employers.rejection(company), START)


def talked_today(scene: Scene) -> None:
    """By the machine's own clock, for the draft after a talk."""
    scene.place.client.create("Drafts")
    scene.look(TODAY - 7 * DAY)
    day = f"{TODAY - 2 * DAY:%-d %B %Y}".encode()
    scene.receive(TODAY - 6 * DAY, mail("interview", "Skarv").replace(b"10 March 2026", day))
    scene.look(TODAY - 6 * DAY)


def replied(*lines: str) -> Callable[[Scene], None]:
    """A letter about a no is answered, and another no came."""

    def prepare(scene: Scene) -> None:
        told(scene)
        scene.answer(NOW + HOUR, *lines)
        scene.receive(NOW + HOUR, employers.rejection(employers.COMPANIES[5]))

    return prepare


def older(version: str) -> Callable[[Scene], None]:
    """As with three noes, but one told, and the store as an older version of the program would have left it."""

    def prepare(scene: Scene) -> None:
        told(scene)
        scene.receive(START, *map(employers.rejection, employers.COMPANIES[1:3]))
        now, then = scene.place.store / FILE, scene.place.store / "older"
        _upgrade(f"sqlite:///{then}", version)
        with closing(sqlite3.connect(then)) as connection:
            connection.execute("ATTACH ? AS now", (str(now),))
            for (table,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
                if table != "alembic_version":
                    columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
                    connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}")
            connection.commit()
        then.replace(now)

    return prepare


def _upgrade(url: str, version: str) -> None:
    engine, config = create_engine(url), Config()
    config.set_main_option("script_location", "triage.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.upgrade(config, version)
    engine.dispose()


# --- What there is to see -------------------------------------------------------------------------------------------


def maildir_letters(scene: Scene) -> Rows:
    """Every letter in the Maildir; a copy more is a row more."""
    path = scene.maildir.path
    files = [file for part in ("new", "cur") for file in (path / part).glob("*")]
    found = letters([file.read_bytes() for file in files])
    return Counter(("letter", str(one["Message-ID"]), str(one["Subject"]), text_of(one)) for one in found)


def drafts(scene: Scene) -> Rows:
    client = scene.place.client
    bodies = client.bodies("Drafts") if client.flags("Drafts") else []
    return Counter(("draft", str(message_from_bytes(body)["Message-ID"])) for body in bodies)


def traces(scene: Scene) -> Rows:
    """The files in which something of the forgotten company can still be read."""
    files = [file for file in scene.place.store.rglob("*") if file.is_file()]
    return Counter(("trace", file.name) for file in files if FIRST.encode() in file.read_bytes())
