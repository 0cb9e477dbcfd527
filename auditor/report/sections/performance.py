"""Section: how often the model is right, by class, and what its stated confidence means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.evidence.results import Estimate, NotEvaluated, Table
from auditor.report.figures import confusion_matrix
from auditor.report.figures._style import Picture
from auditor.report.material import Material
from auditor.report.numbers import count, narrow, percent
from auditor.report.performance_more import More, more
from auditor.report.reliability_bins import reliability_views
from auditor.report.shown import Shown, shown
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import DIFFERENCES, SAMPLING_ONLY, listing, sentence

KIND = "Performance"
TITLE = "How often is it right, and what does its confidence mean?"
MOST_CLASSES = 30
_OVERALL = (
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "roc_auc",
    "log_loss",
    "brier_score",
    "overconfidence",
    "expected_calibration_error",
)
_PER_CLASS = ("precision", "recall", "specificity", "f1")
_BETTER = {
    "roc_auc": "higher is better; ½ is chance",
    "log_loss": "lower is better, in nats",
    "brier_score": "lower is better, 0 to 2",
    "overconfidence": "confidence − accuracy; 0 is best",
    "expected_calibration_error": "lower is better; biased upwards",
}
_SEVERAL = (
    "accuracy",
    "hamming_loss",
    "micro_f1",
    "macro_f1",
    "mean_average_precision",
    "roc_auc",
    "log_loss",
    "brier_score",
    "overconfidence",
    "expected_calibration_error",
    "labelled_share",
)
"""In place of _OVERALL where a row may have several labels."""
_PER_LABEL = ("precision", "recall", "f1", "average_precision", "overconfidence")
_SEVERAL_READ = {
    "accuracy": "all labels of a row right at once; higher is better",
    "hamming_loss": "share of single answers that are wrong; lower is better",
    "micro_f1": "all answers together; higher is better",
    "macro_f1": "mean over labels; higher is better",
    "brier_score": "lower is better, 0 to 1; mean over labels",
    "log_loss": "lower is better, in nats; mean over labels",
    "overconfidence": "mean probability − share that holds; 0 is best",
    "labelled_share": "rows with unknown labels are left out above",
}


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
    reliability_caption: str
    confusions: tuple[str, ...]
    """The most frequent confusions, in words."""
    gaps: tuple[str, ...]
    """Why the matrix or the diagram is missing."""
    bins: TableView | None
    per_class: TableView
    more: More


def context(material: Material) -> Performance:
    """The section from the record."""
    results = material.results
    overall = tuple(
        (shown(results.estimate(name), material.title(name), points=name == "overconfidence"), _reading(material, name))
        for name in (_SEVERAL if material.several else _OVERALL)
    )
    hows: dict[str, list[str]] = {}
    for figure, _ in overall:
        hows.setdefault(figure.how, []).append(_inside(figure.name))
    hows.pop("", None)
    without = [f"No interval for {_inside(figure.name)}: {figure.no_interval}." for figure, _ in overall if figure.no_interval]
    counts = matrix_counts(material)
    confusions = _confusions(material, counts) if isinstance(counts, np.ndarray) else ()
    small = isinstance(counts, np.ndarray) and len(counts) <= confusion_matrix.MOST_CLASSES
    diagram, bins, gap = reliability_views(material)
    gaps = [f"Confusion matrix: {counts.reason}."] if isinstance(counts, NotEvaluated) else []
    gaps += [f"Reliability diagram: {gap}."] if gap else []
    return Performance(
        overall=overall,
        sampling_only=SAMPLING_ONLY,
        intervals=" ".join([*(f"{sentence(f'{listing(names)}: {how}')}" for how, names in hows.items()), *without]),
        matrix=_matrix(material, counts, confusions) if small and isinstance(counts, np.ndarray) else None,
        reliability=diagram,
        reliability_caption=(
            "Reliability of all labels together: share of answers for which the label holds, against its stated probability. "
            "Below the dashed line the model claims more than it keeps. Bars: Wilson 95 %, rows kept together."
            if material.several
            else "Reliability: share right against stated confidence. Below the dashed line the model claims more than it "
            "keeps. Bars: Wilson 95 %; bins with fewer than 10 rows have no dot."
        ),
        confusions=confusions,
        gaps=tuple(gaps),
        bins=bins,
        per_class=_per_class(material),
        more=more(material),
    )


def _inside(name: str) -> str:
    """A name inside a sentence: 'macro F1', but 'ROC AUC'."""
    return name if name[:2].isupper() else name[0].lower() + name[1:]


def _reading(material: Material, name: str) -> str:
    """How to read an overall figure; for the calibration error, beside what a calibrated model would show."""
    calibrated = material.results.estimate("expected_calibration_error_if_calibrated")
    if name == "expected_calibration_error" and isinstance(calibrated, Estimate):
        return f"lower is better; {percent(calibrated.value)}\u00a0% on average if every confidence were right"
    if material.several and name in _SEVERAL_READ:
        return _SEVERAL_READ[name]
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


def _real(value: str | int | float | None) -> float:
    return float(value or 0)


def _per_class(material: Material) -> TableView:
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
    if len(rows) <= MOST_CLASSES:
        return TableView(f"By {what}, in per cent (95 % interval)", names, tuple(row for _, row in rows))
    rows.sort(key=lambda row: row[0])
    shown_rows, note = cut([row for _, row in rows], MOST_CLASSES)
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
