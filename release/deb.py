"""A Debian package of the program and the libraries it was tested with, for the Python of one release of Debian.

Not dh-virtualenv: its environment is made by the pip of the machine that builds, holds that machine's paths, and is
tied to its interpreter. A folder of libraries and a launcher of six lines need none of that.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from release.build import run
from release.debian_files import MAINTAINER, changelog, copyright_of, filled
from release.licences import Library, libraries
from triage.install import user_unit

HERE = Path(__file__).parent / "debian"
LIBRARIES = Path("usr/lib/triage")


@dataclass(frozen=True, slots=True)
class Debian:
    """A release of Debian, and the Python it comes with."""

    name: str
    number: int
    python: str

    @property
    def next_python(self) -> str:
        """The first Python that the compiled libraries are not for."""
        major, minor = self.python.split(".")
        return f"{major}.{int(minor) + 1}"


DEBIANS = (Debian("bookworm", 12, "3.11"), Debian("trixie", 13, "3.13"))
_USELESS = (
    *("bin", "share", ".lock", "**/__pycache__", "**/tests", "**/*.pyi"),
    *(f"*.dist-info/{name}" for name in ("RECORD", "INSTALLER", "REQUESTED", "uv_cache.json", "direct_url.json")),
)
"""What only builders and testers need, and what tells how and where it was put together."""


def build(source: Path, wheel: Path, debian: Debian, work: Path, epoch: int) -> Path:
    """The package, made in the new folder `work` from the checkout `source` and its `wheel`."""
    tree = work / "tree"
    found = _libraries(source, wheel, debian, tree / LIBRARIES, epoch)
    _program(tree)
    _documents(source, tree / "usr/share")
    terms = copyright_of(found, (source / "LICENSE").read_text())
    _place(tree / "usr/share/doc/triage/copyright", terms.encode())
    version = f"{wheel.name.split('-')[1]}-1~deb{debian.number}"
    _control(tree, debian, version, epoch)
    deb = work / f"triage_{version}_amd64.deb"
    # gzip: the same bytes whatever the number of threads, and in a tenth of the time that xz takes for 10 % less.
    run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z6", "--build", str(tree), str(deb)], work, epoch)
    return deb


def _libraries(source: Path, wheel: Path, debian: Debian, into: Path, epoch: int) -> list[Library]:
    """Put them there, with the program, and say which they are, apart from that."""
    install = ["uv", "pip", "install", "-q", "--target", str(into), "--python-version", debian.python,
               "--python-platform", "x86_64-manylinux_2_34", "--link-mode", "copy"]  # fmt: skip
    lock = str(source / "requirements" / "run.txt")
    run([*install, "--only-binary", ":all:", "--require-hashes", "-r", lock], source, epoch)
    found = libraries(into)
    run([*install, "--no-deps", "--no-index", str(wheel)], source, epoch)
    _slim(into)
    return found


def _slim(libraries: Path) -> None:
    for pattern in _USELESS:
        for path in list(libraries.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in libraries.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _program(tree: Path) -> None:
    """The command, and the unit of a person's own service, which nobody has to enable."""
    _place(tree / "usr/bin/triage", (HERE / "launcher").read_bytes(), 0o755)
    _, _, unit = user_unit(Path("/usr/bin/triage"), None).partition("\n")  # the mark is for units that we may replace
    _place(tree / "usr/lib/systemd/user/triage.service", unit.encode())


def _documents(source: Path, share: Path) -> None:
    """What people read, and what their shells do, in the places Debian has for each."""
    terminal, documents = source / "triage/terminal", share / "doc/triage"
    _place(share / "man/man1/triage.1.gz", _packed((terminal / "triage.1").read_bytes()))
    _place(share / "bash-completion/completions/triage", (terminal / "triage.bash").read_bytes())
    _place(share / "zsh/vendor-completions/_triage", (terminal / "triage.zsh").read_bytes())
    _place(share / "fish/vendor_completions.d/triage.fish", (terminal / "triage.fish").read_bytes())
    _place(share / "lintian/overrides/triage", (HERE / "overrides").read_bytes())
    _place(documents / "examples/config.example.toml", (source / "config.example.toml").read_bytes())
    _place(documents / "examples/triage-system.service", (source / "systemd/triage-system.service").read_bytes())
    _place(documents / "changelog.gz", _packed((source / "CHANGELOG.md").read_bytes()))
    # All of them, so that every link in them leads somewhere. The program itself shows its own copies (`triage help`),
    # for a system may have been told to leave these out.
    for page in (source / "README.md", source / "SECURITY.md", *(source / "docs").iterdir()):
        _place(documents / page.relative_to(source), page.read_bytes())


def _control(tree: Path, debian: Debian, version: str, epoch: int) -> None:
    history = changelog(version, debian.name, epoch)
    _place(tree / "usr/share/doc/triage/changelog.Debian.gz", _packed(history.encode()))
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    values = {
        "VERSION": version,
        "MAINTAINER": MAINTAINER,
        "PYTHON": debian.python,
        "NEXT": debian.next_python,
        "SIZE": str(sum(-(-path.stat().st_size // 1024) for path in files)),
    }
    _place(tree / "DEBIAN/md5sums", "".join(_md5(path, tree) for path in files).encode())
    _place(tree / "DEBIAN/control", filled((HERE / "control").read_text(), values).encode())
    for script in ("postinst", "prerm"):
        _place(tree / "DEBIAN" / script, (HERE / script).read_bytes(), 0o755)
    for folder in (path for path in tree.rglob("*") if path.is_dir()):
        folder.chmod(0o755)


def _md5(path: Path, tree: Path) -> str:
    return f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(tree)}\n"


def _place(path: Path, content: bytes, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
