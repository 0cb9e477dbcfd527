"""Reliability diagram: how often the prediction was right, by stated confidence, with Wilson bars."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.figures._style import BLUE, LINE, SOFT, Picture
from auditor.report.figures._vector import PERCENT, Drawing, Panel


@dataclass(frozen=True)
class Bin:
    """One bin of confidence."""

    rows: int
    confidence: float
    """Mean confidence of its rows."""
    accuracy: float
    """Share of its rows that are right."""
    low: float | None
    high: float | None


def draw(bins: tuple[Bin, ...], edges: tuple[tuple[float, float, int], ...], several: bool = False) -> Picture:
    """Draw dots with intervals over a strip of row counts.

    Args:
        bins: bins with enough rows.
        edges: (from, to, rows) of every bin, for the strip.
        several: whether the probabilities are those of several labels per row instead of the prediction's.
    """
    came, entries, stated = ("holds", "answers", "probability") if several else ("right", "rows", "confidence")
    drawing = Drawing(238, 223)
    upper = Panel(drawing, (44, 6, 180, 136), (0, 1), (0, 1.02))
    upper.ticks_y(PERCENT)
    drawing.line(upper.places((0, 1), (0, 1)), SOFT, 1, "4 2.5")
    x, y = upper.at(0.56, 0.05)
    upper.label(x, y, "probability = share that holds" if several else "confidence = accuracy", SOFT)
    for item in bins:
        if item.low is not None and item.high is not None:
            drawing.line(upper.places([item.confidence] * 2, [item.low, item.high]), BLUE, 1.4)
    for item in bins:
        drawing.dot(*upper.at(item.confidence, item.accuracy), BLUE)
    upper.names(y="share that holds" if several else "share right")
    most = max([rows for _, _, rows in edges] or [1])
    lower = Panel(drawing, (44, 156, 180, 36), (0, 1), (0, 1))
    lower.ticks_y([(0, "0"), (1, f"{most:,}")])
    for low, high, rows in edges:
        (left, top), (right, bottom) = lower.at(low, rows / max(most, 1)), lower.at(high, 0)
        drawing.rect((left, top, right - left, bottom - top), LINE, SOFT)
    lower.ticks_x(PERCENT)
    lower.names(x="stated probability of a label" if several else "stated confidence of the prediction", y=entries)
    parts = [f"{stated} {item.confidence:.2f}: {came} {item.accuracy:.2f} of {item.rows:,} {entries}" for item in bins]
    return drawing.picture("reliability", f"Reliability diagram. {'; '.join(parts) or f'No bin holds enough {entries}'}.")
