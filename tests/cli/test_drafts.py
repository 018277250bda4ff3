"""`triage draft` as a person runs it: what fits is listed, printed, or put into their folder, and nothing is sent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import Account
from tests.rig import employers, smtp
from tests.rig.installed import AT_ONCE, READER, Finished, Installed, installed
from tests.rig.proxy import Proxy
from triage.cli.drafts import draft
from triage.cli.settings import Settings
from triage.core.acts import Act
from triage.core.values import Application, Details, Event, Kind
from triage.errors import TriageError
from triage.store import Store, Work
from triage.wire import Tls

pytestmark = pytest.mark.server

FEEDBACK = ("draft", "1", "--kind", "feedback")


@dataclass(frozen=True)
class Desk:
    """A reader with a mailbox, a mail server for letters, and four applications."""

    program: Installed
    account: Account
    sink: smtp.Sink

    def __call__(self, *arguments: str) -> Finished:
        return self.program.triage(*arguments)

    def quickly(self, *arguments: str) -> Finished:
        """The same within this process: for what does not depend on how the program starts and ends."""
        command = list(arguments[1:])
        ran = CliRunner(env=self.program.environ).invoke(draft, command, obj=Settings(self.program.config))
        error = ran.exception
        if isinstance(error, TriageError):
            return Finished(error.exit_code, ran.stdout, str(error))
        assert error is None or isinstance(error, SystemExit), repr(error)
        return Finished(ran.exit_code, ran.stdout, ran.stderr)

    def configure(self, drafts: str, port: int = 0) -> None:
        where = f'host = "127.0.0.1"\nport = {port or self.account.dovecot.port}\ntls = "none"\n'
        self.program.configure(
            f'\n[[mailbox]]\nname = "home"\n{where}user = "{self.account.user}"\nfolders = ["INBOX", "Drafts"]\n'
            f'\n[courier]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {self.sink.port}\n'
            f'ca_file = "{self.sink.authority}"\n'
            f"{AT_ONCE}\n[drafts]\n{drafts}\n"
        )

    def drafts(self) -> list[bytes]:
        return self.account.client.bodies("Drafts")

    def acts(self) -> list[tuple[int, str, bool]]:
        """What the store knows of drafts taken: for which application, of which kind, and whether it was put."""
        with self.store() as work:
            return [(act.application, act.text, bool(act.key)) for act in work.acts.all()]

    def store(self) -> AbstractContextManager[Work]:
        return Store(self.program.store).reading()


@pytest.fixture
def desk(tmp_path: Path, account: Account) -> Iterator[Desk]:
    with smtp.sink(tmp_path, Tls.IMPLICIT) as sink:
        program = installed(tmp_path)
        program.keep_password(name="triage.password.home")
        program.keep_password(smtp.PASSWORD, name="triage.courier.password")
        account.client.create("Drafts")
        desk = Desk(program, account, sink)
        desk.configure('folder = "auto"')
        fill(Store(program.store))
        yield desk


def fill(store: Store) -> None:
    """A no by a person after a talk (1), by a system to papers (2), an offer (3), and one that is open (4)."""
    now = datetime.now(UTC)
    talk = Details(interview_at=f"{now - timedelta(days=4):%Y-%m-%d}")
    mails = [
        (1, Kind.INTERVIEW, 9, False, talk),
        (1, Kind.REJECTION, 1, True, Details()),
        (2, Kind.ACKNOWLEDGEMENT, 9, False, Details()),
        (2, Kind.REJECTION, 2, False, Details()),
        (3, Kind.OFFER, 1, True, Details()),
        (4, Kind.ACKNOWLEDGEMENT, 8, False, Details()),
    ]
    with store.writing() as work:
        for name in ("Alderbridge Works", "Birchfield Studio", "Copperhaven Foods", "Driftmere Systems"):
            work.log.begin(Details(company=name, role="Data Analyst"))
        for number, (application, kind, ago, human, details) in enumerate(mails):
            event = Event(
                key=f"key-{number}",
                message_id=f"<{number}@employer.example>",
                mailbox="home",
                folder="INBOX",
                received=now - timedelta(days=ago),
                kind=kind,
                confidence=0.9,
                details=replace(details, company="Alderbridge Works", role="Data Analyst"),
                human=human,
                application=application,
            )
            work.log.record(event)
    store.close()


def nothing_was_sent(desk: Desk) -> bool:
    """No letter, no recipient, no sender, and not even a sign-in at the mail server; and nothing in the inbox."""
    sink = desk.sink
    return not (sink.letters or sink.recipients or sink.senders or sink.sign_ins or desk.account.client.bodies())


def test_what_fits_is_listed(desk: Desk) -> None:
    listed = json.loads(desk.quickly("draft", "--json").out)
    assert [(one["application"], one["kind"], one["taken"]) for one in listed] == [
        (1, "feedback", ""),
        (1, "thanks", ""),
        (4, "withdrawal", ""),
    ]
    done = desk.quickly("draft")
    assert (done.code, done.err) == (0, "")
    assert "Alderbridge Works" in done.out
    assert "Birchfield" not in done.out
    assert [one["kind"] for one in json.loads(desk.quickly("draft", "4", "--json").out)] == ["withdrawal"]
    assert "No draft fits now" in desk.quickly("draft", "2").err
    assert desk.acts() == []


def test_one_is_printed_to_copy(desk: Desk) -> None:
    done = desk.quickly(*FEEDBACK)
    assert done.code == 0, done.err
    assert done.out.startswith("Dear [Name],\n\nThank you")
    assert "Data Analyst" in done.out
    assert done.out.endswith("Kind regards,\nRobin\n")
    assert "To fill in: [Name], [a topic]." in done.err
    assert "answer to the last mail from Alderbridge Works" in done.err
    again = desk.quickly(*FEEDBACK)
    assert again.out == done.out
    assert "Taken before" in again.err
    assert desk.acts() == [(1, "feedback", False)]
    taken = {one["kind"]: one["taken"] for one in json.loads(desk.quickly("draft", "--json").out)}
    assert bool(taken["feedback"]) > bool(taken["thanks"])
    assert nothing_was_sent(desk)
    assert desk.drafts() == []


def test_in_the_language_of_the_employer(desk: Desk) -> None:
    told = json.loads(desk.quickly(*FEEDBACK, "--language", "de", "--json", "--dry-run").out)
    assert told["text"].startswith("Guten Tag [Name],")
    assert (told["to"], told["put"]) == ("", "")
    assert told["gaps"][0] in told["text"]
    assert desk.acts() == []


def test_one_is_put_into_the_folder_once_and_nothing_is_sent(desk: Desk) -> None:
    done = desk.quickly(*FEEDBACK, "--put")
    assert done.code == 0, done.err
    assert "added" in done.err
    (data,) = desk.drafts()
    found = message_from_bytes(data, policy=policy.default)
    assert (found["To"], found["Cc"], found["Bcc"]) == (None, None, None)
    assert READER in found["From"]
    assert found.get_content().replace("\r\n", "\n") == done.out
    assert desk.account.client.flags("Drafts") == {1: frozenset({r"\Draft"})}
    assert "there already" in desk.quickly(*FEEDBACK, "--put").err
    assert len(desk.drafts()) == 1
    assert desk.acts() == [(1, "feedback", True)]
    assert nothing_was_sent(desk)


def test_every_draft_there_is_and_nothing_is_sent(desk: Desk) -> None:
    """With a mail server for letters that works, and is configured: no command and no option brings a draft to it."""
    for application, kind in (("1", "feedback"), ("1", "thanks"), ("4", "withdrawal")):
        for how in ((), ("--dry-run",), ("--put", "--dry-run"), ("--put",), ("--put", "--json")):
            assert desk.quickly("draft", application, "--kind", kind, *how).code == 0
    assert desk("draft", "1", "--kind", "thanks", "--put").code == 0
    assert len(desk.drafts()) == 3
    assert desk.account.client.flags("Drafts") == dict.fromkeys((1, 2, 3), frozenset({r"\Draft"}))
    assert nothing_was_sent(desk)


def test_the_command_does_not_even_load_what_sends(desk: Desk) -> None:
    code = (
        "import sys; from triage.cli import cli\n"
        f"cli.main(['--config', {str(desk.program.config)!r}, 'draft', '1', '--kind', 'thanks', '--put'], 'triage', "
        "standalone_mode=False)\n"
        "looked_for = {'smtplib', 'triage.wire.smtp', 'triage.courier.smtp', 'imapclient'}\n"
        "print('loaded:', *sorted(looked_for & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=desk.program.environ, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "loaded: imapclient"
    assert len(desk.drafts()) == 1


def test_our_own_draft_is_no_mail_of_an_employer(desk: Desk) -> None:
    """Also where the folder of drafts is watched, and where the reader sends it to themselves.

    And the mail server that is looked at here is where mail really comes out: the letter about the other mail does.
    """
    desk("poll")
    before = desk.program.log()
    desk.quickly(*FEEDBACK, "--put")
    desk.account.client.append_all([(data, None) for data in desk.drafts()])
    desk.account.client.append(employers.rejection("Elmstone Press"), employers.yesterday())
    assert desk("poll").code == 0
    (new,) = [line for line in desk.program.log() if line not in before]
    assert new["company"] == "Elmstone Press"
    assert set(desk.sink.recipients) == {READER}


def test_an_answer_that_is_lost_does_not_double(desk: Desk, proxy: Proxy) -> None:
    desk.configure('folder = "auto"', proxy.port)
    proxy.mute_after = b"\r\nRobin\r\n"
    done = desk(*FEEDBACK, "--put")
    assert done.code == 69, done.err
    assert "Traceback" not in done.err
    assert len(desk.drafts()) == 1, "the server has it, and we do not know"
    assert desk.acts() == []
    proxy.mute_after = None
    assert "there already" in desk(*FEEDBACK, "--put").err
    assert len(desk.drafts()) == 1
    assert desk.acts() == [(1, "feedback", True)]


def test_one_that_was_sent_or_deleted_is_not_put_again(desk: Desk) -> None:
    desk.quickly(*FEEDBACK, "--put")
    desk.account.client.delete(1, folder="Drafts")
    done = desk.quickly(*FEEDBACK, "--put")
    assert done.code == 66
    assert "sent or deleted" in done.err
    assert desk.drafts() == []
    assert desk.quickly(*FEEDBACK).code == 0


def test_one_that_was_printed_can_still_be_put(desk: Desk) -> None:
    printed = desk.quickly(*FEEDBACK)
    assert desk.quickly(*FEEDBACK, "--put").out == printed.out
    assert desk.acts() == [(1, "feedback", False), (1, "feedback", True)]


def test_a_dry_run_leaves_no_trace(desk: Desk) -> None:
    assert desk.quickly(*FEEDBACK, "--put", "--dry-run").code == 0
    assert desk.drafts() == []
    assert desk.acts() == []


def test_by_the_name_of_a_folder(desk: Desk) -> None:
    desk.account.client.create("Entwürfe")
    desk.configure('folder = "Entwürfe"')
    assert desk.quickly(*FEEDBACK, "--put").code == 0
    assert len(desk.account.client.bodies("Entwürfe")) == 1
    assert "folder Entwürfe found" in desk("check").out


FAULTS = {
    "not turned on": ('folder = ""', (*FEEDBACK, "--put"), 78, 'write folder = "auto" under [drafts] in'),
    "no such folder": ('folder = "Nowhere"', (*FEEDBACK, "--put"), 66, 'no folder "Nowhere"'),
    "no such application": ("", ("draft", "99", "--kind", "thanks"), 66, "There is no application 99"),
    "none fits": ("", ("draft", "2", "--kind", "feedback"), 66, "does not fit application 2 now; there is none"),
    "another fits": ("", ("draft", "1", "--kind", "withdrawal"), 66, "there is feedback, thanks"),
    "no kind": ("", ("draft", "1", "--put"), 2, "which kind"),
    "no application": ("", ("draft", "--kind", "thanks"), 2, "which application"),
    "no such kind": ("", ("draft", "1", "--kind", "praise"), 2, "'praise' is not one of"),
}


@pytest.mark.parametrize(("drafts", "arguments", "code", "said"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_is_said_with_the_remedy(
    desk: Desk, drafts: str, arguments: tuple[str, ...], code: int, said: str
) -> None:
    desk.configure(drafts)
    done = desk.quickly(*arguments)
    assert done.code == code, done.err
    assert said in " ".join(done.err.split())
    assert done.out == ""
    assert desk.drafts() == []
    assert desk.acts() == []


def test_words_of_ones_own(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "own" / "en").mkdir(parents=True)
    own = tmp_path / "own" / "en" / "drafts.toml"
    own.write_text(
        (Path(__file__).parents[2] / "templates" / "en" / "drafts.toml").read_text().replace("Dear", "Hello")
    )
    desk.program.config.write_text(
        desk.program.config.read_text().replace("[letters]", f'[letters]\ntemplates = "{tmp_path / "own"}"')
    )
    assert desk.quickly(*FEEDBACK).out.startswith("Hello [Name],")
    own.write_text("[terms]\n")
    done = desk.quickly(*FEEDBACK)
    assert done.code == 78
    assert "Drafts cannot be written" in done.err


def test_forgetting_takes_along_what_is_known_of_drafts(desk: Desk) -> None:
    desk.quickly(*FEEDBACK, "--put")
    numbers = [str(row["id"]) for row in desk.program.log() if row["application"] == 1]
    assert desk("forget", *numbers, "--yes").code == 0
    assert desk.acts() == []


def test_no_letter_says_that_a_draft_was_taken(desk: Desk) -> None:
    desk.quickly(*FEEDBACK)
    with desk.store() as work:
        assert work.acts.unconfirmed() == ()
        (application, *_) = work.log.applications()
    assert isinstance(application, Application)
    assert isinstance(application.acts[0], Act)
