"""Mistakes under `fill_options` and in `protocols`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.errors import AuditError
from auditor.plan.bounds import DEFAULT_FILL, FILLS_OF, PROTOCOLS, further_fills
from auditor.plan.fill_fields import FillOptions
from auditor.plan.mistakes import Mistake, shown, value_at
from auditor.plan.written import Values, method_names, number, texts, unknown, word
from auditor.plan.yaml_text import Path


def removal_mistakes(values: Values) -> Iterator[Mistake]:
    """All of them, each with its place in the plan."""
    yield from _constants(values)
    yield from _unused(values)
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


def _unused(values: Values) -> Iterator[Mistake]:
    """Constants of a fill that the audit does not use: who sets them means another plan."""
    modality = word(values, "data", "modality", default="tabular")
    own = list(dict.fromkeys([word(values, "primary", "fill") or DEFAULT_FILL.get(modality, ""), *_names(values, "fills")]))
    used = {*own, *(fill for method, _ in method_names(values) for fill in _of_method(values, method))}
    if value_at(values, ("trust", "enabled")) is not False:
        asked = None if value_at(values, ("trust", "fills")) is None else _names(values, "trust", "fills")
        used.update(further_fills(own, asked, modality))
    for name, field in FillOptions.model_fields.items():
        given, default = value_at(values, ("fill_options", name)), field.default.model_dump()
        if name in used or not isinstance(given, Mapping) or all(default.get(key) == value for key, value in given.items()):
            continue
        senseless = modality in FILLS_OF and name not in FILLS_OF[modality]
        mistake = AuditError(
            f"`fill_options` sets the fill `{name}`, which this audit does not use.",
            found=f"{name}: {', '.join(shown(key) for key in given)}",
            expected=f"constants of a fill in use: {', '.join(sorted(used - {''}))}",
            fix=f"delete these lines: the fill makes no sense for {modality} data"
            if senseless
            else f"did you mean to add it to the fills? `fills: [{', '.join([*own, name])}]`; else delete these lines",
        )
        yield ("fill_options", name), mistake


def _names(values: Values, *path: str) -> list[str]:
    return [name for _, name in texts(values, *path)]


def _of_method(values: Values, method: Path) -> Iterator[str]:
    """Fills named in a method's options."""
    for key in ("fill", "baseline", "baselines"):
        given = value_at(values, (*method, "options", key))
        yield from given.replace(" ", "").split(",") if isinstance(given, str) else ()


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
