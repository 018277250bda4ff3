"""Where the configuration file and the store are on this machine: names only, nothing is read or made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from triage.errors import ConfigError

EXAMPLE = Path(__file__).with_name("config.example.toml")
"""The commented example, as it was installed with the program."""


def default_path() -> Path:
    """The configuration file of this user, whether or not it exists (XDG base directories on Linux)."""
    import platformdirs  # noqa: PLC0415  # most commands are told where the file is

    return platformdirs.user_config_path("triage", appauthor=False) / "config.toml"


def find(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """The configuration file: `explicit` (--config), else $TRIAGE_CONFIG, else `default_path`.

    Raises ConfigError, saying where it looked, when nothing is there: a file that was named is never
    replaced by another one.
    """
    path, origin = _named(explicit, environ)
    if _may_exist(path):
        return path
    raise ConfigError(
        f"{path}: there is no configuration file here ({origin}). "
        f"`triage init` makes one. Or start from the example: mkdir -p {path.parent} && cp {EXAMPLE} {path}"
    )


def place(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """Where the configuration file is or is to be, by the same rules; whether it exists is not asked."""
    return _named(explicit, environ)[0]


def _may_exist(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder on the way may not be entered: `load` says so in its own words
        return True


def _named(explicit: Path | None, environ: Mapping[str, str]) -> tuple[Path, str]:
    if explicit is not None:
        return explicit, "named by --config"
    if named := environ.get("TRIAGE_CONFIG"):
        return Path(named).expanduser(), "named by $TRIAGE_CONFIG"
    return default_path(), "the usual place; neither --config nor $TRIAGE_CONFIG names another"


def store_folder(configured: Path | None, environ: Mapping[str, str]) -> Path:
    """The store's folder: `configured` ([store] path), else systemd's $STATE_DIRECTORY, else the user's own.

    $STATE_DIRECTORY may hold several folders with colons between them (systemd.exec(5)); the first is ours.
    """
    if configured is not None:
        return configured
    if given := environ.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(given)
    import platformdirs  # noqa: PLC0415  # as above

    return platformdirs.user_data_path("triage", appauthor=False)
