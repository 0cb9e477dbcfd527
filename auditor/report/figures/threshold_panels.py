"""ROC curve, precision–recall curve and what other thresholds would give, side by side, for one class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.evidence.results import Curve
from auditor.report.figures._style import BLUE, ORANGE, PAGE_WIDTH, SOFT, Picture, figure, percent_axis, style, to_picture
from auditor.report.printable import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_CHANCE: dict[str, Any] = {"color": SOFT, "linewidth": 1, "linestyle": (0, (4, 2.5))}


def draw(
    name: str,
    roc: Curve,
    precision: Curve,
    sweep: tuple[Curve, Curve] | None,
    threshold: float | None,
    share: float | None,
) -> Picture:
    """Draw two or three panels.

    Args:
        name: the class.
        sweep: recall and specificity by threshold; None: no operating point.
        threshold: the plan's.
        share: of rows that are of the class, which is the precision of chance.
    """
    shown = shorten(name, 20)
    with style():
        drawn = figure(PAGE_WIDTH, 2.3)
        panels = drawn.subplots(1, 2 if sweep is None else 3)
        _line(panels[0], roc, BLUE)
        panels[0].plot([0, 1], [0, 1], **_CHANCE)
        panels[0].set(title=f"ROC, {shown}", xlabel="false positive rate", ylabel="recall")
        _line(panels[1], precision, BLUE)
        if share is not None:
            panels[1].plot([0, 1], [share, share], **_CHANCE)
        panels[1].set(title=f"Precision–recall, {shown}", xlabel="recall", ylabel="precision")
        said = f"{name}. ROC: {_points(roc)}. Precision by recall: {_points(precision)}."
        if sweep is not None:
            _line(panels[2], sweep[0], BLUE)
            _line(panels[2], sweep[1], ORANGE, "--")
            if threshold is not None:
                panels[2].axvline(threshold, color=SOFT, linewidth=0.8)
            panels[2].set(title="Recall (—), specificity (- -)", xlabel="threshold", ylabel="share")
            said += f" Recall by threshold: {_points(sweep[0])}. Specificity by threshold: {_points(sweep[1])}."
        for axes in panels:
            axes.set(xlim=(0, 1), ylim=(0, 1.02))
            percent_axis(axes, "y")
            axes.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
        return to_picture(drawn, "thresholds", said)


def _line(axes: Axes, curve: Curve, colour: str, dashes: str = "-") -> None:
    if curve.low is not None and curve.high is not None:
        axes.fill_between(curve.x, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(curve.x, curve.y, color=colour, linestyle=dashes, linewidth=1.6)


def _points(curve: Curve) -> str:
    """The curve at 0.1, 0.5 and 0.9, in words."""
    x, y = np.asarray(curve.x), np.asarray(curve.y)
    return ", ".join(f"{y[int(np.argmin(np.abs(x - at)))]:.2f} at {at:g}" for at in (0.1, 0.5, 0.9))
