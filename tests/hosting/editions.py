"""Versions of triage that are yet to come: this one, copied, with made-up changes to its tables and to its code.

The first moves the place of a mail from one column of the log to another, as it is done without a pause: it adds the
new column and keeps both alike, so that this version and it work side by side. The second takes the old one away.

later = expanding(folder)
types(later, desk.config, "admin", "migrate")
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
from pathlib import Path

from tests.rig.installed import COMMAND, Finished
from triage.store.version import NEWEST

ROOT = Path(__file__).parents[2]
FIRST, SECOND = "9001", "9002"
_EXPAND = f'''
"""The place of a mail has a new name. Both are kept, and alike, whichever a program writes."""

from alembic import op

revision = "{FIRST}"
down_revision = "{NEWEST}"


def upgrade() -> None:
    op.execute("ALTER TABLE event ADD COLUMN place text")
    op.execute(
        "CREATE FUNCTION both_places() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'UPDATE' AND NEW.folder IS DISTINCT FROM OLD.folder THEN NEW.place := NEW.folder; END IF;"
        " NEW.place := coalesce(NEW.place, NEW.folder); NEW.folder := NEW.place;"
        " RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER both_places BEFORE INSERT OR UPDATE ON event"
        " FOR EACH ROW EXECUTE FUNCTION both_places()"
    )
    op.execute("UPDATE event SET place = folder")
'''
_CONTRACT = f'''
"""The old name goes."""

from alembic import op

revision = "{SECOND}"
down_revision = "{FIRST}"
oldest = "{FIRST}"


def upgrade() -> None:
    op.execute("DROP TRIGGER both_places ON event")
    op.execute("DROP FUNCTION both_places()")
    op.execute("ALTER TABLE event ALTER COLUMN place SET NOT NULL")
    op.execute("ALTER TABLE event DROP COLUMN folder")
'''


def expanding(folder: Path) -> Path:
    """The next version, as a folder to run it from. It reads and writes the new column alone."""
    shutil.copytree(ROOT / "triage", folder / "triage", ignore=shutil.ignore_patterns("__pycache__"))
    _change(folder, "schema.py", 'Column("folder", Text, nullable=False)', 'Column("place", Text, key="folder")')
    _change(folder, "lines.py", "folder=found.folder", "folder=found.place")
    _migration(folder, FIRST, NEWEST, _EXPAND)
    compileall.compile_dir(folder, quiet=2)
    return folder


def contracting(folder: Path, before: Path) -> Path:
    """The one after it."""
    shutil.copytree(before / "triage", folder / "triage")
    _migration(folder, SECOND, FIRST, _CONTRACT)
    return folder


def _change(folder: Path, name: str, before: str, after: str) -> None:
    path = folder / "triage/store" / name
    text = path.read_text()
    assert text.count(before) == 1, (name, before)
    path.write_text(text.replace(before, after))


def _migration(folder: Path, number: str, before: str, text: str) -> None:
    _change(folder, "version.py", f'NEWEST = "{before}"', f'NEWEST = "{number}"')
    (folder / f"triage/store/migrations/versions/v{number}.py").write_text(text)


def types(edition: Path, config: Path, *arguments: str) -> Finished:
    """A command of this version, to its end."""
    done = subprocess.run(
        [*COMMAND, "-c", str(config), *arguments],
        env=os.environ | {"PYTHONPATH": str(edition), "OPENBLAS_NUM_THREADS": "1"},
        cwd=edition, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return Finished(done.returncode, done.stdout, done.stderr)
