"""Room given back while nothing happens: what can be made again in a moment, and what is free but kept."""

from __future__ import annotations

import ctypes
import gc
import mmap
import re
import sys
from contextlib import suppress
from pathlib import Path

from triage.core.judge import Judge

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
"""Settings of mallopt(3), by their numbers in malloc.h."""
_ARENAS = 2
"""Else each thread keeps free memory of its own. They seldom wait for one another: Python lets one run at a time."""
_LARGE = 256 * 1024
"""Bytes: what is larger goes back to the system as soon as it is free."""


_PROGRAM = re.compile(
    rb"^([0-9a-f]+)-([0-9a-f]+) r-[-x]p \S+ \S+ [1-9]\d* +/(?:.*\n)(?:(?!Anonymous:|[0-9a-f]+-).*\n)*Anonymous: +0 kB",
    re.M,
)
"""What a program or a library has for the processor to run, and what it only reads, as /proc/self/smaps tells of it
(proc(5)): read from its file, and like it to the last byte."""


def settle() -> None:
    """Once, before there are threads: what is loaded now is there to stay, and what comes and goes goes entirely."""
    share()
    gc.collect()
    gc.freeze()


def share() -> None:
    """Before there are threads: have them share the memory that is free, and what was large go back to the system."""
    # Only the GNU library has them.
    with suppress(AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)


def rest(judge: Judge) -> None:
    """Let go of compiled phrases, also where their library keeps them, of the network's weights, and of free memory.

    It takes some milliseconds, and the next mail about a job takes a fifth of a second more: for when none has come for
    some minutes.
    """
    judge.rest()
    if phrases := sys.modules.get("re2"):
        phrases.purge()
    re.purge()
    if mapped := sys.modules.get("triage.mapped"):  # not imported for this: it brings NumPy with it
        mapped.rest()
    # What threads have used and freed stays with the process otherwise. Only the GNU library has it.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    _let_go_of_programs()


def _let_go_of_programs() -> None:
    """What runs when mail is read is not needed to wait for it. The system has it in the files, and in its cache."""
    try:
        maps = Path("/proc/self/smaps").read_bytes()
        advise = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):  # only Linux has the one; all but Windows have the other
        return
    for start, end in _PROGRAM.findall(maps):
        begin = int(start, 16)
        advise(ctypes.c_void_p(begin), ctypes.c_size_t(int(end, 16) - begin), mmap.MADV_DONTNEED)
