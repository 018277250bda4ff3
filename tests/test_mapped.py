"""Arrays that stay in their file: the same numbers as NumPy reads, a file that is damaged, and room given back."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from triage import mapped

KINDS = st.sampled_from([np.int8, np.uint8, np.float16, np.float32, np.int64])


@given(st.dictionaries(st.text("abc.", min_size=1, max_size=5), arrays(KINDS, array_shapes(min_dims=0)), max_size=4))
def test_the_numbers_are_those_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, written: dict[str, np.ndarray]
) -> None:
    named: dict[str, Any] = {f"x{name}": array for name, array in written.items()}
    for save in (np.savez, np.savez_compressed):
        path = tmp_path_factory.mktemp("arrays") / "some.npz"
        save(path, **named)
        found = mapped.arrays(path)
        assert set(found) == {f"x{name}" for name in written}
        for name, array in written.items():
            one = found[f"x{name}"]
            assert (one.dtype, one.shape) == (array.dtype, array.shape)
            assert one.tobytes() == array.tobytes()


def test_they_cannot_be_changed_and_stay_after_a_rest(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", numbers=np.arange(100_000))
    numbers = mapped.arrays(tmp_path / "some.npz")["numbers"]
    (tmp_path / "some.npz").unlink()
    mapped.rest()
    assert not numbers.flags.writeable
    assert int(numbers.sum()) == 4_999_950_000


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the system does not say what is resident")
def test_a_rest_gives_the_room_back(tmp_path: Path) -> None:
    np.savez(tmp_path / "large.npz", numbers=np.ones(32 << 20, np.uint8))
    numbers = mapped.arrays(tmp_path / "large.npz")["numbers"]
    before = _resident()
    assert int(numbers.sum(dtype=np.int64)) == 32 << 20
    looked_at = _resident()
    mapped.rest()
    assert looked_at - before > 30_000
    assert _resident() - before < 2_000


def _resident() -> int:
    """Kilobytes of this process."""
    rows = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("Rss:"))


@pytest.mark.parametrize("place", [100, 300, -400])
def test_a_damaged_file_is_known(tmp_path: Path, place: int) -> None:
    path = tmp_path / "some.npz"
    np.savez(path, one=np.arange(30), other=np.arange(30))
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises((ValueError, zipfile.BadZipFile)):
        mapped.arrays(path)


def test_a_file_that_was_cut_short_is_known(tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    np.savez(path, numbers=np.arange(1000))
    os.truncate(path, 4000)
    with pytest.raises(zipfile.BadZipFile):
        mapped.arrays(path)


def test_what_is_no_array_is_known(tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("numbers.npy", b"1, 2, 3")
    with pytest.raises(ValueError, match=r"no array.*numbers\.npy"):
        mapped.arrays(path)
