"""A whole release: built twice, compared, looked into, installed, listed, and put into dist/."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from release import bill, build, chroot, contents, deb, installs, licences, terminal
from release.course import Course
from release.errors import ReleaseError
from triage import __version__

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
KEPT = ROOT / "build"
"""What a second release need not fetch again: the wheels of the libraries, and clean Debians."""


@dataclass(frozen=True, slots=True)
class Twice:
    """Two folders with the same sources, and what was built from each."""

    epoch: int
    first: Path
    second: Path
    built: build.Built


def make(course: Course, *, dirty: bool, deb: bool, chroot: bool) -> None:
    """All of it. Raises ReleaseError at the first thing that is wrong; dist/ is only touched when all is well."""
    _clean(dirty=dirty)
    with tempfile.TemporaryDirectory(prefix="triage-release-") as folder:
        work = Path(folder)
        twice = _packages(course, work)
        _installed(course, twice, work)
        _libraries(course, twice, work)
        if deb:
            _debian(course, twice, work, chroot=chroot)
        else:
            course.left_out("Debian packages", "as you said")
        _publish(work / "dist")
    _summary(course)


def _clean(*, dirty: bool) -> None:
    """A release is of a commit: what is not in one could not be made again."""
    changed = build.run(["git", "status", "--porcelain"], ROOT, 0).splitlines()
    if changed and not dirty:
        raise ReleaseError(f"{len(changed)} file(s) are not committed, {changed[0][3:]} for one. Commit, then repeat.")
    stale = [name for name, text in terminal.made().items() if (terminal.FOLDER / name).read_text() != text]
    if stale:
        raise ReleaseError(f"{', '.join(stale)}: not of these commands any more. ./run.sh manual, then commit.")


def _packages(course: Course, work: Path) -> Twice:
    epoch = int(build.run(["git", "log", "-1", "--format=%ct"], ROOT, 0))
    first, second = work / "one" / "triage", work / "another-place"
    with course.step("Wheel and source archive, twice") as tell:
        build.sources(ROOT, first)
        before = os.umask(0o077)  # the second place differs in all that should make no difference
        build.sources(ROOT, second)
        once, again = (build.build(place, place / "dist", epoch) for place in (first, second))
        os.umask(before)
        _same(once.wheel, again.wheel)
        _same(once.sdist, again.sdist)
        _same(once.wheel, build.from_sdist(once.sdist, work / "from-sdist", epoch))
        tell("the same byte for byte, and so is the wheel made from the source archive")
    with course.step("What is in them") as tell:
        faults = contents.wheel_faults(once.wheel, first) + contents.sdist_faults(once.sdist, first)
        if faults:
            raise ReleaseError("; ".join(faults[:10]))
        tell(f"{len(contents.package(first))} files of the package, and nothing that should not be there")
    _keep(work, once.wheel, once.sdist)
    return Twice(epoch, first, second, once)


def _installed(course: Course, twice: Twice, work: Path) -> None:
    wheelhouse = KEPT / "wheels"
    with course.step("The wheels of the libraries, from the lock file"):
        shutil.rmtree(wheelhouse, ignore_errors=True)
        wheelhouse.mkdir(parents=True)
        installs.wheels(twice.first, wheelhouse)
    for installer in installs.installers():
        with course.step(f"Installed, used and removed by {installer.name}") as tell:
            home = work / installer.name.replace(" ", "-")
            tell(installs.try_installer(installer, twice.built.wheel, wheelhouse, home))


def _libraries(course: Course, twice: Twice, work: Path) -> None:
    """Their licences, and the list of parts."""
    with course.step("Licences and the list of parts (SBOM)") as tell:
        lock = (twice.first / "requirements/run.txt").read_text()
        found = [one for one in licences.installed() if one.name in {part.name for part in bill.parts(lock)}]
        if unknown := licences.unknown(found):
            raise ReleaseError(f"the terms of {', '.join(unknown)} are not known. See release/licences.py.")
        listed = work / f"triage-{__version__}.cdx.json"
        listed.write_text(bill.bill(__version__, bill.parts(lock), licences.by_name(found), twice.epoch))
        tell(f"{len(bill.parts(lock))} parts; all may go with MIT; {', '.join(licences.copyleft(found))} unchanged")
    _keep(work, listed)


def _debian(course: Course, twice: Twice, work: Path, *, chroot: bool) -> None:
    for debian in deb.DEBIANS:
        with course.step(f"Package for Debian {debian.number}, twice") as tell:
            package = deb.build(twice.first, twice.built.wheel, debian, work / "first" / debian.name, twice.epoch)
            again = deb.build(twice.second, twice.built.wheel, debian, work / "second" / debian.name, twice.epoch)
            _same(package, again)
            tell(f"the same byte for byte; {_lintian(package)}")
        _keep(work, package)
        _in_chroot(course, package, debian, wanted=chroot)


def _lintian(package: Path) -> str:
    if not shutil.which("lintian"):
        return "NOT looked at by lintian, which is not installed"
    done = subprocess.run(["lintian", "--fail-on", "error", str(package)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseError(f"lintian:\n{done.stdout[-2000:]}")
    return f"lintian: no errors, {done.stdout.count('W: ')} warnings"


def _in_chroot(course: Course, package: Path, debian: deb.Debian, *, wanted: bool) -> None:
    what = f"Installed and removed in a clean Debian {debian.number}"
    why = chroot.possible() if wanted else "as you said"
    if why:
        course.left_out(what, why)
        return
    with course.step(what) as tell:
        (KEPT / "debian").mkdir(parents=True, exist_ok=True)
        tell(chroot.try_package(package, debian, KEPT / "debian"))


def _same(one: Path, other: Path) -> None:
    if one.read_bytes() != other.read_bytes():
        raise ReleaseError(f"{one.name} differs from one build to the next. `diffoscope` shows where.")


def _keep(work: Path, *files: Path) -> None:
    (work / "dist").mkdir(exist_ok=True)
    for file in files:
        shutil.copy(file, work / "dist")


def _publish(made: Path) -> None:
    """What was in dist/ before is of another release."""
    shutil.rmtree(DIST, ignore_errors=True)
    shutil.copytree(made, DIST)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(DIST.iterdir())]
    (DIST / "SHA256SUMS").write_text("".join(sums))


def _summary(course: Course) -> None:
    click.echo(f"\ntriage {__version__} is in dist/, after {course.minutes()}:")
    for path in sorted(DIST.iterdir()):
        click.echo(f"  {path.stat().st_size / 1e6:6.1f} MB  {path.name}")
    for note in course.notes:
        click.echo(f"  - {note}")
