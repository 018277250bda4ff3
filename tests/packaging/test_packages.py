"""Wheel and source archive: what is in them, and a program installed from the wheel."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from release import contents
from release.build import Built, from_sdist
from tests.packaging.conftest import EPOCH, ROOT


def test_the_wheel_is_what_it_has_to_be(built: Built) -> None:
    assert contents.wheel_faults(built.wheel, ROOT) == []
    with zipfile.ZipFile(built.wheel) as packed:
        assert {one.date_time[0] for one in packed.infolist()} == {2026}, "the time is the one that was given"


def test_the_source_archive_is_what_it_has_to_be(built: Built) -> None:
    assert contents.sdist_faults(built.sdist, ROOT) == []
    with tarfile.open(built.sdist) as packed:
        assert {(one.mtime, one.uid, one.uname) for one in packed} == {(EPOCH, 0, "")}, "nothing of who built it"


def test_the_source_archive_makes_the_same_wheel(built: Built, tmp_path: Path) -> None:
    assert from_sdist(built.sdist, tmp_path, EPOCH).read_bytes() == built.wheel.read_bytes()


def test_what_is_wrong_with_a_wheel_is_noticed(built: Built, tmp_path: Path) -> None:
    """Of each kind of fault one: a file too many, one that is missing, one that was changed."""
    spoilt = tmp_path / built.wheel.name
    with zipfile.ZipFile(built.wheel) as good, zipfile.ZipFile(spoilt, "w") as bad:
        for name in good.namelist():
            if name == "triage/errors.py" or name.endswith(".npz"):
                continue
            bad.writestr(name, good.read(name) + b"#" * (name == "triage/watch.py"))
        bad.writestr("tests/mails.jsonl", b"{}")
    assert contents.wheel_faults(spoilt, ROOT) == [
        "tests/mails.jsonl: should not be in it",
        "triage/core/model/prefilter.npz: missing",
        "triage/core/model/weights.npz: missing",
        "triage/errors.py: missing",
        "triage/watch.py: not as in the sources",
    ]


def test_every_file_of_the_package_is_of_a_known_kind() -> None:
    """So that no kind of file is left out of the comparison above, and thereby of nothing at all."""
    known = subprocess.run(
        ["git", "ls-files", "triage", "templates", "systemd"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    strange = [name for name in known.stdout.splitlines() if not (ROOT / name).is_dir() and not _known(name)]
    assert strange == []


def _known(name: str) -> bool:
    return Path(name).suffix in contents.KINDS or Path(name).name == "py.typed"


@pytest.fixture(scope="module")
def place(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it; its dependencies are those the tests run with."""
    place = tmp_path_factory.mktemp("installed") / "place"
    venv.create(place, symlinks=True, with_pip=False)
    (site,) = place.glob("lib/python*/site-packages")
    others = [path for path in sys.path if path.endswith("site-packages")]
    (site / "others.pth").write_text("\n".join(others))
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python"), "install", "-q", "--no-index",
         "--no-deps", "--ignore-installed", "--disable-pip-version-check", str(built.wheel)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return place


def test_the_installed_program_works_where_nothing_else_of_ours_is(place: Path, tmp_path: Path) -> None:
    environ = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }

    def triage(*arguments: str) -> str:
        command = [str(place / "bin" / "triage"), *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environ, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    asked = [str(place / "bin" / "python"), "-c", "import triage; print(triage.__file__)"]
    loaded = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=tmp_path, env=environ)
    assert loaded.stdout.startswith(str(place)), "and not the checkout"
    assert "triage, version" in triage("--version")
    (mail,) = place.rglob("triage/demo/sample/21-*.eml")
    assert "rejection" in triage("explain", str(mail))


def test_manual_and_completions_are_in_their_standard_places(place: Path) -> None:
    for name in ("man/man1/triage.1", "bash-completion/completions/triage", "zsh/site-functions/_triage"):
        assert (place / "share" / name).is_file()
    assert (place / "share/fish/vendor_completions.d/triage.fish").is_file()
