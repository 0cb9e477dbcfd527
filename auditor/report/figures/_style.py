"""One look for all figures, and the way from a matplotlib figure to an accessible SVG."""

from __future__ import annotations

import hashlib
import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from auditor.report.language.figure import spoken_figure
from auditor.report.templates import fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, LINE, PAPER = "#1c2127", "#5b6570", "#d5dae0", "#ffffff"
BLUE, ORANGE, GREEN, PINK = "#0072b2", "#e69f00", "#009e73", "#cc79a7"
"""Okabe & Ito, "Color universal design" (https://jfly.uni-koeln.de/color/)."""

BEHIND = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}
"""Paper behind a name, so that no grid line runs through it."""

PAGE_WIDTH = 6.85
"""Width of the text on an A4 page with 18 mm margins, in inches: a figure of this width prints its points as points."""

_FAMILIES = ["Noto Sans", "Noto Sans SC", "Noto Sans Math", "Noto Sans Symbols 2"]
FONTS = ", ".join(f"'{name}'" for name in _FAMILIES) + ", sans-serif"

_RC = {
    "font.family": _FAMILIES,
    "font.size": 8, "axes.labelsize": 8, "axes.titlesize": 8.5, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "xtick.labelsize": 8, "ytick.labelsize": 8, "text.color": INK, "axes.labelcolor": SOFT, "axes.edgecolor": SOFT,
    "xtick.color": SOFT, "ytick.color": SOFT, "axes.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False,
    "axes.spines.left": False, "axes.grid": True, "axes.grid.axis": "y", "grid.color": LINE, "grid.linewidth": 0.6,
    "axes.axisbelow": True, "ytick.major.size": 0, "xtick.major.size": 2.5, "xtick.major.width": 0.6, "lines.linewidth": 1.8,
    "svg.hashsalt": "auditor", "svg.fonttype": "none", "text.parse_math": False, "axes.unicode_minus": True,
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none", "path.simplify": False,
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A figure for both documents."""

    name: str
    """File name inside the PDF's rendering, unique by content."""
    content: bytes
    """SVG, PNG or JPEG."""
    media: str
    """Media type of `content`."""
    inline: Markup
    """The same figure for the HTML page: inline SVG whose colours follow the page, or an img with a data: URL."""
    alt: str
    """What the figure shows, with its numbers."""


@contextmanager
def style() -> Iterator[None]:
    """The report's matplotlib settings and fonts, for as long as a figure is drawn and saved."""
    import matplotlib

    _register_fonts()
    log = logging.getLogger("matplotlib.font_manager")
    before = log.level
    log.setLevel(logging.ERROR)  # the fallback fonts have no bold, and say so once per figure
    try:
        with matplotlib.rc_context(_RC):  # type: ignore[arg-type]
            yield
    finally:
        log.setLevel(before)


@cache
def _register_fonts() -> None:
    from matplotlib.font_manager import fontManager

    for path in fonts():
        fontManager.addfont(str(path))
        fontManager.ttflist.insert(0, fontManager.ttflist.pop())  # before fonts of the system that have the same name


def figure(width: float, height: float) -> Figure:
    """An empty figure, inches; without pyplot, so that no global state and no display is touched."""
    from matplotlib.figure import Figure as MatplotlibFigure

    return MatplotlibFigure(figsize=(width, height), layout="constrained")


def percent_axis(axes: Axes, which: str) -> None:
    """Ticks at 0, 25, 50, 75 and 100 %."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks([0, 0.25, 0.5, 0.75, 1.0], ["0 %", "25 %", "50 %", "75 %", "100 %"])


def to_picture(drawn: Figure, stem: str, alt: str) -> Picture:
    """Save as SVG without dates; ids and colours are rewritten for use inside a page."""
    alt = spoken_figure(drawn, alt)
    sink = io.BytesIO()
    drawn.savefig(sink, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = sink.getvalue().decode("utf-8")
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    # places to a hundredth of a point; factors of a scale stay exact, a rounded one would change the size of the text
    svg = re.sub(
        r"(scale\([^)]*\))|-?\d+\.\d{3,}", lambda found: found[1] or f"{float(found[0]):.2f}".rstrip("0").rstrip("."), svg
    )
    return svg_picture(re.sub(r"\n\s*", "\n", svg), stem, alt)


def svg_picture(svg: str, stem: str, alt: str) -> Picture:
    """A whole SVG as a figure for both documents; its name tells its content."""
    mark = f"{stem}-{hashlib.sha256(svg.encode()).hexdigest()[:10]}"
    return Picture(f"{mark}.svg", svg.encode(), "image/svg+xml", _inline(svg, mark, alt), alt)


_THEMED = {INK: "ink", SOFT: "soft", LINE: "line", PAPER: "paper", BLUE: "blue", ORANGE: "orange", GREEN: "green"}


def _inline(svg: str, mark: str, alt: str) -> Markup:
    """SVG for the HTML page: ids made unique, sizes left to the page, our colours turned into the page's variables."""
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{mark}-", svg)
    svg = re.sub(r'(<svg[^>]*?)\swidth="([\d.]+)pt"', r'\1 style="width:\2pt"', svg, count=1)
    svg = re.sub(r'(<svg[^>]*?)\sheight="[\d.]+pt"', r"\1", svg, count=1)
    svg = svg.replace('xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace("xlink:href", "href")
    svg = svg.replace('xmlns="http://www.w3.org/2000/svg"', "", 1)
    for colour, name in _THEMED.items():
        svg = re.sub(rf"(fill|stroke): {colour}\b", rf"\1: var(--{name})", svg)
    svg = svg.replace("<svg", f'<svg role="img" aria-labelledby="{mark}-title"', 1)
    place = svg.index(">") + 1
    return Markup(svg[:place] + f'<title id="{mark}-title">{escape(alt)}</title>' + svg[place:])
