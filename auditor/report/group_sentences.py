"""What is said of groups in words, each sentence made from its numbers: which group, how much, whether the data show it."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.report.lookup import Lookup
from auditor.report.numbers import Format, percent
from auditor.report.words import listing

OF = {
    "accuracy": "accuracy",
    "selection_rate": "share decided for {}",
    "recall": "recall of {}",
    "false_positive_rate": "false positive rate of {}",
    "precision": "precision of {}",
    "overconfidence": "confidence − accuracy",
    "macro_f1": "macro F1",
    "roc_auc": "ROC AUC",
}
"""Name of a share in a sentence, with room for the class."""


def measure_words(of: str, label: str) -> str:
    """'recall of >50K'."""
    return OF.get(of, of.replace("_", " ")).format(label)


def group_values(
    results: Lookup, attribute: str, of: str, by: Mapping[str, str], groups: Mapping[str, str]
) -> dict[str, float]:
    """Name for print → value, of the groups that have one.

    Args:
        by: class and threshold of the share. groups: name in the record → name for print.
    """
    found = {}
    for stored, name in groups.items():
        one = results.estimate(of, {"attribute": attribute, "group": stored, **by})
        if isinstance(one, Estimate):
            found[name] = one.value
    return found


def ends(values: Mapping[str, float], signed: bool = False) -> tuple[str, str]:
    """('Male and Other 82.0 %', 'Female 61.4 %'): the highest and the lowest, with all groups that tie."""
    said = []
    for one in (max(values.values()), min(values.values())):
        names = listing([name for name, value in values.items() if value == one], 3)
        said.append(f"{names} {percent(one, sign=signed)}\u00a0{'pt' if signed else '%'}")
    return said[0], said[1]


def difference_sentence(result: Estimate | NotEvaluated, what: str, values: Mapping[str, float]) -> str:
    """'Largest difference in recall of ill: 4.1 pt (95 % interval 1.2 to 7.0 pt): A 82.0 %, B 77.9 %. …'.

    Args:
        what: from `measure_words`.
        values: group → value; the ends are named where they are what the result says.
    """
    if isinstance(result, NotEvaluated):
        return f"Largest difference in {what}: not evaluated ({result.reason})."
    style = Format(result.unit, points=True)
    if result.interval is None:
        return f"Largest difference in {what}: {_size(style, result)} (no interval: {result.no_interval})."
    low, high = result.interval.low, result.interval.high
    limits = style.interval(low, high).replace("+", "")
    said = f"Largest difference in {what}: {_size(style, result)} (95\u00a0% interval {limits})"
    spread = max(values.values()) - min(values.values()) if values else -1.0
    if values and abs(spread - result.value) < 1e-9 and result.value > 0:
        high_end, low_end = ends(values, signed=what == OF["overconfidence"] or min(values.values()) < 0)
        said += f": {high_end}, {low_end}"
    if result.value <= 0:
        return f"{said}: all groups have the same value."
    return f"{said}." if low > 0 else f"{said}. These data do not show that the groups differ."


def _size(style: Format, result: Estimate) -> str:
    interval = result.interval
    return style.value(result.value, (interval.low, interval.high) if interval else None).replace("+", "")


def ratio_sentence(result: Estimate | NotEvaluated, what: str, values: Mapping[str, float]) -> str:
    """'Lowest share decided for granted over the highest: 0.35 (95 % interval 0.31 to 0.38): Female 9.0 %, Male 25.9 %.'."""
    if isinstance(result, NotEvaluated):
        return f"Lowest {what} over the highest: not evaluated ({result.reason})."
    style = Format(result.unit)
    interval = result.interval
    if interval is None:
        return f"Lowest {what} over the highest: {style.value(result.value)} (no interval: {result.no_interval})."
    limits = (interval.low, interval.high)
    said = f"Lowest {what} over the highest: {style.value(result.value, limits)} (95\u00a0% interval {style.interval(*limits)})"
    if values and max(values.values()) > 0 and abs(min(values.values()) / max(values.values()) - result.value) < 1e-9:
        high, low = ends(values)
        said += ": all groups have the same value" if result.value >= 1 else f": {low}, {high}"
    return f"{said}."


def worst_sentence(result: Estimate | NotEvaluated, what: str, values: Mapping[str, float]) -> str:
    """'Lowest observed accuracy of 4 groups: B, 82.3 % (simultaneous 95 % interval 81.5 to 83.1 %).'."""
    if isinstance(result, NotEvaluated):
        return f"Lowest {what}: not evaluated ({result.reason})."
    names = [name for name, value in values.items() if abs(value - result.value) < 1e-9]
    of = f" of {len(values)} groups" if values else ""
    whose = f"{listing(names, 3)}, " if names else ""
    style, interval = Format(result.unit), result.interval
    if interval is None:
        return f"Lowest observed {what}{of}: {whose}{style.value(result.value)} (no interval: {result.no_interval})."
    limits = (interval.low, interval.high)
    return (
        f"Lowest observed {what}{of}: {whose}{style.value(result.value, limits)} "
        f"(simultaneous 95\u00a0% interval {style.interval(*limits)})."
    )
