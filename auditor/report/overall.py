"""Overall figures as a table: value, interval, n and how to read each, and how the intervals were made."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import Estimate
from auditor.evidence.units import DIFFERENCES
from auditor.report.material import Material
from auditor.report.numbers import percent
from auditor.report.shown import Shown, shown
from auditor.report.words import listing, sentence

_READ = {
    "roc_auc": "higher is better; ½ is chance",
    "log_loss": "lower is better, in nats",
    "brier_score": "lower is better, 0 to 2",
    "overconfidence": "confidence − accuracy; 0 is best",
    "expected_calibration_error": "lower is better; biased upwards",
}
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

CONFIDENCE = ("overconfidence", "expected_calibration_error", "brier_score", "log_loss")
"""Figures of what a stated confidence is worth."""


@dataclass(frozen=True)
class Overall:
    """Figures over all evaluated rows."""

    caption: str
    rows: tuple[tuple[Shown, str], ...]
    """(figure, how to read it)."""
    intervals: str
    """How the intervals were made, and why some figures have none."""


def overall(material: Material, caption: str, names: tuple[str, ...]) -> Overall:
    """The figures `names` of the record, those that were not evaluated with their reason."""
    rows = tuple(
        (shown(material.results.estimate(name), material.title(name), points=name in DIFFERENCES), _reading(material, name))
        for name in names
    )
    hows: dict[str, list[str]] = {}
    for figure, _ in rows:
        hows.setdefault(figure.how, []).append(_inside(figure.name))
    hows.pop("", None)
    without = [f"No interval for {_inside(figure.name)}: {figure.no_interval}." for figure, _ in rows if figure.no_interval]
    made = [sentence(f"{listing(of)}: {how}") for how, of in hows.items()]
    return Overall(caption, rows, " ".join([*made, *without]))


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
    return _READ.get(name, "higher is better")
