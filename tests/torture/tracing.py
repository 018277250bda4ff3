"""Whether calls can be traced and made to fail here: not every container lets anybody do so."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache


@cache
def why_not() -> str:
    """Why nothing can be traced here; empty if it can."""
    if shutil.which("strace") is None:
        return "strace is not installed (on Debian: apt-get install strace)"
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "this system lets nobody trace (ptrace)"
