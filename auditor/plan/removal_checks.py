"""Mistakes under `fill_options` and in `protocols`."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.errors import AuditError
from auditor.plan.bounds import PROTOCOLS
from auditor.plan.mistakes import Mistake, shown, value_at
from auditor.plan.written import Values, number, texts, unknown, word


def removal_mistakes(values: Values) -> Iterator[Mistake]:
    """All of them, each with its place in the plan."""
    yield from _constants(values)
    yield from _protocols(values)


def _constants(values: Values) -> Iterator[Mistake]:
    place = ("fill_options", "blur")
    given = value_at(values, place)
    if isinstance(given, dict) and given.get("sigma") is not None and given.get("share") is not None:
        mistake = AuditError(
            "The blur has two widths.",
            found=f"`sigma: {shown(given['sigma'])}` and `share: {shown(given['share'])}`",
            expected="one of them",
            fix="delete one of the two",
        )
        yield (*place, "share"), mistake
    low, high = (number(value_at(values, ("fill_options", "noise", end))) for end in ("low", "high"))
    if (low is None) != (high is None):
        mistake = AuditError(
            "The range of the fill `noise` has one end.",
            found="`low` alone" if high is None else "`high` alone",
            expected="both, or neither",
            fix="add the other",
        )
        yield ("fill_options", "noise"), mistake
    if low is not None and high is not None and low >= high:
        mistake = AuditError(
            "The range of the fill `noise` is empty.",
            found=f"from {low:g} to {high:g}",
            expected="`low` smaller than `high`",
            fix="correct one of them",
        )
        yield ("fill_options", "noise", "low"), mistake


def _protocols(values: Values) -> Iterator[Mistake]:
    modality = word(values, "data", "modality", default="tabular")
    for path, name in texts(values, "protocols"):
        if name not in PROTOCOLS:
            yield unknown(path, name, "a protocol", PROTOCOLS)
        elif modality != "image" or value_at(values, ("model", "multi_label")) is True:
            several = modality == "image"
            mistake = AuditError(
                f"The protocol `{shown(name)}` is defined for images of one predicted class.",
                found="a model of several labels" if several else f"{modality} data",
                expected="`data.modality: image`, without `model.multi_label`",
                fix="delete `protocols:`",
            )
            yield path, mistake
