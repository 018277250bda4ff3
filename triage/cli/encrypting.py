"""The commands that turn the log on the disk into an encrypted one, `encrypt`, and back, `decrypt`."""

from __future__ import annotations

import click

from triage.cli import key
from triage.cli.clock import utc_now
from triage.cli.options import pass_settings
from triage.cli.settings import Settings
from triage.errors import ConfigError
from triage.store import FILE, held
from triage.store.cipher import PLAIN, Cipher


@click.command()
@click.option("--show-key", is_flag=True, help="Print the key and do nothing else.")
@pass_settings
def encrypt(settings: Settings, show_key: bool) -> None:
    """Encrypt the log and its backups on the disk.

    \b
    1. Install what encrypts:      pip install 'triage[encrypted]'
    2. In the configuration:       [store] encrypted = true
    3. With the service stopped:   triage encrypt
    4. Keep the key elsewhere too: triage encrypt --show-key

    The key is made by chance and kept in your keyring, or it is the systemd credential triage.store-key where there is
    one. Without it nobody can read the log again, you no more than a thief; your mail is where it always was.

    It helps where a disk or a computer that is switched off gets lost, and with copies of its files. It does not help
    against programs that run as you. The plain files are overwritten before they are removed, as well as that can be
    done: flash memory, and file systems that keep old versions, may hold on to what was there. If that matters, use a
    disk that is encrypted as a whole.
    """
    if show_key:
        click.echo(key.kept().key)
        return
    if not settings.config.store.encrypted:
        raise ConfigError(f"First write `encrypted = true` under [store] in {settings.path}; then repeat this.")
    cipher, source = key.kept_or_made()
    _turn(settings, PLAIN, cipher)
    click.echo(f"The log and its backups are encrypted. The key is in the {source.name}.", err=True)


@click.command()
@pass_settings
def decrypt(settings: Settings) -> None:
    """Turn an encrypted log, and its backups, into plain files again.

    First write `encrypted = false` under [store] in the configuration, and stop the service.
    """
    if settings.config.store.encrypted:
        raise ConfigError(f"First write `encrypted = false` under [store] in {settings.path}; then repeat this.")
    _turn(settings, key.kept(), PLAIN)
    click.echo("The log and its backups are plain files again.", err=True)


def _turn(settings: Settings, old: Cipher, new: Cipher) -> None:
    from triage.store.convert import convert

    folder = settings.store_folder
    with held(folder):
        if (folder / FILE).exists():
            convert(folder, old, new, utc_now())
