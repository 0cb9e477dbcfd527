"""Section: how often the model is right, by class, and what its stated confidence means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.evidence.results import Estimate, NotEvaluated, Table
from auditor.report.figures import confusion_matrix, reliability
from auditor.report.figures._style import Picture
from auditor.report.material import Material
from auditor.report.numbers import count, percent
from auditor.report.shown import Shown, shown
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import NAMES, SAMPLING_ONLY, listing, sentence

KIND = "Performance"
TITLE = "How often is it right, and what does its confidence mean?"
MOST_CLASSES = 30
_OVERALL = (
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "log_loss",
    "brier_score",
    "overconfidence",
    "expected_calibration_error",
)
_PER_CLASS = ("precision", "recall", "specificity", "f1")
_BETTER = {
    "log_loss": "lower is better, in nats",
    "brier_score": "lower is better, 0 to 2",
    "overconfidence": "confidence − accuracy; 0 is best",
    "expected_calibration_error": "lower is better; biased upwards",
}
_FEWEST = 10
"""Rows of a bin below which its dot is left out."""


@dataclass(frozen=True)
class Performance:
    """Measured performance with intervals."""

    overall: tuple[tuple[Shown, str], ...]
    """(figure, how to read it)."""
    sampling_only: str
    intervals: str
    """How the intervals of the overall figures were made."""
    matrix: Picture | None
    reliability: Picture | None
    confusions: tuple[str, ...]
    """The most frequent confusions, in words."""
    gaps: tuple[str, ...]
    """Why the matrix or the diagram is missing."""
    bins: TableView | None
    per_class: TableView


def context(material: Material) -> Performance:
    """The section from the record."""
    results = material.results
    overall = tuple(
        (shown(results.estimate(name), NAMES[name], points=name == "overconfidence"), _reading(material, name))
        for name in _OVERALL
    )
    hows: dict[str, list[str]] = {}
    for figure, _ in overall:
        hows.setdefault(figure.how, []).append(figure.name[0].lower() + figure.name[1:])
    hows.pop("", None)
    without = [
        f"No interval for {figure.name[0].lower() + figure.name[1:]}: {figure.no_interval}."
        for figure, _ in overall
        if figure.no_interval
    ]
    counts = matrix_counts(material)
    confusions = _confusions(material, counts) if isinstance(counts, np.ndarray) else ()
    small = isinstance(counts, np.ndarray) and len(counts) <= confusion_matrix.MOST_CLASSES
    diagram, bins, gap = _reliability(material)
    gaps = [f"Confusion matrix: {counts.reason}."] if isinstance(counts, NotEvaluated) else []
    gaps += [f"Reliability diagram: {gap}."] if gap else []
    return Performance(
        overall=overall,
        sampling_only=SAMPLING_ONLY,
        intervals=" ".join([*(f"{sentence(f'{listing(names)}: {how}')}" for how, names in hows.items()), *without]),
        matrix=_matrix(material, counts, confusions) if small and isinstance(counts, np.ndarray) else None,
        reliability=diagram,
        confusions=confusions,
        gaps=tuple(gaps),
        bins=bins,
        per_class=_per_class(material),
    )


def _reading(material: Material, name: str) -> str:
    """How to read an overall figure; for the calibration error, beside what a calibrated model would show."""
    calibrated = material.results.estimate("expected_calibration_error_if_calibrated")
    if name == "expected_calibration_error" and isinstance(calibrated, Estimate):
        return f"lower is better; {percent(calibrated.value)}\u00a0% on average if every confidence were right"
    return _BETTER.get(name, "higher is better")


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


def _reliability(material: Material) -> tuple[Picture | None, TableView | None, str]:
    table = material.results.table("reliability")
    if isinstance(table, NotEvaluated):
        return None, None, table.reason
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    edges = tuple((_real(row["from"]), _real(row["to"]), int(row["rows"] or 0)) for row in rows)
    bins = tuple(
        reliability.Bin(
            int(_real(row["rows"])),
            float(row["confidence"]),
            float(row["accuracy"]),
            _limit(row.get("low")),
            _limit(row.get("high")),
        )
        for row in rows
        if int(row["rows"] or 0) >= _FEWEST and row["confidence"] is not None and row["accuracy"] is not None
    )
    return reliability.draw(bins, edges), _bins(rows), ""


def _real(value: str | int | float | None) -> float:
    return float(value or 0)


def _limit(value: str | int | float | None) -> float | None:
    return None if value is None else float(value)


def _bins(rows: list[dict[str, str | int | float | None]]) -> TableView:
    """Bins in order; neighbours with too few rows share a line."""
    said: list[tuple[Cell, ...]] = []
    few: list[dict[str, str | int | float | None]] = []
    for row in [*(row for row in rows if row["rows"]), None]:
        if row is not None and (_real(row["rows"]) < _FEWEST or row["accuracy"] is None):
            few.append(row)
            continue
        if few:
            span = f"{100 * _real(few[0]['from']):.0f} to {100 * _real(few[-1]['to']):.0f}"
            said.append((span, count(sum(_real(one["rows"]) for one in few)), "–", f"fewer than {_FEWEST} rows per bin"))
            few = []
        if row is not None:
            low, high = _limit(row.get("low")), _limit(row.get("high"))
            limits = "" if low is None or high is None else f" ({percent(low, guard=False)}–{percent(high, guard=False)})"
            span = f"{100 * _real(row['from']):.0f} to {100 * _real(row['to']):.0f}"
            confidence, right = percent(_real(row["confidence"])), percent(_real(row["accuracy"]))
            said.append((span, count(_real(row["rows"])), confidence, right + limits))
    names = columns("Stated confidence", "#Rows", "#Mean confidence", "#Right (95 % interval)")
    return TableView("Reliability, in per cent, bins that hold rows", names, tuple(said))


def _per_class(material: Material) -> TableView:
    rows: list[tuple[float, tuple[Cell, ...]]] = []
    for index, name in enumerate(material.classes):
        found = [material.results.estimate(metric, {"class": name}) for metric in _PER_CLASS]
        if all(isinstance(result, NotEvaluated) for result in found) and len(material.classes) > MOST_CLASSES:
            continue
        recall = found[1]
        labels = material.report.prepared.data.label_counts
        support = count(labels[index]) if index < len(labels) else "–"
        worth = recall.value if isinstance(recall, Estimate) else 2.0
        rows.append((worth, (material.labels[index], support, *(_cell(result) for result in found))))
    names = columns("Class", "#Rows", "#Precision", "#Recall", "#Specificity", "#F1")
    if len(rows) <= MOST_CLASSES:
        return TableView("By class, in per cent (95 % interval)", names, tuple(row for _, row in rows))
    rows.sort(key=lambda row: row[0])
    shown_rows, note = cut([row for _, row in rows], MOST_CLASSES)
    return TableView("By class, lowest recall first, in per cent (95 % interval)", names, shown_rows, note)


def _cell(result: Estimate | NotEvaluated | Table) -> str:
    """'98.6 (97.1–99.3)'; the caption says per cent and 95 %."""
    if not isinstance(result, Estimate):
        return "–"
    interval = result.interval
    return percent(result.value) + (
        f" ({percent(interval.low, guard=False)}–{percent(interval.high, guard=False)})" if interval else ""
    )
