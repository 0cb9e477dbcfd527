"""Figures of lines, bars and words, written as SVG by hand: a tenth of the time and a third of the bytes of a plotting library.

Places are in points from the top left of the figure; a `Panel` maps data to them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from auditor.report.figures._style import FONTS, INK, LINE, PAPER, SOFT, Picture, svg_picture
from auditor.report.language.translate import say
from auditor.report.pdf_text_width import Setting

Points = Sequence[tuple[float, float]]


class Drawing:
    """A figure that grows by elements; later ones lie over earlier ones."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def line(self, points: Points, colour: str, width: float = 1.0, dashes: str = "") -> None:
        """A line through points."""
        dashed = f"; stroke-dasharray: {dashes}" if dashes else ""
        self._parts.append(
            f'<path d="{_path(points)}" style="fill: none; stroke: {colour}; stroke-width: {_short(width)}{dashed}"/>'
        )

    def area(self, points: Points, colour: str, opacity: float = 1.0) -> None:
        """A filled outline."""
        self._parts.append(f'<path d="{_path(points)} z" style="fill: {colour}; opacity: {opacity:g}"/>')

    def rect(self, box: tuple[float, float, float, float], colour: str, edge: str = "none") -> None:
        """A filled box of (left, top, width, height)."""
        left, top, width, height = map(_short, box)
        self._parts.append(
            f'<rect x="{left}" y="{top}" width="{width}" height="{height}" style="fill: {colour}; stroke: {edge}"/>'
        )

    def squares(self, places: Points, side: float, colour: str) -> None:
        """Squares of one colour by their left and top; a hair of an edge keeps neighbours without a gap."""
        step = _short(side)
        path = " ".join(f"M{_short(x)} {_short(y)}h{step}v{step}h-{step}z" for x, y in places)
        self._parts.append(f'<path d="{path}" style="fill: {colour}; stroke: {colour}; stroke-width: 0.3"/>')

    def dot(self, x: float, y: float, colour: str, radius: float = 2.0) -> None:
        """A filled circle."""
        self._parts.append(f'<circle cx="{_short(x)}" cy="{_short(y)}" r="{_short(radius)}" style="fill: {colour}"/>')

    def text(self, x: float, y: float, words: str, colour: str = SOFT, *, anchor: str = "start", look: str = "") -> None:
        """Words with their base line at y.

        Args:
            x: left end, middle or right end of the words, by `anchor`: start, middle or end.
            y: of the base line.
            words: translated into the language of the document.
            colour: of the letters.
            anchor: what x is.
            look: 'bold', 'up' (turned to run upwards), or a size in points such as '7.5'; several with a space.
        """
        looks = look.split()
        size = next((one for one in looks if one[0].isdigit()), "8")
        turned = f' transform="rotate(-90 {_short(x)} {_short(y)})"' if "up" in looks else ""
        bold = "; font-weight: 700" if "bold" in looks else ""
        self._parts.append(
            f'<text x="{_short(x)}" y="{_short(y)}"{turned} style="font-size: {size}px; fill: {colour}; '
            f'text-anchor: {anchor}{bold}">{escape(say(words))}</text>'
        )

    def picture(self, stem: str, alt: str) -> Picture:
        """The finished figure."""
        size = f'width="{_short(self.width)}pt" height="{_short(self.height)}pt"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_short(self.width)} {_short(self.height)}"'
        return svg_picture(f'{head} font-family="{FONTS}">\n' + "\n".join(self._parts) + "\n</svg>\n", stem, say(alt))


@dataclass(frozen=True)
class Panel:
    """A part of a drawing with axes."""

    on: Drawing
    box: tuple[float, float, float, float]
    """Left, top, width, height."""
    x: tuple[float, float]
    """Data at the left and right edge."""
    y: tuple[float, float]
    """Data at the lower and upper edge."""

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Place of a point of the data."""
        left, top, width, height = self.box
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return left + across * width, top + (1 - up) * height

    def places(self, x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
        """Places of points of the data."""
        return [self.at(a, b) for a, b in zip(x, y, strict=True)]

    def ticks_y(self, ticks: Sequence[tuple[float, str]], grid: bool = True, names: bool = True) -> None:
        """Numbers at the left with light lines across."""
        for value, name in ticks:
            left, y = self.at(self.x[0], value)
            if grid:
                self.on.line([(left, y), (left + self.box[2], y)], LINE, 0.6)
            if names:
                self.on.text(left - 4, y + 2.9, name, anchor="end")

    def ticks_x(self, ticks: Sequence[tuple[float, str]]) -> None:
        """The base line, with numbers below it; the outermost ones keep inside the panel's edges by a few points."""
        left, top, width, height = self.box
        self.on.line([(left, top + height), (left + width, top + height)], SOFT, 0.6)
        for value, name in ticks:
            x, _ = self.at(value, self.y[0])
            self.on.line([(x, top + height), (x, top + height + 2.5)], SOFT, 0.6)
            self.on.text(x, top + height + 12, name, anchor="middle")

    def names(self, title: str = "", x: str = "", y: str = "") -> None:
        """Title above, name of the data below and at the left."""
        left, top, width, height = self.box
        if title:
            self.on.text(left, top - 6, title, INK, look="bold 8.5")
        if x:
            self.on.text(left + width / 2, top + height + 25, x, anchor="middle")
        if y:
            self.on.text(left - 27, top + height / 2, y, anchor="middle", look="up")

    def label(self, x: float, y: float, words: str, colour: str) -> None:
        """Words on paper, so that no grid line runs through them; x and y of their left end and base line, in points."""
        self.on.rect((x - 1, y - 7.6, breadth(say(words)) + 2, 10), PAPER)
        self.on.text(x, y, words, colour)


_LETTERS = Setting(8)


def breadth(words: str) -> float:
    """Width of words in points."""
    return _LETTERS.width(words)


PERCENT = tuple((share / 100, f"{share} %") for share in (0, 25, 50, 75, 100))


def nice_ticks(low: float, high: float, most: int = 6) -> list[tuple[float, str]]:
    """Round numbers from low to high, at most `most` of them, with their names."""
    span = high - low or 1.0
    raw = span / (most - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if round(step / power, 6) == 2.5 else 0)
    first = math.ceil(low / step - 1e-9)
    values = [place * step for place in range(first, math.floor(high / step + 1e-9) + 1)]
    return [(value, f"{value + 0.0:.{digits}f}".replace("-", "\u2212")) for value in values]


def _path(points: Points) -> str:
    return "M" + " L".join(f"{_short(x)} {_short(y)}" for x, y in points)


def _short(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
