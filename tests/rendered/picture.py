"""Makes the picture for the README, of a letter that `triage demo` left as a page:

python -m tests.rendered.picture LETTER.html docs/letter.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.rendered.chromium import Reader, running

WINDOW = Reader("readme", 720, 400)


def main(page: str, picture: str) -> None:
    with running() as browser:
        browser.show(Path(page).read_text(encoding="utf-8"), WINDOW)
        Path(picture).write_bytes(browser.picture())


if __name__ == "__main__":
    main(*sys.argv[1:])
