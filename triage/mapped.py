"""Arrays of a file that stay in the file: the system reads what is looked at, and has the room back when it is asked.

The file is one of NumPy's own (.npz). What is stored in it as it stands is mapped, and the rest is unpacked and copied.
"""

from __future__ import annotations

import mmap
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]

_LOCAL = 30
"""Bytes of what stands before a file in a zip archive, without its name and what else is of no fixed length."""
_ARRAY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([<|][a-z]\d+)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \} *\n", re.S
)
"""What NumPy writes before the numbers (numpy.lib.format). Its own reader takes longer than all the rest."""
_HEAD = 1024

_maps: list[mmap.mmap] = []


def arrays(path: Path) -> Mapping[str, Array]:
    """The arrays by their names. Raises OSError where there is no file, ValueError or BadZipFile for a damaged one."""
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        _maps.append(mapped)
        found = {info.filename.removesuffix(".npy"): _array(archive, info, mapped) for info in archive.infolist()}
    rest()
    return found


def rest() -> None:
    """Have the system take back the memory that mapped arrays are read into. They are read again when looked at.

    It costs a millisecond, and the next look some more: for a program that has nothing to do now.
    """
    for one in _maps:
        one.madvise(mmap.MADV_DONTNEED)


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, mapped: mmap.mmap) -> Array:
    if info.compress_type != zipfile.ZIP_STORED:
        with archive.open(info) as member:
            unpacked: Array = np.lib.format.read_array(member, allow_pickle=False)
            return unpacked
    lengths = np.frombuffer(mapped, "<u2", 2, info.header_offset + _LOCAL - 4)
    start = info.header_offset + _LOCAL + int(lengths.sum())
    if zlib.crc32(memoryview(mapped)[start : start + info.file_size]) != info.CRC:
        raise ValueError(f"The file {archive.filename} is damaged ({info.filename}).")
    head = _ARRAY.match(mapped[start : start + _HEAD])
    if head is None:
        raise ValueError(f"The file {archive.filename} has no array where it should ({info.filename}).")
    shape = tuple(int(size) for size in head[2].replace(b",", b" ").split())
    numbers = np.frombuffer(mapped, head[1].decode(), int(np.prod(shape)), start + head.end())
    return numbers.reshape(shape)
