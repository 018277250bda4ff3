"""Words as a manual page has them: the few marks of man(7), which groff and mandoc both know."""

from __future__ import annotations

import re
import textwrap

_OPTION = re.compile(r"(?<![\w-])--?\w[\w-]*")
_CODE = re.compile(r"`([^`]+)`")


def prose(words: str) -> list[str]:
    """Lines of running text. A hyphen that is typed, as in an option, is a minus; what stands in backticks is bold."""
    minus = _OPTION.sub(lambda found: found[0].replace("-", r"\-"), words.replace("\\", r"\e"))
    marked = _CODE.sub(lambda found: rf"\fB{_minus(found[1])}\fR", minus)
    return [_guarded(line) for line in textwrap.wrap(marked, 79, break_long_words=False, break_on_hyphens=False)]


def exactly(words: str) -> str:
    """A line in which every sign counts, such as one to be typed."""
    return _guarded(_minus(words.replace("\\", r"\e")))


def bold(words: str) -> str:
    """One line, bold."""
    return rf"\fB{exactly(words)}\fR"


def paragraphs(words: str) -> list[str]:
    """Help as click reads it: blank lines part paragraphs, and one that begins with \\b keeps its lines."""
    page = []
    for paragraph in re.split(r"\n\s*\n", words.strip()):
        if paragraph.startswith("\b"):
            page += [".PP", ".nf", *map(exactly, paragraph.splitlines()[1:]), ".fi"]
        else:
            page += [".PP", *prose(" ".join(paragraph.split()))]
    return page


def _minus(words: str) -> str:
    return re.sub(r"(?<!\\)-", r"\\-", words)


def _guarded(words: str) -> str:
    r"""A line that begins with a dot or an apostrophe would be an order to the formatter."""
    return rf"\&{words}" if words.startswith((".", "'")) else words
