"""Mistakes in gates: bounds that contradict one another or the unit, names that are not in the plan."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.errors import AuditError, did_you_mean
from auditor.plan.bounds import COUNTS, DIGESTS, NO_NUMBERS, RANGES
from auditor.plan.mistakes import Mistake, shown
from auditor.plan.written import Values, number, word


def gate_mistakes(values: Values) -> Iterator[Mistake]:
    """What is wrong in each gate on its own."""
    gates = values.get("gates")
    for i, gate in enumerate(gates if isinstance(gates, list | tuple) else []):
        if isinstance(gate, Mapping):
            for key, mistake in _gate(gate, word(values, "primary", "score", default="probability")):
                yield ("gates", str(i), *key), mistake
    yield from _contradictions(gates if isinstance(gates, list | tuple) else ())


def _contradictions(gates: Sequence[Any]) -> Iterator[Mistake]:
    """Gates on one result and slice that nothing can meet together, or that are the same."""
    seen: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for i, gate in enumerate(gates):
        if not isinstance(gate, Mapping) or gate.get("equals") is not None:
            continue
        bounds = [number(gate[key]) if gate.get(key) is not None else end for key, end in _ENDS]
        if None in bounds or bounds == [-math.inf, math.inf]:
            continue
        low, high = (float(bound or 0.0) for bound in bounds)
        said = gate.get("slice")
        where: Mapping[Any, Any] = said if isinstance(said, Mapping) else {}
        name = str(gate.get("result"))
        key = [*sorted((str(k), str(v)) for k, v in where.items()), ("decide", str(gate.get("decide", "worst")))]
        others = seen.setdefault((name, str(key)), [])
        if (low, high) in others:
            yield ("gates", str(i)), AuditError(f"A gate on `{shown(name)}` is listed twice.", fix="delete one of them")
        elif other := next(((a, b) for a, b in others if low <= high and a <= b and (low > b or high < a)), None):
            mistake = AuditError(
                f"Two gates on `{shown(name)}` contradict each other: no value can meet both.",
                found=f"{_said(low, high)} here, {_said(*other)} above",
                fix="correct one of the bounds",
            )
            yield ("gates", str(i)), mistake
        others.append((low, high))


_ENDS = (("at_least", -math.inf), ("at_most", math.inf))


def _said(low: float, high: float) -> str:
    return ", ".join(
        f"{key} {end:g}" for key, end in zip(("at_least", "at_most"), (low, high), strict=True) if math.isfinite(end)
    )


def _gate(gate: Mapping[str, Any], score: str) -> Iterator[Mistake]:
    name = gate["result"] if isinstance(gate.get("result"), str) else ""
    given = {key: gate[key] for key in ("at_least", "at_most") if gate.get(key) is not None}
    bounds = {key: bound for key, bound in ((key, number(b)) for key, b in given.items()) if bound is not None}
    of = f"the gate on `{shown(name)}`"
    if name in DIGESTS or gate.get("equals") is not None:
        yield from _by_value(gate, name, given)
        return
    if name in NO_NUMBERS:
        fix = "set it on a number; the report prints this one whole"
        yield ("result",), AuditError(f"`{name}` is no number that a bound could be on.", found=f"result: {name}", fix=fix)
        return
    if not given:
        yield (), AuditError(f"T{of[1:]} has no bound.", expected="`at_least`, `at_most` or both", fix="add a bound")
    if len(bounds) == 2 and bounds["at_least"] > bounds["at_most"]:
        found = f"at_least {bounds['at_least']:g}, at_most {bounds['at_most']:g}"
        yield (), AuditError(f"No value can meet {of}.", found=found, fix="exchange or correct the two bounds")
    if gate.get("decide") == "point" and not str(gate.get("reason") or "").strip():
        mistake = AuditError(
            f"T{of[1:]} is decided on the point value without a reason.",
            expected="`reason:` beside `decide: point`; the report prints it",
            fix="add the reason, or delete `decide: point` to decide on the whole interval",
        )
        yield ("decide",), mistake
    if name and name not in RANGES and name not in DIGESTS:
        near = did_you_mean(name, RANGES)
        if near.startswith("did you mean") and _is_slip(name, near.split("`")[1]):
            yield ("result",), AuditError(f"No result is called `{shown(name)}`.", found=name, fix=near)
    elif name:
        yield from _outside(name, bounds, score)


def _by_value(gate: Mapping[str, Any], name: str, given: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is wrong in a gate on a digest, or with `equals`."""
    of, wanted = f"the gate on `{shown(name)}`", str(gate.get("equals") or "")
    if given:
        found = f"equals and {' and '.join(given)}" if gate.get("equals") is not None else " and ".join(given)
        fix = "a digest has no order: write `equals:`" if name in DIGESTS else "keep one kind of bound"
        yield (), AuditError(f"T{of[1:]} mixes `equals` with a bound, or bounds a digest.", found=found, fix=fix)
    elif name in DIGESTS and not re.fullmatch("[0-9a-fA-F]{64}", wanted):
        fix = "copy it from a report's provenance or from sha256sum, in quotes"
        expected = "64 hexadecimal digits"
        path = ("equals",) if wanted else ()
        yield path, AuditError(f"T{of[1:]} says no SHA-256.", found=shown(wanted) or "nothing", expected=expected, fix=fix)
    elif name in COUNTS:
        count = number(gate["equals"])
        if count is None or count < 0 or count != int(count):
            yield (
                ("equals",),
                AuditError(f"T{of[1:]} equals no count.", found=shown(wanted), expected="0, 1, 2, …", fix="correct it"),
            )
    elif name not in DIGESTS and name not in RANGES:
        known = sorted(DIGESTS | COUNTS)
        yield (
            ("result",),
            AuditError(
                f"No result called `{shown(name)}` has one exact value.",
                found=shown(name) or "nothing",
                expected=f"one of {', '.join(known)}",
                fix=did_you_mean(name, known),
            ),
        )
    elif name not in DIGESTS:
        mistake = AuditError(
            f"T{of[1:]} asks for one exact value of something that is estimated.",
            found=f"equals: {shown(wanted)}",
            expected=f"`equals` on one of: {', '.join(sorted(DIGESTS | COUNTS))}",
            fix="write at_least, at_most or both",
        )
        yield ("equals",), mistake


def _outside(name: str, bounds: Mapping[str, float], score: str) -> Iterator[Mistake]:
    low, high = RANGES[name]
    if score != "probability" and _of_score(name):
        return
    for key, bound in bounds.items():
        if not low <= bound <= high:
            percent = high == 1 and 1 < bound <= 100
            mistake = AuditError(
                f"The bound of the gate on `{name}` lies outside what it can be.",
                found=f"{key}: {bound:g}",
                expected=f"{low:g} … {high:g}" if math.isfinite(high) else f"at least {low:g}",
                fix=f"write a fraction: {bound / 100:g}, not {bound:g}" if percent else "correct the bound",
            )
            yield (key,), mistake


def _of_score(name: str) -> bool:
    return any(part in name for part in ("_auc", "_margin", "_gain")) and name != "roc_auc"


def _is_slip(name: str, near: str) -> bool:
    # other names are left alone: results may come from measures this check does not know (macro_x, top_5_accuracy, …)
    if re.fullmatch(r"top_\d+_accuracy|macro_\w+", name):
        return False
    return sorted(name) == sorted(near) or (
        abs(len(name) - len(near)) <= 2 and name[:1] == near[:1] and len(set(name) ^ set(near)) <= 2
    )
