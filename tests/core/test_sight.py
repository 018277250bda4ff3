"""Words that nobody can see are no words of a mail, and words that only look as if they were hidden are."""

from __future__ import annotations

import pytest

from triage.core.html import from_html

PAGES = {
    "no size": ("<p style='font-size:0'>an offer</p><p>no offer</p>", "no offer"),
    "no size, in pixels": ("<p style='FONT-SIZE: 0px'>an offer</p>no offer", "no offer"),
    "a size below one": ("<p style='font-size:0.9em'>no offer</p>", "no offer"),
    "a row of no size with a column": (
        "<td style='font-size:0px'><div style='font-size:16px'>no offer</div></td>",
        "no offer",
    ),
    "the last size counts": ("<p style='font-size:16px;font-size:0'>an offer</p>no offer", "no offer"),
    "white": ("<p style='color:#FFF'>an offer</p><p>no offer</p>", "no offer"),
    "white by its name": ("<font color=white>an offer</font>no offer", "no offer"),
    "almost white": ("<p style='color: #fefefe'>an offer</p><p>no offer</p>", "no offer"),
    "white in numbers": ("<p style='color:rgb(255, 255, 255)'>an offer</p>no offer", "no offer"),
    "of no colour": ("<p style='color:transparent'>an offer</p>no offer", "no offer"),
    "white on white": ("<p style='color:#fff;background:#ffffff'>an offer</p>no offer", "no offer"),
    "white on what is white within what is not": (
        "<div style='background:#00f'><p style='background-color:white;color:white'>an offer</p></div>no offer",
        "no offer",
    ),
    "white within": ("<div style='color:#fff'><b>an offer</b></div>no offer", "no offer"),
    "white on a button": ("<td style='background:#0a66c2'><b style='color:#fff'>no offer</b></td>", "no offer"),
    "white on an old table": ("<table bgcolor=navy><tr><td><font color=white>no offer</font></table>", "no offer"),
    "white on a picture": ("<td background='x.png'><p style='color:#fff'>no offer</p></td>", "no offer"),
    "a white link": ("<font color=white><a href=x>no offer</a></font>", "no offer"),
    "a link made white": ("<a href=x style='color:#fff'>an offer</a>no offer", "no offer"),
    "black within white": ("<div style='color:#fff'><p style='color:#000'>no offer</p></div>", "no offer"),
    "a white border": ("<p style='border-color:#fff;color:#333'>no offer</p>", "no offer"),
    "white as everything": ("<body class=dark><p style='color:#fff'>no offer</p></body>", "no offer"),
    "after it ends": ("<p><span style='color:#fff'>an offer</span> no offer</p>", "no offer"),
    "far to the left": ("<div style='position:absolute;left:-9999px'>an offer</div>no offer", "no offer"),
    "indented out of the page": ("<p style='text-indent: -5000px'>an offer</p>no offer", "no offer"),
    "a little to the left": ("<p style='margin-left:-10px;left:-8px'>no offer</p>", "no offer"),
}


@pytest.mark.parametrize("name", PAGES)
def test_what_cannot_be_seen_is_not_read(name: str) -> None:
    html, words = PAGES[name]
    assert from_html(html).strip() == words
