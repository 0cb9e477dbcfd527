"""Figures for pages that take files beside them: the same drawings as the report's, as SVG on white with alternative text."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import Curve
from auditor.publish.finished import FinishedRun
from auditor.report.document import numbers
from auditor.report.figures import removal_curves
from auditor.report.figures._style import Picture
from auditor.report.material import Material
from auditor.report.printable import printable_tree
from auditor.report.record import Report
from auditor.report.sections import calibration, performance, rankings


@dataclass(frozen=True)
class Figure:
    """One figure. None of them shows a row of the evaluation set."""

    file: str
    """'curves.svg': the same name for every run, so that a newer figure replaces the older."""
    content: bytes
    alt: str
    caption: str


def figures(run: FinishedRun) -> tuple[Figure, ...]:
    """Removal curves of the primary method, reliability diagram, confusion matrix and class maps, those there are."""
    record = Report.model_validate(printable_tree(run.report.model_dump(mode="json")))
    material = Material(record, run.report_id, {}, numbers())
    measured, ranked = performance.context(material), rankings.context(material)
    drawn = (
        ("curves.svg", _curves(material), _caption(material)),
        (
            "reliability.svg",
            calibration.context(material).reliability,
            "How often the prediction is right, by stated confidence.",
        ),
        ("confusion.svg", measured.matrix, "Labels (rows) and predictions (columns)."),
        ("classes.svg", ranked.picture if ranked else None, f"Share of attribution per class. {_caption(material)}"),
    )
    return tuple(Figure(name, _on_white(one.content), one.alt, said) for name, one, said in drawn if one is not None)


def _curves(material: Material) -> Picture | None:
    if material.primary is None:
        return None
    panels = []
    for title in ("Deletion", "Insertion"):
        name = f"{title.lower()}_curve"
        curve = material.results.curve(name, {"method": material.primary.name, "fill": material.fill})
        control = material.results.curve(name, {"control": "random", "fill": material.fill})
        if isinstance(curve, Curve):
            panels.append((title, curve, control if isinstance(control, Curve) else None))
    return removal_curves.draw(material.primary.title, material.score, tuple(panels)) if panels else None


def _caption(material: Material) -> str:
    """A method's figure never stands without its verdict."""
    method = material.primary
    return f"Verdict on {method.title}: {method.verdict.word[0].lower()}{method.verdict.word[1:]}." if method else ""


def _on_white(svg: bytes) -> bytes:
    """The ink is dark: without paper behind it a dark page would hide it."""
    return svg.replace(b"<svg ", b'<svg style="background:#ffffff" ', 1)
