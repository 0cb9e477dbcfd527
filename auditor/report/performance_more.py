"""Further pieces of the performance section: baselines, one decision at its threshold, rows that need a person's eye."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import Curve, Estimate, NotEvaluated, Table
from auditor.report.figures import threshold_panels
from auditor.report.figures._style import Picture
from auditor.report.material import Material
from auditor.report.numbers import count, decimal, percent
from auditor.report.shown import shown
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import listing, sentence

MOST_ROWS = 5
_RATES = (
    ("prevalence", "Share of the class", "see the note"),
    ("recall", "Sensitivity (recall)", "of rows of the class, decided for it"),
    ("specificity", "Specificity", "of other rows, decided against it"),
    ("precision", "Positive predictive value", "of rows decided for it, of the class"),
    ("negative_predictive_value", "Negative predictive value", "of rows decided against it, not of the class"),
    ("decided_share", "Share decided for", "of all rows"),
    ("expected_cost", "Cost per row", "at the plan's costs"),
)


@dataclass(frozen=True)
class OperatingView:
    """A decision at the plan's threshold."""

    title: str
    table: TableView
    said: str
    """How the costs and the prevalence enter, and which threshold would cost least."""


def decided_class(material: Material) -> str:
    """The class of the plan's operating point, else the second of two classes; '' for none."""
    point = material.plan("operating_point")
    return str(point["class"]) if point else material.classes[1] if len(material.classes) == 2 else ""


def beside(material: Material) -> TableView | None:
    """What further figures and models that look at nothing give; None where the record has none of them."""
    results = material.results
    lines: list[tuple[Cell, ...]] = []
    for name, said, reading in (
        ("matthews_correlation", "Matthews correlation", "−1 to 1; 0: looks at nothing"),
        ("mean_average_precision", "Mean average precision", "higher is better"),
    ):
        one = results.estimate(name)
        if isinstance(one, Estimate) and not (material.several and name == "mean_average_precision"):
            lines.append((said, shown(one).cell, reading))
    for top in results.named("top_k_accuracy"):
        if isinstance(top, Estimate):
            lines.append((f"Label among the first {top.slice['k']}", shown(top).cell, "higher is better"))
    for base in results.named("baseline_accuracy"):
        gain = results.estimate("baseline_gain", base.slice)
        if isinstance(base, Estimate):
            lines.append((f"Accuracy without looking: {base.slice['baseline']}", shown(base).value, base.notes[0].rstrip(".")))
            lines.append(("The model is ahead by", shown(gain, points=True).cell, "paired, same rows"))
    names = columns("Figure", "#Value (95 % interval)", "Reading")
    return TableView("Further figures, and models that look at nothing", names, tuple(lines)) if lines else None


def panels(material: Material) -> Picture | None:
    """Curves over all thresholds of the class that is decided for."""
    name = decided_class(material)
    roc, precision = (material.results.curve(one, {"class": name}) for one in ("roc_curve", "precision_recall_curve"))
    if not name or not isinstance(roc, Curve) or not isinstance(precision, Curve):
        return None
    swept = [material.results.curve(f"{one}_by_threshold", {"class": name}) for one in ("recall", "specificity")]
    point = material.plan("operating_point")
    sweep = (swept[0], swept[1]) if isinstance(swept[0], Curve) and isinstance(swept[1], Curve) else None
    place = material.classes.index(name)
    share = material.report.prepared.data.label_counts[place] / precision.samples.rows
    threshold = float(point["threshold"]) if point else None
    return threshold_panels.draw(material.labels[place], roc, precision, sweep, threshold, share if 0 < share < 1 else None)


def operating(material: Material) -> OperatingView | None:
    """The decision at the plan's threshold; None where the plan has none."""
    point = material.plan("operating_point")
    if not point:
        return None
    where = {"class": str(point["class"]), "threshold": f"{float(point['threshold']):g}"}
    label = material.labels[material.classes.index(where["class"])]
    rows: list[tuple[Cell, ...]] = []
    for name, said, reading in _RATES:
        result = material.results.estimate(name, where)
        if name == "expected_cost" and not point.get("costs"):
            continue
        one = shown(result, unit="" if name == "expected_cost" else None)
        rows.append((said, one.cell if not one.reason else f"not evaluated: {one.reason}", one.n or "–", reading))
    names = columns("Figure", "#Value (95 % interval)", "#n", "Meaning")
    title = f"Decision for {label} at a probability of {where['threshold']} or more"
    return OperatingView(title, TableView(title, names, tuple(rows)), _said(material, point, where))


def _said(material: Material, point: dict[str, object], where: dict[str, str]) -> str:
    prevalence = material.results.estimate("prevalence", where)
    if isinstance(prevalence, NotEvaluated):
        return ""
    share = f"{percent(prevalence.value)}\u00a0%"
    declared = prevalence.no_interval != ""
    said = (
        f"Predictive values hold at the declared prevalence of {share}."
        if declared
        else f"Predictive values hold at this file's share of the class, {share}; no prevalence of the use was declared."
    )
    costs = point.get("costs")
    if isinstance(costs, dict):
        cost = material.results.curve("cost_by_threshold", {"class": where["class"]})
        said += (
            f" Costs: {decimal(float(costs['false_positive']))} for a false positive, "
            f"{decimal(float(costs['false_negative']))} for a false negative."
        )
        said += f" {' '.join(cost.notes)}" if isinstance(cost, Curve) else ""
    return said


def to_check(material: Material) -> tuple[tuple[str, ...], tuple[TableView, ...]]:
    """(sentences, tables): thin classes, confident errors, label-issue candidates."""
    results, said, tables = material.results, list[str](), list[TableView]()
    thin = results.table("thin_classes")
    if isinstance(thin, Table) and thin.rows:
        named = [f"{row[0]} ({count(float(row[1] or 0))})" for row in thin.rows]
        said.append(f"Classes with few labelled rows: {listing(named, 8)}. {' '.join(thin.notes)}")
    issues = results.estimate("label_issue_count")
    if isinstance(issues, Estimate):
        said.append(f"Candidates for a wrong label: {count(issues.value)} of {count(issues.samples.rows)}. {issues.notes[0]}")
    for name, caption, heads in (
        ("confident_errors", "Most confident errors", ("$Id", "Label", "Predicted", "#Confidence")),
        ("label_issues", "Candidates for a wrong label", ("$Id", "Label", "Suggested", "#Its probability", "#The label's")),
    ):
        one = results.table(name)
        if isinstance(one, Table) and one.rows:
            rows = [
                tuple(f"{percent(cell)}\u00a0%" if isinstance(cell, float) else str(cell) for cell in row) for row in one.rows
            ]
            note = one.notes[0]
            if len(rows) > MOST_ROWS:
                note = f"{MOST_ROWS} of {len(rows)} that the attached report.json lists. {note}"
            tables.append(TableView(caption, columns(*heads), tuple(rows[:MOST_ROWS]), note))
        elif isinstance(one, NotEvaluated) and one.reason.startswith("withheld"):
            said.append(sentence(f"{caption}: {one.reason}"))
    return tuple(said), tuple(tables)
