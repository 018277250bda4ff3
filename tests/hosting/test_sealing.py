"""Sealed secrets open for their member and name only, with their key only; anything else is a clear sentence."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.errors import CredentialError
from triage.hosting import sealing
from triage.hosting.sealing import Keys, Sealed, SealingError

OLD, NEW, OTHER = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
BOTH = Keys([NEW, OLD])

abouts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
secrets = st.binary(max_size=300)


@given(secrets, abouts)
@settings(max_examples=100)
def test_what_was_sealed_opens_again_with_its_key_alone(secret: bytes, about: str) -> None:
    sealed = Keys([OLD]).seal(secret, about=about)
    assert BOTH.open(sealed, about=about) == secret  # an older key goes on opening
    assert sealed.key == Keys([OLD]).newest != BOTH.newest
    with pytest.raises(SealingError, match="not among those here"):
        Keys([NEW]).open(sealed, about=about)
    with pytest.raises(SealingError, match="does not open"):
        Keys([NEW]).open(Sealed(sealed.data, Keys([NEW]).newest), about=about)


@given(secrets, abouts, abouts)
@settings(max_examples=100)
def test_it_opens_for_nothing_else_than_it_was_sealed_for(secret: bytes, about: str, other: str) -> None:
    sealed = BOTH.seal(secret, about=about)
    if about == other:
        assert BOTH.open(sealed, about=other) == secret
        return
    with pytest.raises(SealingError):
        BOTH.open(sealed, about=other)


@given(secrets, st.data())
@settings(max_examples=200)
def test_any_change_is_told(secret: bytes, data: st.DataObject) -> None:
    sealed = BOTH.seal(secret, about="1/settings")
    at = data.draw(st.integers(0, len(sealed.data) - 1))
    bit = data.draw(st.integers(0, 7))
    turned = bytearray(sealed.data)
    turned[at] ^= 1 << bit
    cut = sealed.data[:at]
    for wrong in (bytes(turned), cut, sealed.data + b"\0", b""):
        with pytest.raises(SealingError):
            BOTH.open(Sealed(wrong, sealed.key), about="1/settings")


def test_the_same_secret_never_looks_the_same() -> None:
    assert len({BOTH.seal(b"hunter2", about="1/password").data for _ in range(100)}) == 100


def test_nothing_of_a_secret_or_a_key_shows() -> None:
    shown = [repr(BOTH), str(BOTH.names)]
    for wrong in (Sealed(b"hunter2" * 9, BOTH.newest), Sealed(b"hunter2", "0123456789ab")):
        with pytest.raises(SealingError) as told:
            BOTH.open(wrong, about="1/password")
        shown.append(str(told.value) + repr(told.value.__context__) + repr(told.value.__cause__))
    for key in (OLD, NEW):
        assert not [text for text in shown if key.hex() in text or b64encode(key).decode() in text or "hunter2" in text]


def _file(path: Path, *lines: str, mode: int = 0o600) -> Path:
    path.write_text("\n".join(lines))
    path.chmod(mode)
    return path


def _written(key: bytes) -> str:
    return b64encode(key).decode()


def test_keys_come_from_files_newest_first(tmp_path: Path) -> None:
    new = _file(tmp_path / "new", "# made in November", "", _written(NEW))
    old = _file(tmp_path / "old", _written(OLD), _written(OTHER) + "\r")
    assert sealing.keys([new, old], {}).names == Keys([NEW, OLD, OTHER]).names


def test_a_key_that_came_meanwhile_is_found_without_a_new_start(tmp_path: Path) -> None:
    file = _file(tmp_path / "keys", _written(OLD))
    worker = sealing.keys([file], {})
    _file(file, _written(NEW), _written(OLD))
    sealed = Keys([NEW]).seal(b"secret", about="1/x")
    assert worker.open(sealed, about="1/x") == b"secret"
    assert worker.newest == Keys([NEW]).newest
    _file(file, "half a li")
    with pytest.raises(SealingError, match="not among those here"):
        worker.open(Keys([OTHER]).seal(b"secret", about="1/x"), about="1/x")
    assert worker.open(sealed, about="1/x") == b"secret"


def test_a_systemd_credential_comes_before_any_file(tmp_path: Path) -> None:
    _file(tmp_path / sealing.CREDENTIAL, _written(OTHER))
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert sealing.keys([tmp_path / "not there"], environ).names == Keys([OTHER]).names


def test_a_made_key_can_be_used(tmp_path: Path) -> None:
    one, two = (sealing.keys([_file(tmp_path / str(number), sealing.made())], {}) for number in range(2))
    assert one.open(one.seal(b"", about=""), about="") == b""
    assert one.newest != two.newest


@pytest.mark.parametrize(
    ("lines", "mode", "told"),
    [
        ((), 0o600, "There is no key"),
        (("# nothing",), 0o600, "There is no key"),
        ((_written(OLD)[:-4],), 0o600, "32 bytes"),
        (("dies ist kein Schluessel",), 0o600, "is no key"),
        ((_written(OLD),), 0o644, "Other users of this machine can read"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence(tmp_path: Path, lines: tuple[str, ...], mode: int, told: str) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(CredentialError, match=told) as error:
        sealing.keys([_file(tmp_path / "keys", *lines, mode=mode)], {})
    assert not [line for line in lines if len(line) > 20 and line in str(error.value)]


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="cannot be read: No such file"):
        sealing.keys([tmp_path / "keys"], {})
