"""format=flowed text to paragraphs: the line breaks that a mail program only put there to fit (RFC 3676)."""

from __future__ import annotations


def unflow(text: str, *, joined: bool = False) -> str:
    """Undo the soft line breaks of format=flowed (RFC 3676); `joined` is its DelSp=yes."""
    lines: list[str] = []
    soft = False
    for raw in text.splitlines():
        quote, content = _quote_depth(raw)
        if soft and lines and _quote_depth(lines[-1])[0] == quote and raw != "-- ":
            lines[-1] += content
        else:
            lines.append(f"{quote} {content}" if quote else content)
        soft = raw.endswith(" ") and content != "-- "
        if soft and joined:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def _quote_depth(line: str) -> tuple[str, str]:
    content = line.lstrip(">")
    return ">" * (len(line) - len(content)), content.removeprefix(" ")
