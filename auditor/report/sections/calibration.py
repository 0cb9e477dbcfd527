"""Section: what a stated confidence is worth, and how a decision at a threshold fares."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.figures._style import Picture
from auditor.report.material import Material
from auditor.report.overall import CONFIDENCE, Overall, overall
from auditor.report.performance_more import OperatingView, operating, panels
from auditor.report.reliability_bins import reliability_views
from auditor.report.view import TableView
from auditor.report.words import sentence

KIND = "Calibration"
TITLE = "What does a stated confidence mean?"


@dataclass(frozen=True)
class Calibration:
    """Confidence against being right."""

    overall: Overall
    reliability: Picture | None
    caption: str
    how_to_read: str
    bins: TableView | None
    gap: str
    """Why there is no diagram; '' when there is one."""
    operating: OperatingView | None
    thresholds: Picture | None
    thresholds_read: str


def context(material: Material) -> Calibration:
    """The section from the record."""
    diagram, bins, gap = reliability_views(material)
    return Calibration(
        overall=overall(material, "Confidence, over all rows", CONFIDENCE),
        reliability=diagram,
        caption=(
            "Reliability of all labels together: share of answers for which the label holds, against its stated probability."
            if material.several
            else "Reliability: share of predictions that are right, against stated confidence."
        ),
        how_to_read=(
            "How to read this: below the dashed line the model claims more than it keeps. "
            "Bars: Wilson 95 % intervals; bins with fewer than 10 rows have no dot."
        ),
        bins=bins,
        gap=sentence(f"Reliability diagram: {gap}") if gap else "",
        operating=operating(material),
        thresholds=panels(material),
        thresholds_read=(
            "How to read this: each point is one threshold on the probability of one class; band: pointwise 95 % interval. "
            "The further a curve lies above the dashed line of chance, the better the probability orders the rows."
        ),
    )
