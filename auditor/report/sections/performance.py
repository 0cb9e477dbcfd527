"""Section: how often the model is right, overall and by class, and which rows to look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.evidence.results import Estimate, NotEvaluated, Table
from auditor.evidence.units import DIFFERENCES
from auditor.report.figures import confusion_matrix
from auditor.report.figures._style import Picture
from auditor.report.material import Material
from auditor.report.numbers import count, narrow, percent
from auditor.report.overall import CONFIDENCE, Overall, overall
from auditor.report.performance_more import beside, to_check
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import SAMPLING_ONLY

KIND = "Performance"
TITLE = "How often is it right?"
MOST_CLASSES = 30
MOST_IN_SHORT = 5
"""Classes in a summary."""
_OVERALL = (
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "roc_auc",
)
_PER_CLASS = ("precision", "recall", "specificity", "f1")
_SEVERAL = (
    "accuracy",
    "hamming_loss",
    "micro_f1",
    "macro_f1",
    "mean_average_precision",
    "roc_auc",
    "labelled_share",
)
"""In place of _OVERALL where a row may have several labels."""
_PER_LABEL = ("precision", "recall", "f1", "average_precision", "overconfidence")


@dataclass(frozen=True)
class Performance:
    """Measured performance with intervals."""

    overall: Overall
    sampling_only: str
    matrix: Picture | None
    confusions: tuple[str, ...]
    """The most frequent confusions, in words."""
    gap: str
    """Why the matrix is missing; '' when it is there."""
    per_class: TableView
    beside: TableView | None
    """Further figures, and models that look at nothing."""
    checks: tuple[str, ...]
    """Thin classes and candidates for wrong labels, in words."""
    tables: tuple[TableView, ...]
    """Rows that need a person's eye."""


def context(material: Material) -> Performance:
    """The section from the record."""
    counts = matrix_counts(material)
    confusions = _confusions(material, counts) if isinstance(counts, np.ndarray) else ()
    small = isinstance(counts, np.ndarray) and len(counts) <= confusion_matrix.MOST_CLASSES
    checks, tables = to_check(material)
    return Performance(
        overall=overall(material, "Overall", _SEVERAL if material.several else _OVERALL),
        sampling_only=SAMPLING_ONLY,
        matrix=_matrix(material, counts, confusions) if small and isinstance(counts, np.ndarray) else None,
        confusions=confusions,
        gap=f"Confusion matrix: {counts.reason}." if isinstance(counts, NotEvaluated) else "",
        per_class=_per_class(material),
        beside=beside(material),
        checks=checks,
        tables=tables,
    )


def short(material: Material) -> Performance:
    """Overall figures with those of confidence, the most frequent confusions, the classes with the lowest recall."""
    counts, table = matrix_counts(material), _per_class(material, MOST_IN_SHORT)
    return Performance(
        overall=overall(material, "Overall", (*(_SEVERAL if material.several else _OVERALL), *CONFIDENCE)),
        sampling_only=SAMPLING_ONLY,
        matrix=None,
        confusions=_confusions(material, counts) if isinstance(counts, np.ndarray) else (),
        gap="",
        per_class=table,
        beside=None,
        checks=(),
        tables=(),
    )


def matrix_counts(material: Material) -> np.ndarray | NotEvaluated:
    """int [classes, classes], [label, predicted], from the record's table: a row per label, the label's name first."""
    table = material.results.table("confusion_matrix")
    if isinstance(table, NotEvaluated):
        return table
    place = {name: index for index, name in enumerate(material.classes)}
    if len(table.rows) != len(place):
        where = f"{table.table.replace('/', '-')}, attached" if table.table else "the attached report.json"
        return NotEvaluated(name=table.name, reason=f"too many classes for a page; complete in {where}")
    counts = np.zeros((len(place), len(place)), dtype=np.int64)
    for row in table.rows:
        counts[place[str(row[0])]] = [int(_real(value)) for value in row[1:]]
    return counts


def _confusions(material: Material, counts: np.ndarray) -> tuple[str, ...]:
    off = counts * (1 - np.eye(len(counts), dtype=np.int64))
    order = np.argsort(-off, axis=None, kind="stable")[:5]
    said = []
    for place in order:
        label, predicted = divmod(int(place), len(counts))
        rows, whole = int(off[label, predicted]), int(counts[label].sum())
        if rows:
            share = percent(rows / whole)
            said.append(
                f"{material.labels[label]} read as {material.labels[predicted]}: {count(rows)} of {count(whole)} ({share} %)"
            )
    return tuple(said)


def _matrix(material: Material, counts: np.ndarray, confusions: tuple[str, ...]) -> Picture:
    right = int(np.trace(counts))
    said = f"Confusion matrix of {len(counts)} classes: {count(right)} of {count(int(counts.sum()))} rows on the diagonal. "
    said += f"Most frequent confusions: {'; '.join(confusions)}." if confusions else "No confusions."
    return confusion_matrix.draw(tuple(name[:12] for name in material.labels), counts, said)


def _real(value: str | int | float | None) -> float:
    return float(value or 0)


def _per_class(material: Material, most: int = MOST_CLASSES) -> TableView:
    metrics = _PER_LABEL if material.several else _PER_CLASS
    data = material.report.prepared.data
    occurs = [a + b > 0 for a, b in zip(data.label_counts, data.predicted_counts, strict=True)]
    rows: list[tuple[float, tuple[Cell, ...]]] = []
    for index, name in enumerate(material.classes):
        found = [material.results.estimate(metric, {"class": name}) for metric in metrics]
        absent = not occurs[index] or all(isinstance(result, NotEvaluated) for result in found)
        if absent and len(material.classes) > MOST_CLASSES:
            continue
        recall = found[1]
        labels = material.report.prepared.data.label_counts
        support = count(labels[index]) if index < len(labels) else "–"
        worth = recall.value if isinstance(recall, Estimate) else 2.0
        rows.append((worth, (material.labels[index], support, *(_cell(result) for result in found))))
    what = "label" if material.several else "class"
    names = columns("Class", "#Rows", "#Precision", "#Recall", "#Specificity", "#F1")
    if material.several:
        names = columns("Label", "#Rows", "#Precision", "#Recall", "#F1", "#Average precision", "#Probability − share")
    gaps = any("–" in row for _, row in rows)
    where = f"– stands for what was not evaluated, with its reason in section {material.sections['limits']}." if gaps else ""
    if len(rows) <= most:
        return TableView(f"By {what}, in per cent (95 % interval)", names, tuple(row for _, row in rows), where)
    rows.sort(key=lambda row: row[0])
    shown_rows, note = cut([row for _, row in rows], most)
    note = f"{note} {where}".strip()
    return TableView(f"By {what}, lowest recall first, in per cent (95 % interval)", names, shown_rows, note)


def _cell(result: Estimate | NotEvaluated | Table) -> str:
    """'98.6 (97.1–99.3)'; the caption says per cent and 95 %."""
    if not isinstance(result, Estimate):
        return "–"
    signed, interval = result.name in DIFFERENCES, result.interval
    value = percent(result.value, sign=signed)
    if not interval:
        return value
    limits = f"{percent(interval.low, sign=signed, guard=False)} to {percent(interval.high, sign=signed, guard=False)}"
    return f"{value} ({narrow(limits)})"
