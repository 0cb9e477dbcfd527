"""Tables beside the curves: margins of parts of the cases, layers randomised one by one, and other tools' numbers."""

from __future__ import annotations

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.report.material import MOST_CLASSES, Material
from auditor.report.shown import shown
from auditor.report.view import Cell, TableView, columns, cut

OUTCOMES = {"right": "Model right", "wrong": "Model wrong"}


def part_tables(material: Material) -> tuple[TableView, ...]:
    """Those of the tables that the record has results for."""
    return tuple(table for table in (_parts(material), _cascade(material), _presets(material)) if table is not None)


def _parts(material: Material) -> TableView | None:
    """The primary method's margin where the model is right and wrong, and class by class."""
    if material.primary is None:
        return None
    where = {"method": material.primary.name, "fill": material.fill}
    rows: list[tuple[Cell, ...]] = []
    for outcome, words in OUTCOMES.items():
        rows += _line(words, material.results.estimate("outcome_margin", where | {"outcome": outcome}))
    classes: list[tuple[Cell, ...]] = []
    for name, label in zip(material.classes, material.labels, strict=True):
        found = material.results.estimate("class_margin", where | {"class": name})
        classes += _line(f"Class {label}", found) if isinstance(found, Estimate) else []
    if not classes and all(row[2] == "–" for row in rows):
        return None
    kept, note = cut(classes, MOST_CLASSES)
    return TableView(
        f"{material.primary.title}: margin in parts of the cases",
        columns("Cases", "#Margin (95 % interval)", "#Cases explained"),
        (*rows, *kept),
        f"Fill {material.fill}. Classes with fewer than 30 explained cases are left out. {note}".strip(),
    )


def _line(words: str, found: Estimate | NotEvaluated) -> list[tuple[Cell, ...]]:
    if isinstance(found, NotEvaluated) and found.reason.startswith("no result of this name"):
        return []
    one = shown(found)
    return [(words, f"not evaluated: {one.reason}" if one.reason else one.cell, one.n or "–")]


def _cascade(material: Material) -> TableView | None:
    """The primary method's similarity while layers are randomised from the output."""
    trust, primary = material.report.prepared.trust, material.primary
    if not trust.cascade or primary is None or primary.name not in trust.cascade_methods:
        return None
    rows: list[tuple[Cell, ...]] = []
    for level, layers in enumerate(trust.cascade, start=1):
        one = shown(material.results.estimate("cascade_similarity", {"method": primary.name, "level": str(level)}))
        rows.append((str(level), layers, one.cell, one.n or "–"))
    return TableView(
        f"{primary.title}: what is left of the order while layers are randomised from the output",
        columns("Level", "$Layers added", "#Rank correlation (95 % interval)", "#Cases"),
        tuple(rows),
        "A correlation of 1 is the order of the audited model. Layers of earlier levels stay randomised. Descriptive: one draw "
        "of the weights, no verdict rests on it. Other methods: the attached tables-cascading_randomisation.csv.",
    )


def _presets(material: Material) -> TableView | None:
    """Areas by other tools' definitions."""
    prepared = material.report.prepared
    rows: list[tuple[Cell, ...]] = []
    for preset in prepared.protocols:
        for method in material.methods:
            by = {"method": method.name, "protocol": preset.name}
            found = [material.results.estimate(f"protocol_{order}_auc", by) for order in ("deletion", "insertion")]
            both = [shown(one, unit="") for one in found]
            rows.append((method.title, preset.name, preset.score, both[0].cell, both[1].cell, both[0].n or "–"))
    if not rows:
        return None
    kept, note = cut(rows, 24)
    return TableView(
        "Areas as other tools define them",
        columns("Method", "Protocol", "Score", "#Deletion area", "#Insertion area", "#Cases"),
        kept,
        f"For comparison with other tools' numbers; not used by any verdict. 95 % intervals in brackets. "
        f"Each protocol is printed whole among the definitions. {note}".strip(),
    )
