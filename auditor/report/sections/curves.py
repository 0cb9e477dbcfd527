"""Annex: curves of the methods and fills that the body has no room for, with their small tables."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.figures import removal_curves
from auditor.report.figures._style import Picture
from auditor.report.material import Material
from auditor.report.method_curves import HOW_TO_READ, curve_panels, points_table
from auditor.report.view import TableView
from auditor.report.words import Status, listing

KIND = "Further curves"
TITLE = "What do the curves of the other methods and fills look like?"
MOST_FIGURES = 6


@dataclass(frozen=True)
class CurveView:
    """One method under one fill."""

    title: str
    verdict: Status
    curves: Picture
    table: TableView


@dataclass(frozen=True)
class Curves:
    """Curves beyond those of the body."""

    views: tuple[CurveView, ...]
    nothing: str
    """What to say where the body has them all; '' else."""
    left: str
    """Which are in the record only; '' for none."""
    how_to_read: str


def context(material: Material) -> Curves:
    """The annex from the record: the other methods first, then the other fills of all."""
    body, fills = material.methods_in_body, [fill.name for fill in material.report.prepared.fills]
    pairs = [(method, material.fill) for method in material.methods if method not in body and method.name != "random"]
    pairs += [(m, fill) for fill in fills if fill != material.fill for m in material.methods if m.name != "random"]
    views: list[CurveView] = []
    left: list[str] = []
    for method, fill in pairs:
        panels, _ = curve_panels(material, method, fill)
        title = method.title if fill == material.fill else f"{method.title}, fill {fill}"
        if panels and len(views) < MOST_FIGURES:
            picture = removal_curves.draw(method.title, material.score, panels)
            views.append(CurveView(title, method.verdict, picture, points_table(material, method, fill, panels)))
        elif panels:
            left.append(title)
    drawn = any(curve_panels(material, method, material.fill)[0] for method in body)
    return Curves(
        views=tuple(views),
        nothing="" if views else "There are no curves beyond those of the body." if drawn else "No curve was drawn.",
        left=f"In the attached report.json only: {listing(left)}." if left else "",
        how_to_read=f"How to read this: as in section {material.sections['faithfulness']}." if drawn else HOW_TO_READ,
    )
