"""One series as small lines, a channel below the other, each stretch of time shaded by its attribution."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from auditor.report.figures._style import BEHIND, INK, SOFT, Picture, figure, style, to_picture
from auditor.report.printable import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CHANNELS = 4
_POINTS = 500
"""Points drawn of a line, evenly taken: more cannot be told apart at this width."""
_STRETCHES = 48
_POSITIVE, _NEGATIVE, _SINGLE = "#b23c14", "#005aa0", "#373880"
"""Those of the maps laid over pictures."""


def draw(series: np.ndarray, names: Sequence[str], values: np.ndarray | None, signed: bool, alt: str) -> Picture:
    """Draw at most four channels, those with most attribution.

    Args:
        series: [channels, steps], NaN where there is none.
        names: of the channels.
        values: [channels, steps], attribution of one method; None: no shading.
        signed: orange with "+" speaks for the class, blue with "−" against it; else one colour.
        alt: the figure in words.
    """
    weight = np.zeros(len(series)) if values is None else np.abs(np.nan_to_num(values)).sum(axis=1)
    chosen = np.sort(np.argsort(-weight, kind="stable")[:MOST_CHANNELS])
    largest = 0.0 if values is None else float(np.abs(np.nan_to_num(values)).max(initial=0.0))
    with style():
        drawn = figure(3.4, 0.52 * len(chosen) + 0.3)
        drawn.get_layout_engine().set(h_pad=0.01, hspace=0.02)  # type: ignore[union-attr,call-arg]
        axes = drawn.subplots(len(chosen), 1, sharex=True, squeeze=False)[:, 0]
        for axis, channel in zip(axes, chosen.tolist(), strict=True):
            _channel(axis, series[channel], None if values is None or not largest else values[channel] / largest, signed)
            axis.set_ylabel(shorten(names[channel], 14), rotation=0, ha="right", va="center", fontsize=7.5)
        axes[-1].xaxis.get_major_locator().set_params(integer=True)
        axes[-1].set_xlabel("step", color=SOFT, labelpad=1)
        return to_picture(drawn, "series", alt)


def _channel(axis: Axes, line: np.ndarray, strength: np.ndarray | None, signed: bool) -> None:
    axis.grid(visible=False)
    axis.set_yticks([])
    axis.set_xlim(0.5, len(line) + 0.5)
    for first, last, share in _runs(strength) if strength is not None else []:
        colour = _SINGLE if not signed else _POSITIVE if share > 0 else _NEGATIVE
        if abs(share) > 0.02:
            axis.axvspan(first + 0.5, last + 0.5, facecolor=colour, alpha=0.06 + 0.5 * abs(share), linewidth=0)
        if signed and abs(share) > 0.4:
            place, mark = ((first + last + 1) / 2, 0.97), "+" if share > 0 else "\u2212"
            axis.text(
                *place, mark, transform=axis.get_xaxis_transform(), ha="center", va="top", fontsize=8, bbox=BEHIND, zorder=4
            )
    steps = np.unique(np.linspace(0, len(line) - 1, min(len(line), _POINTS)).round().astype(int))
    if np.isfinite(line).any():
        axis.plot(steps + 1, line[steps], color=INK, linewidth=0.9)


def _runs(strength: np.ndarray) -> list[tuple[int, int, float]]:
    """(first, end, value) of stretches of equal value; many short ones are put together by their mean."""
    strength = np.nan_to_num(strength)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(strength)) + 1, [len(strength)]])
    if len(edges) > _STRETCHES:
        edges = np.unique(np.linspace(0, len(strength), _STRETCHES + 1).round().astype(int))
    return [(a, b, float(strength[a:b].mean())) for a, b in pairwise(edges.tolist()) if b > a]
