"""Mistakes that no single value shows: names nobody knows, choices that contradict one another, bounds nothing can meet.

Each check reads the plan as written, so that it still speaks where other values are wrong, and is silent where what it
needs is missing or of the wrong type (`from_pydantic` has said so).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor import registry
from auditor.errors import AuditError, did_you_mean
from auditor.plan.bounds import CURVES_ONLY, DEFAULT_FILL, FILLS_OF, FROM_REFERENCE, NO_BASELINE
from auditor.plan.data_checks import data_mistakes
from auditor.plan.fields import AuditPlan
from auditor.plan.framework_checks import framework_mistakes
from auditor.plan.gate_checks import gate_mistakes
from auditor.plan.group_checks import group_mistakes
from auditor.plan.mistakes import Mistake, members, part_of, shown, type_at, value_at
from auditor.plan.model_checks import model_mistakes
from auditor.plan.removal_checks import removal_mistakes
from auditor.plan.robustness_checks import robustness_mistakes
from auditor.plan.sample_checks import sample_mistakes
from auditor.plan.slice_checks import slice_mistakes
from auditor.plan.waiver_checks import waiver_mistakes
from auditor.plan.written import Values, method_names, number, texts, unknown, word
from auditor.plan.yaml_text import Path


def mistakes_in(values: Values) -> list[Mistake]:
    """All of them, each with its place in the plan."""
    return [
        m
        for check in (
            *(model_mistakes, _methods, _fills, removal_mistakes, _options, data_mistakes, _classes),
            *(_prevalence, group_mistakes, robustness_mistakes, sample_mistakes, gate_mistakes, slice_mistakes),
            *(waiver_mistakes, framework_mistakes, _truths),
        )
        for m in check(values)
    ]


def _methods(values: Values) -> Iterator[Mistake]:
    known, names = registry.names("explain"), method_names(values)
    for path, name in names:
        if name not in known:
            yield unknown(path, name, "an attribution method", known)
    for name, count in Counter(name for _, name in names).items():
        if count > 1:
            last = [path for path, other in names if other == name][-1]
            yield (
                last,
                AuditError(
                    f"The method `{shown(name)}` is listed {count} times.", expected="each once", fix="keep one of them"
                ),
            )
    primary = word(values, "primary", "method", default=AuditPlan.model_fields["primary"].default.method)
    listed = tuple(name for _, name in names)
    if listed and primary not in listed and all(name in known for name in listed):
        yield (
            ("primary", "method"),
            AuditError(
                f"The primary method `{shown(primary)}` is not among the methods.",
                found=", ".join(listed),
                expected="`primary.method` (default: integrated_gradients) is one of `methods`",
                fix=f"add `{shown(primary)}` to `methods`, or write `primary: {{method: {listed[0]}}}`"
                if primary in known
                else did_you_mean(primary, listed),
            ),
        )


def _fills(values: Values) -> Iterator[Mistake]:
    known = registry.names("removal.fills")
    modality = word(values, "data", "modality", default="tabular")
    chosen = [*texts(values, "fills"), *texts(values, "trust", "fills")]
    primary = word(values, "primary", "fill")
    if primary:
        chosen = [(("primary", "fill"), primary), *chosen]
    for path, fill in chosen:
        if fill not in known:
            yield unknown(path, fill, "a fill", known)
        elif modality in FILLS_OF and fill in set().union(*FILLS_OF.values()) - FILLS_OF[modality]:
            yield (
                path,
                AuditError(
                    f"The fill `{fill}` makes no sense for {modality} data.",
                    found=fill,
                    expected="one of " + ", ".join(sorted(FILLS_OF[modality] & set(known))),
                    fix=f"choose another, or correct `data.modality` ({modality})",
                ),
            )
        elif path == ("primary", "fill") and fill in CURVES_ONLY:
            yield path, _curves_only(fill, f"primary fill: {fill}")


def _curves_only(fill: str, found: str) -> AuditError:
    return AuditError(
        f"The fill `{fill}` serves curves only: it has no value for everything removed that an attribution could rest on.",
        found=found,
        expected="for methods, and as the primary fill they use, another fill, such as mean",
        fix=f"choose another here; `fills: [{fill}]` adds its curves",
    )


def _options(values: Values) -> Iterator[Mistake]:
    """Fills named in a method's options: they must be at hand, and a baseline must be one input."""
    primary = word(values, "primary", "fill") or DEFAULT_FILL.get(word(values, "data", "modality", default="tabular"), "")
    at_hand = {primary, *(fill for _, fill in texts(values, "fills"))} - {""}
    for method, _ in method_names(values):
        for key in ("fill", "baseline", "baselines"):
            path = (*method, "options", key)
            given = value_at(values, path)
            for name in given.replace(" ", "").split(",") if isinstance(given, str) else ():
                found = f"{key}: {shown(given)}"
                if key == "fill" and name in CURVES_ONLY:
                    yield path, _curves_only(name, found)
                elif key != "fill" and name in NO_BASELINE:
                    mistake = AuditError(
                        f"The fill `{name}` cannot be a baseline: it is another one for every case.",
                        found=found,
                        expected="a number, or a fill with one reference input, such as zeros or mean",
                        fix="choose one of them; the fill stays usable for curves and removal methods",
                    )
                    yield path, mistake
                elif name in FROM_REFERENCE and name not in at_hand:
                    mistake = AuditError(
                        f"The fill `{name}` is made from reference rows and is not a fill of this plan.",
                        found=found,
                        expected="one of " + ", ".join(sorted(at_hand)),
                        fix=f"add it: `fills: [{name}]`",
                    )
                    yield path, mistake


def _classes(values: Values) -> Iterator[Mistake]:
    for path in (("model", "classes"), ("data", "features", "names"), ("fills",), ("protocols",), ("groups",)):
        entries = texts(values, *path)
        for name, count in Counter(name for _, name in entries).items():
            if count > 1:
                last = [place for place, other in entries if other == name][-1]
                what = "class" if path == ("model", "classes") else "entry"
                yield (
                    last,
                    AuditError(
                        f"The {what} `{shown(name)}` is listed {count} times in `{'.'.join(path)}`.",
                        expected="each name once",
                        fix="rename or delete the second",
                    ),
                )


def _prevalence(values: Values) -> Iterator[Mistake]:
    shares, classes = values.get("prevalence"), tuple(name for _, name in texts(values, "model", "classes"))
    if not isinstance(shares, Mapping) or not classes:
        return
    numbers = {name: share for name, share in ((name, number(share)) for name, share in shares.items()) if share is not None}
    for name in shares:
        if name not in classes:
            yield unknown(("prevalence", name), name, "one of `model.classes`", classes)
        if name in numbers and not 0 <= numbers[name] <= 1:
            mistake = AuditError(
                f"The prevalence of `{shown(name)}` lies outside 0 … 1.",
                found=f"{numbers[name]:g}",
                fix="write a fraction: 0.25, not 25",
            )
            yield ("prevalence", name), mistake
    missing = [name for name in classes if name not in shares]
    total = math.fsum(numbers.values())
    if missing:
        found = "no share for " + shown(", ".join(missing))
        yield ("prevalence",), AuditError("The prevalence leaves classes out.", found=found, fix="add a share for each class")
    elif len(numbers) == len(shares) and abs(total - 1) > 1e-6:
        mistake = AuditError("The prevalences do not sum to 1.", found=f"{total:.6g}", expected="1", fix="correct the shares")
        yield ("prevalence",), mistake


def _truths(values: Values | Sequence[Any], path: Path = ()) -> Iterator[Mistake]:
    """Truth values where the plan has none: pydantic would read `samples: true` as 1."""
    for key, value in values.items() if isinstance(values, Mapping) else enumerate(values):
        here = (*path, str(key))
        if here[-1] == "arguments" or (here[:1] == ("methods",) and here[2:3] == ("options",)):
            continue
        if isinstance(value, bool):
            kind = type_at(here)
            counted = bool({int, float} & set(members(kind)))
            if kind not in (None, bool) and (counted or part_of(kind) is None):
                expected = "a number" if counted else "a word"
                yield (
                    here,
                    AuditError(
                        f"`{'.'.join(here)}` is a truth value.", found=shown(value), expected=expected, fix="correct it"
                    ),
                )
        elif isinstance(value, Mapping | list | tuple):
            yield from _truths(value, here)
