"""Runs a command to its end and says what it took: `python -S -E timed.py RESULT COMMAND...`.

A process of its own and a small one, because what a child is said to have needed at the most is never less than what
its parent had when the child began.
"""

import json
import os
import sys
import threading
import time

SAMPLED = 0.2
"""Seconds between two looks at a command that has children."""


def family(pid: int) -> "list[int]":
    """A process and all below it."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        found = [pid]
        for thread in threads:
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                for child in file.read().split():
                    found += family(int(child))
    except OSError:
        return []
    return found


def share(pid: int) -> int:
    """Bytes of memory, with what is shared divided among those that share it."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def watch(pid: int, most: "list[int]", over: threading.Event) -> None:
    while not over.wait(SAMPLED):
        pids = family(pid)
        if len(pids) > 1:
            most[0] = max(most[0], sum(map(share, pids)))


def main() -> None:
    start, most, over = time.monotonic(), [0], threading.Event()
    pid = os.fork()
    if pid == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    threading.Thread(target=watch, args=(pid, most, over), daemon=True).start()
    _, status, used = os.wait4(pid, 0)
    wall = time.monotonic() - start
    over.set()
    result = {
        "code": os.waitstatus_to_exitcode(status),
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": max(used.ru_maxrss * 1024, most[0]),
    }
    with open(sys.argv[1], "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
