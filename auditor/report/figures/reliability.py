"""Reliability diagram: how often the prediction was right, by stated confidence, with Wilson bars."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.figures._style import BEHIND, BLUE, LINE, SOFT, Picture, figure, percent_axis, style, to_picture


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
    with style():
        drawn = figure(3.3, 3.1)
        upper, lower = drawn.subplots(2, 1, sharex=True, height_ratios=[4, 1])
        upper.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=(0, (4, 2.5)))
        line = "probability = share that holds" if several else "confidence = accuracy"
        upper.annotate(line, (0.3, 0.3), xytext=(6, -2), textcoords="offset points", color=SOFT, va="top", bbox=BEHIND)
        for item in bins:
            if item.low is not None and item.high is not None:
                upper.plot([item.confidence] * 2, [item.low, item.high], color=BLUE, linewidth=1.4, solid_capstyle="butt", clip_on=False)
        upper.plot([item.confidence for item in bins], [item.accuracy for item in bins], "o", color=BLUE, markersize=4, clip_on=False)
        upper.set_xlim(0, 1)
        upper.set_ylim(0, 1.02)
        percent_axis(upper, "y")
        upper.set_ylabel("share that holds" if several else "share right")
        most = max([rows for _, _, rows in edges] or [1])
        starts, heights = [low for low, _, _ in edges], [rows / max(most, 1) for _, _, rows in edges]
        widths = [high - low for low, high, _ in edges]
        lower.bar(starts, heights, width=widths, align="edge", color=LINE, edgecolor=SOFT, linewidth=0.5)
        lower.set_yticks([0, 1], ["0", f"{most:,}"])
        lower.set_ylabel(entries)
        percent_axis(lower, "x")
        lower.set_xlabel("stated probability of a label" if several else "stated confidence of the prediction")
        parts = [f"{stated} {item.confidence:.2f}: {came} {item.accuracy:.2f} of {item.rows:,} {entries}" for item in bins]
        said = "; ".join(parts)
        return to_picture(drawn, "reliability", f"Reliability diagram. {said or f'No bin holds enough {entries}'}.")
