"""A stand-in for a person's own systemd, which no container has: `systemctl` and `loginctl` that note what they do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """\
#!/bin/sh
cd '{folder}' || exit 1
echo "${{0##*/}} $*" >> calls
case "$*" in
    *is-active*) test -e running ;;
    *restart*) test ! -e broken && touch running || {{ echo "Job for triage.service failed." >&2; exit 1; }} ;;
    *disable*) rm -f running ;;
    *Linger*) cat linger ;;
    *enable-linger*) test ! -e strict && echo yes > linger ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Systemd:
    """One below `folder`; it is there for programs with `path` in their PATH."""

    folder: Path

    @property
    def path(self) -> str:
        return str(self.folder / "bin")

    def calls(self) -> list[str]:
        """What was called, oldest first."""
        noted = self.folder / "calls"
        return noted.read_text().splitlines() if noted.exists() else []

    @property
    def running(self) -> bool:
        """Does the service run, as far as was asked for?"""
        return (self.folder / "running").exists()

    def begin(self) -> None:
        """The service runs already."""
        (self.folder / "running").touch()

    def fail(self) -> None:
        """From now on the service does not start."""
        (self.folder / "broken").touch()

    def refuse_lingering(self) -> None:
        """From now on it takes an administrator to let a user's services go on."""
        (self.folder / "strict").touch()


def systemd(folder: Path) -> Systemd:
    """A systemd at which nothing is known of the service."""
    (folder / "bin").mkdir(parents=True)
    (folder / "linger").write_text("no\n")
    for name in ("systemctl", "loginctl"):
        program = folder / "bin" / name
        program.write_text(_SCRIPT.format(folder=folder))
        program.chmod(0o755)
    return Systemd(folder)
