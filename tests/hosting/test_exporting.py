"""A copy of what is kept goes to the member, and to nobody else: whole, and once, whatever becomes of the worker."""

from __future__ import annotations

import signal
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, select

from tests.hosting.colony import Colony, Person
from tests.rig import employers
from tests.rig import installed as rig
from tests.rig.dovecot import PASSWORD
from triage.cli.hosting.assemble import home
from triage.errors import InputError
from triage.hosting import exporting, members, queue
from triage.hosting.exporting import NAME, THEIR_SETTINGS, Exports
from triage.hosting.home import Home
from triage.hosting.looking import Outcome
from triage.hosting.sweep import Swept, sweep
from triage.store import FILE, Store
from triage.store import schema as t
from triage.store.backup import COPIED
from triage.store.postgres import MemberStore, acting_for, take
from triage.store.work import Memory

pytestmark = pytest.mark.server

COMPANY = "Alderbridge Works"
SILENCE = timedelta(seconds=20)
FOLLOWING = ("cursor", "health", "trial", "outlook")
"""What a look changes that comes later."""


@pytest.fixture
def engine(town: Colony) -> Iterator[Engine]:
    with town.desk.engine("worker") as opened:
        yield opened


def exports(town: Colony, engine: Engine, **more: Any) -> Exports:
    """A worker's hands for this, without the worker."""

    def build(member: int, fence: int) -> Home:
        return home(members.load(engine, town.desk.keys, member, fence))

    return Exports(engine, build, town.desk.keys, **more)


def copies(person: Person) -> list[EmailMessage]:
    """The letters in their mailbox that have a file with them."""
    return [one for one in rig.letters(person.client.bodies()) if list(one.iter_attachments())]


def unpacked(letter: EmailMessage) -> dict[str, bytes]:
    (file,) = letter.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (NAME, "application/zip")
    with zipfile.ZipFile(BytesIO(file.get_content())) as whole:
        assert whole.testzip() is None
        return {name: whole.read(name) for name in whole.namelist()}


def rows(store: Memory, *but: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that is in a store, but for these tables, copies as letters, and the mark of one."""
    queries = {one.name: select(one) for one in t.metadata.sorted_tables if one.name not in but}
    queries["letter"] = select(t.letter).where(~t.letter.c.about.startswith("copy "))
    queries["setting"] = select(t.setting).where(t.setting.c.name != COPIED)
    with store.reading() as work:
        return {
            name: sorted((tuple(row) for row in work.connection.execute(query)), key=repr)
            for name, query in queries.items()
        }


def job(town: Colony) -> list[tuple[Any, ...]]:
    return [one for one in town.jobs() if one[0] == "export"]


def ended(worker: subprocess.Popen[str]) -> None:
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0


# --- A real worker ------------------------------------------------------------------------------------------------


def test_it_lies_in_their_mailbox_and_works_on_a_machine_of_their_own(
    town: Colony, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "aside").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "aside"))
    robin, kim = town.settle(2)
    town.mail(robin, employers.rejection(COMPANY))
    worker = town.worker("--json")
    town.until(lambda: bool(town.told(robin)))
    assert town.desk.types("admin", "export", robin.handle, "--send").exit_code == 0
    town.until(lambda: bool(copies(robin)))
    town.hurry([robin])
    polled = town.row(robin, "polled")
    town.until(lambda: town.row(robin, "polled") > polled)  # it has read its own letter by now
    ended(worker)

    (letter,) = copies(robin)
    theirs = unpacked(letter)
    assert set(theirs) == {FILE, THEIR_SETTINGS}
    assert f'user = "{robin.client.user}"' in theirs[THEIR_SETTINGS].decode()
    assert PASSWORD.encode() not in theirs[THEIR_SETTINGS] + theirs[FILE]
    own = rig.installed(tmp_path / "own")
    own.folder.mkdir()
    own.configure('[[mailbox]]\nhost = "127.0.0.1"\n')
    (tmp_path / "own" / FILE).write_bytes(theirs[FILE])
    restored = own.triage("restore", str(tmp_path / "own" / FILE), "--yes")
    assert restored.code == 0, restored.err
    assert [line["company"] for line in own.log()] == [COMPANY]
    here, there = MemberStore(engine, robin.number, take(engine, robin.number)), Store(own.store)
    assert rows(there, *FOLLOWING) == rows(here, *FOLLOWING)
    there.close()

    assert (town.row(robin, "state"), town.row(robin, "wanted")) == ("active", None)
    assert (town.logged(robin), town.told(robin)) == ({COMPANY: 1}, {COMPANY: 1})
    assert not copies(kim)
    assert not list((tmp_path / "aside").iterdir())
    assert COMPANY not in town.said()
    assert robin.client.user not in town.said()


def test_a_worker_is_killed_in_the_midst_and_they_get_one(town: Colony) -> None:
    (robin,) = town.settle(1)
    town.mail(robin, employers.rejection(COMPANY))
    first = town.worker()
    town.until(lambda: bool(town.told(robin)))
    ended(first)
    town.desk.types("admin", "export", robin.handle, "--send")
    with psycopg.connect(town.database.superuser) as other:
        other.execute("SELECT FROM member WHERE id = %s FOR UPDATE", (robin.number,))
        second = town.worker()
        town.until(lambda: _waits_in(town, "hosting_hold"))  # the copy is made, and is to be put into the outbox
        assert ("export", str(robin.number), "doing") in town.jobs()
        second.kill()
        second.wait(10)
    assert town.ask("SELECT count(*) FROM letter WHERE about LIKE 'copy %%'") == [(0,)]
    assert town.row(robin, "wanted") is not None
    third = town.worker()
    town.until(lambda: town.row(robin, "wanted") is None)
    third.kill()  # wherever it is on the way from the outbox to the mailbox
    third.wait(10)
    town.worker()
    town.until(lambda: town.ask("SELECT sent FROM letter WHERE about LIKE 'copy %%' AND sent IS NOT NULL") != [])

    (letter,) = copies(robin)
    assert set(unpacked(letter)) == {FILE, THEIR_SETTINGS}
    assert town.ask("SELECT count(*) FROM letter WHERE about LIKE 'copy %%'") == [(1,)]
    town.until(lambda: not job(town))
    assert town.told(robin) == {COMPANY: 1}


def _waits_in(town: Colony, name: str) -> bool:
    """Does a worker wait for a lock in this function?"""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'triage_worker' AND wait_event_type = 'Lock'"
    return town.ask(f"{waiting} AND query LIKE %s AND datname = %s", f"%{name}%", town.database.name) != [(0,)]


# --- One step after the other -------------------------------------------------------------------------------------


def test_asked_with_its_job_or_not_at_all(town: Colony, engine: Engine) -> None:
    (robin,) = town.settle(1)
    now = datetime.now(UTC)
    for later in range(3):
        exporting.ask(engine, robin.number, now + timedelta(hours=later))
    assert job(town) == [("export", str(robin.number), "todo")]
    assert town.row(robin, "wanted") == now
    town.ask("UPDATE member SET state = 'suspended', wanted = NULL")
    town.ask("DELETE FROM procrastinate_jobs")
    with pytest.raises(InputError, match="active members only"):
        exporting.ask(engine, robin.number, now)
    assert (town.row(robin, "wanted"), job(town)) == (None, [])
    assert exports(town, engine).carry_out(robin.number) is Outcome.GONE


def test_a_lost_queue_loses_none(town: Colony, engine: Engine) -> None:
    robin, kim = town.settle(2)
    exporting.ask(engine, robin.number, datetime.now(UTC))
    town.ask("DELETE FROM procrastinate_jobs")
    with psycopg.connect(town.database.worker, autocommit=True) as connection:
        for _ in range(2):
            sweep(connection, SILENCE)
        assert job(town) == [("export", str(robin.number), "todo")]
        town.ask("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'export'")
        assert sweep(connection, SILENCE) == Swept(1, 0)
        assert job(town) == [("export", str(robin.number), "todo")]
    assert town.ask("SELECT args->>'deaths' FROM procrastinate_jobs WHERE task_name = 'export'") == [("1",)]
    assert town.row(kim, "wanted") is None


def test_two_workers_at_once_write_one(town: Colony, engine: Engine) -> None:
    """One was taken for dead, and wakes up when another one has made it."""
    (robin,) = town.settle(1)
    exporting.ask(engine, robin.number, datetime.now(UTC))
    with_another_in_between: list[Outcome] = []

    def build(member: int, fence: int) -> Home:
        if not with_another_in_between:
            with_another_in_between.append(Outcome.SUPERSEDED)
            with_another_in_between[0] = exports(town, engine).carry_out(member)
        return home(members.load(engine, town.desk.keys, member, fence))

    slow = Exports(engine, build, town.desk.keys)
    assert slow.carry_out(robin.number) is Outcome.SUPERSEDED
    assert with_another_in_between == [Outcome.DONE]
    assert town.ask("SELECT count(*) FROM letter") == [(1,)]
    assert town.row(robin, "wanted") is None


def test_one_that_is_on_its_way_is_not_in_the_next_one(town: Colony, engine: Engine) -> None:
    (robin,) = town.settle(1)
    for _ in range(2):
        exporting.ask(engine, robin.number, datetime.now(UTC))
        assert exports(town, engine).carry_out(robin.number) is Outcome.DONE
    with acting_for(engine, robin.number) as connection:
        first, second = connection.execute(select(t.letter.c.data).order_by(t.letter.c.id)).scalars()
    (letter,) = rig.letters([second])
    assert len(second) < 1.2 * len(first)
    store = town.desk.folder / "copy"
    store.mkdir()
    (store / FILE).write_bytes(unpacked(letter)[FILE])
    opened = Store(store)
    with opened.reading() as work:
        assert work.outbox.unsent() == 0
        assert work.notes.setting(COPIED)  # it does not know what is written here from now on
    opened.close()


def test_too_large_for_a_letter_is_told_and_not_tried_again(
    town: Colony, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    (robin,) = town.settle(1)
    exporting.ask(engine, robin.number, datetime.now(UTC))
    with caplog.at_level("ERROR", "triage"):
        assert exports(town, engine, largest=1000).carry_out(robin.number) is Outcome.FAILED
    assert f"triage admin export {robin.handle} FOLDER" in caplog.text
    assert (town.row(robin, "wanted"), town.ask("SELECT count(*) FROM letter")) == (None, [(0,)])


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_the_letter_speaks_as_all_others_do(town: Colony, engine: Engine, language: str) -> None:
    (robin,) = town.settle(1)
    exporting.ask(engine, robin.number, datetime.now(UTC))

    def build(member: int, fence: int) -> Home:
        loaded = members.load(engine, town.desk.keys, member, fence)
        loaded.config = replace(loaded.config, reader=replace(loaded.config.reader, language=language, name="Robin"))
        return home(loaded)

    assert Exports(engine, build, town.desk.keys).carry_out(robin.number) is Outcome.DONE
    with acting_for(engine, robin.number) as connection:
        data = connection.execute(select(t.letter.c.data)).scalar_one()
    (letter,) = rig.letters([data])
    assert letter["Content-Language"] == language
    assert letter.get_content_type() == "multipart/mixed"
    told = rig.text_of(letter)
    assert "Robin" in told
    assert FILE in told
    assert "{" not in told
    assert "Robin" not in letter["Subject"]
    page = letter.get_body(("html",))
    assert page is not None
    assert FILE in page.get_content()


def test_as_typed(town: Colony) -> None:
    (robin,) = town.settle(1)
    tried = town.desk.told("admin", "export", robin.handle, "--send", "--dry-run")
    assert job(town) == []
    assert town.desk.told("admin", "export", robin.handle, "--send") == tried
    assert job(town) == [("export", str(robin.number), "todo")]
    for both in ([], ["--send", "somewhere"]):
        assert "Say where to" in town.desk.types("admin", "export", robin.handle, *both).output


def test_by_the_code_from_their_enrolment(town: Colony) -> None:
    number, handle, code = town.desk.member()
    assert town.desk.told("copy", "-", stdin=f"{code}\n") == {"handle": handle, "wanted": True}
    assert job(town) == [("export", str(number), "todo")]
    with pytest.raises(InputError, match="not known"):
        town.desk.types("copy", "ABCD-EFGH-ABCD-EFGH-ABCD")


def test_it_keeps_no_mail_waiting(town: Colony, engine: Engine) -> None:
    """While it waits for another try, it holds up nothing of theirs."""
    (robin,) = town.settle(1)
    with psycopg.connect(town.database.worker, autocommit=True) as connection:
        town.ask("DELETE FROM procrastinate_jobs")
        queue.defer_export(connection, robin.number, datetime.now(UTC) + timedelta(hours=1), 3)
        queue.defer_poll(connection, robin.number)
        connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        fetched = connection.execute(
            "SELECT task_name FROM procrastinate_fetch_job_v2(ARRAY['triage']::varchar[],"
            " (SELECT max(id) FROM procrastinate_workers))"
        ).fetchone()
    assert fetched == ("poll",)
