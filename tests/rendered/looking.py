"""What a browser shows, measured: every text with its colours, size and place, and pictures reduced to their shades."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from tests.rendered.chromium import Chromium

TEXTS = """
(() => {
  const grounds = element => {
    const own = getComputedStyle(element).backgroundColor;
    return own !== 'rgba(0, 0, 0, 0)' || !element.parentElement ? own : grounds(element.parentElement);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const node = walk.currentNode, range = document.createRange(), style = getComputedStyle(node.parentElement);
    if (!node.data.trim()) continue;
    range.selectNodeContents(node);
    const {left, right} = range.getBoundingClientRect();
    found.push([node.data.trim(), style.color, grounds(node.parentElement), parseFloat(style.fontSize), left, right]);
  }
  return found;
})()
"""
SHADES = """
(async () => {
  const image = new Image();
  image.src = 'data:image/png;base64,PICTURE';
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.drawImage(image, 0, 0);
  const sums = Array(COLUMNS * ROWS).fill(0), counts = Array(COLUMNS * ROWS).fill(0);
  const data = context.getImageData(0, 0, image.width, image.height).data;
  for (let y = 0, at = 0; y < image.height; y++) {
    const row = Math.floor(y * ROWS / image.height) * COLUMNS;
    for (let x = 0; x < image.width; x++, at += 4) {
      const cell = row + Math.floor(x * COLUMNS / image.width);
      sums[cell] += (0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2]) / 255;
      counts[cell]++;
    }
  }
  return [image.width, image.height, ...sums.map((sum, cell) => sum / counts[cell])];
})()
"""
COLUMNS, ROWS = 12, 16

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Seen:
    """One text as it is shown."""

    text: str
    colour: Colour
    ground: Colour
    size: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Shades:
    """A picture reduced to a few fields and how light each is, from 0 to 1."""

    width: int
    height: int
    fields: tuple[float, ...]

    def distance(self, other: Shades) -> float:
        """How much the fields of two pictures differ, on average."""
        return sum(abs(a - b) for a, b in zip(self.fields, other.fields, strict=True)) / len(self.fields)


def texts(browser: Chromium) -> list[Seen]:
    """Every text of the page that is open."""
    return [Seen(one[0], colour(one[1]), colour(one[2]), *one[3:]) for one in browser.ask(TEXTS)]


def shades(browser: Chromium, picture: bytes) -> Shades:
    """This PNG, reduced. The browser reads it, in place of a library for images."""
    script = SHADES.replace("PICTURE", base64.b64encode(picture).decode())
    for name, value in (("COLUMNS", COLUMNS), ("ROWS", ROWS)):
        script = script.replace(name, str(value))
    width, height, *fields = browser.ask(script)
    return Shades(width, height, tuple(fields))


def colour(css: str) -> Colour:
    """A colour as `getComputedStyle` names it; a transparent one is an error here."""
    found = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", css)
    assert found, css
    red, green, blue = (int(channel) for channel in found.groups())
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2: from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    channels = [channel / 255 for channel in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
