"""Inputs that tell a declared group: the strongest ones as a table, and which of them are signals."""

from __future__ import annotations

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.judge.signals import NO_INPUTS
from auditor.report.material import Material
from auditor.report.numbers import Format, decimal, with_interval
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import listing, sentence

NOTE = (
    "Area under the ROC curve of a simple model that guesses the group from the input, on rows it was not fitted to; ½: the "
    "input says nothing of the group; 1: it tells it exactly. Strong: the whole interval is at least 0.70. A strong input is a "
    "signal where its whole rank interval also lies in the first tenth for some class under a method that may be relied on, "
    "and its p stands when all such tests are counted. The model's own score below ½: the group gets lower scores. "
    "Association in these rows, not a cause and not a finding of discrimination."
)


def proxy_views(material: Material) -> tuple[TableView | None, tuple[str, ...], str]:
    """(table, sentences, note under it); no table where proxies were not evaluated."""
    grouped: dict[tuple[str, str], list[Estimate]] = {}
    said: list[str] = []
    for one in material.results.named("proxy_auc"):
        if isinstance(one, Estimate):
            grouped.setdefault((one.slice["attribute"], one.slice["group"]), []).append(one)
        elif isinstance(one, NotEvaluated) and "feature" not in one.slice:
            said.append(_gap(one))
    rows: list[tuple[Cell, ...]] = []
    strongest: dict[str, tuple[str, Estimate]] = {}
    for (attribute, group), found in grouped.items():
        inputs = sorted((one for one in found if one.slice["feature"] not in NO_INPUTS), key=lambda one: -one.value)
        if not inputs:
            continue
        if attribute not in strongest or inputs[0].value > strongest[attribute][1].value:
            strongest[attribute] = (group, inputs[0])
        raised = [by for one in material.report.findings if one.kind == "signal" for _, by in one.results]
        signals = [one.slice["feature"] for one in inputs if one.slice in raised]
        if signals:
            said.append(signal_sentence(attribute, group, signals))
        second = [inputs[1].slice["feature"], _area(inputs[1])] if len(inputs) > 1 else ["–", "–"]
        both = [next((_area(one) for one in found if one.slice["feature"] == name), "–") for name in NO_INPUTS]
        rows.append((f"{attribute}: {group}", inputs[0].slice["feature"], _area(inputs[0]), *second, *both))
    said = [*(strongest_sentence(name, group, one) for name, (group, one) in strongest.items()), *said]
    names = columns("Group", "Strongest input", "#Area", "Second", "#Area", "#All inputs", "#Model's score")
    caption = "How well inputs tell a group: area (95 % interval)"
    return (TableView(caption, names, tuple(rows)) if rows else None), tuple(said), NOTE if rows else ""


def _area(one: Estimate) -> str:
    if one.interval is None:
        return decimal(one.value)
    return with_interval(one.value, one.interval.low, one.interval.high)


def signal_sentence(attribute: str, group: str, features: list[str]) -> str:
    """'Signal: relationship tells sex Female and ranks among the first inputs of some class.'."""
    if len(features) == 1:
        return f"Signal: {features[0]} tells {attribute} {group} and ranks among the first inputs of some class."
    return f"Signal: {listing(features)} tell {attribute} {group} and rank among the first inputs of some class."


def _gap(gap: NotEvaluated) -> str:
    where = gap.slice.get("attribute", "")
    group = gap.slice.get("group", "")
    return sentence(f"Inputs that tell {where}{f' {group}' if group else ''}: not evaluated ({gap.reason})")


def strongest_sentence(attribute: str, group: str, strongest: Estimate) -> str:
    """'The input that tells sex Female best is relationship: area 0.86 (95 % interval 0.85 to 0.87).'."""
    style, interval = Format(""), strongest.interval
    if interval is None:
        size = f"area {style.value(strongest.value)} ({strongest.no_interval})"
    else:
        limits = (interval.low, interval.high)
        size = f"area {style.value(strongest.value, limits)} (95\u00a0% interval {style.interval(*limits)})"
    said = f"The input that tells {attribute} {group} best is {strongest.slice['feature']}: {size}"
    if interval is not None and interval.low <= 0.5:
        return f"{said}. These data do not show that any input tells it."
    return f"{said}."
