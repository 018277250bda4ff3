"""The manual page and the completions: that they are of these commands, and that they do what they are for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from release import roff, terminal
from triage.cli import cli
from triage.cli.commands import COMMANDS
from triage.terminal import EXTRAS, place, placed

HEAVY = ("triage.cli.status", "rich", "sqlalchemy", "pydantic", "numpy", "triage.store")


@pytest.mark.parametrize("name", ["triage.1", *(f"triage.{shell}" for shell in terminal.SHELLS)])
def test_the_files_are_of_these_commands(name: str) -> None:
    """Red after a change to a command or its help? `./run.sh manual`, and look at what it changed."""
    assert (terminal.FOLDER / name).read_text() == terminal.made()[name]


def test_the_page_does_not_depend_on_who_makes_it(tmp_path: Path) -> None:
    code = "from release.manual import page; print(page(), end='')"
    environ = {"HOME": str(tmp_path), "COLUMNS": "40", "LC_ALL": "C.UTF-8", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True)
    assert done.stdout == (terminal.FOLDER / "triage.1").read_text()


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
def test_the_page_is_a_sound_page() -> None:
    page = terminal.FOLDER / "triage.1"
    environ = {"PATH": os.environ["PATH"], "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "MANROFFSEQ": ""}
    done = subprocess.run(
        ["man", "--warnings", "-l", str(page)], capture_output=True, text=True, env=environ, check=True
    )
    assert done.stderr == ""
    shown = done.stdout
    assert all(f"\n   {name}\n" in shown for name in COMMANDS), "each command has its place"
    assert "SIGTERM" in shown
    assert "password missing or refused" in shown


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_the_other_formatter_has_no_complaint_either() -> None:
    """But that there is no date, which would make a page differ that is the same."""
    page = terminal.FOLDER / "triage.1"
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", str(page)], capture_output=True, text=True, check=False)
    assert [line for line in done.stdout.splitlines() if "missing date" not in line] == []


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("an option --json, or `triage log -n 3`", [r"an option \-\-json, or \fBtriage log \-n 3\fR"]),
        (".eml files", [r"\&.eml files"]),
        ("'tis", [r"\&'tis"]),
        (r"a\b", [r"a\eb"]),
        ("self-contained", ["self-contained"]),
    ],
)
def test_words_are_no_orders_to_the_formatter(words: str, page: list[str]) -> None:
    assert roff.prose(words) == page


def completed(shell: str, script: str, environ: dict[str, str]) -> list[str]:
    """What a shell offers, asked the way its own documentation says; the script prints a line each."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    plain = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    command = [program, *plain, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A person's own place, and our command on the path."""
    command = tmp_path / "bin" / "triage"
    command.parent.mkdir()
    command.write_text(f"#!{sys.executable}\nfrom triage.cli import main\n\nmain()\n")
    command.chmod(0o755)
    path = f"{command.parent}:{os.environ['PATH']}"
    return {"HOME": str(tmp_path), "PATH": path, "PYTHONPATH": str(terminal.FOLDER.parents[1]), "TERM": "dumb"}


LINES = {
    "triage st": "status",
    "triage let": "letter let-go letters",
    "triage letters w": "weekly",
    "triage status --j": "--json",
    "triage --verb": "--verbose",
}


@pytest.mark.parametrize(("line", "offered"), LINES.items())
def test_bash_completes(line: str, offered: str, environ: dict[str, str]) -> None:
    words = line.split(" ")
    script = f"""
        source {terminal.FOLDER}/triage.bash
        complete -p triage >/dev/null || exit 1
        COMP_WORDS=({line}) COMP_CWORD={len(words) - 1}
        _triage_completion triage {words[-1]} {words[-2]}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    assert completed("bash", script, environ) == offered.split(" ")


@pytest.mark.parametrize(("line", "offered"), LINES.items())
def test_fish_completes(line: str, offered: str, environ: dict[str, str]) -> None:
    script = f'source {terminal.FOLDER}/triage.fish; complete -C "{line}"'
    assert {found.split("\t")[0] for found in completed("fish", script, environ)} == set(offered.split(" "))


def test_zsh_completes(environ: dict[str, str]) -> None:
    """Its completion works at a terminal only, so it is given one, and Tab is pressed twice."""
    script = f"""
        zmodload zsh/zpty || exit 1
        zpty shell zsh -f -i
        zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source {terminal.FOLDER}/triage.zsh'
        zpty -w shell 'preexec() {{ print "<$1>" }}; print rea""dy'
        zpty -r -m shell out '*ready*'
        zpty -n -w shell $'triage stat\\t--js\\t\\n'
        zpty -r -m shell out '*<*>*'
        print -r -- ${{${{out##*<}}%%>*}}
    """
    assert completed("zsh", script, environ) == ["triage status --json"]


def test_a_key_pressed_loads_no_command(environ: dict[str, str]) -> None:
    code = "import sys, triage.cli as c\ntry: c.main()\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    asked = environ | {"_TRIAGE_COMPLETE": "bash_complete", "COMP_WORDS": "triage ", "COMP_CWORD": "1"}
    command = [sys.executable, "-c", f"import sys; sys.argv[0] = 'triage'\n{code}"]
    done = subprocess.run(command, capture_output=True, text=True, env=asked, check=True)
    assert done.stdout.split() == [f"plain,{name}" for name in COMMANDS]
    assert not set(done.stderr.split()) & set(HEAVY)


def test_they_can_be_put_in_place_and_found_again(tmp_path: Path) -> None:
    assert list(placed(tmp_path)) == []
    paths = [place(extra, tmp_path) for extra in EXTRAS.values()]
    assert list(placed(tmp_path)) == paths
    assert [place(extra, tmp_path) for extra in EXTRAS.values()] == paths, "again, and nothing is in the way"


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / EXTRAS["bash"].place
    theirs.parent.mkdir(parents=True)
    theirs.write_text("complete -W 'a b' triage\n")
    done = CliRunner(env={"XDG_DATA_HOME": str(tmp_path)}).invoke(cli, ["completion", "bash", "--install"])
    assert "not ours" in str(done.exception)
    assert theirs.read_text().startswith("complete")
    assert list(placed(tmp_path)) == []


def test_what_an_installer_has_linked_is_left_to_it(tmp_path: Path) -> None:
    link = tmp_path / EXTRAS["man"].place
    link.parent.mkdir(parents=True)
    link.symlink_to(terminal.FOLDER / "triage.1")
    assert place(EXTRAS["man"], tmp_path) == link
    assert link.is_symlink()
    assert list(placed(tmp_path)) == []


@pytest.mark.parametrize("words", [["completion", "zsh"], ["man"]])
def test_they_are_printed(words: list[str]) -> None:
    done = CliRunner().invoke(cli, words)
    name = {"man": "triage.1", "zsh": "triage.zsh"}[words[-1]]
    assert done.output == (terminal.FOLDER / name).read_text()


def test_the_shell_is_asked_for_where_it_is_not_known() -> None:
    done = CliRunner(env={"SHELL": "/bin/dash"}).invoke(cli, ["completion"])
    assert done.exit_code == 2
    assert "bash, zsh, fish" in done.output
