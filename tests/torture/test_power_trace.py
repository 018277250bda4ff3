"""Reading traces: on lines as strace writes them."""

from __future__ import annotations

import pytest

from tests.torture.power_operations import (
    FolderMade,
    Linked,
    Marked,
    Opened,
    Operation,
    Removed,
    Renamed,
    Resized,
    Synced,
    SyncFailed,
    Written,
)
from tests.torture.power_trace import UnknownCallError, operations


def x(text: str) -> str:
    """As strace shows it with -xx."""
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def read(*lines: str) -> list[Operation]:
    return operations(lines, "/r", "/marks")


FILE = f"<{x('/r/a')}>"
AT = f"AT_FDCWD<{x('/')}>"
OPENED = f'7  openat({AT}, "{x("/r/a")}", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 3{FILE}'


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([OPENED], [Opened("/r/a", create=True, empty=False)]),
        ([OPENED.replace("O_CREAT", "O_TRUNC")], [Opened("/r/a", create=False, empty=True)]),
        ([OPENED.replace("O_CREAT|", "")], []),
        ([OPENED.replace("/r/a", "/elsewhere")], [Opened("/r/a", create=True, empty=False)]),
        ([f'7  openat({AT}, "{x("/etc/a")}", O_RDWR|O_CREAT, 0600) = 3<{x("/etc/a")}>'], []),
        ([f'7  pwrite64(3{FILE}, "{x("abc")}", 3, 4096) = 3'], [Written("/r/a", 4096, b"abc")]),
        ([f'7  pwrite64(3{FILE}, "{x("abc")}", 3, 4096) = 2'], [Written("/r/a", 4096, b"ab")]),
        ([f'7  pwrite64(3{FILE}, "{x("abc")}", 3, 4096) = -1 ENOSPC (No space left on device)'], []),
        ([f'7  pwrite64(3<{x("/r/a-shm")}>, "{x("a")}", 1, 0) = 1'], []),
        ([f'7  pwrite64(3{FILE}(deleted), "{x("a")}", 1, 0) = 1'], []),
        ([f"7  ftruncate(3{FILE}, 8192) = 0"], [Resized("/r/a", 8192)]),
        ([f"7  fdatasync(3{FILE}) = 0"], [Synced("/r/a")]),
        ([f"7  fsync(3<{x('/r')}>) = 0"], [Synced("/r")]),
        ([f"7  fsync(3{FILE}) = -1 EIO (Input/output error) (INJECTED)"], [SyncFailed("/r/a")]),
        ([f'7  mkdir("{x("/r/d")}", 0700) = 0'], [FolderMade("/r/d")]),
        ([f'7  mkdir("{x("/r/d")}", 0700) = -1 EEXIST (File exists)'], []),
        ([f'7  link("{x("/r/a")}", "{x("/r/b")}") = 0'], [Linked("/r/a", "/r/b")]),
        ([f'7  renameat({AT}, "{x("/r/a")}", {AT}, "{x("/r/b")}") = 0'], [Renamed("/r/a", "/r/b")]),
        ([f'7  unlinkat(4<{x("/r")}>, "{x("a")}", 0) = 0'], [Removed("/r/a")]),
        ([f'7  write(9<{x("/marks")}>, "{x("one")}\\x0a{x("two")}", 7) = 7'], [Marked("one"), Marked("two")]),
        ([f"7  mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3<{x('/r/a-shm')}>, 0) = 0x7f00"], []),
        ([f"7  mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3{FILE}, 0) = 0x7f00"], []),
        (["7  close(3) = 0", "7  +++ exited with 0 +++"], []),
    ],
)
def test_a_line_of_the_trace_becomes_an_operation(lines: list[str], expected: list[Operation]) -> None:
    assert read(*lines) == expected


def test_a_call_that_another_thread_interrupts_is_read_whole_and_where_it_ended() -> None:
    lines = [
        f"7  fdatasync(3{FILE} <unfinished ...>",
        f"8  ftruncate(4{FILE}, 1) = 0",
        "7  <... fdatasync resumed>) = 0",
    ]
    assert read(*lines) == [Resized("/r/a", 1), Synced("/r/a")]


def test_writing_goes_on_where_it_ended() -> None:
    def write(text: str) -> str:
        return f'7  write(3{FILE}, "{x(text)}", {len(text)}) = {len(text)}'

    there = [
        OPENED,
        write("abc"),
        write("d"),
        f'7  writev(3{FILE}, [{{iov_base="{x("e")}", iov_len=1}}, {{iov_base="{x("f")}", iov_len=1}}], 2) = 2',
        f"7  lseek(3{FILE}, 1, SEEK_SET) = 1",
        write("g"),
    ]
    offsets = [(one.offset, one.data) for one in read(*there) if isinstance(one, Written)]
    assert offsets == [(0, b"abc"), (3, b"d"), (4, b"ef"), (1, b"g")]
    assert [
        one.offset for one in read(OPENED.replace("O_CREAT", "O_APPEND"), write("a")) if isinstance(one, Written)
    ] == [None]


@pytest.mark.parametrize(
    "line",
    [
        f"7  mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3{FILE}, 0) = 0x7f00",
        f"7  fallocate(3{FILE}, 0, 0, 4096) = 0",
        f"7  dup(3{FILE}) = 4{FILE}",
        f'7  symlink("{x("/r/a")}", "{x("/r/b")}") = 0',
        f'7  rename("{x("/r/a")}", "{x("/elsewhere")}") = 0',
        f'7  rename("{x("a")}", "{x("b")}") = 0',
        "7  sync() = 0",
    ],
)
def test_what_the_model_does_not_know_is_never_passed_over(line: str) -> None:
    with pytest.raises(UnknownCallError):
        read(line)
