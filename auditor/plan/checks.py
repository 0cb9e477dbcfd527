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
from auditor.plan.bounds import DEFAULT_FILL, FILLS_OF
from auditor.plan.fields import AuditPlan
from auditor.plan.gate_checks import gate_mistakes, slice_mistakes
from auditor.plan.mistakes import Mistake, part_of, shown, type_at
from auditor.plan.written import Values, method_names, number, texts, unknown, word
from auditor.plan.yaml_text import Path


def mistakes_in(values: Values) -> list[Mistake]:
    """All of them, each with its place in the plan."""
    return [
        m
        for check in (_methods, _fills, _data, _classes, _prevalence, gate_mistakes, slice_mistakes, _truths)
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
    chosen = texts(values, "fills")
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
    if (
        not primary
        and isinstance(values.get("data"), Mapping)
        and modality in DEFAULT_FILL
        and DEFAULT_FILL[modality] not in known
    ):
        yield (
            ("primary", "fill"),
            AuditError(
                f"The usual fill for {modality} data, `{DEFAULT_FILL[modality]}`, is not part of this version.",
                expected="`primary.fill`: one of " + ", ".join(sorted(FILLS_OF[modality] & set(known))),
                fix="choose one under `primary:`, for example `fill: mean`",
            ),
        )


def _data(values: Values) -> Iterator[Mistake]:
    data = values.get("data")
    if not isinstance(data, Mapping):
        return
    given = [key for key in ("factory", "path") if data.get(key) is not None]
    if len(given) != 1:
        yield (
            ("data",),
            AuditError(
                "The data has two sources." if given else "The data has no source.",
                found=" and ".join(f"`{key}: {shown(data[key])}`" for key in given) or "neither `factory` nor `path`",
                expected="exactly one of `factory` (package.module:function or file.py:function) and `path` (.npz or .npy)",
                fix="delete one of the two" if given else "add `path:` or `factory:` under `data:`",
            ),
        )
    if data.get("labels") is not None and not str(data.get("path", "")).endswith(".npy"):
        yield (
            ("data", "labels"),
            AuditError(
                "`data.labels` goes with an .npy of inputs only.",
                found=f"path: {shown(data.get('path'))}",
                expected="`path: x.npy` and `labels: y.npy`; an .npz and a factory bring their own labels",
                fix="delete `labels:`, or name an .npy under `path:`",
            ),
        )
    modality, kind = word(values, "data", "modality", default="tabular"), word(values, "data", "features", "kind")
    if (kind == "grid" and modality != "image") or (kind == "columns" and modality == "image"):
        wanted = {"image": "grid or pixels", "tabular": "columns"}.get(modality, "auto")
        yield (
            ("data", "features", "kind"),
            AuditError(
                f"`{kind}` features make no sense for {modality} data.",
                found=kind,
                expected=wanted,
                fix="correct one of the two",
            ),
        )


def _classes(values: Values) -> Iterator[Mistake]:
    for path in (("model", "classes"), ("data", "features", "names"), ("fills",), ("groups",)):
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
            if kind is not None and part_of(kind) is None:
                expected = "a number" if any(k in str(kind) for k in ("int", "float")) else "a word"
                yield (
                    here,
                    AuditError(
                        f"`{'.'.join(here)}` is a truth value.", found=shown(value), expected=expected, fix="correct it"
                    ),
                )
        elif isinstance(value, Mapping | list | tuple):
            yield from _truths(value, here)
